"""A class, in tests of grading: a small course, its submissions, what the grader says of them."""

import csv
import shutil
import zipfile
from contextlib import contextmanager
from pathlib import Path

import pytest
from checkout import ROOT

from techpolitik import course
from techpolitik.cli import main
from techpolitik.grade import course_dir, gradebook

SMALL = ROOT / "tests" / "small_course"


@contextmanager
def small_course(folder: Path):
    """Make the small course the current one, as a copy with what a checkout has beside it."""
    shutil.copytree(SMALL, folder, ignore=shutil.ignore_patterns("_build", "grading"))
    for name in ("LICENSE", "LICENSE-CONTENT", "requirements.txt"):
        shutil.copy(ROOT / name, folder)
    with pytest.MonkeyPatch.context() as patch, course.at(folder) as here:
        patch.delenv("TECHPOLITIK_INSTRUCTOR", raising=False)
        yield here


def run(*words) -> int:
    """Run a command of `techpolitik`."""
    return main([str(word) for word in words])


def archive(path: Path, content: dict) -> Path:
    """Write a zip; names may be ZipInfo, for what the usual way does not allow."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in content.items():
            file.writestr(name, data)
    return path


def report(folder: Path, name: str) -> dict[str, dict]:
    """Give the rows of the report of a grading by student."""
    path = course_dir.reports(folder) / f"grade-{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


def exported(folder: Path, name: str, form: str) -> list[list[str]]:
    """Export and give the rows of the file."""
    run("export", name, "--format", form, "--course", folder)
    path = course_dir.reports(folder) / f"export-{name}-{form}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def person(folder: Path, name: str) -> str:
    """Give the id of a student by name."""
    found = course_dir.students(folder).values()
    return next(one["student_id"] for one in found if one["name"] == name)


def in_gradebook(folder: Path, assignment: str, student: str) -> dict:
    """Give what the gradebook holds for a student, by name."""
    with gradebook.opened(folder) as book:
        known = course_dir.assignment(folder, assignment)
        return gradebook.read(book, known, person(folder, student))


def mark_by_hand(
    folder: Path, assignment: str, student: str, points: float, comment: str | None = None
) -> None:
    """Do what formgrader does when a person marks the argument of a student, given by name."""
    known = course_dir.assignment(folder, assignment)["contracts"].values()
    argument = next(one["id"] for one in known if one["kind"] == "argument")
    where = (argument, assignment, assignment, person(folder, student))
    with gradebook.opened(folder) as book:
        mark = book.find_grade(*where)
        mark.manual_score, mark.needs_manual_grade = points, False
        if comment is not None:
            book.find_comment(*where).manual_comment = comment
        book.db.commit()
