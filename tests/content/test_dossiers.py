"""Country dossiers: what they join, what they say of what is missing, and both their lives."""

import gzip
import json
import re

import pandas as pd
import pytest
from books import on_disk, page_with
from checkout import ROOT
from frontend import Lesson
from pagechecks import inaccessible, overflowing, unreachable, visit, words
from pandas.api.types import is_number

from techpolitik import dossier
from techpolitik.lesson import datasets, dossiers

#: Tables with countries that make no fact of a dossier, and why.
LEFT_OUT = {
    "countries": "names only",
    "articles": "where a publisher sits",
    "rare_earth_stages": "shares of a few countries at other stages and dates",
    "rare_earth_exports": "exports of China alone",
    "dsr_backbones": "nine countries, chosen because a date was found",
    "rare_earth_revisions": "how one figure changed between editions",
    "itu_votes": "candidates, whose posts are in standards_leaders",
    "standards_indicators": "many measures of a few countries",
    "patents_5g": "firms",
    "cloud_shares": "firms",
    "internet_measures": "China alone",
    "made_up_scores": "invented, to show what invented figures look like",
    "chip_facts": "firms and products",
    "huawei_measures": "measures of the United States and a few others against a firm",
    "surveillance_cases": "single cases of which a report was found, and no list",
    "ai_suppliers": "firms",
    "spyware_sellers": "homes of sellers, by regime of the buyer",
}
FACTS = dossiers.facts()
KNOWN = dossiers.all_dossiers()
SCRIPT = '<script defer src="../_static/dossiers.js"></script>'


def number_of(fact: str) -> int:
    return next(n for n, entry in enumerate(FACTS) if entry["name"] == fact)


# ------------------------------------------------------------------ what is joined


def test_every_table_with_countries_is_in_the_dossier_or_left_out_for_a_reason():
    with_countries = {
        entry["name"]
        for entry in datasets.package()["resources"]
        if "country_code" in [field["name"] for field in entry.get("schema", {}).get("fields", [])]
    }
    used = {fact["table"] for fact in FACTS}
    assert with_countries == used | set(LEFT_OUT)
    assert not used & set(LEFT_OUT)


@pytest.mark.parametrize(
    ("fact", "table", "column", "rows"),
    [
        ("Income", "income_2019", "gdp_per_head_usd", ""),
        ("People online", "internet_users", "users_pct", ""),
        ("Commercial spyware found", "spyware_countries", "findings", ""),
        ("Belt and Road agreement", "bri_agreements", "year", ""),
        ("Decision on Huawei in 5G", "huawei_decisions", "decision", ""),
        ("Rare-earth mines", "rare_earth_mines", "output_t", "year == year.max()"),
        ("Cyber power", "cyber_power", "rank", "edition == edition.max()"),
    ],
)
def test_each_country_shows_the_value_of_its_table(fact, table, column, rows):
    """The newest value of each table, for all its countries, stands in their dossiers."""
    values = datasets.load(table).dropna(subset=["country_code"])
    for code, mine in values.groupby("country_code"):
        value = (mine.query(rows) if rows else mine)[column].iloc[0]
        text = KNOWN[code][number_of(fact)]
        shown = "not known" if pd.isna(value) else value
        shown = f"{value:.10g}" if is_number(shown) else shown
        assert re.search(rf"(?<![\w.]){re.escape(shown)}\b", text.replace(",", "")), code
    absent = set(KNOWN) - set(values["country_code"]) - {"CHN"}
    assert absent and all(KNOWN[code][number_of(fact)] is None for code in absent)


def test_the_dossier_of_kenya():
    shown = dossier("KEN")
    assert "Belt and Road agreement: signed (2018)" in shown.text
    assert "Decision on Huawei in 5G: allowed" in shown.text
    assert "No data in cyber_power: not ranked" in shown.text
    assert dossier(" ken ").html == shown.html


def test_no_blank_is_written_as_if_it_were_a_value():
    said = [text for texts in KNOWN.values() for text in texts if text]
    assert not [text for text in said if re.search(r"<NA>|\bnan\b|NaT|None", text)]
    assert all(text and text[0] != "(" for text in said)


@pytest.mark.parametrize(
    ("fact", "wording", "number"),
    [
        (
            "United States imports of rare-earth compounds from there",
            "the fifteen partners",
            lambda rows: {15: "fifteen"}[rows["country_code"].nunique()],
        ),
        (
            "Chinese equipment installed",
            "a figure for six countries only",
            lambda rows: {6: "six"}[
                rows.query("measure == 'Chinese share of installed 5G RAN'")[
                    "country_code"
                ].nunique()
            ],
        ),
        (
            "Nodes of the BSN",
            "four nodes abroad",
            lambda rows: {4: "four"}[
                int(rows.query("area == 'abroad' and place == 'not said'")["nodes"].sum())
            ],
        ),
    ],
)
def test_numbers_in_what_is_said_of_absence_are_those_of_the_table(fact, wording, number):
    entry = FACTS[number_of(fact)]
    assert wording in entry["absent"]
    assert str(number(datasets.load(entry["table"]))) in wording


def test_one_country_and_all_countries_say_the_same():
    for code in ("KEN", "CHN", "USA", "AFG", "NZL"):
        assert dossiers.dossier_of(code) == KNOWN[code]


def test_weak_rows_say_so():
    """Afghanistan's year and the Dutch decision rest on rows of low confidence."""
    assert "low confidence" in KNOWN["AFG"][number_of("Belt and Road agreement")]
    assert "low confidence" in KNOWN["NLD"][number_of("Decision on Huawei in 5G")]
    assert "low confidence" not in KNOWN["KEN"][number_of("Belt and Road agreement")]


def test_one_weak_row_among_several_says_so(monkeypatch):
    load, mines = datasets.load, datasets.load("rare_earth_mines")
    mines.loc[mines["country_code"].eq("AUS").idxmax(), "confidence"] = "low"
    monkeypatch.setattr(datasets, "load", lambda n: mines if n == "rare_earth_mines" else load(n))
    told = dossiers.dossier_of("AUS")[number_of("Rare-earth mines")]
    assert "low confidence, so it carries no conclusion" in told


def test_a_country_without_any_data_shows_what_each_absence_means():
    shown = dossier("BVT")
    assert "Bouvet Island: 0 of" in shown.text
    for fact in FACTS:
        assert dossiers.absence(fact) in shown.text


def test_a_card_needs_no_script_and_no_style():
    assert not re.search(r"<h\d|style=|<script", dossier("KEN").html)
    assert all(c.startswith("tp-") for c in re.findall(r'class="([^" ]+)', dossier("KEN").html))


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("Kenya", r"no country has the code 'Kenya'; did you mean KEN \(Kenya\)"),
        ("Germny", r"did you mean DEU \(Germany\)"),
        ("KNY", r"did you mean KEN \(Kenya\)"),
        ("", "expected a code such as KEN for Kenya"),
        (404, "no country has the code 404"),
    ],
)
def test_a_wrong_code_names_the_nearest_countries(code, message):
    with pytest.raises(LookupError, match=message):
        dossier(code)


# ------------------------------------------------------------------ in a real kernel


def test_in_the_notebook_a_menu_exchanges_the_card():
    kernel = Lesson(ROOT / "notebooks" / "any.ipynb")
    try:
        kernel.run("from techpolitik import dossier\ndossier()")
        menu = kernel.widget(description="Country")
        names = dossiers.names()
        assert kernel.widgets[menu]["options"] == [names[code] for code in KNOWN]
        kernel.change(menu, value="Kenya")
        shown = [w["value"] for w in kernel.widgets.values() if "tp-card" in str(w.get("value"))]
        assert shown == [dossier("KEN").html]
        assert kernel.errors + kernel.stderr == []
    finally:
        kernel.close()


# ------------------------------------------------------------------ in a real browser


@pytest.fixture
def panel(book, site, new_page, monkeypatch):
    """A function that opens a page with the menu of countries; gives page and watch."""
    monkeypatch.setenv("TECHPOLITIK_BOOK", "1")

    def give(known=KNOWN, **settings):
        html = page_with(book, dossiers.book_html(known) + SCRIPT)
        page = new_page(**settings)
        return page, visit(page, site.plant(f"book/planted-{len(site.planted)}.html", html))

    return give


def disagreements(page, codes) -> list[str]:
    """Choose countries by keyboard; list where the panel says something else than Python."""
    problems = []
    menu = page.locator("#tp-country")
    places = list(KNOWN)
    menu.focus()
    menu.press("Home")
    at = 0
    for code in sorted(codes, key=places.index):
        for _ in range(places.index(code) - at):
            menu.press("ArrowDown")
        at = places.index(code)
        name = dossiers.names()[code]
        expected = plain(dossiers.panel_html(name, KNOWN[code]))
        here = plain(page.locator(".tp-dossier .tp-card").evaluate("card => card.outerHTML"))
        if here != expected:
            problems.append(f"{code}: the page says {here[:200]}, expected {expected[:200]}")
    return problems


def plain(html: str) -> list[str]:
    """Give the texts of a card, and which are marked as missing."""
    texts = re.split(r"<[^>]*>", html.replace("&amp;", "&"))
    return [words(text) for text in texts if text.strip()] + re.findall("tp-absent", html)


CODES = ["AFG", "CHN", "KEN", "USA", "ZWE"]


def test_the_page_shows_what_python_says(panel):
    page, watch = panel()
    assert disagreements(page, CODES) == []
    said = page.locator(".tp-dossier [role=status]").inner_text()
    assert said == dossiers.summary("Zimbabwe", KNOWN["ZWE"])
    assert watch.problems == []


def test_a_country_that_shows_another_ones_facts_is_found(panel):
    page, _ = panel({**KNOWN, "KEN": KNOWN["USA"]})
    (problem,) = disagreements(page, CODES)
    assert problem.startswith("KEN: the page says")


def test_every_fact_is_linked_to_its_table(panel, book):
    page, _ = panel()
    links = page.locator(".tp-dossier .tp-caveat a").evaluate_all("all => all.map(a => a.hash)")
    cards = set(re.findall(r'id="(dataset-[^"]+)"', (book / "book/datasets.html").read_text()))
    assert len(links) == len(FACTS)
    assert {link.removeprefix("#") for link in links} <= cards


def test_without_javascript_the_first_country_and_a_way_on_are_shown(panel):
    page, watch = panel(java_script_enabled=False)
    assert not page.locator("#tp-country").is_visible()
    first = dossiers.names()[next(iter(KNOWN))]
    assert page.locator(".tp-card-title").inner_text() == first
    way_on = page.locator(".tp-without-script a")
    assert way_on.is_visible() and way_on.get_attribute("href") == "../book/datasets.html"
    assert watch.problems == []


def test_the_menu_works_from_the_disk(book, tmp_path, new_page):
    page = new_page()
    html = page_with(book, dossiers.book_html(KNOWN) + SCRIPT)
    watch = visit(page, on_disk(book, tmp_path, html))
    page.locator("#tp-country").select_option("KEN")
    assert page.locator(".tp-card-title").inner_text() == "Kenya"
    assert watch.problems == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_panel_is_accessible(scheme, panel):
    page, _ = panel(scheme=scheme)
    assert page.get_by_role("combobox", name="Country", exact=True).count() == 1
    assert inaccessible(page) + unreachable(page) == []


def test_the_panel_fits_a_phone(panel):
    page, _ = panel(width=360)
    page.locator("#tp-country").select_option("CHN")
    assert overflowing(page) == []


def test_the_data_are_light_and_cannot_break_out_of_their_place():
    html = dossiers.book_html(KNOWN)
    assert len(gzip.compress(html.encode())) < 40_000
    hostile = {"KEN": ["</script><b>x</b>", *KNOWN["KEN"][1:]]}
    data = re.search(r'json">(.*?)</script>', dossiers.book_html(hostile))[1]
    assert json.loads(data) == hostile
