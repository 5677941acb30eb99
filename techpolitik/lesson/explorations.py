"""One call, two lives: sliders that run Python in the notebook and need none in the built page.

In the notebook `explore` makes real ipywidgets, and the model runs in the kernel at each move.
For the site the model is run once for every combination of the controls, and the rows of all of
them go into one Vega-Lite chart that a few lines of JavaScript filter.
"""

import hashlib
import html
import itertools
import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import ipywidgets as widgets
import pandas as pd
from IPython.display import display

from techpolitik.lesson import saved
from techpolitik.lesson.cards import building_book
from techpolitik.lesson.figures import (
    Figure,
    book_spec,
    csv_text,
    figure,
    figure_text,
    lab_bundle,
    notes,
)
from techpolitik.lesson.numbers import cell
from techpolitik.lesson.style import BOOK_MIME, STATE

#: More combinations or rows than this make a page too heavy for a phone.
MAX_STATES = 200
MAX_ROWS = 4000


@dataclass(frozen=True)
class Control:
    """One slider or menu: its values in order, the one it starts on, and how to name them."""

    kind: str
    values: tuple
    start: Any
    label: str | None
    unit: str

    def reads(self, value, name: str = "") -> str:
        """Write a value of the control `name` as the reader sees it: `30 %`."""
        return f"{cell(value, name)} {self.unit}".strip() if self.kind == "slider" else str(value)


def slider(low, high, step, value=None, label: str | None = None, unit: str = "") -> Control:
    """Make a slider from `low` to `high` in steps of `step`.

    `label` is what stands beside it (default: the argument's name), `unit` what follows its value.
    ValueError if the steps do not lead from low to high or the start is not one of them.
    """
    count = round((high - low) / step) if step else 0
    if count < 1 or abs(low + count * step - high) > 1e-9:
        raise ValueError(f"slider({low}, {high}, {step}): steps of {step} never reach {high}")
    values = tuple(round(low + number * step, 10) for number in range(count + 1))
    return _control("slider", values, value, label, unit.strip())


def menu(*options, value=None, label: str | None = None) -> Control:
    """Make a menu of two or more options, starting on `value` or the first."""
    if len(options) < 2:
        raise ValueError("menu() needs at least two options")
    return _control("menu", options, value, label, "")


def _control(kind, values, start, label, unit) -> Control:
    start = values[0] if start is None else start
    if start not in values:
        raise ValueError(f"{kind}: it cannot start on {start!r}; its values are {list(values)}")
    return Control(kind, values, start, label, unit)


@dataclass(frozen=True)
class Exploration:
    """A mechanism to explore; made by `explore`."""

    model: Callable
    draw: Callable
    finding: Callable | None
    controls: dict[str, Control]
    figure: Figure

    def _ipython_display_(self):
        if building_book():
            display({BOOK_MIME: grid_spec(self), "text/plain": figure_text(self.figure)}, raw=True)
        else:
            drawn = self.figure
            saved.show(live(self), lab_bundle(drawn.chart, drawn, figure_text(drawn)))


def explore(
    model: Callable[..., pd.DataFrame],
    draw: Callable[[pd.DataFrame], Any],
    *,
    text: str,
    source: str | list[str],
    finding: Callable[[pd.DataFrame], str] | None = None,
    subtitle: str = "",
    caveat: str = "",
    **controls: Control,
) -> Exploration:
    """Let a reader move the controls of a model and watch its chart.

    Parameters
    ----------
    model
        Takes one value per control, by name, and gives a table.
    draw
        Takes that table and gives an Altair chart with a title. Only the data may differ from one
        setting to the next; titles, marks and encodings stay the same.
    text
        What the chart shows and what to try, for readers who cannot see it.
    source
        The name of the table in `data/` that the model starts from, or a list of names.
    finding
        Takes the table and says in one sentence what happened; shown, and spoken by a screen
        reader, at each move.
    subtitle, caveat
        As `figure` has them: what is measured, and what turns the meaning.
    controls
        `slider(...)` or `menu(...)`, one for each argument of the model.

    Raises
    ------
    ValueError
        If there is no control, if the grid of settings is too large for a page (the message names
        the control to coarsen), or if title, text or source are missing.

    """
    if not controls:
        raise ValueError("explore() needs at least one control, such as cut=slider(0, 100, 10)")
    check_grid(controls)
    first = model(**{name: control.start for name, control in controls.items()})
    said = {"text": text, "subtitle": subtitle, "caveat": caveat}
    drawn = figure(draw(first), source=source, data=first, **said)
    return Exploration(model, draw, finding, controls, drawn)


def check_grid(controls: dict[str, Control], rows_each: int = 1) -> None:
    """Raise ValueError if the settings are too many, naming the control to coarsen."""
    states = math.prod(len(control.values) for control in controls.values())
    if states <= MAX_STATES and states * rows_each <= MAX_ROWS:
        return
    name, widest = max(controls.items(), key=lambda item: len(item[1].values))
    limit = min(MAX_STATES, MAX_ROWS // rows_each)
    fit = max(2, len(widest.values) * limit // states)
    raise ValueError(
        f"explore() would draw {states} settings with {states * rows_each} rows for the built "
        f"page; the limit is {MAX_STATES} settings and {MAX_ROWS} rows. {name} has "
        f"{len(widest.values)} values: give it at most {fit}, with a larger step"
    )


def live(shown: Exploration) -> widgets.Box:
    """Build the ipywidgets version, for a running kernel."""
    inputs = {name: _input(name, control) for name, control in shown.controls.items()}
    sentence = widgets.HTML()
    # Does not change with the values: once, not at each move.
    twin = figure_text(shown.figure)

    def move(**values):
        rows = shown.model(**values)
        if shown.finding:
            sentence.value = f'<p role="status">{html.escape(shown.finding(rows))}</p>'
        display(lab_bundle(shown.draw(rows), shown.figure, twin), raw=True)

    chart = widgets.interactive_output(move, inputs)
    below = widgets.HTML(notes(shown.figure).html)
    return widgets.VBox([*inputs.values(), chart, sentence, below])


def _input(name: str, control: Control) -> widgets.Widget:
    make = widgets.SelectionSlider if control.kind == "slider" else widgets.Dropdown
    options = [(control.reads(value, name), value) for value in control.values]
    return make(
        options=options,
        value=control.start,
        description=control.label or name,
        style={"description_width": "16em"},
        layout={"width": "36em", "max_width": "100%"},
    )


def grid_spec(shown: Exploration) -> dict:
    """Give one Vega-Lite chart that holds the rows of every setting, for a page without a kernel.

    Raises
    ------
    ValueError
        If the settings are too many, or if `draw` changes more than the data between two of them.

    """
    names = list(shown.controls)
    states = list(itertools.product(*(control.values for control in shown.controls.values())))
    check_grid(shown.controls, len(shown.figure.data))
    tables = [shown.model(**dict(zip(names, state, strict=True))) for state in states]
    merged = merge([shown.draw(rows).to_dict(validate=False) for rows in tables])
    start = states.index(tuple(control.start for control in shown.controls.values()))
    merged["params"] = [{"name": STATE, "value": start}, *merged.get("params", [])]
    return book_spec(
        merged,
        shown.figure,
        state=start,
        findings=[shown.finding(rows) if shown.finding else "" for rows in tables],
        controls=[_describe(name, control) for name, control in shown.controls.items()],
        csv=csv_text(grid_table(names, states, tables), shown.figure.source),
    )


def grid_table(names: list[str], states: list[tuple], tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Put the tables of all settings under one another, the settings in the first columns."""
    settings = [dict(zip(names, state, strict=True)) for state in states]
    rows = pd.concat(
        [table.assign(**setting) for table, setting in zip(tables, settings, strict=True)]
    )
    return rows[[*names, *(column for column in tables[0] if column not in names)]]


def _describe(name: str, control: Control) -> dict:
    return {
        "name": name,
        "kind": control.kind,
        "label": control.label or name,
        "start": control.values.index(control.start),
        "options": [control.reads(value, name) for value in control.values],
    }


def merge(specs: list[dict]) -> dict:
    """Merge charts that differ only in their data into one, filtered by the parameter STATE.

    Raises
    ------
    ValueError
        If two charts differ in more than their data, or in the table of a lookup.

    """
    bare, places, tables = zip(*map(_apart, specs), strict=True)
    for number, other in enumerate(bare[1:], start=1):
        if other != bare[0]:
            raise ValueError(
                f"draw() changes the chart itself between settings 0 and {number}, at "
                f"{_difference(bare[0], other)}: put what changes into the table instead"
            )
    merged = bare[0]
    merged["datasets"] = {}
    for place, rows in zip(places[0], zip(*tables, strict=True), strict=True):
        fixed = all(table == rows[0] for table in rows)
        if not fixed and "key" in place:
            raise ValueError(
                "draw() looks up another table at each setting, which the built page cannot: join "
                "the two tables in the model, with rows.merge(...)"
            )
        table = rows[0] if fixed else _stack(rows)
        # Charts of a page share their tables by name, so the name must follow from the content.
        name = "grid-" + hashlib.sha256(json.dumps(table).encode()).hexdigest()[:16]
        merged["datasets"][name] = table
        place["data"]["name"] = name
        if not fixed:
            rule = {"filter": f"datum.{STATE} == {STATE}"}
            place["transform"] = [rule, *place.get("transform", [])]
    return merged


def _apart(spec: dict) -> tuple[dict, list[dict], list]:
    """Take a chart's tables out; give the bare chart, the places of its tables, and these."""
    bare = json.loads(json.dumps(spec))
    named, places, tables = bare.pop("datasets", {}), [], []
    for place in _places(bare):
        data = place["data"]
        if "values" in data:
            tables.append(data.pop("values"))
        elif data.get("name") in named:
            tables.append(named[data.pop("name")])
        else:
            continue
        places.append(place)
    return bare, places, tables


def _places(view: dict) -> Iterator[dict]:
    """Give what may hold a table, outermost first: a chart, its views, the sources of lookups."""
    lookups = [step["from"] for step in view.get("transform", []) if "from" in step]
    yield from (place for place in (view, *lookups) if place.get("data"))
    inner = [
        part for key in ("layer", "hconcat", "vconcat", "concat") for part in view.get(key, [])
    ]
    for part in [*inner, *([view["spec"]] if "spec" in view else [])]:
        yield from _places(part)


def _stack(tables: list[list[dict]]) -> list[dict]:
    return [
        {STATE: state} | {key: _short(value) for key, value in row.items()}
        for state, rows in enumerate(tables)
        for row in rows
    ]


def _short(value):
    """Keep six significant digits: more than a screen can show, less to send."""
    return float(f"{value:.6g}") if isinstance(value, float) else value


def _difference(one, other, path: str = "chart") -> str:
    """Name the first place where two charts differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in {**one, **other}:
            if one.get(key) != other.get(key):
                return _difference(one.get(key), other.get(key), f"{path}.{key}")
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, pair in enumerate(zip(one, other, strict=True)):
            if pair[0] != pair[1]:
                return _difference(*pair, f"{path}[{index}]")
    return f"{path} ({one!r} and {other!r})"
