"""A course: how its root is found, and what a slip in its own files is told."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from checkout import ROOT
from jsonschema import Draft202012Validator

from techpolitik import course, dossier, files, predict
from techpolitik.book import web
from techpolitik.cli import main
from techpolitik.lesson import datasets
from techpolitik.lesson.exercises import prose, sealing

SMALL = ROOT / "tests" / "small_course"


@pytest.fixture
def small(tmp_path, monkeypatch) -> Path:
    """A copy of the small course as the working folder."""
    folder = tmp_path / "calendar"
    shutil.copytree(SMALL, folder, ignore=shutil.ignore_patterns("_build", "grading"))
    monkeypatch.chdir(folder)
    return folder


def change(path: Path, old: str, new: str) -> None:
    """Replace a text that stands once in a file."""
    text = path.read_text("utf-8")
    assert text.count(old) == 1, old
    path.write_text(text.replace(old, new), "utf-8")


def said(capsys, *command: str) -> str:
    """Run a command that does nothing and return the one line it says."""
    assert main([*command]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    return line


# ---------------------------------------------------------------------------- the root


def test_the_root_is_found_from_any_folder_below(small, monkeypatch):
    monkeypatch.chdir(small / "notebooks" / "exercises")
    assert course.current().root == small
    assert list(course.current().lessons) == ["months"]


def test_a_folder_outside_every_course_says_what_to_do(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for command in ("book", "zip", "pdf", "verify", "seal"):
        line = said(capsys, command)
        assert line.startswith(f"{tmp_path}: neither this folder nor one above it holds course.yml")
        assert "Work inside the folder of a course" in line


def test_a_root_that_is_none_is_refused(tmp_path):
    with (
        pytest.raises(files.FileError, match=r"course\.yml does not exist: name the folder"),
        course.at(tmp_path),
    ):
        pass


def test_a_wheel_without_tables_says_how_to_mend_it(small, tmp_path, monkeypatch, capsys):
    packed = tmp_path / "site-packages" / "techpolitik" / "_course"
    packed.mkdir(parents=True)
    shutil.copy(small / "course.yml", packed)
    monkeypatch.setattr(course, "PACKED", packed)
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    line = said(capsys, "verify")
    assert line.startswith(f"{packed / 'data'} holds no tables: the installed package was built")
    assert "Build the wheel again" in line
    shutil.copytree(small / "data", packed / "data")
    assert course.current().root == packed


@pytest.mark.parametrize("where", [".", "notebooks"])
def test_two_checkouts_are_not_mixed_up(small, where):
    """The package of the first checkout verifies the tables of the one it stands in."""

    def verify():
        command = [sys.executable, "-m", "techpolitik.cli", "verify"]
        settings = os.environ | {"PYTHONPATH": str(ROOT)}
        return subprocess.run(
            command, cwd=small / where, env=settings, capture_output=True, text=True, timeout=120
        )

    whole = verify()
    assert whole.returncode == 0 and "Everything holds." in whole.stdout
    assert str(small) in whole.stdout
    table = small / "data" / "months.csv"
    table.write_text(table.read_text("utf-8").replace("31", "x", 1), "utf-8")
    broken = verify()
    assert broken.returncode == 1
    assert "data/months.csv, row 2" in broken.stdout


# ---------------------------------------------------------------------------- course.yml


def test_a_lesson_that_is_not_there_stops_the_book(small, capsys):
    change(small / "course.yml", "00_months.ipynb", "00_moths.ipynb")
    line = "course.yml: lesson months: notebooks/00_moths.ipynb does not exist: correct the name"
    assert said(capsys, "book").startswith(line)
    assert main(["verify"]) == 1
    assert line in capsys.readouterr().out


TWICE = "  - {id: months, file: notebooks/00_months.ipynb, title: Months}\n"


@pytest.mark.parametrize(
    ("again", "message"),
    [
        (TWICE.replace("00_", "01_"), "course.yml: 2 lessons have the id 'months': give each its"),
        (TWICE.replace("id: m", "id: other_m"), "2 lessons have the file 'notebooks/00_months.ipy"),
    ],
)
def test_a_lesson_that_stands_twice_is_named(small, capsys, again, message):
    path = small / "course.yml"
    path.write_text(path.read_text("utf-8") + again, "utf-8")
    assert message in said(capsys, "verify")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("question:", "questoin:", "unknown field 'questoin'; did you mean question"),
        ("id: calendar", "id: Calendar", "field 'id' is 'Calendar', expected text like"),
        ("motto:", "years: [1, 2]\nmotto:", "field 'years', item 1 is 1, expected at least 1000"),
        (
            "motto:",
            "parts: [{name: read, done: '{pages} pages'}]\nmotto:",
            "part read: field 'done' is '{pages} pages'",
        ),
    ],
)
def test_a_slip_in_course_yml_is_named_with_its_mend(small, old, new, message):
    change(small / "course.yml", old, new)
    with pytest.raises(files.FileError, match=r"course\.yml: ") as caught:
        course.current().settings["id"]
    assert message in str(caught.value)


def test_a_lesson_of_other_parts_is_not_begun(small, capsys):
    change(small / "course.yml", "motto:", "parts: [{name: read, done: much}]\nmotto:")
    line = said(capsys, "new", "lesson", "weeks")
    assert "have the sections read; the skeleton has read, look, check, explore" in line
    assert not list(small.rglob("*weeks*"))


def test_what_a_course_leaves_out_has_a_default_that_fits_the_schema(small):
    asked = yaml.safe_load((small / "course.yml").read_text("utf-8"))
    assert {"id", "title", "question", "motto", "licence", "lessons"} == set(asked)
    whole = course.current().settings
    assert not list(Draft202012Validator(files.schema("course")).iter_errors(whole))
    assert whole["glossary"] == {"otherwise": [], "plurals": {}}
    assert course.current().parts["do and argue"]["sections"] == ["Do", "Argue"]


def test_units_years_and_slips_are_those_of_the_course(small):
    text = "It grew from 1850 people to 12 leagues, 3lg and a Gini of 40."
    assert prose.figures(text) == ["1850 people", "12 leagues"]
    path = small / "course.yml"
    own = "units: [lg]\nindexes: [Gini]\nyears: [1800, 1899]\n"
    slip = "slips: [{factor: 60, too_small: hours for minutes., too_large: minutes for hours.}]\n"
    path.write_text(path.read_text("utf-8") + own + slip, "utf-8")
    assert prose.figures(text) == ["12 leagues", "3lg", "Gini of 40."]
    assert sealing.slips()[60] == "Your number is 60 times too small: hours for minutes."
    assert 1000 not in sealing.slips() and -1 in sealing.slips()


def test_the_preview_picture_holds_a_long_question(small):
    change(small / "course.yml", "How even is a year?", "Who " + "measured the months " * 4 + "?")
    lines = web.card().split("<text ")[2:-1]
    heights = [int(line.split('y="')[1].split('"')[0]) for line in lines]
    assert len(lines) >= 3 and max(heights) < 530


# ---------------------------------------------------------------------------- its own Python


def test_a_course_without_dossier_and_forecasts_says_so(small):
    with pytest.raises(files.FileError, match=r"dossier\.yml does not exist: this course has no"):
        dossier("KEN")
    with pytest.raises(files.FileError, match=r"course\.yml names no table of forecasts"):
        predict()


DOSSIER = """\
of: {noun: month, table: months, code: month, name: month, example: March}
facts:
  - part: Length
    name: Days
    table: months
    text: "{days} days"
    when: "{coverage}"
    absent: no such month
    caveat: February changes.
"""


def test_a_dossier_is_about_whatever_the_tables_share(small):
    (small / "course").mkdir()
    (small / "course" / "dossier.yml").write_text(DOSSIER, "utf-8")
    table = datasets.load("months")
    shown = dossier(table["month"].iloc[0])
    assert f"Days: {table['days'].iloc[0]} days" in shown.text
    assert "a month that a table does not list" in shown.html
    with pytest.raises(LookupError, match="no month has the code 'XYZ'; expected a code such"):
        dossier("XYZ")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("{days} days", "{dayz} days", "fact Days: table months has no column 'dayz'; did you mea"),
        ("    table: months", "    table: moths", "fact Days: there is no table 'moths'; did you"),
        ('    text: "{days} days"\n', "", "fact Days: the content is"),
        ('text: "{days} days"', "read: days", "course/dossier.py has no function 'days': write"),
        ("{days} days", "{days.__class__}", "fact Days: field 'text' is '{days.__class__}'"),
        ("    caveat: February changes.\n", "", "fact Days: field 'caveat' is missing"),
    ],
)
def test_a_slip_in_a_dossier_is_named_with_its_mend(small, old, new, message):
    (small / "course").mkdir()
    path = small / "course" / "dossier.yml"
    path.write_text(DOSSIER, "utf-8")
    change(path, old, new)
    with pytest.raises(files.FileError, match=r"^course/dossier\.yml: ") as caught:
        dossier("March")
    assert message in str(caught.value)
