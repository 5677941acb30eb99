"""Turn what a student submitted into a notebook that can be graded, or say why it cannot.

Nothing is executed and nothing of the student's metadata or outputs is kept: a new notebook is made
from the text of the cells, and the marks of nbgrader come from the release. So it does not matter
whether a course system, an editor or a student has removed or forged them.
"""

import json
import os
import re
import stat
from collections import Counter
from copy import deepcopy
from functools import lru_cache
from pathlib import Path

import nbformat

from techpolitik import files
from techpolitik.lesson import exercises
from techpolitik.lesson.exercises.answers import counted
from techpolitik.lesson.exercises.charts import as_dict, as_list

from .course_dir import CourseError

MOST_BYTES = 25_000_000
MOST_CELLS = 2_000
MOST_TEXT = 2_000_000  # characters in all cells together

ASK_AGAIN = (
    "Ask the student for the notebook itself: in JupyterLab, File, Save Notebook, then File, "
    "Download."
)
# How other kinds of file begin.
OTHER_KINDS = [
    (b"%PDF", "a PDF"),
    (b"{\\rtf", "a text document (RTF)"),
    (b"\xd0\xcf\x11\xe0", "an old Word or Office document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"\x1f\x8b", "an archive (gzip)"),
    (b"Rar!", "an archive (RAR)"),
    (b"7z\xbc\xaf", "an archive (7z)"),
]
CELL_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
# How a notebook begins in other encodings, with or without a byte-order mark.
ENCODINGS = [
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"{\0", "utf-16-le"),
    (b"\0{", "utf-16-be"),
]
# "check(" with the id of an exercise, as an answer cell has it.
CHECKED = re.compile(r"""\bcheck\(\s*["']([a-z0-9-]+)["']""")


class Unusable(ValueError):
    """A file cannot be graded; the message says what is wrong and what the teacher can do."""


class WrongLesson(Unusable):
    """A notebook is one of this course, but of another lesson."""


def read(path: Path, assignment: dict) -> tuple[nbformat.NotebookNode, list[str]]:
    """Read one file that was submitted; nothing of it is executed.

    Parameters
    ----------
    path : Path
        The file.
    assignment : dict
        As `course_dir.assignment` returns it.

    Returns
    -------
    NotebookNode, list of str
        The notebook, in format 4.5 and without outputs, with nbgrader's marks as they were
        released; every exercise has exactly one answer cell, whose id is that of the exercise.
        And repairs, each a sentence.

    Raises
    ------
    Unusable
        If the file cannot be graded.
    CourseError
        If the release does not fit the assignment.

    """
    return check(content(path), assignment)


def content(path: Path) -> bytes:
    """Return the bytes of a regular file that is not too large; no link is followed."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        handle = os.open(path, flags | getattr(os, "O_BINARY", 0))
    except OSError as error:
        raise Unusable(
            f"The file cannot be opened ({error.strerror or error}). Is it yours to read? If it is "
            "a link, ask the student for the file itself."
        ) from error
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise Unusable("This is not a file but a folder, a device or a pipe. " + ASK_AGAIN)
        with os.fdopen(handle, "rb", closefd=False) as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise Unusable(f"The file cannot be read ({error.strerror or error}).") from error
    finally:
        os.close(handle)


def check(data: bytes, assignment: dict) -> tuple[nbformat.NotebookNode, list[str]]:
    """Do what `read` does for the bytes of a file; whatever they are, they stop no other file."""
    try:
        return checked(data, assignment)
    except (Unusable, CourseError):
        raise
    except Exception as error:
        raise Unusable(
            f"Reading the file failed with {type(error).__name__}. Look at it by hand, and tell "
            f"the makers of the course. {ASK_AGAIN}"
        ) from error


def checked(data: bytes, assignment: dict) -> tuple[nbformat.NotebookNode, list[str]]:
    """Do what `check` does for files of which something is known."""
    refuse_other_kinds(data)
    text, notes = decoded(data)
    cells, more = plain_cells(parsed(text))
    notes += more
    release = assignment["release"]
    released = released_notebook(release, release.stat().st_mtime_ns)
    known = marks(released)
    if not set(assignment["exercises"]) <= set(known):
        raise CourseError(
            f"{release} is older than the assignment's description: release the lesson again."
        )
    marked, more = marked_cells(cells, known, assignment)
    return rebuilt(marked, released), notes + more


# ---------------------------------------------------------------------------- bytes to cells


def refuse_other_kinds(data: bytes) -> None:
    """Raise `Unusable` for an empty or huge file and for one of another kind."""
    if len(data) > MOST_BYTES:
        raise Unusable(
            f"The file is larger than {MOST_BYTES // 1_000_000} MB. Ask the student to clear the "
            "outputs (Edit, Clear Outputs of All Cells) and submit it again."
        )
    if not data.strip(b" \t\r\n\0\xef\xbb\xbf"):
        raise Unusable("The file is empty: the upload or the save has failed. " + ASK_AGAIN)
    start = data.lstrip(b" \t\r\n\xef\xbb\xbf")
    for begin, kind in OTHER_KINDS:
        if start.startswith(begin):
            raise Unusable(f"The file is {kind}, whatever its name says. {ASK_AGAIN}")
    if start.startswith(b"PK\x03\x04"):
        word = b"word/" in data
        kind = "a Word document" if word else "an archive (zip)"
        hint = "" if word else " If the notebook is inside, unpack it and collect again."
        raise Unusable(f"The file is {kind}, whatever its name says.{hint} {ASK_AGAIN}")
    if start.startswith(b"<") and not start.startswith(b"<<<<<<<"):
        raise Unusable(
            "The file is a web page (HTML): an export of the notebook, or a page that was saved in "
            f"its place. {ASK_AGAIN}"
        )


def decoded(data: bytes) -> tuple[str, list[str]]:
    """Return the text of a file, with a note if it is not plain UTF-8."""
    if data.startswith(b"\xef\xbb\xbf"):
        note = "The file began with a byte-order mark; it was removed."
        return data[3:].decode("utf-8", "replace"), [note]
    for begin, encoding in ENCODINGS:
        if data.startswith(begin):
            note = f"The file was in the encoding {encoding.upper()}; it is now UTF-8."
            return data.decode(encoding, "replace"), [note]
    try:
        return data.decode("utf-8"), []
    except UnicodeDecodeError:
        note = (
            "The file was not in UTF-8 and was read as Windows-1252: letters with accents may be "
            "wrong."
        )
        return data.decode("cp1252", "replace"), [note]


def parsed(text: str) -> dict:
    """Return the content of a notebook file as it stands in JSON."""
    try:
        notebook = json.loads(text)
    except RecursionError as error:
        raise Unusable(f"The file nests thousands of levels deep. {ASK_AGAIN}") from error
    except json.JSONDecodeError as error:
        raise Unusable(f"{broken(text, error)} {ASK_AGAIN}") from error
    except ValueError as error:
        raise Unusable(f"The file holds a number of thousands of digits. {ASK_AGAIN}") from error
    if not isinstance(notebook, dict):
        raise Unusable(f"The file is valid JSON, but not a notebook. {ASK_AGAIN}")
    version = notebook.get("nbformat")
    if version == 3 and isinstance(notebook.get("worksheets"), list):
        return notebook
    if isinstance(version, int) and version > 4:
        raise Unusable(
            f"The notebook has format {version}; formats 3 and 4 can be read. {ASK_AGAIN}"
        )
    if not isinstance(notebook.get("cells"), list):
        raise Unusable(f"The file is valid JSON, but holds no cells of a notebook. {ASK_AGAIN}")
    return notebook


def broken(text: str, error: json.JSONDecodeError) -> str:
    """Say why a text is not valid JSON."""
    if re.search(r"^(<<<<<<<|>>>>>>>) ", text, re.MULTILINE):
        return "Git has left both versions of a conflict in the file."
    if not text.lstrip().startswith("{"):
        return "The file is plain text, perhaps a Python script, and not a notebook."
    # A text that breaks off is fine up to its end; inside a string the error stands at its start.
    if error.pos >= len(text.rstrip()) - 6 or error.msg.startswith("Unterminated string"):
        return f"The file breaks off at line {error.lineno}: it was not saved or uploaded whole."
    return f"The file is damaged at line {error.lineno}, column {error.colno} ({error.msg})."


def plain_cells(notebook: dict) -> tuple[list[dict], list[str]]:
    """Return the cells as dicts of id, kind, text and grade_id, with notes on repairs."""
    notes, cells, unreadable = [], [], 0
    if notebook.get("nbformat") == 3:
        sheets = [sheet for sheet in notebook["worksheets"] if isinstance(sheet, dict)]
        found = [cell for sheet in sheets for cell in as_list(sheet.get("cells"))]
        notes.append("The notebook was in the old format 3; it was brought to format 4.")
    else:
        found = notebook["cells"]
    if len(found) > MOST_CELLS:
        raise Unusable(f"The notebook has {len(found):,} cells, at most {MOST_CELLS:,} are read.")
    for cell in found:
        plain = plain_cell(cell)
        unreadable += plain is None
        cells += [plain] if plain else []
    if unreadable:
        notes.append(f"{counted(unreadable, 'cell')} could not be read and was left out.")
    if sum(len(cell["text"]) for cell in cells) > MOST_TEXT:
        raise Unusable(f"The cells hold more than {MOST_TEXT:,} characters. {ASK_AGAIN}")
    ids = Counter(cell["id"] for cell in cells if cell["id"])
    if any(number > 1 for number in ids.values()):
        notes.append("Several cells had the same id; they were given ids of their own.")
    if any("\ufffd" in cell["text"] for cell in cells):
        notes.append("Some characters could not be read; each is shown as \ufffd.")
    return cells, notes


def plain_cell(cell) -> dict | None:
    """Return one cell of any format as plain data, or None if it is not a cell."""
    if not isinstance(cell, dict):
        return None
    kind = cell.get("cell_type")
    text = cell.get("source", cell.get("input", ""))
    if isinstance(text, list) and all(isinstance(line, str) for line in text):
        text = "".join(text)
    if kind == "heading":  # of format 3
        kind = "markdown"
        level = cell.get("level")
        text = f"{'#' * (level if level in range(1, 7) else 1)} {text}"
    if kind not in ("code", "markdown", "raw") or not isinstance(text, str):
        return None
    marks = as_dict(as_dict(cell.get("metadata")).get("nbgrader"))
    return {
        "id": as_text(cell.get("id")),
        "kind": kind,
        # Half of a surrogate pair is not a character, and no file can hold it.
        "text": text.encode("utf-8", "replace").decode("utf-8"),
        "grade_id": as_text(marks.get("grade_id")),
    }


def as_text(value) -> str:
    """Return a text as it is, and anything else as an empty one."""
    return value if isinstance(value, str) else ""


# ---------------------------------------------------------------------------- marks of nbgrader


@lru_cache(maxsize=8)
def released_notebook(path: Path, _changed: int) -> nbformat.NotebookNode:
    """Return the notebook that students were given; read once until the file changes."""
    return nbformat.read(path, as_version=4)


def marks(released: nbformat.NotebookNode) -> dict[str, nbformat.NotebookNode]:
    """Return the cells that nbgrader knows by their grade_id, in order."""
    marked = [cell for cell in released.cells if "nbgrader" in cell.metadata]
    return {cell.metadata.nbgrader.grade_id: cell for cell in marked}


def marked_cells(
    cells: list[dict], released: dict, assignment: dict
) -> tuple[list[dict], list[str]]:
    """Find answer cells and questions again, restore what is locked, add what is missing.

    Returns the cells in order, each with `name`: its grade_id, or "" for other cells; and notes.
    """
    answers = {name: answer_places(cells, name, released) for name in assignment["exercises"]}
    refuse_other_lesson(cells, answers, assignment)
    notes, names = [], {}
    for name, places in answers.items():
        if places:
            names[chosen(cells, places, released[name])] = name
        if len(places) > 1:
            notes.append(
                f"{name}: {len(places)} cells answer it. The last that was changed counts as the "
                "answer cell; the others are kept as they are."
            )
    for name in released:
        place = None if name in answers else question_place(cells, name, released[name])
        if place is not None:
            names.setdefault(place, name)
    found = [{**cell, "name": names.get(place, "")} for place, cell in enumerate(cells)]
    if not any(cell["grade_id"] for cell in cells):
        notes.append("The marks of nbgrader were gone from all cells; they were put back.")
    return found, notes + restored(found, released) + put_back(found, released)


def answer_places(cells: list[dict], name: str, released: dict) -> list[int]:
    """Return the places of the cells that answer an exercise, by the surest sign there is."""
    variable = released[name].source.split(" = ")[0]
    assigned = re.compile(rf"^{re.escape(variable)}\s*=(?!=)", re.MULTILINE)
    signs = [
        lambda cell: cell["kind"] == "code" and name in CHECKED.findall(cell["text"]),
        lambda cell: name in (cell["grade_id"], cell["id"]),
        lambda cell: cell["kind"] == "code" and assigned.search(cell["text"]),
    ]
    for sign in signs:
        places = [place for place, cell in enumerate(cells) if sign(cell)]
        if places:
            return places
    return []


def chosen(cells: list[dict], places: list[int], released) -> int:
    """Return the place of the answer: of cells that were changed the last, else the first."""
    stub = files.one_line(released.source)
    changed = [place for place in places if files.one_line(cells[place]["text"]) != stub]
    return changed[-1] if changed else places[0]


def refuse_other_lesson(cells: list[dict], answers: dict, assignment: dict) -> None:
    """Raise `Unusable` if a notebook answers nothing of this assignment."""
    known = exercises.exercises()
    signs = {sign for cell in cells for sign in (cell["id"], cell["grade_id"])}
    signs |= {name for cell in cells for name in CHECKED.findall(cell["text"])}
    ours = [name for name in assignment["exercises"] if name in signs]
    lessons = Counter(known[sign]["lesson"] for sign in signs if sign in known)
    lessons.pop(assignment["lesson"], None)
    if ours or (any(answers.values()) and not lessons):
        return
    if lessons:
        lesson, _ = lessons.most_common(1)[0]
        raise WrongLesson(
            f"This is the notebook of the lesson {lesson!r}; the assignment {assignment['name']!r} "
            f"is on {assignment['lesson']!r}. Collect it for that assignment, or ask for the right "
            "one."
        )
    raise Unusable(
        f"The notebook has no answer cell of the assignment {assignment['name']!r} (none with "
        f'check("{assignment["exercises"][0]}", ...) or the like). Ask the student for the '
        "notebook of the assignment, with the cells it came with."
    )


def question_place(cells: list[dict], name: str, released) -> int | None:
    """Return the place of a question: by its mark or id, else by its text."""
    text = files.one_line(released.source)
    for sign in (
        lambda cell: name in (cell["grade_id"], cell["id"]),
        lambda cell: cell["kind"] == "markdown" and files.one_line(cell["text"]) == text,
    ):
        for place, cell in enumerate(cells):
            if sign(cell):
                return place
    return None


def restored(found: list[dict], released: dict) -> list[str]:
    """Give locked cells their text and answer cells their kind back; say which."""
    notes = []
    for cell in found:
        original = released.get(cell["name"])
        if original is None:
            continue
        locked = original.metadata.nbgrader.locked
        if locked and files.one_line(cell["text"]) != files.one_line(original.source):
            notes.append(f"{cell['name']}: the text of the question was changed; it was restored.")
        if cell["kind"] != original.cell_type:
            notes.append(
                f"{cell['name']}: the cell had become a {cell['kind']} cell; it is a "
                f"{original.cell_type} cell again."
            )
        cell["kind"] = original.cell_type
        cell["text"] = original.source if locked else cell["text"]
    return notes


def put_back(found: list[dict], released: dict) -> list[str]:
    """Insert cells of the release that are missing, each after the one it followed there."""
    notes, here, place = [], {cell["name"] for cell in found}, len(found)
    order = list(released)
    for name in reversed(order):
        if name in here:
            place = next(at for at, cell in enumerate(found) if cell["name"] == name)
            continue
        original = released[name]
        follows = order[order.index(name) - 1] if name != order[0] else ""
        if follows in here and not original.metadata.nbgrader.locked:
            place = next(at for at, cell in enumerate(found) if cell["name"] == follows) + 1
        cell = {"id": name, "kind": original.cell_type, "text": original.source, "name": name}
        found.insert(place, cell)
        what = "question" if original.metadata.nbgrader.locked else "answer cell"
        notes.insert(0, f"{name}: the {what} was missing; it was put back as it was released.")
    return notes


def rebuilt(cells: list[dict], released: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Make a notebook of format 4.5 from plain cells, with the metadata of the release."""
    original, used, made = marks(released), set(marks(released)), []
    for number, cell in enumerate(cells):
        # No id of a student's begins like those given here, so that none can be there twice.
        own = CELL_ID.fullmatch(cell["id"]) and cell["id"] not in used
        own = own and not cell["id"].startswith("given-")
        name = cell["name"] or (cell["id"] if own else f"given-{number}")
        used.add(name)
        metadata = deepcopy(original[name].metadata) if cell["name"] else {}
        plain = {"id": name, "cell_type": cell["kind"], "metadata": metadata}
        plain["source"] = cell["text"]
        plain |= {"outputs": [], "execution_count": None} if cell["kind"] == "code" else {}
        made.append(nbformat.from_dict(plain))
    notebook = nbformat.from_dict({"nbformat": 4, "nbformat_minor": 5, "cells": made})
    notebook["metadata"] = deepcopy(released.metadata)
    nbformat.validate(notebook)
    return notebook
