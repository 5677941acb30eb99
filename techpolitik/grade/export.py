"""Export marks as files that Canvas, Moodle or a spreadsheet take as they are.

A cell that begins like a formula is made text, since a student may be called `=HYPERLINK(...)`.
Where an answer still waits for a person the total stays blank: course systems leave a mark alone
when its cell is blank.
"""

import html
from pathlib import Path

from . import course_dir, gradebook, solutions


def write(folder: Path, name: str, form: str) -> tuple[Path, list[str]]:
    """Write the marks of an assignment to reports/export-NAME-FORMAT.csv.

    Parameters
    ----------
    folder
        The course folder.
    name
        The assignment.
    form
        "canvas": Grades, Import. "moodle": the assignment's Upload grading worksheet. "csv": one
        row for each student with all points, for any spreadsheet.

    Returns
    -------
    Path and list of str
        The file, and a sentence for each student who is not in it or has no total yet.

    Raises
    ------
    CourseError
        If the course or assignment is not there, or nobody is graded.

    """
    assignment = course_dir.assignment(folder, name)
    entries = graded(folder, assignment)
    if not entries:
        raise course_dir.CourseError(f"Nobody is graded yet: run `techpolitik grade {name}` first.")
    rows, problems = {"canvas": canvas, "moodle": moodle, "csv": plain}[form](assignment, entries)
    waiting = [entry["student_id"] for entry in entries if entry["total"] is None]
    problems += [f"{who}: no total yet, an answer waits for a person." for who in waiting]
    path = course_dir.reports(folder) / f"export-{name}-{form}.csv"
    course_dir.write_table(path, rows)
    return path, problems


def graded(folder: Path, assignment: dict) -> list[dict]:
    """Return for each graded student who it is, the points of each exercise and the total."""
    people, entries = course_dir.students(folder), []
    rubrics = solutions.rubrics(assignment["lesson"])
    with gradebook.opened(folder) as book:
        for student, handed_in in course_dir.hand_ins(folder, assignment["name"]).items():
            marks = gradebook.read(book, assignment, student)
            if marks is None:
                continue
            points = {exercise: entry["points"] for exercise, entry in marks.items()}
            blank = dict.fromkeys(course_dir.STUDENT_FIELDS, "")
            entries.append(
                {
                    **blank,
                    **people.get(student, {}),
                    "student_id": student,
                    "moodle_id": handed_in[-1]["moodle_id"],
                    "late": handed_in[-1]["late"],
                    "points": points,
                    "total": None if None in points.values() else sum(points.values()),
                    "comments": [
                        line
                        for exercise, entry in marks.items()
                        for line in written(rubrics.get(exercise), entry["comment"])
                    ],
                }
            )
    return entries


def written(rubric: dict | None, comment: str) -> list[str]:
    """Return the lines that a person wrote about one answer, points of the rubric first."""
    scores, other = gradebook.rubric_marks(rubric, comment)
    return [*(f"{name}: {given}" for name, given in scores), *other]


def points(value: float | None) -> str:
    """Write points; blank while a person must decide."""
    return "" if value is None else f"{value:g}"


def plain(assignment: dict, entries: list[dict]) -> tuple[list, list[str]]:
    """Return the rows of a table for any spreadsheet."""
    names = assignment["exercises"]
    most = sum(assignment["points"].values())
    header = ["student_id", "name", "email", "late", *names, "total", "most"]
    rows = [
        [
            *(entry["student_id"], entry["name"], entry["email"]),
            "yes" if entry["late"] else "no",
            *(points(entry["points"][name]) for name in names),
            *(points(entry["total"]), most),
        ]
        for entry in entries
    ]
    return [header, *rows], []


def canvas(assignment: dict, entries: list[dict]) -> tuple[list, list[str]]:
    """Return the rows of a gradebook that Canvas imports; it finds students by their ID."""
    most = sum(assignment["points"].values())
    header = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", assignment["name"]]
    known = [entry for entry in entries if entry["canvas_id"]]
    rows = [
        [entry["name"], entry["canvas_id"], "", "", "", points(entry["total"])] for entry in known
    ]
    problems = [
        f"{entry['student_id']}: left out, has no Canvas ID; fill canvas_id in students.csv."
        for entry in entries
        if not entry["canvas_id"]
    ]
    return [header, ["    Points Possible", "", "", "", "", most], *rows], problems


def moodle(assignment: dict, entries: list[dict]) -> tuple[list, list[str]]:
    """Return the rows of a grading worksheet; Moodle finds students by the number of their file."""
    most = sum(assignment["points"].values())
    header = ["Identifier", "Full name", "Email address", "Grade", "Maximum Grade"]
    header += ["Last modified (grade)", "Feedback comments"]
    known = [entry for entry in entries if entry["moodle_id"]]
    rows = [
        [
            *(f"Participant {entry['moodle_id']}", entry["name"], entry["email"]),
            *(points(entry["total"]), most, "", comments_html(entry["comments"])),
        ]
        for entry in known
    ]
    problems = [
        f"{entry['student_id']}: left out, did not come in a download of Moodle."
        for entry in entries
        if not entry["moodle_id"]
    ]
    return [header, *rows], problems


def comments_html(comments: list[str]) -> str:
    """Return what a person wrote as the HTML that Moodle expects in feedback comments."""
    return "".join(f"<p>{html.escape(comment)}</p>" for comment in comments)
