"""Front page, syllabus, pages for teachers, sources and datasets: they say what the lessons say.

Heads of lessons are read here from the notebooks, apart from the code that makes the pages.
"""

import html
import itertools
import json
import platform
import re
import subprocess
import sys
from collections import Counter
from importlib import metadata
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from checkout import ROOT
from conftest import LESSONS, lesson_pages
from pagechecks import Page, undrawn, visit, words
from pybtex.database import parse_file
from sphinx.errors import ExtensionError

from techpolitik import course, files
from techpolitik.book import kernels, lessons, readings
from techpolitik.book.pages import build, parts, syllabus
from techpolitik.book.pages.parts import GeneratedPage
from techpolitik.lesson import datasets, seeds
from techpolitik.lesson.exercises import exercises

FRONT, SYLLABUS = "book/index.html", "book/syllabus.html"
PARTS = ("read", "look", "check", "explore", "do", "argue")


def head_of(path) -> SimpleNamespace:
    """Read what the head of a notebook says, cell by cell."""
    cells = json.loads(path.read_text("utf-8"))["cells"]
    title, head = ("".join(cell["source"]) for cell in cells[:2])
    rows = dict(re.findall(r"\*\*(.+?)\*\* \| (.+) \|", head))
    number, name, question = re.match(r"# (\d+)\. (.+?): (.+)", title).groups()
    return SimpleNamespace(
        id=path.stem.partition("_")[2],
        page=f"notebooks/{path.stem}.html",
        title=f"{number}. {name}",
        question=question[0].upper() + question[1:],
        minutes=int(re.match(r"\d+", rows["Time"])[0]),
        time=re.match(r"\d+ minutes(?: in class, \d+ at home)?", rows["Time"])[0],
        objectives=[item.strip() for item in rows["You will"].split(";")],
        tables=re.findall(r"`(\w+)`", rows["Tables"]),
    )


HEADS = [head_of(path) for path in LESSONS]


def page_text(book, name) -> str:
    return (book / name).read_text("utf-8")


def section_of(page: str, name: str) -> str:
    """Give the HTML of a section by its id, up to the next section."""
    start = page.index(f'<section id="{name}"') + 1
    return page[start : page.find("<section", start)]


def plain(markup: str) -> str:
    """Give the words of a piece of HTML."""
    return words(html.unescape(re.sub(r"<[^>]+>", " ", markup)))


# ------------------------------------------------------------------------------- syllabus


def disagreements(page: str, head) -> list[str]:
    """List what the syllabus says of a lesson that its head and its exercises do not."""
    section = section_of(page, f"syllabus-{head.id.replace('_', '-')}")
    said, problems = plain(section), []
    asked = [entry for entry in exercises().values() if entry["lesson"] == head.id]
    kinds = Counter(entry["kind"] for entry in asked)
    expected = [
        head.title,
        head.question,
        head.time,
        *head.objectives,
        f"{len(asked)} ({kinds['data']} data, {kinds['chart']} chart, {kinds['argument']} argument",
        f"{sum(entry['points'] for entry in asked)} points",
    ]
    problems += [f"does not say {text!r}" for text in expected if words(text) not in said]
    links = re.findall(r'href="([^"]+)"', section)
    wanted = [f"../{head.page}"]
    wanted += [f"datasets.html#dataset-{name.replace('_', '-')}" for name in head.tables]
    problems += [f"does not link {link}" for link in wanted if link not in links]
    spans = [tuple(map(int, span)) for span in re.findall(r"<td>(\d+) to (\d+)</td>", section)]
    if not spans or spans[0][0] != 0 or spans[-1][1] != head.minutes:
        problems.append(f"the session runs {spans}, the lesson {head.minutes} minutes")
    if any(end != start for (_, end), (start, _) in itertools.pairwise(spans)):
        problems.append(f"the session has a gap: {spans}")
    return problems


@pytest.mark.parametrize("head", HEADS, ids=lambda head: head.id)
def test_the_syllabus_says_what_the_lesson_says(book, head):
    assert disagreements(page_text(book, SYLLABUS), head) == []


def test_a_syllabus_that_says_something_else_is_found(book):
    page, head = page_text(book, SYLLABUS), HEADS[1]
    wrong = page.replace(head.time, "900 minutes in class, 1 at home")
    assert any(head.time in problem for problem in disagreements(wrong, head))
    wrong = page.replace(html.escape(head.objectives[0]), "feel good")
    assert any(head.objectives[0] in problem for problem in disagreements(wrong, head))
    wrong = page.replace(f"to {head.minutes}</td>", "to 99</td>")
    assert any("the session runs" in problem for problem in disagreements(wrong, head))


@pytest.mark.parametrize("weeks, limit", [("six-weeks", 130), ("twelve-weeks", 120)])
def test_a_plan_has_every_lesson_and_adds_up(book, weeks, limit):
    section = section_of(page_text(book, SYLLABUS), weeks)
    rows = [re.findall(r"<td>(.*?)</td>", row, re.DOTALL) for row in section.split("<tr")[2:]]
    assert len(rows) >= 5
    taught = Counter()
    for _, in_class, minutes, _ in rows:
        assert 0 < int(plain(minutes)) <= limit
        taught.update({link: 1 for link in re.findall(r'href="\.\./([^"]+)"', in_class)})
    assert set(taught) == {head.page for head in HEADS}
    short = "(read, check, explore)" in plain(section)
    total = sum(int(plain(row[2])) for row in rows)
    # What the long plan teaches is all of every lesson; the short one leaves parts for home.
    assert (total < sum(head.minutes for head in HEADS)) == short == (weeks == "six-weeks")


FOUND = [
    SimpleNamespace(id="the_stack", title="0. The stack", parts={"read": 10, "look": 20}),
    SimpleNamespace(id="bsn", title="4. BSN", parts={"read": 10, "do and argue": 30}),
]


@pytest.mark.parametrize(
    "lines, message",
    [
        (["the_stack", "bns"], "no lesson has the id 'bns'; did you mean bsn"),
        (["the_stack: red", "bsn"], "week 1: the_stack has no part 'red'; did you mean read"),
        (["the_stack; bsn"], "week 1 takes 70 minutes, at most 60 allowed"),
        (["the_stack"], "no week has bsn"),
    ],
)
def test_a_plan_that_does_not_hold_is_refused(lines, message):
    with pytest.raises(ExtensionError, match=re.escape(message)):
        syllabus.read_plan(lines, FOUND, 60, "here")


def test_a_week_on_a_lesson_still_to_come_is_left_out():
    coming = next(
        name for name in tuple(course.current().lessons) if name not in ("the_stack", "bsn")
    )
    plan = syllabus.read_plan(["the_stack", coming, "bsn: read"], FOUND, 60, "here")
    assert [(number, week[0][0].id) for number, week in plan] == [(1, "the_stack"), (3, "bsn")]


def test_every_objective_is_trained_and_every_exercise_has_its_place(book):
    page = page_text(book, "book/teach.html")
    for head in HEADS:
        section = section_of(page, f"outcomes-{head.id.replace('_', '-')}")
        said = plain(section)
        assert [text for text in head.objectives if words(text) not in said] == []
        for entry in exercises().values():
            if entry["lesson"] == head.id:
                assert words(entry["title"]) in said, entry["id"]
                assert max(entry.get("trains", [1])) <= len(head.objectives), entry["id"]
        mine = [entry for entry in exercises().values() if entry["lesson"] == head.id]
        assert any("trains" in entry for entry in mine), f"{head.id}: no exercise says 'trains'"


def test_an_objective_that_no_lesson_has_is_refused():
    entry = {"id": "x", "trains": [4]}
    lesson = SimpleNamespace(id="bsn", objectives=("one", "two"), exercises=[entry])
    with pytest.raises(ExtensionError, match=r"bsn\.yml: x: field 'trains' is \[4\]"):
        syllabus.check_objectives(lesson)


@pytest.mark.parametrize(
    "right, wrong, message",
    [
        ("# 1. ", "# One: ", "should begin with a title such as '# 1. Name: question?'"),
        ("| **You need** |", "| **Needs** |", "the header has no row '| **You need** | ... |'"),
        ("| **Time** |", "| **Minutes** |", "row Time is 'missing', expected '95 minutes in class"),
        (": read ", ": read 1", "with as many minutes together"),
        (": read ", ": reed ", "lists reed 5, look"),
    ],
)
def test_a_header_that_lacks_something_is_refused_with_its_mend(tmp_path, right, wrong, message):
    text = (ROOT / "notebooks" / "01_rare_earths.ipynb").read_text("utf-8")
    path = tmp_path / "notebooks" / "01_rare_earths.ipynb"
    path.parent.mkdir()
    path.write_text(text.replace(right, wrong, 1), "utf-8")
    with pytest.raises(files.FileError, match=r"^notebooks/01_rare_earths.ipynb: ") as caught:
        lessons.read(path, "notebooks/01_rare_earths")
    assert message in str(caught.value)


def test_an_excerpt_that_its_lesson_does_not_quote_is_told():
    lesson = SimpleNamespace(docname="notebooks/04_bsn", places={("table", "bsn_hosts"): "cell-1"})
    with pytest.raises(ExtensionError, match=r"04_bsn\.ipynb: .* shows the excerpt 'fl-uses'"):
        GeneratedPage.place(None, lesson, "excerpt", "fl-uses", "lesson 4")


# ------------------------------------------------------------------------------ front page


def test_the_first_screen_says_what_it_is_and_opens_three_doors(site, new_page):
    page = new_page()
    page.set_viewport_size({"width": 1280, "height": 800})
    watch = visit(page, site.url + FRONT)
    for part in ("h1", ".tp-lead", ".tp-figure", ".tp-door >> nth=2"):
        box = page.locator(part).first.bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= 800, part
    doors = {"Read": "/notebooks/00_the_stack.html", "Run": "#run-it", "Teach": "/book/teach.html"}
    assert page.locator(".tp-door p:first-child a").all_inner_texts() == list(doors)
    for place, address in enumerate(doors.values()):
        page.locator(".tp-door").nth(place).click()  # the whole door, not its link alone
        page.wait_for_url(re.compile(re.escape(address) + "$"))
        assert page.locator("h1").is_visible()
        page.go_back()
    assert watch.problems == []


def test_the_figure_of_the_front_page_says_what_the_table_says(site, new_page):
    table = datasets.load("rare_earth_concentration")
    shares = table[table["series"] == "EI2026"].set_index("year")["china_share_pct"]
    page = new_page()
    visit(page, site.url + FRONT)
    assert undrawn(page) == []
    slider = page.locator(".tp-figure input[type=range]")
    slider.focus()
    slider.press("Home")
    for year, share in shares.items():
        said = page.locator(".tp-finding").inner_text()
        assert said.startswith(f"In {year} China mined {share:.1f} percent"), said
        assert ("not 90" in said) == (share < 90), said
        slider.press("ArrowRight")
    title = page.locator(".tp-figure-title").inner_text()
    right = shares[shares >= 90].index
    assert f"from {right.min()} to {right.max()}" in title and "not in 2020" in title


def test_the_front_page_lists_the_lessons_in_order(book):
    page = Page(page_text(book, FRONT))
    items = [e for e in page.elements if "tp-lesson-item" in e.get("class", "").split()]
    assert len(items) == len(HEADS)
    for item, head in zip(items, HEADS, strict=True):
        said = words(item["text"])
        assert head.question in said and head.time in said


# -------------------------------------------------------------------- sources and datasets


def quotation_at(page: str, name: str) -> str:
    """Give the words of the block quotation with this id, or nothing."""
    found = re.search(rf'<blockquote id="{name}">(.*?)</blockquote>', page, re.DOTALL)
    return plain(found[1]) if found else ""


def test_an_excerpt_leads_to_its_place_in_the_lesson_and_back(book):
    sources = page_text(book, "book/sources.html")
    pages = {head.id: head.page for head in HEADS}
    for name, excerpt in seeds.excerpts().items():
        for lesson in filter(pages.get, excerpt["lessons"]):
            assert f'href="../{pages[lesson]}#quote-{name}"' in sources
            place = quotation_at(page_text(book, pages[lesson]), f"quote-{name}")
            assert place.startswith(words(excerpt["text"])), (name, lesson)
            assert f"sources.html#excerpt-{name}" in page_text(book, pages[lesson])


def test_every_article_is_introduced(book):
    sources = page_text(book, "book/sources.html")
    for document in seeds.documents():
        said = plain(section_of(sources, f"document-{document['id'].replace('_', '-')}"))
        for part in (*document["stance"], document["audience"], document["how_it_reached_us"]):
            assert words(part) in said, document["id"]


def test_a_table_says_where_the_course_uses_it(book):
    cards = page_text(book, "book/datasets.html")
    for head in HEADS:
        for name in head.tables:
            card = section_of(cards, f"dataset-{name.replace('_', '-')}")
            assert f"../{head.page}#cell-" in card, (name, head.id)
    for entry in exercises().values():
        for name in entry["tables"]:
            card = plain(section_of(cards, f"dataset-{name.replace('_', '-')}"))
            assert words(entry["title"]) in card, (name, entry["id"])


# --------------------------------------------------------------------- lists of the evidence


def misnamed(page: str) -> list[str]:
    """List how a page calls lessons in headings, menus and sentences, if not by their title."""
    menu = re.search(r'<select name="lesson">.*?</select>', page, re.DOTALL)
    called = re.findall(r'<option value="\w+">(.*?)</option>', menu[0]) if menu else []
    called += re.findall(r"<h2>(\d\. .*?)<a", page)
    called += re.sub(r"(\d) \((.*)\)", r"\1. \2", "\n".join(re.findall(SENTENCE, page))).split("\n")
    titles = {head.title for head in HEADS}
    return sorted({html.unescape(name) for name in called if name} - titles)


SENTENCE = r"(?i)>lesson (\d.*?)</span>"


@pytest.mark.parametrize("name", ["claims", "forecasts", "figures", "datasets", "sources"])
def test_lists_call_a_lesson_by_its_title(book, name):
    page = page_text(book, f"book/{name}.html")
    assert misnamed(page) == []
    assert HEADS[5].title.partition(" ")[2] in plain(page)
    assert misnamed(page.replace("Huawei and 5G", "huawei 5g")) == ["5. huawei 5g"]


def unfounded(page: str) -> list[str]:
    """List the figures of a page whose source cannot be unfolded, or says nothing of its limits."""
    figures = re.findall(r'<figure class="tp-figure" id="([^"]+)".*?</figure>', page, re.DOTALL)
    whole = re.findall(r'<figure class="tp-figure".*?</figure>', page, re.DOTALL)
    parts = [re.search(r"tp-part-source.*?</details>", figure, re.DOTALL) for figure in whole]
    needed = ("<dt>Counts</dt>", "<dt>Missing</dt>", "<dt>Beware</dt>")
    return [
        name
        for name, part in zip(figures, parts, strict=True)
        if part is None or not all(term in part[0] for term in needed)
    ]


def test_every_figure_says_what_it_rests_on(book):
    pages = sorted(path.relative_to(book).as_posix() for path in book.rglob("*.html"))
    assert {name: bad for name in pages if (bad := unfounded(page_text(book, name)))} == {}


def test_a_figure_without_its_source_is_found(book):
    page = page_text(book, "book/claims.html")
    assert unfounded(page) == []
    assert unfounded(page.replace("tp-part-source", "tp-part-other")) == ["figure-claims-claims"]
    assert unfounded(page.replace("<dt>Missing</dt>", "")) == ["figure-claims-claims"]


# ---------------------------------------------------------------------------- bibliography


def entries(kind: str) -> dict:
    """Give the entries of the bibliography of one kind: {key: entry}."""
    found = parse_file(ROOT / "book" / "references.bib").entries.items()
    return {key: entry for key, entry in found if entry.fields["keywords"] == kind}


def entry_of(place: str) -> str:
    """Give the key of an entry from its id or an address that ends with it."""
    return re.search(r"cite-\d-(\w+)$", place)[1]


def cited(book) -> dict[str, list[tuple[str, set[str]]]]:
    """Give each item of further reading in a lesson with the entries it leads to."""
    items = {}
    for name in lesson_pages():
        page = BeautifulSoup((book / name).read_text("utf-8"), "html.parser")
        items[name] = [
            (
                item.get_text(),
                {entry_of(link["href"]) for link in item.select(".bibtex-citation a")},
            )
            for item in page.select("#further-reading > ul > li")
            if item.select('a[href*="://"], em') or '"' in item.get_text()
        ]
    return items


def test_each_reading_leads_to_the_bibliography_and_each_entry_is_used(book):
    items = cited(book)
    assert all(len(found) > 2 for found in items.values())
    for name, found in items.items():
        assert [said for said, keys in found if len(keys) != 1] == [], name
    used = {key for found in items.values() for _, keys in found for key in keys}
    assert set(entries("reading")) <= used <= {*entries("reading"), *entries("statistics")}
    page = BeautifulSoup(page_text(book, "book/references.html"), "html.parser")
    listed = {entry_of(entry["id"]) for entry in page.select(".citation")}
    assert listed == {*entries("article"), *entries("reading"), *entries("statistics")}


def test_a_reading_without_an_entry_is_found():
    known = parse_file(ROOT / "book" / "references.bib").entries
    assert readings.find(known, [], ["Datasheets for Datasets"]) == "gebru2021datasheets"
    assert readings.find(known, [], ["The Stack"]) == "bratton2016stack"
    assert readings.find(known, ["https://ipvm.com/reports/carnegie"], []) == "ipvm2019critiquing"
    assert readings.find(known, ["https://example.org/y"], ["A book that nobody wrote"]) is None


def unlisted_sources(statistics: dict, least: int) -> set[str]:
    """Give the sources of so many rows in tables of the course that no entry names."""
    rows = Counter()
    for resource in datasets.package()["resources"]:
        for key in resource.get("schema", {}).get("foreignKeys", []):
            if key["reference"]["resource"] == "sources":
                rows.update(datasets.load(resource["name"])[key["fields"]].dropna())
    named = {entry.fields["source_id"] for entry in statistics.values()}
    assert named <= set(rows), "an entry names a source that no table rests on"
    # TP is the course itself.
    return {name for name, count in rows.items() if count >= least} - named - {"TP"}


def test_the_statistics_listed_are_those_that_the_tables_rest_on():
    statistics, known = entries("statistics"), datasets.sources()
    for key, entry in statistics.items():
        source = known.loc[entry.fields["source_id"]]
        assert entry.fields["url"] == source["url"], key
        assert entry.fields["year"] in ("undated", str(source["date"])[:4]), key
    assert unlisted_sources(statistics, 50) == set()
    del statistics["usgs2026mcs"]
    assert unlisted_sources(statistics, 50) == {"R04"}


# ------------------------------------------------------------------------------ build report


def rows_of(page: str, name: str) -> dict[str, list[str]]:
    """Give the table of a section: its rows by their first cell."""
    rows = re.findall(r"<tr>(.*?)</tr>", section_of(page, name), re.DOTALL)
    cells = [[plain(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row)] for row in rows]
    return {first: rest for first, *rest in filter(None, cells)}


def test_the_build_page_says_what_each_lesson_took(book):
    rows = rows_of(page_text(book, "book/build.html"), "lessons")
    assert list(rows) == [head.title for head in HEADS]
    for head, path in zip(HEADS, LESSONS, strict=True):
        code, figures, tables, seconds, memory = rows[head.title]
        cells = json.loads(path.read_text("utf-8"))["cells"]
        assert int(code) == len([cell for cell in cells if cell["cell_type"] == "code"])
        assert int(figures) == page_text(book, head.page).count('<figure class="tp-figure"') > 3
        assert int(tables) == len(head.tables)
        assert float(seconds) > 0
        # pandas and Altair alone take more than 100.
        assert memory == "not known" if not kernels.FORKS else 100 < int(memory) < 2000


def test_the_build_page_names_versions_and_days(book):
    page = page_text(book, "book/build.html")
    packages = rows_of(page, "packages")
    for name in ("pandas", "altair", "jupyter-book", "myst-nb", "jupyterlab", "sphinx"):
        assert packages[name] == [metadata.version(name)]
    said = rows_of(page, "course-data-machine")
    assert said["Python"] == [platform.python_version()]
    version = re.search(r"^version: (.+)$", (ROOT / "CITATION.cff").read_text("utf-8"), re.M)
    assert said["Course"][0].startswith(f"version {version[1]} of ")
    days = {entry["techpolitik"]["retrieved"] for entry in datasets.package()["resources"]}
    assert said["Data"][0].endswith(f"between {min(days)} and {max(days)}")
    for other in (FRONT, "book/how_to_use.html"):
        links = Page(page_text(book, other)).tagged("a")
        assert any(link.get("href", "").endswith("build.html") for link in links)


def test_the_build_page_is_written_again_only_when_it_says_something_else(monkeypatch):
    env = SimpleNamespace(metadata={"book/build": {"tp_course_facts": []}, "book/index": {}})
    said = {"lessons": "1 s"}
    monkeypatch.setattr(build, "report", lambda env: dict(said))
    assert build.pages_to_write(None, env) == ["book/build"]
    assert build.pages_to_write(None, env) == []
    said["lessons"] = "2 s"
    assert build.pages_to_write(None, env) == ["book/build"]


@pytest.mark.skipif(not kernels.FORKS, reason="only Linux says what a process held")
def test_pages_that_list_lessons_are_read_again_only_when_a_lesson_says_something_else(tmp_path):
    name = "notebooks/01_rare_earths"
    path = tmp_path / "lesson.ipynb"
    text = (ROOT / f"{name}.ipynb").read_text("utf-8")
    listing = {"book/syllabus": {"tp_lists_lessons": True}, "book/teach_assign": {}}
    env = SimpleNamespace(found_docs=[name], doc2path=lambda _: path, metadata=listing)

    def asked(changed, old="", new=""):
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")
        return parts.pages_to_read(None, env, set(), {changed}, set())

    assert asked(name) == ["book/syllabus"]
    assert asked(name, "history = load(", "table = load(") == []
    assert asked(name, "hard to pull apart", "hard to part") == []
    title = "who controls the metals", "who controls the ores"
    assert asked("book/glossary", *title) == []
    assert asked(name, *title) == ["book/syllabus"]
    assert asked(name, *title) == []


def test_the_memory_of_a_process_is_its_peak():
    hold = "import os, sys; held = bytearray(200_000_000); held = None; print(); sys.stdin.read()"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", hold], **pipes) as process:
        process.stdout.readline()
        assert 200 < kernels.peak_memory(process.pid) < 300
    assert kernels.peak_memory(process.pid) is None
