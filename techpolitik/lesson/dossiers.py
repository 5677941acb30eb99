"""Dossiers: what all tables of the course know about one country, or whatever else they share.

`course/dossier.yml` says which facts make a dossier. A fact names its table, what it means when the
table has no row, and what to beware of. One call, two lives, as in `explorations`: in the book one
panel whose text `book/static/dossiers.js` exchanges, from data in the page.
"""

import re
from difflib import get_close_matches
from itertools import groupby

import ipywidgets as widgets
import pandas as pd
from IPython.display import display

from techpolitik import course, files
from techpolitik.files import FileError, nearest
from techpolitik.lesson import datasets, saved
from techpolitik.lesson.cards import Card, building_book, template
from techpolitik.lesson.numbers import cell

#: What a template names in braces.
GAP = re.compile(r"\{(\w+)\}")


# ---------------------------------------------------------------------------- the facts


def settings() -> dict:
    """Return what `course/dossier.yml` says: `of`, what dossiers are about, and `facts`.

    Raises
    ------
    FileError
        If the course has no dossier, or a fact does not fit the tables; a line for each problem.

    """
    path = course.current().own / "dossier.yml"
    if not path.is_file():
        raise FileError(f"{files.place(path)} does not exist: this course has no dossier")
    content = files.read_yaml(path, "dossier")
    files.refuse(
        f"{files.place(path)}: fact {fact['name']}: {line}"
        for fact in content["facts"]
        for line in _problems(fact, content["of"]["code"])
    )
    return content


def facts() -> list[dict]:
    """Return the facts of a dossier, in their order."""
    return settings()["facts"]


def _problems(fact: dict, code: str):
    """Yield what of a fact is not in its table, or not in `course/dossier.py`."""
    try:
        columns = [field["name"] for field in datasets.resource(fact["table"])["schema"]["fields"]]
    except LookupError as error:
        yield str(error)
        return
    named = [code, *GAP.findall(fact.get("text", "")), *GAP.findall(fact.get("when", ""))]
    named += [fact["newest"]] if "newest" in fact else []
    for name in dict.fromkeys(named):
        if name not in [*columns, "coverage"]:
            yield f"table {fact['table']} has no column {name!r}{nearest(name, columns)}"
    if "read" in fact and not hasattr(course.current().module("dossier"), fact["read"]):
        yield f"course/dossier.py has no function {fact['read']!r}: write it, or correct 'read'"


# ---------------------------------------------------------------------------- joining


def dossier_of(code: str) -> list[str | None]:
    """Return what the tables say about one country, a text for each fact; None where nothing."""
    return [_texts(fact, code).get(code) for fact in facts()]


def all_dossiers() -> dict[str, list[str | None]]:
    """Return the texts of every country that has a fact, by code, in the order of names."""
    texts = [_texts(fact) for fact in facts()]
    known = {code for one in texts for code in one}
    return {code: [one.get(code) for one in texts] for code in names() if code in known}


def names() -> dict[str, str]:
    """Return the names of all countries by code, in the order of names."""
    of = settings()["of"]
    table = datasets.load(of["table"]).sort_values(of["name"])
    return dict(zip(table[of["code"]], table[of["name"]], strict=True))


def _texts(fact: dict, code: str | None = None) -> dict[str, str]:
    """Return what a fact says by code, for one country or all."""
    table, column = datasets.load(fact["table"]), settings()["of"]["code"]
    if "rows" in fact:
        table = table.query(fact["rows"])
    if code:
        table = table[table[column] == code]
    return {key: _text(fact, rows) for key, rows in table.groupby(column)} | fact.get("instead", {})


def _text(fact: dict, rows: pd.DataFrame) -> str:
    """Return what a fact says of the rows of one country, with year and doubt in brackets."""
    low = "confidence" in rows and rows["confidence"].eq("low").any()
    if "newest" in fact:
        rows = rows.sort_values(fact["newest"], na_position="first").tail(1)
    row = rows.iloc[0]
    if "read" in fact:
        text = getattr(course.current().module("dossier"), fact["read"])(rows)
    else:
        text = GAP.sub(lambda found: cell(row[found[1]], found[1]) or "not known", fact["text"])
    doubt = "low confidence, so it carries no conclusion" if low else ""
    notes = "; ".join(filter(None, [_when(fact, row), doubt]))
    return f"{text} ({notes})" if notes else text


def _when(fact: dict, row: pd.Series) -> str:
    """Return the year that goes with a row."""
    template = fact.get("when", "")
    coverage = datasets.resource(fact["table"])["techpolitik"]["coverage"]
    values = {**row, "coverage": coverage}
    if any(pd.isna(values[name]) for name in GAP.findall(template)):
        return "year not known"
    return template.format_map(values)


def known_code(code) -> str:
    """Return a code as the tables write it, however its letters are typed.

    Raises
    ------
    LookupError
        If no country has this code; the message names the nearest ones.

    """
    of, named, wanted = settings()["of"], names(), str(code).strip()
    codes = {key.upper(): key for key in named}
    if wanted.upper() in codes:
        return codes[wanted.upper()]
    by_name = {name: key for key, name in named.items()}
    near = [by_name[name] for name in get_close_matches(wanted.title(), by_name, 3)]
    near += [codes[key] for key in get_close_matches(wanted.upper(), codes, 3)]
    listed = " or ".join(f"{key} ({named[key]})" for key in dict.fromkeys(near))
    example = f"expected a code such as {of['example']} for {named.get(of['example'])}"
    hint = f"did you mean {listed}" if near else example
    raise LookupError(f"no {of['noun']} has the code {code!r}; {hint}")


# ---------------------------------------------------------------------------- showing


def dossier(country_code: str | None = None):
    """Show what all tables of the course know about a country.

    Parameters
    ----------
    country_code
        Its code in the tables, such as "KEN"; when left out, a menu of all countries.

    Returns
    -------
    Card or Dossiers
        Every fact with value, unit, year, table and caveat; what a table does not have is named.

    Raises
    ------
    LookupError
        If no country has this code; the message names the nearest ones.
    FileError
        If the course has no dossier, or its file does not fit the tables.

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
            box = live()
            saved.show(box, {"text/html": box.children[-1].value})


def card(code: str) -> Card:
    """Write the dossier of one country."""
    name, texts = names()[code], dossier_of(code)
    listed = [
        f"{fact['name']}: {text or absence(fact)} [{fact['table']}] {fact['caveat']}"
        for fact, text in zip(facts(), texts, strict=True)
    ]
    return Card(panel_html(name, texts), "\n".join([name, summary(name, texts), *listed]))


def summary(name: str, texts: list[str | None]) -> str:
    """Say how much is known of a country; a screen reader speaks it."""
    return f"{name}: {sum(map(bool, texts))} of {len(texts)} facts found."


def absence(fact: dict) -> str:
    """Say that a table has nothing on a country, and what that means."""
    return f"No data in {fact['table']}: {fact['absent']}."


HTML = template(__file__, absence=absence)


def panel_html(name: str, texts: list[str | None]) -> str:
    """Write the facts about one country as a card."""
    told = groupby(zip(facts(), texts, strict=True), key=lambda one: one[0]["part"])
    groups = [(part, list(group)) for part, group in told]
    noun = settings()["of"]["noun"]
    return str(HTML.panel(noun, name, summary(name, texts), groups, building_book()))


def live() -> widgets.Box:
    """Build the ipywidgets version, for a running kernel.

    A box to type in, not a menu: JupyterLab takes the keys of a menu for its own commands.
    """
    named = names()
    codes = {named[code]: code for code in all_dossiers()}
    first = next(iter(codes))
    choice = widgets.Combobox(
        value=first,
        options=list(codes),
        ensure_option=True,
        continuous_update=False,
        description=settings()["of"]["noun"].capitalize(),
    )
    shown = widgets.HTML(card(codes[first]).html)
    choice.observe(lambda change: setattr(shown, "value", card(codes[change["new"]]).html), "value")
    return widgets.VBox([choice, shown])


def book_html(known: dict[str, list[str | None]]) -> str:
    """Build the menu and the panel for a page without a kernel; a script exchanges the texts."""
    named = {code: name for code, name in names().items() if code in known}
    first = next(iter(known))
    panel = panel_html(named[first], known[first])
    return str(HTML.choice(settings()["of"]["noun"], named[first], named, panel, known))
