"""Grade an assignment: run each submission in the sandbox, mark its answers, record the marks.

Submissions run in parallel; marks are recorded one after the other, each as soon as it is there, so
that an interrupted run goes on where it stopped and gives the same result in any order. What is
already graded is not run again unless the submission, the release, its answer key, the grader or
the installed packages have changed.
"""

import hashlib
import json
import os
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from importlib.metadata import distributions
from pathlib import Path

import nbformat

from techpolitik import course, files
from techpolitik.files import FileError

from . import answer_key, course_dir, gradebook, marking, notebooks, sandbox, submission

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

    Parameters
    ----------
    folder : Path
        The course folder.
    name : str
        The assignment.
    students : list of str, optional
        Only these.
    again : bool
        Also run what is already graded.
    jobs : int, optional
        How many submissions run at a time; by default one for each processor it may use.
    sandboxed : bool
        Without a sandbox a hostile notebook can do what you can do.
    done : callable
        Called with each row of the report as it is ready.

    Returns
    -------
    list of dict
        A row for each student, sorted: `student`, `points` so far, `most` possible, `to_mark` (how
        many answers wait for a person), `state` ("graded" or "not graded") and `remarks` (repairs,
        how a run ended, why it was not graded).

    Raises
    ------
    CourseError
        If the course, the assignment or a student is not there, the release was changed, or the
        course is being graded.
    FileError
        If there is no answer key and none can be made.
    NoSandbox
        If submissions cannot be sandboxed on this machine.

    """
    assignment = answer_key.assignment(folder, name)
    course_dir.check_release(folder, assignment)
    submitted = course_dir.submissions(folder, name)
    chosen = {student: submitted.get(student) for student in students or sorted(submitted)}
    for student, records in chosen.items():
        if records is None:
            raise course_dir.CourseError(f"{student!r} has submitted nothing for {name!r}.")
    if sandboxed:
        sandbox.check_available()
    rows = []
    with course_dir.only_one(folder), gradebook.opened(folder) as book:
        gradebook.register(book, assignment)
        for student, result in results(
            book, folder, assignment, chosen, again, jobs or processors(), sandboxed
        ):
            rows.append(report_row(book, assignment, student, result))
            done(rows[-1])
    return sorted(rows, key=lambda row: row["student"])


def processors() -> int:
    """Return how many processors this process may use: on a shared hub not all there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def results(
    book, folder: Path, assignment: dict, chosen: dict, again: bool, jobs: int, sandboxed: bool
) -> Iterator[tuple[str, dict]]:
    """Yield (student, result): first what still holds, then what is new, once it is recorded.

    `chosen` are the submissions of each student; the other parameters are those of `grade`.
    """
    name, state, todo = assignment["name"], fingerprint(assignment), []
    for student, records in chosen.items():
        result = last_result(folder, name, student)
        if again or result.get("key") != key(folder, name, student, records, state):
            todo.append(student)
        else:
            yield student, result
    stop = threading.Event()

    def task(student):
        # A thread begins without the course that was chosen outside.
        with course.at(assignment["release"].parent):
            return grade_safely(folder, assignment, student, chosen[student], sandboxed, stop)

    for student, result in in_parallel(task, todo, jobs, stop):
        result["key"] = key(folder, name, student, chosen[student], state)
        record(book, folder, assignment, student, chosen[student], result)
        yield student, result


def in_parallel(task: Callable, items: list, jobs: int, stop: threading.Event) -> Iterator[tuple]:
    """Yield (item, result) as results come, with few of them in memory at a time.

    `stop` is set when nobody waits for results any more, so that running tasks can end at once.
    """
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
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)


# ---------------------------------------------------------------------------- one submission


def grade_safely(folder: Path, assignment: dict, student: str, *more) -> dict:
    """Do what `grade_one` does; a submission that breaks the grader does not stop the others."""
    try:
        return grade_one(folder, assignment, student, *more)
    except (OSError, course_dir.CourseError, FileError):
        raise  # nothing of the submission: no other would fare better
    except Exception as error:
        reason = f"Grading it failed with {type(error).__name__}: {str(error)[:300]}"
        reason = reason.encode("utf-8", "replace").decode()
        reasons = [f"{reason}. Look at it by hand, and tell the makers of the course."]
        return ungraded(assignment, reasons)


def grade_one(
    folder: Path,
    assignment: dict,
    student: str,
    records: list,
    sandboxed: bool,
    stop: threading.Event,
) -> dict:
    """Run and mark one submission; nothing is written.

    Parameters
    ----------
    folder, assignment, student
        The course folder; the assignment with its key; the student.
    records : list of dict
        What the student has submitted.
    sandboxed : bool
        Whether to run it in a sandbox.
    stop : threading.Event
        Ends the run when it is set.

    Returns
    -------
    dict
        `end` and `seconds` of the run, `notes` (repairs, or why nothing could be read), `marks` by
        exercise, and `notebook`, the bytes of what formgrader will show.

    """
    name = assignment["name"]
    if not course_dir.usable(records):
        reasons = [f"{record['came_from']}: {record['unusable']}" for record in records]
        return ungraded(assignment, reasons)
    path = course_dir.submission(folder, name, student) / f"{name}.ipynb"
    try:
        notebook, more = submission.read(path, assignment)
    except submission.Unusable as problem:
        return ungraded(assignment, [str(problem)])
    notes = [*course_dir.counted(records)["notes"], *more]
    contracts = contracts_of(assignment, notebook)
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    job = {"cells": code, "exercises": contracts}
    run = sandbox.run(job, course_dir.release(folder, name), sandboxed, stop=stop)
    answers = assignment["answers"]
    marks = {
        one["id"]: marking.mark(one, run["answers"].get(one["id"]), answers.get(one["id"]))
        for one in contracts
    }
    if run["end"] != "finished":
        notes = [*notes, f"The notebook {sandbox.ending(run['end'])}."]
    shown = notebooks.graded(notebook, assignment, run["outputs"], marks, notes)
    found = {"end": run["end"], "seconds": round(run["seconds"], 2), "notes": notes}
    return {**found, "marks": marks, "notebook": as_bytes(shown)}


def contracts_of(assignment: dict, notebook: nbformat.NotebookNode) -> list[dict]:
    """Return the contracts of an assignment, each with the number of its code cell."""
    code = [cell.id for cell in notebook.cells if cell.cell_type == "code"]
    return [
        {**contract, "cell": code.index(name), "points": assignment["points"][name]}
        for name, contract in assignment["contracts"].items()
    ]


def ungraded(assignment: dict, reasons: list[str]) -> dict:
    """Return the result for a student of whom no notebook could be read: a person decides."""
    line = "No notebook could be read; a person decides."
    marks = {
        name: marking.result("unusable", None, [line, *reasons]) for name in assignment["exercises"]
    }
    released = nbformat.read(assignment["release"], as_version=4)
    shown = notebooks.graded(released, assignment, {}, marks, reasons)
    found = {"end": "unusable", "seconds": 0.0, "notes": reasons}
    return {**found, "marks": marks, "notebook": as_bytes(shown)}


def as_bytes(notebook: nbformat.NotebookNode) -> bytes:
    """Return a notebook as it stands in a file."""
    return nbformat.writes(notebook).encode()


# ---------------------------------------------------------------------------- results


def record(book, folder: Path, assignment: dict, student: str, records: list, result: dict) -> None:
    """Record a result: the gradebook first and result.json last, so that nothing is half done."""
    name = assignment["name"]
    before = last_result(folder, name, student).get("marks", {})
    for exercise, mark in result["marks"].items():
        mark["changed"] = before.get(exercise, {}).get("answer") != mark["answer"]
    person = course_dir.students(folder).get(student, {"student_id": student})
    time = course_dir.counted(records)["time"]
    gradebook.save(book, assignment, person, time, result["marks"])
    target = course_dir.autograded(folder, name, student)
    course_dir.put(target / f"{name}.ipynb", result.pop("notebook"))
    result["submitted"] = submitted(folder, name, student, records)
    course_dir.put_json(target / RESULT, result)


def last_result(folder: Path, name: str, student: str) -> dict:
    """Return what was found for a student at the last grading; empty if there is nothing."""
    path = course_dir.autograded(folder, name, student) / RESULT
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def outdated(folder: Path, name: str, student: str, records: list) -> str:
    """Say why the last result of a student cannot be handed back; "" if it can."""
    result = last_result(folder, name, student)
    if not result:
        return f"{student}: not graded yet; run `techpolitik grade {name}`."
    if result["submitted"] != submitted(folder, name, student, records):
        return f"{student}: a newer submission is not graded yet; run `techpolitik grade {name}`."
    return ""


def submitted(folder: Path, name: str, student: str, records: list) -> str:
    """Name the submission of a student that counts, by its file and its content."""
    path = course_dir.submission(folder, name, student) / f"{name}.ipynb"
    content = path.read_bytes() if path.is_file() else b""
    file = course_dir.counted(records)["file"]
    return hashlib.sha256(file.encode() + content).hexdigest()


def key(folder: Path, name: str, student: str, records: list, state: str) -> str:
    """Name a submission together with all its mark depends on."""
    return hashlib.sha256(
        f"{state} {submitted(folder, name, student, records)}".encode()
    ).hexdigest()


def fingerprint(assignment: dict) -> str:
    """Name everything a mark depends on besides the submission.

    That is the assignment with its contracts, answers and rubrics, the files of the release (whose
    hash is part of it), the grader, and the installed packages.
    """
    used = {field: assignment[field] for field in assignment if field not in ("release", "due")}
    parts = [json.dumps(used, sort_keys=True), sys.version]
    parts += sorted(f"{one.name}=={one.version}" for one in distributions())
    digest = hashlib.sha256("\n".join(parts).encode())
    code = [
        path for path in files.PACKAGE.rglob("*.py") if files.PACKAGE / "book" not in path.parents
    ]
    for path in sorted(code):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


# ---------------------------------------------------------------------------- report


def report_row(book, assignment: dict, student: str, result: dict) -> dict:
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
    course_dir.write_table(path, [REPORT, *(row.values() for row in rows)])
    return path
