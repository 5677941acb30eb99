"""Check the structure of a chart: marks, encodings, title, description. Never a picture.

Everything works on the chart's specification as plain data (`chart.to_dict()`), so the grader can
use the same functions on a specification taken out of a student's kernel.
"""

import json

from .answers import Unreadable, describe, is_a, module_class, plain_text, remedy

# What a chart may hold; far more than one that can be read, and few enough to be checked at once.
MOST_PARTS = 50
MOST_CHANNELS = 50
MOST_TRANSFORMS = 50
MOST_ROWS = 20_000

# Aggregates that say how many rows there are, whatever column they are given.
COUNTS = ("count", "distinct", "valid", "missing")

SPLITTERS = ("color", "detail", "strokeDash", "shape", "row", "column", "facet")
# Channels whose columns make groups, so that an aggregate is taken within each.
GROUPERS = ("x", "y", "xOffset", "yOffset", "fill", "stroke", *SPLITTERS)
TYPE_WORDS = {
    "quantitative": "quantitative (:Q)",
    "temporal": "temporal (:T)",
    "ordinal": "ordinal (:O)",
    "nominal": "nominal (:N)",
}


def read(value) -> dict:
    """Read an Altair chart, or what `figure(...)` returns, as {"spec": dict, "text": str}.

    `text` is the description for people who cannot see the chart: the figure's own text, or the
    chart's `description`. Raises `Unreadable` with a message for the student.
    """
    chart = getattr(value, "chart", None)
    chart = value if chart is None or is_a(value, type) else chart
    to_dict = None if is_a(chart, type) else getattr(type(chart), "to_dict", None)
    expected = "an Altair chart, or what figure(...) gives back"
    if to_dict is None or module_class(chart, "pandas", "DataFrame", "Series"):
        raise Unreadable(
            f"You gave {describe(value)}; this needs {expected}. {remedy(value)}".strip()
        )
    try:
        spec = chart.to_dict()
    except Exception as error:
        # Altair reports a misspelt field or type here: the student needs its first line.
        first = (str(error).strip().splitlines() or ["no details"])[0]
        raise Unreadable(f"The chart cannot be drawn: {type(error).__name__}: {first}") from error
    if not is_a(spec, dict) or not ({"mark", "layer", "spec"} | set(JOINTS)) & set(spec):
        raise Unreadable(f"You gave {describe(value)}; this needs {expected}.")
    spec = json.loads(json.dumps(spec, default=str))
    units(spec)  # refuses what `problems` would not look at
    text = getattr(value, "text", None)
    text = plain_text(text) if is_a(text, str) else str(spec.get("description", ""))
    return {"spec": spec, "text": text}


JOINTS = ("layer", "hconcat", "vconcat", "concat")


def as_dict(value) -> dict:
    """Return a dict as it is and anything else as an empty one: a hand-made spec may hold both."""
    return value if isinstance(value, dict) else {}


def as_list(value) -> list:
    """Return a list as it is and anything else as an empty one."""
    return value if isinstance(value, list) else []


def units(
    spec: dict, inherited: dict | None = None, data: dict | None = None, transform=()
) -> list[dict]:
    """Return every single chart inside a specification, with what it inherits.

    Each has its `encoding` and `data` in full, whether its own or that of a chart around it.
    Raises `Unreadable` if there are more than anybody could read.
    """
    encoding = {**(inherited or {}), **as_dict(spec.get("encoding"))}
    data = spec.get("data", data)
    transform = [*transform, *as_list(spec.get("transform"))]
    inside = [as_dict(part) for joint in JOINTS for part in as_list(spec.get(joint))]
    if isinstance(spec.get("spec"), dict):
        inside.append(spec["spec"])
        facet = as_dict(spec.get("facet"))
        encoding |= {"facet": facet} if "field" in facet else facet
    refuse_more("encodings", len(encoding), MOST_CHANNELS)
    refuse_more("transforms", len(transform), MOST_TRANSFORMS)
    refuse_more("parts", len(inside), MOST_PARTS)
    if inside:
        found = []
        for part in inside:
            found += units(part, encoding, data, transform)
            refuse_more("parts", len(found), MOST_PARTS)
        return found
    return [{**spec, "encoding": encoding, "data": as_dict(data), "transform": transform}]


def refuse_more(what: str, count: int, most: int) -> None:
    """Raise `Unreadable` for a chart that holds more of something than is looked at."""
    if count > most:
        raise Unreadable(f"Your chart has {count:,} {what}; at most {most:,} are looked at.")


def mark_of(unit: dict) -> str:
    """Return the name of a unit's mark."""
    mark = unit.get("mark", "")
    return str(mark.get("type", "")) if isinstance(mark, dict) else str(mark)


def problems(answer: dict, rule: dict) -> list[str]:
    """Return what a chart lacks, one sentence each; an empty list means complete.

    `answer` comes from `read`, `rule` is the `answer` of a chart exercise.
    """
    spec = answer["spec"]
    parts, data = units(spec), as_dict(spec.get("datasets"))
    # Parts often share their data, which counts once.
    tables = {id(table): table for part in parts for table in [table_of(part, data)]}
    rows = [row for table in tables.values() for row in table if isinstance(row, dict)]
    found = [line for layer in rule["layers"] for line in missing_layer(parts, layer, data)]
    found += miscounted(rows, parts, rule.get("distinct", {}))
    if rule.get("one_series"):
        found += mixed_series(rows, parts, rule["one_series"])
    found += short_title(spec, parts, rule["title_words"])
    words = len(answer["text"].split())
    if words < rule["description_words"]:
        found.append(
            f"A description of at least {rule['description_words']} words is missing (yours has "
            f"{words}): what the chart shows, for someone who cannot see it. Wrap the chart in "
            'figure(chart, text="...", source="...") or add .properties(description="...").'
        )
    return found


def missing_layer(parts: list[dict], layer: dict, datasets: dict) -> list[str]:
    """Return why no part of the chart fulfils one layer's rule; the nearest part is described."""
    marks = layer["marks"]
    fitting = [unit for unit in parts if mark_of(unit) in marks]
    if not fitting:
        drawn = ", ".join(sorted({mark_of(unit) for unit in parts})) or "nothing"
        wanted = " or ".join(f"mark_{mark}()" for mark in marks)
        return [f"The chart draws {drawn}; {layer.get('role', 'a layer')} needs {wanted}."]
    options = [layer["encodings"]]
    if layer.get("either_way"):
        swap = {"x": "y", "y": "x"}
        options.append({swap.get(name, name): rule for name, rule in options[0].items()})
    tries = []
    for unit in fitting:
        misleading = [*cut_bars(unit), *blended(unit, datasets)]
        tries += [[*missing_encodings(unit, wanted, datasets), *misleading] for wanted in options]
    return min(tries, key=len)


def missing_encodings(unit: dict, wanted: dict, datasets: dict):
    """Yield what a unit's encodings lack; `wanted` maps a channel to field, types, value, most."""
    mark = f"mark_{mark_of(unit)}()"
    for channel, rule in wanted.items():
        has = unit["encoding"].get(channel)
        if not isinstance(has, dict):
            yield f"{mark} needs the channel {channel}."
            continue
        field = has.get("field")
        if rule.get("field") and field != rule["field"]:
            yield f"{mark}: {channel} shows {field or 'no column'}, not {rule['field']}."
        elif rule.get("types") and has.get("type") not in rule["types"]:
            types = " or ".join(TYPE_WORDS[name] for name in rule["types"])
            yield f"{mark}: {channel} is {has.get('type')}; it should be {types}."
        if "value" in rule and not holds_value(unit, has, rule["value"], datasets):
            yield f"{mark}: {channel} should stand at {rule['value']}."
        if "most" in rule:
            high = max(numbers(rows_of(unit, datasets), field), default=0)
            if high > rule["most"]:
                yield f"{mark}: {field} goes beyond {rule['most']}. Look at the unit."


def numbers(rows: list[dict], column) -> list[float]:
    """Return the numbers in a column, without blanks, texts and truth values."""
    values = [row.get(str(column)) for row in rows]
    return [value for value in values if type(value) in (int, float)]


def holds_value(unit: dict, has: dict, value: float, datasets: dict) -> bool:
    """Tell whether a channel is fixed at `value`, as a datum or as the only one in its data."""
    if "datum" in has:
        return has["datum"] == value
    rows = rows_of(unit, datasets)
    return bool(rows) and all(row.get(str(has.get("field"))) == value for row in rows)


def cut_bars(unit: dict):
    """Yield a warning for each axis where bars do not start at zero: their length would mislead."""
    for channel in ("x", "y") if mark_of(unit) in ("bar", "area") else ():
        scale = as_dict(as_dict(unit["encoding"].get(channel)).get("scale"))
        domain = scale.get("domain")
        low = domain[0] if isinstance(domain, list) and domain else 0
        if scale.get("zero") is False or (isinstance(low, int | float) and low > 0):
            yield f"The {channel} axis does not start at zero, so the bars' lengths mislead."


def blended(unit: dict, datasets: dict):
    """Yield a warning for each axis that counts rows, or takes the mean (or such) of several."""
    channels = {name: as_dict(unit["encoding"].get(name)) for name in GROUPERS}
    summed_up = {name: has for name, has in channels.items() if has.get("aggregate")}
    for name, has in summed_up.items():
        how, field = has["aggregate"], has.get("field")
        if field and how in COUNTS:
            yield f"{name} counts the rows that have a value of {field}; it does not show {field}."
        elif field and how != "sum" and crowded(unit, set(channels) - set(summed_up), datasets):
            yield f"{name} shows the {how} of several rows. Add them up, or keep the row you mean."


def crowded(unit: dict, channels: set[str], datasets: dict) -> bool:
    """Tell whether several rows share a mark; unknown, so no, where the chart transforms them."""
    fields = [str(as_dict(unit["encoding"].get(name)).get("field")) for name in channels]
    rows = [] if unit["transform"] else rows_of(unit, datasets)
    return len({tuple(str(row.get(field)) for field in fields) for row in rows}) < len(rows)


def rows_of(unit: dict, datasets: dict) -> list[dict]:
    """Return the rows of data one unit draws, as far as the specification carries them."""
    return [row for row in table_of(unit, datasets) if isinstance(row, dict)]


def table_of(unit: dict, datasets: dict) -> list:
    """Return the table one unit draws as it stands in the specification."""
    data = unit["data"]
    table = as_list(data.get("values") or datasets.get(str(data.get("name"))))
    refuse_more("rows", len(table), MOST_ROWS)
    return table


def miscounted(rows: list[dict], parts: list[dict], rule: dict):
    """Yield a message for each column with fewer or more different values than it should have.

    `rule` maps a column to the fewest, or to [fewest, most]. A column that is neither drawn nor in
    the data was left out or summed away, which is fine. `most` is not held where the chart filters.
    """
    drawn = {str(as_dict(has).get("field")) for part in parts for has in part["encoding"].values()}
    filtered = any("filter" in as_dict(step) for part in parts for step in part["transform"])
    for column, bounds in rule.items():
        fewest, most = bounds if isinstance(bounds, list) else (bounds, MOST_ROWS)
        count = len({str(row[column]) for row in rows if column in row})
        if count < fewest and (count or not rows or column in drawn):
            yield f"{different(count, column)}; use at least {fewest}."
        elif count > most and not filtered:
            limit = fewest if most == fewest else f"at most {most}"
            yield f"{different(count, column)}; {limit} should be left. Is a condition missing?"


def different(count: int, column: str) -> str:
    """Say how many different values a column of the data has."""
    return f"The data has {count} different value{'' if count == 1 else 's'} of {column}"


def mixed_series(rows: list[dict], parts: list[dict], column: str):
    """Yield a message if two series are drawn as one: neither filtered nor told apart."""
    series = {str(row[column]) for row in rows if row.get(column) is not None}
    split = any(
        as_dict(part["encoding"].get(channel)).get("field") == column
        for part in parts
        for channel in SPLITTERS
    )
    filtered = column in json.dumps([part.get("transform") for part in parts])
    if len(series) > 1 and not split and not filtered:
        yield (
            f"The data mixes {len(series)} series ({', '.join(sorted(series))}), so they are "
            f"drawn as one: keep one, or give {column} its own colour."
        )


def short_title(spec: dict, parts: list[dict], least: int):
    """Yield a message if the chart has no title, or one too short to state a finding."""
    longest = max(title_words(part.get("title")) for part in [spec, *parts])
    if longest < least:
        yours = f"yours has {longest}" if longest else "the chart has none"
        yield (
            f"The title should state the finding in at least {least} words; {yours}. "
            'Add .properties(title="...").'
        )


def title_words(title) -> int:
    """Count the words of a title: text, lines of text, or a dict that holds either."""
    text = title.get("text") if isinstance(title, dict) else title
    lines = text if isinstance(text, list) else [text or ""]
    return sum(len(str(line).split()) for line in lines)
