"""The front page: the figure a visitor meets first, and the drawing of the stack."""

import html

from techpolitik import course
from techpolitik.book.pages.parts import GeneratedPage, raw, read_table
from techpolitik.book.render import figure_nodes
from techpolitik.lesson import datasets

TABLE = "rare_earth_concentration"
SAID = 90  # percent; FreedomLab in 2020, excerpt fl-ninety-percent


def setup(app):
    """Register the figure and the drawing."""
    app.add_directive("front-figure", FrontFigure)
    app.add_directive("stack-layers", StackLayers)


class FrontFigure(GeneratedPage):
    """One claim, one table, one slider: what the course does, on its first page."""

    def run(self):
        """Return the figure, made as a lesson makes it and shown by the same component."""
        # Altair takes a second to import, and only this page of the site draws a chart itself.
        from techpolitik.lesson.explorations import grid_spec

        data = course.current().data
        self.depend_on(data / "datapackage.json", data / f"{TABLE}.csv", __file__)
        return figure_nodes(self.state.document, grid_spec(exploration()), "share")


def exploration():
    """Return the exploration: China's share of mine output by year, against the sentence."""
    import altair as alt

    from techpolitik.lesson.explorations import explore, slider

    shares = datasets.load(TABLE)
    shares = shares[shares["series"] == "EI2026"][["year", "china_share_pct"]]
    share = shares.set_index("year")["china_share_pct"]
    years, right = [int(year) for year in shares["year"]], share[share >= SAID].index

    def model(year):
        return shares.assign(chosen=shares["year"] == year)

    def draw(rows):
        base = alt.Chart(rows).encode(
            alt.X("year:Q").scale(domain=[years[0], years[-1]]).axis(format="d").title(None),
            alt.Y("china_share_pct:Q").title("Percent of world mining"),
        )
        said = alt.Chart().mark_rule(strokeDash=[5, 4]).encode(alt.YDatum(SAID))
        dot = base.mark_point(size=170, opacity=1).transform_filter("datum.chosen")
        return alt.layer(said, base.mark_line(), dot).properties(
            height=150,
            title=f"China mined {SAID} percent of the world's rare earths from {right.min()} to "
            f"{right.max()}, not in 2020",
        )

    def finding(rows):
        year, now = rows.loc[rows["chosen"], ["year", "china_share_pct"]].iloc[0]
        answer = f"{SAID} percent or more." if now >= SAID else f"not {SAID}."
        return f"In {year:.0f} China mined {now:.1f} percent: {answer}"

    return explore(
        model,
        draw,
        year=slider(years[0], years[-1], 1, value=2020, label="Was it true in"),
        finding=finding,
        text=(
            f"China's share of the world's mine output of rare earths, {years[0]} to {years[-1]}, "
            f"with a dashed line at {SAID} percent, the figure in an article of 2020. The share "
            f"is {share[years[0]]:.0f} percent in {years[0]}, {SAID} or more from {right.min()} to "
            f"{right.max()}, {share[2020]:.0f} in 2020 and {share[years[-1]]:.0f} in {years[-1]}. "
            "Mines only; from 2010 the Chinese figure is an official quota."
        ),
        source=TABLE,
    )


class StackLayers(GeneratedPage):
    """The layers of the stack as a list drawn as strata, service on top and ore at the bottom."""

    def run(self):
        """Return the list, from the table that lesson 0 reads."""
        path = course.current().data / "stack_layers.csv"
        self.depend_on(path)
        header, rows = read_table(path)
        at = header.index("layer")
        items = "".join(f"<li>{html.escape(row[at])}</li>" for row in reversed(rows))
        return [raw(f'<ol class="tp-stack" aria-label="The layers of the stack">{items}</ol>')]
