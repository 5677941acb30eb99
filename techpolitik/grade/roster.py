"""Who is who: find the student of a submission in students.csv, or enter a new one."""

import csv
import hashlib
import re
import unicodedata
from pathlib import Path

from slugify import slugify

from . import course_dir
from .course_dir import CourseError

SAFE_ID = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._@-]{0,62}[A-Za-z0-9])?")
# Names that Windows keeps for devices.
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
# Headings of a roster, those of exports from Moodle and Canvas among them, in lower case.
HEADINGS = {
    "student_id": ["student_id", "id number", "sis user id", "sis login id", "username"],
    "name": ["name", "full name", "student"],
    "first": ["first name", "given name"],
    "last": ["last name", "surname"],
    "moodle_id": ["moodle_id", "identifier"],
    "canvas_id": ["canvas_id", "id"],
    "email": ["email", "email address"],
}


def safe_id(text: str) -> str:
    """Return a student's id that can name a folder on any system.

    An id that can is kept. Any other becomes ASCII letters with a piece of its hash at the end, so
    that two ids stay two; students.csv keeps the original as the name.
    """
    if SAFE_ID.fullmatch(text) and not RESERVED.fullmatch(text):
        return text
    return f"{slugify(text)[:50] or 'student'}-{hashlib.sha256(text.encode()).hexdigest()[:6]}"


def comparable(text: str) -> str:
    """Return a name for comparison and display: one form of each letter, single blanks.

    Signs that make a spreadsheet read a formula are dropped: at the start, and `;`, which begins a
    new cell in many countries.
    """
    text = unicodedata.normalize("NFC", text).replace(";", ",")
    return " ".join(text.split()).lstrip("=+-@ ")


def spellings(name: str) -> set[str]:
    """Return how a name may be written in one word: each of its words first, as Canvas does."""
    words = re.findall(r"\w+", name.casefold())
    return {"".join(words[at:] + words[:at]) for at in range(len(words))}


def read_roster(path: Path) -> dict[str, dict]:
    """Read a list of students, ours or one exported from Moodle or Canvas, by student_id.

    Raises `CourseError` if there is no column with ids or two students have the same.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [
                {(k or "").strip().lower(): v for k, v in r.items()} for r in csv.DictReader(file)
            ]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CourseError(f"The roster {path} cannot be read as CSV in UTF-8 ({error}).") from error
    found = {}
    for line, row in enumerate(rows, 2):
        student = student_of(row)
        if not student["student_id"]:
            # Canvas has a row with the points possible, and lists end in blank rows.
            if student["name"] and "points possible" not in student["name"].lower():
                raise CourseError(
                    f"The roster {path}, line {line}, has no student_id for {student['name']!r}. "
                    "Give each student one; the column may also be called ID number, SIS User ID "
                    "or Username."
                )
            continue
        if student["student_id"] in found:
            raise CourseError(
                f"The roster {path}, line {line}: {student['student_id']!r} is there twice."
            )
        found[student["student_id"]] = student
    if not found:
        columns = ", ".join(rows[0]) if rows else "none"
        raise CourseError(
            f"The roster {path} lists no student: it needs a column student_id, and has {columns}."
        )
    return found


def student_of(row: dict) -> dict:
    """Return one row of a roster under our headings."""
    cells = {}
    for field, headings in HEADINGS.items():
        values = (str(row.get(heading) or "").strip() for heading in headings)
        cells[field] = next((value for value in values if value), "")
    name = cells["name"] or f"{cells['first']} {cells['last']}".strip()
    original = cells["student_id"]
    student = safe_id(original) if original else ""
    return {
        "student_id": student,
        "name": comparable(name or (original if student != original else "")),
        "moodle_id": cells["moodle_id"].removeprefix("Participant ").strip(),
        "canvas_id": cells["canvas_id"],
        "email": cells["email"],
    }


def merged(known: dict[str, dict], roster: dict[str, dict]) -> dict[str, dict]:
    """Return known students with what a roster adds; what is known and not blank there stays."""
    found = {student: dict(row) for student, row in known.items()}
    for student, row in roster.items():
        mine = found.setdefault(student, dict.fromkeys(course_dir.STUDENT_FIELDS, ""))
        for field, value in row.items():
            if field == "moodle_id" and value not in mine[field].split():
                mine[field] = f"{mine[field]} {value}".strip()
            elif value and field != "moodle_id":
                mine[field] = value
    return found


def identify(who: dict, students: dict[str, dict], numbers: dict[str, set]) -> tuple[str, str]:
    """Find the student of a submission, and enter a new one in `students` if there is none.

    Parameters
    ----------
    who : dict
        As `naming.parsed` returns it.
    students : dict
        By student_id.
    numbers : dict
        Those that each name has in this download: several if several students are called so.

    Returns
    -------
    str, str
        The student_id and "", or "" and the reason why it is not clear who it is.

    """
    name = comparable(who["person"])
    found = [student for student, row in students.items() if same_number(who, row)]
    if not found and who["key"]:
        found = [student for student in students if student == safe_id(who["key"])]
        found = found or [s for s, row in students.items() if row["name"] == comparable(who["key"])]
    elif not found and name:
        here = numbers.get(name, set())
        found = [
            student
            for student, row in students.items()
            if same_name(who, name, row) and here.isdisjoint(row["moodle_id"].split())
        ]
        if len(found) > 1 or (found and len(here) > 1):
            number = who["moodle_id"] or who["canvas_id"]
            field = "moodle_id" if who["moodle_id"] else "canvas_id"
            return "", (
                f"Several students are called {name}. Write {number} into {field} of the right one "
                "in students.csv, and collect again."
            )
    student = found[0] if found else enter(who, name, students, numbers)
    row = students[student]
    if who["moodle_id"] and who["moodle_id"] not in row["moodle_id"].split():
        row["moodle_id"] = f"{row['moodle_id']} {who['moodle_id']}".strip()
    row["canvas_id"] = row["canvas_id"] or who["canvas_id"]
    return student, ""


def same_number(who: dict, row: dict) -> bool:
    """Tell whether Moodle's or Canvas's number of a submission is that of a student."""
    if who["canvas_id"]:
        return who["canvas_id"] == row["canvas_id"]
    return bool(who["moodle_id"]) and who["moodle_id"] in row["moodle_id"].split()


def same_name(who: dict, name: str, row: dict) -> bool:
    """Tell whether a submission has the name of a student."""
    if who["canvas_id"]:
        return not row["canvas_id"] and name.casefold() in spellings(row["name"])
    return row["name"].casefold() == name.casefold()


def enter(who: dict, name: str, students: dict[str, dict], numbers: dict[str, set]) -> str:
    """Enter a new student and return an id that no other has, not even in other capitals."""
    number = who["moodle_id"] or who["canvas_id"].replace("_", "-")
    key = safe_id(who["key"]) if who["key"] else slugify(name)[:50]
    digest = hashlib.sha256(f"{who['key']}/{name}/{number}".encode()).hexdigest()[:6]
    wanted = [key] if len(numbers.get(name, ())) < 2 else []
    wanted += [f"{key}-{number}".strip("-") if number else "", f"{key or 'student'}-{digest}"]
    taken = {student.casefold() for student in students}
    student = next(
        one for one in wanted if one and one.casefold() not in taken and not RESERVED.fullmatch(one)
    )
    original = comparable(who["key"]) if student != who["key"] else ""
    students[student] = dict.fromkeys(course_dir.STUDENT_FIELDS, "")
    students[student] |= {"student_id": student, "name": name or original}
    return student
