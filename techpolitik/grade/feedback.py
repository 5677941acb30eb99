"""Feedback: one page for each student, with answers, points, findings and what a person wrote.

The page is a single file that loads nothing and runs nothing. Everything in it is escaped, since
answers and error messages are a student's words.
"""

from functools import cache
from pathlib import Path

import jinja2

from techpolitik.files import one_line
from techpolitik.lesson.exercises import exercises
from techpolitik.lesson.numbers import number

from . import course_dir, gradebook, solutions
from .grade import last_result
from .notebooks import TITLES

TEMPLATE = Path(__file__).with_name("feedback.html")
MOST_ROWS, MOST_CHARACTERS = 20, 20_000


def write(folder: Path, name: str, students: list[str] | None = None) -> list[Path]:
    """Write the feedback of an assignment to feedback/STUDENT/NAME.html.

    Parameters: folder of the course; name of the assignment; students, all that are graded by
    default. Returns the paths. Raises `CourseError` for a student who is not graded yet.
    """
    assignment = course_dir.assignment(folder, name)
    handed_in, people = course_dir.hand_ins(folder, name), course_dir.students(folder)
    written = []
    with gradebook.opened(folder) as book:
        for student in students or sorted(handed_in):
            result = last_result(folder, name, student)
            if not result:
                raise course_dir.CourseError(
                    f"{student!r} is not graded yet: run `techpolitik grade {name}` first."
                )
            shown = people.get(student, {}).get("name") or student
            marks = gradebook.read(book, assignment, student)
            page = render(assignment, shown, handed_in[student], result, marks)
            path = course_dir.feedback(folder, name, student)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(page, encoding="utf-8")
            written.append(path)
    return written


@cache
def template() -> jinja2.Template:
    """Return the page's template, which escapes all it is given."""
    settings = {"autoescape": True, "undefined": jinja2.StrictUndefined, "trim_blocks": True}
    return jinja2.Environment(**settings).from_string(TEMPLATE.read_text(encoding="utf-8"))


def render(assignment: dict, student: str, handed_in: list, result: dict, marks: dict) -> str:
    """Write the page of one student.

    Parameters: assignment; student, the name to show; handed_in, the hand-ins of the student;
    result of the last grading; marks, from the gradebook.
    """
    known, rubrics = exercises(), solutions.rubrics(assignment["lesson"])
    items = [
        item(known[name], result["marks"][name], marks[name], rubrics.get(name))
        for name in assignment["exercises"]
    ]
    graded = course_dir.usable(handed_in) or handed_in
    points = [entry["points"] for entry in marks.values()]
    return template().render(
        title=assignment["name"],
        student=student,
        handed_in=(graded[-1]["time"] or "")[:16].replace("T", " "),
        late=graded[-1]["late"],
        points=number(sum(value for value in points if value is not None), 2),
        most=number(sum(assignment["points"].values()), 2),
        waiting=points.count(None),
        notes=result["notes"],
        exercises=items,
    )


def item(exercise: dict, mark: dict, given: dict, rubric: dict | None) -> dict:
    """Return what the page says about one exercise."""
    scores, comment = gradebook.rubric_marks(rubric, given["comment"])
    verdict = TITLES[mark["status"]]
    if given["by_hand"] and given["points"] is not None:
        verdict = "Marked"
    return {
        "title": exercise["title"],
        "verdict": verdict,
        "points": None if given["points"] is None else number(given["points"], 2),
        "most": number(given["most"], 2),
        "by_hand": given["by_hand"],
        "answer": shown(mark["answer"]),
        "lines": [one_line(line) for line in mark["lines"]],
        "rubric": scores,
        "comment": comment,
    }


def shown(answer) -> dict | None:
    """Return a plain answer as text or as rows of a table."""
    if answer is None:
        return None
    if not isinstance(answer, dict):
        text = ", ".join(map(str, answer)) if isinstance(answer, list) else str(answer)
        return {"text": cut(text, MOST_CHARACTERS)}
    if "chart" in answer:
        return {"text": f"A chart. Its description: {answer['text'] or '(none)'}"}
    rows = [
        ["" if cell is None else cut(str(cell), 1000) for cell in row]
        for row in answer["rows"][:MOST_ROWS]
    ]
    names = [cut(name, 1000) for name in answer["columns"]]
    return {"columns": names, "rows": rows, "more": max(0, len(answer["rows"]) - MOST_ROWS)}


def cut(text: str, most: int) -> str:
    """Return text as it is, or its beginning if it is longer than anybody would read."""
    return text if len(text) <= most else f"{text[:most]} [cut here: {len(text):,} characters]"
