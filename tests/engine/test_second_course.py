"""A course on another subject, with a lesson begun by `techpolitik new lesson`: the whole way.

The same engine builds, verifies, releases and grades it. What it needed of the package would be a
sentence or a name of this course that has stayed there.
"""

import json
import shutil
import subprocess
import sys

import nbformat
import pytest
from bs4 import BeautifulSoup
from checkout import ROOT

from techpolitik import course
from techpolitik.cli import main
from techpolitik.grade import grade, rehearsal
from techpolitik.lesson import datasets, seeds
from techpolitik.lesson.exercises import check, exercises

SMALL = ROOT / "tests" / "small_course"
LESSONS = ["months", "even_years"]


@pytest.fixture(scope="module")
def calendar(tmp_path_factory):
    """A copy of the small course, with a second lesson, as the working folder of a run."""
    folder = tmp_path_factory.mktemp("elsewhere") / "calendar"
    shutil.copytree(SMALL, folder, ignore=shutil.ignore_patterns("_build", "grading"))
    for name in ("CHANGELOG.md", "LICENSE", "LICENSE-CONTENT", "requirements.txt"):
        shutil.copy(ROOT / name, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert main(["new", "lesson", "even_years", "--title", "Even years"]) == 0
        yield folder


@pytest.fixture(scope="module")
def built(calendar):
    """The pages of the course, built in a process of its own as by the command."""
    command = [sys.executable, "-m", "techpolitik.cli", "book"]
    done = subprocess.run(command, cwd=calendar, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return calendar / "_build" / "html"


@pytest.fixture(scope="module")
def graded(calendar):
    """Both lessons released, and a class of four collected and graded."""
    for name in LESSONS:
        assert main(["release", name]) == 0
        main(["rehearse", name, "--size", "4"])
        main(["collect", name, f"rehearsal-{name}.zip"])
        main(["grade", name])
    return calendar / "grading"


def text_of(page) -> str:
    return BeautifulSoup(page.read_text("utf-8"), "html.parser").get_text(" ")


def test_a_new_lesson_is_known_to_course_and_contents(calendar):
    assert list(course.current().lessons) == LESSONS
    assert "01_even_years" in (calendar / "_toc.yml").read_text("utf-8")
    assert {entry["lesson"] for entry in exercises().values()} == set(LESSONS)


def test_everything_holds(calendar, capsys):
    assert main(["verify", "--documents", "documents"]) == 0
    assert "Everything holds." in capsys.readouterr().out


def test_a_verdict_that_the_data_no_longer_give_is_told(calendar):
    table = calendar / "data" / "months.csv"
    before = table.read_text("utf-8")
    table.write_text(before.replace(",31,31,", ",30,30,"), "utf-8")
    try:
        assert "CA01" in " ".join(seeds.outdated())
    finally:
        table.write_text(before, "utf-8")


def test_its_data_are_its_own(calendar):
    assert datasets.names() == ["months", "sources"]
    assert "twelve months" in str(datasets.about("months"))
    assert str(check("mo-long-count", 7)).startswith("Right")
    assert "how many months there are" in str(check("mo-long-count", 12))
    assert "no exercise" in str(check("re-hhi-2025", 1))


@pytest.mark.parametrize("page", ["00_months", "01_even_years"])
def test_a_lesson_is_built_with_figure_slider_and_ledger(built, page):
    soup = BeautifulSoup((built / "notebooks" / f"{page}.html").read_text("utf-8"), "html.parser")
    assert len(soup.find_all("figure")) == 2
    assert soup.select_one("input[type=range]")
    assert "CA01" in soup.get_text()
    assert not [script for script in soup.find_all("script", src=True) if "//" in script["src"]]


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("claims", "Most of the year lies in the months"),
        ("datasets", "The twelve months of the Gregorian calendar"),
        ("sources", "Why is the calendar so uneven?"),
        ("figures", "February is the shortest month"),
        ("syllabus", "Even years"),
    ],
)
def test_generated_pages_tell_of_this_course(built, page, words):
    assert words in text_of(built / "book" / f"{page}.html")


def test_no_page_speaks_of_another_course(built):
    foreign = ["technology stack", "rare earth", "FreedomLab", "five articles", "Huawei"]
    for page in sorted(built.rglob("*.html")):
        said = page.read_text("utf-8").lower()
        assert [word for word in foreign if word.lower() in said] == [], page.name


@pytest.mark.parametrize("lesson", LESSONS)
def test_solutions_earn_all_points_and_a_blank_none(graded, lesson):
    by_hand = sum(
        one["points"]
        for one in exercises().values()
        if one["lesson"] == lesson and one["kind"] == "argument"
    )
    most = sum(one["points"] for one in exercises().values() if one["lesson"] == lesson)
    results = [
        grade.last_result(graded, lesson, folder.parent.name)
        for folder in sorted(graded.glob(f"autograded/*/{lesson}"))
    ]
    points = sorted(
        sum(mark["points"] or 0 for mark in result["marks"].values()) for result in results
    )
    assert points[-1] == most - by_hand
    assert points[0] == 0


def test_a_student_s_release_holds_no_solution(graded):
    for lesson in LESSONS:
        folder = graded / "release" / lesson
        assert not [path for path in folder.rglob("*") if "instructor" in path.as_posix()]
        notebook = nbformat.read(folder / f"{lesson}.ipynb", as_version=4)
        assert "BEGIN SOLUTION" not in json.dumps(notebook)


def test_the_class_of_a_rehearsal_is_invented_for_any_course(graded):
    assert len(list(graded.glob("submitted/*"))) == 4
    assert rehearsal.__doc__


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["even_years"], "there is a lesson 'even_years' already"),
        (["Even Years"], "cannot be the id of a lesson"),
        (["weeks", "--table", "month"], "there is no table 'month'; did you mean months"),
        (["weeks", "--table", "sources"], "no column of text with one of numbers"),
    ],
)
def test_a_lesson_that_cannot_be_begun_says_why(calendar, capsys, words, said):
    before = sorted(calendar.rglob("*.yml"))
    assert main(["new", "lesson", *words]) == 2
    assert said in capsys.readouterr().err
    assert sorted(calendar.rglob("*.yml")) == before
