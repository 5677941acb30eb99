"""Exercises: `check` an answer in the notebook, take a `quiz`.

`check` answers at once and kindly: it says that an answer is right and what it means, names a slip
it knows, or points to where to look. It cannot give the answer away to a reader, because the
published files hold answers only in sealed form (see `sealing`, which also says what that does
not protect against).

Parts: `contract` reads what each exercise asks for, `answers` turns a student's object into plain
data, `sealing` compares numbers, texts, lists and tables, `charts` and `prose` look at charts and
written arguments, `quizzes` renders quizzes. After a change in `instructor/` or
`notebooks/exercises/` run `techpolitik seal`.
"""

from techpolitik.files import FileError, marked_up, nearest, one_line
from techpolitik.lesson.cards import Card, building_book

from . import charts, prose, sealing
from .answers import Unreadable, is_stub, read
from .contract import exercises
from .quizzes import quiz_card as quiz

__all__ = [
    "FileError",
    "Unreadable",
    "check",
    "exercises",
    "is_stub",
    "quiz",
    "read_answer",
    "verdict",
]

WORDS = {
    "right": "Right",
    "complete": "Complete",
    "not-yet": "Not yet",
    "problem": "Cannot read this",
}
PARTS = {"chart": charts, "argument": prose}


def check(exercise_id: str, answer=...) -> Card:
    """Check one answer and return a card that says how it stands.

    `exercise_id` is the id printed with the exercise, `answer` the variable that holds the answer.
    The card begins with a word: "Right" ("Complete" for charts and texts, which a person may still
    judge), "Not yet", or "Cannot read this" for an answer of another type. Whatever the answer
    is, the card says so; no odd object makes `check` fail. In the book, where nobody has answered
    yet, it offers the hint.
    """
    known = exercises()
    if not isinstance(exercise_id, str):
        line = (
            'The first argument is the id of the exercise in quotation marks: check("id", answer).'
        )
        return card("problem", "unknown exercise", [line])
    if exercise_id not in known:
        line = f'There is no exercise "{exercise_id}"{nearest(exercise_id, known)}.'
        return card("problem", "unknown exercise", [line])
    exercise = known[exercise_id]
    if is_stub(answer) and building_book():
        return unanswered(exercise)
    if is_stub(answer):
        name = exercise["answer_name"]
        line = f"`{name}` waits for your answer: the three dots are still there, or it is empty."
        return card("not-yet", exercise["title"], [line], exercise["hint"])
    try:
        plain = read_answer(exercise, answer)
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


def read_answer(exercise: dict, answer):
    """Return a student's object as plain data; `Unreadable` says why it is none."""
    if exercise["kind"] == "data":
        return read(answer, exercise["answer"])
    return PARTS[exercise["kind"]].read(answer)


def verdict(exercise: dict, plain, known=None) -> tuple[str, list[str], str]:
    """Judge a plain answer: (status, sentences, hint). Nothing of the student's runs here.

    `known` looks answers up (see `sealing.judge`), by default among the sealed ones.
    """
    if exercise["kind"] == "data":
        known = known or sealing.opener(exercise["id"], sealing.sealed(exercise["id"]))
        found = sealing.judge(exercise["answer"], plain, known)
        if found is None:
            return "not-yet", ["The data give another answer."], exercise["hint"]
        return "right" if found[0] == "right" else "not-yet", [found[1]], ""
    lacking = PARTS[exercise["kind"]].problems(plain, exercise["answer"])
    if lacking:
        return "not-yet", lacking, exercise["hint"]
    return "complete", [exercise["right"]], ""


def unanswered(exercise: dict) -> Card:
    """Build what the book shows of an exercise: its hint, folded, in a box that names it."""
    title, hint = marked_up(exercise["title"]), one_line(exercise["hint"])
    named = f'data-exercise="{exercise["id"]}" data-kind="{exercise["kind"]}"'
    html = (
        f'<div class="tp-exercise" {named}><details class="tp-hint"><summary>Hint'
        f'<span class="tp-visually-hidden"> for {title}</span></summary>'
        f"<p>{marked_up(hint)}</p></details></div>"
    )
    return Card(html, f"{exercise['title']}\nHint: {hint}")


def card(status: str, title: str, lines: list[str], hint: str = "") -> Card:
    """Build the card of a check: a word first, then the reasons, then a hint; all text escaped."""
    word, several = WORDS[status], len(lines) > 1
    kind = "right" if status == "complete" else status
    body = "".join(f"<li>{marked_up(line)}</li>" for line in lines)
    body = f"<ul>{body}</ul>" if several else f"<p>{marked_up(lines[0])}</p>"
    text = [f"{word}: {title}", *(f"- {line}" if several else line for line in lines)]
    if hint:
        hint = f"Hint: {one_line(hint)}"
        body += f'<p class="tp-check-hint">{marked_up(hint)}</p>'
        text.append(hint)
    html = (
        f'<div class="tp-check tp-check-{kind}" role="status">'
        f'<p class="tp-check-title">{word}: {marked_up(title)}</p>{body}</div>'
    )
    return Card(html, "\n".join(text))
