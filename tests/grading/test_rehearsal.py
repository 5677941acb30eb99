"""The rehearsal of the page for teachers: ten invented students, from release to export."""

import csv
import html
import io
import re
import subprocess
import sys
from contextlib import redirect_stdout

import pytest
from checkout import ROOT
from classroom import exported, in_gradebook, mark_by_hand, person, report, run

from techpolitik import course, files
from techpolitik.grade import answer_key, course_dir, rehearsal, sandbox, solutions
from techpolitik.lesson.exercises import exercises

LESSON, NAME = "rare_earths", "week2"
KNOWN = {key: one for key, one in exercises().items() if one["lesson"] == LESSON}
MOST = sum(one["points"] for one in KNOWN.values())
ARGUMENT = next(key for key, one in KNOWN.items() if one["kind"] == "argument")
AUTO = MOST - KNOWN[ARGUMENT]["points"]
PAGE = (ROOT / "book" / "teach_assign.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory):
    """The course folder after all commands of the page, and what each printed."""
    commands = re.search(r"## Rehearse first.*?```bash\n(.*?)```", PAGE, re.DOTALL)[1]
    folder, printed = tmp_path_factory.mktemp("teacher"), {}
    with pytest.MonkeyPatch.context() as patch, course.at(ROOT):
        patch.chdir(folder)
        for words in map(str.split, commands.splitlines()):
            with redirect_stdout(io.StringIO()) as out:
                assert run(*words[1:]) in (0, 1), words
            printed[words[1]] = out.getvalue()
    return folder / "grading", printed


@pytest.fixture
def graded(rehearsed):
    return rehearsed[0]


def feedback_of(folder, student: str) -> str:
    """Give the page of a student, by name."""
    path = course_dir.feedback(folder, NAME, person(folder, student))
    return path.read_text(encoding="utf-8")


def rows_of(folder, form: str) -> dict[str, dict]:
    """Export and give the rows by the name of the student."""
    header, *rows = exported(folder, NAME, form)
    return {row[1]: dict(zip(header, row, strict=True)) for row in rows}


# --- grades ----------------------------------------------------------------------------------


def test_the_page_for_teachers_shows_what_the_rehearsal_prints(rehearsed):
    shown = re.search(r"```text\n(.*?)```", PAGE, re.DOTALL)[1]
    assert unnumbered(shown) in unnumbered(rehearsed[1]["grade"])


def unnumbered(text: str) -> str:
    """Give text on one line; where a file breaks off depends on how long the lesson is."""
    return re.sub(r"at line \d+", "at line N", files.one_line(text))


def test_each_of_the_ten_gets_what_is_due(graded):
    rows = {person(graded, name): name for name in rehearsal.NAMES}
    found = {rows[key]: row for key, row in report(graded, NAME).items()}
    auto = str(float(AUTO))
    assert found["Ada Adams"]["points"] == found["Bo Berg"]["points"] == auto
    assert (found["Ada Adams"]["to_mark"], found["Bo Berg"]["to_mark"]) == ("1", "0")
    assert found["Chi Chen"]["points"] == found["Dina Diallo"]["points"] == "0.0"
    assert 0 < float(found["Emil Evans"]["points"]) < AUTO
    assert found["Fay Farouk"]["points"] == auto
    assert "byte-order mark" in found["Fay Farouk"]["remarks"]
    assert "marks of nbgrader were gone" in found["Gil Garcia"]["remarks"]
    for name, words in (("Hana Haas", "breaks off"), ("Ivo Ito", "web page")):
        assert found[name]["state"] == "not graded"
        assert words in found[name]["remarks"]
    assert "ended its own process" in found["Jo Jansen"]["remarks"]
    # What could not be graded is open, and not zero.
    for name in ("Hana Haas", "Ivo Ito", "Jo Jansen"):
        assert found[name]["to_mark"] == str(len(KNOWN))
        given = in_gradebook(graded, NAME, name).values()
        assert {entry["points"] for entry in given} == {None}


def test_grading_again_runs_nothing_and_changes_nothing(graded, monkeypatch):
    before = report(graded, NAME)
    monkeypatch.setattr(sandbox, "run", lambda *a, **k: pytest.fail("something ran"))
    assert run("grade", NAME, "--course", graded) == 1
    assert report(graded, NAME) == before


def test_one_student_is_graded_again_alone(graded, monkeypatch):
    ran, real = [], sandbox.run
    monkeypatch.setattr(sandbox, "run", lambda *a, **k: ran.append(1) or real(*a, **k))
    student = person(graded, "Bo Berg")
    assert run("grade", NAME, "--course", graded, "--student", student, "--again") == 0
    assert len(ran) == 1


def test_without_a_sandbox_grading_stops_and_says_so(graded, monkeypatch, capsys):
    monkeypatch.setattr(sandbox.shutil, "which", lambda name: None)
    assert run("grade", NAME, "--course", graded) == 2
    said = capsys.readouterr().err
    assert all(words in said for words in ("bubblewrap", "--no-sandbox", "Nothing was run"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["week22"], "did you mean week2"),
        ([NAME, "--student", "nobody"], "submitted nothing"),
    ],
)
def test_grading_needs_an_assignment_and_a_student_that_exist(graded, capsys, words, said):
    assert run("grade", *words, "--course", graded) == 2
    assert said in capsys.readouterr().err


# --- nbgrader ---------------------------------------------------------------------------------


def test_nbgrader_reads_the_gradebook_as_its_own(graded):
    command = [sys.executable, "-m", "nbgrader", "export", "--to", "marks.csv"]
    subprocess.run(command, cwd=graded, check=True, capture_output=True)
    with (graded / "marks.csv").open(encoding="utf-8") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert float(rows[person(graded, "Bo Berg")]["raw_score"]) == AUTO
    assert float(rows[person(graded, "Bo Berg")]["max_score"]) == MOST


def test_nbgraders_own_autograding_runs_nothing(graded):
    before = {path: path.read_bytes() for path in graded.rglob("autograded/*/*/*")}
    command = [sys.executable, "-m", "nbgrader", "autograde", NAME, "--force"]
    done = subprocess.run(command, cwd=graded, capture_output=True, text=True)
    assert "No notebooks were matched" in done.stderr
    assert {path: path.read_bytes() for path in graded.rglob("autograded/*/*/*")} == before


# --- feedback ---------------------------------------------------------------------------------


def test_feedback_is_one_quiet_page_for_each_student(graded):
    page = feedback_of(graded, "Bo Berg")
    assert f"{AUTO} of {MOST} points" in page
    assert page.count("<section>") == len(KNOWN)
    assert not re.search(r"<script|<link|src=|url\(|@import", page)
    assert "Not answered" in page


def test_feedback_says_why_nothing_was_graded(graded):
    page = feedback_of(graded, "Ivo Ito")
    assert "web page" in page and "still to be marked" in page


def test_feedback_gives_no_solution_away(graded):
    page = feedback_of(graded, "Chi Chen")
    for known in answer_key.assignment(graded, NAME)["answers"].values():
        for text, (status, meaning) in known.items():
            assert status != "right" or meaning not in page
            assert status != "right" or len(text) < 4 or text not in page
    for rubric in solutions.rubrics(LESSON).values():
        for criterion in rubric["criteria"]:
            assert not any(level["text"] in page for level in criterion["levels"])


def test_feedback_shows_points_of_the_rubric_and_the_comment(graded):
    rubric = solutions.rubrics(LESSON)[ARGUMENT]
    first, second = (criterion["name"] for criterion in rubric["criteria"][:2])
    comment = f"{first}: 1 / 2\n{second}: __ / 2\nGood use of <b>sources</b>."
    mark_by_hand(graded, NAME, "Ada Adams", 3.5, comment)
    run("feedback", NAME, "--course", graded, "--student", person(graded, "Ada Adams"))
    page = feedback_of(graded, "Ada Adams")
    assert re.search(rf"{re.escape(first)}</td><td>1 / 2", page)
    assert f"{second}</td>" not in page
    assert "Good use of &lt;b&gt;sources" in page
    assert "3.5 of" in page
    assert "given by your teacher" in page


# --- export -----------------------------------------------------------------------------------


def test_a_table_for_any_spreadsheet(graded):
    rows = rows_of(graded, "csv")
    asked = course_dir.assignment(graded, NAME)["exercises"]
    assert set(asked) == set(KNOWN)
    header = ["student_id", "name", "email", "late", *asked, "total", "most"]
    assert list(rows["Bo Berg"]) == header
    assert (rows["Bo Berg"]["total"], rows["Ivo Ito"]["total"]) == (str(AUTO), "")


def test_moodle_finds_students_by_the_number_in_its_download(graded):
    rows = rows_of(graded, "moodle")
    assert {"Last modified (grade)", "Feedback comments"} <= set(rows["Bo Berg"])
    assert rows["Bo Berg"]["Identifier"] == "Participant 1002"
    assert (rows["Bo Berg"]["Grade"], rows["Ivo Ito"]["Grade"]) == (str(AUTO), "")
    assert not any("__" in cell for row in rows.values() for cell in row.values())


def test_canvas_finds_students_by_id_and_says_who_has_none(graded, capsys):
    header, points, *rows = exported(graded, NAME, "canvas")
    assert header[:5] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    assert points[0].strip() == "Points Possible"
    assert points[-1] == str(MOST)
    assert rows == []  # they came from Moodle
    assert "no Canvas ID" in capsys.readouterr().err


@pytest.mark.parametrize(
    "comment",
    [
        "share <= 70",
        '"HHI" - good',
        "a;=1+1",
        "=cmd()",
        "x > -1; -- holds & <b>",
        "say 'why' -@=+ x",
    ],
)
def test_a_comment_reaches_moodle_as_it_was_written(graded, comment):
    mark_by_hand(graded, NAME, "Ada Adams", 1, f"First line\n{comment}")
    found = rows_of(graded, "moodle")["Ada Adams"]["Feedback comments"]
    texts = [html.unescape(one) for one in re.findall(r"<p>(.*?)</p>", found)]
    assert texts[-1] == comment
    assert not any(part.strip().startswith(tuple("=+-@")) for part in found.split(";"))
