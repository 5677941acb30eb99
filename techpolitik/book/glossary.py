"""The glossary: lessons link each of its terms where they first use it.

The notebooks stay plain; the links are made while Sphinx reads a lesson. A term is linked at its
first use in running text, never in a heading, link, quotation, table, code or output, and once
more in the list under "Terms". The role `zh` sets Chinese words and their pinyin, each with its
language.
"""

import re
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.errors import ExtensionError

from techpolitik import course
from techpolitik.book.lessons import reference
from techpolitik.files import cached

PAGE = "book/glossary"
FENCED = re.compile(r"^```\{glossary\}\n(.*?)^```", re.MULTILINE | re.DOTALL)
# Not running text, with all that is in it.
NOT_RUNNING_TEXT = (
    nodes.block_quote,
    nodes.table,
    nodes.container,
    nodes.title,
    nodes.reference,
    addnodes.pending_xref,
    nodes.literal,
    nodes.literal_block,
    nodes.raw,
)


def setup(app):
    """Connect the links and register the role."""
    app.add_node(foreign, html=(open_foreign, close_foreign))
    app.add_role("zh", chinese)
    # After the doctree has its cross-references.
    app.connect("doctree-read", link_terms)


# ---------------------------------------------------------------------------- links to terms


def link_terms(app, doctree):
    """Link the terms of the glossary in a lesson, each at its first use and under "Terms"."""
    docname = app.env.docname
    if not course.current().lesson_of(docname):
        return
    path = Path(app.env.doc2path(PAGE))
    app.env.note_dependency(str(path))
    terms = read_terms(path)
    uses, seen = pattern(terms), set()
    for text in running_text(doctree):
        pieces = linked(text, uses, terms, set() if under_terms(text) else seen, docname)
        if pieces:
            text.parent.replace(text, pieces)


@cached
def read_terms(path):
    """Return the terms of the glossary: {pattern as it stands in running text: term}."""
    found = {}
    for block in FENCED.findall(path.read_text(encoding="utf-8")):
        for line in block.splitlines():
            if line.strip() and not line.startswith((" ", ":")):
                found |= {form: line.strip() for form in forms(line.strip())}
    return found


def forms(term):
    """Return how a term may stand in running text: singular and plural, small at its start.

    A capital that is not a title's (REO, Entity List) stays; a term that begins a sentence or a
    quotation is found with its capital, see `pattern`.
    """
    first, _, rest = term.partition(" ")
    proper = any(letter.isupper() for letter in first[1:] + rest)
    plain = term if proper else term[0].lower() + term[1:]
    word, of, tail = plain.partition(" of ")
    plurals = course.current().settings["glossary"]["plurals"]
    return [plain, f"{plurals[word]}{of}{tail}" if word in plurals else f"{plain}s"]


def pattern(terms):
    """Return an expression that finds any form of any term, the longest first."""
    otherwise = course.current().settings["glossary"]["otherwise"]
    words = sorted([*terms, *otherwise], key=len, reverse=True)
    start = r"(?:(?<=^)|(?<=[.?!:] )|(?<=[\"“(]))"
    either = "|".join(
        # A capital only where a sentence starts: the layer "Cloud" of a book is not our cloud.
        rf"{re.escape(word)}|{start}{re.escape(word[0].upper() + word[1:])}"
        for word in words
    )
    return re.compile(rf"(?<![\w-])(?:{either})(?![\w-])")


def running_text(doctree):
    """Return the text nodes that are sentences of the lesson, in their order."""
    return [
        text
        for paragraph in doctree.findall(nodes.paragraph)
        if not inside(paragraph, NOT_RUNNING_TEXT)
        for text in paragraph.findall(nodes.Text)
        if not inside(text, NOT_RUNNING_TEXT)
    ]


def inside(node, kinds):
    """Whether a node stands somewhere in a node of one of these kinds."""
    while node.parent is not None:
        node = node.parent
        if isinstance(node, kinds):
            return True
    return False


def under_terms(node):
    """Whether a node stands in the section "Terms", the lesson's own list of them."""
    while node.parent is not None and not isinstance(node, nodes.section):
        node = node.parent
    return isinstance(node, nodes.section) and node.next_node(nodes.title).astext() == "Terms"


def linked(text, uses, terms, seen, docname):
    """Return a text as pieces, with links where it uses a term that is not in `seen` yet."""
    pieces, end = [], 0
    words = text.astext()
    for found in uses.finditer(words):
        form = found[0] if found[0] in terms else found[0][0].lower() + found[0][1:]
        term = terms.get(form)
        if term is None or term in seen:
            continue
        seen.add(term)
        shown = nodes.inline("", found[0], classes=["tp-term"])
        pieces += [nodes.Text(words[end : found.start()]), reference("term", term, docname, shown)]
        end = found.end()
    return [*pieces, nodes.Text(words[end:])] if pieces else []


# ---------------------------------------------------------------------------- Chinese words


class foreign(nodes.inline):
    """Words in another language, named by the attribute `language`.

    Small like all classes of docutils, which looks for visitors by the name.
    """


def open_foreign(translator, node):
    """Begin the element with its language, so that a screen reader pronounces it."""
    translator.body.append(f'<span lang="{node["language"]}">')


def close_foreign(translator, node):
    """End the element."""
    translator.body.append("</span>")


def chinese(name, rawtext, text, lineno, inliner, options=None, content=None):
    """Set "characters, pinyin": `{zh}` followed by `一带一路, Yīdài Yīlù` in backticks."""
    characters, comma, pinyin = text.partition(", ")
    if not comma or not re.fullmatch(r"[\u4e00-\u9fff]+", characters):
        raise ExtensionError(
            f"line {lineno}: {rawtext}: expected Chinese characters, comma, pinyin"
        )
    return [
        foreign("", characters, language="zh-Hans"),
        nodes.Text(" "),
        foreign("", "", nodes.emphasis("", pinyin), language="zh-Latn-pinyin"),
    ], []
