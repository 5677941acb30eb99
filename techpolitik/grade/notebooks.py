"""The graded notebook, as formgrader shows it: outputs, what each check found, the rubric.

Formgrader turns markdown into a page without cleaning it. So only text of the course is shown as
markdown; whatever a student wrote or a student's code returned stands in a fenced block, where
nothing of it can act.
"""

import re
import textwrap

import nbformat

from techpolitik.lesson.exercises import WORDS

from . import solutions

WIDTH = 100
TITLES = {
    **WORDS,
    "untouched": "Not answered",
    "missing": "No answer found",
    "stopped": "Not reached",
    "waiting": "To be marked by a person",
    "unusable": "Not readable",
}


def graded(notebook, assignment: dict, outputs: dict, marks: dict, notes: list[str]):
    """Return a copy of a submission with its outputs, findings and rubrics.

    Parameters
    ----------
    notebook : NotebookNode
        As `submission.read` returns it.
    assignment : dict
        With its key.
    outputs : dict
        Those of each code cell, by its number.
    marks : dict
        By exercise.
    notes : list of str
        On the submission as a whole.

    """
    released = nbformat.read(assignment["release"], as_version=4)
    ours = {cell.source for cell in released.cells if cell.cell_type == "markdown"}
    number, cells = 0, []
    if notes:
        cells.append(note("about-this-submission", "**About this submission**", notes))
    for cell in notebook.cells:
        if cell.cell_type == "code":
            made = nbformat.v4.new_code_cell(cell.source, id=cell.id, metadata=cell.metadata)
            made.outputs = [nbformat.from_dict(item) for item in outputs.get(number, [])]
            number += 1
        else:
            text = cell.source if cell.source in ours else fenced(cell.source)
            made = nbformat.v4.new_markdown_cell(text, id=cell.id, metadata=cell.metadata)
        cells.append(made)
        if cell.id in marks:
            cells += findings(cell.id, marks[cell.id], assignment["rubrics"].get(cell.id))
    return nbformat.v4.new_notebook(cells=cells, metadata=notebook.metadata)


def findings(name: str, mark: dict, rubric: dict | None) -> list:
    """Return the cells below an answer: what the check found, and the rubric of an argument."""
    text = ["", *wrapped(mark["answer"])] if rubric and mark["answer"] else []
    cells = [note(f"{name}-found", f"**{TITLES[mark['status']]}**", [*mark["lines"], *text])]
    if rubric:
        table = solutions.rubric_table(rubric)
        cells.append(nbformat.v4.new_markdown_cell(table, id=f"{name}-rubric"))
    return cells


def note(name: str, title: str, lines: list[str]):
    """Return a markdown cell: a title of ours, and lines that may hold a student's words."""
    text = f"{title}\n\n{fenced(chr(10).join(lines))}" if lines else title
    return nbformat.v4.new_markdown_cell(text, id=name)


def wrapped(text: str) -> list[str]:
    """Break the lines of a text so that it can be read without scrolling sideways."""
    return [
        line for paragraph in text.splitlines() for line in textwrap.wrap(paragraph, WIDTH) or [""]
    ]


def fenced(text: str) -> str:
    """Return text as a fenced block that nothing inside can close."""
    longest = max(map(len, re.findall(r"~+", text)), default=0)
    fence = "~" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"
