"""Export marks as files that Canvas, Moodle or a spreadsheet take as they are.

A cell that begins like a formula is made text, since a student may be called `=HYPERLINK(...)`.
Where an answer still waits for a person the total stays blank: course systems leave a mark alone
when its cell is blank.
"""

import html
import re
from pathlib import Path

from . import answer_key, course_dir, gradebook
from .grade import outdated

# What `course_dir.safe` would part with an apostrophe, which would stand in the text for good.
LIKE_A_FORMULA = re.compile(r"(^|;)(\s*[=+\-@\t\r][\s=+\-@]*)")


def write(folder: Path, name: str, form: str) -> tuple[Path, list[str]]:
    """Write the marks of an assignment to reports/export-NAME-FORMAT.csv.

    Parameters
    ----------
    folder : Path
        The course folder.
    name : str
        The assignment.
    form : str
        "canvas": Grades, Import. "moodle": the assignment's Upload grading worksheet. "csv": one
        row for each student with all points, for any spreadsheet.

    Returns
    -------
    Path, list of str
        The file, and a sentence for each student who is not in it or has no total yet.

    Raises
    ------
    CourseError
        If the course or assignment is not there, or nobody is graded.

    """
    assignment = answer_key.assignment(folder, name)
    entries, problems = graded(folder, assignment)
    if not entries:
        raise course_dir.CourseError(f"Nobody is graded yet: run `techpolitik grade {name}` first.")
    most = sum(assignment["points"].values())
    rows, left_out = FORMS[form](assignment, entries, most)
    waiting = [entry for entry in entries if None in entry["points"].values()]
    problems += left_out
    problems += [
        f"{one['student_id']}: no total yet, an answer waits for a person." for one in waiting
    ]
    path = course_dir.reports(folder) / f"export-{name}-{form}.csv"
    course_dir.write_table(path, rows)
    return path, problems


def graded(folder: Path, assignment: dict) -> tuple[list[dict], list[str]]:
    """Return the graded students and a sentence for each whose newest submission is not graded.

    Returns
    -------
    list of dict, list of str
        Of each student the fields of students.csv, `late`, `points` of each exercise, `total`
        (None while something is open) and `comments`.

    """
    people, entries, problems = course_dir.students(folder), [], []
    name, rubrics = assignment["name"], assignment["rubrics"]
    with gradebook.opened(folder) as book:
        for student, records in course_dir.submissions(folder, name).items():
            problem = outdated(folder, name, student, records)
            problems += [problem] if problem else []
            marks = gradebook.read(book, assignment, student)
            if marks is None:
                continue
            points = {exercise: entry["points"] for exercise, entry in marks.items()}
            open_still = problem or None in points.values()
            entries.append(
                {
                    **dict.fromkeys(course_dir.STUDENT_FIELDS, ""),
                    **people.get(student, {}),
                    "student_id": student,
                    "moodle_id": records[-1]["moodle_id"],
                    "late": course_dir.counted(records)["late"],
                    "points": points,
                    "total": None if open_still else sum(points.values()),
                    "comments": [
                        line
                        for exercise, entry in marks.items()
                        for line in comment_lines(rubrics.get(exercise), entry["comment"])
                    ],
                }
            )
    return entries, problems


def comment_lines(rubric: dict | None, comment: str) -> list[str]:
    """Return the lines that a person wrote about one answer, points of the rubric first."""
    scores, other = gradebook.rubric_marks(rubric, comment)
    return [*(f"{name}: {given}" for name, given in scores), *other]


def points_cell(value: float | None) -> str:
    """Write points; blank while a person must decide."""
    return "" if value is None else f"{value:g}"


def left_out(entries: list[dict], field: str, why: str) -> list[str]:
    """Return a sentence for each student without the id by which a system finds students."""
    return [f"{entry['student_id']}: left out, {why}." for entry in entries if not entry[field]]


def for_spreadsheet(assignment: dict, entries: list[dict], most: int) -> tuple[list, list[str]]:
    """Return the rows of a table for any spreadsheet."""
    names = assignment["exercises"]
    header = ["student_id", "name", "email", "late", *names, "total", "most"]
    rows = [
        [
            *(entry["student_id"], entry["name"], entry["email"]),
            "yes" if entry["late"] else "no",
            *(points_cell(entry["points"][name]) for name in names),
            *(points_cell(entry["total"]), most),
        ]
        for entry in entries
    ]
    return [header, *rows], []


def for_canvas(assignment: dict, entries: list[dict], most: int) -> tuple[list, list[str]]:
    """Return the rows of a gradebook that Canvas imports; it finds students by their ID."""
    header = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", assignment["name"]]
    rows = [
        [entry["name"], entry["canvas_id"], "", "", "", points_cell(entry["total"])]
        for entry in entries
        if entry["canvas_id"]
    ]
    problems = left_out(entries, "canvas_id", "has no Canvas ID; fill canvas_id in students.csv")
    return [header, ["    Points Possible", "", "", "", "", most], *rows], problems


def for_moodle(assignment: dict, entries: list[dict], most: int) -> tuple[list, list[str]]:
    """Return the rows of a grading worksheet; Moodle finds students by the number of their file."""
    header = ["Identifier", "Full name", "Email address", "Grade", "Maximum Grade"]
    header += ["Last modified (grade)", "Feedback comments"]
    rows = [
        [
            *(f"Participant {entry['moodle_id']}", entry["name"], entry["email"]),
            *(points_cell(entry["total"]), most, "", as_html(entry["comments"])),
        ]
        for entry in entries
        if entry["moodle_id"]
    ]
    return [header, *rows], left_out(entries, "moodle_id", "did not come in a download of Moodle")


FORMS = {"canvas": for_canvas, "moodle": for_moodle, "csv": for_spreadsheet}


def as_html(comments: list[str]) -> str:
    """Return what a person wrote as the HTML that Moodle expects in feedback comments.

    A sign behind a `;`, with which `&lt;` ends too, is written as a number: Moodle shows it as it
    was, and no spreadsheet takes it for the begin of a formula.
    """
    text = "".join(f"<p>{html.escape(comment, quote=False)}</p>" for comment in comments)
    return LIKE_A_FORMULA.sub(lambda found: found[1] + as_numbers(found[2]), text)


def as_numbers(signs: str) -> str:
    """Return characters as HTML writes them by their numbers."""
    return "".join(f"&#{ord(sign)};" for sign in signs)
