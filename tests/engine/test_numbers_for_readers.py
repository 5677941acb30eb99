"""Numbers as readers see them: one way to write them, in Python and in the page's scripts."""

from decimal import Decimal

import altair as alt
import numpy as np
import pandas as pd
import pytest
from checkout import ROOT

from techpolitik import figure, slider
from techpolitik.lesson import seeds
from techpolitik.lesson.figures import table
from techpolitik.lesson.numbers import cell, fixed, number

VALUES = [
    0,
    1,
    -1,
    2.5,
    -3.5,
    9.9995,
    55.934,
    57.6,
    99.995,
    112.25,
    112.35,
    1234.5,
    -70.81,
    1234567,
]
VALUES += [0.00123, 0.00005, 0.00004, -0.00001, -0.04, 1e-7, 1e15, 0.1 + 0.2, 2020, 157.45, 1.005]


@pytest.mark.parametrize(
    "value, column, said",
    [
        (None, "x", ""),
        (float("nan"), "x", ""),
        (pd.NA, "x", ""),
        (pd.NaT, "x", ""),
        (True, "x", "yes"),
        (np.bool_(False), "x", "no"),
        (2020, "year", "2020"),
        (2020.0, "Year of the law", "2020"),
        (140000, "output_t", "140,000"),
        (1234567, "number", "1,234,567"),
        (np.int64(1234567), "x", "1,234,567"),
        (Decimal("12.345"), "x", "12.35"),
        (55.934, "share_pct", "55.93"),
        (112.25, "x", "112.3"),
        (157.45, "x", "157.5"),
        (99.99999, "x", "100"),
        (0.00123, "share", "0.0012"),
        (0, "x", "0"),
        (-3.5, "x", "−3.5"),
        (-0.00004, "x", "0"),
        (float("inf"), "x", "∞"),
        (-np.inf, "x", "−∞"),
        (1e30, "x", "1,000,000,000,000,000,000,000,000,000,000"),
        ([1, 2], "x", "[1, 2]"),
        (pd.Timestamp("2025-04-04"), "date", "2025-04-04"),
        ("ore", "x", "ore"),
    ],
)
def test_cells_are_written_for_readers(value, column, said):
    assert cell(value, column) == said


@pytest.mark.parametrize(
    ("value", "decimals", "said"),
    [(57.6, 1, "57.6"), (3.0, 1, "3"), (112.25, 1, "112.3"), (-0.04, 1, "0"), (2.675, 2, "2.68")],
)
def test_numbers_are_rounded_half_up_and_nothing_has_no_sign(value, decimals, said):
    assert number(value, decimals) == said


def test_scores_keep_their_decimals():
    assert [fixed(value, 3) for value in (0.0625, 0.25, -0.0001)] == ["0.063", "0.250", "0.000"]


def test_a_ledger_entry_rounds_as_a_figure_does():
    assert (
        seeds.measured(112.25, "percent")
        == f"{cell(112.25, 'share_pct')} percent"
        == ("112.3 percent")
    )


def test_a_figure_shows_a_division_by_zero():
    rows = pd.DataFrame({"part": ["a", "b"], "ratio": [1.0, 2.0]})
    rows["ratio"] /= [0.0, 2.0]
    chart = alt.Chart(rows, title="One is divided by nothing").mark_bar()
    shown = figure(chart.encode(x="part:N", y="ratio:Q"), text="Bars.", source="rare_earth_mines")
    assert table(shown.data)["rows"] == [["a", "∞"], ["b", "1"]]


def test_sliders_read_years_and_amounts_as_tables_write_them():
    assert slider(2018, 2024, 1).reads(2024, "year") == "2024"
    assert slider(0, 2_000_000, 1_000_000, unit="t").reads(2_000_000, "stock") == "2,000,000 t"


def test_the_script_of_the_page_writes_the_same_numbers(new_page):
    page = new_page()
    page.goto("about:blank")
    page.add_script_tag(path=ROOT / "techpolitik" / "book" / "static" / "numbers.js")
    written = """values => values.map(value => [tpNumbers.cell(value, "share"),
        tpNumbers.cell(value, "year"), tpNumbers.fixed(value, 3), tpNumbers.fixed(value, 0)])"""
    expected = [
        [cell(value, "share"), cell(value, "year"), fixed(value, 3), fixed(value, 0)]
        for value in VALUES
    ]
    assert page.evaluate(written, VALUES) == expected
    others = "() => [-Infinity, true, null].map(value => tpNumbers.cell(value, 'x'))"
    assert page.evaluate(others) == [cell(value, "x") for value in (-np.inf, True, None)]
