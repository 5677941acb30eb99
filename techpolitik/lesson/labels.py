"""Words and colours in a chart: names at the lines, a rule that says what it is, a side's colour.

A legend is read apart from the chart, and a colour that changes its meaning from one figure to the
next is read wrongly. These three keep the code of a lesson short all the same.
"""

import altair as alt
import pandas as pd

from techpolitik import course, files
from techpolitik.lesson.style import COLOURS, PALETTE


def colours(*names: str) -> alt.Scale:
    """Give the scale of colours for countries or sides: the same for a name in every chart.

    Parameters
    ----------
    *names
        As they stand in the table, in the order of the legend; `course.yml` gives each its colour.

    Raises
    ------
    LookupError
        If `course.yml` gives a name no colour.

    """
    known = course.current().settings["colours"]
    for name in names:
        if name not in known:
            hint = files.nearest(name, known)
            raise LookupError(f"course.yml has no colour for {name!r}{hint}; add it to 'colours'")
    return alt.Scale(domain=list(names), range=[COLOURS[PALETTE[known[name]]] for name in names])


def named(lines: alt.Chart, field: str, dx: int = 7) -> alt.LayerChart:
    """Write the name of each line at its last point, in place of a legend.

    Parameters
    ----------
    lines
        A chart of a table, with x, y and a colour for `field`.
    field
        The column that holds the names.
    dx
        How far right of the point the name stands, in pixels.

    """
    lines = lines.copy()
    encoding = lines.to_dict()["encoding"]
    x, y = (encoding[channel]["field"] for channel in ("x", "y"))
    ends = lines.data.dropna(subset=[y]).sort_values(x).drop_duplicates(field, keep="last")
    lines.encoding.color.legend = None
    names = alt.Chart(ends).mark_text(align="left", dx=dx)
    text = alt.Text(field, type="nominal")
    return alt.layer(lines, names.encode(lines.encoding.x, lines.encoding.y, text))


def note(words: str, *, x=None, y=None, align: str | None = None) -> alt.LayerChart:
    """Draw a dashed rule with words: `note("licences", x="2025-04-04")`.

    Parameters
    ----------
    words
        What happened there, or what the line is; a line break begins a new line.
    x
        Where an upright rule stands: a number, or a date as text. Its words stand above the chart.
    y
        Where a level rule lies, when no `x` is given. Its words stand on it.
    align
        "left" for words that begin at the rule (or its left end), "right" for words that end there;
        "center" is usual for an upright rule.

    """
    upright = x is not None
    align = align or ("center" if upright else "left")
    base = alt.Chart(pd.DataFrame({"words": [words]}))
    # A fixed place has no title, so that the axis keeps its own.
    base = base.encode(alt.XDatum(moment(x))) if upright else base.encode(alt.YDatum(y))
    text = base.mark_text(align=align, baseline="line-bottom", dy=-4, lineBreak="\n")
    end = alt.XValue("width" if align == "right" else 0)
    text = text.encode(alt.YValue(0) if upright else end, text="words:N")
    return alt.layer(base.mark_rule(strokeDash=[4, 3]), text)


def moment(at):
    """Give a date written as text as Altair wants it; a number stays as it is."""
    if not isinstance(at, str):
        return at
    day = pd.Timestamp(at)
    return alt.DateTime(year=day.year, month=day.month, date=day.day)
