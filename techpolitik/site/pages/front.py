"""The front page's drawing of the stack."""

import html

from techpolitik import datasets
from techpolitik.site.pages.parts import GeneratedPage, raw, read_table


def setup(app):
    """Register the drawing."""
    app.add_directive("stack-layers", StackLayers)


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
