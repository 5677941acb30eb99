"""A check that rests on data can fail: some change of the data turns the verdict."""

import copy
import re
from datetime import timedelta

import pandas as pd
import pytest

from techpolitik.files import FileError
from techpolitik.lesson import datasets, seeds

COMPUTED = {
    name: entry for name, entry in seeds.claims().items() if entry["check"]["form"] == "computed"
}


def columns_read(check, table) -> list[str]:
    """List the columns that a check reads, for its rows or for its value; ids are not data."""
    words = set(re.findall(r"[a-z_]+", f"{check['rows']} {check['value']}"))
    return [name for name in table.columns if name in words and not name.endswith("_id")]


def changes(column: pd.Series, chosen):
    """Yield what a column could have been: larger, smaller, later, earlier, or something else."""
    if pd.api.types.is_bool_dtype(column):
        yield ~column
    elif pd.api.types.is_datetime64_any_dtype(column):
        yield from (column + timedelta(days=365 * years) for years in (-20, -3, -1, 1, 3, 20))
    elif pd.api.types.is_numeric_dtype(column):
        column = column.astype(float)
        for factor in (-1, 0.1, 0.5, 0.8, 1.25, 2, 10):
            yield column * factor
            yield column.where(~column.index.isin(chosen[:1]), column * factor)
        yield from (column + years for years in (-10, -1, 1, 10))
    else:
        yield from (column.where(~column.index.isin(chosen), value) for value in column.unique())
        yield column.where(~column.index.isin(chosen), "something else")
        yield column.where(column.index.isin(chosen), column[chosen[0]])


def changed_tables(check):
    """Yield the table of a check as it might have been, one change at a time."""
    table = datasets.load(check["table"])
    chosen = table.query(" ".join(check["rows"].split()), engine="python").index
    for name in columns_read(check, table):
        for column in changes(table[name], chosen):
            yield f"{name} changed", table.assign(**{name: column})
    for row in chosen:
        yield f"row {row} removed", table.drop(row)
    yield "only the first row left", table.drop(chosen[1:])


def turned(entry, monkeypatch) -> str | None:
    """Return the first change that gives another word, or None when the check cannot fail."""
    for what, table in changed_tables(entry["check"]):
        monkeypatch.setattr(seeds.datasets, "load", lambda name, table=table: table)
        try:
            word, _ = seeds.recompute(entry)
        except FileError:
            continue  # Without a row or a number there is no verdict, so none was turned.
        finally:
            monkeypatch.undo()
        if word != seeds.judged(entry):
            return what
    return None


@pytest.mark.parametrize("name", COMPUTED)
def test_some_change_of_the_data_turns_the_verdict(name, monkeypatch):
    assert turned(COMPUTED[name], monkeypatch) is not None


@pytest.mark.parametrize(
    "change",
    [
        {"supported": [0, 10**15]},
        {"value": "export_id.nunique() * 0 + 1", "supported": [1, 1]},
        {"value": "(exports_t > -10 ** 9).any() * 1", "supported": [0, 1]},
    ],
    ids=["every value is right", "a constant", "always true"],
)
def test_a_check_that_nothing_can_turn_is_found(change, monkeypatch):
    entry = copy.deepcopy(COMPUTED["RC09"])
    entry["check"].update(value="exports_t.sum() ** 2", imprecise=[0, 0])
    entry["check"].update(change)
    entry["verdict"] = "supported"
    assert turned(entry, monkeypatch) is None
