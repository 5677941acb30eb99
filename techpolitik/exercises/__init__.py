"""Exercises: `check` an answer in the notebook, take a `quiz`.

`check` answers at once and kindly: it says that an answer is right and what it means, names a slip
it knows, or points to where to look. It cannot give the answer away to a reader, because the
published files hold answers only in sealed form (see `sealing`, which also says what that does
not protect against).

Parts: `contract` reads what each exercise asks for, `answers` turns a student's object into plain
data, `sealing` compares numbers, texts, lists and tables, `charts` and `prose` look at charts and
written arguments, `quizzes` renders quizzes. After a change in `instructor/` or
`exercises.yml` run `python -m techpolitik.exercises seal`.
"""

import difflib
import json
from functools import cache
from pathlib import Path

from ..cards import Card
from . import charts, prose, sealing
from .answers import Unreadable, is_stub, read
from .contract import ContractError, changed, exercises, marked_up
from .quizzes import quiz_card

__all__ = ["ContractError", "check", "exercises", "quiz"]

WORDS = {
    "right": "Right",
    "complete": "Complete",
    "not-yet": "Not yet",
    "problem": "Cannot read this",
}


def check(exercise_id: str, answer=...) -> Card:
    """Check one answer and return a card that says how it stands.

    `exercise_id` is the id printed with the exercise, `answer` the variable that holds the answer.
    The card begins with a word: "Right" ("Complete" for charts and texts, which a person may still
    judge), "Not yet", or "Cannot read this" for an answer of another type. Whatever the answer
    is, the card says so; no odd object makes `check` fail.
    """
    known = exercises()
    if not isinstance(exercise_id, str) or exercise_id not in known:
        return card("problem", "unknown exercise", [unknown(exercise_id, known)])
    exercise = known[exercise_id]
    if is_stub(answer):
        name = exercise["answer_name"]
        line = f"{name} is still the placeholder. Replace it by your answer and run the cell again."
        return card("not-yet", exercise["title"], [line], exercise["hint"])
    try:
        plain = readers()[exercise["kind"]](answer, exercise)
    except Unreadable as error:
        return card("problem", exercise["title"], [str(error)])
    except Exception as error:
        # Reading runs code of the student's own object; what it raised is told, not hidden.
        line = (
            f"Reading your answer failed with {type(error).__name__}. Is it the variable you meant?"
        )
        return card("problem", exercise["title"], [line])
    status, lines, hint = verdict(exercise, plain)
    return card(status, exercise["title"], lines, hint)


def quiz(lesson: str) -> Card:
    """Return the quiz of a lesson, such as "rare_earths": choose, and read why."""
    return quiz_card(lesson)


def readers() -> dict:
    """Return, for each kind of exercise, the function that reads an answer as plain data."""
    return {
        "data": lambda answer, exercise: read(answer, exercise["answer"]),
        "chart": lambda answer, _: charts.read_chart(answer),
        "argument": lambda answer, _: prose.read_prose(answer),
    }


def verdict(exercise: dict, plain) -> tuple[str, list[str], str]:
    """Judge a plain answer: (status, sentences, hint). Nothing of the student's runs here."""
    if exercise["kind"] == "data":
        found = sealing.judge(exercise, plain, sealed(exercise["id"]))
        if found is None:
            return (
                "not-yet",
                ["The data give another answer."],
                exercise["hint"],
            )
        status, message = found
        return ("right", [message], "") if status == "right" else ("not-yet", [message], "")
    part = charts if exercise["kind"] == "chart" else prose
    lacking = part.problems(plain, exercise["answer"])
    if lacking:
        return "not-yet", lacking, exercise["hint"]
    return "complete", [exercise["right"]], ""


def sealed(exercise_id: str) -> dict:
    """Return the sealed answers of one exercise; without them a check would mislead."""
    path = sealing.checks_path()
    entry = _checks(path, changed(path)).get(exercise_id)
    if entry is None:
        raise ContractError(
            f"{path.name} has no entry {exercise_id!r}: run python -m techpolitik.exercises seal"
        )
    return entry


@cache
def _checks(path: Path, _changed: int) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


def unknown(exercise_id, known: dict) -> str:
    """Say that an id is unknown and which ones come nearest."""
    if not isinstance(exercise_id, str):
        return (
            'The first argument is the id of the exercise in quotation marks: check("id", answer).'
        )
    near = difflib.get_close_matches(exercise_id, known, 3, 0.4)
    return f'There is no exercise "{exercise_id}". ' + (
        f"Nearest: {', '.join(near)}." if near else f"There are: {', '.join(known)}."
    )


def card(status: str, title: str, lines: list[str], hint: str = "") -> Card:
    """Build the card of a check: a word first, then the reasons, then a hint; all text escaped."""
    word = WORDS[status]
    kind = "right" if status == "complete" else status
    body = "".join(f"<p>{marked_up(line)}</p>" for line in lines)
    if len(lines) > 1:
        body = "<ul>" + "".join(f"<li>{marked_up(line)}</li>" for line in lines) + "</ul>"
    hint = " ".join(hint.split())
    if hint:
        body += f'<p class="tp-check-hint">Hint: {marked_up(hint)}</p>'
    html = (
        f'<div class="tp-check tp-check-{kind}" role="status">'
        f'<p class="tp-check-title">{word}: {marked_up(title)}</p>{body}</div>'
    )
    marks = [f"- {line}" for line in lines] if len(lines) > 1 else lines
    return Card(html, "\n".join([f"{word}: {title}", *marks, *([f"Hint: {hint}"] if hint else [])]))
