"""The index of the search: what stands where on the finished pages, for static/search.js.

A place is whatever one may look for and has an address of its own: a page, a section, a figure, a
claim, a table, an exercise, a term, a country of the dossier, a source. The pages are read as they
are served, so that the search finds what readers see. What a page keeps folded until one has
thought about it (the verdict in a lesson, the choices of a quiz) is left out. Sphinx's own index,
which knows only pages, is not made.
"""

import hashlib
import json
import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

from techpolitik import course
from techpolitik.book import lessons
from techpolitik.book.drawings import write_whole

FILE = "_static/search-index.js"
#: What Sphinx's search consists of; nothing else uses it.
OF_SPHINX = ["searchindex.js"] + [
    f"_static/{name}.js"
    for name in (
        "doctools",
        "documentation_options",
        "language_data",
        "searchtools",
        "sphinx_highlight",
    )
]
#: What an id names, by its beginning; see techpolitik.book.pages.
KINDS = {
    "figure-": "Figure",
    "claim-": "Claim",
    "forecast-": "Forecast",
    "dataset-": "Table",
    "document-": "Document",
    "source-": "Source",
    "term-": "Term",
    "cite-": "Reading",
}
NUMBERED = re.compile(r"([A-Z]{0,2}\d+)\. (.+)")
#: The menu of a dossier: its label and its options. dossiers.js knows the anchors of these.
MENU = re.compile(
    r'class="tp-dossier".*?<label[^>]*>(\w+)</label>\s*<select[^>]*>(.*?)</select>', re.DOTALL
)
OPTION = re.compile(r'<option value="(\w+)">([^<]*)<')
CALL = re.compile(r"\b([a-z]\w{2,})\(")
#: Nothing in these is said in words.
SILENT = re.compile(r"<(svg|script|style|select|label|button|noscript)\b.*?</\1>", re.DOTALL)
#: Elements that are a place if they have an id.
PLACES = {"section", "figure", "dt"}
VOID = {"br", "hr", "img", "input", "link", "meta", "col", "wbr"}
TITLES = {"h1", "h2", "h3", "h4", "h5", "h6"}
#: Any other element begins and ends a word.
INLINE = {"a", "abbr", "b", "code", "em", "i", "kbd", "small", "span", "strong", "sub", "sup"}
#: Classes of what is folded until one has decided, is about the page and not about its subject, or
#: is said better in another place, as a table is on its card.
LEFT_OUT = {"tp-verdict", "tp-outcome", "tp-quiz-choice", "tp-hint"}
LEFT_OUT |= {"headerlink", "tp-run", "tp-hero", "tp-get", "tp-save", "tp-filter", "tp-controls"}
LEFT_OUT |= {"tp-dataset", "tp-source", "tp-part-source", "tp-part-cite", "tp-claim-list"}
LEFT_OUT |= {"tp-rows", "tp-row-sources", "tp-columns", "label"}


def setup(app):
    """Put this index in the place of Sphinx's."""
    app.connect("builder-inited", do_without_sphinx)
    app.connect("html-collect-pages", lambda app: [("search", {}, "search.html")])
    app.connect("build-finished", write)


def do_without_sphinx(app):
    """Have Sphinx make no index."""
    app.builder.search = False


def write(app, exception):
    """Write the index, and take away what a search of Sphinx would need."""
    if exception or app.builder.format != "html":
        return
    out = Path(app.outdir)
    for name in OF_SPHINX:
        (out / name).unlink(missing_ok=True)
    index = {
        "pages": read_pages(app, Path(app.doctreedir).parent / ".search.json"),
        "same": course.current().settings["search"]["same"],
    }
    content = json.dumps(index, ensure_ascii=False, separators=(",", ":"))
    write_whole(out / FILE, f"window.tpSearchIndex = {content};\n")


def read_pages(app, memory: Path) -> list[dict]:
    """Return address and places of each page.

    The file `memory` keeps the places from one build to the next, by the content of the page and of
    what reads it.
    """
    known = json.loads(memory.read_text("utf-8")) if memory.exists() else {}
    book = {lesson.docname: lesson for lesson in lessons.in_book(app.env)}
    rules, kept, pages = Path(__file__).read_bytes(), {}, []
    for name in sorted(app.env.found_docs):
        address = app.builder.get_target_uri(name)
        page = (Path(app.outdir) / address).read_text("utf-8")
        html = page[page.index("<main") : page.index("</main>")]
        answered = exercises(book.get(name))
        key = hashlib.sha256(rules + repr(answered).encode() + html.encode()).hexdigest()
        kept[key] = known.get(key) or places(html, "Lesson" if name in book else "Page", answered)
        pages.append({"address": address, "places": kept[key]})
    write_whole(memory, json.dumps(kept))
    return pages


def exercises(lesson) -> list[str]:
    """Return the ids of a lesson's cells in which exercises are answered."""
    found = lesson.places.items() if lesson else ()
    return [place for (kind, _), place in found if kind == "exercise"]


def places(html: str, kind: str, answered=()) -> list[list[str]]:
    """Return the places of a page: name (kind and number), title, anchor, text, names in code.

    Parameters
    ----------
    html
        What the page has in its element `main`.
    kind
        What the page is.
    answered
        Ids of the cells in which exercises are answered.

    """
    reader = PlaceReader(kind, answered)
    reader.feed(SILENT.sub(" ", html))
    reader.close()
    return [row(place) for place in reader.places] + [
        [kind, unescape(name), f"dossier-{code}", "", code]
        for kind, options in MENU.findall(html)
        for code, name in OPTION.findall(options)
    ]


def row(place: dict) -> list[str]:
    """Return a place as the index holds it."""
    kind, anchor = place["kind"], place["anchor"]
    number, title, text = (line(place[part]) for part in ("number", "title", "text"))
    if kind == "Table":
        number = anchor.removeprefix("dataset-").replace("-", "_")
    numbered = NUMBERED.fullmatch(title)
    if numbered and kind != "Section":
        number, title = numbered.groups()
    name = f"{kind} {number.removeprefix(kind).strip()}".strip()
    if not title:
        title, text = text, ""
    if kind == "Source":
        text = ""  # publisher, date and licence, which hundreds share
    return [name, title, anchor, text, " ".join(sorted(set(CALL.findall(line(place["code"])))))]


def line(pieces: list[str]) -> str:
    """Return pieces of text as one line."""
    return re.sub(r" (?=[.,;:)])", "", " ".join("".join(pieces).split()))


class PlaceReader(HTMLParser):
    """Collects the places of a page; each has the text that stands in no place within it."""

    def __init__(self, kind: str, answered):
        super().__init__()
        self.kind, self.answered, self.places = kind, answered, []
        #: For each open element its tag, its place, and which part of that its text is, if any.
        self.open = [("", None, None)]

    def handle_starttag(self, tag, attrs):
        """Find out where the text of an element belongs."""
        values = {name: value or "" for name, value in attrs}
        anchor, classes = values.get("id", ""), set(values.get("class", "").split())
        _, place, part = self.open[-1]
        if anchor and (tag in PLACES or anchor.startswith(("cite-", "source-"))):
            kind = next((kind for start, kind in KINDS.items() if anchor.startswith(start)), None)
            place, part = self.begin(kind or ("Section" if self.places else self.kind), anchor)
        elif tag == "dd" and self.places[-1]["kind"] == "Term":
            place, part = self.places[-1], "text"
        elif anchor in self.answered:
            place["kind"] = "Exercise"
        if part:
            part = self.part(tag, classes, place, part)
        self.separate(tag)
        if tag not in VOID:
            self.open.append((tag, place, part))

    def begin(self, kind: str, anchor: str):
        """Begin a place. A source is a row of a table: what follows in the row belongs to it."""
        place = {"kind": kind, "anchor": anchor, "number": [], "title": [], "text": [], "code": []}
        self.places.append(place)
        if kind != "Source":
            return place, "text"
        for index in range(len(self.open) - 1, 0, -1):
            self.open[index] = (self.open[index][0], place, "text")
            if self.open[index][0] == "tr":
                break
        return place, "number"

    def part(self, tag: str, classes: set[str], place: dict, part: str) -> str | None:
        """Return which part of a place an element within `part` is."""
        if classes & LEFT_OUT or tag == "summary":
            return None
        if "cell_input" in classes:
            return "code"
        if "tp-figure-number" in classes:
            return "number"
        second = tag == "td" and place["kind"] == "Source" and not place["title"]
        if tag in TITLES or second or (tag == "dt" and place["kind"] == "Term"):
            return "title"
        return "title" if "tp-figure-title" in classes else part

    def separate(self, tag: str):
        """Begin a new word, unless an element may stand within one."""
        _, place, part = self.open[-1]
        if part and tag not in INLINE:
            place[part].append(" ")

    def handle_endtag(self, tag):
        """Go back to the element around this one."""
        self.separate(tag)
        if any(name == tag for name, *_ in self.open):
            while self.open.pop()[0] != tag:
                pass

    def handle_data(self, data):
        """Keep text where it belongs."""
        _, place, part = self.open[-1]
        if part:
            place[part].append(data)
