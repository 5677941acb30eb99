"""The search: the right place first, from any page, by keyboard, on a phone, in a file."""

import gzip
import json
import re
from urllib.parse import unquote

import pytest
from conftest import lesson_pages, pages_of
from pagechecks import Page, inaccessible, visit

from techpolitik.book.search_index import FILE, places

A_LESSON = lesson_pages()[1]
#: What the index, which comes when a field is first used, may weigh, gzipped.
INDEX_KB = 300

# What readers type, and how the address begins to which the first place found should lead.
SEARCHES = {
    "2021": "notebooks/05_huawei_5g.html#figure-huawei-5g-money",
    "90%": "notebooks/01_rare_earths.html#was-90-of-global-production-a-mistake",
    "90 percent": "notebooks/01_rare_earths.html#",
    "rare earths 90 percent": "notebooks/01_rare_earths.html",
    "Huwei": "notebooks/05_huawei_5g.html",
    "Hauwei": "notebooks/05_huawei_5g.html",
    "hikvison": "book/claims.html#claim-fc20",
    "neodymium": "book/glossary.html#term-",
    "neodimium": "book/glossary.html#term-",
    "microchips": "book/claims.html#claim-ec15",
    "chip": "book/claims.html#claim-ec15",
    "社会信用": "book/claims.html#claim-fc15",
    "标准": "book/glossary.html#term-Standard",
    "biaozhun": "book/glossary.html#term-Standard",
    "biāozhǔn": "book/glossary.html#term-Standard",
    "一带一路": "book/glossary.html#term-Belt-and-Road-Initiative",
    "yidai yilu": "book/glossary.html#term-Belt-and-Road-Initiative",
    "Pegasus": "book/glossary.html#term-Spyware",
    "5G ban": "notebooks/05_huawei_5g.html#",
    "how many countries banned huawei": "notebooks/05_huawei_5g.html#figure-huawei-5g-explore-rule",
    "how to cite": "book/how_to_use.html#cite-a-figure",
    "download csv": "book/how_to_use.html#cite-a-figure",
    "colour blind": "book/how_to_use.html#accessibility",
    "color blind": "book/how_to_use.html#accessibility",
    "screen reader": "book/how_to_use.html#accessibility",
    "jupyter lab": "book/how_to_use.html#run-it",
    "exercise 3": "notebooks/01_rare_earths.html#how-concentrated-was-mining-in-2025",
    "exercise 3 lesson 5": "notebooks/05_huawei_5g.html#one-quarter-four-counts",
    "Lesson 5, exercise 3": "notebooks/05_huawei_5g.html#one-quarter-four-counts",
    "figure 5.5": "notebooks/05_huawei_5g.html#figure-huawei-5g-phones",
    "fig. 5.5": "notebooks/05_huawei_5g.html#figure-huawei-5g-phones",
    "FO13": "book/claims.html#claim-fo13",
    "huawei_decisions": "book/datasets.html#dataset-huawei-decisions",
    "lesson 3": "notebooks/03_digital_silk_road.html",
    "quiz lesson 2": "notebooks/02_standards.html#quiz",
    "key points lesson 6": "notebooks/06_surveillance.html#key-points",
    "glossary": "book/glossary.html",
    "standardization": "book/glossary.html#term-Standard",
    "standardisation": "book/glossary.html#term-Standard",
    "data center": "book/claims.html#claim-rc06",
    "data centre": "book/claims.html#claim-rc06",
    "entity list": "book/glossary.html#term-Entity-List",
    "HHI": "book/glossary.html#term-HHI",
    "splinternet": "book/glossary.html#term-Splinternet",
    "what is a chokepoint": "book/glossary.html#term-Chokepoint",
    "blockchain": "book/glossary.html#term-Blockchain",
    "kenya": "notebooks/07_forecasts.html#dossier-KEN",
    "germany": "notebooks/07_forecasts.html#dossier-DEU",
    "amazon cloud": "notebooks/04_bsn.html",
    "ecuador cameras": "book/datasets.html#dataset-ecuador-cameras",
    "groupby": "notebooks/00_the_stack.html#",
    "projector": "book/teach.html#",
    "gradebook": "book/teach_assign.html#",
}


class Field:
    """The search field of a page, and the list below it."""

    def __init__(self, page, css: str = ".tp-search-top"):
        self.page, self.form = page, page.locator(css)
        self.input, self.options = self.form.locator("input"), self.form.get_by_role("option")

    def look_for(self, text: str):
        """Type a text; return when the list is that of the whole text."""
        self.input.fill("")
        self.input.fill(text)
        self.page.evaluate("window.tpEngine?.ready")
        self.form.locator("[role='status']:not(:empty)").wait_for(state="attached")

    @property
    def said(self) -> str:
        return self.form.locator("[role='status']").inner_text()


def address(link, site: str) -> str:
    return unquote(link.evaluate("link => link.href")).removeprefix(site)


@pytest.fixture
def field(site, new_page):
    """The search field at the top of a lesson, its index loaded."""
    page = new_page()
    watch = visit(page, site.url + A_LESSON)
    field = Field(page)
    field.look_for("rare earths")
    yield field
    assert watch.problems == []


# --------------------------------------------------------------------------- what is found


def misled(field, site: str, searches: dict[str, str]) -> list[str]:
    """List the searches whose first place is not the one that is expected."""
    problems = []
    for text, expected in searches.items():
        field.look_for(text)
        first = field.options.first
        found = address(first, site) if field.options.count() else "nothing"
        if not found.startswith(expected):
            problems.append(f"{text}: {found}, expected {expected}")
    return problems


def test_the_first_place_is_the_right_one(field, site):
    assert len(SEARCHES) >= 50
    assert misled(field, site.url, SEARCHES) == []
    assert len(misled(field, site.url, {"figure 5.5": "notebooks/04_"})) == 1


def test_a_word_that_the_book_does_not_have_is_named(field):
    field.look_for("Pegasus")
    assert "“Pegasus” is not in this book. Shown instead: spyware." in field.said
    field.look_for("Huwei")
    assert "“Huwei” is not in this book. Shown instead: Huawei." in field.said
    field.look_for("qwertyuiop")
    assert field.said == "0 places. “qwertyuiop” is not in this book."
    field.look_for("huawei qwertyuiop")
    assert "“qwertyuiop” is not in this book." in field.said and field.options.count() > 1
    field.look_for("dysprosium HarmonyOS")
    assert "No place has all these words" in field.said


def test_each_number_of_the_book_is_found(book, field):
    text = Page((book / A_LESSON).read_text("utf-8")).tagged("article")[0]["text"]
    numbers = sorted(set(re.findall(r"(?<![\w.,])\d{1,2}\.\d(?![\w.])", text)))[:12]
    assert len(numbers) > 5
    for number in numbers:
        field.look_for(number)
        assert "not in this book" not in field.said, number
    field.look_for("987654.3")
    assert "“987654.3” is not in this book." in field.said


def test_a_place_shows_kind_title_page_and_a_clean_excerpt(field):
    field.look_for("figure 5.5")
    first = field.options.first
    assert first.locator(".tp-hit-kind").inner_text() == "Figure 5.5"
    assert first.locator(".tp-hit-page").inner_text() == "Lesson 5: Huawei and 5G"
    field.look_for("dysprosium prices")
    for excerpt in field.options.locator(".tp-hit-text").all():
        assert len(excerpt.inner_text()) < 200
        assert not re.search(r"[a-z][A-Z][a-z]+[A-Z]|\.ipynb|#", excerpt.inner_text())
    marks = field.options.locator("mark").all_inner_texts()
    assert {word.lower() for word in marks} <= {"dysprosium", "price", "prices", "priced"}
    assert len(marks) > 5


def words_only_in_descriptions(book) -> dict[str, str]:
    """Give words that stand in a chart's description and in no text a reader sees elsewhere.

    The code cell that wrote the description does not count. Word: page.
    """
    described, elsewhere = {}, set()
    for path in sorted(book.rglob("*.html")):
        page = Page(path.read_text("utf-8"))
        name = path.relative_to(book).as_posix()
        texts = [
            element["text"]
            for element in page.elements
            if re.fullmatch(r"figure-[\w-]+-text", element.get("id", ""))
        ]
        code = [e["text"] for e in page.tagged("pre") if "text" in e["text"]]
        body = page.tagged("body")[0]["text"]
        for text in [*texts, *code]:
            body = body.replace(text, " ", 1)
        elsewhere |= set(re.findall(r"[a-z]{5,}", body.lower()))
        described |= {word: name for text in texts for word in re.findall(r"\b[a-z]{6,}\b", text)}
    return {word: name for word, name in described.items() if word not in elsewhere}


def test_what_only_a_description_says_leads_to_its_figure(book, site, field):
    word, name = sorted(words_only_in_descriptions(book).items())[0]
    field.look_for(word)
    found = [address(option, site.url) for option in field.options.all()]
    assert any(place.startswith(f"{name}#figure-") for place in found), (word, name)


# ------------------------------------------------------------------------------- the index


def index_of(book) -> dict:
    return json.loads((book / FILE).read_text("utf-8").partition(" = ")[2].removesuffix(";\n"))


def lost(book, index: dict) -> list[str]:
    """List the places whose anchor is not on their page."""
    problems = []
    for page in index["pages"]:
        html = (book / page["address"]).read_text("utf-8")
        ids = {*re.findall(r'\bid="([^"]+)"', html)}
        # dossiers.js makes its own of the codes in its menu.
        ids |= {f"dossier-{code}" for code in re.findall(r'<option value="(\w+)"', html)}
        problems += [f"{page['address']}#{p[2]}" for p in page["places"] if p[2] not in ids]
    return problems


def test_each_place_is_on_its_page(book):
    index = index_of(book)
    assert lost(book, index) == []
    index["pages"][0]["places"][0][2] = "gone"
    assert len(lost(book, index)) == 1
    assert {page["address"] for page in index["pages"]} == {
        name for name in pages_of(book) if name not in ("404.html", "search.html")
    }


def test_the_index_is_light_and_nothing_of_it_comes_before_it_is_needed(book, site, new_page):
    assert len(gzip.compress((book / FILE).read_bytes())) < INDEX_KB * 1000
    page = new_page()
    watch = visit(page, site.url + A_LESSON)
    needed = [FILE, "_static/minisearch.js", "_static/search-engine.js"]
    assert not [url for url in watch.requests if url.removeprefix(site.url) in needed]
    Field(page).look_for("huawei")
    assert {*needed} <= {url.removeprefix(site.url) for url in watch.requests}
    for old in ("searchindex.js", "_static/searchtools.js", "_static/doctools.js"):
        assert not (book / old).exists()


HTML = """<section id="t"><h1>3. Roads<a class="headerlink">#</a></h1><p>One <b>road</b>.</p>
<section id="a"><h2>Do</h2><ul><li>left</li><li>right</li></ul>
<figure class="tp-figure" id="figure-x"><a class="tp-figure-number">Figure 3.1</a>
<span class="tp-figure-title">It falls</span><p>A line.</p></figure>
<details class="tp-verdict"><summary>Show</summary><p>Wrong.</p></details>
<section id="e"><h3>2. Count</h3><div id="cell-e"><div class="cell_input"><pre>load("x")</pre></div>
</div></section></section>
<div class="tp-dossier"><label for="m">Country</label>
<select id="m"><option value="KEN">Kenya</option></select></div></section>"""


def test_a_page_is_read_place_by_place_without_what_it_keeps_folded():
    assert places(HTML, "Lesson", ["cell-e"]) == [
        ["Lesson 3", "Roads", "t", "One road.", ""],
        ["Section", "Do", "a", "left right", ""],
        ["Figure 3.1", "It falls", "figure-x", "A line.", ""],
        ["Exercise 2", "Count", "e", "", "load"],
        ["Country", "Kenya", "dossier-KEN", "", "KEN"],
    ]


# ------------------------------------------------------------------- from keyboard to place


def test_the_list_is_worked_by_keyboard_and_leads_to_the_place(site, new_page):
    page = new_page()
    watch = visit(page, site.url + A_LESSON)
    field = Field(page)
    page.keyboard.press("/")
    page.keyboard.type("figure 5.5")
    field.options.first.wait_for()
    assert field.input.get_attribute("aria-expanded") == "true"
    assert re.match(r"\d+ places?\.", field.said)
    page.keyboard.press("ArrowDown")
    chosen = field.options.first
    assert field.input.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    assert chosen.get_attribute("aria-selected") == "true"
    page.keyboard.press("ArrowUp")
    assert field.input.get_attribute("aria-activedescendant") is None
    page.keyboard.press("Escape")
    assert field.input.get_attribute("aria-expanded") == "false"
    assert field.input.input_value() == "figure 5.5"
    page.keyboard.press("ArrowDown")
    field.options.first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/05_huawei_5g.html#figure-huawei-5g-phones")
    page.wait_for_function(
        """() => {
            const figure = document.getElementById("figure-huawei-5g-phones");
            const { top } = figure.getBoundingClientRect();
            return top >= 0 && top < innerHeight;
        }"""
    )
    page.keyboard.press("Control+k")
    assert page.evaluate("document.activeElement.id") == "tp-search-top"
    assert watch.problems == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_open_list_passes_the_rules_of_axe(scheme, site, new_page):
    page = new_page(scheme=scheme)
    visit(page, site.url + "book/how_to_use.html")
    field = Field(page)
    field.look_for("Huwei")
    page.keyboard.press("ArrowDown")
    assert field.options.count() > 5
    assert inaccessible(page) == []


@pytest.mark.parametrize("width", [390, 820, 1280, 1920])
def test_the_list_fits_the_screen_and_a_tap_leads_to_the_place(width, site, new_page):
    page = new_page(width=width, has_touch=width < 1000)
    visit(page, site.url + A_LESSON)
    if width < 640:
        page.locator(".tp-menu").tap()
    field = Field(page, ".tp-search-nav" if width < 640 else ".tp-search-top")
    field.look_for("exercise 3 lesson 5")
    box = field.options.first.bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= width and box["height"] >= 40
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    field.options.first.click()
    page.wait_for_url("**/05_huawei_5g.html#one-quarter-four-counts")


def test_a_country_leads_to_its_dossier(site, new_page):
    page = new_page()
    visit(page, f"{site.url}notebooks/07_forecasts.html#dossier-KEN")
    title = page.locator(".tp-dossier .tp-card-title")
    assert title.inner_text() == "Kenya"
    assert title.evaluate("title => title.getBoundingClientRect().top") < 900
    page.evaluate("location.hash = '#dossier-DEU'")
    page.locator(".tp-dossier .tp-card-title:has-text('Germany')").wait_for()


# ------------------------------------------------------------------- the page of results


def test_enter_leads_to_all_places_grouped_by_page(site, new_page):
    page = new_page()
    watch = visit(page, site.url + A_LESSON)
    page.keyboard.press("/")
    page.keyboard.type("magnets")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=magnets")
    places_found = page.locator("#tp-search-results li a")
    places_found.first.wait_for()
    heads = page.locator(".tp-results h2").all_inner_texts()
    assert len(heads) == len(set(heads)) > 2 and "Lesson 1: Rare earths" in heads
    status = page.locator("#tp-search-results [role='status']")
    assert re.match(r"\d+ places\.", status.inner_text())
    field = page.locator("main .tp-search input")
    assert field.input_value() == "magnets"
    field.fill("china")
    page.wait_for_url("**/search.html?q=china")
    count = places_found.count()
    page.get_by_role("button", name="Show more places").click()
    assert places_found.count() > count
    assert page.evaluate("document.activeElement.className") == "tp-hit"
    field.fill("qwertyuiop")
    page.locator("[role='status']:has-text('is not in this book')").wait_for()
    assert places_found.count() == 0
    assert watch.problems == []
