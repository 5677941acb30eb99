"""Grading a class: seconds for each submission, against stock nbgrader with the same notebooks.

Stock nbgrader runs each notebook in a kernel of its own, unprotected; ours runs it in the sandbox.
Both mark the same 50 submissions of an invented class in one run. Then the class grows to 200.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from bench.shared import PROJECT, row
from techpolitik.grade import rehearsal

LESSON = NAME = "rare_earths"
CLASS = 50
GROWTH = (10, 200)
#: Our settings hide the submissions from stock nbgrader, which would run them unprotected.
SUBMITTED = "--CourseDirectory.submitted_directory=submitted"
#: Submissions that stock nbgrader can read too.
KINDS = (
    rehearsal.all_right, rehearsal.no_argument, rehearsal.wrong,
    rehearsal.untouched, rehearsal.half_done,
)  # fmt: skip


def rows() -> list[dict]:
    """Grade the class with one process, with two, and with stock nbgrader; then grow it."""
    with tempfile.TemporaryDirectory() as folder:
        course = Path(folder, "course")
        run("release", LESSON, "--course", course)
        stock = stock_seconds(handed_in(course, Path(folder, "stock"), CLASS))
        found = []
        for jobs in (1, 2):
            seconds, _ = graded(handed_in(course, Path(folder, f"jobs{jobs}"), CLASS), jobs)
            what = f"seconds for each of {CLASS} submissions, {jobs} at a time"
            limit = 0.2 if jobs == 2 else None
            found.append(row(what, "s", seconds / CLASS, limit, stock / CLASS))
        small, large = (
            graded(handed_in(course, Path(folder, f"class{size}"), size), 2) for size in GROWTH
        )
    (few, many), (few_seconds, few_mb), (many_seconds, many_mb) = GROWTH, small, large
    what = f"seconds for each of {many} submissions, to each of {few}"
    found.append(row(what, "s", many_seconds / many, 1.2, few_seconds / few))
    what = f"memory of the grader with {many} submissions, to {few}"
    found.append(row(what, "MB", many_mb, 1.2, few_mb))
    return found


def run(*words) -> None:
    """Run a command of `techpolitik`; with exit code 1 it has done its work and says something."""
    quietly([sys.executable, "-m", "techpolitik.cli", *map(str, words)], 1, cwd=PROJECT)


def quietly(command: list[str], worst: int, **settings) -> None:
    """Run a command; what it says is shown only if it ends with more than `worst`."""
    done = subprocess.run(command, capture_output=True, text=True, **settings)
    if done.returncode > worst:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr}")


def handed_in(course: Path, target: Path, size: int) -> Path:
    """Copy a course and collect an invented class in the copy."""
    shutil.copytree(course, target)
    incoming = target.parent / f"{target.name}-incoming"
    for path, data in rehearsal.submissions(target, NAME, size, KINDS).items():
        (incoming / path).parent.mkdir(parents=True)
        (incoming / path).write_bytes(data)
    run("collect", NAME, incoming, "--course", target)
    return target


def graded(course: Path, jobs: int) -> tuple[float, float]:
    """Grade a class; give seconds and the most memory that the grader itself held, in MB."""
    print(f"grading: {course.name}", flush=True)
    command = [sys.executable, "-m", "techpolitik.cli", "grade", NAME]
    begin, most = time.perf_counter(), 0
    with psutil.Popen(
        [*command, "--course", str(course), "--jobs", str(jobs)],
        cwd=PROJECT,
        stdout=subprocess.DEVNULL,
    ) as process:
        while process.poll() is None:
            most = max(most, process.memory_info().rss)
            time.sleep(0.05)
    if process.returncode:
        raise RuntimeError(f"grading {course} ended with {process.returncode}")
    return time.perf_counter() - begin, most / 1e6


def stock_seconds(course: Path) -> float:
    """Give the seconds that stock nbgrader takes to run and mark a class."""
    print(f"grading: {course.name}", flush=True)
    # nbgrader calls the command `alembic`.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    settings = {"cwd": course, "env": {**os.environ, "PATH": path}}
    nbgrader = [sys.executable, "-m", "nbgrader"]
    quietly([*nbgrader, "generate_assignment", NAME, "--force"], 0, **settings)
    begin = time.perf_counter()
    quietly([*nbgrader, "autograde", NAME, SUBMITTED], 0, **settings)
    return time.perf_counter() - begin
