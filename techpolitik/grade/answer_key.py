"""The answer key of an assignment: what answers are compared with, as it was when it was set.

A class is marked against one truth, that of its release. So the key is worked out at release, from
the solutions in `instructor/` and the tables that students were given, and kept as plain data in
source/NAME/answer_key.json. Whatever changes in `instructor/`, `data/` or the exercises afterwards
changes no mark; `differences` says what it is.
"""

import json
import tempfile
from contextlib import contextmanager
from pathlib import Path

from techpolitik import course as courses
from techpolitik.files import FileError, place
from techpolitik.lesson import datasets
from techpolitik.lesson.exercises import exercises, sealing

from . import course_dir, solutions

FILE = "answer_key.json"


def make(assignment: dict) -> dict:
    """Work out the key of an assignment from `instructor/` as it is now.

    Parameters
    ----------
    assignment : dict
        As `course_dir.assignment` returns it; solutions read the tables of its release.

    Returns
    -------
    dict
        `answers`: for each data exercise, by canonical text, what an answer that is known in
        advance earns (`sealing.wanted`); `rubrics`: for each argument, `criteria` and `strong`.

    Raises
    ------
    FileError
        If a solution or rubric is missing or fails; it names file and exercise.

    """
    lesson, contracts = assignment["lesson"], assignment["contracts"]
    data = {name: one for name, one in contracts.items() if one["kind"] == "data"}
    path = solutions.private(f"exercises/{lesson}.py") if data else None
    arguments = [name for name, one in contracts.items() if one["kind"] == "argument"]
    rubrics = solutions.rubrics(lesson) if arguments else {}
    lacking = [name for name in arguments if name not in rubrics]
    if lacking:
        raise FileError(f"instructor/rubrics/{lesson}.yml: there is no rubric of {lacking[0]}")
    answers = {}
    with courses.at(assignment["release"].parent):
        with named(path, "it"):
            private = sealing.private_answers([path]) if data else {}
        for name, contract in data.items():
            if name not in private:
                raise FileError(f"{place(path)}: EXERCISES has no entry {name!r}")
            with named(path, name):
                answers[name] = sealing.wanted(contract, private[name])
    return {"answers": answers, "rubrics": {name: rubrics[name] for name in arguments}}


@contextmanager
def named(path: Path | None, what: str):
    """Turn what a solution raises into a `FileError` that names file and exercise."""
    try:
        yield
    except FileError:
        raise
    except Exception as error:
        raise FileError(
            f"{place(path)}: {what} fails with {type(error).__name__}: {error}. Run it on the "
            "tables of the release, and correct it."
        ) from error


def for_release(described: dict, files: dict[str, bytes]) -> dict | None:
    """Work out the key of what is about to be released; None where there is no `instructor/`.

    Parameters
    ----------
    described : dict
        What assignment.json is to hold.
    files : dict of str to bytes
        Those of the release, by path.

    """
    if not sealing.instructor().is_dir():
        return None
    with tempfile.TemporaryDirectory(prefix="techpolitik-") as folder:
        for path, data in files.items():
            target = Path(folder, path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        release = Path(folder, f"{described['name']}.ipynb")
        return make({**described, "release": release, "contracts": contracts_of(release.parent)})


def contracts_of(release: Path) -> dict[str, dict]:
    """Return the exercises of a release by id."""
    with courses.at(release):
        return exercises()


def write(course: Path, name: str, key: dict) -> None:
    """Write the key of an assignment in place of the one that is kept."""
    course_dir.put_json(course_dir.source(course, name) / FILE, key)


def renew(course: Path, name: str) -> None:
    """Take the answers and rubrics of `instructor/` as they are now."""
    write(course, name, make(course_dir.assignment(course, name)))


def assignment(course: Path, name: str) -> dict:
    """Read an assignment with its key: `course_dir.assignment` and `answers`, `rubrics`.

    A course whose lesson was released without `instructor/` gets its key now.
    """
    found = course_dir.assignment(course, name)
    path = course_dir.source(course, name) / FILE
    if not path.exists():
        write(course, name, make(found))
    return found | course_dir.read_json(path, "make it again with `techpolitik grade --new-key`")


def differences(course: Path, name: str) -> list[str]:
    """Say what has changed since the release; nothing of it changes a mark.

    Returns
    -------
    list of str
        A line for tables and exercises, and one for solutions and rubrics, each with what can be
        done; empty if all is as it was.

    """
    kept = assignment(course, name)
    lines = []
    changed = changed_files(kept)
    if changed:
        lines.append(
            f"Changed since {name!r} was released: {', '.join(changed)}. Students worked with the "
            "release and are marked by it. To set the new version, release it under another name."
        )
    try:
        now = json.loads(json.dumps(make(kept)))
    except FileError as error:
        return [*lines, f"Marks go by the answers kept at release; today's cannot be read: {error}"]
    other = [
        exercise
        for part in ("answers", "rubrics")
        for exercise in kept[part]
        if kept[part][exercise] != now[part][exercise]
    ]
    if other:
        lines.append(
            f"Changed in instructor/ since {name!r} was released: {', '.join(other)}. Marks go by "
            f"the answers and rubrics kept then. `techpolitik grade {name} --new-key` takes the "
            "new ones and grades everybody again."
        )
    return lines


def changed_files(assignment: dict) -> list[str]:
    """List exercises of a release, and their tables, that the course has in another form today."""
    here, folder = courses.current().root, assignment["release"].parent
    used = {table for contract in assignment["contracts"].values() for table in contract["tables"]}
    with courses.at(folder):
        paths = sorted(f"data/{datasets.resource(table)['path']}" for table in used)
    paths.append(f"notebooks/exercises/{assignment['lesson']}.yml")
    return [path for path in paths if content(folder / path) != content(here / path)]


def content(path: Path) -> bytes | None:
    """Return the bytes of a file, None if it is not there."""
    return path.read_bytes() if path.is_file() else None
