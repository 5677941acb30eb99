"""Code in its place: what draws is folded, what teaches is open, one control shows all of it."""

import json
import re

import pytest
from checkout import ROOT
from conftest import EXERCISES, lesson_of, lesson_pages
from pagechecks import visit

from techpolitik.folding import MOST_LINES

A_LESSON = next(name for name in lesson_pages() if "rare_earths" in name)
CONTROL = ".tp-run .tp-button"
PRESSED = f"{CONTROL}[aria-pressed=true]"
IN_SIGHT = "block => block.checkVisibility()"

# The lines of code in sight between each slider and the heading or figure above it.
LINES_BEFORE_SLIDERS = """() => {
    const steps = [...document.querySelectorAll("h2, h3, .tp-figure, .cell_input pre")];
    const lines = (block) =>
        block.checkVisibility() ? block.innerText.trim().split("\\n").length : 0;
    return [...document.querySelectorAll(".tp-figure:has(.tp-controls)")].map((figure) => {
        const above = steps.slice(0, steps.indexOf(figure)).reverse();
        const ends = above.findIndex((step) => !step.matches("pre"));
        return above.slice(0, ends).reduce((sum, block) => sum + lines(block), 0);
    });
}"""


def too_long(page) -> list[int]:
    """List how many lines of code stand before a slider, where they are too many."""
    return [lines for lines in page.evaluate(LINES_BEFORE_SLIDERS) if lines > MOST_LINES]


def misfolded(page) -> list[str]:
    """List folded lines that do not say how long their code is, or whose code is not whole."""
    problems = []
    for fold in page.locator(".tp-code").all():
        said = fold.locator("summary").text_content()
        lines = "".join(fold.locator("pre").all_text_contents()).count("\n")
        number = re.fullmatch(r".+: (\d+) lines? of code", said)
        if not number or int(number[1]) != lines:
            problems.append(f"{said!r} stands for {lines} lines")
    return problems


def test_code_is_in_its_place(lesson_page, site, new_page):
    page = new_page(width=390)
    watch = visit(page, site.url + lesson_page)
    assert too_long(page) == [] and misfolded(page) == []
    folds = page.locator(".tp-code:not(.tp-code-card)")
    assert folds.count() > 7 and page.locator(".tp-code[open]").count() == 0
    assert page.locator(".tp-code-card:visible").count() == 0
    # No figure, card or quiz has open code above it, but for the first charts of lesson 0.
    own = [line for line in folds.locator("summary").all_inner_texts() if line.startswith("Draws")]
    figures = page.locator(".cell .tp-figure").count()
    assert figures - len(own) == (4 if "the_stack" in lesson_page else 0)
    # A stop of the keyboard for each block in sight, and none for those behind a line.
    open_blocks = page.locator(".cell_input pre").evaluate_all(
        f"all => all.filter({IN_SIGHT}).length"
    )
    buttons = page.locator(".cell_input .tp-copy").evaluate_all(
        f"all => all.filter({IN_SIGHT}).length"
    )
    assert 5 < open_blocks == buttons < 30
    assert watch.problems == []


def test_an_exercise_waits_without_scolding(lesson_page, site, new_page):
    page = new_page(width=390)
    visit(page, site.url + lesson_page)
    assert page.locator(".tp-check").count() == 0
    asked = {
        name: e["kind"] for name, e in EXERCISES.items() if e["lesson"] == lesson_of(lesson_page)
    }
    boxes = page.locator(".tp-exercise").evaluate_all(
        "all => all.map(({dataset}) => [dataset.exercise, dataset.kind])"
    )
    assert dict(boxes) == asked and len(boxes) == len(asked)
    for hint in page.locator(".tp-hint").all():
        assert not hint.locator("p").is_visible()
        hint.locator("summary").focus()
        page.keyboard.press("Enter")
        assert hint.locator("p").is_visible()


@pytest.mark.parametrize("width", [390, 820, 1280, 1920])
def test_one_control_shows_all_code_and_is_remembered(width, site, new_page):
    page = new_page(width=width)
    watch = visit(page, site.url + A_LESSON)
    shut = page.locator(".tp-code").count()
    page.locator(CONTROL).focus()
    page.keyboard.press("Enter")
    assert page.locator(".tp-code[open]").count() == shut > 20
    assert page.locator(".tp-code-card pre:visible").count() > 3
    assert too_long(page) != []
    page.reload()
    page.locator(PRESSED).wait_for()
    assert page.locator(".tp-code[open]").count() == shut
    page.locator(CONTROL).click()
    page.reload()
    assert page.locator(PRESSED).count() == page.locator(".tp-code[open]").count() == 0
    # The address asks for this page only.
    page.goto(f"{site.url}{A_LESSON}?code=1")
    page.locator(PRESSED).wait_for()
    assert page.locator(".tp-code[open]").count() == shut
    page.goto(site.url + A_LESSON)
    assert page.locator(PRESSED).count() == 0
    assert watch.problems == []


def test_a_folded_line_opens_its_code_without_a_script(site, new_page):
    page = new_page(java_script_enabled=False)
    visit(page, site.url + A_LESSON)
    fold = page.locator(".tp-code-figure").first
    assert not fold.locator("pre").first.is_visible()
    fold.locator("summary").click()
    assert fold.locator("pre").first.is_visible()
    assert page.locator(".tp-code-card:visible").count() == page.locator(CONTROL).count() == 0


def test_code_is_copied_whole_by_keyboard(site, new_page):
    page = new_page()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit(page, site.url + A_LESSON)
    fold = page.locator("#cell-share-years-figure .tp-code")
    fold.locator("summary").focus()
    page.keyboard.press("Enter")
    button = fold.locator(".tp-copy").last
    button.focus()
    page.keyboard.press("Enter")
    page.get_by_role("status").filter(has_text="Copied").wait_for()
    cells = json.loads((ROOT / A_LESSON).with_suffix(".ipynb").read_text("utf-8"))["cells"]
    source = next("".join(cell["source"]) for cell in cells if cell["id"] == "share-years-figure")
    assert page.evaluate("navigator.clipboard.readText()") == source


def test_a_line_that_says_too_little_is_found(site, new_page):
    page = new_page()
    visit(page, site.url + A_LESSON)
    line = page.locator(".tp-code > summary").nth(2)
    line.evaluate("line => { line.textContent = 'Draws figure 1.1: 2 lines of code'; }")
    assert len(misfolded(page)) == 1
