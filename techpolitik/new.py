"""Begin a lesson: `techpolitik new lesson NAME` writes one that runs, and says what to do next.

The files in `skeleton/` are the anatomy of a lesson with gaps. They are filled from the course's
own tables, excerpts and claims, so that the new lesson builds, checks, seals and grades at once;
its author replaces sentence by sentence.
"""

import json
import re
from pathlib import Path
from string import Template

import nbformat

from techpolitik import course, files
from techpolitik.files import FileError, one_line
from techpolitik.lesson import datasets, seeds
from techpolitik.lesson.exercises import sealing

SKELETON = files.PACKAGE / "skeleton"
NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
CELL = re.compile(r"^%% (markdown|code) (\S+)(?: (\{.*\}))?\n", re.MULTILINE)
#: Minutes of each section, as the rule for class time counts the skeleton.
SECTIONS = {"read": 5, "look": 10, "check": 10, "explore": 10, "do": 10, "argue": 5}


def lesson(name: str, title: str | None = None, table: str | None = None) -> list[Path]:
    """Write the files of a new lesson, enter it into course.yml and _toc.yml, and seal its answer.

    Parameters
    ----------
    name
        The id of the lesson: small letters, digits, words joined by `_`.
    title
        What the lesson is called; made from the name by default.
    table
        The table it looks at, by default the first one with a column of text and one of numbers.

    Returns
    -------
    list of Path
        What was written, in the order in which an author meets it.

    Raises
    ------
    FileError
        If the name does not fit or is taken, the lessons of the course have other sections, or it
        has nothing for a lesson to look at.

    """
    here = course.current()
    if not NAME.fullmatch(name):
        raise FileError(
            f"{name!r} cannot be the id of a lesson: use small letters and digits, words joined by "
            "an underscore, such as sea_cables"
        )
    if name in here.lessons:
        raise FileError(f"{here.root / course.FILE}: there is a lesson {name!r} already")
    sections = [section.lower() for part in here.parts.values() for section in part["sections"]]
    if sections != list(SECTIONS):
        raise FileError(
            f"{here.root / course.FILE}: the lessons of this course have the sections "
            f"{', '.join(sections)}; the skeleton has {', '.join(SECTIONS)}: copy a lesson of the "
            "course instead"
        )
    number = len(here.lessons)
    title = title or name.replace("_", " ").capitalize()
    words = gaps(name, number, title, table)
    targets = {
        "exercises.yml": here.notebooks / "exercises" / f"{name}.yml",
        "quiz.yml": here.notebooks / "quizzes" / f"{name}.yml",
        "numbers.yml": here.notebooks / "numbers" / f"{name}.yml",
        "solutions.txt": here.root / "instructor" / "exercises" / f"{name}.py",
        "rubric.yml": here.root / "instructor" / "rubrics" / f"{name}.yml",
    }
    notebook = here.notebooks / f"{number:02}_{name}.ipynb"
    for path in [notebook, *targets.values()]:
        if path.exists():
            raise FileError(f"{files.place(path)} exists already: choose another name, or move it")
    write(notebook, cells_as_notebook(filled("lesson.md", words)))
    for part, path in targets.items():
        write(path, filled(part, words))
    enter(here.root, name, notebook, title, number)
    checks = sealing.checks_path()
    checks.write_text(sealing.as_file(sealing.seal()), "utf-8")
    return [notebook, *targets.values(), checks]


def gaps(name: str, number: int, title: str, table: str | None) -> dict[str, str]:
    """Return what fills the gaps of the skeleton, by the names that stand there."""
    entry, label, value = columns(table)
    unit = value.get("unit", value["name"])
    excerpt = first(seeds.excerpts(), "excerpt")
    prefix = name.replace("_", "-")
    measure = value["name"].replace("_", " ")
    rows = len(datasets.load(entry["name"]))
    return {
        "lesson": name,
        "number": str(number),
        "title": title,
        "plural": entry["title"].lower(),
        "minutes": str(sum(SECTIONS.values())),
        "parts": ", ".join(f"{section} {minutes}" for section, minutes in SECTIONS.items()),
        "table": entry["name"],
        "row": entry["techpolitik"]["row"],
        "rows": str(min(rows, 20)),
        "label": label["name"],
        "value": value["name"],
        "measure": measure,
        "unit": json.dumps(unit),
        "excerpt": one_line(excerpt["text"]),
        "credit": excerpt["speaker"],
        "question": one_line(excerpt["question"]),
        "claim": first(seeds.claims(), "claim")["id"],
        "exercise": f"{prefix}-sum",
        "answer": f"{name}_sum",
        "prompt": f"Add up the column `{value['name']}` of `{entry['name']}` and put the number "
        f"into `{name}_sum`.",
        "argument": f"{prefix}-paragraph",
        "paragraph": f"{name}_paragraph",
        "argue": f"In 80 to 120 words, say whom the table `{entry['name']}` serves and whom it "
        f"leaves out. Cite at least one figure with its unit. Keep the text in `{name}_paragraph`.",
    }


def columns(table: str | None) -> tuple[dict, dict, dict]:
    """Return a table's description with its first columns of text and of numbers."""
    for entry in datasets.package()["resources"]:
        fields = entry.get("schema", {}).get("fields", [])
        labels = [one for one in fields if one["type"] == "string"]
        values = [one for one in fields if one["type"] in ("integer", "number")]
        if entry["name"] == (table or entry["name"]) and labels and values:
            return entry, labels[0], values[-1]
    if table:
        datasets.resource(table)  # says if there is none of this name
        raise FileError(f"table {table!r} has no column of text with one of numbers beside it")
    raise FileError("no table has a column of text with one of numbers beside it: add one to data/")


def first(entries: dict, kind: str) -> dict:
    """Return the first entry; `FileError` if there is none."""
    if not entries:
        raise FileError(f"{course.current().seeds} holds no {kind}: a lesson begins with one")
    return next(iter(entries.values()))


def filled(part: str, words: dict[str, str]) -> str:
    """Return a file of the skeleton with its gaps filled."""
    return Template((SKELETON / part).read_text("utf-8")).substitute(words)


def cells_as_notebook(text: str) -> str:
    """Return a notebook as it stands in a file, from cells that `%% kind id` heads."""
    parts = CELL.split(text)[1:]
    notebook = nbformat.v4.new_notebook(
        metadata={
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    for kind, name, metadata, source in zip(*[iter(parts)] * 4, strict=True):
        make = nbformat.v4.new_markdown_cell if kind == "markdown" else nbformat.v4.new_code_cell
        notebook.cells.append(make(source.strip(), id=name, metadata=json.loads(metadata or "{}")))
    nbformat.validate(notebook)
    return nbformat.writes(notebook, indent=1) + "\n"


def write(path: Path, text: str) -> None:
    """Write a file; its folder is made if it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def enter(root: Path, name: str, notebook: Path, title: str, number: int) -> None:
    """Add a lesson to course.yml, and to _toc.yml behind the last lesson there."""
    settings = root / course.FILE
    file = notebook.relative_to(root).as_posix()
    entry = f"  - {{id: {name}, file: {file}, title: {json.dumps(title)}}}\n"
    settings.write_text(after_last(settings, r"  - \{id: .*\n", entry), "utf-8")
    contents = root / "_toc.yml"
    entry = f'      - file: {file.removesuffix(".ipynb")}\n        title: "{number} · {title}"\n'
    pattern = r"      - file: notebooks/.*\n(?:        title: .*\n)?"
    contents.write_text(after_last(contents, pattern, entry), "utf-8")


def after_last(path: Path, pattern: str, entry: str) -> str:
    """Return the text of a file with an entry added behind the last match of a pattern."""
    text = path.read_text("utf-8")
    matches = list(re.finditer(pattern, text))
    if not matches:
        raise FileError(
            f"{path.name}: no lesson stands there in the form of the others: add {entry.strip()!r}"
        )
    end = matches[-1].end()
    return text[:end] + entry + text[end:]
