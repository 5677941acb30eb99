"""What generated pages are made of: paragraphs, lists, tables, links, and the directives' base."""

import csv
import html
from pathlib import Path

from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

from techpolitik import course
from techpolitik.book import lessons
from techpolitik.files import one_line
from techpolitik.lesson import seeds


def para(*content, classes=()):
    """Return a paragraph of strings and inline nodes."""
    return fill(nodes.paragraph(classes=list(classes)), content)


def fill(node, content):
    """Append strings (as text) and nodes to a node; return the node."""
    for item in content:
        node += nodes.Text(item) if isinstance(item, str) else item
    return node


def raw(text):
    """Return a piece of HTML."""
    return nodes.raw("", text, format="html")


def tag(text, *classes):
    """Return a word set apart, such as a verdict."""
    return nodes.inline("", text, classes=list(classes))


def judgement(label, word, colour, rest):
    """Return a line that opens with a word in the colour of a verdict; `label` is only heard."""
    return para(
        tag(f"{label}: ", "tp-visually-hidden"),
        tag(word.capitalize(), "tp-verdict-tag", f"tp-verdict-{colour}"),
        f" {rest}",
    )


def folded(summary, *content, kind):
    """Return nodes that show `content` below a line that opens and closes it.

    The class `kind` says what it is: the PDF finds it by that.
    """
    return [
        raw(f'<details class="{kind}"><summary>{html.escape(summary)}</summary>'),
        *content,
        raw("</details>"),
    ]


def facts(*pairs):
    """Return a list of terms and what is to be said of each; pairs without content are left out."""
    listing = nodes.definition_list(classes=["tp-facts"])
    for term, content in pairs:
        if not content:
            continue
        items = content if isinstance(content, list) else [para(content)]
        listing += nodes.definition_list_item(
            "", nodes.term("", term), nodes.definition("", *items)
        )
    return listing


def bullets(items):
    """Return a list of paragraphs; each item is a string or a list of strings and nodes."""
    return nodes.bullet_list(
        "",
        *(
            nodes.list_item("", para(*(item if isinstance(item, list) else [item])))
            for item in items
        ),
    )


def table(header, rows):
    """Return a table of HTML cells.

    As nodes, every cell would be three, and the tables of the datasets more than all other pages
    together; Sphinx walks over each node some hundred times. Search reads the HTML as well.
    """
    # One cell a line: search takes the tags out and would read two neighbours as one word.
    head = "".join(f'<th scope="col">{html.escape(name)}</th>\n' for name in header)
    lines = ("".join(f"<td>{cell}</td>\n" for cell in row) for row in rows)
    body = "".join(f"<tr>{line}</tr>\n" for line in lines)
    return raw(f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody></table>")


def joined(pieces, between=", "):
    """Return lists of strings and nodes as one list, with a string between each two of them."""
    line = []
    for piece in pieces:
        line += [between, *piece] if line else piece
    return line


def node_table(header, rows):
    """Return a small table whose cells are strings or lists of strings and nodes, such as links."""
    head = nodes.thead("", row_of(header))
    body = nodes.tbody("", *map(row_of, rows))
    columns = [nodes.colspec(colwidth=1) for _ in header]
    return nodes.table("", nodes.tgroup("", *columns, head, body, cols=len(header)))


def row_of(cells):
    """Return a row of `node_table`."""
    filled = (para(*(cell if isinstance(cell, list) else [cell])) for cell in cells)
    return nodes.row("", *(nodes.entry("", content) for content in filled))


def cell(text):
    """Return a text as a cell of `table`; quotes stay, since search reads the HTML as it stands."""
    return html.escape(text, quote=False)


def link(address, text=None):
    """Return a link to an address outside the book."""
    return nodes.reference("", text or address, refuri=address)


def anchor(kind, name):
    """Return the id of an entry, as it stands in the page's address."""
    return f"{kind}-{name}".lower().replace("_", "-")


def to_renew(env, name: str, said, mark: str) -> list[str]:
    """Return the pages to make again: those with a mark, if they would say something else now.

    Parameters
    ----------
    env
        Sphinx's environment.
    name
        Under which Sphinx keeps what they say.
    said
        What they say now.
    mark
        What such a page has in its metadata.

    """
    if said == getattr(env, name, None):
        return []
    setattr(env, name, said)
    return [page for page, known in env.metadata.items() if mark in known]


def pages_to_read(app, env, added, changed, removed) -> list[str]:
    """Have the pages that list lessons read again when these say something else.

    Not with every change of a notebook: most are changes of code or prose that no list repeats.
    """
    if not any(map(course.current().lesson_of, {*added, *changed, *removed})):
        return []
    return to_renew(env, "tp_listed_lessons", repr(lessons.in_book(env)), "tp_lists_lessons")


class GeneratedPage(SphinxDirective):
    """What the directives share: labels, links and the files a page depends on."""

    has_content = False

    def depend_on(self, *paths):
        """Have Sphinx build this page again when one of the files, or its code, changes."""
        for path in [*paths, *Path(__file__).parent.glob("*.py")]:
            self.env.note_dependency(str(path))

    def section(self, name, title, *content, classes=()):
        """Return a section with an id that is also a label known to every page."""
        built = nodes.section(ids=[name], names=[name], classes=list(classes))
        built += nodes.title("", title)
        built += list(content)
        self.label(name, title)
        return built

    def label(self, name, title):
        """Make an id of this page a target for `{ref}` from other pages."""
        standard = self.env.get_domain("std")
        standard.note_hyperlink_target(name, self.env.docname, name, title)

    def ref(self, name, text):
        """Return a link to an entry of this or another generated page."""
        return self.pending("ref", name, text)

    def all_lessons(self):
        """Return the lessons of the book; `pages_to_read` has the page made again."""
        self.env.metadata[self.env.docname]["tp_lists_lessons"] = True
        self.depend_on(*(course.current().notebooks / "exercises").glob("*.yml"))
        return lessons.in_book(self.env)

    def place(self, lesson, kind, name, text):
        """Return a link to where a lesson first shows a claim, exercise, table or excerpt."""
        if (kind, name) not in lesson.places:
            raise ExtensionError(
                f"{lesson.docname}.ipynb: nothing in it shows the {kind} {name!r}, as seeds/ or "
                "notebooks/exercises/ say it does: correct the notebook or the file there"
            )
        return self.ref(lessons.label(lesson.id, lesson.places[kind, name]), text)

    def lesson(self, name):
        """Return a link to a lesson, or its bare id while the book does not have it yet."""
        for lesson in self.all_lessons():
            if lesson.id == name:
                return self.pending("doc", f"/{lesson.docname}", lesson.called)
        return nodes.inline("", name.replace("_", " "))

    def lesson_titles(self, names):
        """Return {id: "5. Huawei and 5G"} for these lessons, for menus and headings."""
        titles = {lesson.id: lesson.title for lesson in self.all_lessons()}
        return {name: titles.get(name, name.replace("_", " ")) for name in names}

    def pending(self, kind, target, text):
        """Return a cross-reference that Sphinx resolves, and reports when it leads nowhere."""
        return lessons.reference(kind, target, self.env.docname, nodes.inline("", text))


def seed_files():
    """Return the paths of all seed files."""
    return sorted(course.current().seeds.glob("*.yml"))


def quotation(text, entry):
    """Return a block quotation, attributed as the claim or excerpt that it is from."""
    by = nodes.attribution("", seeds.attribution(entry))
    return nodes.block_quote("", para(one_line(text)), by)


def read_table(path):
    """Return (column names, rows) of a CSV file as it stands, all cells as text."""
    with path.open(encoding="utf-8", newline="") as lines:
        header, *rows = list(csv.reader(lines))
    return header, rows
