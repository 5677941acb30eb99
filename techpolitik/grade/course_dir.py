"""The course folder: where each file of an assignment is, in nbgrader's layout.

source/NAME/NAME.ipynb            grading source, with assignment.json (see `assignment`)
release/NAME/, release/NAME.zip   release
teacher/NAME/                     teacher's copy
submitted/STUDENT/NAME/           NAME.ipynb as it is graded, timestamp.txt, hand_ins.json and
                                  originals/ with every file as it was handed in
autograded/STUDENT/NAME/          after grading
feedback/STUDENT/NAME.html
gradebook.db  reports/  students.csv  nbgrader_config.py
"""

import csv
import io
import json
import os
import re
import sys
from collections import Counter
from collections.abc import Iterable
from contextlib import contextmanager
from pathlib import Path
from string import Template

from techpolitik.course import current
from techpolitik.files import nearest

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
# How a cell begins that a spreadsheet takes for a formula.
FORMULA = re.compile(r"(^|;)(\s*[=+\-@]|[\t\r])")
STUDENT_FIELDS = ("student_id", "name", "moodle_id", "canvas_id", "email")

CONFIG = Template('''\
"""Settings of nbgrader for this course. Written once by techpolitik; from then on yours."""

from pathlib import Path

c = get_config()
c.CourseDirectory.course_id = "$course_id"
c.CourseDirectory.root = str(Path(__file__).resolve().parent)
# nbgrader's own autograding would run code of students with your rights: it finds nothing to run.
# `techpolitik grade` reads the folder submitted/ and runs it shut in.
c.CourseDirectory.submitted_directory = "not-for-nbgrader"
# The line `answer = ...` stands above each solution, so that nothing has to replace it.
c.ClearSolutions.code_stub = {"python": ""}
''')


class CourseError(ValueError):
    """Something in the course folder is missing or wrong; the message says what to do."""


# ---------------------------------------------------------------------------- places


def source(course: Path, name: str) -> Path:
    """Give the folder with the grading source and assignment.json."""
    return Path(course) / "source" / name


def release(course: Path, name: str) -> Path:
    """Give the folder of the release; the archive is beside it, with `.zip` added."""
    return Path(course) / "release" / name


def archive(course: Path, name: str) -> Path:
    """Give the archive of the release."""
    return Path(course) / "release" / f"{name}.zip"


def teacher(course: Path, name: str) -> Path:
    """Give the folder of the teacher's copy."""
    return Path(course) / "teacher" / name


def submission(course: Path, name: str, student: str) -> Path:
    """Give the folder of what one student handed in."""
    return Path(course) / "submitted" / student / name


def autograded(course: Path, name: str, student: str) -> Path:
    """Give the folder of one student's graded notebook."""
    return Path(course) / "autograded" / student / name


def feedback(course: Path, name: str, student: str) -> Path:
    """Give the file with one student's feedback."""
    return Path(course) / "feedback" / student / f"{name}.html"


def gradebook(course: Path) -> Path:
    """Give the file of nbgrader's gradebook."""
    return Path(course) / "gradebook.db"


def reports(course: Path) -> Path:
    """Give the folder for reports."""
    return Path(course) / "reports"


# ---------------------------------------------------------------------------- assignments


def checked_name(name: str) -> str:
    """Return the name of an assignment, which is also the name of folders; else `CourseError`."""
    if not NAME.fullmatch(name):
        raise CourseError(
            f"{name!r} cannot be the name of an assignment: it needs 1 to 64 letters A to Z, "
            "digits, hyphens or underscores, and begins with a letter or digit."
        )
    return name


def assignments(course: Path) -> list[str]:
    """List the assignments of a course by name."""
    return sorted(path.parent.name for path in (Path(course) / "source").glob("*/assignment.json"))


def assignment(course: Path, name: str) -> dict:
    """Read what is known about an assignment.

    Returns a dict: `name`, `lesson`, `exercises` (ids in the order of the notebook), `points` (of
    each exercise, by id), `due` (ISO time with zone, or None), `made_from` (hash of all it was made
    from), and `release`, the path of the notebook that students were given.
    Raises `CourseError` when there is no such assignment, it was never given to students, or the
    folder is no course.
    """
    content = described(course, name)
    notebook = release(course, name) / f"{name}.ipynb"
    if not notebook.is_file():
        raise CourseError(
            f"{notebook} is missing, which hand-ins are compared with. Make it again: techpolitik "
            f"release {content['lesson']} --assignment {name} --only student"
        )
    return {**content, "release": notebook}


def described(course: Path, name: str) -> dict:
    """Read assignment.json; see `assignment`."""
    course = Path(course)
    if not course.is_dir():
        raise CourseError(
            f"There is no course folder {course}: name it with --course, or make it with "
            "`techpolitik release LESSON`."
        )
    known = assignments(course)
    if name not in known:
        hint = nearest(name, known) if known else "; it has none yet"
        raise CourseError(
            f"The course in {course} has no assignment {name!r}{hint}. "
            "`techpolitik release LESSON --assignment NAME` makes one."
        )
    path = source(course, name) / "assignment.json"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        missing = {"name", "lesson", "exercises", "points", "due", "made_from"} - set(content)
    except (ValueError, TypeError) as error:
        raise CourseError(f"{path} cannot be read ({error}): release the lesson again.") from error
    if missing:
        fields = ", ".join(sorted(missing))
        raise CourseError(f"{path} lacks the field {fields}: release the lesson again.")
    return content


def make(course: Path) -> None:
    """Make a course folder with nbgrader's settings; what is there already stays as it is."""
    Path(course).mkdir(parents=True, exist_ok=True)
    path = Path(course) / "nbgrader_config.py"
    if not path.exists():
        path.write_text(CONFIG.substitute(course_id=current().id), encoding="utf-8")


# ---------------------------------------------------------------------------- students


def hand_ins(course: Path, name: str) -> dict[str, list[dict]]:
    """Give what each student handed in, oldest first, by student.

    Each hand-in is a dict: `file` (in originals/), `sha256`, `time` (ISO), `late`, `came_from` (its
    name in the download), `moodle_id`, `notes` (repairs, in words), and `unusable`, the reason why
    it cannot be graded, or "". The last one with a blank `unusable` is NAME.ipynb.
    """
    found = sorted((Path(course) / "submitted").glob(f"*/{name}/hand_ins.json"))
    return {p.parent.parent.name: json.loads(p.read_text(encoding="utf-8")) for p in found}


def usable(records: list[dict]) -> list[dict]:
    """Return those of a student's hand-ins that can be graded; the last one counts."""
    return [record for record in records if not record["unusable"]]


def students(course: Path) -> dict[str, dict]:
    """Read students.csv: by student_id, a dict of student_id, name, moodle_id, canvas_id, email.

    `moodle_id` holds the numbers of a student in the downloads of Moodle, which gives another one
    in each assignment, with blanks between them.
    Raises `CourseError` if the file is no such table, or names a student twice.
    """
    path = Path(course) / "students.csv"
    if not path.exists():
        return {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:  # Excel adds a byte-order mark
            rows = list(csv.DictReader(file))
    except (UnicodeDecodeError, csv.Error) as error:
        raise CourseError(
            f"{path} cannot be read ({error}): save it as CSV in UTF-8, with commas."
        ) from error
    if rows and "student_id" not in rows[0]:
        raise CourseError(
            f"{path} has no column student_id, but {', '.join(map(str, rows[0]))}: save it as CSV "
            "in UTF-8, with commas, and with its first line as it was."
        )
    counts = Counter(row["student_id"] for row in rows)
    twice = sorted(student for student, number in counts.items() if number > 1)
    if twice:
        raise CourseError(f"{path} has {', '.join(map(repr, twice))} in several rows: keep one.")
    return {row["student_id"]: {f: row.get(f) or "" for f in STUDENT_FIELDS} for row in rows}


def write_students(course: Path, rows: dict[str, dict]) -> None:
    """Write students.csv, sorted by student_id."""
    cells = [[rows[student].get(f, "") for f in STUDENT_FIELDS] for student in sorted(rows)]
    put(Path(course) / "students.csv", as_csv([STUDENT_FIELDS, *cells]))


# ---------------------------------------------------------------------------- writing


def put(path: Path, data: bytes) -> None:
    """Write a file that is whole at each moment; its folder is made if it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(data)
    part.replace(path)


def as_csv(rows: Iterable) -> bytes:
    """Return rows as CSV."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode()


def write_table(path: Path, rows: Iterable) -> None:
    """Write rows as CSV for people with spreadsheets: no cell is a formula there."""
    put(path, as_csv([safe(cell) for cell in row] for row in rows))


def safe(cell) -> str:
    """Return a cell that no spreadsheet takes for a formula, nor what follows a `;` in it.

    In many countries `;` begins a new cell, whatever stands in quotation marks.
    """
    return FORMULA.sub(r"\1'\2", str(cell))


@contextmanager
def only_one(course: Path):
    """Keep a second command from writing into a course at the same time.

    Raises `CourseError` if another one is at work. Where there are no such locks (Windows) nothing
    is kept out.
    """
    if sys.platform == "win32":
        yield
        return
    import fcntl

    handle = os.open(course, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CourseError(
                f"Another command is collecting or grading in {course}: wait until it has ended."
            ) from error
        yield
    finally:
        os.close(handle)
