"""The lessons of the book: what their headers say, and where in them things are used.

Read from the notebooks themselves, so that the syllabus, the plans and the cards of sources and
tables say what the lessons say. While Sphinx reads a lesson, each code cell gets the id
`cell-NAME` (NAME is the id in the notebook) and each quotation `quote-EXCERPT`; both are labels
too, see `label`, so that generated pages can link to the place.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from docutils import nodes
from sphinx import addnodes

from techpolitik import course, files
from techpolitik.files import FileError, one_line, place
from techpolitik.lesson import seeds
from techpolitik.lesson.exercises import exercises

TITLE = re.compile(r"# (\d+)\. (.+?): (.+\?)")
HEADER_ROW = re.compile(r"^\| \*\*(.+?)\*\* \| (.+) \|$", re.MULTILINE)
TIME = re.compile(r"(\d+) minutes(?: in class, (\d+) at home)?: ")
SECTION = re.compile(r"^## (.+?)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
MINUTES = re.compile(r"([a-z][a-z ]*) (\d+)")
# What a cell shows: a claim, an exercise, a table or the card of one.
CALL = re.compile(r'\b(claim|check|load|about)\("([\w-]+)"')
KINDS = {"claim": "claim", "check": "exercise", "load": "table", "about": "table"}


@dataclass(frozen=True)
class Lesson:
    """What the header of a lesson says, with its exercises and the places of what it uses."""

    id: str
    docname: str
    path: Path
    number: int
    name: str
    question: str
    intro: str
    #: Minutes in class of each part of `course.yml`, in their order.
    parts: dict[str, int]
    #: Minutes at home, where the lesson states them.
    home: int | None
    objectives: tuple[str, ...]
    needs: str
    tables: tuple[str, ...]
    articles: str
    #: How many quotations each part holds.
    excerpts: dict[str, int]
    exercises: tuple[dict, ...]
    #: {(kind, name): id on the lesson's page}; kind is claim, exercise, table or excerpt.
    places: dict[tuple[str, str], str]

    @property
    def minutes(self) -> int:
        """The minutes of all parts together."""
        return sum(self.parts.values())

    @property
    def title(self) -> str:
        """How the lesson is called in a list: "1. Rare earths"."""
        return f"{self.number}. {self.name}"

    @property
    def called(self) -> str:
        """How the lesson is called in running text: "lesson 1 (Rare earths)"."""
        return f"lesson {self.number} ({self.name})"


def setup(app):
    """Mark the places of each lesson when Sphinx reads it."""
    app.connect("doctree-read", mark_places)


def in_book(env) -> list[Lesson]:
    """Return the lessons that the book's table of contents names, in the order of the course."""
    pages = (lesson["file"].removesuffix(".ipynb") for lesson in course.current().lessons.values())
    return [read(Path(env.doc2path(page)), page) for page in pages if page in env.found_docs]


@files.cached
def read(path: Path, docname: str) -> Lesson:
    """Read one lesson; `FileError` says what its header lacks."""
    notebook = files.read_json(path)
    cells = [
        (cell.get("id", ""), cell["cell_type"], "".join(cell["source"]))
        for cell in notebook["cells"]
    ]
    prose = "\n\n".join(text for _, kind, text in cells if kind == "markdown")
    header = dict(HEADER_ROW.findall(prose))
    title, time = TITLE.match(prose), TIME.match(header.get("Time", ""))
    files.refuse(f"{place(path)}: {line}" for line in lacking(title, time, header))
    minutes = minutes_of_sections(place(path), header["Time"], int(time[1]))
    named = {part["name"]: part["sections"] for part in course.current().parts.values()}
    sections, lesson = dict(SECTION.findall(prose)), course.current().lesson_of(docname)
    return Lesson(
        id=lesson,
        docname=docname,
        path=path,
        number=int(title[1]),
        name=title[2],
        question=title[3][0].upper() + title[3][1:],
        intro=without_marks(prose.split("\n\n")[1]),
        parts={part: sum(minutes[name] for name in names) for part, names in named.items()},
        home=int(time[2]) if time[2] else None,
        objectives=tuple(item.strip() for item in header["You will"].split(";")),
        needs=without_marks(header["You need"]),
        tables=tuple(re.findall(r"`(\w+)`", header["Tables"])),
        articles=without_marks(header.get("Articles", header.get("Article", ""))),
        excerpts={
            part: sum(len(quotations(sections.get(name, ""))) for name in names)
            for part, names in named.items()
        },
        exercises=tuple(e for e in exercises().values() if e["lesson"] == lesson),
        places=places(lesson, cells),
    )


def lacking(title, time, header: dict[str, str]):
    """Yield what the first cells of a lesson lack, and what should stand there."""
    if not title:
        yield "the first cell should begin with a title such as '# 1. Name: question?'"
    if not time:
        form = "95 minutes in class, 70 at home: read 10, look 15, ..."
        yield f"the header's row Time is {header.get('Time', 'missing')!r}, expected '{form}'"
    for name in ("You will", "You need", "Tables"):
        if name not in header:
            yield f"the header has no row '| **{name}** | ... |'"


def minutes_of_sections(where: str, time: str, total: int) -> dict[str, int]:
    """Read the minutes of each section, such as "95 minutes in class: read 10, look 15".

    Raises
    ------
    FileError
        If other sections are listed than the parts in `course.yml` have, in another order, or with
        other minutes than `total` together.

    """
    listed = time.partition(": ")[2]
    minutes = {name.capitalize(): int(number) for name, number in MINUTES.findall(listed)}
    expected = [name for part in course.current().parts.values() for name in part["sections"]]
    if list(minutes) != expected or sum(minutes.values()) != total:
        said = ", ".join(f"{name.lower()} {number}" for name, number in minutes.items())
        raise FileError(
            f"{where}: the header says {total} minutes in class and lists {said}; expected "
            f"{', '.join(expected).lower()}, in this order, with as many minutes together"
        )
    return minutes


def without_marks(markdown: str) -> str:
    """Return a line of Markdown without its marks: the words of links, bold and code."""
    text = re.sub(r"\[([^]]+)\]\([^)]*\)", r"\1", one_line(markdown))
    return re.sub(r"\*\*|`", "", text)


def places(lesson: str, cells) -> dict[tuple[str, str], str]:
    """Return where a lesson first shows each claim, exercise, table and excerpt."""
    found = {}
    for name, kind, text in cells:
        if kind == "code":
            for call, argument in CALL.findall(text):
                found.setdefault((KINDS[call], argument), f"cell-{name}")
        for quote in quotations(text) if kind == "markdown" else ():
            for excerpt in excerpts_of(lesson, quote):
                found.setdefault(("excerpt", excerpt), f"quote-{excerpt}")
    return found


def quotations(markdown: str) -> list[str]:
    """Return the quoted words of each block quotation in a cell, without the attribution."""
    blocks = re.findall(r"(?:^>.*\n?)+", markdown, re.MULTILINE)
    texts = [re.sub(r"^> ?", "", block, flags=re.MULTILINE) for block in blocks]
    return [one_line(text.partition("\n\n")[0]) for text in texts]


def excerpts_of(lesson: str, quote: str) -> list[str]:
    """Return the ids of the excerpts of a lesson that read like this quotation."""
    return [
        name
        for name, excerpt in seeds.excerpts().items()
        if lesson in excerpt["lessons"] and one_line(excerpt["text"]) == quote
    ]


def label(lesson: str, place: str) -> str:
    """Return the label of a place in a lesson, for cross-references from any page."""
    return f"{lesson}-{place}".replace("_", "-")


def mark_places(app, doctree):
    """Give ids and labels to the places of a lesson's page, and link quotations and tables."""
    env, docname = app.env, app.env.docname
    if not course.current().lesson_of(docname):
        return
    lesson = read(Path(env.doc2path(docname)), docname)
    cells = files.read_json(lesson.path)["cells"]
    # For the report of the build, which would otherwise read every lesson in every build.
    env.metadata[docname]["tp_lesson"] = {
        "title": lesson.title,
        "code_cells": sum(cell["cell_type"] == "code" for cell in cells),
        "tables": len(lesson.tables),
    }
    names = [cell.get("id", "") for cell in cells]
    for node in doctree.findall(nodes.container):
        if node.get("nb_element") == "cell_code":
            mark(env, lesson, node, f"cell-{names[node['cell_index']]}")
    for node in doctree.findall(nodes.block_quote):
        for excerpt in excerpts_of(lesson.id, one_line(node.children[0].astext())):
            mark(env, lesson, node, f"quote-{excerpt}")
            credit = node.children[-1]
            if not credit.next_node(nodes.reference):
                link_to(docname, credit, credit.children, f"excerpt-{excerpt}")
    for node in list(next(doctree.findall(nodes.table)).findall(nodes.literal)):
        if node.astext() in lesson.tables:
            target = f"dataset-{node.astext().replace('_', '-')}"
            link_to(docname, node.parent, [node], target)


def mark(env, lesson: Lesson, node, place: str):
    """Make a node of a lesson a target."""
    node["ids"].append(place)
    name = label(lesson.id, place)
    env.get_domain("std").note_hyperlink_target(name, env.docname, place, lesson.title)


def link_to(docname: str, parent, children, target: str):
    """Make some children of a node a link to a label of a generated page."""
    place = parent.index(children[0])
    words = nodes.inline("", "", *[child.deepcopy() for child in children])
    link = reference("ref", target, docname, words)
    for child in list(children):
        parent.remove(child)
    parent.insert(place, link)


def reference(kind: str, target: str, docname: str, words: nodes.inline):
    """Return a link whose place Sphinx looks up; it reports one that leads nowhere.

    Parameters
    ----------
    kind
        "ref" for a label, "term" for an entry of the glossary.
    target
        The name of the label or entry.
    docname
        The page that holds the link.
    words
        What a reader sees.

    """
    return addnodes.pending_xref(
        "",
        words,
        refdomain="std",
        reftype=kind,
        reftarget=target,
        refexplicit=True,
        refwarn=True,
        refdoc=docname,
    )
