"""Solutions and known wrong answers of the lesson "Months". Private."""

import altair as alt

from techpolitik.lesson.datasets import load


def long_share():
    """Share of the days that lie in months of 31 days, in percent."""
    months = load("months")
    return 100 * months.loc[months["days"] == 31, "days"].sum() / months["days"].sum()


def bars():
    """Draw one bar for each month."""
    return (
        alt.Chart(load("months"))
        .mark_bar()
        .encode(x="days:Q", y=alt.Y("month:N", sort=None))
        .properties(
            title="February is the shortest month",
            description="Twelve bars; February is the shortest, seven months are the longest.",
        )
    )


EXERCISES = {
    "mo-long-share": {
        "solution": long_share,
        "meaning": "{answer:.1f} percent of the days lie in seven of twelve months.",
        "wrong": [
            (
                lambda: 100 * (load("months")["days"] == 31).mean(),
                "That is the share of months. Sum the days before dividing.",
            ),
        ],
    },
    "mo-long-count": {
        "solution": lambda: int((load("months")["days"] == 31).sum()),
        "meaning": "{answer} of twelve months.",
        "wrong": [(lambda: len(load("months")), "That is how many months there are.")],
    },
    "mo-shortest": {
        "solution": lambda: load("months").sort_values("days")["month"].iloc[0],
        "meaning": "{answer} has the fewest days.",
        "wrong": [(lambda: "April", "April has thirty days; one month has fewer.")],
    },
    "mo-bars": {
        "solution": bars,
        "wrong": [(lambda: bars().mark_line(), "mark_bar()")],
    },
}
