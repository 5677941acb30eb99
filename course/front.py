"""The figure on the front page: one claim, one table, one slider."""

import altair as alt

from techpolitik import explore, load, slider

TABLE = "rare_earth_concentration"
SAID = 90  # percent; FreedomLab in 2020, excerpt fl-ninety-percent


def figure():
    """Return the exploration: China's share of mine output by year, against the sentence."""
    shares = load(TABLE)
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
