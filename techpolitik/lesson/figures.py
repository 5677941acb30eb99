"""Figures: an Altair chart together with its description, its table and its source.

A chart on its own leaves out readers: those who cannot see it, those who want the numbers, those
who ask where the numbers come from. `figure` puts all four together and refuses a chart that
lacks one of them.
"""

import html
from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd
from IPython.display import display

from techpolitik.lesson import datasets
from techpolitik.lesson.cards import Card, building_book, table_html
from techpolitik.lesson.numbers import cell
from techpolitik.lesson.style import BOOK_MIME, CATEGORIES, COLOURS, FONT, LAB_MIME, SEQUENCE

#: JupyterLab's dark theme leaves the ink dark, so a chart there brings its own paper.
LAB_LOOK = {
    "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
    "background": "#ffffff",
}
LAB_WIDTH = 620
TABLE_ROWS = 40
#: From one row of a chart to the next, in pixels.
STEP = 28
#: A name that is too long for a phone, as a Vega expression.
LONG = "width < 400 && length(datum.label) > 16 && indexof(slice(datum.label, 8), ' ') >= 0"
#: Such a name stands on two lines, broken at the first space after eight letters.
TWO_LINES = {
    "labelExpr": f"{LONG} ? split(replace(datum.label, regexp('(.{{8,}}?) '), '$1\\n'), '\\n')"
    " : datum.label",
    "labelBaseline": {"condition": {"test": LONG, "value": "bottom"}, "value": "middle"},
    "labelLineHeight": 13,
}


@alt.theme.register("techpolitik", enable=True)
def theme() -> alt.theme.ThemeConfig:
    """Give every chart of the course the same calm look."""
    ink, muted, grid = COLOURS["ink"], COLOURS["muted"], COLOURS["grid"]
    return {
        "config": {
            "aria": False,
            "font": FONT,
            "background": "transparent",
            # Words at the end of a bar or line need a little air.
            "padding": {"left": 5, "top": 5, "right": 14, "bottom": 5},
            # Rows of bars keep their thickness however many they are.
            "view": {"stroke": None, "continuousHeight": 300, "discreteHeight": {"step": STEP}},
            "title": {
                "anchor": "start",
                "color": ink,
                "fontSize": 15,
                "fontWeight": 600,
                "offset": 12,
                "subtitleColor": muted,
                "subtitleFontSize": 12,
                "subtitlePadding": 4,
            },
            "axis": {
                "labelColor": muted,
                "titleColor": muted,
                "labelFontSize": 12,
                "titleFontSize": 12,
                "titleFontWeight": 400,
                "gridColor": grid,
                "domainColor": muted,
                "tickColor": muted,
                "labelLimit": 220,
                "labelSeparation": 5,
            },
            # As many labels as there is room for, so that a phone has fewer than a desk.
            "axisX": {
                "grid": False,
                "labelAngle": 0,
                "tickCount": {"expr": "max(2, ceil(width / 90))"},
            },
            "axisY": {
                "domain": False,
                "ticks": False,
                "tickCount": {"expr": "max(2, ceil(height / 60))"},
                **TWO_LINES,
            },
            "legend": {
                "labelColor": ink,
                "titleColor": muted,
                "symbolBaseFillColor": muted,
                "symbolBaseStrokeColor": muted,
                "labelFontSize": 12,
                "titleFontSize": 12,
                "titleFontWeight": 400,
                "orient": "top",
                "labelLimit": 260,
                "columns": 3,
            },
            "header": {"labelColor": ink, "titleColor": muted},
            "range": {"category": CATEGORIES, "ramp": SEQUENCE, "heatmap": SEQUENCE},
            "mark": {"color": CATEGORIES[0]},
            "bar": {"cornerRadius": 0, "stroke": COLOURS["paper"], "strokeWidth": 0.7},
            "geoshape": {"stroke": muted, "strokeWidth": 0.3},
            "line": {"strokeWidth": 2.5},
            "point": {"filled": True, "size": 50, "opacity": 0.9},
            "rule": {"color": muted},
            "text": {"color": ink, "fontSize": 12},
        },
    }


@dataclass(frozen=True)
class Figure:
    """A chart with what a reader needs to check it; made by `figure`."""

    chart: Any
    text: str
    source: tuple[str, ...]
    data: pd.DataFrame
    subtitle: str = ""
    caveat: str = ""

    def _ipython_display_(self):
        if building_book():
            spec = book_spec(self.chart.to_dict(), self)
            display({BOOK_MIME: spec, "text/plain": figure_text(self)}, raw=True)
            return
        display(lab_bundle(self.chart, self, figure_text(self)), raw=True)
        display(notes(self))


def figure(
    chart,
    *,
    text: str,
    source: str | list[str],
    data: pd.DataFrame | None = None,
    subtitle: str = "",
    caveat: str = "",
):
    """Show a chart with its description, its table and its source.

    Parameters
    ----------
    chart
        An Altair chart whose title states the finding.
    text
        What the chart shows, for readers who cannot see it: the finding, with its numbers.
    source
        The name of the table in `data/` that the chart is made from, or a list of names.
    data
        The rows to offer as a table; the chart's own data when left out.
    subtitle
        What is measured, when and of whom, in a line below the title.
    caveat
        What turns the meaning of the chart, in a sentence; it stands below, in saved pictures too.

    Raises
    ------
    ValueError
        If title, description, source or data are missing; the message says which.
    LookupError
        If a source is not the name of a table.

    """
    names = (source,) if isinstance(source, str) else tuple(source)
    if not str(text).strip():
        raise ValueError("figure() needs text=: one or two sentences that say what the chart shows")
    if not names:
        raise ValueError('figure() needs source=: the name of a table, such as "rare_earth_mines"')
    for name in names:
        datasets.resource(name)
    title_of(chart.to_dict())
    rows = own_data(chart) if data is None else data
    return Figure(chart, plain(text), names, rows, plain(subtitle), plain(caveat))


def plain(text: str) -> str:
    """Give a text on one line."""
    return " ".join(text.split())


def title_of(spec: dict) -> str:
    """Give the title of a Vega-Lite chart as one line; ValueError if it has none."""
    title = _titled(spec).get("title")
    if isinstance(title, dict):
        title = title.get("text")
    if isinstance(title, list):
        title = " ".join(title)
    if not title:
        raise ValueError(
            "the chart has no title: add one that states the finding, for example "
            'alt.Chart(table, title="China mined 69 percent in 2025")'
        )
    return title


def _titled(spec: dict) -> dict:
    """Give the view that holds the title: the chart itself or, in a layered one, a layer."""
    views = [spec, *spec.get("layer", [])]
    return next((view for view in views if view.get("title")), {})


def own_data(chart) -> pd.DataFrame:
    """Give the table a chart was made from; ValueError if it cannot be told."""
    if isinstance(chart.data, pd.DataFrame):
        return chart.data
    raise ValueError(
        "figure() cannot tell which table this chart shows (several layers, or a map): "
        "pass it as data=..."
    )


def credit(names) -> str:
    """Name the tables behind a figure and who published them."""
    lines = []
    for name in names:
        resource = datasets.resource(name)
        publishers = "; ".join(source["title"] for source in resource["sources"])
        lines.append(f"{resource['title']} (table {name}; {publishers})")
    return " · ".join(lines)


def figure_text(shown: Figure) -> str:
    """Say in plain text what a figure shows."""
    title, source = title_of(shown.chart.to_dict()), f"Source: {credit(shown.source)}"
    lines = [title, shown.subtitle, shown.text, shown.caveat, source]
    return "\n".join(filter(None, lines))


def lab_bundle(chart, shown: Figure, twin: str) -> dict:
    """Give the output that JupyterLab and VS Code draw without a network.

    There is no text/html on purpose: JupyterLab would prefer it, and it loads from a CDN.

    Parameters
    ----------
    chart
        The chart to draw: that of `shown`, or the same with the rows of another setting.
    shown
        The figure it belongs to.
    twin
        What a reader of plain text is told.

    """
    spec = chart.to_dict() | LAB_LOOK | {"description": shown.text}
    _titled(spec)["title"] = {"text": title_of(spec), "subtitle": shown.subtitle}
    if not composed(spec):
        spec.setdefault("width", LAB_WIDTH)
    return {LAB_MIME: spec, "text/plain": twin}


def book_spec(spec: dict, shown: Figure, **extra) -> dict:
    """Prepare a Vega-Lite chart for the site: what the page needs travels in `usermeta`.

    `spec` is the chart of `shown` as Vega-Lite; `extra` is added to the title, description, source
    and table in `usermeta`.
    """
    meta = {
        "title": title_of(spec),
        "subtitle": shown.subtitle,
        "text": shown.text,
        "caveat": shown.caveat,
        "source": list(shown.source),
        "table": table(shown.data),
        "csv": csv_text(shown.data, shown.source),
    } | extra
    _titled(spec).pop("title")
    spec.pop("$schema")
    if not composed(spec):
        spec.setdefault("width", "container")
        if height := height_of_rows(spec):
            spec["height"] = height
        spec["autosize"] = {"type": "fit-x", "contains": "padding"}
    return spec | {"description": shown.text, "usermeta": {"techpolitik": meta}}


def height_of_rows(spec: dict) -> int | None:
    """Give the height in pixels of a chart with a row for each name; None if it has another.

    Vega-Lite can fit a chart into a width only if its height is a number.
    """
    given = spec.get("height", {"step": STEP})
    for view in [spec, *spec.get("layer", [])] if isinstance(given, dict) else []:
        y = view.get("encoding", {}).get("y", {})
        name = (view.get("data") or spec.get("data", {})).get("name")
        if y.get("type") in ("nominal", "ordinal") and name in spec.get("datasets", {}):
            names = {row.get(y["field"]) for row in spec["datasets"][name]}
            return given["step"] * len(names)
    return None


def composed(spec: dict) -> bool:
    """Whether a chart is made of several views, which have no single width."""
    return any(key in spec for key in ("hconcat", "vconcat", "concat", "facet", "repeat", "spec"))


def table(data: pd.DataFrame) -> dict:
    """Give the first rows of a table as plain values, with the number of all its rows."""
    shown = data.head(TABLE_ROWS)
    return {
        "columns": [str(column) for column in shown.columns],
        "numeric": [bool(pd.api.types.is_numeric_dtype(kind)) for kind in shown.dtypes],
        "rows": [
            [cell(value, str(name)) for value, name in zip(row, shown.columns, strict=True)]
            for row in shown.itertuples(index=False)
        ],
        "total": len(data),
    }


def csv_text(data: pd.DataFrame, names) -> str:
    """Write the whole table of a figure as CSV.

    Every row names its tables, so that rows copied elsewhere still say where they come from. Who
    published them, and their caveats, stand once, in the last cell of the first row: in every row
    they would be most of the file.
    """
    abouts = [datasets.resource(name)["techpolitik"] for name in names]
    caveats = [" ".join(caveat.split()) for about in abouts for caveat in about["caveats"]]
    note = " ".join([f"{credit(names)}.", *caveats])
    notes = [note if row == 0 else "" for row in range(len(data))]
    noted = data.assign(figure_source="; ".join(names), figure_note=notes)
    return noted.to_csv(index=False, lineterminator="\n", float_format="%.10g")


def notes(shown: Figure) -> Card:
    """Give description, table and source of a figure for the notebook."""
    said = plain(f"{shown.text} {shown.caveat}")
    return Card(
        f'<details class="tp-notes"><summary>Description, table, source</summary>'
        f"<p>{html.escape(said)}</p>{table_html(table(shown.data))}"
        f"<p>Source: {html.escape(credit(shown.source))}</p></details>",
        figure_text(shown),
    )


def _bare_chart(spec: dict, **_) -> dict:
    """Show a chart that a student has not yet wrapped in `figure`."""
    return {
        LAB_MIME: {"width": LAB_WIDTH} | spec | LAB_LOOK,
        "text/plain": "A chart without description and source: wrap it in figure(...).",
    }


alt.renderers.register("techpolitik", _bare_chart)
alt.renderers.enable("techpolitik")
