"""Turn whatever a student's variable holds into plain data, or say kindly why that fails.

Plain data is numbers, text, and lists or dicts of these: nothing that carries code. Everything
after this step compares plain data only, so an object that claims to equal everything gains
nothing. The grader uses the same readers on what it takes out of a student's kernel.
"""

import difflib
import inspect
import math
import re
import reprlib
import sys
from decimal import Decimal
from fractions import Fraction

MOST_CELLS = 100_000
STUB_TEXTS = ("", "...", "…")


class Unreadable(ValueError):
    """The answer has another type than the exercise expects; the message is for the student."""


def is_a(value, *kinds) -> bool:
    """Tell whether the real type of `value` is one of `kinds` (an object can lie to isinstance)."""
    return issubclass(type(value), kinds)


def module_class(value, module: str, *names: str) -> bool:
    """Tell whether `value` is a `module` object of class `names`, without importing `module`."""
    loaded = sys.modules.get(module)
    kinds = [getattr(loaded, name) for name in names if hasattr(loaded, name)]
    return bool(kinds) and is_a(value, *kinds)


def is_array(value) -> bool:
    """Tell whether a value is an array of numpy or pandas: `.unique()` of a column gives either."""
    extension = module_class(value, "pandas.api.extensions", "ExtensionArray")
    return extension or module_class(value, "numpy", "ndarray")


def is_stub(value) -> bool:
    """Tell whether nothing has been answered yet: the three dots, None or blank text."""
    if value is None or value is ...:
        return True
    return is_a(value, str) and plain_text(value).strip() in STUB_TEXTS


def plain_text(value: str) -> str:
    """Return the characters of a string without any class a student may have wrapped around it."""
    return str.__getitem__(value, slice(None))


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural where needed."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


CALL_IT = "Add round brackets to call it, and keep what it returns."

# What is no answer yet, but one step away from it: how to recognise it, what it is, which step.
UNFINISHED = [
    (
        lambda value: type(value).__name__ in ("DataFrameGroupBy", "SeriesGroupBy"),
        "a grouped table that has not been summed up yet",
        "Finish with a summary such as `.sum()` or `.max()`.",
    ),
    (
        inspect.isgenerator,
        "a generator, which produces values only when asked",
        "Wrap it in `list(...)`.",
    ),
    (inspect.ismethod, "a method that has not been called", CALL_IT),
    (inspect.isbuiltin, "a method that has not been called", CALL_IT),
    (inspect.isfunction, "a function", CALL_IT),
]


def describe(value) -> str:
    """Say in plain words what a value is, without running code of its own."""
    if value is True or value is False:
        return f"the truth value {value}"
    if is_a(value, str):
        return f"text ({reprlib.repr(plain_text(value))})"
    if is_a(value, int, float):
        return "a number"
    if is_a(value, dict):
        return "a dictionary"
    for kind in (list, tuple, set, frozenset):
        if is_a(value, kind):
            return f"a {kind.__name__} ({counted(kind.__len__(value), 'item')})"
    if module_class(value, "pandas", "DataFrame"):
        rows, columns = counted(value.shape[0], "row"), counted(value.shape[1], "column")
        return f"a DataFrame ({rows}, {columns})"
    if module_class(value, "pandas", "Series", "Index"):
        kind = "a Series" if module_class(value, "pandas", "Series") else "an Index"
        return f"{kind} ({counted(value.shape[0], 'value')})"
    if is_array(value):
        return f"an array of shape {value.shape}"
    for recognised, words, _ in UNFINISHED:
        if recognised(value):
            return words
    if is_a(value, type):
        return "a class"
    return f"an object of type {reprlib.repr(str(type(value).__name__)).strip(chr(39))}"


def remedy(value) -> str:
    """Return the step that turns a value of the wrong type into an answer, or an empty string."""
    return next((step for recognised, _, step in UNFINISHED if recognised(value)), "")


def wrong_type(value, expected: str, advice: str = "") -> Unreadable:
    """Build the error that says what was given and what is expected."""
    advice = advice or remedy(value)
    return Unreadable(f"You gave {describe(value)}; this needs {expected}. {advice}".strip())


def expectation(spec: dict) -> str:
    """Say in words what type of answer a contract asks for."""
    unit = f" ({spec['unit']})" if spec.get("unit") else ""
    words = {
        "number": "one number",
        "integer": "one whole number",
        "percent": "one number in percent, from 0 to 100",
        "text": "one piece of text, in quotation marks",
        "list": f"a list of {spec.get('items', 'value')}s",
        "table": "a DataFrame",
    }
    return words[spec["type"]] + ("" if spec["type"] == "percent" else unit)


def read(value, spec: dict):
    """Read an answer as the plain data its contract asks for.

    `spec` is the `answer` of a data exercise. Returns an int or float, a str, a list of these, or
    for a table {"columns": [...], "rows": [[...], ...]}: the columns of the contract, in its order,
    under the names the student gave them.
    Raises `Unreadable` with a message for the student.
    """
    if spec["type"] == "list":
        return read_list(value, spec)
    if spec["type"] == "table":
        return read_table(value, spec)
    return read_cell(value, spec)


def read_cell(value, spec: dict):
    """Read one number or text; numpy scalars count, containers do not."""
    expected = expectation(spec)
    if module_class(value, "pandas", "Series", "Index", "DataFrame"):
        if value.size == 1:
            raise wrong_type(value, expected, "Take the value out with `.item()` or `.iloc[0]`.")
        raise wrong_type(value, expected, "Pick the one value that answers the question.")
    if is_array(value):
        raise wrong_type(value, expected, "Take one value out, for example with `[0]`.")
    if module_class(value, "numpy", "generic"):
        value = value.item()
    if is_missing(value):
        raise Unreadable(
            f"Your answer is a missing value (NaN); this needs {expected}. A blank cell took part "
            "in the computation: look at the rows you used."
        )
    if spec["type"] == "text":
        if not is_a(value, str):
            raise wrong_type(value, expected)
        return plain_text(value)
    return read_number(value, spec, expected)


def is_missing(value) -> bool:
    """Tell whether a value is NaN, NaT or pandas' NA."""
    if module_class(value, "numpy", "floating"):
        value = value.item()
    if is_a(value, float):
        return math.isnan(float.__add__(value, 0.0))
    if is_a(value, Decimal):
        return Decimal.is_nan(value)
    pandas = sys.modules.get("pandas")
    return pandas is not None and (value is pandas.NA or value is pandas.NaT)


def read_number(value, spec: dict, expected: str):
    """Read one number, whole where the contract says integer."""
    if value is True or value is False:
        raise wrong_type(value, expected, "A comparison gives True or False; sum or count it.")
    if is_a(value, str):
        # Only the start: on a long text the expression would take hours.
        looks = re.fullmatch(r"\s*[-+]?[\d.,  ]+\s*(%|[A-Za-z ]*)\s*", plain_text(value)[:40])
        raise wrong_type(value, expected, "Leave out the quotation marks." if looks else "")
    if is_a(value, int):
        number = int.__add__(value, 0)
    elif is_a(value, float):
        number = float.__add__(value, 0.0)
    elif type(value) in (Decimal, Fraction):
        number = float(value)
    else:
        raise wrong_type(value, expected)
    if abs(number) > 1e18:
        raise Unreadable(
            f"Your number is infinite or far too large; this needs {expected}. "
            "Dividing by zero is the usual cause."
        )
    if spec["type"] == "integer":
        if number != int(number):
            raise Unreadable(f"You gave {number:g}; this needs {expected}, without a fraction.")
        return int(number)
    return number


def read_list(value, spec: dict) -> list:
    """Read a list, tuple, range, set, Series, Index or one-dimensional array."""
    expected = expectation(spec)
    if module_class(value, "pandas", "DataFrame"):
        raise wrong_type(value, expected, "Pick one column and add `.tolist()`.")
    kind = next((k for k in (list, tuple, set, frozenset, range) if is_a(value, k)), None)
    if kind:
        if spec.get("ordered") and kind in (set, frozenset):
            raise wrong_type(value, expected, "A set has no order, and here the order counts.")
        items = too_many(kind.__len__(value)) or list(kind.__iter__(value))
    elif module_class(value, "pandas", "Series", "Index") or (is_array(value) and value.ndim == 1):
        items = too_many(value.shape[0]) or value.tolist()
    else:
        raise wrong_type(value, expected)
    cell = {"type": spec["items"], "unit": spec.get("unit")}
    return [read_item(item, cell, f"Item {n}") for n, item in enumerate(items, 1)]


def too_many(count: int) -> None:
    """Refuse an answer so long that reading it would stall the notebook."""
    if count > MOST_CELLS:
        raise Unreadable(f"Your answer has {count:,} values; at most {MOST_CELLS:,} are read.")


def read_item(value, cell: dict, place: str):
    """Read one cell of a list or table; blanks stay None, errors name the place."""
    if value is None or is_missing(value):
        return None
    try:
        return read_cell(value, cell)
    except Unreadable as error:
        raise Unreadable(f"{place}: {error}") from None


def read_table(value, spec: dict) -> dict:
    """Read a DataFrame as {"columns": names, "rows": lists}; only required columns are typed."""
    needed = ", ".join(spec["columns"])
    expected = f"a DataFrame with the columns {needed}"
    if module_class(value, "pandas", "Series"):
        raise wrong_type(value, expected, "`.reset_index()` turns it into a table.")
    if not module_class(value, "pandas", "DataFrame"):
        raise wrong_type(value, expected)
    if value.columns.nlevels > 1:
        raise Unreadable(
            f"Your columns have {value.columns.nlevels} levels; this needs {expected}. "
            "Naming the results in `.agg(new_name=(column, function))` keeps one level."
        )
    names = [plain_text(c) if is_a(c, str) else reprlib.repr(c) for c in value.columns.tolist()]
    twice = sorted({name for name in names if names.count(name) > 1 and name in spec["columns"]})
    if twice:
        raise Unreadable(f"Your table has more than one column called {', '.join(twice)}.")
    in_index = [n for n in value.index.names if n in spec["columns"] and n not in names]
    if in_index:
        raise Unreadable(
            f"{', '.join(in_index)} is in the index of your table, not in a column. "
            "`.reset_index()` moves it back."
        )
    names_used = columns_used(names, spec)
    too_many(value.shape[0] * len(names_used))
    columns = []
    for name, (column, cell) in zip(names_used, spec["columns"].items(), strict=True):
        items = value.iloc[:, names.index(name)].tolist()
        label = name if name == column else f"{name} (read as {column})"
        columns.append(
            [read_item(item, cell, f"Row {n}, column {label}") for n, item in enumerate(items, 1)]
        )
    return {"columns": names_used, "rows": [list(row) for row in zip(*columns, strict=True)]}


def columns_used(names: list[str], spec: dict) -> list[str]:
    """Return the student's columns in the order of the contract.

    Where names are missing but the number of columns fits, columns are taken by place, so that
    right values under wrong names can be told apart from wrong values.
    """
    needed = list(spec["columns"])
    missing = [name for name in needed if name not in names]
    if not missing:
        return needed
    if len(names) == len(needed) == len(set(names)):
        return names
    near = {name: difflib.get_close_matches(name, names, 1) for name in missing}
    similar = [f"{found[0]} may be meant as {name}" for name, found in near.items() if found]
    tail = f" ({'; '.join(similar)})" if similar else ""
    raise Unreadable(
        f"Your table has the columns {', '.join(names) or 'none'}; "
        f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing{tail}."
    )
