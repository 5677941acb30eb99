"""The index of figures: number, title and tables of every figure of the book.

What figures there are is known when all pages have been read, so the directive leaves a place for
each lesson, and the place is filled when the page is written.
"""

import html

from docutils import nodes

from techpolitik.book.pages.parts import GeneratedPage, anchor, table, to_renew
from techpolitik.lesson import datasets


def setup(app):
    """Register the page."""
    app.add_directive("figures-index", FiguresIndex)
    app.add_node(figures_of)
    app.connect("env-updated", pages_to_write)
    app.connect("doctree-resolved", fill_places)


class figures_of(nodes.General, nodes.Element):
    """The place for the figures of one page of the book (`page`), or of all that are no lesson."""


class FiguresIndex(GeneratedPage):
    """One table per lesson, in the order of the lessons."""

    def run(self):
        """Return one section per lesson, and a place for figures on other pages."""
        self.env.metadata[self.env.docname]["tp_figures_index"] = True
        sections = [
            self.section(
                anchor("figures", lesson.id),
                lesson.title,
                figures_of(page=lesson.docname),
            )
            for lesson in self.all_lessons()
        ]
        return [*sections, figures_of(page="")]


def pages_to_write(app, env):
    """Have the index written again when the figures of any page have changed."""
    known = {page: meta.get("tp_figures", []) for page, meta in sorted(env.metadata.items())}
    return to_renew(env, "tp_known_figures", known, "tp_figures_index")


def fill_places(app, doctree, docname):
    """Put the figures of each page into its place."""
    for place in list(doctree.findall(figures_of)):
        pages = [place["page"]] if place["page"] else others(app.env)
        rows = [
            row(app, docname, page, figure)
            for page in pages
            for figure in app.env.metadata[page].get("tp_figures", [])
        ]
        title = [] if place["page"] or not rows else [nodes.rubric("", "On other pages")]
        place.replace_self([*title, table(["Figure", "Title", "Tables"], rows)] if rows else [])


def others(env):
    """Return the pages that are no lesson, sorted."""
    return sorted(page for page in env.metadata if not page.startswith("notebooks/"))


def row(app, docname, page, figure):
    """Return the cells of one figure: number, title that links to it, tables that link to cards."""

    def link(target, name, text):
        address = app.builder.get_relative_uri(docname, target)
        return f'<a href="{address}#{name}">{html.escape(text, quote=False)}</a>'

    tables = [
        link("book/datasets", anchor("dataset", name), datasets.resource(name)["title"])
        for name in figure["source"]
    ]
    number = figure["number"].removeprefix("Figure").strip()
    return [number, link(page, figure["key"], figure["title"]), "; ".join(tables)]
