"""The sources: the five documents with what the course quotes, and where the tables come from."""

import html

from docutils import nodes

from techpolitik import course
from techpolitik.book.pages.parts import (
    GeneratedPage,
    anchor,
    bullets,
    cell,
    facts,
    fill,
    joined,
    link,
    para,
    quotation,
    seed_files,
    table,
)
from techpolitik.files import one_line
from techpolitik.lesson import datasets, seeds


def setup(app):
    """Register the page."""
    app.add_directive("seed-sources", SeedSources)


class SeedSources(GeneratedPage):
    """The five documents, their excerpts and claims; then the sources of the tables."""

    def run(self):
        """Return one section per document and one for the statistical sources."""
        self.depend_on(*seed_files(), course.current().data / "sources.csv")
        self.book = {lesson.id: lesson for lesson in self.all_lessons()}
        documents = [self.document(document) for document in seeds.documents()]
        return [*documents, self.statistics()]

    def document(self, document):
        """Return the section of one document."""
        url = document["url"]
        written = ", ".join(document["authors"]) or "not named"
        listed = [f"“{one_line(p['title'])}”, {p['date']}" for p in document["pieces"]]
        return self.section(
            anchor("document", document["id"]),
            one_line(document["title"]),
            *(para(one_line(sentence)) for sentence in document["stance"]),
            facts(
                ("Kind", one_line(document["kind"])),
                ("Publisher", one_line(document["publisher"])),
                ("Written by", written),
                ("Published", one_line(document["published"])),
                ("Pieces", len(listed) > 1 and [bullets(listed)]),
                ("For whom", one_line(document["audience"])),
                ("Address", url and [para(link(url))]),
                ("How it reached us", one_line(document["how_it_reached_us"])),
                (
                    "Length",
                    f"{document['words']:,} words; the course quotes "
                    f"{seeds.share(document):.1%} of them",
                ),
                ("Licence", one_line(document["licence"])),
                ("File", [para(nodes.literal("", document["document"]))]),
            ),
            *self.excerpts(document),
            *self.claims(document),
        )

    def excerpts(self, document):
        """Return the excerpts of a document, each with its question and the lessons that use it."""
        built = []
        for excerpt in document["excerpts"]:
            name = anchor("excerpt", excerpt["id"])
            quote = quotation(excerpt["text"], excerpt)
            quote["ids"].append(name)
            self.label(name, seeds.attribution(excerpt))
            asked = para(one_line(excerpt["question"]), " Quoted in ")
            built += [quote, fill(asked, [*self.quoted_in(excerpt), "."])]
        if not built:
            return []
        return [nodes.rubric("", "Excerpts in the lessons"), *built]

    def quoted_in(self, excerpt):
        """Return links to the quotation in each lesson that has it."""
        return joined(
            [self.place(self.book[name], "excerpt", excerpt["id"], self.book[name].called)]
            if name in self.book
            else [self.lesson(name)]
            for name in excerpt["lessons"]
        )

    def claims(self, document):
        """Return links to the ledger's entries on a document."""
        entries = [
            [
                self.ref(anchor("claim", claim["id"]), claim["id"]),
                f": {one_line(claim['statement'])}",
            ]
            for claim in document["claims"]
        ]
        if not entries:
            return []
        listing = bullets(entries)
        listing["classes"].append("tp-claim-list")
        return [nodes.rubric("", "Claims in the ledger"), listing]

    def statistics(self):
        """Return the section on where the tables come from."""
        rows = []
        known = datasets.sources()
        for source_id, source in known.iterrows():
            name = anchor("source", source_id)
            self.label(name, str(source_id))
            title, url = cell(one_line(source["title"])), str(source["url"])
            if url.startswith("http"):
                title = f'<a href="{html.escape(url)}">{title}</a>'
            if note := blank(source["note"]):
                title += f". {cell(note)}"
            others = (cell(blank(source[key])) for key in ("publisher", "date", "licence"))
            rows.append([f'<span id="{name}">{cell(str(source_id))}</span>', title, *others])
        header = ["Id", "Title", "Publisher", "Date", "Licence"]
        return self.section(
            "statistical-sources",
            "Sources of the tables",
            table(header, rows),
            classes=["tp-statistics"],
        )


def blank(value):
    """Return a cell's text; a missing value is an empty cell."""
    return "" if value is None or value != value else one_line(value)
