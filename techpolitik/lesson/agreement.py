"""How far two readers agree who gave the same sentences one of several words each."""

import pandas as pd


def agreement(first: pd.Series, second: pd.Series) -> float:
    """Give the share of sentences to which two readers gave the same word, from 0 to 1."""
    return float((_words(first) == _words(second)).mean())


def kappa(first: pd.Series, second: pd.Series) -> float:
    """Give Cohen's kappa: the agreement of two readers beyond what chance would give.

    Parameters
    ----------
    first, second
        The words of the two readers, in the same order; no blanks.

    Returns
    -------
    float
        1 if they agree on all, 0 if no more often than two who hand out their words blindly, in the
        same proportions; below 0 if less.

    Raises
    ------
    ValueError
        If there is nothing to compare, a word is missing, or both gave one word to everything, so
        that chance alone explains all.

    """
    one, two = _words(first), _words(second)
    if not len(one) or len(one) != len(two):
        raise ValueError(f"two lists of equal length are needed, not of {len(one)} and {len(two)}")
    if one.isna().any() or two.isna().any():
        raise ValueError("a word is missing: each reader codes each sentence")
    by_chance = (one.value_counts(normalize=True) * two.value_counts(normalize=True)).sum()
    if by_chance == 1:
        raise ValueError("both gave the same word to everything, so kappa has no value")
    return (agreement(one, two) - float(by_chance)) / (1 - float(by_chance))


def _words(column) -> pd.Series:
    return pd.Series(column).reset_index(drop=True)
