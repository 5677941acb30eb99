"""The table of forecasts says what the ledger says, and nothing weak decides an outcome."""

import pandas as pd
import pytest

from techpolitik.lesson import datasets, seeds

#: What an outcome is, given the ledger's verdict.
OUTCOMES = {
    "supported": "yes",
    "contradicted": "no",
    "imprecise": "partly",
    "open": None,
    "unverifiable": None,
}
FORECASTS = datasets.load("forecasts")
CLAIMS = {name: entry for name, entry in seeds.claims().items() if entry["kind"] == "forecast"}


def disagreements(table, claims) -> list[str]:
    """List the forecasts that are not in both, or not judged as the ledger judges them."""
    rows = table.set_index("forecast_id")
    problems = [f"{name}: only in one of both" for name in set(claims) ^ set(rows.index)]
    for name in rows.index.intersection(list(claims)):
        claim, row = claims[name], rows.loc[name]
        outcome = OUTCOMES[seeds.judged(claim)]
        if (None if pd.isna(row["outcome"]) else row["outcome"]) != outcome:
            problems.append(f"{name}: outcome {row['outcome']}, but verdict {seeds.judged(claim)}")
        for field in ("lesson", "document", "speaker", "reading", "confidence"):
            if row[field] != claim[field]:
                problems.append(f"{name}: {field} {row[field]!r}, not {claim[field]!r}")
        evidence = None if pd.isna(row["evidence"]) else row["evidence"]
        if evidence != evidence_of(claim):
            problems.append(f"{name}: evidence {evidence}, not {evidence_of(claim)}")
    return problems


def evidence_of(claim) -> str | None:
    check = claim["check"]
    return f"{check['table']}: {' '.join(check['rows'].split())}" if "table" in check else None


def test_forecasts_agree_with_the_ledger():
    assert disagreements(FORECASTS, CLAIMS) == []


@pytest.mark.parametrize(
    ("name", "column", "value"),
    [
        ("EC26", "outcome", "yes"),
        ("CD016", "outcome", "no"),
        ("RC07", "speaker", "ASPI"),
        ("EC26", "reading", "plain"),
        ("FO15", "evidence", "bri_finance: year == 2021"),
    ],
)
def test_a_row_that_leaves_the_ledger_is_found(name, column, value):
    spoilt = FORECASTS.copy()
    spoilt.loc[spoilt["forecast_id"] == name, column] = value
    (problem,) = disagreements(spoilt, CLAIMS)
    assert problem.startswith(f"{name}: {column}")


def test_a_forecast_that_is_left_out_is_found():
    assert disagreements(FORECASTS[FORECASTS["forecast_id"] != "FO01"], CLAIMS) == [
        "FO01: only in one of both"
    ]


def test_a_word_is_read_alike_everywhere():
    words = datasets.load("forecast_words").set_index("word")
    read = FORECASTS["wording"].map(words["implied_pct"])
    assert read.tolist() == FORECASTS["implied_pct"].tolist()
    graded = words[words["kind"] != "no degree"]
    assert (graded["low_pct"] <= graded["implied_pct"]).all()
    assert (graded["implied_pct"] <= graded["high_pct"]).all()
    assert set(words.index) == set(FORECASTS["wording"]) | {"set to", "might"}


def test_dates_are_in_order_and_only_a_yes_has_a_day():
    yes = FORECASTS["outcome"].eq("yes").fillna(False)
    assert FORECASTS["settled_on"].notna().tolist() == yes.tolist()
    assert (FORECASTS["made_on"] < FORECASTS["resolves_on"]).all()
    settled = FORECASTS[yes]
    assert (settled["made_on"] < settled["settled_on"]).all()
    assert (settled["settled_on"] <= settled["resolves_on"]).all()


def test_what_was_undecided_in_november_2026_lies_ahead_or_has_no_evidence():
    ahead = FORECASTS[FORECASTS["resolves_on"] > "2026-11-30"]
    assert ahead["outcome"].isna().all() and list(ahead["forecast_id"]) == ["EC10"]


@pytest.mark.parametrize("document", seeds.documents(), ids=lambda document: document["id"])
def test_dates_are_those_of_the_pieces(document):
    dates = {piece["id"]: piece["date"] for piece in document["pieces"]}
    for name, claim in CLAIMS.items():
        date = dates.get(claim["piece"])
        if date and len(date) == len("2020-10-22"):
            row = FORECASTS.set_index("forecast_id").loc[name]
            assert str(row["made_on"].date()) == date and row["precision"] == "day"


def number(name: str) -> float:
    """Work out the value by which the ledger decides a claim."""
    return seeds.recompute(name)[1]


@pytest.mark.parametrize(
    ("name", "words", "value"),
    [
        ("EC26", "was 4 percent", lambda: number("EC26")),
        ("CB010", "Five such measures", lambda: {5: "Five"}[number("CB010")]),
        ("CB011", "One bill", lambda: {1: "One"}[number("CB011")]),
        (
            "EC16",
            "28 percent in 2019",
            lambda: cell("equipment_shares", "share_id == 'TE001'", "share_pct"),
        ),
        (
            "EC16",
            "31 percent of 2020",
            lambda: cell("equipment_shares", "share_id == 'TE009'", "share_pct"),
        ),
        ("FO13", "nine EU members", lambda: {9: "nine"}[number("FO13")]),
        (
            "FO15",
            "104 billion",
            lambda: cell("bri_finance", "finance_id == 'BF002'", "value_usd_bn"),
        ),
        (
            "FO15",
            "79 billion",
            lambda: cell("bri_finance", "finance_id == 'BF004'", "value_usd_bn"),
        ),
        ("CB025", "6.1 dollars", lambda: round(number("CB025"), 1)),
        ("SC36", "172 states", lambda: cell("itu_votes", "vote_id == 'IV06'", "votes_cast")),
        ("EC31", "23 to 21", lambda: "23 to 21" if number("EC31") == -2 else "another fall"),
    ],
)
def test_numbers_in_the_reasons_stand_in_the_tables(name, words, value):
    assert words in FORECASTS.set_index("forecast_id").loc[name, "reason"]
    found = value()
    assert (f"{found:g}" if isinstance(found, float) else str(found)) in words


def cell(table: str, where: str, column: str):
    (value,) = datasets.load(table).query(where)[column]
    return value
