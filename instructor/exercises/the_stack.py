"""Solutions and known wrong answers of lesson 0, "The stack". Private.

For each data exercise: `solution` (a function), `meaning` (shown with the right answer; `{answer}`
stands for it) and `wrong`: pairs of a function and the message its result gets. For each chart:
`solution` and `wrong`, where the message is a part of what the check says.
"""

import altair as alt

from techpolitik.lesson.datasets import load


def claims_total():
    """Sum the counted claims."""
    return load("article_claims")["claims"].sum()


def figure_share():
    """Share of the claims whose kind is figure, in percent."""
    claims = load("article_claims").groupby("kind")["claims"].sum()
    return 100 * claims["figure"] / claims.sum()


def figure_rows_share():
    """Share of the rows, not of the claims."""
    return 100 * (load("article_claims")["kind"] == "figure").mean()


def figures_only():
    """Count the figures without dividing."""
    claims = load("article_claims")
    return claims.loc[claims["kind"] == "figure", "claims"].sum()


def figures_against_rest():
    """Divide the figures by the other claims instead of all claims."""
    return 100 * figures_only() / (claims_total() - figures_only())


def podcast_share():
    """Share of figures among the claims of one piece only."""
    claims = load("article_claims").query("piece == 'podcast-dsr'")
    return 100 * claims.loc[claims["kind"] == "figure", "claims"].sum() / claims["claims"].sum()


def kinds_chart():
    """Draw one bar for each kind."""
    kinds = load("article_claims").groupby("kind", as_index=False)["claims"].sum()
    return (
        alt.Chart(kinds)
        .mark_bar()
        .encode(x=alt.X("claims:Q", title="claims"), y=alt.Y("kind:N", sort="-x", title=None))
        .properties(
            title="Figures are the most common kind of claim",
            description="Bar chart of the number of claims by kind. Figures lead, followed by "
            "causal statements; claims on persons are the fewest.",
        )
    )


def rows_chart():
    """Count rows instead of summing claims."""
    return kinds_chart().encode(x="count():Q")


def counted_chart():
    """Count rows under the name of the column."""
    return kinds_chart().encode(x="count(claims):Q")


def mean_chart():
    """Draw the mean of the rows of each kind."""
    return whole_or_part(load("article_claims"), x="mean(claims):Q")


def five_rows_chart():
    """Draw only the rows that head() shows."""
    return whole_or_part(load("article_claims").head())


def whole_or_part(table, **encodings):
    """Draw rows as they stand, stacked, with title and description."""
    chart = kinds_chart().encode(**encodings)
    chart.data = table
    return chart


def cut_chart():
    """Let the bars start above zero."""
    return kinds_chart().encode(x=alt.X("claims:Q", scale=alt.Scale(domain=[10, 60])))


def line_chart():
    """Join kinds by a line, as if they had an order."""
    return kinds_chart().mark_line()


def untitled_chart():
    """Leave out title and description."""
    return kinds_chart().properties(title="Claims", description="")


EXERCISES = {
    "st-claims-total": {
        "solution": claims_total,
        "meaning": "The seven pieces together make {answer} checkable claims. The sum of a column "
        "and the number of its rows are different things: a row here can hold several claims.",
        "wrong": [
            (
                lambda: len(load("article_claims")),
                "That is the number of rows. One row can stand for several claims: sum the column "
                "claims.",
            ),
            (
                lambda: len(load("articles")),
                "That is the number of pieces. Their claims are counted in article_claims.",
            ),
            (
                lambda: load("article_claims").size,
                "That is the number of cells, rows times columns. Sum the column claims.",
            ),
            (
                lambda: load("article_claims")["claims"].head().sum(),
                "That is the sum of five rows, all that head() shows. Sum the whole column.",
            ),
        ],
    },
    "st-figure-share": {
        "solution": figure_share,
        "meaning": "{answer:.1f} percent of the claims state a figure, so not even every third "
        "claim can be checked by looking up a number; the rest needs dates, texts or patience.",
        "wrong": [
            (
                figure_rows_share,
                "That is the share of rows. Rows hold different numbers of claims: sum the column "
                "claims before dividing.",
            ),
            (figures_only, "That is how many claims are figures. Divide by all claims."),
            (
                figures_against_rest,
                "That is figures against all other kinds. A share has the whole below the line, "
                "figures included.",
            ),
            (
                lambda: 100 - figure_share(),
                "That is the share of everything that is not a figure.",
            ),
            (
                lambda: round(figure_share()),
                "The size is right, but the decimals are gone. Keep at least one.",
            ),
            (
                lambda: podcast_share(),
                "That is the share in the podcast alone. The question is about all pieces.",
            ),
            (
                lambda: 0,
                "No row was counted. Is the kind written exactly as it stands in the table?",
            ),
        ],
    },
    "st-kinds-chart": {
        "solution": kinds_chart,
        "wrong": [
            (rows_chart, "x shows no column, not claims"),
            (counted_chart, "counts the rows"),
            (mean_chart, "mean of several rows"),
            (five_rows_chart, "1 different value of piece"),
            (cut_chart, "does not start at zero"),
            (line_chart, "mark_bar()"),
            (untitled_chart, "title should state the finding"),
        ],
    },
}
