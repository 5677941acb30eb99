"""Releases: each opens and runs on its own, as a course, and students are given no solution."""

import base64
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from checkout import ROOT
from handed_out import EXERCISES, answers, leaks, public, python_of, secrets, unpacked

from techpolitik import course, files, shipped
from techpolitik.cli import main
from techpolitik.grade import course_dir, release
from techpolitik.lesson import datasets, dossiers, exercises, predictions, seeds
from techpolitik.lesson.exercises import sealing

LESSONS = sorted({entry["lesson"] for entry in exercises.exercises().values()})


def released(where: Path, *arguments: str) -> Path:
    """Run the command and give the course folder."""
    assert main(["release", *arguments, "--course", str(where)]) == 0
    return where


@pytest.fixture(scope="module")
def classroom(tmp_path_factory) -> Path:
    """A course folder with all lessons released."""
    where = tmp_path_factory.mktemp("course")
    for lesson in LESSONS:
        released(where, lesson, "--due", "2027-01-31T18:00+01:00")
    return where


# --- it runs, away from here -----------------------------------------------------------------


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_teachers_copy_runs_on_its_own_and_all_answers_are_right(classroom, tmp_path, lesson):
    source = course_dir.teacher(classroom, lesson)
    folder = tmp_path / "away" / lesson
    copied(source, folder)
    found = answers(python_of(folder / "requirements.txt"), folder / f"{lesson}.ipynb")
    expected = [name for name, entry in EXERCISES.items() if entry["lesson"] == lesson]
    assert sorted(found) == sorted(expected)
    wrong = {n: text for n, text in found.items() if not text.startswith(("Right:", "Complete:"))}
    assert wrong == {}


def copied(source: Path, folder: Path) -> None:
    for path in source.rglob("*"):
        if path.is_file():
            target = folder / path.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())


def test_the_archive_for_students_runs_in_a_fresh_environment(classroom, tmp_path):
    folder = unpacked(course_dir.archive(classroom, "rare_earths"), tmp_path)
    python = python_of(folder / "requirements.txt")
    # The environment does not have the course; what runs is the copy in the archive.
    probe = [python, "-I", "-c", "import techpolitik"]
    assert subprocess.run(probe, cwd=tmp_path, capture_output=True).returncode == 1
    path = folder / "rare_earths.ipynb"
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.id == "re-china-share-2021":
            cell.source = cell.source.replace("...", "12.3")
    nbformat.write(notebook, path)
    found = answers(python, path)
    assert len(found) == 8
    assert all(text.startswith("Not yet:") for text in found.values())
    assert "The data give another answer." in found["re-china-share-2021"]
    assert "three dots" in found["re-hhi-2025"]


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_release_is_a_course_of_its_own(classroom, lesson):
    folder = course_dir.release(classroom, lesson)
    shown = re.findall(r'claim\(\\"(\w+)\\"\)', (folder / f"{lesson}.ipynb").read_text("utf-8"))
    assert shown
    with course.at(folder) as released:
        assert all(str(seeds.claim(name)) for name in shown)
        assert {entry["lesson"] for entry in exercises.exercises().values()} == {lesson}
        assert str(exercises.quiz(lesson))
        assert released.notebook(lesson) == folder / f"{lesson}.ipynb"


def test_all_tables_and_articles_go_along(classroom):
    with course.at(course_dir.release(classroom, "bsn")):
        assert datasets.validate() == [] == seeds.outdated()
        assert "Kenya" in str(dossiers.dossier("KEN"))
        assert len(predictions.predict().table()) > 10


# --- what is in it ---------------------------------------------------------------------------


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_release_holds_what_running_needs_and_no_more(classroom, lesson):
    folder = course_dir.release(classroom, lesson)
    found = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
    # Other tests have run this release, and Python keeps what it has compiled beside it.
    held = {path.as_posix() for path in found if path.parent.name != "__pycache__"}
    assert {f"{lesson}.ipynb", "README.md", "requirements.txt", "LICENSE"} <= held
    package = {Path(path).parts[1] for path in held if path.startswith("techpolitik/")}
    assert package == set(shipped.PACKAGE)
    assert f"notebooks/exercises/{lesson}.yml" in held
    assert len([path for path in held if path.startswith("notebooks/")]) == 3
    with zipfile.ZipFile(course_dir.archive(classroom, lesson)) as archive:
        assert {name.removeprefix(f"{lesson}/") for name in archive.namelist()} == held
    project = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    lines = (folder / "requirements.txt").read_text("utf-8").splitlines()
    assert set(lines) < set(project)
    names = {re.split(r"[=\s]", line)[0] for line in lines}
    assert {"jupyterlab", "pandas", "altair", "ipywidgets", "pyyaml"} <= names
    assert names.isdisjoint({"-e", "jupyter-book", "sphinx", "myst-nb", "nbgrader"})


@pytest.mark.parametrize("lesson", LESSONS)
def test_no_link_of_a_released_notebook_leads_nowhere(classroom, lesson):
    path = course_dir.release(classroom, lesson) / f"{lesson}.ipynb"
    text = "\n".join(cell.source for cell in nbformat.read(path, as_version=4).cells)
    targets = re.findall(r"\]\(([^)]+)\)", text)
    assert [target for target in targets if not target.startswith("https://")] == []
    original = course.current().notebook(lesson).read_text("utf-8")
    assert "](../book/" in original, "the lesson has no such link, so this shows nothing"


def test_the_marks_are_those_that_nbgrader_expects(classroom):
    path = course_dir.release(classroom, "rare_earths") / "rare_earths.ipynb"
    cells = {cell.id: cell for cell in nbformat.read(path, as_version=4).cells}
    marks = dict(cells["re-hhi-2025"].metadata.nbgrader)
    assert len(marks.pop("checksum")) == 32
    assert marks == {
        "grade": True,
        "solution": True,
        "locked": False,
        "task": False,
        "points": 3,
        "grade_id": "re-hhi-2025",
        "schema_version": 3,
        "cell_type": "code",
    }
    question = cells["re-hhi-2025-prompt"].metadata
    assert question.nbgrader.locked and not question.nbgrader.grade
    assert question.editable is False


def test_the_assignment_is_described(classroom):
    known = course_dir.assignment(classroom, "rare_earths")
    assert known["lesson"] == "rare_earths"
    assert known["exercises"][0] == "re-china-share-2021"
    assert known["points"]["re-ninety-percent"] == 6
    assert known["due"] == "2027-01-31T18:00:00+01:00"
    readme = (course_dir.release(classroom, "rare_earths") / "README.md").read_text("utf-8")
    assert "31 January 2027, 18:00 (UTC+0100)" in readme
    assert "hand in the one file `rare_earths.ipynb`" in readme


def tree(where: Path) -> dict[str, str]:
    """Give a hash of each file of a folder."""
    return {
        path.relative_to(where).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(where.rglob("*"))
        if path.is_file()
    }


def test_the_same_lesson_gives_the_same_bytes(tmp_path):
    one, two = (released(tmp_path / name, "standards") for name in ("one", "two"))
    assert tree(one) == tree(two)
    assert released(one, "standards") and tree(one) == tree(two)
    assert "release/standards.zip" in tree(one)


# --- nbgrader --------------------------------------------------------------------------------


def nbgrader(where: Path, *arguments: str) -> None:
    """Run nbgrader's own command in a course folder."""
    # It calls the command `alembic` by name.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    command = [sys.executable, "-m", "nbgrader", *arguments]
    environment = {**os.environ, "PATH": path}
    done = subprocess.run(command, cwd=where, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]


def test_nbgrader_makes_the_release_from_the_grading_source(classroom, tmp_path):
    for lesson in ("the_stack", "rare_earths"):
        copied(course_dir.source(classroom, lesson), tmp_path / "source" / lesson)
        course_dir.make(tmp_path)
        nbgrader(tmp_path, "generate_assignment", lesson)
        theirs = nbformat.read(tmp_path / "release" / lesson / f"{lesson}.ipynb", as_version=4)
        ours = nbformat.read(
            course_dir.release(classroom, lesson) / f"{lesson}.ipynb", as_version=4
        )
        for their_cell, our_cell in zip(theirs.cells, ours.cells, strict=True):
            assert their_cell == our_cell


def test_nbgrader_accepts_the_grading_source_without_our_settings(classroom, tmp_path):
    copied(course_dir.source(classroom, "bsn"), tmp_path / "source" / "bsn")
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\n", "utf-8")
    nbgrader(tmp_path, "generate_assignment", "bsn")
    text = (tmp_path / "release" / "bsn" / "bsn.ipynb").read_text("utf-8")
    assert "YOUR CODE HERE" in text and "def solution" not in text


def test_settings_of_the_teacher_are_never_overwritten(tmp_path):
    released(tmp_path, "bsn", "--only", "student")
    settings = tmp_path / "nbgrader_config.py"
    assert "CourseDirectory" in settings.read_text("utf-8")
    settings.write_text("# mine\n", "utf-8")
    released(tmp_path, "bsn", "--only", "student")
    assert settings.read_text("utf-8") == "# mine\n"
    assert not (tmp_path / "teacher").exists()


# --- nothing leaks ---------------------------------------------------------------------------


def released_files(where: Path) -> dict[str, bytes]:
    folder = where / "release"
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_no_byte_that_students_get_holds_a_solution(classroom):
    content = released_files(classroom)
    assert len([name for name in content if name.endswith(".zip")]) == len(LESSONS)
    assert leaks(content) == []


def test_the_search_finds_one_planted_leak_of_each_kind_in_each_form():
    for kind, texts in secrets().items():
        secret = max((text for text in texts if text not in public()), key=len)
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("inner.txt", secret)
        wrapped = secret.replace(" ", "\n    ")
        ways = {
            "plain": secret.encode(),
            "wrapped": wrapped.encode(),
            "json": json.dumps({"source": [secret]}).encode(),
            "base64": b"x = " + base64.b64encode(b"ab" + secret.encode()),
            "hex": secret.encode().hex().encode(),
            "zip": packed.getvalue(),
        }
        for way, data in ways.items():
            found = leaks({way: data})
            assert kind in {one[1] for one in found}, (kind, way, secret)


def test_the_search_finds_the_teachers_copy(classroom):
    folder = course_dir.teacher(classroom, "rare_earths")
    content = {"x": (folder / "rare_earths.ipynb").read_bytes()}
    assert {"code", "rubric", "strong"} <= {kind for _, kind, _ in leaks(content)}


# --- bad input -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["rare_earth"], "there is no lesson 'rare_earth'; did you mean rare_earths"),
        (["bsn", "--assignment", "../x"], "cannot be the name of an assignment"),
        (["bsn", "--due", "tomorrow"], "'tomorrow' is not a valid time: write 2027-01-31"),
    ],
)
def test_what_cannot_be_released_is_said(tmp_path, capsys, arguments, message):
    assert main(["release", *arguments, "--course", str(tmp_path / "c")]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "c").exists()


def test_a_release_does_not_change_what_was_handed_in(tmp_path, capsys):
    released(tmp_path, "bsn", "--assignment", "week-1")
    folder = course_dir.submission(tmp_path, "week-1", "ana")
    folder.mkdir(parents=True)
    (folder / "submissions.json").write_text("[]", "utf-8")
    released(tmp_path, "bsn", "--assignment", "week-1", "--due", "2027-02-01")
    other = ["release", "standards", "--assignment", "week-1", "--course", str(tmp_path)]
    assert main(other) == 2
    assert "Students have submitted 'week-1', and its lesson" in capsys.readouterr().err
    assert course_dir.assignment(tmp_path, "week-1")["lesson"] == "bsn"
    # Without --due the time stays as it was given.
    released(tmp_path, "bsn", "--assignment", "week-1")
    assert course_dir.assignment(tmp_path, "week-1")["due"].startswith("2027-02-01T23:59:59")


def test_without_solutions_the_release_can_be_made(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("TECHPOLITIK_INSTRUCTOR", str(tmp_path / "none"))
    where = tmp_path / "course"
    assert main(["release", "the_stack", "--course", str(where)]) == 2
    assert "only `--only student` can be made" in capsys.readouterr().err
    assert not where.exists()
    released(where, "the_stack", "--only", "student")
    assert course_dir.archive(where, "the_stack").exists()


def test_a_lesson_whose_exercise_has_no_cell_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "01_rare_earths.ipynb"
    notebook = nbformat.read(course.current().notebook("rare_earths"), as_version=4)
    notebook.cells = [cell for cell in notebook.cells if cell.id != "re-hhi-2025"]
    nbformat.write(notebook, path)
    monkeypatch.setattr(course.Course, "notebook", lambda self, lesson: path)
    with pytest.raises(files.FileError, match="the exercise re-hhi-2025 has no cell"):
        release.student_notebook("rare_earths")


def test_a_damaged_notebook_is_told_with_its_line(tmp_path, monkeypatch):
    path = tmp_path / "01_rare_earths.ipynb"
    path.write_text('{"cells": [\n<<<<<<< HEAD\n', "utf-8")
    monkeypatch.setattr(course.Course, "notebook", lambda self, lesson: path)
    with pytest.raises(files.FileError, match=r"01_rare_earths.ipynb, line 2, column 1: .*Git"):
        release.student_notebook("rare_earths")


def test_an_interrupted_release_leaves_the_folder_as_it_was(tmp_path, monkeypatch):
    folder = tmp_path / "week-1"
    release.write_folder(folder, {"a.txt": b"old"})
    rename = Path.rename

    def full(self, target):
        if self.name.endswith(".new"):
            raise OSError("No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", full)
    with pytest.raises(OSError, match="No space left"):
        release.write_folder(folder, {"b.txt": b"new"})
    assert tree(tmp_path).keys() >= {"week-1/a.txt"}
    monkeypatch.undo()
    folder.rename(tmp_path / ".week-1.old")  # the power failed between the two renames
    monkeypatch.setattr(Path, "rename", full)
    with pytest.raises(OSError, match="No space left"):
        release.write_folder(folder, {"b.txt": b"new"})
    assert (folder / "a.txt").read_bytes() == b"old"
    monkeypatch.undo()
    release.write_folder(folder, {"b.txt": b"new"})
    assert list(tree(tmp_path)) == ["week-1/b.txt"]


@pytest.mark.parametrize(
    "file, text, message",
    [
        ("exercises/bsn.py", "EXERCISES = {\n]\n", "exercises/bsn.py, line 2: "),
        ("rubrics/bsn.yml", "bs-reckless: {criteria: []}\n", "'bs-reckless.strong' is missing. A"),
    ],
)
def test_a_slip_in_a_private_file_is_told(tmp_path, capsys, monkeypatch, file, text, message):
    shutil.copytree(sealing.instructor(), tmp_path / "private")
    (tmp_path / "private" / file).write_text(text, "utf-8")
    monkeypatch.setenv("TECHPOLITIK_INSTRUCTOR", str(tmp_path / "private"))
    assert main(["release", "bsn", "--course", str(tmp_path / "course")]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "course").exists()
