"""Collect what students handed in: sort it by student, keep every version, report every file.

Nothing is overwritten: each file is kept byte for byte in originals/, and the newest that can be
read becomes NAME.ipynb, the one that is graded.
"""

import hashlib
import json
import tempfile
from collections import Counter, defaultdict
from datetime import UTC, datetime
from pathlib import Path

import nbformat

from . import course_dir, intake, naming, roster, submission
from .submission import Unusable, WrongLesson

FIELDS = ("student", "status", "time", "late", "file", "remark")
#: Status of a file -> whether the teacher should look at it.
STATUSES = {
    "collected": False,
    "unchanged": False,
    "older": False,
    "unreadable": True,
    "wrong lesson": True,
    "unclear": True,
    "refused": True,
    "ignored": False,
    "missing": False,
}


def collect(
    where: Path, name: str, source: Path, listed: Path | None = None, due: str | None = None
) -> list[dict]:
    """Take hand-ins of an assignment into the course folder.

    Parameters: where, the course folder; name, the assignment; source, a folder of notebooks, a
    download of Moodle or Canvas, or a folder of nbgrader; listed, a CSV of all students; due, an
    ISO time with zone (by default that of the assignment).
    Returns the report: for each file found, and each student without one, a dict of FIELDS, where
    `status` is one of STATUSES. Raises `CourseError` if nothing can be collected.
    """
    assignment = course_dir.assignment(where, name)
    assignment["due"] = due or assignment["due"]
    students = course_dir.students(where)
    if listed:
        on_list = roster.read_roster(listed)
        students = roster.merged(students, on_list)
    with (
        course_dir.only_one(where),
        tempfile.TemporaryDirectory(prefix=".collecting-", dir=where) as spool,
    ):
        items = intake.items(Path(source), Path(spool))
        rows, found = by_student(items, name, students, Path(source).is_file())
        course_dir.write_students(where, students)
        before = course_dir.hand_ins(where, name)
        for student in sorted(found):
            records = before.get(student, [])
            rows += take(where, assignment, student, found[student], records)
    add_remarks(where, assignment, rows, set(on_list) if listed else set(students))
    rows += [row(student, "missing") for student in absent(where, name, students)]
    rows.sort(key=lambda one: (one["student"] == "", one["student"], one["file"]))
    report = course_dir.reports(where) / f"collect-{name}.csv"
    course_dir.write_table(report, [FIELDS, *(one.values() for one in rows)])
    return rows


def row(student: str, status: str, file: str = "", remark: str = "", **more) -> dict:
    """Return a line of the report."""
    line = dict.fromkeys(FIELDS, "") | {"student": student, "status": status}
    return line | {"file": file, "remark": remark, **more}


# ---------------------------------------------------------------------------- whose is it


def by_student(
    items: list, name: str, students: dict, packed: bool
) -> tuple[list[dict], dict[str, list]]:
    """Sort items by student; return lines on those that are no hand-in, and the others.

    Parameters: packed, whether they are from an archive. New students are entered in `students`.
    """
    names = [item.name for item in items if item.path]
    kind = naming.scheme(names, name)
    # A packed folder usually has its own name before all others.
    outer = naming.outer_folder(names) if packed and kind == "plain" else ""
    kind = naming.scheme([one.removeprefix(outer) for one in names], name)
    read = [(item, naming.parsed(item.name.removeprefix(outer), kind, name)) for item in items]
    numbers = defaultdict(set)
    for _, who in read:
        if who and who["moodle_id"] + who["canvas_id"]:
            numbers[roster.plain(who["person"])].add(who["moodle_id"] + who["canvas_id"])
    # In a download of a course system such a file is a student's own.
    times = times_of(items) if kind in ("exchange", "submitted") else {}
    rows, found = [], defaultdict(list)
    for item, who in read:
        if item.status:
            rows.append(row("", item.status, item.name, item.remark))
        elif who is None:
            remark = f"Its name does not say whose it is (as names from {kind} do)."
            rows.append(row("", "unclear", item.name, remark))
        elif who["other"] or is_nbgraders(item.name):
            remark = who["other"] or "nbgrader keeps it beside a hand-in."
            rows.append(row("", "ignored", item.name, remark))
        else:
            who["time"] = who["time"] or times.get(item.name.rpartition("/")[0])
            student, unclear = roster.identify(who, students, numbers)
            if unclear:
                rows.append(row("", "unclear", item.name, unclear))
            else:
                found[student].append((item, who))
    return rows, found


def is_nbgraders(name: str) -> bool:
    """Tell whether a file is one that nbgrader writes beside a hand-in."""
    return name.rpartition("/")[2] in ("timestamp.txt", "submission_secret.txt")


def times_of(items: list) -> dict[str, datetime | None]:
    """Return the times that nbgrader wrote beside hand-ins, by folder."""
    stamps = [item for item in items if item.path and item.name.endswith("/timestamp.txt")]
    return {
        item.name.rpartition("/")[0]: naming.time_of(
            submission.content(item.path)[:100].decode("utf-8", "replace")
        )
        for item in stamps
    }


def absent(where: Path, name: str, students: dict) -> list[str]:
    """List the students of whom the course has nothing for this assignment."""
    return sorted(set(students) - set(course_dir.hand_ins(where, name)))


# ---------------------------------------------------------------------------- one student


def take(
    where: Path, assignment: dict, student: str, found: list, records: list[dict]
) -> list[dict]:
    """Take the files of one student; return a line on each.

    Parameters: found, items and whose they are; records, of what was collected before, to which
    new ones are added.
    """
    folder = course_dir.submission(where, assignment["name"], student)
    notebooks = [one for one in found if one[0].name.lower().endswith(".ipynb")]
    chosen, rows = notebooks or found, []
    if notebooks:
        for item, _ in found:
            if not item.name.lower().endswith(".ipynb"):
                rows.append(row(student, "ignored", item.name, "It is not a notebook."))
    fresh = {}
    for item, who in sorted(chosen, key=order):
        data = submission.content(item.path)
        digest = hashlib.sha256(data).hexdigest()
        if any(digest in (record["sha256"], record["cells"]) for record in records):
            rows.append(row(student, "unchanged", item.name, "It was collected before."))
            continue
        record, status, notebook = judged(data, digest, item, who, assignment)
        record["file"] = f"{len(records) + 1:03}-{digest[:12]}{suffix(item.name)}"
        course_dir.put(folder / "originals" / record["file"], data)
        records.append(record)
        fresh[record["file"]] = (status, notebook)
    if fresh:
        rows += kept(folder, assignment, records, fresh, student, chosen)
    return rows


def order(one: tuple) -> tuple:
    """Return what sorts the files of a student, the oldest first."""
    item, who = one
    return (who["time"].isoformat() if who["time"] else "", who["order"], item.name)


def suffix(name: str) -> str:
    """Return the end of a file's name if it is an ordinary one."""
    end = Path(name).suffix.lower()
    return end if end[1:].isalnum() and end.isascii() and len(end) < 8 else ""


def judged(data: bytes, digest: str, item, who: dict, assignment: dict) -> tuple[dict, str, bytes]:
    """Return the record of a hand-in without the name of its file, its status, and the notebook."""
    late = who["late"] or is_late(who["time"], assignment["due"])
    record = {
        "sha256": digest,
        "cells": "",
        "time": who["time"].isoformat() if who["time"] else None,
        "late": late,
        "came_from": item.name,
        "moodle_id": who["moodle_id"],
        "canvas_id": who["canvas_id"],
        "notes": [],
        "unusable": "",
    }
    try:
        notebook, record["notes"] = submission.check(data, assignment)
    except Unusable as error:
        record["unusable"] = str(error)
        return record, "wrong lesson" if isinstance(error, WrongLesson) else "unreadable", b""
    made = written(notebook)
    record["cells"] = hashlib.sha256(made).hexdigest()
    return record, "collected", made


def is_late(time: datetime | None, due: str | None) -> bool:
    """Tell whether a time is after the one that was set, if both are known."""
    return bool(time and due) and time > datetime.fromisoformat(due)


def written(notebook: nbformat.NotebookNode) -> bytes:
    """Return a notebook as it is written for grading."""
    return (nbformat.writes(notebook) + "\n").encode()


def kept(
    folder: Path, assignment: dict, records: list, fresh: dict, student: str, chosen: list
) -> list[dict]:
    """Write the records of a student and the notebook that is graded; return lines on new files."""
    if all(record["time"] for record in records):
        records.sort(key=lambda record: record["time"])
    graded = next(reversed(course_dir.usable(records)), None)
    if graded and graded["file"] in fresh:
        _, notebook = fresh[graded["file"]]
        write_graded(folder, f"{assignment['name']}.ipynb", notebook, records, graded["time"])
    course_dir.put(folder / "hand_ins.json", (json.dumps(records, indent=1) + "\n").encode())
    changed = {item.name: item.changed for item, _ in chosen}
    return [
        line_on(record, fresh[record["file"]][0], graded, student, changed, assignment["due"])
        for record in records
        if record["file"] in fresh
    ]


def write_graded(folder: Path, name: str, notebook: bytes, records: list, time: str | None) -> None:
    """Write the notebook that is graded and its time; what a person changed there is kept."""
    path = folder / name
    if path.exists():
        before = path.read_bytes()
        digest = hashlib.sha256(before).hexdigest()
        if digest not in {record["cells"] for record in records}:
            course_dir.put(folder / "originals" / f"edited-{digest[:12]}.ipynb", before)
    course_dir.put(path, notebook)
    stamp = folder / "timestamp.txt"
    if time:
        when = datetime.fromisoformat(time).astimezone(UTC)
        course_dir.put(stamp, when.strftime("%Y-%m-%d %H:%M:%S.%f UTC").encode())
    else:
        stamp.unlink(missing_ok=True)


def line_on(record: dict, status: str, graded, student: str, changed: dict, due) -> dict:
    """Return the line of the report on a new hand-in."""
    remarks = [record["unusable"], *record["notes"]]
    if status == "collected" and record is not graded:
        status = "older"
        remarks.append("A newer one is there and is graded.")
    elif record["unusable"] and graded:
        remarks.append("Another file of this student can be read and is graded.")
    at = changed.get(record["came_from"])
    time, late = record["time"] or "", "late" if record["late"] else ""
    if not time and at:
        # The time of a file may be that of a download, so it does not count against anyone.
        time = f"{at.isoformat()} (file)"
        late = late or ("perhaps" if is_late(at, due) else "")
    remark = " ".join(one for one in remarks if one)
    return row(student, status, record["came_from"], remark, time=time, late=late)


# ---------------------------------------------------------------------------- report


def add_remarks(where: Path, assignment: dict, rows: list[dict], expected: set[str]) -> None:
    """Say in the report who handed in the same as another, nothing new, or is on no list."""
    handed_in = course_dir.hand_ins(where, assignment["name"])
    usable = {student: course_dir.usable(records) for student, records in handed_in.items()}
    graded = {student: records[-1]["cells"] for student, records in usable.items() if records}
    blank = untouched(assignment)
    alike = Counter(graded.values())
    for one in rows:
        mine = graded.get(one["student"])
        remarks = [one["remark"]]
        if one["status"] in ("collected", "unchanged") and mine:
            others = sorted(s for s, digest in graded.items() if digest == mine)
            if mine == blank:
                remarks.append("No cell was changed since it was handed out.")
            elif alike[mine] > 1:
                same = ", ".join(student for student in others if student != one["student"])
                remarks.append(f"Every cell is the same as in the hand-in of {same}.")
        if one["student"] and one["student"] not in expected:
            remarks.append("This student is not on the roster.")
        one["remark"] = " ".join(remark for remark in remarks if remark)


def untouched(assignment: dict) -> str:
    """Return the hash of a release as if it had been handed in."""
    notebook, _ = submission.check(assignment["release"].read_bytes(), assignment)
    return hashlib.sha256(written(notebook)).hexdigest()


def as_text(rows: list[dict]) -> str:
    """Return the report as lines for a terminal, with a summary at the end."""
    shown = [(one["student"] or "-", one["status"], one["late"], one["file"]) for one in rows]
    widths = [max((len(line[at]) for line in shown), default=0) for at in range(3)]
    lines = []
    for one, line in zip(rows, shown, strict=True):
        cells = [cell.ljust(width) for cell, width in zip(line, widths, strict=False)]
        lines.append("  ".join([*cells, line[3]]).rstrip())
        lines += [f"    {one['remark']}"] if one["remark"] else []
    counts = Counter(one["status"] for one in rows)
    summary = ", ".join(f"{counts[status]} {status}" for status in STATUSES if counts[status])
    late = sum(one["late"] == "late" for one in rows)
    return "\n".join(
        [*lines, "", f"{summary or 'nothing found'}" + (f"; {late} late" if late else "")]
    )
