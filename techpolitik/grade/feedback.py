"""Feedback: one page for each student, with answers, points, findings and what a person wrote.

The page is a single file that loads nothing and runs nothing. Everything in it is escaped, since
answers and error messages are a student's words.
"""

from functools import cache
from pathlib import Path

import jinja2

from techpolitik.files import one_line
from techpolitik.lesson.numbers import number

from . import answer_key, course_dir, gradebook
from .grade import last_result, outdated
from .notebooks import TITLES

TEMPLATE = Path(__file__).with_name("feedback.html")
MOST_ROWS, MOST_CHARACTERS = 20, 20_000


def write(
    folder: Path, name: str, students: list[str] | None = None
) -> tuple[list[Path], list[str]]:
    """Write the feedback of an assignment to feedback/STUDENT/NAME.html.

    Parameters
    ----------
    folder : Path
        The course folder.
    name : str
        The assignment.
    students : list of str, optional
        Only these.

    Returns
    -------
    list of Path, list of str
        The pages, and a sentence for each student whose newest submission is not graded yet: a page
        of such a student is not written.

    Raises
    ------
    CourseError
        If nobody is graded, or a student has submitted nothing.

    """
    assignment = answer_key.assignment(folder, name)
    submitted, people = course_dir.submissions(folder, name), course_dir.students(folder)
    for student in students or []:
        if student not in submitted:
            raise course_dir.CourseError(f"{student!r} has submitted nothing for {name!r}.")
    written, problems = [], []
    with gradebook.opened(folder) as book:
        for student in students or sorted(submitted):
            records = submitted[student]
            problem = outdated(folder, name, student, records)
            if problem:
                problems.append(problem)
                continue
            shown = people.get(student, {}).get("name") or student
            marks = gradebook.read(book, assignment, student)
            page = render(assignment, shown, records, last_result(folder, name, student), marks)
            path = course_dir.feedback(folder, name, student)
            course_dir.put(path, page.encode())
            written.append(path)
    if not written:
        raise course_dir.CourseError(
            "\n".join(problems) or f"Nobody is graded yet: run `techpolitik grade {name}` first."
        )
    return written, problems


@cache
def template() -> jinja2.Template:
    """Return the page's template, which escapes all it is given."""
    settings = {"autoescape": True, "undefined": jinja2.StrictUndefined, "trim_blocks": True}
    return jinja2.Environment(**settings).from_string(TEMPLATE.read_text(encoding="utf-8"))


def render(assignment: dict, student: str, records: list, result: dict, marks: dict) -> str:
    """Write the page of one student.

    Parameters
    ----------
    assignment : dict
        With its key.
    student : str
        The name to show.
    records : list of dict
        The submissions of the student.
    result : dict
        That of the last grading.
    marks : dict
        As `gradebook.read` returns them.

    """
    items = [
        item(contract, result["marks"][name], marks[name], assignment["rubrics"].get(name))
        for name, contract in assignment["contracts"].items()
    ]
    graded = course_dir.counted(records)
    points = [entry["points"] for entry in marks.values()]
    return template().render(
        title=assignment["name"],
        student=student,
        submitted=(graded["time"] or "")[:16].replace("T", " "),
        late=graded["late"],
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
