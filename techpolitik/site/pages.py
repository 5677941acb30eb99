"""Pages generated from seeds/ and data/: ledger of claims, sources, datasets.

Directives without content, one per page, and one for the drawing on the front page. They build
docutils nodes from the same files the lessons use, so that headings, anchors, search and tables of
contents work as on written pages and nothing is copied by hand. Anchors: `claim-rc04`,
`document-freedomlab`, `excerpt-fl-uses`, `dataset-rare-earth-mines`, `source-r01`; each is a label
too, so `{ref}` and `[](#claim-rc04)` find it from any page.
"""

import csv
import html
import re
import shutil
from collections import Counter
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective

from techpolitik import datasets, seeds

FIRST_ROWS = 5
DATA_FOLDER = "_static/data"
# What a verdict means, in the order the ledger counts them.
VERDICTS = {
    "supported": "the data say so",
    "imprecise": "nearly, or only under one reading",
    "contradicted": "the data say otherwise",
    "unverifiable": "no table can decide it",
    "open": "not decided yet",
}


def setup(app):
    """Register the directives, the ledger's script and the copies of the tables."""
    app.add_directive("claims-ledger", ClaimsLedger)
    app.add_directive("seed-sources", SeedSources)
    app.add_directive("dataset-cards", DatasetCards)
    app.add_directive("stack-layers", StackLayers)
    app.connect("html-page-context", add_ledger_script)
    app.connect("build-finished", copy_tables)


# ---------------------------------------------------------------------------- pieces of a page


def text_of(value):
    """Return a text of a seed or metadata file on one line."""
    return " ".join(str(value).split())


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


def folded(summary, *content):
    """Return nodes that show `content` below a line that opens and closes it."""
    return [raw(f"<details><summary>{html.escape(summary)}</summary>"), *content, raw("</details>")]


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


def cell(text):
    """Return a text as a cell of `table`; quotes stay, since search reads the HTML as it stands."""
    return html.escape(text, quote=False)


def link(address, text=None):
    """Return a link to an address outside the book."""
    return nodes.reference("", text or address, refuri=address)


def anchor(kind, name):
    """Return the id of an entry, as it stands in the page's address."""
    return f"{kind}-{name}".lower().replace("_", "-")


def lesson_name(docname):
    """Return how a lesson is called in running text: "Lesson 1, rare earths"."""
    number, _, name = docname.rpartition("/")[2].partition("_")
    return f"Lesson {int(number)}, {name.replace('_', ' ')}"


class GeneratedPage(SphinxDirective):
    """What the directives share: labels, links and the files a page depends on."""

    has_content = False

    def depend_on(self, *paths):
        """Have Sphinx build this page again when one of the files changes."""
        for path in paths:
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

    def lesson(self, lesson):
        """Return a link to a lesson, or its bare name while the book does not have it yet."""
        for docname in sorted(self.env.found_docs):
            if re.fullmatch(rf"notebooks/\d+_{re.escape(lesson)}", docname):
                return self.pending("doc", f"/{docname}", lesson_name(docname))
        return nodes.inline("", lesson.replace("_", " "))

    def lessons(self, names):
        """Return links to several lessons, with commas, as a list of inline nodes."""
        linked = []
        for name in names:
            linked += [nodes.Text(", ")] if linked else []
            linked.append(self.lesson(name))
        return linked

    def pending(self, kind, target, text):
        """Return a cross-reference that Sphinx resolves, and reports when it leads nowhere."""
        return addnodes.pending_xref(
            "",
            nodes.inline("", text),
            refdomain="std",
            reftype=kind,
            reftarget=target,
            refexplicit=True,
            refwarn=True,
            refdoc=self.env.docname,
        )


def seed_files():
    """Return the paths of all seed files."""
    return sorted((datasets.ROOT / "seeds").glob("*.yml"))


def pieces():
    """Return {piece id: (piece, its document)}."""
    return {
        piece["id"]: (piece, document)
        for document in seeds.documents()
        for piece in document["pieces"]
    }


def attribution(entry, piece, document):
    """Return who said it, in which piece, where and when."""
    speaker, publisher = entry["speaker"], document["publisher"]
    place = "" if speaker == publisher else f"{publisher}, "
    return f"{speaker}, “{text_of(piece['title'])}”, {place}{piece['date']}"


def quotation(text, by):
    """Return a block quotation with its attribution."""
    return nodes.block_quote("", para(text_of(text)), nodes.attribution("", by))


# ---------------------------------------------------------------------------- ledger of claims


class ClaimsLedger(GeneratedPage):
    """All claims with verdict, measured value, explanation, what followed, and a filter."""

    def run(self):
        """Return counts, filter, and one section per lesson with one entry per claim."""
        tables = sorted((datasets.ROOT / "data").glob("*.csv"))
        self.depend_on(*seed_files(), *tables)
        ledger = list(seeds.claims().values())
        origins = pieces()
        by_lesson = {}
        for claim in ledger:
            by_lesson.setdefault(claim["lesson"], []).append(claim)
        lessons = [name for name in seeds.LESSONS if name in by_lesson]
        built = [counts(ledger), raw(filter_html(ledger, lessons))]
        for name in lessons:
            entries = [self.entry(claim, *origins[claim["piece"]]) for claim in by_lesson[name]]
            heading = name.replace("_", " ").capitalize()
            where = para("Read and tested in ", self.lesson(name), ".")
            built.append(
                self.section(anchor("claims", name), heading, where, *entries, classes=["tp-group"])
            )
        return built

    def entry(self, claim, piece, document):
        """Return the section of one claim."""
        verdict, value = seeds.recompute(claim)
        check = claim["check"]
        measured = value is not None and [
            para(f"{seeds.number(value)} {check['unit']}. The claim says {text_of(check['says'])}.")
        ]
        classes = ["tp-entry", f"lesson-{claim['lesson']}"]
        classes += [f"kind-{claim['kind']}", f"verdict-{verdict}"]
        return self.section(
            anchor("claim", claim["id"]),
            f"{claim['id']}. {text_of(claim['statement'])}",
            quotation(claim["quote"], attribution(claim, piece, document)),
            para(
                tag(verdict.capitalize(), "tp-verdict-tag", f"tp-verdict-{verdict}"),
                f" Confidence {claim['confidence']}. Kind of claim: {claim['kind']}.",
            ),
            facts(
                ("Measured", measured),
                ("Explanation", text_of(claim["explanation"])),
                ("Why this decides it", text_of(check["because"])),
                ("Evidence", self.evidence(check)),
                ("Since then", claim["since"] and text_of(claim["since"])),
                ("Source", [para(self.ref(anchor("document", document["id"]), piece["title"]))]),
            ),
            classes=classes,
        )

    def evidence(self, check):
        """Return which rows or passage the verdict rests on."""
        if "table" in check:
            name = check["table"]
            return [
                para(
                    "table ",
                    self.ref(anchor("dataset", name), name),
                    ", rows where ",
                    nodes.literal("", text_of(check["rows"])),
                )
            ]
        if "passage" in check:
            return [para(f"the same document: “{text_of(check['passage'])}”")]
        return []


def counts(ledger):
    """Return how many claims have each verdict, and what the verdict means."""
    found = Counter(claim["verdict"] for claim in ledger)
    items = [
        [tag(name.capitalize(), "tp-verdict-tag", f"tp-verdict-{name}"), f" {found[name]}: {means}"]
        for name, means in VERDICTS.items()
        if found[name]
    ]
    listing = bullets(items)
    listing["classes"].append("tp-counts")
    return listing


def filter_html(ledger, lessons):
    """Return the filter: menus that ledger.js brings to life; hidden where no script runs."""
    menus = {
        "lesson": {name: name.replace("_", " ").capitalize() for name in lessons},
        "kind": {kind: kind.capitalize() for kind in present(ledger, "kind", seeds.KINDS)},
        "verdict": {v: v.capitalize() for v in present(ledger, "verdict", seeds.VERDICTS)},
    }
    fields = "".join(menu_html(name, options) for name, options in menus.items())
    return (
        f'<form class="tp-filter" id="tp-filter" aria-label="Filter the claims">{fields}'
        '<button type="reset" class="tp-button">Show all</button>'
        f'<p role="status">All {len(ledger)} claims are shown.</p></form>'
    )


def present(ledger, field, order):
    """Return the values a field takes in the ledger, in their usual order."""
    values = {claim[field] for claim in ledger}
    return [value for value in order if value in values]


def menu_html(name, options):
    """Return one labelled menu of the filter."""
    choices = "".join(
        f'<option value="{html.escape(value)}">{html.escape(label)}</option>'
        for value, label in options.items()
    )
    return (
        f'<label>{name.capitalize()}<select name="{name}"><option value="">All</option>'
        f"{choices}</select></label>"
    )


def add_ledger_script(app, pagename, templatename, context, doctree):
    """Load ledger.js on the page that has the filter, and only there."""
    if doctree and any("tp-entry" in node["classes"] for node in doctree.findall(nodes.section)):
        app.add_js_file("ledger.js", loading_method="defer")


# ---------------------------------------------------------------------------- sources


class SeedSources(GeneratedPage):
    """The five documents, their excerpts and claims; then the sources of the tables."""

    def run(self):
        """Return one section per document and one for the statistical sources."""
        self.depend_on(*seed_files(), datasets.ROOT / "data" / "sources.csv")
        documents = [self.document(document) for document in seeds.documents()]
        return [*documents, self.statistics()]

    def document(self, document):
        """Return the section of one document."""
        url = document["url"]
        written = ", ".join(document["authors"]) or "not named"
        listed = [f"“{text_of(p['title'])}”, {p['date']}" for p in document["pieces"]]
        return self.section(
            anchor("document", document["id"]),
            text_of(document["title"]),
            *(para(text_of(sentence)) for sentence in document["stance"]),
            facts(
                ("Kind", text_of(document["kind"])),
                ("Publisher", text_of(document["publisher"])),
                ("Written by", written),
                ("Published", text_of(document["published"])),
                ("Pieces", len(listed) > 1 and [bullets(listed)]),
                ("Address", url and [para(link(url))]),
                ("How it reached us", text_of(document["how_it_reached_us"])),
                (
                    "Length",
                    f"{document['words']:,} words; the course quotes "
                    f"{seeds.share(document):.1%} of them",
                ),
                ("Licence", text_of(document["licence"])),
                ("File", [para(nodes.literal("", document["document"]))]),
            ),
            *self.excerpts(document),
            *self.claims(document),
        )

    def excerpts(self, document):
        """Return the excerpts of a document, each with its question and the lessons that use it."""
        origins = {piece["id"]: piece for piece in document["pieces"]}
        built = []
        for excerpt in document["excerpts"]:
            name = anchor("excerpt", excerpt["id"])
            by = attribution(excerpt, origins[excerpt["piece"]], document)
            quote = quotation(excerpt["text"], by)
            quote["ids"].append(name)
            self.label(name, by)
            asked = para(text_of(excerpt["question"]), " Read in ")
            built += [quote, fill(asked, [*self.lessons(excerpt["lessons"]), "."])]
        if not built:
            return []
        return [nodes.rubric("", "Excerpts in the lessons"), *built]

    def claims(self, document):
        """Return links to the ledger's entries on a document."""
        entries = [
            [
                self.ref(anchor("claim", claim["id"]), claim["id"]),
                f": {text_of(claim['statement'])}",
            ]
            for claim in document["claims"]
        ]
        return [nodes.rubric("", "Claims in the ledger"), bullets(entries)] if entries else []

    def statistics(self):
        """Return the section on where the tables come from."""
        rows = []
        known = datasets.sources()
        for source_id, source in known.iterrows():
            name = anchor("source", source_id)
            self.label(name, str(source_id))
            title, url = cell(text_of(source["title"])), str(source["url"])
            if url.startswith("http"):
                title = f'<a href="{html.escape(url)}">{title}</a>'
            others = (cell(blank(source[key])) for key in ("publisher", "date", "licence"))
            rows.append([f'<span id="{name}">{cell(str(source_id))}</span>', title, *others])
        header = ["Id", "Title", "Publisher", "Date", "Licence"]
        return self.section("statistical-sources", "Sources of the tables", table(header, rows))


def blank(value):
    """Return a cell's text; a missing value is an empty cell."""
    return "" if value is None or value != value else text_of(value)


# ---------------------------------------------------------------------------- datasets


class DatasetCards(GeneratedPage):
    """One card per table: what it counts, who made it, what is missing, columns, first rows."""

    def run(self):
        """Return one section per resource of the data package."""
        package = datasets.package()
        paths = [datasets.ROOT / "data" / r["path"] for r in package["resources"]]
        self.depend_on(datasets.ROOT / "data" / "datapackage.json", *paths)
        cards = zip(package["resources"], paths, strict=True)
        return [
            raw(self.download_html(datasets.ROOT / "data" / "datapackage.json")),
            *(self.card(resource, path) for resource, path in cards),
        ]

    def card(self, resource, path):
        """Return the section of one table."""
        about = resource.get("techpolitik", {})
        header, rows = read_table(path) if path.suffix == ".csv" else ([], [])
        size = f"{len(rows):,} rows, {len(header)} columns" if header else "a map file"
        caveats = [text_of(caveat) for caveat in about.get("caveats", [])]
        content = [
            para(text_of(resource["description"])),
            facts(
                ("One row is", about.get("row")),
                ("Made by", about.get("made_by")),
                ("Counts", about.get("counts")),
                ("Missing", about.get("missing")),
                ("Beware", caveats and [bullets(caveats)]),
                ("Coverage", about.get("coverage")),
                ("Retrieved", about.get("retrieved")),
                ("Size", size),
                ("Sources", self.sources(resource)),
                ("Licence", "; ".join(text_of(x["title"]) for x in resource.get("licenses", []))),
                ("Used in", about.get("lessons") and [para(*self.lessons(about["lessons"]))]),
                ("Load it", [para(nodes.literal("", f'load("{resource["name"]}")'))]),
            ),
            raw(self.download_html(path)),
        ]
        if header:
            content += folded("Columns", column_table(resource))
            first = [map(cell, row) for row in rows[:FIRST_ROWS]]
            content += folded(f"First {FIRST_ROWS} rows", table(header, first))
        return self.section(anchor("dataset", resource["name"]), resource["title"], *content)

    def sources(self, resource):
        """Return the sources a resource names, linked where they have an address."""
        named = []
        for source in resource.get("sources", []):
            path = source.get("path", "")
            title = text_of(source["title"])
            named.append([link(path, title) if path.startswith("http") else title])
        return [bullets(named)] if named else []

    def download_html(self, path):
        """Return the link to the file itself."""
        to_root = "../" * self.env.docname.count("/")
        size = max(1, round(path.stat().st_size / 1000))
        return (
            f'<p class="tp-get"><a href="{to_root}{DATA_FOLDER}/{path.name}" download>'
            f'<span class="tp-icon tp-icon-download"></span> Download {html.escape(path.name)}</a> '
            f"({size} kB)</p>"
        )


def read_table(path):
    """Return (column names, rows) of a CSV file as it stands, all cells as text."""
    with path.open(encoding="utf-8", newline="") as lines:
        header, *rows = list(csv.reader(lines))
    return header, rows


def column_table(resource):
    """Return name, type, unit and meaning of each column."""
    rows = [
        [
            f"<code>{cell(field['name'])}</code>",
            *(cell(text_of(field.get(key, ""))) for key in ("type", "unit", "description")),
        ]
        for field in resource["schema"]["fields"]
    ]
    return table(["Column", "Type", "Unit", "Meaning"], rows)


# ---------------------------------------------------------------------------- front page


class StackLayers(GeneratedPage):
    """The layers of the stack as a list drawn as strata, service on top and ore at the bottom."""

    def run(self):
        """Return the list, from the table that lesson 0 reads."""
        path = datasets.ROOT / "data" / "stack_layers.csv"
        self.depend_on(path)
        header, rows = read_table(path)
        at = header.index("layer")
        items = "".join(f"<li>{html.escape(row[at])}</li>" for row in reversed(rows))
        return [raw(f'<ol class="tp-stack" aria-label="The layers of the stack">{items}</ol>')]


def copy_tables(app, exception):
    """Put the data package beside the pages, for download."""
    if exception or app.builder.format != "html":
        return
    target = Path(app.outdir) / DATA_FOLDER
    target.mkdir(parents=True, exist_ok=True)
    names = [resource["path"] for resource in datasets.package()["resources"]]
    for name in [*names, "datapackage.json"]:
        shutil.copy2(datasets.ROOT / "data" / name, target / name)
