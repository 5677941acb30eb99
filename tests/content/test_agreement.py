"""Cohen's kappa on cases worked out by hand, and the page that reports it."""

import pandas as pd
import pytest

from techpolitik.book.pages import code_book
from techpolitik.lesson import datasets, seeds
from techpolitik.lesson.agreement import agreement, kappa

# Of 50 cases both say yes to 20 and no to 15: they agree on 0.7, and chance gives 0.5.
TEXTBOOK = pd.DataFrame(
    [("yes", "yes")] * 20 + [("yes", "no")] * 5 + [("no", "yes")] * 10 + [("no", "no")] * 15,
    columns=["first", "second"],
)


def test_kappa_of_a_textbook_case():
    assert agreement(TEXTBOOK["first"], TEXTBOOK["second"]) == 0.7
    assert kappa(TEXTBOOK["first"], TEXTBOOK["second"]) == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("first", "second", "value"),
    [("aabb", "aabb", 1), ("ab", "ba", -1), ("aabb", "abab", 0), ("aabc", "aabb", 0.6)],
)
def test_kappa_of_small_cases(first, second, value):
    assert kappa(list(first), list(second)) == pytest.approx(value)


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ([], [], "equal length"),
        (["a"], ["a", "b"], "equal length"),
        (["a", None], ["a", "b"], "missing"),
        (["a", "a"], ["a", "a"], "same word to everything"),
    ],
)
def test_what_cannot_be_compared_is_refused(first, second, message):
    with pytest.raises(ValueError, match=message):
        kappa(pd.Series(first, dtype=object), pd.Series(second, dtype=object))


def test_the_page_says_how_far_two_coders_agree_and_where_they_do_not():
    table = pd.DataFrame(
        {
            "claim_id": ["A1", "A2", "A3", "A4"],
            "first_coder": ["open", "open", "supported", "imprecise"],
            "second_coder": ["open", "open", "supported", "supported"],
            "settled": ["unverifiable", "open", "supported", "supported"],
        }
    )
    sentence, differing = code_book.coded_twice(table)
    assert "agree on 3 of 4, kappa 0.60" in sentence
    assert "Of the 1 differences 0 were settled for the word of the first coder, 1 for" in sentence
    assert "the mended page or later evidence changed 1." in sentence
    assert differing == [
        ("A1", "open", "open", "unverifiable"),
        ("A4", "imprecise", "supported", "supported"),
    ]


def unsettled(table, claims) -> list[str]:
    """List the claims coded twice whose settled word is not the one of the ledger."""
    return [
        row.claim_id for row in table.itertuples() if row.settled != claims[row.claim_id]["verdict"]
    ]


def test_the_settled_word_is_that_of_the_ledger():
    table, claims = datasets.load("verdict_coding"), seeds.claims()
    assert unsettled(table, claims) == []
    changed = claims | {"CB018": {**claims["CB018"], "verdict": "open"}}
    assert unsettled(table, changed) == ["CB018"]
