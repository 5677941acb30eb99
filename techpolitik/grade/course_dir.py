"""The course folder: where each file of an assignment is, in nbgrader's layout.

source/NAME/NAME.ipynb            grading source, with assignment.json (see `assignment`) and
                                  answer_key.json (see `answer_key`)
release/NAME/, release/NAME.zip   release
teacher/NAME/                     teacher's copy
submitted/STUDENT/NAME/           NAME.ipynb as it is graded, timestamp.txt, submissions.json and
                                  originals/ with every file as it was submitted
autograded/STUDENT/NAME/          after grading
feedback/STUDENT/NAME.html
gradebook.db  reports/  students.csv  nbgrader_config.py
"""

import csv
import hashlib
import io
import json
import os
import re
import sys
import zipfile
from collections import Counter
from collections.abc import Iterable
from contextlib import contextmanager
from pathlib import Path
from string import Template

from techpolitik import course as courses
from techpolitik.files import nearest
from techpolitik.lesson.exercises import exercises

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
# How a cell begins that a spreadsheet takes for a formula.
FORMULA = re.compile(r"(^|;)(\s*[=+\-@]|[\t\r])")
STUDENT_FIELDS = ("student_id", "name", "moodle_id", "canvas_id", "email")
ASSIGNMENT_FIELDS = {"name", "lesson", "exercises", "points", "due", "made_from"}

CONFIG = Template('''\
"""Settings of nbgrader for this course. Written once by techpolitik; from then on yours."""

from pathlib import Path

c = get_config()
c.CourseDirectory.course_id = "$course_id"
c.CourseDirectory.root = str(Path(__file__).resolve().parent)
# nbgrader's own autograding would run code of students with your rights: it finds nothing to run.
# `techpolitik grade` reads the folder submitted/ and runs it in a sandbox.
c.CourseDirectory.submitted_directory = "not-for-nbgrader"
# The line `answer = ...` stands above each solution, so that nothing has to replace it.
c.ClearSolutions.code_stub = {"python": ""}
''')


class CourseError(ValueError):
    """Something in the course folder is missing or wrong; the message says what to do."""


# ---------------------------------------------------------------------------- places


def source(course: Path, name: str) -> Path:
    """Return the folder of what is private to an assignment."""
    return Path(course) / "source" / name


def release(course: Path, name: str) -> Path:
    """Return the folder of the release."""
    return Path(course) / "release" / name


def archive(course: Path, name: str) -> Path:
    """Return the archive of the release."""
    return Path(course) / "release" / f"{name}.zip"


def teacher(course: Path, name: str) -> Path:
    """Return the folder of the teacher's copy."""
    return Path(course) / "teacher" / name


def submission(course: Path, name: str, student: str) -> Path:
    """Return the folder of what one student submitted."""
    return Path(course) / "submitted" / student / name


def autograded(course: Path, name: str, student: str) -> Path:
    """Return the folder of one student's graded notebook."""
    return Path(course) / "autograded" / student / name


def feedback(course: Path, name: str, student: str) -> Path:
    """Return the page with one student's feedback."""
    return Path(course) / "feedback" / student / f"{name}.html"


def gradebook(course: Path) -> Path:
    """Return the file of nbgrader's gradebook."""
    return Path(course) / "gradebook.db"


def reports(course: Path) -> Path:
    """Return the folder for reports."""
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

    Returns
    -------
    dict
        `name`, `lesson`, `exercises` (ids in the order of the notebook), `points` (of each
        exercise, by id), `due` (ISO time with zone, or None), `made_from` (`digest` of the files
        of the release), `release` (path of the notebook that students were given) and `contracts`
        (of each exercise, by id, as the release has it).

    Raises
    ------
    CourseError
        If there is no such assignment, it was never given to students, or the folder is not a
        course folder.

    """
    content = described(course, name)
    folder = release(course, name)
    again = f"techpolitik release {content['lesson']} --assignment {name}"
    if not (folder / f"{name}.ipynb").is_file():
        raise CourseError(
            f"{folder / f'{name}.ipynb'} is missing, with which submissions are compared. Make it "
            f"again: {again} --only student"
        )
    with courses.at(folder):
        known = exercises()
    missing = [exercise for exercise in content["exercises"] if exercise not in known]
    if missing:
        raise CourseError(
            f"{folder} is older than the assignment's description, and lacks {missing[0]}: {again}"
        )
    contracts = {exercise: known[exercise] for exercise in content["exercises"]}
    return {**content, "release": folder / f"{name}.ipynb", "contracts": contracts}


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
    content = read_json(path, "release the lesson again")
    missing = ASSIGNMENT_FIELDS - set(content)
    if missing:
        fields = ", ".join(sorted(missing))
        raise CourseError(f"{path} lacks the field {fields}: release the lesson again.")
    return content


def digest(content: dict[str, bytes]) -> str:
    """Return a hash of the files of a release, by path."""
    lines = (f"{path} {hashlib.sha256(content[path]).hexdigest()}\n" for path in sorted(content))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def check_release(course: Path, assignment: dict) -> None:
    """Raise `CourseError` unless the release is still what students were given.

    Files that came into the folder later, such as what Python compiles, do no harm.
    """
    name = assignment["name"]
    folder, packed = release(course, name), archive(course, name)
    try:
        with zipfile.ZipFile(packed) as file:
            given = {path.removeprefix(f"{name}/"): file.read(path) for path in file.namelist()}
    except (OSError, zipfile.BadZipFile) as error:
        raise CourseError(
            f"{packed} cannot be read ({error}), with which the release is compared: release the "
            "lesson again."
        ) from error
    changed = [
        path
        for path, data in given.items()
        if not (folder / path).is_file() or (folder / path).read_bytes() != data
    ]
    if changed:
        raise CourseError(
            f"{folder / changed[0]} is not as it was released. Students have what {packed} holds: "
            f"unpack it into {folder.parent} again, or release the lesson under another name."
        )
    if digest(given) != assignment["made_from"]:
        raise CourseError(
            f"{packed} was not made together with {source(course, name) / 'assignment.json'}: "
            f"techpolitik release {assignment['lesson']} --assignment {name}"
        )


def make(course: Path) -> None:
    """Make a course folder with nbgrader's settings; what is there already stays as it is."""
    Path(course).mkdir(parents=True, exist_ok=True)
    path = Path(course) / "nbgrader_config.py"
    if not path.exists():
        path.write_text(CONFIG.substitute(course_id=courses.current().id), encoding="utf-8")


# ---------------------------------------------------------------------------- students


def submissions(course: Path, name: str) -> dict[str, list[dict]]:
    """Return what each student submitted, oldest first, by student.

    Returns
    -------
    dict of str to list of dict
        For each submission `file` (in originals/), `sha256`, `cells` (hash of the notebook made of
        it), `time` (ISO), `late`, `came_from` (its name in the download), `moodle_id`, `notes`
        (repairs, in words), and `unusable`, the reason why it cannot be graded, or "". The last
        one with a blank `unusable` is NAME.ipynb.

    """
    found = sorted((Path(course) / "submitted").glob(f"*/{name}/submissions.json"))
    fix = "put it back from a copy, or remove the folder and collect again"
    return {path.parent.parent.name: read_json(path, fix) for path in found}


def usable(records: list[dict]) -> list[dict]:
    """Return those of a student's submissions that can be graded."""
    return [record for record in records if not record["unusable"]]


def counted(records: list[dict]) -> dict:
    """Return the submission that counts: the last that can be graded, else the last."""
    return (usable(records) or records)[-1]


def students(course: Path) -> dict[str, dict]:
    """Read students.csv: by student_id, a dict of `STUDENT_FIELDS`.

    `moodle_id` holds the numbers of a student in the downloads of Moodle, which gives another one
    in each assignment, with blanks between them.

    Raises
    ------
    CourseError
        If the file is not such a table, or names a student twice.

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


# ---------------------------------------------------------------------------- files


def read_json(path: Path, fix: str):
    """Return the content of a file this program has written; `CourseError` says how to fix it."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CourseError(f"{path} cannot be read ({error}): {fix}.") from error


def put(path: Path, data: bytes) -> None:
    """Write a file that is whole at each moment; its folder is made if it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(data)
    part.replace(path)


def put_json(path: Path, content) -> None:
    """Write a file that `read_json` reads."""
    put(path, (json.dumps(content, indent=1) + "\n").encode())


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
