"""Tables on a page, as pandas, Markdown and generated pages write them, after the theme."""

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from techpolitik.book import theme
from techpolitik.book.pages import parts

LONG = "A sentence that would stand one word to the line."
FRAME = pd.DataFrame(
    {"country": ["China", "US"], "mined_t": [270000, float("nan")], "note": [LONG, "<b>"]}
)
FRAME["date"] = ["2025-04-04", "2025-05-05"]
MARKDOWN = (
    '<table class="docutils align-default"><thead><tr><th class="head"><p></p></th>'
    '<th class="head"></th></tr></thead><tbody><tr><td><p>Time</p></td><td><p>95 minutes</p></td>'
    "</tr></tbody></table>"
)


def page(body: str) -> BeautifulSoup:
    return BeautifulSoup(theme.cleaned(f"<article>{body}</article>"), "html.parser")


def classes(cells) -> list[str]:
    return [" ".join(cell.get("class", [])) for cell in cells]


@pytest.mark.parametrize("markup", [FRAME.to_html(), FRAME._repr_html_()])
def test_columns_of_numbers_are_marked_with_their_heading(markup):
    shown = page(markup)
    assert not shown.select("style") and not shown.select("table[border]")
    head, first, second = shown.select("tr")
    kinds = ["tp-number", "", "tp-number"]
    assert classes(head.find_all(["td", "th"]))[:3] == kinds
    assert head.find(["td", "th"]).name == "td", "an empty cell heads nothing"
    assert classes(first.find_all(["td", "th"])) == [*kinds, "tp-sentence", "tp-word"]
    assert [cell.get_text() for cell in second.find_all("td")][:2] == ["US", "NaN"]
    assert second.find_all("td")[2].get_text() == "<b>" and not shown.select("b")


def test_a_cell_that_is_more_than_text_is_read_by_its_text():
    rows = [
        ["<code>mined_t</code>", "12", f"<em>{LONG}</em>"],
        ["<code>year</code>", "1,234.5", "x"],
    ]
    shown = page(parts.table(["Column", "Rows", "Meaning"], rows).astext())
    assert classes(shown.select("tbody tr:first-child td")) == ["", "tp-number", "tp-sentence"]


def test_a_table_without_heading_is_headed_by_its_first_cells():
    shown = page(MARKDOWN)
    assert not shown.thead and shown.table["class"] == ["tp-headless"]
    assert shown.th["scope"] == "row" and shown.th.get_text() == "Time"
    assert shown.td.get_text() == "95 minutes"


def test_each_table_is_in_one_box_that_scrolls():
    boxed = '<div class="tp-scroll" role="group">\n<table class="tp-table"></table></div>'
    shown = page(MARKDOWN + boxed + FRAME.to_html())
    assert len(shown.select(".tp-scroll > table")) == len(shown.select(".tp-scroll")) == 3
