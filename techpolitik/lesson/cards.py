"""A card: HTML with a plain-text twin, for what a lesson displays besides charts."""

import html
import os
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, StrictUndefined


def building_book() -> bool:
    """Whether this kernel runs for the built site, where nothing will answer a slider."""
    return os.environ.get("TECHPOLITIK_BOOK") == "1"


@dataclass(frozen=True)
class Card:
    """Something to show in a lesson.

    `html` is what a browser shows (classes start with `tp-`; no inline style and no script, so
    that the site's content security policy holds). `text` is the same for a terminal, a screen
    reader in text mode or a printout.
    """

    html: str
    text: str

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/html": self.html, "text/plain": self.text}

    def __str__(self):
        return self.text


def table_html(rows: dict) -> str:
    """Write a table as HTML: header cells have a scope, numbers are marked for alignment.

    `rows` is what `figures.table` gives: columns, numeric, rows and total.
    """
    numeric = [' class="tp-number"' if flag else "" for flag in rows["numeric"]]
    head = "".join(
        f'<th scope="col"{mark}>{html.escape(name)}</th>'
        for name, mark in zip(rows["columns"], numeric, strict=True)
    )
    body = "".join(
        "<tr>"
        + "".join(
            f"<td{mark}>{html.escape(value)}</td>" for value, mark in zip(row, numeric, strict=True)
        )
        + "</tr>"
        for row in rows["rows"]
    )
    left = rows["total"] - len(rows["rows"])
    more = f'<p class="tp-more">{left} more rows are in the full table.</p>' if left else ""
    return (
        f'<table class="tp-table"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}'
    )


def template(module: str, **helpers):
    """Return the macros in the template beside a module, such as `template(__file__).card(...)`.

    What they are given is escaped; they may call the `helpers`.
    """
    settings = {"autoescape": True, "trim_blocks": True, "undefined": StrictUndefined}
    text = Path(module).with_suffix(".html").read_text("utf-8")
    return Environment(**settings).from_string(text, globals=helpers).module
