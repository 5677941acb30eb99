"""The datasets: one card per table, and the tables themselves for download."""

import html
import shutil
from pathlib import Path

from docutils import nodes

from techpolitik import course
from techpolitik.book.pages.parts import (
    GeneratedPage,
    anchor,
    bullets,
    cell,
    facts,
    folded,
    joined,
    link,
    para,
    raw,
    read_table,
    seed_files,
    table,
)
from techpolitik.files import one_line
from techpolitik.lesson import datasets, seeds

FIRST_ROWS, FEW_SOURCES = 5, 12
DATA_FOLDER = "_static/data"


def setup(app):
    """Register the page and the copies of the tables."""
    app.add_directive("dataset-cards", DatasetCards)
    app.connect("build-finished", copy_tables)


class DatasetCards(GeneratedPage):
    """One card per table: what it counts, who made it, what is missing, columns, first rows."""

    def run(self):
        """Return one section per resource of the data package."""
        package = datasets.package()
        paths = [course.current().data / r["path"] for r in package["resources"]]
        self.depend_on(course.current().data / "datapackage.json", *paths, *seed_files())
        self.book, self.ledger = self.all_lessons(), list(seeds.claims().values())
        cards = zip(package["resources"], paths, strict=True)
        return [
            raw(self.download_html(course.current().data / "datapackage.json")),
            *(self.card(resource, path) for resource, path in cards),
        ]

    def card(self, resource, path):
        """Return the section of one table."""
        about = resource["techpolitik"]
        header, rows = read_table(path) if path.suffix == ".csv" else ([], [])
        size = f"{len(rows):,} rows, {len(header)} columns" if header else "a map file"
        caveats = [one_line(caveat) for caveat in about["caveats"]]
        content = [
            para(one_line(resource["description"])),
            facts(
                ("One row is", about["row"]),
                ("Made by", about["made_by"]),
                ("Counts", about["counts"]),
                ("Missing", about["missing"]),
                ("Beware", [bullets(caveats)]),
                ("Do not use it", about["not_for"]),
                ("Coverage", about["coverage"]),
                ("Looked until", about["retrieved"]),
                ("Newer editions, not used", "; ".join(about.get("newer", []))),
                ("Size", size),
                ("Sources", self.sources(resource) + self.cited(resource, header, rows)),
                ("Licence", "; ".join(one_line(x["title"]) for x in resource["licenses"])),
                ("Used for", self.uses(resource["name"])),
                ("Load it", [para(nodes.literal("", f'load("{resource["name"]}")'))]),
            ),
            raw(self.download_html(path)),
        ]
        if header:
            content += folded("Columns", column_table(resource), kind="tp-columns")
            first = [map(cell, row) for row in rows[:FIRST_ROWS]]
            content += folded(f"First {FIRST_ROWS} rows", table(header, first), kind="tp-rows")
        return self.section(anchor("dataset", resource["name"]), resource["title"], *content)

    def uses(self, name):
        """Return what the course does with a table: lessons, exercises, claims it decides."""
        shown, asked = [], []
        for lesson in self.book:
            if ("table", name) in lesson.places:
                shown.append([self.place(lesson, "table", name, lesson.called)])
            asked += [
                [self.place(lesson, "exercise", exercise["id"], exercise["title"])]
                for exercise in lesson.exercises
                if name in exercise["tables"]
            ]
        decides = [
            [self.ref(anchor("claim", claim["id"]), claim["id"])]
            for claim in self.ledger
            if claim["check"].get("table") == name
        ]
        lines = [("Shown in ", shown), ("Exercises: ", asked), ("Claims it decides: ", decides)]
        return [para(start, *joined(linked)) for start, linked in lines if linked]

    def sources(self, resource):
        """Return the sources a resource names, linked where they have an address."""
        named = []
        for source in resource["sources"]:
            path = source.get("path", "")
            title = one_line(source["title"])
            named.append([link(path, title) if path.startswith("http") else title])
        return [bullets(named)]

    def cited(self, resource, header, rows):
        """Return links to the sources that single rows name, folded away where they are many."""
        keys = resource.get("schema", {}).get("foreignKeys", [])
        columns = [key["fields"] for key in keys if key["reference"]["resource"] == "sources"]
        ids = sorted({row[header.index(column)] for column in columns for row in rows} - {""})
        links = para(*joined([self.ref(anchor("source", name), name)] for name in ids))
        if len(ids) > FEW_SOURCES:
            return folded(f"The {len(ids)} sources of its rows", links, kind="tp-row-sources")
        return [para("Rows name: ", *links.children)] if ids else []

    def download_html(self, path):
        """Return the link to the file itself."""
        to_root = "../" * self.env.docname.count("/")
        size = max(1, round(path.stat().st_size / 1000))
        return (
            f'<p class="tp-get"><a href="{to_root}{DATA_FOLDER}/{path.name}" download>'
            f'<span class="tp-icon tp-icon-download"></span> Download {html.escape(path.name)}</a> '
            f"({size} kB)</p>"
        )


def column_table(resource):
    """Return name, type, unit and meaning of each column."""
    rows = [
        [
            f"<code>{cell(field['name'])}</code>",
            *(cell(one_line(field.get(key, ""))) for key in ("type", "unit", "description")),
        ]
        for field in resource["schema"]["fields"]
    ]
    return table(["Column", "Type", "Unit", "Meaning"], rows)


def copy_tables(app, exception):
    """Put the data package beside the pages, for download."""
    if exception or app.builder.format != "html":
        return
    target = Path(app.outdir) / DATA_FOLDER
    target.mkdir(parents=True, exist_ok=True)
    names = [resource["path"] for resource in datasets.package()["resources"]]
    for name in [*names, "datapackage.json"]:
        shutil.copy2(course.current().data / name, target / name)
