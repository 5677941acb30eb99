"""The front page: the figure a visitor meets first, and the drawing of a list in layers."""

import html
from typing import ClassVar

from docutils.parsers.rst import directives
from sphinx.errors import ExtensionError

from techpolitik import course, files
from techpolitik.book.pages.parts import GeneratedPage, raw, read_table
from techpolitik.book.render import figure_nodes
from techpolitik.lesson import datasets


def setup(app):
    """Register the figure and the drawing."""
    app.add_directive("front-figure", FrontFigure)
    app.add_directive("layers", Layers)


class FrontFigure(GeneratedPage):
    """What the course does, on its first page: the figure of `course/front.py`.

    The argument is the name of the figure in its address.
    """

    required_arguments = 1

    def run(self):
        """Return the figure, made as a lesson makes it and shown by the same component."""
        # Altair takes a second to import, and only this page of the site draws a chart itself.
        from techpolitik.lesson.explorations import grid_spec

        here = course.current()
        own = here.module("front")
        if own is None:
            raise ExtensionError(
                f"{self.get_location()}: {{front-figure}} shows the figure of course/front.py, "
                "which does not exist: write it with a function figure() that returns "
                "explore(...), or take the directive out"
            )
        shown = own.figure()
        tables = [here.data / datasets.resource(name)["path"] for name in shown.figure.source]
        self.depend_on(here.data / "datapackage.json", *tables, own.__file__)
        return figure_nodes(self.state.document, grid_spec(shown), self.arguments[0])


class Layers(GeneratedPage):
    """A column of a table as a list drawn in layers, the last row on top.

    The argument names the table; the options are its `column` and a `label` for screen readers.
    """

    required_arguments = 1
    option_spec: ClassVar = {
        "column": directives.unchanged_required,
        "label": directives.unchanged_required,
    }

    def run(self):
        """Return the list."""
        column, label = self.options["column"], self.options["label"]
        path = course.current().data / datasets.resource(self.arguments[0])["path"]
        self.depend_on(path)
        header, rows = read_table(path)
        if column not in header:
            raise ExtensionError(
                f"{self.get_location()}: {path.name} has no column {column!r}"
                f"{files.nearest(column, header)}"
            )
        at = header.index(column)
        items = "".join(f"<li>{html.escape(row[at])}</li>" for row in reversed(rows))
        return [raw(f'<ol class="tp-stack" aria-label="{html.escape(label)}">{items}</ol>')]
