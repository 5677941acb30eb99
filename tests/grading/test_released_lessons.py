"""Releases of all lessons: each is a course of its own, its solutions earn all points, and no
byte of what students get holds one.
"""

import base64
import io
import json
import re
import shutil
import zipfile
from pathlib import Path

import nbformat
import pytest
from checkout import ROOT
from classroom import archive, run
from handed_out import EXERCISES, answers, leaks, public, python_of, secrets

from techpolitik import course, shipped
from techpolitik.grade import course_dir, grade, rehearsal
from techpolitik.lesson import datasets, dossiers, exercises, predictions, seeds

LESSONS = sorted({entry["lesson"] for entry in EXERCISES.values()})


@pytest.fixture(scope="module")
def classroom(tmp_path_factory) -> Path:
    """A course folder with all lessons released."""
    where = tmp_path_factory.mktemp("course")
    for lesson in LESSONS:
        assert run("release", lesson, "--course", where) == 0
    return where


def asked(lesson: str) -> list[str]:
    return [name for name, entry in EXERCISES.items() if entry["lesson"] == lesson]


# --- solutions -------------------------------------------------------------------------------


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_solution_of_every_lesson_earns_all_points(classroom, lesson, tmp_path):
    made = rehearsal.submissions(classroom, lesson, 1, [rehearsal.all_right])
    run("collect", lesson, archive(tmp_path / "x.zip", made), "--course", classroom)
    assert run("grade", lesson, "--course", classroom) == 0
    result = grade.last_result(classroom, lesson, "ada-adams")
    wanted = {"data": "right", "chart": "complete", "argument": "waiting"}
    found = {name: mark["status"] for name, mark in result["marks"].items()}
    assert found == {name: wanted[EXERCISES[name]["kind"]] for name in asked(lesson)}


def test_a_teachers_copy_runs_on_its_own_and_all_answers_are_right(classroom, tmp_path):
    folder = shutil.copytree(course_dir.teacher(classroom, "rare_earths"), tmp_path / "away")
    found = answers(python_of(folder / "requirements.txt"), folder / "rare_earths.ipynb")
    assert sorted(found) == sorted(asked("rare_earths"))
    wrong = {n: text for n, text in found.items() if not text.startswith(("Right:", "Complete:"))}
    assert wrong == {}


# --- what is in it ---------------------------------------------------------------------------


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


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_release_holds_what_running_needs_and_no_more(classroom, lesson):
    folder = course_dir.release(classroom, lesson)
    with zipfile.ZipFile(course_dir.archive(classroom, lesson)) as packed:
        held = {name.removeprefix(f"{lesson}/") for name in packed.namelist()}
    assert all((folder / name).is_file() for name in held)
    assert {f"{lesson}.ipynb", "README.md", "requirements.txt", "LICENSE"} <= held
    package = {Path(path).parts[1] for path in held if path.startswith("techpolitik/")}
    assert package == set(shipped.PACKAGE)
    assert f"notebooks/exercises/{lesson}.yml" in held
    assert len([path for path in held if path.startswith("notebooks/")]) == 3
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


# --- nothing leaks ---------------------------------------------------------------------------


def test_no_byte_that_students_get_holds_a_solution(classroom):
    folder = classroom / "release"
    content = {p.as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    assert len([name for name in content if name.endswith(".zip")]) == len(LESSONS)
    assert leaks(content) == []


@pytest.mark.parametrize("kind", ["code", "message", "meaning", "rubric", "strong"])
def test_the_search_finds_one_planted_leak_of_each_kind_in_each_form(kind):
    assert len(secrets()) == 5
    secret = max((text for text in secrets()[kind] if text not in public()), key=len)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("inner.txt", f"packed: {secret}")
    ways = {
        "plain": secret.encode(),
        "wrapped": secret.replace(" ", "\n    ").encode(),
        "json": json.dumps({"source": [secret]}).encode(),
        "base64": b"x = " + base64.b64encode(b"ab" + secret.encode()),
        "hex": secret.encode().hex().encode(),
        "zip": packed.getvalue(),
    }
    found = {name.partition("!")[0] for name, its_kind, _ in leaks(ways) if its_kind == kind}
    assert found == set(ways), secret


def test_the_search_finds_the_teachers_copy(classroom):
    folder = course_dir.teacher(classroom, "rare_earths")
    content = {"x": (folder / "rare_earths.ipynb").read_bytes()}
    assert {"code", "rubric", "strong"} <= {kind for _, kind, _ in leaks(content)}
