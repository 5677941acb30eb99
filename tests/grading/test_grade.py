"""Grading the small course: what runs and when, what it is marked by, what stops it."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import psutil
import pytest
from classroom import (
    SMALL,
    archive,
    exported,
    in_gradebook,
    mark_by_hand,
    person,
    report,
    run,
    small_course,
)

from techpolitik import course, files
from techpolitik.grade import (
    answer_key,
    course_dir,
    grade,
    gradebook,
    marking,
    notebooks,
    rehearsal,
    sandbox,
)
from techpolitik.lesson.exercises import exercises, read_answer, sealing

LESSON, NAME = "months", "week1"
with course.at(SMALL):
    KNOWN = exercises()
MOST = sum(one["points"] for one in KNOWN.values())
ARGUMENT, CHART = "mo-reform", "mo-bars"
BY_HAND = KNOWN[ARGUMENT]["points"]
AUTO = str(float(MOST - BY_HAND))


@pytest.fixture(scope="module", autouse=True)
def calendar(tmp_path_factory):
    with small_course(tmp_path_factory.mktemp("calendar") / "course") as here:
        yield here.root


@pytest.fixture(scope="module")
def released(calendar, tmp_path_factory):
    """A course folder with one assignment, nothing submitted."""
    folder = tmp_path_factory.mktemp("teacher") / "grading"
    due = ["--due", "2027-01-31T18:00+01:00"]
    assert run("release", LESSON, "--assignment", NAME, "--course", folder, *due) == 0
    with gradebook.opened(folder):  # nbgrader takes seconds to make one
        return folder


@pytest.fixture
def fresh(released, tmp_path):
    """A copy of it that may be changed."""
    return shutil.copytree(released, tmp_path / "grading")


def collect(folder: Path, submitted: dict[str, bytes]) -> int:
    """Collect a download of Moodle."""
    return run("collect", NAME, archive(folder / "download.zip", submitted), "--course", folder)


def submissions(folder: Path, *kinds) -> dict[str, bytes]:
    """Give what one student of each kind submits."""
    return rehearsal.submissions(folder, NAME, len(kinds), kinds)


def points(folder: Path) -> set[str]:
    """Give the points that somebody has at the last grading."""
    return {row["points"] for row in report(folder, NAME).values()}


# --- runs -----------------------------------------------------------------------------------


def test_a_run_that_was_interrupted_goes_on_and_any_order_gives_the_same(
    fresh, tmp_path, monkeypatch, capsys
):
    made = submissions(fresh, rehearsal.no_argument, rehearsal.wrong, rehearsal.half_done)
    other = shutil.copytree(fresh, tmp_path / "other")
    collect(fresh, made)
    ran, real = [], sandbox.run

    def breaks(*words, **more):
        ran.append(1)
        if len(ran) == 2:
            raise KeyboardInterrupt
        return real(*words, **more)

    monkeypatch.setattr(sandbox, "run", breaks)
    assert run("grade", NAME, "--course", fresh, "--jobs", 1) == 130
    assert "run it again to go on" in capsys.readouterr().err
    done = [s for s in course_dir.submissions(fresh, NAME) if grade.last_result(fresh, NAME, s)]
    assert len(done) == 1
    assert run("grade", NAME, "--course", fresh, "--jobs", 3) == 0
    assert len(ran) == 4
    collect(other, dict(reversed(made.items())))
    assert run("grade", NAME, "--course", other) == 0
    assert report(other, NAME) == report(fresh, NAME)
    assert len(points(other)) == 3


def test_ctrl_c_ends_what_runs_at_once(fresh, calendar):
    (data,) = submissions(fresh, rehearsal.untouched).values()
    notebook = nbformat.reads(data.decode(), as_version=4)
    sleep = "import time\nfor _ in range(25): time.sleep(1)"
    notebook.cells[1:1] = [nbformat.v4.new_code_cell(sleep) for _ in range(4)]
    made = {f"Ana_77_assignsubmission_file_/{NAME}.ipynb": nbformat.writes(notebook).encode()}
    collect(fresh, made)
    command = [sys.executable, "-m", "techpolitik.cli", "grade", NAME, "--course", str(fresh)]
    # A run in the background hands on that Ctrl-C is ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(command, cwd=calendar, stderr=subprocess.PIPE, text=True) as grading:
        signal.signal(signal.SIGINT, before)
        watched = psutil.Process(grading.pid)
        while not (inside := sandboxed(watched)):
            assert grading.poll() is None, grading.stderr.read()
            time.sleep(0.1)
        grading.send_signal(signal.SIGINT)
        _, said = grading.communicate(timeout=90)  # the cells sleep for 100 seconds
    assert grading.returncode == 130 and "run it again to go on" in said
    assert not psutil.wait_procs(inside, timeout=30)[1]
    assert not grade.last_result(fresh, NAME, person(fresh, "Ana"))


def sandboxed(watched: psutil.Process) -> list[psutil.Process]:
    """Give all processes of a grading, once one of them runs a notebook in a sandbox."""
    found = watched.children(recursive=True)
    try:
        return found if any("/runner.py" in one.cmdline() for one in found) else []
    except psutil.NoSuchProcess:
        return []


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no such setting on this system")
def test_as_many_run_at_a_time_as_there_are_processors_for_us():
    before = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(before)})
        assert grade.processors() == 1
    finally:
        os.sched_setaffinity(0, before)
    assert grade.processors() == len(before)


@pytest.mark.parametrize(
    "option", [["grade", NAME, "--jobs", "0"], ["rehearse", NAME, "--size", "-1"]]
)
def test_a_number_of_none_is_misunderstood(option, capsys):
    with pytest.raises(SystemExit) as end:
        run(*option)
    assert end.value.code == 2
    assert "is not a number from 1 upwards" in capsys.readouterr().err


# --- one truth: that of the release ----------------------------------------------------------


def change(path: Path, old: str, new: str) -> None:
    """Change a file of the course."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_class_is_marked_against_its_release(fresh, tmp_path, capsys):
    with small_course(tmp_path / "course") as here:
        run("release", LESSON, "--assignment", NAME, "--course", fresh)
        made = submissions(fresh, rehearsal.no_argument, rehearsal.no_argument)
        collect(fresh, dict(list(made.items())[:1]))
        run("grade", NAME, "--course", fresh)
        assert points(fresh) == {AUTO}
        assert "Changed" not in capsys.readouterr().out
        # A table is corrected; after that a student is graded for the first time, and one again.
        table = here.root / "data" / "months.csv"
        change(table, ",31,31,", ",30,30,")
        collect(fresh, made)
        run("grade", NAME, "--course", fresh, "--again")
        said = files.one_line(capsys.readouterr().out)
        assert "Changed since 'week1' was released: data/months.csv. Students" in said
        assert points(fresh) == {AUTO} and len(report(fresh, NAME)) == 2
        # A solution is changed: told, and used when the teacher says so, for everybody.
        solution = here.root / "instructor" / "exercises" / f"{LESSON}.py"
        change(solution, 'int((load("months")["days"] == 31).sum())', "777")
        run("grade", NAME, "--course", fresh)
        said = files.one_line(capsys.readouterr().out)
        assert "Changed in instructor/ since 'week1' was released: mo-long-count" in said
        assert points(fresh) == {AUTO}
        assert run("grade", NAME, "--course", fresh, "--new-key", "--student", "x") == 2
        run("grade", NAME, "--course", fresh, "--new-key")
        assert points(fresh) == {str(float(AUTO) - KNOWN["mo-long-count"]["points"])}
        # Released once more under the same name, which is told as well.
        for path in (table, solution):
            shutil.copy(SMALL / path.relative_to(here.root), path)
        contract = here.root / "notebooks" / "exercises" / f"{LESSON}.yml"
        change(contract, "How many months are long?", "How many are long?")
        capsys.readouterr()
        run("release", LESSON, "--assignment", NAME, "--course", fresh)
        assert "marks everybody by the new release" in files.one_line(capsys.readouterr().out)


def test_a_release_that_was_changed_is_not_graded_with(fresh, capsys):
    collect(fresh, submissions(fresh, rehearsal.untouched))
    (course_dir.release(fresh, NAME) / "own notes.txt").write_text("mine")
    table = course_dir.release(fresh, NAME) / "data" / "months.csv"
    before = table.read_bytes()
    table.write_bytes(before + b"\n")
    assert run("grade", NAME, "--course", fresh) == 2
    assert "months.csv is not as it was released" in capsys.readouterr().err
    table.write_bytes(before)
    change(course_dir.source(fresh, NAME) / "assignment.json", '_from": "', '_from": "0')
    assert run("grade", NAME, "--course", fresh) == 2
    assert "was not made together with" in capsys.readouterr().err


def test_a_release_without_private_answers_gets_them_at_the_first_grading(fresh, monkeypatch):
    path = course_dir.source(fresh, NAME) / answer_key.FILE
    before = path.read_bytes()
    path.unlink()
    assert answer_key.assignment(fresh, NAME)["rubrics"] and path.read_bytes() == before
    # Once it is there, nothing private is needed.
    monkeypatch.setenv("TECHPOLITIK_INSTRUCTOR", str(fresh / "none"))
    assert answer_key.assignment(fresh, NAME)["answers"]


# --- the gradebook ----------------------------------------------------------------------------


def test_points_by_hand_stay_and_a_changed_answer_is_shown_again(fresh):
    made = submissions(fresh, rehearsal.all_right)
    collect(fresh, made)
    run("grade", NAME, "--course", fresh)
    mark_by_hand(fresh, NAME, "Ada Adams", BY_HAND - 1)
    assert in_gradebook(fresh, NAME, "Ada Adams")[ARGUMENT]["points"] == BY_HAND - 1
    run("grade", NAME, "--course", fresh, "--again")
    assert in_gradebook(fresh, NAME, "Ada Adams")[ARGUMENT]["points"] == BY_HAND - 1
    ((path, data),) = made.items()
    notebook = nbformat.reads(data.decode(), as_version=4)
    cell = next(cell for cell in notebook.cells if cell.id == ARGUMENT)
    cell.source = cell.source.replace('"""\n', '"""\nOne more sentence. ', 1)
    collect(fresh, {path: nbformat.writes(notebook).encode()})
    run("grade", NAME, "--course", fresh)
    assert in_gradebook(fresh, NAME, "Ada Adams")[ARGUMENT]["points"] is None
    with gradebook.opened(fresh) as book:
        kept = book.find_grade(ARGUMENT, NAME, NAME, person(fresh, "Ada Adams"))
        assert (kept.manual_score, kept.needs_manual_grade) == (BY_HAND - 1, True)


def test_a_gradebook_that_cannot_be_used_is_told(fresh, capsys):
    collect(fresh, submissions(fresh, rehearsal.untouched))
    course_dir.gradebook(fresh).write_bytes(b"no database" * 1000)
    assert run("grade", NAME, "--course", fresh) == 2
    assert "gradebook.db cannot be used (file is not a database)" in capsys.readouterr().err


# --- one submission stops no other ------------------------------------------------------------

#: Writes lines into the grader's report: an answer for each exercise, and the end.
FORGE = """
import json, os
for number in range(3, 40):
    for name, plain in FORGED.items():
        try:
            os.write(number, json.dumps({"answer": name, "plain": plain}).encode() + b"\\n")
        except OSError:
            pass
    try:
        os.write(number, b'{"end": true}\\n')
    except OSError:
        pass
"""
#: Answers that would take the grader hours or all memory, by kind.
ENDLESS = {
    "data": "'1' + ' ' * 5000 + '!'",
    "chart": "{'spec': {'data': {'values': [{'a': 1}] * 90_000}, 'layer': [{'mark': 'line'}] "
    "* 50_000}, 'text': ''}",
    "argument": "'1,' * 500_000",
}


def test_one_submission_neither_stalls_nor_breaks_the_grading_of_others(fresh, monkeypatch):
    right, wrong = submissions(fresh, rehearsal.no_argument, rehearsal.wrong).values()
    notebook = nbformat.reads(right.decode(), as_version=4)
    forged = ", ".join(f"{key!r}: {ENDLESS[one['kind']]}" for key, one in KNOWN.items())
    notebook.cells.insert(1, nbformat.v4.new_code_cell(r"print('\ud800')"))
    notebook.cells.insert(2, nbformat.v4.new_code_cell(f"FORGED = {{{forged}}}{FORGE}"))
    real, contracts = marking.mark, grade.contracts_of

    def mark(contract, *more):
        if contract["id"] == "broken":
            raise ZeroDivisionError("\ud800")
        return real(contract, *more)

    def contracts_of(assignment, notebook):
        more = {"id": "broken"} if "12345" in str(notebook) else {}
        return [one | more for one in contracts(assignment, notebook)]

    monkeypatch.setattr(marking, "mark", mark)
    monkeypatch.setattr(grade, "contracts_of", contracts_of)
    file = f"assignsubmission_file_/{NAME}.ipynb"
    submitted = {
        f"=cmd;=x_76_{file}": b"",
        f"Mal_77_{file}": nbformat.writes(notebook).encode(),
        f"Bo Berg_78_{file}": right,
        f"Chi Chen_79_{file}": wrong,
    }
    collect(fresh, submitted)
    assert run("grade", NAME, "--course", fresh) == 1  # the empty file, and Chi's
    mal, bo, chi = (report(fresh, NAME)[person(fresh, n)] for n in ("Mal", "Bo Berg", "Chi Chen"))
    assert (mal["points"], bo["points"]) == ("0.0", AUTO)
    assert chi["state"] == "not graded" and "ZeroDivisionError" in chi["remarks"]
    assert chi["to_mark"] == str(len(KNOWN))
    assert run("feedback", NAME, "--course", fresh) == 0
    for path in course_dir.reports(fresh).glob("*.csv"):
        assert not re.search(r"(^|[;,\n])\"?\s*=", path.read_text(encoding="utf-8"))
    kept = course_dir.autograded(fresh, NAME, person(fresh, "Mal"))
    assert sum(path.stat().st_size for path in kept.iterdir()) < 1_000_000


# --- time, feedback, export -------------------------------------------------------------------


@pytest.fixture(scope="module")
def timed(released, tmp_path_factory):
    """The course after two have submitted: half an hour early, with a damaged one later; late."""
    folder = shutil.copytree(released, tmp_path_factory.mktemp("timed") / "grading")
    (data,) = submissions(folder, rehearsal.untouched).values()
    for stamp, content in {
        "ana+{}+2027-01-31 16:30:00 UTC": data,
        "ana+{}+2027-01-31 17:30:00 UTC": data[:500],
        "bo+{}+2027-01-31 17:30:00 UTC": data,
    }.items():
        target = folder / "inbound" / stamp.format(NAME) / f"{NAME}.ipynb"
        target.parent.mkdir(parents=True)
        target.write_bytes(content)
    run("collect", NAME, folder / "inbound", "--course", folder)
    assert run("grade", NAME, "--course", folder) == 0
    assert run("feedback", NAME, "--course", folder) == 0
    return folder


def test_late_is_late_in_feedback_export_and_gradebook(timed):
    header, *rows = exported(timed, NAME, "csv")
    late = {row[0]: row[header.index("late")] == "yes" for row in rows}
    assert late == {"ana": False, "bo": True}
    with gradebook.opened(timed) as book:
        for student, is_late in late.items():
            page = course_dir.feedback(timed, NAME, student).read_text(encoding="utf-8")
            assert ("(late)" in page) == is_late
            seconds = book.find_submission(NAME, student).total_seconds_late
            assert seconds == (1800 if is_late else 0)


def test_one_who_is_not_graded_keeps_no_feedback_from_the_others(timed, tmp_path, capsys):
    folder = shutil.copytree(timed, tmp_path / "grading")
    old = course_dir.feedback(folder, NAME, "bo").stat().st_mtime_ns
    (data,) = submissions(folder, rehearsal.untouched).values()
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "cy.ipynb").write_bytes(data)
    (tmp_path / "in" / "bo.ipynb").write_bytes(data.replace(b"= ...", b"=  ...", 1))
    run("collect", NAME, tmp_path / "in", "--course", folder)
    capsys.readouterr()
    assert run("feedback", NAME, "--course", folder) == 1
    said = capsys.readouterr().err
    assert f"cy: not graded yet; run `techpolitik grade {NAME}`" in said
    assert course_dir.feedback(folder, NAME, "ana").exists()
    assert not course_dir.feedback(folder, NAME, "cy").exists()
    # A newer submission gets no old feedback and no old total.
    assert "bo: a newer submission is not graded yet" in said
    assert course_dir.feedback(folder, NAME, "bo").stat().st_mtime_ns == old
    header, *rows = exported(folder, NAME, "csv")
    totals = {row[0]: row[header.index("total")] for row in rows}
    assert totals["bo"] == "" != totals["ana"]
    said = capsys.readouterr().err
    assert "cy: not graded yet" in said and "bo: a newer submission" in said


def test_feedback_before_grading_says_what_to_do_first(fresh, capsys):
    collect(fresh, submissions(fresh, rehearsal.untouched))
    assert run("feedback", NAME, "--course", fresh) == 2
    assert f"techpolitik grade {NAME}" in capsys.readouterr().err
    assert run("export", NAME, "--format", "csv", "--course", fresh) == 2


def test_canvas_gets_who_came_from_it_and_without_a_sandbox_it_runs_when_told_to(fresh):
    (data,) = submissions(fresh, rehearsal.no_argument).values()
    collect(fresh, {f"bergbo_4711_99_{NAME}.ipynb": data})
    assert run("grade", NAME, "--course", fresh, "--no-sandbox") == 0
    *_, row = exported(fresh, NAME, "canvas")
    assert row[1] == "4711"
    assert float(row[-1]) == float(AUTO)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_cell_is_no_formula(start):
    assert course_dir.safe(f"{start}HYPERLINK()").startswith("'")
    assert course_dir.safe("Bo = Berg") == "Bo = Berg"


# --- notebooks and marks --------------------------------------------------------------------


@pytest.mark.parametrize("text", ["~~~", "~~~~~~~~\n# title", "```", "<b>", "a\n~~~ text\nb"])
def test_nothing_closes_the_fence(text):
    fence = notebooks.fenced(text).splitlines()[-1]
    assert set(fence) == {"~"}
    assert fence not in text


def test_a_chart_loses_a_point_for_each_thing_it_lacks_and_never_more_than_it_is_worth():
    contract = KNOWN[CHART]
    plain = read_answer(contract, sealing.private_answers()[CHART]["solution"]())
    empty = {"spec": {"mark": "text"}, "text": ""}
    for answer, earned in ((plain, 3), ({**plain, "text": ""}, 2), (empty, 0)):
        assert marking.mark(contract, {"plain": answer})["points"] == earned
