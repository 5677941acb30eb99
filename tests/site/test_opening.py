"""How a lesson opens: its first words, one line to run it, its hero figure, all on one screen."""

import json
from types import SimpleNamespace

import nbformat
import pytest
from conftest import LESSONS, lesson_of, lesson_pages
from pagechecks import visit
from sphinx.errors import ExtensionError

from techpolitik import course
from techpolitik.book import opening

FRONT = "book/index.html"
SCREENS = [(390, 844), (820, 1180), (1280, 800), (1920, 1080)]


def order(page, *parts: str) -> list[float]:
    """Give where on the page each part begins."""
    return [page.locator(part).first.bounding_box()["y"] for part in parts]


def late(page, height: int) -> list[str]:
    """Say what is wrong with the opening of a lesson on a screen of this height."""
    parts = ["h1", "h1 ~ p", ".tp-run", ".tp-hero-drawing", "h2"]
    begins = order(page, *parts)
    problems = [] if begins == sorted(begins) else [f"out of order: {begins}"]
    picture = page.locator(".tp-hero-drawing > svg").bounding_box()
    if picture["y"] + picture["height"] / 2 > height:
        problems.append(f"less than half of the picture is on the first screen: {picture}")
    if picture["width"] < 240 or picture["height"] > 320:
        problems.append(f"the picture is not small: {picture}")
    return problems


def test_a_lesson_opens_with_its_figure(lesson_page, site, new_page):
    named = course.current().settings["heroes"][lesson_of(lesson_page)]
    page = new_page()
    watch = visit(page, site.url + lesson_page)
    for width, height in SCREENS:
        page.set_viewport_size({"width": width, "height": height})
        assert late(page, height) == [], width
    drawing = page.locator(".tp-hero-drawing")
    assert drawing.locator("path[fill], path[stroke]").count() > 3
    link = page.locator(".tp-hero a")
    figure = page.locator(f".tp-figure{link.get_attribute('href')}")
    title = figure.locator(".tp-figure-title").get_attribute("id")
    assert drawing.get_attribute("aria-labelledby") == title
    assert link.inner_text() == figure.locator(".tp-figure-number").text_content()
    assert page.locator(".tp-hero-question").inner_text() == named["question"]
    assert page.locator(f"#cell-{named['figure']}").locator(".tp-figure").count() == 1
    link.click()
    assert page.evaluate("location.hash") == link.get_attribute("href")
    assert watch.problems == []


def test_the_opening_needs_no_script(site, new_page):
    page = new_page(java_script_enabled=False, scheme="dark")
    visit(page, site.url + lesson_pages()[1])
    assert late(page, 900) == []


def test_an_opening_that_comes_too_late_is_found(site, new_page):
    page = new_page()
    visit(page, site.url + lesson_pages()[1])
    page.locator("h1").evaluate("title => { title.style.marginBottom = '900px'; }")
    assert len(late(page, 900)) == 1


def test_the_notebook_to_download_hides_what_draws_and_nothing_else(notebook, book):
    given = nbformat.read(book / "_sources" / "notebooks" / notebook.name, as_version=4)
    nbformat.validate(given)
    own = json.loads(notebook.read_text("utf-8"))["cells"]
    assert [cell.source for cell in given.cells] == ["".join(cell["source"]) for cell in own]
    hidden = [c.source for c in given.cells if c.metadata.get("jupyter", {}).get("source_hidden")]
    assert len(hidden) > 3
    assert not any("check(" in code or "load(" in code.split("=")[0] for code in hidden)
    assert any("explore(" in code for code in hidden)


def test_the_front_page_starts_and_shows_each_lesson(site, new_page):
    page = new_page()
    watch = visit(page, site.url + FRONT)
    pictures = page.locator(".tp-lesson-item > .tp-picture > svg")
    assert pictures.count() == len(LESSONS)
    for picture in pictures.all():
        assert picture.bounding_box()["width"] > 60
        assert picture.locator("path[fill], path[stroke]").count() > 1
        assert picture.locator("text").count() == 0
        assert picture.get_attribute("aria-hidden") == "true"
    page.locator(".tp-start a").click()
    page.wait_for_url("**/notebooks/00_the_stack.html")
    assert watch.problems == []


def test_a_hero_that_is_not_there_is_refused():
    env = SimpleNamespace(temp_data={"tp_charts": {"bars": None}})
    app = SimpleNamespace(env=env)
    with pytest.raises(
        ExtensionError, match=r"rare_earths: the cell 'share-years-figure' of x\.ip"
    ):
        opening.hero(app, "x", "rare_earths")
    assert opening.hero(app, "x", "a_lesson_without") == []
