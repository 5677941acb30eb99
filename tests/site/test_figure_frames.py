"""The frame around each chart: what unfolds, what is saved as a file, where its link leads."""

import csv
import io
import re
from collections import Counter
from types import SimpleNamespace
from xml.etree import ElementTree

import pandas as pd
import pytest
import yaml
from bs4 import BeautifulSoup
from checkout import ROOT
from conftest import LESSONS, lesson_pages, pages_of
from pagechecks import Page, undrawn, visit, words

from techpolitik.book import citations
from techpolitik.book.citations import address_of
from techpolitik.lesson import figures

RARE_EARTHS = "notebooks/01_rare_earths.html"
EXPLORATION = "figure-rare-earths-explore-cut"
SVG = "{http://www.w3.org/2000/svg}"


def frames(page) -> list:
    return page.locator(".tp-figure").all()


def title_of(figure) -> str:
    return words(figure.locator(".tp-figure-title").inner_text())


# ------------------------------------------------------------------------------- what unfolds


PARTS = ("Description", "Table", "Source", "Cite")


def test_each_part_of_a_figure_opens_with_one_key(site, new_page):
    page = new_page()
    visit(page, site.url + RARE_EARTHS)
    for figure in (frames(page)[0], page.locator(f"#{EXPLORATION}")):
        for word in PARTS:
            part = figure.locator(f"details:has(> summary:text-is('{word}'))")
            inside = part.locator("> :not(summary)")
            assert not inside.is_visible()
            part.locator("summary").focus()
            page.keyboard.press("Enter")
            assert inside.is_visible() and len(words(inside.inner_text())) > 30


def test_the_parts_of_every_figure_are_closed_and_named(page_name, book):
    for figure in BeautifulSoup((book / page_name).read_text("utf-8"), "html.parser")("figure"):
        parts = figure.select(".tp-parts > details")
        assert [part.summary.text for part in parts] == list(PARTS)
        title = words(figure.select_one(".tp-figure-title").text)
        for part in parts:
            name = words(part.summary["aria-label"])
            assert name.startswith(f"{part.summary.text} of ") and name.endswith(title)
            inside = part.get_text(" ").removeprefix(part.summary.text)
            assert "open" not in part.attrs and len(words(inside)) > 30


def test_what_unfolds_works_without_javascript(site, new_page):
    page = new_page(java_script_enabled=False)
    visit(page, site.url + RARE_EARTHS)
    figure = frames(page)[0]
    # A button that could do nothing is not there; the table is a plain link.
    assert figure.locator(".tp-save button").count() == 0
    assert figure.locator(".tp-save a[download]").count() == 1
    figure.locator("summary:text-is('Source')").press("Enter")
    assert figure.locator("dt:text-is('Missing')").is_visible()


# ------------------------------------------------------------------------------ permanent links


def test_every_figure_has_a_link_of_its_own_that_the_index_knows(book):
    listed = Page((book / "book/figures.html").read_text("utf-8")).tagged("a")
    listed = {link["href"].removeprefix("../"): words(link["text"]) for link in listed}
    seen = Counter()
    for name in pages_of(book):
        page = Page((book / name).read_text("utf-8"))
        known = page.ids()
        numbers = []
        for figure in page.tagged("figure"):
            key = figure["id"]
            links = [a for a in page.tagged("a") if a.get("class") == "tp-figure-number"]
            (link,) = [a for a in links if a["href"] == f"#{key}"]
            numbers.append(words(link["text"]))
            address = f"{name.removeprefix('book/')}#{key}"
            assert listed[address] == words(known[f"{key}-title"]["text"])
            seen[key] += 1
        if name.startswith("notebooks/"):
            lesson = int(name.removeprefix("notebooks/")[:2])
            assert numbers == [f"Figure {lesson}.{place + 1}" for place in range(len(numbers))]
    assert seen and set(seen.values()) == {1}


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_links_follow_from_the_cells_ids(path, book):
    page = Page((book / f"notebooks/{path.stem}.html").read_text("utf-8"))
    lesson = path.stem.partition("_")[2].replace("_", "-")
    cells = set(re.findall(r'"id": "([\w-]+)"', path.read_text("utf-8")))
    for figure in page.tagged("figure"):
        name = figure["id"].removeprefix(f"figure-{lesson}-")
        assert {name, f"{name}-figure"} & cells, figure["id"]


def test_a_permanent_link_leads_to_its_figure(site, new_page):
    page = new_page()
    visit(page, site.url + "book/figures.html")
    page.locator(f"a[href$='#{EXPLORATION}']").press("Enter")
    page.wait_for_url(f"**/01_rare_earths.html#{EXPLORATION}")
    page.wait_for_function(
        "id => { const top = document.getElementById(id).getBoundingClientRect().top;"
        " return top >= 0 && top < innerHeight / 2; }",
        arg=EXPLORATION,
    )


@pytest.mark.parametrize(
    ("place", "name"),
    [*(("server", name) for name in lesson_pages()), ("disk", RARE_EARTHS)],
)
def test_the_link_of_an_exploration_keeps_the_setting(place, name, book, site, new_page):
    home = site.url if place == "server" else book.resolve().as_uri() + "/"
    page = new_page()
    visit(page, home + name)
    keys = [
        figure.get_attribute("id") for figure in page.locator(".tp-figure:has(.tp-controls)").all()
    ]
    for key in keys:
        figure = live(page, key)
        controls = figure.locator(".tp-controls :is(input, select)").all()
        controls[-1].press("End")
        controls[0].press("ArrowRight")
        link = figure.locator(".tp-figure-number").evaluate("link => link.href")
        assert link.startswith(home + name + "?") and link.endswith(f"#{key}")
        shown = setting_of(figure)
        again = new_page()
        watch = visit(again, link)
        assert setting_of(live(again, key)) == shown
        assert watch.problems == []
        again.close()
    assert keys


def test_a_link_with_a_setting_that_is_gone_shows_the_usual_one(site, new_page):
    page = new_page()
    visit(page, site.url + RARE_EARTHS)
    usual = setting_of(live(page, EXPLORATION))
    control = page.locator(f"#{EXPLORATION} input").first.get_attribute("id")
    watch = visit(page, f"{site.url}{RARE_EARTHS}?{control}=nowhere#{EXPLORATION}")
    assert setting_of(live(page, EXPLORATION)) == usual
    assert watch.problems == []


def live(page, key: str):
    """Give a figure once its chart follows its controls."""
    figure = page.locator(f"#{key}")
    figure.scroll_into_view_if_needed()
    page.locator(f"#{key}[data-state=live]").wait_for()
    return figure


def setting_of(figure) -> tuple:
    """Give what a figure says of its setting: the controls, the finding and the table."""
    values = [
        control.input_value() for control in figure.locator(".tp-controls :is(input, select)").all()
    ]
    spoken = figure.locator(".tp-controls output").all_inner_texts()
    finding = figure.locator(".tp-finding").all_inner_texts()
    return values, spoken, finding, table_now(figure)


# ---------------------------------------------------------------------------------- citation


def test_a_citation_names_course_figure_data_and_place(page_name, book):
    course = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    begin = f"{course['authors'][0]['name']} ({course['date-released'].year}). "
    for figure in BeautifulSoup((book / page_name).read_text("utf-8"), "html.parser")("figure"):
        said = figure.select_one(".tp-cite p").text
        title, number = figure.select_one(".tp-figure-title"), figure.select_one("figcaption a")
        # On pages that are no lesson a figure has no number.
        number = number.text if any(map(str.isdigit, number.text)) else "A figure"
        assert said.startswith(f"{begin}{words(title.text)}. {number} in {course['title']}, ")
        assert said.endswith(f". {page_name}#{figure['id']}")
        data = said.partition(" Data: ")[2]
        for table in figure.select(".tp-source a"):
            assert words(table.text) in data


def test_a_citation_gives_the_address_of_a_site_that_has_one():
    builder = SimpleNamespace(get_target_uri="{}.html".format)
    app = SimpleNamespace(builder=builder, config=SimpleNamespace(html_baseurl=""))
    assert address_of(app, "book/claims", "figure-x") == "book/claims.html#figure-x"
    for base in ("https://example.org/course", "https://example.org/course/"):
        app.config.html_baseurl = base
        address = "https://example.org/course/book/claims.html#figure-x"
        assert address_of(app, "book/claims", "figure-x") == address


def test_a_new_version_or_address_has_figures_cited_anew(monkeypatch):
    config = SimpleNamespace(html_baseurl="")
    app = SimpleNamespace(config=config)
    seen = set()
    for version, base in (("1", ""), ("1", "https://example.org/"), ("2", "https://example.org/")):
        config.html_baseurl = base
        monkeypatch.setattr(citations, "record", lambda version=version: {"version": version})
        citations.note_course(app, config)
        seen.add(config.tp_cited)
    assert len(seen) == 3


def test_a_citation_is_copied_by_keyboard(site, new_page):
    page = new_page()
    visit(page, site.url + RARE_EARTHS)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    figure = frames(page)[0]
    figure.locator("summary:text-is('Cite')").press("Enter")
    button = figure.get_by_role("button", name="Copy this citation")
    button.press("Enter")
    page.wait_for_function("button => button.textContent == 'Copied'", arg=button.element_handle())
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == figure.locator(".tp-cite p").inner_text()


# ------------------------------------------------------------------------------ files: the table


def file_of(folder, page_name: str, figure) -> str:
    return ((folder / page_name).parent / figure["href"]).resolve().read_text("utf-8")


def test_the_csv_of_a_figure_is_its_whole_table(lesson_page, book):
    page = Page((book / lesson_page).read_text("utf-8"))
    links = [a for a in page.tagged("a") if a.get("href", "").endswith(".csv") and "download" in a]
    links = [a for a in links if "_static/figures/" in a["href"]]
    shown = tables_of((book / lesson_page).read_text("utf-8"))
    assert len(links) == len(shown) == len(page.tagged("figure")) > 1
    for link, (head, rows, more) in zip(links, shown, strict=True):
        text = file_of(book, lesson_page, link)
        lines = list(csv.reader(io.StringIO(text)))
        assert {len(line) for line in lines} == {len(lines[0])}
        assert lines[0][-2:] == ["figure_source", "figure_note"]
        assert all(line[-2] for line in lines[1:])
        assert lines[1][-1] and not any(line[-1] for line in lines[2:])
        controls = lines[0][: len(lines[0]) - 2 - len(head)]
        assert set(lines[0]) == {*controls, *head, "figure_source", "figure_note"}
        if not controls:
            assert len(lines) - 1 == len(rows) + more
            assert written(pd.read_csv(io.StringIO(text)), head) == rows


def tables_of(html: str) -> list[tuple[list[str], list[list[str]], int]]:
    """Give column names, rows and the number of rows left out of each figure's table."""
    found = []
    for part in re.findall(r'aria-label="Table: .*?</details>', html, re.DOTALL):
        page = Page(part)
        head = [cell["text"] for cell in page.tagged("th")]
        cells = [cell["text"] for cell in page.tagged("td")]
        more = re.search(r"(\d+) more rows", part)
        rows = [cells[at : at + len(head)] for at in range(0, len(cells), len(head))]
        found.append((head, rows, int(more[1]) if more else 0))
    return found


def written(data: pd.DataFrame, head: list[str]) -> list[list[str]]:
    """Write the first rows of a table as the page does."""
    return figures.table(data[head])["rows"]


def test_the_csv_and_the_table_of_an_exploration_hold_every_setting(
    lesson_page, book, site, new_page
):
    page = new_page()
    visit(page, site.url + lesson_page)
    assert undrawn(page) == []
    for figure in page.locator(".tp-figure:has(.tp-controls)").all():
        address = figure.locator(".tp-save a").get_attribute("href")
        data = pd.read_csv((book / lesson_page).parent / address)
        first = table_now(figure)
        controls = figure.locator(".tp-controls :is(input, select)").all()
        names = [
            control.get_attribute("id").removeprefix(figure.get_attribute("id") + "-")
            for control in controls
        ]
        settings = data[names].drop_duplicates()
        for key, place in (("End", -1), ("Home", 0)):
            for control in controls:
                control.press(key)
            state = settings.iloc[place]
            rows = data[(data[names] == state).all(axis=1)]
            assert table_now(figure) == (first[0], written(rows, first[0]))


def table_now(figure) -> tuple[list[str], list[list[str]]]:
    """Read the table of a figure as it stands."""
    return tuple(
        figure.locator(".tp-table").evaluate(
            "table => [[...table.tHead.rows[0].cells].map(cell => cell.textContent),"
            "[...table.tBodies[0].rows].map(row => [...row.cells].map(cell => cell.textContent))]"
        )
    )


# --------------------------------------------------------------------------- files: the picture


def saved(figure, kind: str) -> tuple[str, bytes]:
    """Press the button of a figure that saves `kind`; give name and content of the file."""
    with figure.page.expect_download() as waiting:
        figure.locator(f".tp-save button:text-is('{kind}')").press("Enter")
    download = waiting.value
    return download.suggested_filename, download.path().read_bytes()


@pytest.mark.parametrize("place", ["server", "disk"])
def test_pictures_are_saved_offline_and_say_what_they_show(place, book, site, new_page):
    page = new_page(scheme="dark")
    home = site.url if place == "server" else book.resolve().as_uri() + "/"
    watch = visit(page, home + RARE_EARTHS)
    assert undrawn(page) == []
    page.context.set_offline(True)
    # Chromium holds back the eleventh file that one page saves in a row.
    *charts, exploration = frames(page)
    for figure in [*charts[:4], exploration]:
        key = figure.get_attribute("id")
        name, svg = saved(figure, "SVG")
        assert name == key.removeprefix("figure-") + ".svg"
        assert picture_problems(svg.decode(), figure) == []
        name, png = saved(figure, "PNG")
        assert name.endswith(".png") and png.startswith(b"\x89PNG")
        drawn = ElementTree.fromstring(svg)
        width = int.from_bytes(png[16:20], "big")
        assert width % float(drawn.get("width")) == 0 and width >= 1400
        status = figure.locator(".tp-save [role=status]")
        assert status.inner_text() == f"Saved {name}"
        for button in figure.locator(".tp-save button").all():
            label = button.get_attribute("aria-label")
            assert label.startswith(button.inner_text()) and label.endswith(title_of(figure))
    assert watch.problems == []


def picture_problems(svg: str, figure) -> list[str]:
    """List what a saved picture lacks; it stands alone, without the page's styles."""
    problems = [f"leans on the page: {part}" for part in ("var(", "url(http") if part in svg]
    drawn = ElementTree.fromstring(svg)
    text = words(" ".join(drawn.itertext()))
    for part in (".tp-figure-number", ".tp-figure-title", ".tp-source", ".tp-finding"):
        said = figure.locator(part)
        if said.count() and words(said.text_content()) not in text:
            problems.append(f"does not say {words(said.text_content())!r}")
    if figure.get_attribute("id") not in text:
        problems.append("does not give its link")
    paper = drawn.find(f"{SVG}rect").get("fill")
    if paper != "#ffffff":
        problems.append(f"is drawn on {paper}")
    if len(drawn.findall(f".//{SVG}path")) < 5:
        problems.append("shows no chart")
    return problems


def test_a_picture_that_leans_on_the_page_is_found(site, new_page):
    page = new_page()
    visit(page, site.url + RARE_EARTHS)
    bare = f'<svg xmlns="{SVG.strip("{}")}"><rect fill="var(--tp-paper)"/></svg>'
    problems = picture_problems(bare, frames(page)[0])
    assert len(problems) == 7


def test_a_picture_shows_the_setting_a_reader_chose(site, new_page):
    page = new_page()
    visit(page, site.url + RARE_EARTHS)
    assert undrawn(page) == []
    figure = page.locator(f"#{EXPLORATION}")
    _, before = saved(figure, "SVG")
    figure.locator("input[type=range]").first.press("End")
    _, after = saved(figure, "SVG")
    assert "Withheld: 50 %" in before.decode() and "Withheld: 100 %" in after.decode()
    assert picture_problems(after.decode(), figure) == []
    shapes = [re.findall(r' d="([^"]+)"', text.decode()) for text in (before, after)]
    assert shapes[0] != shapes[1]


def test_a_picture_of_the_drawing_is_saved_when_the_chart_cannot_live(site, new_page):
    page = new_page()
    page.route("**/vega.js", lambda route: route.abort())
    visit(page, site.url + RARE_EARTHS)
    figure = frames(page)[0]
    _, svg = saved(figure, "SVG")
    assert picture_problems(svg.decode(), figure) == []
