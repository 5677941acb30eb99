"""The minutes that a lesson states, held against its cells.

The rule: 40 words a minute for prose that is read with thought beside code, 1.5 minutes for each
output to look at, 5 minutes for an exercise (with its prompt) or an exploration, 10 for the
forecasts of `predict`, half a minute each. A cell tagged `home` is for home, every other cell for
class. What stands before the part Read and after the part Argue is free: the head of the page, key
points, quiz, terms and links.
"""

import ast
import copy
import json
import re

import pytest
from conftest import LESSONS

from techpolitik.lesson.exercises.quizzes import read_quiz

WORDS_A_MINUTE, OUTPUT, TASK, PREDICTIONS = 40, 1.5, 5, 10
#: Totals may be off by this share, single parts also by a few minutes, as they are rounded to five.
OFF, ROUNDING = 0.15, 3
ORDINALS = ["first", "second", "third", "fourth", "fifth", "sixth"]
PARTS = ["Read", "Look", "Check", "Explore", "Do", "Argue"]
TIME = re.compile(r"\| \*\*Time\*\* \| (\d+) minutes in class, (\d+) at home: (.+?) \|")

#: The words that open a part for home, in italics: "*At home.*", "*Core, 3 points. At home.*".
SAYS = re.compile(r"(?<!\*)\*[^*\n]*\bAt home\b[^*\n]*\*(?!\*)")


def read(path):
    return json.loads(path.read_text("utf-8"))


def quiz_of(path) -> list[dict]:
    return read_quiz(path.parent / "quizzes" / f"{path.stem.partition('_')[2]}.yml")


def text_of(cell) -> str:
    return "".join(cell["source"])


def at_home(cell) -> bool:
    return "home" in cell["metadata"].get("tags", [])


def calls_of(code: str) -> set[str]:
    """Give the names of the functions that a cell calls."""
    nodes = [node.func for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)]
    return {node.id for node in nodes if isinstance(node, ast.Name)}


def minutes_of(cell) -> float:
    """Estimate the minutes that one cell takes, by the rule above."""
    if cell["cell_type"] == "markdown":
        prompt = cell["id"].endswith("-prompt")
        return 0 if prompt else len(text_of(cell).split()) / WORDS_A_MINUTE
    calls = calls_of(text_of(cell))
    if "predict" in calls:
        return PREDICTIONS
    if calls & {"check", "explore"}:
        return TASK
    shows = "print" in calls or isinstance(ast.parse(text_of(cell)).body[-1], ast.Expr)
    return OUTPUT if shows else 0


def minutes(notebook) -> dict[str, list[float]]:
    """Give for each part the minutes in class and at home."""
    spent = {part: [0.0, 0.0] for part in PARTS}
    part = None
    for cell in notebook["cells"]:
        heading = re.search(r"^## (.+)$", text_of(cell), re.MULTILINE)
        if cell["cell_type"] == "markdown" and heading:
            part = heading[1]
        if part in spent:
            spent[part][at_home(cell)] += minutes_of(cell)
    return spent


def head(notebook) -> str:
    return "\n".join(text_of(cell) for cell in notebook["cells"][:3])


def mistimed(notebook) -> list[str]:
    """List what the header of a lesson says otherwise than its cells."""
    stated = TIME.search(head(notebook))
    if not stated:
        return ["the header does not say: N minutes in class, M at home: read ..."]
    spent = minutes(notebook)
    problems = []
    for place, name in enumerate(("in class", "at home")):
        said, found = int(stated[place + 1]), sum(both[place] for both in spent.values())
        if abs(said - found) > OFF * said:
            problems.append(f"the header says {said} minutes {name}, the cells give {found:.0f}")
    for names, number in re.findall(r"([a-z ]+?) (\d+)", stated[3]):
        parts = [name.strip().capitalize() for name in names.split(" and ")]
        found = sum(spent[part][0] for part in parts)
        if abs(int(number) - found) > max(OFF * int(number), ROUNDING):
            problems.append(f"{names.strip()}: {number} minutes, the cells give {found:.0f}")
    return problems


def unmarked(notebook) -> list[str]:
    """List runs of cells for home that do not say so in words, and words without the tag."""
    problems, before = [], False
    for cell in notebook["cells"]:
        says = cell["cell_type"] == "markdown" and SAYS.search(text_of(cell))
        if at_home(cell) and not before and not says:
            problems.append(f"{cell['id']} is for home and does not say so")
        if says and not at_home(cell):
            problems.append(f"{cell['id']} says at home and lacks the tag home")
        before = at_home(cell)
    return problems


def names(cell, context) -> set[str]:
    """Give the names that a cell of code reads (ast.Load) or makes (ast.Store)."""
    nodes = list(ast.walk(ast.parse(text_of(cell))))
    found = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, context)}
    made = {n.name for n in nodes if isinstance(n, ast.FunctionDef)}
    given = {n.arg for n in nodes if isinstance(n, ast.arg)}
    return found | made if context is ast.Store else found - given


def torn(notebook) -> list[str]:
    """List names that a class would miss if it leaves out the cells for home."""
    known, skipped, problems = set(), set(), []
    for cell in (cell for cell in notebook["cells"] if cell["cell_type"] == "code"):
        if at_home(cell):
            skipped |= names(cell, ast.Store)
            continue
        missing = names(cell, ast.Load) & skipped - known - names(cell, ast.Store)
        problems += [f"{cell['id']} needs {name}, made at home" for name in sorted(missing)]
        known |= names(cell, ast.Store)
    return problems


def unannounced(notebook, quiz) -> list[str]:
    """List questions on a table or claim that no class sees, unless the quiz says so."""
    shown = [cell for cell in notebook["cells"] if not at_home(cell) and cell["id"] != "header"]
    seen = "\n".join(map(text_of, shown))
    intro = next(text_of(cell) for cell in notebook["cells"] if cell["id"] == "quiz-text")
    asked = zip(ORDINALS, (question["refers_to"] for question in quiz), strict=False)
    return [number for number, name in asked if name not in seen and number not in intro]


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_class_can_leave_out_what_is_for_home(path):
    assert any(map(at_home, read(path)["cells"])) and torn(read(path)) == []


def test_a_class_that_misses_a_name_is_found():
    made = {"cell_type": "code", "id": "made", "metadata": {"tags": ["home"]}, "source": "a = 1"}
    used = {"cell_type": "code", "id": "used", "metadata": {}, "source": "print(a)"}
    assert torn({"cells": [made, used]}) == ["used needs a, made at home"]
    assert torn({"cells": [made | {"metadata": {}}, used]}) == []


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_takes_the_time_it_states(path):
    assert mistimed(read(path)) + unmarked(read(path)) == []


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_part_too_long_and_a_part_unmarked_are_found(path):
    lesson = read(path)
    longer = copy.deepcopy(lesson)
    place = next(i for i, cell in enumerate(longer["cells"]) if cell["id"].startswith("check"))
    words = {"cell_type": "markdown", "id": "planted", "metadata": {}, "source": ["word "] * 1200}
    longer["cells"].insert(place + 1, words)
    assert any("in class, the cells give" in problem for problem in mistimed(longer))
    assert any("check: " in problem for problem in mistimed(longer))
    untagged = copy.deepcopy(lesson)
    first = next(cell for cell in untagged["cells"] if at_home(cell))
    first["metadata"]["tags"].remove("home")
    assert unmarked(untagged)


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_the_quiz_says_which_questions_are_on_parts_for_home(path):
    assert unannounced(read(path), quiz_of(path)) == []


def test_a_question_on_a_part_for_home_is_found():
    path = next(path for path in LESSONS if path.stem == "03_digital_silk_road")
    notebook = read(path)
    for cell in notebook["cells"]:
        if cell["id"] == "quiz-text":
            cell["source"] = "Open the answer you believe in."
    assert unannounced(notebook, quiz_of(path)) == ["fourth", "fifth"]
