"""Grade an assignment: run each submission in the sandbox, mark its answers, record the marks.

Submissions run side by side; marks are recorded one after the other, each as soon as it is there,
so that an interrupted run goes on where it stopped and gives the same result in any order. What is
already graded is not run again unless the submission, the assignment, the private answers or the
grader have changed.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from pathlib import Path

import nbformat

from techpolitik.files import FileError
from techpolitik.lesson.exercises import exercises, sealing

from . import course_dir, gradebook, marking, notebooks, sandbox, solutions, submission

RESULT = "result.json"
REPORT = ("student", "points", "most", "to_mark", "state", "remarks")


def grade(
    folder: Path,
    name: str,
    *,
    students: list[str] | None = None,
    again: bool = False,
    jobs: int | None = None,
    sandboxed: bool = True,
    done: Callable[[dict], None] = lambda row: None,
) -> list[dict]:
    """Grade what was collected for an assignment.

    Parameters: folder of the course; name of the assignment; students, only these, all by default;
    again, also run what is already graded; jobs, how many submissions run at a time, one for each
    processor by default; sandboxed, whether to shut submissions in, without which a hostile
    notebook can do what you can; done, called with each row of the report as it is ready.
    Returns the report, a row for each student, sorted: `student`, `points` so far, `most` possible,
    `to_mark` (how many answers wait for a person), `state` ("graded" or "not graded") and `remarks`
    (what to know: repairs, how a run ended, why it was not graded).
    Raises `CourseError` if the course, the assignment or a student is not there, or the course is
    being graded; `NoSandbox` if submissions cannot be shut in on this machine.
    """
    assignment = course_dir.assignment(folder, name)
    handed_in = course_dir.hand_ins(folder, name)
    chosen = {student: handed_in.get(student) for student in students or sorted(handed_in)}
    for student, records in chosen.items():
        if records is None:
            raise course_dir.CourseError(f"{student!r} has handed in nothing for {name!r}.")
    if sandboxed:
        sandbox.check_available()
    rows = []
    with course_dir.only_one(folder), gradebook.opened(folder) as book:
        gradebook.register(book, assignment)
        for student, result in results(
            book, folder, assignment, chosen, again, jobs or os.cpu_count() or 1, sandboxed
        ):
            rows.append(row(book, assignment, student, result))
            done(rows[-1])
    return sorted(rows, key=lambda entry: entry["student"])


def results(
    book, folder: Path, assignment: dict, chosen: dict, again: bool, jobs: int, sandboxed: bool
) -> Iterator[tuple[str, dict]]:
    """Yield (student, result): first what still holds, then what is new, as it is recorded.

    Parameters: chosen, the hand-ins of each student; the others as in `grade`.
    """
    state, todo = fingerprint(assignment), []
    for student in chosen:
        result = last_result(folder, assignment["name"], student)
        if again or result.get("key") != key(folder, assignment["name"], student, state):
            todo.append(student)
        else:
            yield student, result
    prepare(assignment)

    def task(student):
        return whatever_comes(folder, assignment, student, chosen[student], state, sandboxed)

    for student, result in side_by_side(task, todo, jobs):
        keep(book, folder, assignment, student, chosen[student], result)
        yield student, result


def prepare(assignment: dict) -> None:
    """Work out the private answers once, before several threads ask for them."""
    for name in assignment["exercises"]:
        if exercises()[name]["kind"] == "data":
            marking.known_answers(name)


def side_by_side(task: Callable, items: list, jobs: int) -> Iterator[tuple]:
    """Yield (item, result) as results come, with few of them in memory at a time."""
    left = list(reversed(items))
    with ThreadPoolExecutor(jobs) as pool:
        running = {}
        try:
            while left or running:
                while left and len(running) < 2 * jobs:
                    item = left.pop()
                    running[pool.submit(task, item)] = item
                finished, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in finished:
                    yield running.pop(future), future.result()
        finally:
            # After an interruption nobody waits for what has not begun.
            pool.shutdown(wait=False, cancel_futures=True)


# ---------------------------------------------------------------------------- one submission


def whatever_comes(folder: Path, assignment: dict, student: str, *more) -> dict:
    """Do what `one` does; a hand-in that breaks the grader does not keep it from the others."""
    try:
        return one(folder, assignment, student, *more)
    except (OSError, course_dir.CourseError, FileError):
        raise  # nothing of the hand-in: no other would fare better
    except Exception as error:
        reason = f"Grading it failed with {type(error).__name__}: {str(error)[:300]}"
        reason = reason.encode("utf-8", "replace").decode()
        reasons = [f"{reason}. Look at it by hand, and tell the makers of the course."]
        found = {"key": key(folder, assignment["name"], student, more[1]), "seconds": 0.0}
        return {**found, **ungraded(assignment, reasons)}


def one(
    folder: Path, assignment: dict, student: str, handed_in: list, state: str, sandboxed: bool
) -> dict:
    """Run and mark one submission; nothing is written.

    Parameters: folder of the course; assignment; student; what the student has handed in; state,
    as `fingerprint` gives it; sandboxed, whether to shut it in.
    Returns `key`, `end` and `seconds` of the run, `notes` (repairs, or why nothing could be read),
    `marks` by exercise, and `notebook`, the bytes of what formgrader will show.
    """
    name = assignment["name"]
    path = course_dir.submission(folder, name, student) / f"{name}.ipynb"
    result = {"key": key(folder, name, student, state), "seconds": 0.0}
    usable = course_dir.usable(handed_in)
    if not usable:
        reasons = [f"{entry['came_from']}: {entry['unusable']}" for entry in handed_in]
        return {**result, **ungraded(assignment, reasons)}
    try:
        notebook, more = submission.read(path, assignment)
    except submission.Unusable as problem:
        return {**result, **ungraded(assignment, [str(problem)])}
    notes = [*usable[-1]["notes"], *more]
    contracts = contracts_of(assignment, notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    job = {"cells": [cell.source for cell in code], "exercises": contracts}
    run = sandbox.run(job, course_dir.release(folder, name), sandboxed)
    marks = {
        contract["id"]: marking.mark(contract, run["answers"].get(contract["id"]))
        for contract in contracts
    }
    if run["end"] != "finished":
        notes = [*notes, f"The notebook {sandbox.ending(run['end'])}."]
    shown = notebooks.graded(notebook, assignment, run["outputs"], marks, notes)
    found = {"end": run["end"], "seconds": round(run["seconds"], 2), "notes": notes}
    return {**result, **found, "marks": marks, "notebook": written(shown)}


def contracts_of(assignment: dict, notebook: nbformat.NotebookNode) -> list[dict]:
    """Return the contracts of an assignment, each with the number of its code cell."""
    known = exercises()
    code = [cell.id for cell in notebook.cells if cell.cell_type == "code"]
    return [
        {**known[name], "cell": code.index(name), "points": assignment["points"][name]}
        for name in assignment["exercises"]
    ]


def ungraded(assignment: dict, reasons: list[str]) -> dict:
    """Return the result for a student of whom no notebook could be read: a person decides."""
    line = "No notebook could be read; a person decides."
    marks = {
        name: marking.result("unusable", None, [line, *reasons]) for name in assignment["exercises"]
    }
    released = nbformat.read(assignment["release"], as_version=4)
    shown = notebooks.graded(released, assignment, {}, marks, reasons)
    return {"end": "unusable", "notes": reasons, "marks": marks, "notebook": written(shown)}


def written(notebook: nbformat.NotebookNode) -> bytes:
    """Return a notebook as it stands in a file."""
    return nbformat.writes(notebook).encode()


# ---------------------------------------------------------------------------- what is kept


def keep(book, folder: Path, assignment: dict, student: str, handed_in: list, result: dict) -> None:
    """Record a result: the gradebook first and result.json last, so that nothing is half done."""
    name = assignment["name"]
    before = last_result(folder, name, student).get("marks", {})
    for exercise, mark in result["marks"].items():
        mark["changed"] = before.get(exercise, {}).get("answer") != mark["answer"]
    person = course_dir.students(folder).get(student, {"student_id": student})
    usable = course_dir.usable(handed_in)
    time = (usable or handed_in)[-1]["time"]
    rubrics = solutions.rubrics(assignment["lesson"])
    gradebook.save(book, assignment, person, time, result["marks"], rubrics)
    target = course_dir.autograded(folder, name, student)
    course_dir.put(target / f"{name}.ipynb", result.pop("notebook"))
    course_dir.put(target / RESULT, json.dumps(result, indent=1).encode())


def last_result(folder: Path, name: str, student: str) -> dict:
    """Return what was found for a student at the last grading; empty if there was none."""
    path = course_dir.autograded(folder, name, student) / RESULT
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def fingerprint(assignment: dict) -> str:
    """Name everything a mark depends on besides the submission."""
    package = Path(__file__).parents[1]
    paths = [*package.glob("assign/*.py"), *package.glob("exercises/*.py")]
    paths += sealing.instructor().glob("exercises/*.py")
    paths += assignment["release"].parent.rglob("*")
    digest = hashlib.sha256(json.dumps(assignment, default=str, sort_keys=True).encode())
    # Not what Python compiles when somebody runs the release where it lies.
    for path in sorted(path for path in paths if path.is_file() and path.suffix != ".pyc"):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def key(folder: Path, name: str, student: str, state: str) -> str:
    """Name a submission together with all its mark depends on."""
    path = course_dir.submission(folder, name, student) / f"{name}.ipynb"
    content = path.read_bytes() if path.is_file() else b""
    return hashlib.sha256(state.encode() + content).hexdigest()


# ---------------------------------------------------------------------------- report


def row(book, assignment: dict, student: str, result: dict) -> dict:
    """Return one row of the report."""
    marks = gradebook.read(book, assignment, student)
    points = [entry["points"] for entry in marks.values()]
    return {
        "student": student,
        "points": sum(number for number in points if number is not None),
        "most": sum(assignment["points"].values()),
        "to_mark": points.count(None),
        "state": "not graded" if result["end"] == "unusable" else "graded",
        "remarks": " ".join(result["notes"]),
    }


def write_report(folder: Path, name: str, rows: list[dict]) -> Path:
    """Write the report to reports/grade-NAME.csv and return its path."""
    path = course_dir.reports(folder) / f"grade-{name}.csv"
    course_dir.write_table(path, [REPORT, *(entry.values() for entry in rows)])
    return path
