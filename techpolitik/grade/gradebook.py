"""Write marks into nbgrader's gradebook, and read them out with what a person added.

Only this module knows nbgrader's tables. One answer cell is one grade cell: data and charts get an
automatic score, arguments wait in formgrader for a person. What a person has given is never
overwritten; when an answer changes afterwards, formgrader asks for another look.
"""

import os
import sys
import warnings
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from sqlalchemy.exc import DatabaseError, SAWarning

from . import course_dir

#: Stands in a comment where a person has not given points yet.
BLANK = "__"


@contextmanager
def opened(folder: Path):
    """Open the gradebook of a course folder; it is made if it is not there.

    Raises `CourseError` if it cannot be read or written.
    """
    # nbgrader calls the command `alembic`, which is not on the path of an inactive environment.
    here = str(Path(sys.executable).parent)
    if here not in os.environ["PATH"].split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([here, os.environ["PATH"]])
    # Notes of SQLAlchemy to the authors of nbgrader.
    warnings.filterwarnings("ignore", category=SAWarning, module="nbgrader")
    path = course_dir.gradebook(folder).resolve()
    try:
        with Gradebook(f"sqlite:///{path}") as book:
            yield book
    except DatabaseError as error:
        raise course_dir.CourseError(
            f"The gradebook {path} cannot be used ({error.orig}). Is the disk full, is the file "
            "yours to write, does another program hold it? What was done before is kept."
        ) from error


def register(book: Gradebook, assignment: dict) -> None:
    """Record an assignment, its notebook and its answer cells."""
    name = assignment["name"]
    book.update_or_create_assignment(name, duedate=as_stored(assignment["due"]))
    book.update_or_create_notebook(name, name)
    for exercise, contract in assignment["contracts"].items():
        points = float(assignment["points"][exercise])
        cell = {"max_score": points, "cell_type": "code"}
        book.update_or_create_grade_cell(exercise, name, name, **cell)
        book.update_or_create_solution_cell(exercise, name, name)
        stub = f"{contract['answer_name']} = ..."
        source = {"cell_type": "code", "locked": False, "source": stub}
        book.update_or_create_source_cell(exercise, name, name, **source)


def as_stored(time: str | None) -> datetime | None:
    """Return an ISO time as nbgrader keeps it: in UTC, without saying so."""
    return datetime.fromisoformat(time).astimezone(UTC).replace(tzinfo=None) if time else None


def save(book, assignment: dict, student: dict, time: str | None, marks: dict) -> None:
    """Record the marks of one student.

    Parameters
    ----------
    book : Gradebook
        As `opened` yields it.
    assignment : dict
        With its key: the criteria of a rubric become a form in the comment.
    student : dict
        A row of students.csv.
    time : str or None
        When it was submitted, as ISO time.
    marks : dict
        By exercise, as `marking.mark` returns them, with `changed`: whether the answer is another
        than at the last grading.

    """
    name = assignment["name"]
    # Formgrader shows names in its pages: no markup in them.
    shown = student.get("name", "").translate(str.maketrans("<>&\"'", "‹›+”’"))
    named = {"last_name": shown, "first_name": "", "email": student.get("email", "")}
    book.update_or_create_student(student["student_id"], **named)
    book.update_or_create_submission(name, student["student_id"], timestamp=as_stored(time))
    for exercise, mark in marks.items():
        where = (exercise, name, name, student["student_id"])
        grade, comment = book.find_grade(*where), book.find_comment(*where)
        grade.auto_score = mark["points"]
        if grade.manual_score is None:
            grade.needs_manual_grade = mark["points"] is None
        elif mark["changed"]:
            grade.needs_manual_grade = True
        comment.auto_comment = "\n".join(mark["lines"])
        rubric = assignment["rubrics"].get(exercise)
        if rubric and mark["status"] == "waiting" and comment.manual_comment is None:
            comment.manual_comment = rubric_form(rubric)
    book.db.commit()


def rubric_form(rubric: dict) -> str:
    """Return the lines in which a person fills in the points of each criterion."""
    lines = [
        f"{criterion['name']}: {BLANK} / {max(level['points'] for level in criterion['levels'])}"
        for criterion in rubric["criteria"]
    ]
    return "\n".join(lines)


def rubric_marks(rubric: dict | None, comment: str) -> tuple[list[tuple[str, str]], list[str]]:
    """Split a person's comment into the points of each criterion and all other lines.

    Lines of the form that nobody filled in are left out.
    """
    scores, other = [], []
    names = [criterion["name"] for criterion in rubric["criteria"]] if rubric else []
    for line in filter(None, map(str.strip, comment.splitlines())):
        name, _, given = line.rpartition(": ")
        if name not in names:
            other.append(line)
        elif BLANK not in given:
            scores.append((name, given))
    return scores, other


def read(book: Gradebook, assignment: dict, student: str) -> dict[str, dict] | None:
    """Return what the gradebook holds for a student; None if there is nothing.

    Returns
    -------
    dict of str to dict, or None
        By exercise `points` (None while a person must decide), `most`, `by_hand` (whether a person
        gave them), `comment` (a person's).

    """
    name, found = assignment["name"], {}
    try:
        book.find_submission(name, student)
    except MissingEntry:
        return None
    for exercise in assignment["exercises"]:
        where = (exercise, name, name, student)
        grade, comment = book.find_grade(*where), book.find_comment(*where)
        by_hand = grade.manual_score is not None
        points = grade.manual_score if by_hand else grade.auto_score
        extra = grade.extra_credit or 0
        found[exercise] = {
            "points": None if grade.needs_manual_grade or points is None else points + extra,
            "most": assignment["points"][exercise],
            "by_hand": by_hand,
            "comment": comment.manual_comment or "",
        }
    return found
