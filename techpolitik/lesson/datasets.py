"""The tables of the course: read them, and read what is known about them.

`data/datapackage.json` describes every table: what one row is, the type and unit of each column,
what is missing, where the numbers come from. `load` reads a table by that description, `about`
shows it as a card, and `validate` checks all tables against it.
"""

from __future__ import annotations

import csv
import datetime
import io
import json
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

from techpolitik import course, files
from techpolitik.files import FileError, cached, nearest, place
from techpolitik.lesson.cards import Card, template

if TYPE_CHECKING:
    import pandas as pd

# Nullable types, so that a blank in a column of whole numbers or of yes and no stays a blank.
PANDAS_TYPES = {"string": "str", "integer": "Int64", "number": "float64", "boolean": "boolean"}
KINDS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "date": "a date such as 2010-09-22",
}
#: How a cell of each type is read, to find one that cannot be.
READERS = {
    "integer": int,
    "number": float,
    "boolean": lambda cell: ("false", "true").index(cell.lower()),
    "date": datetime.date.fromisoformat,
}
FEW_SOURCES = 4
HTML = template(__file__)


def package() -> dict:
    """Give the description of all tables, as it stands in data/datapackage.json."""
    return _package(course.current().data / "datapackage.json")


@cached
def _package(path: Path) -> dict:
    content = files.read_json(path)
    files.refuse(f"{place(path)}: {line}" for line in files.problems(content, "table"))
    return content


def names() -> list[str]:
    """Give the names that `load` and `about` know, in the order of the package."""
    return [entry["name"] for entry in package()["resources"]]


def resource(name: str) -> dict:
    """Give the description of one table.

    Raises
    ------
    LookupError
        If there is no such table; the message lists the nearest names.

    """
    known = {entry["name"]: entry for entry in package()["resources"]}
    if name in known:
        return known[name]
    raise LookupError(f"there is no table {name!r}{nearest(name, known)}.")


def load(name: str):
    """Read a table of the course.

    Parameters
    ----------
    name : str
        Name of the table, such as "rare_earth_mines"; `names()` lists them. "world" gives the
        shapes of the countries, ready for `alt.Chart(...).mark_geoshape()`; their `id` is the
        `iso_numeric` of the table of countries.

    Returns
    -------
    pandas.DataFrame or altair.InlineData
        Columns have the types that the description promises: text, whole numbers (Int64), numbers
        (float64), true or false (boolean), dates. Blank cells are missing values, never zero.
        `about(name)` shows the unit of each column.

    Raises
    ------
    LookupError
        If there is no such table.
    FileError
        If the file does not fit its description.

    """
    entry = resource(name)
    path = course.current().data / entry["path"]
    if entry["format"] != "csv":
        return _shapes(path)
    try:
        # The cached table stays as it was read, no matter what is done to this copy of it.
        return _read(path, json.dumps(entry["schema"])).copy()
    except FileError:
        raise
    except ValueError as error:
        fields = {field["name"]: field for field in entry["schema"]["fields"]}
        found = next(_misfits(files.read_text(path), fields), f": {error}")
        raise FileError(place(path) + found) from error


def sources() -> pd.DataFrame:
    """Give every source that a table uses, indexed by `source_id`."""
    return load("sources").set_index("source_id")


def about(name: str) -> Card:
    """Show what is known about a table: who made it, what it counts, who is missing.

    Raises
    ------
    LookupError
        If there is no such table.

    """
    entry = resource(name)
    facts = entry["techpolitik"]
    said = [
        ("One row is", facts["row"]),
        ("Made by", facts["made_by"]),
        ("What is counted", facts["counts"]),
        ("Who or what is missing", facts["missing"]),
    ]
    # The unit of a column, or its kind where it has none.
    fields = [
        (field, field.get("unit") or KINDS[field["type"]].split(" such as")[0])
        for field in entry.get("schema", {}).get("fields", [])
    ]
    size, used = _size(entry), _sources_of(entry)
    return Card(
        str(HTML.card(entry, said, fields, size, used, len(used) > FEW_SOURCES)),
        _card_text(entry, said, fields, size, used),
    )


def validate() -> list[str]:
    """Check all tables against their description: types, constraints, keys, references.

    Returns
    -------
    list of str
        One sentence or two for each problem, naming file, row (the line in the file), column,
        value and what was expected. Empty if all is well.

    Raises
    ------
    ModuleNotFoundError
        If Frictionless is not installed. Lessons run without it.

    """
    from frictionless import FrictionlessException, Package

    entries = {entry["name"]: entry for entry in package()["resources"]}
    listed = {entry["path"] for entry in entries.values()}
    missing = [path for path in sorted(listed) if not (course.current().data / path).is_file()]
    problems = [
        f"data/{path}: the file does not exist, expected because data/datapackage.json lists it."
        for path in missing
    ]
    problems += [
        f"data/{path.name}: expected a description in data/datapackage.json, found none."
        for path in sorted(course.current().data.glob("*.csv"))
        if path.name not in listed
    ]
    if missing:
        return problems
    try:
        report = Package(str(course.current().data / "datapackage.json")).validate()
    except FrictionlessException as error:
        details = [error.error, *error.reasons]
        return problems + [f"data/datapackage.json: {item.message}" for item in details]
    problems += [f"data/datapackage.json: {item.message}" for item in report.errors]
    for task in report.tasks:
        problems += _explain(entries[task.name], task.errors)
    return problems


@cached
def _read(path: Path, schema: str) -> pd.DataFrame:
    """Read a CSV by its schema, written as JSON; ValueError if it does not fit."""
    # Only where a table is read: the site's build reads descriptions, and pandas is slow to come.
    import pandas as pd

    schema = json.loads(schema)
    fields = {field["name"]: field for field in schema["fields"]}
    dates = [name for name, field in fields.items() if field["type"] == "date"]
    # Pandas fills a row that is too short; then its cells stand in the wrong columns.
    with path.open(encoding="utf-8", newline="") as file:
        if any(len(row) != len(fields) for row in csv.reader(file)):
            raise ValueError(f"expected {len(fields)} cells in every row")
    table = pd.read_csv(
        path,
        dtype={name: PANDAS_TYPES.get(field["type"], "str") for name, field in fields.items()},
        # Only the blank is missing: "NA" is text (and a code of Namibia).
        keep_default_na=False,
        na_values=schema["missingValues"],
        encoding="utf-8",
    )
    if list(table.columns) != list(fields):
        raise ValueError(f"found the columns {list(table.columns)}, expected {list(fields)}")
    for name, field in fields.items():
        if field.get("constraints", {}).get("required") and table[name].isna().any():
            raise ValueError(f"column {name} has a blank")
    for name in dates:
        table[name] = pd.to_datetime(table[name], format="%Y-%m-%d")
    return table


def _shapes(path: Path):
    """Read country shapes as data for an Altair chart."""
    import altair as alt

    return alt.InlineData(
        values=json.loads(path.read_text(encoding="utf-8")),
        format=alt.TopoDataFormat(type="topojson", feature="countries"),
    )


def _misfits(text: str, fields: dict):
    """Yield what keeps a table from being read, cell by cell, as the end of a message.

    Frictionless would say the same and more, but students need not have it.
    """
    for row, cells in enumerate(csv.reader(io.StringIO(text, newline="")), start=1):
        if row == 1 and cells != list(fields):
            pairs = enumerate(zip_longest(cells, fields), start=1)
            column, label = next((at, cell) for at, (cell, name) in pairs if cell != name)
            yield f", row 1, column {column}: {_label_words(label, fields)}"
        elif len(cells) < len(fields):
            yield f", row {row}: {_short_words(cells, fields)}"
        elif len(cells) > len(fields):
            yield f", row {row}, column {len(cells)}: {_extra_words(cells[-1], fields)}"
        elif row > 1:
            for cell, (name, field) in zip(cells, fields.items(), strict=True):
                if not _readable(cell, field):
                    yield f", row {row}, column {name}: {_cell_words(cell, field)}"


def _readable(cell: str, field: dict) -> bool:
    """Tell whether `load` can read a cell of a column."""
    if not cell:
        return not field.get("constraints", {}).get("required")
    try:
        READERS.get(field["type"], str)(cell)
    except ValueError:
        return False
    return True


def _cell_words(cell: str, field: dict) -> str:
    """Say what a cell holds and should hold."""
    found = "a blank" if cell in ("None", "") else repr(cell)
    return f"found {found}, expected {_expected(field)}. Correct the cell."


def _short_words(cells: list, fields: dict) -> str:
    """Say that a row has too few cells."""
    return (
        f"found {len(cells)} cells, expected {len(fields)} ({', '.join(fields)}). Add what is "
        "missing, or remove the row."
    )


def _extra_words(cell: str, fields: dict) -> str:
    """Say that a row has too many cells."""
    return (
        f"found {cell!r} after the last column, expected {len(fields)} cells. Put text that holds "
        "a comma in quotation marks."
    )


def _label_words(label: str | None, fields: dict) -> str:
    """Say that a column has another name, or none."""
    return (
        f"found {label or 'no column'!r}, expected the columns {', '.join(fields)}. Correct the "
        "header."
    )


def _expected(field: dict) -> str:
    """Say what a cell of a column should hold."""
    rules = field.get("constraints", {})
    text = "one of " + ", ".join(rules["enum"]) if "enum" in rules else KINDS[field["type"]]
    low, high = rules.get("minimum"), rules.get("maximum")
    if low is not None and high is not None:
        text += f" from {low} to {high}"
    elif low is not None:
        text += f" not below {low}"
    elif high is not None:
        text += f" not above {high}"
    if "pattern" in rules:
        text += f" of the form {rules['pattern']}"
    if field.get("unit"):
        text += f" ({field['unit']})"
    return text + ("" if rules.get("required") else ", or a blank if not known")


def _explain(entry: dict, errors) -> list[str]:
    """Put the findings of Frictionless about one table in plain words."""
    fields = {field["name"]: field for field in entry.get("schema", {}).get("fields", [])}
    lacking = ("missing-cell", "blank-row")
    short = {error.row_number for error in errors if error.type in lacking}
    lines = []
    for error in errors:
        row = getattr(error, "row_number", None)
        # A row that is too short breaks every rule after its end: say it once.
        if row in short and error.type in (*lacking, "constraint-error", "primary-key"):
            lines.append(f"data/{entry['path']}, row {row}: {_short_words(error.cells, fields)}")
        else:
            lines.append(f"data/{entry['path']}{_words(entry, fields, error)}")
    return list(dict.fromkeys(lines))


def _words(entry: dict, fields: dict, error) -> str:
    """Put one finding in plain words: what follows the name of the file."""
    row = getattr(error, "row_number", 1)
    if error.type in ("type-error", "constraint-error"):
        column = error.field_name
        said = _cell_words(error.cell, fields[column])
    elif error.type == "unique-error":
        column = error.field_name
        said = f"found {error.cell!r} again ({error.note}), expected each value once."
    elif error.type == "primary-key":
        keys = entry["schema"]["primaryKey"]
        keys = [keys] if isinstance(keys, str) else keys
        cells = dict(zip(fields, error.cells, strict=False))
        value = ", ".join(f"{key} {cells[key]!r}" for key in keys)
        column = " + ".join(keys)
        said = (
            f"found {value} again ({error.note}), expected each once. Remove one of the two rows."
        )
    elif error.type == "foreign-key":
        column, value = ", ".join(error.field_names), ", ".join(map(str, error.field_cells))
        target, path = error.reference_field_names[0], resource(error.reference_name)["path"]
        said = (
            f"found {value!r}, expected a {target} that is listed in data/{path}. Correct the "
            "cell, or add a row there."
        )
    elif error.type == "extra-cell":
        column, said = error.field_number, _extra_words(error.cell, fields)
    elif error.type in ("incorrect-label", "missing-label", "extra-label"):
        column, said = error.field_number, _label_words(error.label, fields)
    else:
        hint = ". Save it as CSV in UTF-8." if error.type == "encoding-error" else ""
        return f": {error.message}{hint}"
    return f", row {row}, column {column}: {said}"


def _size(entry: dict) -> str:
    """Say how large a table is, or how many shapes a map has."""
    content = load(entry["name"])
    if entry["format"] == "csv":
        return f"{len(content)} rows, {len(content.columns)} columns"
    return f"{len(content.values['objects']['countries']['geometries'])} shapes"


def _sources_of(entry: dict) -> list[dict]:
    """Give the sources of a table: those it names as a whole, then those of its rows."""
    ids = [item["source_id"] for item in entry["sources"] if "source_id" in item]
    if entry["format"] == "csv" and entry["name"] != "sources":
        table = load(entry["name"])
        for key in entry["schema"].get("foreignKeys", []):
            if key["reference"]["resource"] == "sources":
                ids += sorted(table[key["fields"]].dropna().unique())
    listed = sources().fillna("")
    return [listed.loc[source_id].to_dict() for source_id in dict.fromkeys(ids)]


def _card_text(entry, said, fields, size, used) -> str:
    """Write the card of a table as plain text."""
    facts, licences = entry["techpolitik"], (one["title"] for one in entry["licenses"])
    covered = f"Covers {facts['coverage']}. Read on {facts['retrieved']}."
    lines = [entry["title"], entry["description"], f"{entry['name']}: {size}. {covered}"]
    lines += [f"{term}: {text}" for term, text in said]
    lines += ["Take care:", *(f"- {text}" for text in facts["caveats"])]
    if fields:
        lines.append("Columns:")
        lines += [f"- {field['name']} ({unit}): {field['description']}" for field, unit in fields]
    lines += [f"Licence: {'; '.join(licences)}", "Sources:"]
    for source in used:
        parts = [source["title"], source["publisher"], source["date"], source["url"]]
        lines.append("- " + ", ".join(part for part in parts if part))
    return "\n".join(lines)
