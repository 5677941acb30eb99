"""Quizzes: questions whose choices open to show feedback, without script.

Each choice is a native `<details>`; those of one question share a `name`, so a browser keeps one
open at a time. It works with keyboard and screen reader, in JupyterLab and in the built page.
"""

from html import escape
from pathlib import Path
from string import ascii_lowercase

from techpolitik import course, files
from techpolitik.files import marked_up, one_line
from techpolitik.lesson.cards import Card


def read_quiz(path: Path) -> list[dict]:
    """Return the questions of a quiz; `FileError` names file, question, field, correction."""
    items = files.read_yaml(path, "quiz")
    files.refuse(f"{files.place(path)}: {line}" for line in problems(items))
    return items


def problems(items: list[dict]):
    """Yield what the schema cannot see: choices that are all wrong, right together or the same."""
    for number, item in enumerate(items, 1):
        right = sum(choice.get("right", False) for choice in item["choices"])
        if right != 1:
            yield f"question {number}: {right} choices are marked right: true; expected exactly one"
        texts = {one_line(choice["text"]).casefold() for choice in item["choices"]}
        if len(texts) < len(item["choices"]):
            yield f"question {number}: two choices have the same text"


def feedback(choice: dict) -> str:
    """Return the feedback of a choice with its verdict as first words."""
    verdict = "Right." if choice.get("right") else "Not this one."
    return f"{verdict} {one_line(choice['feedback'])}"


def as_html(lesson: str, items: list[dict]) -> str:
    """Render a quiz as HTML without script, style or headings."""
    parts = ['<div class="tp-quiz" role="group" aria-label="Quiz">']
    for number, item in enumerate(items, 1):
        label = f"Question {number} of {len(items)}"
        parts.append(f'<div class="tp-quiz-question" role="group" aria-label="{label}">')
        prompt = marked_up(one_line(item["question"]))
        parts.append(f'<p class="tp-quiz-prompt">{number}. {prompt}</p>')
        for letter, choice in zip(ascii_lowercase, item["choices"], strict=False):
            kind = "tp-quiz-right" if choice.get("right") else "tp-quiz-other"
            parts.append(
                f'<details class="tp-quiz-choice {kind}" name="quiz-{escape(lesson)}-{number}">'
                f"<summary>{letter}. {marked_up(choice['text'])}</summary>"
                f"<p>{marked_up(feedback(choice))}</p></details>"
            )
        parts.append("</div>")
    return "\n".join([*parts, "</div>"])


def as_text(items: list[dict]) -> str:
    """Render a quiz as plain text: questions and choices first, answers at the end."""
    lines, answers = [], ["Answers"]
    for number, item in enumerate(items, 1):
        lines.append(f"{number}. {one_line(item['question'])}")
        for letter, choice in zip(ascii_lowercase, item["choices"], strict=False):
            lines.append(f"   {letter}. {choice['text']}")
            if choice.get("right"):
                answers.append(f"{number}. {letter}. {feedback(choice)}")
        lines.append("")
    return "\n".join([*lines, *answers])


def quiz_card(lesson: str) -> Card:
    """Return the quiz of a lesson as a card. An unknown lesson lists those that have a quiz."""
    folder = course.current().notebooks / "quizzes"
    known = sorted(path.stem for path in folder.glob("*.yml"))
    if lesson not in known:
        raise LookupError(f"there is no quiz for {lesson!r}{files.nearest(lesson, known)}")
    items = read_quiz(folder / f"{lesson}.yml")
    return Card(as_html(lesson, items), as_text(items))
