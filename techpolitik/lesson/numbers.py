"""Numbers as a reader sees them: in tables, findings, verdicts, scores and points.

Rounded half up, of the number as it is written: 112.25 is 112.3 everywhere. The script
`book/static/numbers.js` writes alike in the built page; a test holds both to the same values.
"""

import numbers
import re
from decimal import ROUND_HALF_UP, Decimal, localcontext

import pandas as pd


def number(value, decimals: int | None = None, *, commas: bool = True) -> str:
    """Write a number with as many decimals as it needs.

    Parameters
    ----------
    value
        Any real number; infinity is written as its sign, NaN as nothing.
    decimals
        The most decimals to write; by default about four significant digits.
    commas
        Whether commas part the thousands, as in an amount; not in a year.

    """
    exact = Decimal(str(value))
    if exact.is_nan():
        return ""
    if exact.is_infinite():
        return "−∞" if exact < 0 else "∞"
    if decimals is None:
        size = abs(exact)
        decimals = 1 if size >= 100 else 2 if size >= 10 else 3 if size >= 1 else 4
    text = fixed(exact, decimals, commas=commas)
    return text.rstrip("0").rstrip(".") if "." in text else text


def fixed(value, decimals: int, *, commas: bool = False) -> str:
    """Write a finite number with exactly so many decimals, as in a column of scores."""
    with localcontext(rounding=ROUND_HALF_UP):
        text = f"{Decimal(str(value)):{',' * commas}.{decimals}f}"
    # What rounds to nothing has no sign.
    return text.replace("-", "−" if re.search("[1-9]", text) else "")


def cell(value, column: str) -> str:
    """Write one value of a table: blanks stay blank, years have no comma."""
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return ""
    if pd.api.types.is_bool(value):
        return "yes" if value else "no"
    if isinstance(value, pd.Timestamp):
        return value.strftime("%Y-%m-%d")
    if isinstance(value, numbers.Real | Decimal):
        return number(value, commas="year" not in column.lower())
    return str(value)
