"""Collect submissions: sort them by student, keep every version, report every file.

Nothing is overwritten: each file is kept byte for byte in originals/, and the newest that can be
read becomes NAME.ipynb, the one that is graded. What is wrong with one file is said in its line of
the report and stops no other.
"""

import hashlib
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
    """Take submissions of an assignment into the course folder.

    Parameters
    ----------
    where : Path
        The course folder.
    name : str
        The assignment.
    source : Path
        A folder of notebooks, a download of Moodle or Canvas, or a folder of nbgrader.
    listed : Path, optional
        A CSV of all students.
    due : str, optional
        An ISO time with zone instead of the assignment's.

    Returns
    -------
    list of dict
        For each file found, and each student without one, a dict of `FIELDS`, where `status` is one
        of `STATUSES`.

    Raises
    ------
    CourseError
        If nothing can be collected.

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
        before = course_dir.submissions(where, name)
        for student in sorted(found):
            rows += take(where, assignment, student, found[student], before.get(student, []))
    add_remarks(where, assignment, rows, set(on_list) if listed else set(students))
    absent = set(students) - set(course_dir.submissions(where, name))
    rows += [report_row(student, "missing") for student in absent]
    rows.sort(key=lambda row: (row["student"] == "", row["student"], row["file"]))
    report = course_dir.reports(where) / f"collect-{name}.csv"
    course_dir.write_table(report, [FIELDS, *(row.values() for row in rows)])
    return rows


def report_row(student: str, status: str, file: str = "", remark: str = "", **more) -> dict:
    """Return a line of the report."""
    line = dict.fromkeys(FIELDS, "") | {"student": student, "status": status}
    return line | {"file": file, "remark": remark, **more}


# ---------------------------------------------------------------------------- whose is it


def by_student(
    items: list, name: str, students: dict, packed: bool
) -> tuple[list[dict], dict[str, list]]:
    """Sort items by student; new students are entered in `students`.

    Parameters
    ----------
    items : list of Item
        As `intake.items` returns them.
    name : str
        The assignment.
    students : dict
        By student_id.
    packed : bool
        Whether the items are from an archive.

    Returns
    -------
    list of dict, dict of str to list
        Lines on files that are not submissions; of each student the others, as pairs of the item
        and what its name tells.

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
            numbers[roster.comparable(who["person"])].add(who["moodle_id"] + who["canvas_id"])
    # In a download of a course system such a file is a student's own.
    times = stamped_times(items) if kind in ("exchange", "submitted") else {}
    rows, found = [], defaultdict(list)
    for item, who in read:
        if item.status:
            rows.append(report_row("", item.status, item.name, item.remark))
        elif who is None:
            remark = f"Its name does not say whose it is (as names from {kind} do)."
            rows.append(report_row("", "unclear", item.name, remark))
        elif who["other"] or is_nbgraders(item.name):
            remark = who["other"] or "nbgrader keeps it beside a submission."
            rows.append(report_row("", "ignored", item.name, remark))
        else:
            if not who["time"]:
                who |= times.get(item.name.rpartition("/")[0], {})
            student, unclear = roster.identify(who, students, numbers)
            if unclear:
                rows.append(report_row("", "unclear", item.name, unclear))
            else:
                found[student].append((item, who))
    return rows, found


def is_nbgraders(name: str) -> bool:
    """Tell whether a file is one that nbgrader writes beside a submission."""
    return name.rpartition("/")[2] in ("timestamp.txt", "submission_secret.txt")


def stamped_times(items: list) -> dict[str, dict]:
    """Return the times that nbgrader wrote beside submissions, by folder."""
    found = {}
    for item in items:
        if item.path and item.name.endswith("/timestamp.txt"):
            try:
                text = submission.content(item.path)[:100].decode("utf-8", "replace")
            except Unusable:
                text = "(unreadable)"
            found[item.name.rpartition("/")[0]] = naming.timed(text)
    return found


# ---------------------------------------------------------------------------- one student


def take(
    where: Path, assignment: dict, student: str, found: list, records: list[dict]
) -> list[dict]:
    """Take the files of one student; return a line on each.

    Parameters
    ----------
    where, assignment, student
        The course folder, the assignment and the student.
    found : list of tuple
        Items and what their names tell.
    records : list of dict
        What was collected before, to which new ones are added.

    """
    folder = course_dir.submission(where, assignment["name"], student)
    notebooks = [one for one in found if one[0].name.lower().endswith(".ipynb")]
    chosen, rows = notebooks or found, []
    if notebooks:
        for item, _ in found:
            if not item.name.lower().endswith(".ipynb"):
                rows.append(report_row(student, "ignored", item.name, "It is not a notebook."))
    contents = []
    for item, who in sorted(chosen, key=age_order):
        try:
            contents.append((item, who, submission.content(item.path)))
        except Unusable as error:
            rows.append(report_row(student, "unreadable", item.name, str(error)))
    fresh = {}
    for number, (item, who, data) in enumerate(contents, 1):
        digest = hashlib.sha256(data).hexdigest()
        known = [record for record in records if digest in (record["sha256"], record["cells"])]
        newest = number == len(contents)
        if known and not (newest and returned_to(known, who, records)):
            rows.append(report_row(student, "unchanged", item.name, "It was collected before."))
            continue
        record, status, notebook = judged(data, digest, item, who, assignment)
        if known:
            record["notes"].append("It is the same as an earlier submission, and counts again.")
        record["file"] = f"{len(records) + 1:03}-{digest[:12]}{suffix(item.name)}"
        course_dir.put(folder / "originals" / record["file"], data)
        records.append(record)
        fresh[record["file"]] = (status, notebook)
    if fresh:
        rows += store(folder, assignment, records, fresh, student, chosen)
    return rows


def returned_to(known: list[dict], who: dict, records: list[dict]) -> bool:
    """Tell whether a student has gone back to an earlier submission: the last upload counts.

    Where a system says when or in which order files came, an old file that is collected once more
    is not a new one.
    """
    counts = course_dir.counted(records)
    if any(record is counts or record["unusable"] for record in known):
        return False
    if who["time"] and counts["time"]:
        return who["time"] > datetime.fromisoformat(counts["time"])
    return list(who["order"]) > counts["order"] if who["order"] else True


def age_order(one: tuple) -> tuple:
    """Return what sorts the files of a student, the oldest first."""
    item, who = one
    return (who["time"].isoformat() if who["time"] else "", who["order"], item.name)


def suffix(name: str) -> str:
    """Return the end of a file's name if it is an ordinary one."""
    end = Path(name).suffix.lower()
    return end if end[1:].isalnum() and end.isascii() and len(end) < 8 else ""


def judged(data: bytes, digest: str, item, who: dict, assignment: dict) -> tuple[dict, str, bytes]:
    """Return the record of a submission without its file, its status, and the notebook."""
    record = {
        "sha256": digest,
        "cells": "",
        "time": who["time"].isoformat() if who["time"] else None,
        "order": list(who["order"]),
        "late": who["late"] or is_late(who["time"], assignment["due"]),
        "came_from": item.name,
        "moodle_id": who["moodle_id"],
        "canvas_id": who["canvas_id"],
        "notes": [],
        "unusable": "",
    }
    try:
        notebook, notes = submission.check(data, assignment)
    except Unusable as error:
        record["unusable"] = str(error)
        return record, "wrong lesson" if isinstance(error, WrongLesson) else "unreadable", b""
    made = as_bytes(notebook)
    record["notes"] = [*notes, who["remark"]] if who["remark"] else notes
    record["cells"] = hashlib.sha256(made).hexdigest()
    return record, "collected", made


def is_late(time: datetime | None, due: str | None) -> bool:
    """Tell whether a time is after the one that was set, if both are known."""
    return bool(time and due) and time > datetime.fromisoformat(due)


def as_bytes(notebook: nbformat.NotebookNode) -> bytes:
    """Return a notebook as it is written for grading."""
    return (nbformat.writes(notebook) + "\n").encode()


def store(
    folder: Path, assignment: dict, records: list, fresh: dict, student: str, chosen: list
) -> list[dict]:
    """Write the records of a student and the notebook that is graded; return lines on new files."""
    if all(record["time"] for record in records):
        records.sort(key=lambda record: record["time"])
    graded = next(reversed(course_dir.usable(records)), None)
    if graded and graded["file"] in fresh:
        _, notebook = fresh[graded["file"]]
        store_graded(folder, f"{assignment['name']}.ipynb", notebook, records, graded["time"])
    course_dir.put_json(folder / "submissions.json", records)
    changed = {item.name: item.changed for item, _ in chosen}
    return [
        line_on(record, fresh[record["file"]][0], graded, student, changed, assignment["due"])
        for record in records
        if record["file"] in fresh
    ]


def store_graded(folder: Path, name: str, notebook: bytes, records: list, time: str | None) -> None:
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
    """Return the line of the report on a new submission."""
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
    return report_row(student, status, record["came_from"], remark, time=time, late=late)


# ---------------------------------------------------------------------------- report


def add_remarks(where: Path, assignment: dict, rows: list[dict], expected: set[str]) -> None:
    """Say in the report who submitted the same as another, nothing new, or is on no list."""
    submitted = course_dir.submissions(where, assignment["name"])
    usable = {student: course_dir.usable(records) for student, records in submitted.items()}
    graded = {student: records[-1]["cells"] for student, records in usable.items() if records}
    blank = untouched(assignment)
    alike = Counter(graded.values())
    for row in rows:
        mine = graded.get(row["student"])
        remarks = [row["remark"]]
        if row["status"] in ("collected", "unchanged") and mine:
            others = sorted(s for s, digest in graded.items() if digest == mine)
            if mine == blank:
                remarks.append("No cell was changed since it was released.")
            elif alike[mine] > 1:
                same = ", ".join(student for student in others if student != row["student"])
                remarks.append(f"Every cell is the same as in the submission of {same}.")
        if row["student"] and row["student"] not in expected:
            remarks.append("This student is not on the roster.")
        row["remark"] = " ".join(remark for remark in remarks if remark)


def untouched(assignment: dict) -> str:
    """Return the hash of a release as if it had been submitted."""
    notebook, _ = submission.check(assignment["release"].read_bytes(), assignment)
    return hashlib.sha256(as_bytes(notebook)).hexdigest()


def as_text(rows: list[dict]) -> str:
    """Return the report as lines for a terminal, with a summary at the end."""
    shown = [(row["student"] or "-", row["status"], row["late"], row["file"]) for row in rows]
    widths = [max((len(line[at]) for line in shown), default=0) for at in range(3)]
    lines = []
    for row, line in zip(rows, shown, strict=True):
        cells = [cell.ljust(width) for cell, width in zip(line, widths, strict=False)]
        lines.append("  ".join([*cells, line[3]]).rstrip())
        lines += [f"    {row['remark']}"] if row["remark"] else []
    counts = Counter(row["status"] for row in rows)
    summary = ", ".join(f"{counts[status]} {status}" for status in STATUSES if counts[status])
    late = sum(row["late"] == "late" for row in rows)
    return "\n".join(
        [*lines, "", f"{summary or 'nothing found'}" + (f"; {late} late" if late else "")]
    )
