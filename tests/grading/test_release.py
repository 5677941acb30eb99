"""Releases of the small course: what they hold, what nbgrader makes of them, what is refused."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from classroom import run, small_course
from handed_out import answers, python_of, unpacked

from techpolitik import files
from techpolitik.grade import course_dir, release
from techpolitik.lesson.exercises import sealing


@pytest.fixture(scope="module", autouse=True)
def calendar(tmp_path_factory):
    """The small course, with a second lesson."""
    with small_course(tmp_path_factory.mktemp("calendar") / "course") as here:
        assert run("new", "lesson", "weeks", "--title", "Weeks") == 0
        yield here.root


def released(where: Path, *arguments: str) -> Path:
    """Run the command and give the course folder."""
    assert run("release", *arguments, "--course", where) == 0
    return where


@pytest.fixture(scope="module")
def classroom(tmp_path_factory) -> Path:
    """A course folder with a released lesson, not to be changed."""
    where = tmp_path_factory.mktemp("course")
    return released(where, "months", "--due", "2027-01-31T18:00+01:00")


def test_the_archive_for_students_runs_in_a_fresh_environment(classroom, tmp_path):
    folder = unpacked(course_dir.archive(classroom, "months"), tmp_path)
    python = python_of(folder / "requirements.txt")
    # The environment does not have the course; what runs is the copy in the archive.
    probe = [python, "-I", "-c", "import techpolitik"]
    assert subprocess.run(probe, cwd=tmp_path, capture_output=True).returncode == 1
    path = folder / "months.ipynb"
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.id == "mo-long-share":
            cell.source = cell.source.replace("...", "12.3")
    nbformat.write(notebook, path)
    found = answers(python, path)
    assert found.keys() == course_dir.assignment(classroom, "months")["contracts"].keys()
    assert all(text.startswith("Not yet:") for text in found.values())
    assert "The data give another answer." in found["mo-long-share"]
    assert "three dots" in found["mo-long-count"]


def test_the_marks_are_those_that_nbgrader_expects(classroom):
    path = course_dir.release(classroom, "months") / "months.ipynb"
    cells = {cell.id: cell for cell in nbformat.read(path, as_version=4).cells}
    marks = dict(cells["mo-long-share"].metadata.nbgrader)
    assert len(marks.pop("checksum")) == 32
    assert marks == {
        "grade": True,
        "solution": True,
        "locked": False,
        "task": False,
        "points": 2,
        "grade_id": "mo-long-share",
        "schema_version": 3,
        "cell_type": "code",
    }
    question = cells["mo-long-share-prompt"].metadata
    assert question.nbgrader.locked and not question.nbgrader.grade
    assert question.editable is False


def test_the_assignment_is_described(classroom):
    known = course_dir.assignment(classroom, "months")
    assert known["lesson"] == "months"
    assert known["exercises"][0] == "mo-long-share"
    assert known["points"]["mo-bars"] == 3
    assert known["due"] == "2027-01-31T18:00:00+01:00"
    readme = (course_dir.release(classroom, "months") / "README.md").read_text("utf-8")
    assert "31 January 2027, 18:00 (UTC+0100)" in readme
    assert "hand in the one file `months.ipynb`" in readme


def tree(where: Path) -> dict[str, str]:
    """Give a hash of each file of a folder."""
    return {
        path.relative_to(where).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(where.rglob("*"))
        if path.is_file()
    }


def test_the_same_lesson_gives_the_same_bytes(tmp_path):
    one, two = (released(tmp_path / name, "months") for name in ("one", "two"))
    assert tree(one) == tree(two)
    assert released(one, "months") and tree(one) == tree(two)
    assert "release/months.zip" in tree(one)


# --- nbgrader --------------------------------------------------------------------------------


def generated(where: Path, classroom: Path) -> nbformat.NotebookNode:
    """Have nbgrader's own command make a release of our grading source in another folder."""
    shutil.copytree(course_dir.source(classroom, "months"), where / "source" / "months")
    # It calls the command `alembic` by name.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    command = [sys.executable, "-m", "nbgrader", "generate_assignment", "months"]
    environment = {**os.environ, "PATH": path}
    done = subprocess.run(command, cwd=where, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return nbformat.read(where / "release" / "months" / "months.ipynb", as_version=4)


def test_nbgrader_makes_the_release_from_the_grading_source(classroom, tmp_path):
    course_dir.make(tmp_path)
    theirs = generated(tmp_path, classroom)
    path = course_dir.release(classroom, "months") / "months.ipynb"
    assert theirs.cells == nbformat.read(path, as_version=4).cells


def test_nbgrader_accepts_the_grading_source_without_our_settings(classroom, tmp_path):
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\n", "utf-8")
    text = str(generated(tmp_path, classroom))
    assert "YOUR CODE HERE" in text and "def solution" not in text


def test_settings_of_the_teacher_are_never_overwritten(tmp_path):
    released(tmp_path, "months", "--only", "student")
    settings = tmp_path / "nbgrader_config.py"
    assert "CourseDirectory" in settings.read_text("utf-8")
    settings.write_text("# mine\n", "utf-8")
    released(tmp_path, "months", "--only", "student")
    assert settings.read_text("utf-8") == "# mine\n"
    assert not (tmp_path / "teacher").exists()


# --- bad input -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["month"], "there is no lesson 'month'; did you mean months"),
        (["months", "--assignment", "../x"], "cannot be the name of an assignment"),
        (["months", "--due", "tomorrow"], "'tomorrow' is not a valid time: write 2027-01-31"),
    ],
)
def test_what_cannot_be_released_is_said(tmp_path, capsys, arguments, message):
    assert run("release", *arguments, "--course", tmp_path / "c") == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "c").exists()


def test_a_release_does_not_change_what_was_submitted(tmp_path, capsys):
    released(tmp_path, "months", "--assignment", "week-1")
    folder = course_dir.submission(tmp_path, "week-1", "ana")
    folder.mkdir(parents=True)
    (folder / "submissions.json").write_text("[]", "utf-8")
    released(tmp_path, "months", "--assignment", "week-1", "--due", "2027-02-01")
    assert run("release", "weeks", "--assignment", "week-1", "--course", tmp_path) == 2
    assert "Students have submitted 'week-1', and its lesson" in capsys.readouterr().err
    assert course_dir.assignment(tmp_path, "week-1")["lesson"] == "months"
    # Without --due the time stays as it was given.
    released(tmp_path, "months", "--assignment", "week-1")
    assert course_dir.assignment(tmp_path, "week-1")["due"].startswith("2027-02-01T23:59:59")


def test_without_solutions_the_release_can_be_made(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("TECHPOLITIK_INSTRUCTOR", str(tmp_path / "none"))
    where = tmp_path / "course"
    assert run("release", "months", "--course", where) == 2
    assert "only `--only student` can be made" in capsys.readouterr().err
    assert not where.exists()
    released(where, "months", "--only", "student")
    assert course_dir.archive(where, "months").exists()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('check(\\"mo-long-share\\", long_share)', "", "the exercise mo-long-share has no cell"),
        ("long_share = ...", "long_share = 7", "expected a stub and check alone"),
        ('{\n "cells": [\n', '{"cells": [\n<<<<<<< HEAD\n', "00_months.ipynb, line 2, col.*Git"),
    ],
)
def test_a_lesson_that_cannot_be_set_says_why(calendar, old, new, message):
    path = calendar / "notebooks" / "00_months.ipynb"
    before = path.read_text("utf-8")
    assert old in before
    path.write_text(before.replace(old, new), "utf-8")
    try:
        with pytest.raises(files.FileError, match=message):
            release.student_notebook("months")
    finally:
        path.write_text(before, "utf-8")


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


COUNTED = 'int((load("months")["days"] == 31).sum())'


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("exercises", "EXERCISES = {\n", "EXERCISES = {\n]\n", "exercises/months.py, line 28: "),
        ("exercises", COUNTED, "1 / 0", "mo-long-count fails with ZeroDivisionError: division"),
        ("exercises", COUNTED, "{}.popitem()", "mo-long-count fails with KeyError"),
        ("exercises", COUNTED, "'many'", "mo-long-count fails with Unreadable"),
        ("rubrics", "  strong:", "  weak:", "'mo-reform.strong' is missing. A"),
        ("rubrics", "mo-reform:", "mo-other:", "there is no rubric of mo-reform"),
    ],
)
def test_a_slip_in_a_private_file_is_told(tmp_path, capsys, monkeypatch, file, old, new, message):
    private = shutil.copytree(sealing.instructor(), tmp_path / "private")
    path = next((private / file).glob("months.*"))
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    monkeypatch.setenv("TECHPOLITIK_INSTRUCTOR", str(private))
    assert run("release", "months", "--course", tmp_path / "course") == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "course").exists()
