"""Colours of the charts: seen against the paper, told apart by every eye, the same everywhere."""

import re

import pytest
from checkout import ROOT
from conftest import LESSONS
from figure_colours import EYES, closest, contrast, on_paper, painted
from pagechecks import colour, figures_of, undrawn, visit

from techpolitik import course
from techpolitik.lesson.style import CATEGORIES, COLOURS, PALETTE

#: WCAG 2.2 asks for 3 where a mark carries meaning and 4.5 for text.
MARK, TEXT = 3.0, 4.5
#: In CAM02-UCS, where 1 is barely seen side by side: clear also for a small dot.
APART = 10
STYLE = ROOT / "techpolitik/book/static/techpolitik.css"


def faint(paper, charts) -> list[str]:
    """List marks that neither their inside nor their outline sets off from the paper."""
    problems = []
    for name, marks in charts.items():
        for kind, inside, outline, _ in sorted(marks, key=str):
            best = max(contrast(colour, paper) for colour in (inside, outline) if colour)
            if best < (TEXT if kind == "text" else MARK):
                problems.append(f"{name}: {kind} in {inside or outline}, contrast {best:.2f}")
    return problems


def alike(charts) -> list[str]:
    """List charts that use two colours which some eyes can hardly tell apart."""
    problems = []
    for name, marks in charts.items():
        colours = {inside or outline for kind, inside, outline, _ in marks if kind != "text"}
        if len(colours) < 2:
            continue
        gap, eyes, one, other = closest(colours)
        if gap < APART:
            problems.append(f"{name}: {one} and {other} are {gap:.1f} apart for {eyes} eyes")
    return problems


def test_marks_stand_out_and_are_told_apart(lesson_page, site, new_page):
    """The marks of each chart, on paper of both colours, by every eye."""
    problems = []
    page = new_page()
    visit(page, site.url + lesson_page)
    assert undrawn(page) == []
    for scheme in ("light", "dark"):
        colour(page, scheme, "none")
        paper, charts = painted(page)
        assert len(charts) == page.locator(".tp-figure").count() > 1 and all(charts.values())
        problems += [f"{scheme}: {one}" for one in faint(paper, charts) + alike(charts)]
    assert problems == []


def variables(scheme: str) -> dict[str, str]:
    """Give the colours that the style sheet defines for light or dark."""
    light, dark = STYLE.read_text("utf-8").split(':root[data-theme="dark"] {')[:2]
    block = (light if scheme == "light" else dark).split("}")[0]
    return dict(re.findall(r"--tp-([\w-]+): (#[0-9a-f]{6});", block))


def rgb(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour.removeprefix("#")))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_any_two_colours_of_the_palette_can_be_used_together(scheme):
    known = variables(scheme)
    colours = [rgb(known[str(number)]) for number in range(1, len(CATEGORIES) + 1)]
    assert closest(colours)[0] >= APART
    assert min(contrast(colour, rgb(known["paper"])) for colour in colours) >= MARK


def test_page_and_notebook_have_the_same_colours():
    known = variables("light")
    assert {name: known[name] for name in COLOURS} == COLOURS


def listed_in(text: str) -> dict[str, str]:
    """Read the table of colours in CONTRIBUTING.md: {name: colour}."""
    rows = re.findall(r"^\| (\w+) \| (.+) \|$", text.split("| Colour |")[1], re.MULTILINE)
    return {name: colour for colour, names in rows for name in names.split(", ")}


def test_the_table_of_colours_is_that_of_the_course():
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    known = course.current().settings["colours"]
    assert listed_in(text) == known
    assert set(known.values()) <= set(PALETTE)
    assert listed_in(text.replace("| rust | China", "| rust | Japan")) != known


def coloured(figure) -> list[tuple[str, str]]:
    """List the names that a figure gives a colour, each with it: of scales, else of the data."""
    pairs = []
    for channel in channels(figure["spec"]):
        scale = channel.get("scale") or {}
        names = scale.get("domain") or sorted(
            {
                str(row[channel["field"]])
                for table in figure["datasets"].values()
                for row in table
                if channel["field"] in row
            }
        )
        usual = [f"var(--tp-{number})" for number in PALETTE.values()]
        pairs += zip(names, scale.get("range") or usual, strict=False)
    return pairs


def channels(view) -> list[dict]:
    """List what tells names apart by colour in a chart and in its parts."""
    if isinstance(view, list):
        return [channel for part in view for channel in channels(part)]
    if not isinstance(view, dict):
        return []
    found = [view[name] for name in ("color", "fill", "stroke") if isinstance(view.get(name), dict)]
    mine = [channel for channel in found if channel.get("type") == "nominal"]
    return mine + [channel for part in view.values() for channel in channels(part)]


def strange(figures) -> list[str]:
    """List the names of the table of colours that a figure gives another, and stray greys."""
    known = course.current().settings["colours"]
    wanted = {name: f"var(--tp-{PALETTE[colour]})" for name, colour in known.items()}
    return [
        f"{figure['id']}: {name} is {colour}"
        for figure in figures
        for name, colour in coloured(figure)
        if colour != wanted.get(name, colour if colour != "var(--tp-6)" else "no grey")
    ]


def test_a_country_has_one_colour_through_the_book(book):
    pages = [book / "notebooks" / f"{path.stem}.html" for path in LESSONS]
    figures = [figure for page in pages for figure in figures_of(page.read_text("utf-8"))]
    assert len({name for figure in figures for name, _ in coloured(figure)}) > 20
    assert strange(figures) == []


def test_a_country_in_another_colour_and_a_stray_grey_are_found():
    encoding = {"color": {"field": "who", "type": "nominal"}}
    figure = {"id": "a", "spec": {"encoding": encoding}, "datasets": {"t": [{"who": "China"}]}}
    assert strange([figure]) == ["a: China is var(--tp-1)"]
    encoding["color"]["scale"] = {"domain": ["open"], "range": ["var(--tp-6)"]}
    assert strange([figure]) == ["a: open is var(--tp-6)"]


# A planted defect: each is found


def test_a_pale_mark_and_pale_text_are_found():
    paper = (255, 255, 255)
    chart = {"a": {("symbol", on_paper((*rgb("#369480"), 0.7), paper), None, 0)}}
    assert faint(paper, chart) == ["a: symbol in (114, 180, 166), contrast 2.39"]
    outlined = {"a": {("shape", rgb("#d9dee3"), rgb("#5b6875"), 0.3)}}
    assert faint(paper, outlined) == []
    assert len(faint(paper, {"a": {("text", rgb("#8a949d"), None, 0)}})) == 1


@pytest.mark.parametrize(
    "one, other, eyes",
    [
        ("#2ca02c", "#d62728", "deuteranopia"),
        ("#8a5a00", "#a63d1f", "deuteranopia"),
        ("#c5202d", "#4e3b12", "protanopia"),
        ("#2ca7c4", "#33b27b", "tritanopia"),
    ],
)
def test_a_pair_that_some_eyes_confuse_is_found(one, other, eyes):
    marks = {("rect", rgb(one), None, 0), ("rect", rgb(other), None, 0)}
    assert eyes in EYES
    assert closest([rgb(one), rgb(other)])[1] == eyes
    assert alike({"a": marks}) and f"for {eyes} eyes" in alike({"a": marks})[0]
