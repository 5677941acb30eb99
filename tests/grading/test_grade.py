"""Grading an assignment as a teacher does it: release, collect, grade, mark, return."""

import csv
import html
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from contextlib import contextmanager
from pathlib import Path

import nbformat
import psutil
import pytest
from checkout import ROOT

from techpolitik import course, files
from techpolitik.cli import main
from techpolitik.grade import (
    answer_key,
    course_dir,
    grade,
    gradebook,
    marking,
    notebooks,
    rehearsal,
    sandbox,
    solutions,
)
from techpolitik.lesson.exercises import exercises, read_answer, sealing

pytestmark = pytest.mark.skipif(
    not sealing.instructor().is_dir(), reason="a release has no private answers"
)

LESSON, NAME = "the_stack", "week1"
KNOWN = {key: one for key, one in exercises().items() if one["lesson"] == LESSON}
MOST = sum(one["points"] for one in KNOWN.values())
ARGUMENT = next(key for key, one in KNOWN.items() if one["kind"] == "argument")
BY_HAND = KNOWN[ARGUMENT]["points"]

#: Markup that would show itself: in a page that runs it, the title changes.
HOSTILE = "<img src=x onerror=\"document.title='pwned'\"><script>document.title='pwned'</script>"


def run(*words) -> int:
    """Run a command of `techpolitik`."""
    return main([str(word) for word in words])


def class_of(folder: Path, submitted: dict[str, bytes]) -> Path:
    """Write submissions as a download of Moodle."""
    path = folder.parent / f"{folder.name}-download.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in submitted.items():
            archive.writestr(name, data)
    return path


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """A course with one assignment, nothing submitted."""
    folder = tmp_path_factory.mktemp("teacher") / "course"
    assert run("release", LESSON, "--assignment", NAME, "--course", folder) == 0
    return folder


@pytest.fixture(scope="module")
def graded(released):
    """The same course after the rehearsal's ten have submitted and were graded."""
    folder = Path(shutil.copytree(released, released.parent / "graded"))
    archive = folder.parent / "rehearsal.zip"
    assert run("rehearse", NAME, "--course", folder, "--output", archive) == 0
    assert run("collect", NAME, archive, "--course", folder) == 1
    assert run("grade", NAME, "--course", folder) == 1
    return folder


@pytest.fixture
def fresh(released, tmp_path):
    """A copy of the course with nothing submitted."""
    return Path(shutil.copytree(released, tmp_path / "course"))


def report(folder: Path) -> dict[str, dict]:
    """Return the rows of the report by student."""
    with (course_dir.reports(folder) / f"grade-{NAME}.csv").open(
        encoding="utf-8", newline=""
    ) as file:
        return {row["student"]: row for row in csv.DictReader(file)}


def person(folder: Path, name: str) -> str:
    """Return the id of a student by name."""
    found = course_dir.students(folder).values()
    return next(one["student_id"] for one in found if one["name"] == name)


def outcome(folder: Path, name: str) -> dict:
    """Return what the last grading found for a student, by name."""
    return grade.last_result(folder, NAME, person(folder, name))


def in_gradebook(folder: Path, name: str) -> dict:
    """Return what the gradebook holds for a student, by name."""
    with gradebook.opened(folder) as book:
        return gradebook.read(book, course_dir.assignment(folder, NAME), person(folder, name))


# --- the rehearsal --------------------------------------------------------------------------


def test_each_of_the_ten_gets_what_is_due(graded):
    rows = {person(graded, name): name for name in rehearsal.NAMES}
    found = {rows[key]: row for key, row in report(graded).items()}
    auto = str(float(MOST - BY_HAND))
    assert found["Ada Adams"]["points"] == found["Bo Berg"]["points"] == auto
    assert (found["Ada Adams"]["to_mark"], found["Bo Berg"]["to_mark"]) == ("1", "0")
    assert found["Chi Chen"]["points"] == found["Dina Diallo"]["points"] == "0.0"
    assert 0 < float(found["Emil Evans"]["points"]) < float(auto)
    assert found["Fay Farouk"]["points"] == auto
    assert "byte-order mark" in found["Fay Farouk"]["remarks"]
    assert "marks of nbgrader were gone" in found["Gil Garcia"]["remarks"]
    for name, words in (("Hana Haas", "breaks off"), ("Ivo Ito", "web page")):
        assert found[name]["state"] == "not graded"
        assert words in found[name]["remarks"]
        assert found[name]["to_mark"] == str(len(KNOWN))
    assert "ended its own process" in found["Jo Jansen"]["remarks"]
    assert found["Jo Jansen"]["to_mark"] == str(len(KNOWN))


def test_what_could_not_be_graded_is_open_and_not_zero(graded):
    for name in ("Hana Haas", "Ivo Ito", "Jo Jansen"):
        assert {entry["points"] for entry in in_gradebook(graded, name).values()} == {None}


def test_the_page_for_teachers_shows_what_the_rehearsal_prints(tmp_path, capsys, monkeypatch):
    page = (ROOT / "book" / "teach_assign.md").read_text(encoding="utf-8")
    commands = re.search(r"## Rehearse first.*?```bash\n(.*?)```", page, re.DOTALL)[1].splitlines()
    shown = re.search(r"```text\n(.*?)```", page, re.DOTALL)[1]
    monkeypatch.chdir(tmp_path)
    with course.at(ROOT):
        for command in commands:
            capsys.readouterr()
            assert run(*command.split()[1:]) in (0, 1), command
            if " grade " in command:
                printed = capsys.readouterr().out
    assert unnumbered(shown) in unnumbered(printed)


def unnumbered(text: str) -> str:
    """Return text on one line; where a file breaks off depends on how long the lesson is."""
    return re.sub(r"at line \d+", "at line N", files.one_line(text))


def test_grading_again_runs_nothing_and_changes_nothing(graded, monkeypatch):
    before = report(graded)
    monkeypatch.setattr(sandbox, "run", lambda *a, **k: pytest.fail("something ran"))
    assert run("grade", NAME, "--course", graded) == 1
    assert report(graded) == before


def test_one_student_is_graded_again_alone(graded, monkeypatch):
    ran, real = [], sandbox.run
    monkeypatch.setattr(sandbox, "run", lambda *a, **k: ran.append(1) or real(*a, **k))
    student = person(graded, "Ada Adams")
    assert run("grade", NAME, "--course", graded, "--student", student, "--again") == 0
    assert len(ran) == 1


def test_an_interrupted_run_goes_on_where_it_stopped(fresh, monkeypatch, capsys):
    folder, ran, real = fresh, [], sandbox.run
    kinds = [rehearsal.untouched, rehearsal.wrong]
    run("collect", NAME, class_of(folder, rehearsal.submissions(folder, NAME, 4, kinds)),
        "--course", folder)  # fmt: skip

    def breaks(*words, **more):
        ran.append(1)
        if len(ran) == 3:
            raise KeyboardInterrupt
        return real(*words, **more)

    monkeypatch.setattr(sandbox, "run", breaks)
    assert run("grade", NAME, "--course", folder, "--jobs", 1) == 130
    assert "run it again to go on" in capsys.readouterr().err
    done = [s for s in course_dir.submissions(folder, NAME) if grade.last_result(folder, NAME, s)]
    assert 1 <= len(done) <= 2
    ran.clear()
    monkeypatch.setattr(sandbox, "run", lambda *a, **k: ran.append(1) or real(*a, **k))
    assert run("grade", NAME, "--course", folder) == 0
    assert len(ran) == 4 - len(done)
    assert len(report(folder)) == 4


def test_a_chart_that_lacks_more_than_it_is_worth_earns_nothing():
    empty = {"plain": {"spec": {"mark": "text"}, "text": ""}}
    charts = [one for one in exercises().values() if one["kind"] == "chart"]
    assert {marking.mark(one, empty)["points"] for one in charts} == {0}


@pytest.mark.parametrize(
    "option", [["grade", NAME, "--jobs", "0"], ["rehearse", NAME, "--size", "-1"]]
)
def test_a_number_of_none_is_misunderstood(option, capsys):
    with pytest.raises(SystemExit) as end:
        run(*option)
    assert end.value.code == 2
    assert "is not a number from 1 upwards" in capsys.readouterr().err


def test_the_result_is_the_same_in_any_order(released, tmp_path):
    found = []
    for jobs, turn in ((1, 1), (3, -1)):
        folder = shutil.copytree(released, tmp_path / f"course{jobs}")
        submitted = list(rehearsal.submissions(folder, NAME, 5).items())[::turn]
        run("collect", NAME, class_of(folder, dict(submitted)), "--course", folder)
        run("grade", NAME, "--course", folder, "--jobs", jobs)
        found.append(report(folder))
    assert found[0] == found[1]


def test_ctrl_c_ends_what_runs_at_once(fresh):
    (data,) = rehearsal.submissions(fresh, NAME, 1, [rehearsal.untouched]).values()
    notebook = nbformat.reads(data.decode(), as_version=4)
    sleep = "import time\nfor _ in range(25): time.sleep(1)"
    notebook.cells[1:1] = [nbformat.v4.new_code_cell(sleep) for _ in range(4)]
    made = {f"Ana_77_assignsubmission_file_/{NAME}.ipynb": nbformat.writes(notebook).encode()}
    run("collect", NAME, class_of(fresh, made), "--course", fresh)
    command = [sys.executable, "-m", "techpolitik.cli", "grade", NAME, "--course", str(fresh)]
    # A run in the background hands on that Ctrl-C is ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as grading:
        signal.signal(signal.SIGINT, before)
        watched = psutil.Process(grading.pid)
        while not any("bwrap" in one.name() for one in watched.children(recursive=True)):
            assert grading.poll() is None, grading.stderr.read()
            time.sleep(0.1)
        time.sleep(1)
        inside = watched.children(recursive=True)
        begin = time.monotonic()
        grading.send_signal(signal.SIGINT)
        _, said = grading.communicate(timeout=90)
    assert grading.returncode == 130 and "run it again to go on" in said
    assert time.monotonic() - begin < 60  # the cells sleep for 100 seconds
    assert not psutil.wait_procs(inside, timeout=30)[1]
    assert not grade.last_result(fresh, NAME, person(fresh, "Ana"))


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no such setting on this system")
def test_as_many_run_at_a_time_as_there_are_processors_for_us():
    before = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(before)})
        assert grade.processors() == 1
    finally:
        os.sched_setaffinity(0, before)
    assert grade.processors() == len(before)


# --- one truth: that of the release ----------------------------------------------------------


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A course that may be changed, as a teacher's is from one week to the next."""
    root = tmp_path_factory.mktemp("checkout")
    for name in ("data", "seeds", "notebooks", "instructor"):
        shutil.copytree(ROOT / name, root / name)
    for name in ("course.yml", "LICENSE", "LICENSE-CONTENT", "requirements.txt"):
        shutil.copy(ROOT / name, root / name)
    return root


def change(path: Path, old: str, new: str) -> None:
    """Change a file of the course."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def points(folder: Path) -> set[str]:
    """Return the points that somebody has at the last grading."""
    return {row["points"] for row in report(folder).values()}


def test_a_class_is_marked_against_its_release(checkout, tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("TECHPOLITIK_INSTRUCTOR", raising=False)
    folder = tmp_path / "course"
    with course.at(checkout):
        run("release", LESSON, "--assignment", NAME, "--course", folder)
        made = list(rehearsal.submissions(folder, NAME, 2, [rehearsal.no_argument]).items())
        run("collect", NAME, class_of(folder, dict(made[:1])), "--course", folder)
        run("grade", NAME, "--course", folder)
        assert points(folder) == {str(float(MOST - BY_HAND))}
        assert "Changed" not in capsys.readouterr().out
        # A table is corrected, and a student is graded after that, and one again.
        table = checkout / "data" / "article_claims.csv"
        first = next(csv.reader(table.read_text(encoding="utf-8").splitlines()[1:]))
        line = table.read_text(encoding="utf-8").splitlines()[1]
        number = next(cell for cell in reversed(first) if cell.isdecimal())
        change(table, line, re.sub(rf"\b{number}\b(?!.*\b{number}\b)", f"{number}9", line))
        run("collect", NAME, class_of(folder, dict(made)), "--course", folder)
        run("grade", NAME, "--course", folder)
        said = files.one_line(capsys.readouterr().out)
        assert "Changed since 'week1' was released: data/article_claims.csv. Students" in said
        run("grade", NAME, "--course", folder, "--again")
        assert points(folder) == {str(float(MOST - BY_HAND))} and len(report(folder)) == 2
        # A solution is changed: told, and used when the teacher says so, for everybody.
        solution = checkout / "instructor" / "exercises" / f"{LESSON}.py"
        change(solution, 'return load("article_claims")["claims"].sum()', "return 777")
        capsys.readouterr()
        run("grade", NAME, "--course", folder)
        said = files.one_line(capsys.readouterr().out)
        assert "Changed in instructor/ since 'week1' was released: st-claims-total" in said
        assert points(folder) == {str(float(MOST - BY_HAND))}
        assert run("grade", NAME, "--course", folder, "--new-key", "--student", "x") == 2
        run("grade", NAME, "--course", folder, "--new-key")
        (fewer,) = points(folder)
        assert float(fewer) < MOST - BY_HAND
        # Released once more under the same name, which is told as well.
        for path in (table, solution):
            shutil.copy(ROOT / path.relative_to(checkout), path)
        contract = checkout / "notebooks" / "exercises" / f"{LESSON}.yml"
        change(contract, "How many claims are there?", "How many claims?")
        capsys.readouterr()
        run("release", LESSON, "--assignment", NAME, "--course", folder)
        assert "marks everybody by the new release" in files.one_line(capsys.readouterr().out)


def test_a_release_that_was_changed_is_not_graded_with(fresh, capsys):
    made = rehearsal.submissions(fresh, NAME, 1, [rehearsal.untouched])
    run("collect", NAME, class_of(fresh, made), "--course", fresh)
    (course_dir.release(fresh, NAME) / "own notes.txt").write_text("mine")
    table = course_dir.release(fresh, NAME) / "data" / "article_claims.csv"
    before = table.read_bytes()
    table.write_bytes(before + b"\n")
    assert run("grade", NAME, "--course", fresh) == 2
    assert "article_claims.csv is not as it was released" in capsys.readouterr().err
    table.write_bytes(before)
    path = course_dir.source(fresh, NAME) / "assignment.json"
    path.write_text(path.read_text().replace('"made_from": "', '"made_from": "0'))
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


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("raise ValueError('no rows')", "st-claims-total fails with ValueError: no rows"),
        ("import sys; return {}.popitem()", "st-claims-total fails with KeyError"),
        ("return 'many'", "st-claims-total fails with Unreadable"),
    ],
)
def test_a_solution_that_fails_is_named(tmp_path, capsys, monkeypatch, code, said):
    shutil.copytree(sealing.instructor(), tmp_path / "private")
    path = tmp_path / "private" / "exercises" / f"{LESSON}.py"
    change(path, 'return load("article_claims")["claims"].sum()', code)
    monkeypatch.setenv("TECHPOLITIK_INSTRUCTOR", str(tmp_path / "private"))
    assert run("release", LESSON, "--course", tmp_path / "course") == 2
    shown = capsys.readouterr().err
    assert f"exercises/{LESSON}.py: " in shown and said in shown
    assert not (tmp_path / "course").exists()


# --- the gradebook and formgrader -----------------------------------------------------------


def test_nbgrader_reads_the_gradebook_as_its_own(graded):
    command = [sys.executable, "-m", "nbgrader", "export", "--to", "marks.csv"]
    subprocess.run(command, cwd=graded, check=True, capture_output=True)
    with (graded / "marks.csv").open(encoding="utf-8") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert float(rows[person(graded, "Bo Berg")]["raw_score"]) == MOST - BY_HAND
    assert float(rows[person(graded, "Bo Berg")]["max_score"]) == MOST


def test_points_by_hand_stay_and_a_changed_answer_is_shown_again(fresh):
    folder = fresh
    made = rehearsal.submissions(folder, NAME, 1)
    run("collect", NAME, class_of(folder, made), "--course", folder)
    run("grade", NAME, "--course", folder)
    student = person(folder, "Ada Adams")
    mark_by_hand(folder, student, BY_HAND - 1)
    assert in_gradebook(folder, "Ada Adams")[ARGUMENT]["points"] == BY_HAND - 1
    run("grade", NAME, "--course", folder, "--again")
    assert in_gradebook(folder, "Ada Adams")[ARGUMENT]["points"] == BY_HAND - 1
    notebook = nbformat.reads(next(iter(made.values())).decode(), as_version=4)
    cell = next(cell for cell in notebook.cells if cell.id == ARGUMENT)
    cell.source = cell.source.replace('"""\n', '"""\nOne more sentence. ', 1)
    again = {next(iter(made)): nbformat.writes(notebook).encode()}
    run("collect", NAME, class_of(folder, again), "--course", folder)
    run("grade", NAME, "--course", folder)
    assert in_gradebook(folder, "Ada Adams")[ARGUMENT]["points"] is None
    with gradebook.opened(folder) as book:
        kept = book.find_grade(ARGUMENT, NAME, NAME, student)
        assert (kept.manual_score, kept.needs_manual_grade) == (BY_HAND - 1, True)


def mark_by_hand(folder: Path, student: str, points: float, comment: str | None = None) -> None:
    """Do what formgrader does when a person marks an argument."""
    with gradebook.opened(folder) as book:
        mark = book.find_grade(ARGUMENT, NAME, NAME, student)
        mark.manual_score, mark.needs_manual_grade = points, False
        if comment is not None:
            book.find_comment(ARGUMENT, NAME, NAME, student).manual_comment = comment
        book.db.commit()


@pytest.fixture(scope="module")
def hostile(released, tmp_path_factory):
    """A course in which one student has put markup wherever a submission can hold it."""
    folder = Path(shutil.copytree(released, tmp_path_factory.mktemp("hostile") / "course"))
    data = next(iter(rehearsal.submissions(folder, NAME, 1).values()))
    notebook = nbformat.reads(data.decode(), as_version=4)
    cells = notebook.cells
    cells.insert(1, nbformat.v4.new_markdown_cell(f"~~~\n{HOSTILE}\n[x](javascript:alert(1))"))
    cells.insert(2, nbformat.v4.new_raw_cell(HOSTILE, metadata={"format": "text/html"}))
    code = f"print({HOSTILE!r})\nfrom IPython.display import HTML\ndisplay(HTML({HOSTILE!r}))"
    cells.insert(3, nbformat.v4.new_code_cell(code + f"\nraise ValueError({HOSTILE!r})"))
    for cell in cells:
        if cell.id == ARGUMENT:
            variable = KNOWN[ARGUMENT]["answer_name"]
            cell.source = f"{variable} = {HOSTILE + ' ~~~ ' + HOSTILE!r}"
        elif cell.id in KNOWN and KNOWN[cell.id]["kind"] == "data":
            cell.source = f"{KNOWN[cell.id]['answer_name']} = type({HOSTILE!r}, (), {{}})()"
    notebook.metadata["title"] = HOSTILE
    name = f"{HOSTILE} =cmd_77_assignsubmission_file_/{NAME}.ipynb".replace("/script", "script")
    honest = {f"Bo Berg_78_assignsubmission_file_/{NAME}.ipynb": data}
    archive = class_of(folder, {name: nbformat.writes(notebook).encode(), **honest})
    assert run("collect", NAME, archive, "--course", folder) in (0, 1)
    assert run("grade", NAME, "--course", folder) == 0
    run("feedback", NAME, "--course", folder)
    return folder


def test_formgrader_shows_argument_and_rubric_and_markup_does_nothing(hostile, new_page):
    with formgrader(hostile) as address:
        page = new_page(extra_http_headers={"Authorization": "token secret"})
        page.route("**/*", lambda route: local_only(route, address))
        page.goto(f"{address}/formgrader/gradebook/{NAME}/{NAME}")
        page.wait_for_selector("a[href*='/submissions/']")
        links = page.eval_on_selector_all(
            "a[href*='/submissions/']", "found => [...new Set(found.map(one => one.href))]"
        )
        assert len(links) == 2
        texts = []
        for link in links:
            page.goto(link)
            page.wait_for_selector(f"[id='{ARGUMENT}']")
            page.wait_for_timeout(500)
            assert page.title() != "pwned"
            assert page.locator("img[src='x']").count() == 0
            assert page.locator("a[href^='javascript']").count() == 0
            assert page.locator("h1, h2, h3, strong", has_text="Rubric").count() == 1
            assert "__ / " in page.locator(f"[id='{ARGUMENT}-comment']").input_value()
            texts.append(page.inner_text("body"))
        assert any("onerror" in text for text in texts)  # it is there, as text
        box = page.locator(f"[id='{ARGUMENT}']")
        box.fill("2")
        box.blur()
        page.wait_for_timeout(1500)
    with gradebook.opened(hostile) as book:
        assignment = course_dir.assignment(hostile, NAME)
        given = [gradebook.read(book, assignment, s) for s in course_dir.submissions(hostile, NAME)]
    assert sorted(str(one[ARGUMENT]["points"]) for one in given) == ["2.0", "None"]


def local_only(route, address):
    """Let a page reach its own server and nothing else."""
    route.continue_() if route.request.url.startswith(address) else route.abort()


@contextmanager
def formgrader(folder: Path):
    """Run a Jupyter server with nbgrader's formgrader for a course folder; give its address."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    command = [sys.executable, "-m", "jupyter", "server", "--allow-root", "--no-browser"]
    command += ["--ServerApp.port=0", "--ServerApp.token=secret"]
    # A file, since a pipe that nobody reads would stop the server.
    log = folder.parent / "server.log"
    with (
        log.open("w") as said,
        subprocess.Popen(
            [*command, f"--ServerApp.root_dir={folder}"],
            cwd=folder,
            env={**os.environ, "PATH": path},
            stderr=said,
        ) as server,
    ):
        deadline = time.monotonic() + 120
        while not (found := re.search(r"http://127\.0\.0\.1:\d+(?=/)", log.read_text())):
            assert server.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        yield found[0]
        server.kill()


#: Writes lines into the grader's report: an answer for each exercise.
FORGE = """
import json, os
for number in range(3, 40):
    for name, plain in FORGED.items():
        try:
            os.write(number, json.dumps({"answer": name, "plain": plain}).encode() + b"\\n")
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


def test_one_hostile_submission_neither_stalls_nor_breaks_the_grading_of_others(fresh):
    (data,) = rehearsal.submissions(fresh, NAME, 1, [rehearsal.no_argument]).values()
    notebook = nbformat.reads(data.decode(), as_version=4)
    forged = ", ".join(f"{key!r}: {ENDLESS[one['kind']]}" for key, one in KNOWN.items())
    end = "os.write(number, b'{\"end\": true}\\n')"
    code = f"FORGED = {{{forged}}}{FORGE}    try:\n        {end}\n    except OSError:\n        pass"
    notebook.cells.insert(1, nbformat.v4.new_code_cell(r"print('\ud800')"))
    notebook.cells.insert(2, nbformat.v4.new_code_cell(code))
    submitted = {
        f"=cmd;=x_76_assignsubmission_file_/{NAME}.ipynb": b"",
        f"Mal_77_assignsubmission_file_/{NAME}.ipynb": nbformat.writes(notebook).encode(),
        f"Bo Berg_78_assignsubmission_file_/{NAME}.ipynb": data,
    }
    run("collect", NAME, class_of(fresh, submitted), "--course", fresh)
    assert run("grade", NAME, "--course", fresh) == 1  # the empty file
    assert float(report(fresh)[person(fresh, "Bo Berg")]["points"]) == MOST - BY_HAND
    assert float(report(fresh)[person(fresh, "Mal")]["points"]) == 0
    assert run("feedback", NAME, "--course", fresh) == 0
    for path in course_dir.reports(fresh).glob("*.csv"):
        assert not re.search(r"(^|[;,\n])\"?\s*=", path.read_text(encoding="utf-8"))
    kept = course_dir.autograded(fresh, NAME, person(fresh, "Mal"))
    assert sum(path.stat().st_size for path in kept.iterdir()) < 1_000_000


def test_a_submission_that_breaks_the_grader_is_named_and_the_others_are_graded(fresh, monkeypatch):
    real = marking.mark

    def mark(contract, *more):
        if contract["id"] == "broken":
            raise ZeroDivisionError("\ud800")
        return real(contract, *more)

    contracts = grade.contracts_of
    monkeypatch.setattr(marking, "mark", mark)
    monkeypatch.setattr(
        grade,
        "contracts_of",
        lambda assignment, notebook: [
            {**one, "id": "broken"} if "12345" in str(notebook) else one
            for one in contracts(assignment, notebook)
        ],
    )
    made = rehearsal.submissions(fresh, NAME, 2, [rehearsal.wrong, rehearsal.no_argument])
    run("collect", NAME, class_of(fresh, made), "--course", fresh)
    assert run("grade", NAME, "--course", fresh) == 1
    broken, fine = (report(fresh)[person(fresh, name)] for name in ("Ada Adams", "Bo Berg"))
    assert (broken["state"], fine["state"]) == ("not graded", "graded")
    assert "ZeroDivisionError" in broken["remarks"]
    assert broken["to_mark"] == str(len(KNOWN))


def test_a_gradebook_that_cannot_be_used_is_told(fresh, capsys):
    made = rehearsal.submissions(fresh, NAME, 1, [rehearsal.untouched])
    run("collect", NAME, class_of(fresh, made), "--course", fresh)
    course_dir.gradebook(fresh).write_bytes(b"no database" * 1000)
    assert run("grade", NAME, "--course", fresh) == 2
    assert "gradebook.db cannot be used (file is not a database)" in capsys.readouterr().err


def test_nbgraders_own_autograding_runs_nothing(graded):
    before = {path: path.read_bytes() for path in graded.rglob("autograded/*/*/*")}
    command = [sys.executable, "-m", "nbgrader", "autograde", NAME, "--force"]
    done = subprocess.run(command, cwd=graded, capture_output=True, text=True)
    assert "No notebooks were matched" in done.stderr
    assert {path: path.read_bytes() for path in graded.rglob("autograded/*/*/*")} == before


# --- feedback -------------------------------------------------------------------------------


def test_feedback_is_one_quiet_page_for_each_student(graded):
    assert run("feedback", NAME, "--course", graded) == 0
    student = person(graded, "Bo Berg")
    page = course_dir.feedback(graded, NAME, student).read_text(encoding="utf-8")
    assert f"{MOST - BY_HAND} of {MOST} points" in page
    assert page.count("<section>") == len(KNOWN)
    assert not re.search(r"<script|<link|src=|url\(|@import", page)
    assert "Not answered" in page


def test_feedback_says_why_nothing_was_graded(graded):
    run("feedback", NAME, "--course", graded)
    page = course_dir.feedback(graded, NAME, person(graded, "Ivo Ito")).read_text(encoding="utf-8")
    assert "web page" in page
    assert "still to be marked" in page


def test_feedback_gives_no_solution_away(graded):
    run("feedback", NAME, "--course", graded)
    page = course_dir.feedback(graded, NAME, person(graded, "Chi Chen")).read_text(encoding="utf-8")
    for known in answer_key.assignment(graded, NAME)["answers"].values():
        for text, (status, meaning) in known.items():
            assert status != "right" or meaning not in page
            assert status != "right" or len(text) < 4 or text not in page
    for rubric in solutions.rubrics(LESSON).values():
        for criterion in rubric["criteria"]:
            assert not any(level["text"] in page for level in criterion["levels"])


def test_feedback_shows_points_of_the_rubric_and_the_comment(graded):
    student = person(graded, "Ada Adams")
    rubric = solutions.rubrics(LESSON)[ARGUMENT]
    first, second = (criterion["name"] for criterion in rubric["criteria"][:2])
    comment = f"{first}: 1 / 2\n{second}: __ / 2\nGood use of <b>sources</b>."
    mark_by_hand(graded, student, 3.5, comment)
    run("feedback", NAME, "--course", graded, "--student", student)
    page = course_dir.feedback(graded, NAME, student).read_text(encoding="utf-8")
    assert re.search(rf"{re.escape(first)}</td><td>1 / 2", page)
    assert f"{second}</td>" not in page
    assert "Good use of &lt;b&gt;sources" in page
    assert "3.5 of" in page
    assert "given by your teacher" in page


def test_markup_in_a_submission_does_nothing_in_feedback(hostile, new_page):
    page, everything = new_page(), ""
    for student in course_dir.submissions(hostile, NAME):
        path = course_dir.feedback(hostile, NAME, student)
        page.goto(path.as_uri())
        page.wait_for_timeout(300)
        assert page.title() != "pwned"
        assert page.locator("img, script").count() == 0
        everything += path.read_text(encoding="utf-8")
    assert "onerror" in everything


def test_one_who_is_not_graded_keeps_no_feedback_from_the_others(fresh, capsys):
    made = rehearsal.submissions(fresh, NAME, 2, [rehearsal.untouched])
    (first, data), (second, _) = made.items()
    run("collect", NAME, class_of(fresh, {second: data}), "--course", fresh)
    run("grade", NAME, "--course", fresh)
    changed = data.replace(b"= ...", b"=  ...", 1)
    run("collect", NAME, class_of(fresh, {first: data}), "--course", fresh)
    ada, bo = person(fresh, "Ada Adams"), person(fresh, "Bo Berg")
    assert run("feedback", NAME, "--course", fresh) == 1
    assert f"{ada}: not graded yet; run `techpolitik grade {NAME}`" in capsys.readouterr().err
    assert course_dir.feedback(fresh, NAME, bo).exists()
    assert not course_dir.feedback(fresh, NAME, ada).exists()
    # A newer submission gets no old feedback and no old total.
    run("collect", NAME, class_of(fresh, {second: changed}), "--course", fresh)
    before = course_dir.feedback(fresh, NAME, bo).stat().st_mtime_ns
    assert run("feedback", NAME, "--course", fresh) == 2
    assert f"{bo}: a newer submission is not graded yet" in capsys.readouterr().err
    assert course_dir.feedback(fresh, NAME, bo).stat().st_mtime_ns == before
    header, row = exported(fresh, "csv")
    assert dict(zip(header, row, strict=True))["total"] == ""
    said = capsys.readouterr().err
    assert f"{ada}: not graded yet" in said and f"{bo}: a newer submission" in said


def test_feedback_before_grading_says_what_to_do_first(fresh, capsys):
    folder = fresh
    run(
        "collect",
        NAME,
        class_of(folder, rehearsal.submissions(folder, NAME, 1)),
        "--course",
        folder,
    )
    assert run("feedback", NAME, "--course", folder) == 2
    assert f"techpolitik grade {NAME}" in capsys.readouterr().err
    assert run("export", NAME, "--format", "csv", "--course", folder) == 2


# --- export ---------------------------------------------------------------------------------


def exported(folder: Path, form: str) -> list[list[str]]:
    """Export and return the rows of the file."""
    run("export", NAME, "--format", form, "--course", folder)
    text = (course_dir.reports(folder) / f"export-{NAME}-{form}.csv").read_bytes().decode("utf-8")
    return list(csv.reader(io.StringIO(text)))


def test_a_table_for_any_spreadsheet(graded):
    header, *rows = exported(graded, "csv")
    assert header == ["student_id", "name", "email", "late", *KNOWN, "total", "most"]
    found = {row[1]: dict(zip(header, row, strict=True)) for row in rows}
    assert found["Bo Berg"]["total"] == str(MOST - BY_HAND)
    assert found["Ivo Ito"]["total"] == ""


def test_moodle_finds_students_by_the_number_in_its_download(graded):
    header, *rows = exported(graded, "moodle")
    assert {"Identifier", "Grade", "Last modified (grade)", "Feedback comments"} <= set(header)
    found = {row[1]: dict(zip(header, row, strict=True)) for row in rows}
    assert found["Bo Berg"]["Identifier"] == "Participant 1002"
    assert found["Bo Berg"]["Grade"] == str(MOST - BY_HAND)
    assert found["Ivo Ito"]["Grade"] == ""
    assert not any("__" in cell for row in rows for cell in row)


def test_canvas_finds_students_by_id_and_says_who_has_none(graded, tmp_path, capsys):
    header, points, *rows = exported(graded, "canvas")
    assert header[:5] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    assert points[0].strip() == "Points Possible"
    assert points[-1] == str(MOST)
    assert rows == []  # they came from Moodle
    assert "no Canvas ID" in capsys.readouterr().err


def test_canvas_gets_everybody_that_came_from_canvas(fresh):
    folder = fresh
    (data,) = rehearsal.submissions(folder, NAME, 1, [rehearsal.no_argument]).values()
    run(
        "collect",
        NAME,
        class_of(folder, {f"bergbo_4711_99_{NAME}.ipynb": data}),
        "--course",
        folder,
    )
    run("grade", NAME, "--course", folder)
    *_, row = exported(folder, "canvas")
    assert row[1] == "4711"
    assert row[-1] == str(MOST - BY_HAND)


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
    mark_by_hand(graded, person(graded, "Ada Adams"), 1, f"First line\n{comment}")
    header, *rows = exported(graded, "moodle")
    found = {row[1]: row[header.index("Feedback comments")] for row in rows}["Ada Adams"]
    texts = [html.unescape(one) for one in re.findall(r"<p>(.*?)</p>", found)]
    assert texts[-1] == comment
    assert not any(part.strip().startswith(tuple("=+-@")) for part in found.split(";"))


def test_late_is_late_in_feedback_export_and_gradebook(released, tmp_path):
    folder = Path(shutil.copytree(released, tmp_path / "course"))
    due = ["--due", "2027-01-31T18:00+01:00"]
    run("release", LESSON, "--assignment", NAME, "--course", folder, *due)
    (data,) = rehearsal.submissions(folder, NAME, 1, [rehearsal.untouched]).values()
    inbound = tmp_path / "inbound"
    # Half an hour early with a damaged one afterwards, half an hour late, and in time.
    for stamp, content in {
        "ana+{}+2027-01-31 16:30:00 UTC": data,
        "ana+{}+2027-01-31 17:30:00 UTC": data[:500],
        "bo+{}+2027-01-31 17:30:00 UTC": data,
        "cy+{}+2027-01-31 17:00:00 UTC": data,
    }.items():
        target = inbound / stamp.format(NAME) / f"{NAME}.ipynb"
        target.parent.mkdir(parents=True)
        target.write_bytes(content)
    run("collect", NAME, inbound, "--course", folder)
    run("grade", NAME, "--course", folder)
    run("feedback", NAME, "--course", folder)
    header, *rows = exported(folder, "csv")
    late = {row[0]: row[header.index("late")] == "yes" for row in rows}
    assert late == {"ana": False, "bo": True, "cy": False}
    with gradebook.opened(folder) as book:
        for student, is_late in late.items():
            page = course_dir.feedback(folder, NAME, student).read_text(encoding="utf-8")
            assert ("(late)" in page) == is_late
            seconds = book.find_submission(NAME, student).total_seconds_late
            assert seconds == (1800 if is_late else 0)


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


def test_a_chart_loses_a_point_for_each_thing_it_lacks():
    name, contract = next((k, one) for k, one in exercises().items() if one["kind"] == "chart")
    plain = read_answer(contract, sealing.private_answers()[name]["solution"]())
    assert marking.mark(contract, {"plain": plain})["points"] == contract["points"]
    mute = {**plain, "text": ""}
    assert marking.mark(contract, {"plain": mute})["points"] == contract["points"] - 1


def test_grading_needs_an_assignment_that_exists(released, capsys):
    assert run("grade", "week11", "--course", released) == 2
    assert "did you mean week1" in capsys.readouterr().err
    assert run("grade", NAME, "--course", released, "--student", "nobody") == 2
    assert "submitted nothing" in capsys.readouterr().err


def test_without_a_sandbox_grading_stops_and_says_so(graded, monkeypatch, capsys):
    monkeypatch.setattr(sandbox.shutil, "which", lambda name: None)
    assert run("grade", NAME, "--course", graded) == 2
    said = capsys.readouterr().err
    assert "bubblewrap" in said
    assert "--no-sandbox" in said
    assert "Nothing was run" in said


def test_without_a_sandbox_it_runs_when_told_to(fresh):
    folder = fresh
    made = rehearsal.submissions(folder, NAME, 1, [rehearsal.no_argument])
    run("collect", NAME, class_of(folder, made), "--course", folder)
    assert run("grade", NAME, "--course", folder, "--no-sandbox") == 0
    assert float(next(iter(report(folder).values()))["points"]) == MOST - BY_HAND


@pytest.mark.parametrize("lesson", tuple(course.current().lessons))
def test_the_solution_of_every_lesson_earns_all_points(lesson, tmp_path):
    folder = tmp_path / "course"
    run("release", lesson, "--assignment", NAME, "--course", folder)
    made = rehearsal.submissions(folder, NAME, 1, [rehearsal.all_right])
    run("collect", NAME, class_of(folder, made), "--course", folder)
    assert run("grade", NAME, "--course", folder) == 0
    result = outcome(folder, "Ada Adams")
    statuses = {key: mark["status"] for key, mark in result["marks"].items()}
    known = exercises()
    wanted = {"data": "right", "chart": "complete", "argument": "waiting"}
    assert statuses == {key: wanted[known[key]["kind"]] for key in statuses}
    assert json.dumps(result)
