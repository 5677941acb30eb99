"""Quizzes: questions whose choices open to show feedback, without script.

Each choice is a native `<details>`; those of one question share a `name`, so a browser keeps one
open at a time. It works with keyboard and screen reader, in JupyterLab and in the built page.
"""

from html import escape
from pathlib import Path
from string import ascii_lowercase

from ..cards import Card
from .contract import ContractError, home, load_yaml, marked_up

ITEM_KEYS = {"question", "refers_to", "choices"}
CHOICE_KEYS = {"text", "feedback", "right"}


def read_quiz(path: Path) -> list[dict]:
    """Read and check a quiz file; the error names file, question, choice and what to mend."""
    items = load_yaml(path)
    if not isinstance(items, list) or not 3 <= len(items) <= 5:
        raise ContractError(f"{path.name}: expected a list of 3 to 5 questions")
    found = [line for n, item in enumerate(items, 1) for line in item_problems(n, item)]
    if found:
        raise ContractError(f"{path.name}:\n  " + "\n  ".join(found))
    return items


def item_problems(number: int, item: dict) -> list[str]:
    """Return what is wrong with one question."""
    place = f"question {number}"
    if not isinstance(item, dict) or set(item) != ITEM_KEYS:
        got = sorted(item) if isinstance(item, dict) else item
        return [f"{place}: expected the fields {', '.join(sorted(ITEM_KEYS))}, got {got}"]
    choices, found = item["choices"], []
    if not isinstance(choices, list) or not 2 <= len(choices) <= 5:
        return [f"{place}: expected 2 to 5 choices"]
    for letter, choice in zip(ascii_lowercase, choices, strict=False):
        if not isinstance(choice, dict) or not {"text", "feedback"} <= set(choice) <= CHOICE_KEYS:
            return [f"{place}, choice {letter}: expected text, feedback and, once, right: true"]
        if not str(choice["feedback"] or "").strip():
            found.append(f"{place}, choice {letter}: the feedback is empty")
        if choice.get("right") not in (None, True):
            found.append(f"{place}, choice {letter}: right is {choice['right']!r}; leave it out")
    right = sum(choice.get("right") is True for choice in choices)
    if right != 1:
        found.append(f"{place}: {right} choices are marked right: true; expected exactly one")
    texts = [str(choice["text"]).casefold() for choice in choices]
    if len(set(texts)) < len(texts):
        found.append(f"{place}: two choices have the same text")
    return found


def feedback(choice: dict) -> str:
    """Return the feedback of a choice with its verdict as first words."""
    verdict = "Right." if choice.get("right") else "Not this one."
    return f"{verdict} {' '.join(str(choice['feedback']).split())}"


def as_html(lesson: str, items: list[dict]) -> str:
    """Render a quiz as HTML without script, style or headings."""
    parts = ['<div class="tp-quiz" role="group" aria-label="Quiz">']
    for number, item in enumerate(items, 1):
        label = f"Question {number} of {len(items)}"
        parts.append(f'<div class="tp-quiz-question" role="group" aria-label="{label}">')
        prompt = marked_up(" ".join(item["question"].split()))
        parts.append(f'<p class="tp-quiz-prompt">{number}. {prompt}</p>')
        for letter, choice in zip(ascii_lowercase, item["choices"], strict=False):
            kind = "tp-quiz-right" if choice.get("right") else "tp-quiz-other"
            parts.append(
                f'<details class="tp-quiz-choice {kind}" name="quiz-{escape(lesson)}-{number}">'
                f"<summary>{letter}. {marked_up(str(choice['text']))}</summary>"
                f"<p>{marked_up(feedback(choice))}</p></details>"
            )
        parts.append("</div>")
    return "\n".join([*parts, "</div>"])


def as_text(items: list[dict]) -> str:
    """Render a quiz as plain text: questions and choices first, answers at the end."""
    lines, answers = [], ["Answers"]
    for number, item in enumerate(items, 1):
        lines.append(f"{number}. {' '.join(item['question'].split())}")
        for letter, choice in zip(ascii_lowercase, item["choices"], strict=False):
            lines.append(f"   {letter}. {choice['text']}")
            if choice.get("right"):
                answers.append(f"{number}. {letter}. {feedback(choice)}")
        lines.append("")
    return "\n".join([*lines, *answers])


def quiz_card(lesson: str, folder: Path | None = None) -> Card:
    """Return the quiz of a lesson as a card. An unknown lesson lists those that have a quiz."""
    folder = folder or home() / "notebooks" / "quizzes"
    known = sorted(path.stem for path in folder.glob("*.yml"))
    if lesson not in known:
        raise LookupError(f"no quiz for lesson {lesson!r}; there are: {', '.join(known) or 'none'}")
    items = read_quiz(folder / f"{lesson}.yml")
    return Card(as_html(lesson, items), as_text(items))
