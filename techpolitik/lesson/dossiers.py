"""Country dossiers: what all tables of the course know about one country, joined by its code.

FACTS says which facts make a dossier. A fact names its table, what it means when the table has no
row for a country, and what to beware of. One call, two lives, as in `explorations`: in the book one
panel whose text `site/static/dossiers.js` exchanges, from data in the page.
"""

import html
import json
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache

import ipywidgets as widgets
import pandas as pd
from IPython.display import display

from techpolitik.lesson import datasets
from techpolitik.lesson.cards import Card
from techpolitik.lesson.figures import building_book
from techpolitik.lesson.numbers import cell, number

INTRO = (
    "A blank is not a zero: a country that a table does not list may never have been looked at. "
    "The line says which it is, as far as the table tells."
)


@dataclass(frozen=True)
class Fact:
    """One line of a dossier.

    `read` takes the country's rows of `table`, one or more of those that `rows` selects, and gives
    what is to be said as text with its unit, and the year (blank where the text has it). `absent`
    says what it means when there is no row. `caveat` goes with every value.
    """

    part: str
    name: str
    table: str
    read: Callable[[pd.DataFrame], tuple[str, str]]
    absent: str
    caveat: str
    rows: str = ""


# ---------------------------------------------------------------------------- reading rows


def _latest(rows: pd.DataFrame) -> pd.Series:
    return rows.sort_values("year").iloc[-1]


def _year(value) -> str:
    return "year not known" if pd.isna(value) else str(value)


def _amount(value, unit: str) -> str:
    return f"{cell(value, '')} {unit}"


def _mines(rows):
    row = _latest(rows)
    return f"{_amount(row['output_t'], 't of rare-earth oxide')}, {row['status']}", row["year"]


def _imports(rows):
    row = _latest(rows)
    return _amount(row["value_usd"], "US dollars"), row["year"]


def _minerals(rows):
    named = rows[rows["output"] > 0]["commodity"].nunique()
    return f"listed with output: {named} of {_commodities()} minerals", 2024


@cache
def _commodities() -> int:
    return datasets.load("critical_minerals_2024")["commodity"].nunique()


def _posts(rows):
    newest = rows.sort_values("start_year", ascending=False).head(3)
    spans = [
        f"{row['body']} {row['post']}, {row['name']} ({_year(row['start_year'])} to "
        f"{_year(row['end_year'])})"
        for _, row in newest.iterrows()
    ]
    more = f"; {len(rows) - 3} earlier" if len(rows) > 3 else ""
    return "; ".join(spans) + more, ""


def _authors(rows):
    return _amount(rows["share_pct"].iloc[0], "percent of authors"), "about 2020 to 2025"


def _agreement(rows):
    row = rows.iloc[0]
    contested = ", contested: no published text was found" if row["contested"] else ""
    left = "" if pd.isna(row["left"]) else f", left {cell(row['left'], 'year')}"
    return f"{row['status']}{left}{contested}", row["year"]


def _online(rows):
    return _amount(rows["users_pct"].iloc[0], "percent of the population"), 2016


def _nodes(rows):
    return f"public city nodes: {int(rows['nodes'].sum())}", 2020


def _decision(rows):
    row = rows.iloc[0]
    return row["decision"], f"{row['date_kind']} {row['date']}"


def _installed(rows):
    row = rows.iloc[0]
    return _amount(row["value"], "percent of installed 5G radio equipment"), row["year"]


def _found(rows):
    kinds = _ticked(rows, ["safe_city", "face_recognition", "smart_policing"])
    return kinds.replace("_", " ") or "found, without a kind", 2019


def _suppliers(rows):
    return _ticked(rows, ["chinese", "american", "japanese"]).title() or "none named", 2019


def _ticked(rows, columns) -> str:
    return ", ".join(column for column in columns if rows[column].iloc[0])


def _spyware(rows):
    row = rows.iloc[0]
    return f"findings: {row['findings']}, of which sure: {row['sure_findings']}", "2011 to 2022"


def _cameras(rows):
    row = _latest(rows)
    return f"{number(row['value'])} cameras per 100 people, by {row['firm']}", row["year"]


def _power(rows):
    row = rows.sort_values("edition").iloc[-1]
    return f"rank {row['rank']} of 30", row["edition"]


def _regime(rows):
    row = rows.iloc[0]
    return f"{row['regime']}, {number(row['regime_score'])} points of 10", 2018


def _income(rows):
    return _amount(rows["gdp_per_head_usd"].iloc[0], "US dollars a head"), 2019


# ---------------------------------------------------------------------------- the facts

FACTS = (
    Fact(
        "Country",
        "Regime",
        "ai_surveillance",
        _regime,
        "the course has a regime score only for the 75 countries of the index of AI surveillance",
        "One index and one way of cutting it; others cut differently.",
    ),
    Fact(
        "Country",
        "Income",
        "income_2019",
        _income,
        "no figure for this country",
        "At exchange rates, so poor countries look poorer than their prices make them.",
    ),
    Fact(
        "Country",
        "People online",
        "internet_users",
        _online,
        "no figure for this country",
        "Of 2016: where a country stood, not where it stands.",
    ),
    Fact(
        "Rare earths",
        "Rare-earth mines",
        "rare_earth_mines",
        _mines,
        "no mine is listed; small ones are in the row Other countries",
        "Reported or estimated; China’s figure is its mining quota. It says nothing on refining.",
    ),
    Fact(
        "Rare earths",
        "United States imports of rare-earth compounds from there",
        "us_rare_earth_imports",
        _imports,
        "not among the fifteen partners in the table; others may sell too",
        "Where the compound was made, not where the ore was mined.",
    ),
    Fact(
        "Rare earths",
        "Critical minerals",
        "critical_minerals_2024",
        _minerals,
        "no row of its own; a small or withheld output has none",
        "Mines for some minerals, smelters for others; withheld output is not counted.",
    ),
    Fact(
        "Standards",
        "Highest posts at standards bodies",
        "standards_leaders",
        _posts,
        "nobody from there in the listed posts, whose lists have gaps",
        "Nationality is not allegiance.",
    ),
    Fact(
        "Standards",
        "Authors of internet standards",
        "ietf_authors",
        _authors,
        "not among the places that the table names; authors may still come from there",
        "The address an author gives, where one is known; the snapshot has no date.",
        rows="snapshot == 'recent RFCs'",
    ),
    Fact(
        "Digital Silk Road",
        "Belt and Road agreement",
        "bri_agreements",
        _agreement,
        "no agreement up to May 2025 is in this list",
        "A memorandum holds no money and no project.",
    ),
    Fact(
        "BSN",
        "Nodes of the BSN",
        "bsn_hosts",
        _nodes,
        "none is named there; four nodes abroad have no place in the source",
        "What one article and one province said in 2020.",
    ),
    Fact(
        "Huawei and 5G",
        "Decision on Huawei in 5G",
        "huawei_decisions",
        _decision,
        "no decision was found, which is not a yes",
        "The kinds are the compiler’s, and the strictest position found is shown.",
    ),
    Fact(
        "Huawei and 5G",
        "Chinese equipment installed",
        "huawei_installed",
        _installed,
        "the study printed a figure for six countries only",
        "Counted by a consultancy that takes sides; Huawei and ZTE together.",
        rows="measure == 'Chinese share of installed 5G RAN'",
    ),
    Fact(
        "Surveillance",
        "AI surveillance found",
        "ai_surveillance",
        _found,
        "not in the list, which means that nothing was found or nobody looked",
        "Evidence that a technology is present or contracted, not how much of it.",
    ),
    Fact(
        "Surveillance",
        "Home of the suppliers",
        "ai_surveillance",
        _suppliers,
        "not in the list, which means that nothing was found or nobody looked",
        "The origins that the index has columns for; others supply, too.",
    ),
    Fact(
        "Surveillance",
        "Commercial spyware found",
        "spyware_countries",
        _spyware,
        "no finding, which does not make the country free of spyware",
        "Leaks and the press: found more often where the press is free.",
    ),
    Fact(
        "Surveillance",
        "Cameras",
        "camera_counts",
        _cameras,
        "no estimate for the whole country",
        "An estimate from sales; nobody registers cameras.",
        rows="measure == 'cameras per 100 people' and level == 'country'",
    ),
    Fact(
        "Surveillance",
        "Cyber power",
        "cyber_power",
        _power,
        "not ranked, or not among the ranks that the press printed",
        "A rank can change because the ruler did, and it hides the distance.",
    ),
)

#: What to say where a country stands outside a list for a reason of its own.
EXCEPTIONS = {
    ("Belt and Road agreement", "CHN"): "China offers these agreements and is not in the list",
}


# ---------------------------------------------------------------------------- joining


def dossier_of(code: str) -> list[str | None]:
    """Give what the tables say about a country, one text for each of FACTS; None where nothing."""
    return [_texts(fact, code).get(code) for fact in FACTS]


def all_dossiers() -> dict[str, list[str | None]]:
    """Give the texts of every country that has a fact, by code, in the order of names."""
    texts = [_texts(fact) for fact in FACTS]
    known = {code for one in texts for code in one}
    return {code: [one.get(code) for one in texts] for code in country_names() if code in known}


def country_names() -> dict[str, str]:
    """Give the names of all countries and territories by code, in the order of names."""
    table = datasets.load("countries").sort_values("name")
    return dict(zip(table["country_code"], table["name"], strict=True))


def _texts(fact: Fact, code: str | None = None) -> dict[str, str]:
    """Give what a fact says by country code, for one country or all."""
    table = datasets.load(fact.table)
    if fact.rows:
        table = table.query(fact.rows)
    if code:
        table = table[table["country_code"] == code]
    said = {key: _text(fact, rows) for key, rows in table.groupby("country_code")}
    return said | {key: text for (name, key), text in EXCEPTIONS.items() if name == fact.name}


def _text(fact: Fact, rows: pd.DataFrame) -> str:
    text, year = fact.read(rows)
    low = "confidence" in rows and rows["confidence"].eq("low").any()
    doubt = "low confidence, so it carries no conclusion" if low else ""
    notes = "; ".join(filter(None, [_year(year), doubt]))
    return f"{text} ({notes})" if notes else text


def known_code(code) -> str:
    """Give a country's code in capitals.

    Raises LookupError for a code that no country has; the message names the nearest ones.
    """
    named, wanted = country_names(), str(code).strip()
    if wanted.upper() in named:
        return wanted.upper()
    codes = {name: key for key, name in named.items()}
    near = [codes[name] for name in get_close_matches(wanted.title(), codes, 3)]
    near += get_close_matches(wanted.upper(), named, 3)
    listed = " or ".join(f"{key} ({named[key]})" for key in dict.fromkeys(near))
    hint = f"did you mean {listed}" if near else "expected three letters, such as KEN for Kenya"
    raise LookupError(f"no country has the code {code!r}; {hint}")


# ---------------------------------------------------------------------------- showing


def dossier(country_code: str | None = None):
    """Show what all tables of the course know about a country.

    Parameters
    ----------
    country_code
        The ISO code of three letters, such as "KEN"; when left out, a menu of all countries.

    Returns
    -------
    Card or Dossiers
        Every fact with value, unit, year, table and caveat; what a table does not have is named.

    Raises
    ------
    LookupError
        If no country has this code; the message names the nearest ones.

    """
    if country_code is None:
        return Dossiers()
    return card(known_code(country_code))


class Dossiers:
    """All countries behind one menu; made by `dossier`."""

    def _ipython_display_(self):
        if building_book():
            known = all_dossiers()
            twin = card(next(iter(known))).text
            display({"text/html": book_html(known), "text/plain": twin}, raw=True)
        else:
            display(live())


def card(code: str) -> Card:
    """Write the dossier of one country."""
    name, texts = country_names()[code], dossier_of(code)
    listed = [
        f"{fact.name}: {text or absence(fact)} [{fact.table}] {fact.caveat}"
        for fact, text in zip(FACTS, texts, strict=True)
    ]
    return Card(panel_html(name, texts), "\n".join([name, summary(name, texts), *listed]))


def summary(name: str, texts: list[str | None]) -> str:
    """Say how much is known of a country; a screen reader speaks it."""
    return f"{name}: {sum(map(bool, texts))} of {len(FACTS)} facts found."


def absence(fact: Fact) -> str:
    """Say that a table has nothing on a country, and what that means."""
    return f"No data in {fact.table}: {fact.absent}."


def panel_html(name: str, texts: list[str | None]) -> str:
    """Write the facts about one country as a card."""
    groups: dict[str, str] = {}
    for fact, text in zip(FACTS, texts, strict=True):
        groups[fact.part] = groups.get(fact.part, "") + _fact_html(fact, text)
    body = "".join(
        f'<p class="tp-dossier-part"><strong>{part}</strong></p><dl>{items}</dl>'
        for part, items in groups.items()
    )
    return (
        f'<div class="tp-card tp-country"><p class="tp-card-title">{html.escape(name)}</p>'
        f'<p class="tp-dossier-summary" role="status">{html.escape(summary(name, texts))}</p>'
        f"<p>{INTRO}</p>{body}</div>"
    )


def _fact_html(fact: Fact, text: str | None) -> str:
    table = html.escape(fact.table)
    if building_book():
        # The lessons lie one folder below the root of the book.
        place = f"../book/datasets.html#dataset-{fact.table.replace('_', '-')}"
        table = f'<a href="{place}">{table}</a>'
    missing = html.escape(absence(fact))
    kind = "tp-value" if text else "tp-value tp-absent"
    return (
        f'<dt>{html.escape(fact.name)}</dt><dd><span class="{kind}" data-absent="{missing}">'
        f"{html.escape(text) if text else missing}</span><br>"
        f'<span class="tp-caveat">{html.escape(fact.caveat)} Table {table}.</span></dd>'
    )


def live() -> widgets.Widget:
    """Build the ipywidgets version, for a running kernel.

    A box to type in, not a menu: JupyterLab takes the keys of a menu for its own commands.
    """
    named = country_names()
    codes = {named[code]: code for code in all_dossiers()}
    first = next(iter(codes))
    choice = widgets.Combobox(
        value=first,
        options=list(codes),
        ensure_option=True,
        continuous_update=False,
        description="Country",
    )
    shown = widgets.HTML(card(codes[first]).html)
    choice.observe(lambda change: setattr(shown, "value", card(codes[change["new"]]).html), "value")
    return widgets.VBox([choice, shown])


def book_html(known: dict[str, list[str | None]]) -> str:
    """Build the menu and the panel for a page without a kernel; a script exchanges the texts."""
    named = country_names()
    first = next(iter(known))
    options = "".join(
        f'<option value="{code}">{html.escape(named[code])}</option>' for code in known
    )
    data = json.dumps(known, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    return (
        '<div class="tp-dossier"><p class="tp-without-script">Here stands one country, '
        f"{html.escape(named[first])}; the menu for all needs a screen and JavaScript. Every table "
        'is on the page <a href="../book/datasets.html">Datasets</a>.</p>'
        '<div class="tp-control"><label for="tp-country">Country</label>'
        f'<select id="tp-country" autocomplete="off">{options}</select></div>'
        f"{panel_html(named[first], known[first])}"
        f'<script type="application/json">{data}</script></div>'
    )
