"""Solutions and known wrong answers of lesson 3, "The Digital Silk Road". Private.

The form is that of the other files in this folder: `solution`, `meaning`, `wrong` and, where a
second reading can be defended, `also_right`.
"""

import altair as alt

from techpolitik.lesson.datasets import load


def signed(year, region=None):
    """Count the countries that signed in a year, in one region if named."""
    rows = load("bri_agreements")
    rows = rows[rows["year"] == year]
    return len(rows if region is None else rows[rows["region"] == region])


def africa_share(year):
    """Africa's part of a year's signatures, in percent."""
    return 100 * signed(year, "Africa") / signed(year)


def all_of(region):
    """Count all countries of a region in the table."""
    return (load("bri_agreements")["region"] == region).sum()


def nedopil(year, span="year"):
    """Give the figures of the series for a year, earliest edition first."""
    rows = load("bri_finance")
    rows = rows[(rows["series"] == "Nedopil") & (rows["year"] == year) & (rows["span"] == span)]
    return rows.sort_values("edition")["value_usd_bn"].tolist()


def rise(values):
    """Give the rise from the first to the last, in percent of the first."""
    return 100 * (values[-1] / values[0] - 1)


def value(**conditions):
    """Sum the value of the deal groups that meet all conditions, in million dollars."""
    rows = load("dsr_deal_groups")
    for column, wanted in conditions.items():
        rows = rows[rows[column] == wanted]
    return rows["value_usd_m"].sum()


def number(**conditions):
    """Count the deals that meet all conditions."""
    rows = load("dsr_deal_groups")
    for column, wanted in conditions.items():
        rows = rows[rows[column] == wanted]
    return rows["deals"].sum()


STATE = {"owner": "central state"}
EARLY = {"timing": "not yet signed"}
LATER = {"timing": "year of signing or later"}


def state_before():
    """Share of central state firms in the value of early deals."""
    return 100 * value(**STATE, **EARLY) / value(**EARLY)


def share_of_rows():
    """Give the wrong share: of the rows with early deals, which are groups."""
    rows = load("dsr_deal_groups")
    rows = rows[rows["timing"] == "not yet signed"]
    return 100 * (rows["owner"] == "central state").mean()


def cables(least, alive=True, strictly=False, column="cable"):
    """Name the cables that slipped by some months or more."""
    rows = load("dsr_cables").dropna(subset="slip_months")
    slip = rows["slip_months"]
    rows = rows[(slip > least) if strictly else (slip >= least)]
    return (rows[rows["outcome"] == "carried on"] if alive else rows)[column].tolist()


def band(start):
    """Give signatories and others that start in a band, as two rows."""
    rows = load("freedom_groups")
    rows = rows[(rows["grouping"] == "agreement") & (rows["start"] == start)].set_index("group")
    return rows.loc["signatory"], rows.loc["not a signatory"]


def middle():
    """Give the two rows of the middle band."""
    return band("35 to 69")


def gap(start="35 to 69"):
    """Give the difference of the mean changes, without its sign."""
    one, other = band(start)
    return abs(one["change"] - other["change"])


def error(start="35 to 69"):
    """Give the standard error of that difference."""
    return sum(row["change_sd"] ** 2 / row["countries"] for row in band(start)) ** 0.5


DESCRIPTION = (
    "Bars for four groups of countries by the origin of their suppliers of AI surveillance. Scores "
    "fell in all four, from 2.8 to 5.4 points; the group with US suppliers only has 5 countries."
)
TITLE = "Freedom scores fell in all four groups"


def supplier_bars(start="all", field="change", grouping="supplier"):
    """Draw one bar for each group."""
    rows = load("freedom_groups")
    rows = rows[rows["grouping"] == grouping]
    rows = rows if start is None else rows[rows["start"] == start]
    return alt.Chart(rows).mark_bar().encode(x=f"{field}:Q", y="group:N")


def supplier_chart():
    """Draw the bars with title and description."""
    return supplier_bars().properties(title=TITLE, description=DESCRIPTION)


def every_group_chart():
    """Draw the whole table: members of the agreement as well, and every start."""
    chart = supplier_chart()
    chart.data = load("freedom_groups")
    return chart


EXERCISES = {
    "dsr-africa-2018": {
        "solution": lambda: africa_share(2018),
        "meaning": lambda: (
            f"{signed(2018, 'Africa')} of {signed(2018)} countries: the wave of 2018 is half "
            "African. Why then and why there, a table of signatures cannot say."
        ),
        "wrong": [
            (
                lambda: signed(2018, "Africa"),
                "That is the number of African countries. A share is divided by a whole.",
            ),
            (
                lambda: 100 * signed(2018, "Africa") / all_of("Africa"),
                "That is the share of Africa's signatories that signed in 2018. The question asks "
                "the other way round.",
            ),
            (
                lambda: 100 * signed(2018, "Africa") / len(load("bri_agreements")),
                "You divided by all countries of the table. The whole is those that signed in "
                "2018.",
            ),
            (
                lambda: 100 * signed(2018) / len(load("bri_agreements")),
                "That is the share of 2018 in all signatures. Where is Africa?",
            ),
            (
                lambda: 100 * signed(2018, "Africa") / load("bri_agreements")["year"].count(),
                "You divided by the signatures of all years. The whole is those of 2018.",
            ),
            (lambda: africa_share(2019), "That is the share of 2019. Which year is asked?"),
        ],
    },
    "dsr-revised-2021": {
        "solution": lambda: rise(nedopil(2021)),
        "meaning": lambda: (
            f"The year 2021 grew by {rise(nedopil(2021)):.1f} percent after it was over, as more "
            f"deals became known; its first half by {rise(nedopil(2021, 'half-year')):.0f}. Who "
            "compares a fresh figure with an old one that has been revised sees a fall that is not "
            "there."
        ),
        "wrong": [
            (
                lambda: rise(nedopil(2021, "half-year")),
                "That is the revision of the first half of the year. The question is about the "
                "whole year.",
            ),
            (
                lambda: -rise(nedopil(2021)[::-1]),
                "You divided by the later figure. A rise is measured from where it starts.",
            ),
            (
                lambda: nedopil(2021)[-1] - nedopil(2021)[0],
                "That is the difference in billion dollars. Divide by the first figure.",
            ),
            (
                lambda: rise([nedopil(2020)[0], nedopil(2021)[-1]]),
                "That is the rise from 2020 to 2021. Compare two editions of the same year.",
            ),
            (
                lambda: rise(nedopil(2022)),
                "That is the revision of 2022. Which year is asked?",
            ),
            (
                lambda: 100 * nedopil(2021)[-1] / nedopil(2021)[0],
                "That is the later figure in percent of the earlier. The rise is what exceeds 100.",
            ),
            (
                lambda: nedopil(2021)[-1] / nedopil(2021)[0],
                "That is how many times the first figure the later one is. Take 1 away and give "
                "the rest in percent.",
            ),
        ],
    },
    "dsr-state-before": {
        "solution": state_before,
        "meaning": lambda: (
            f"Central state firms made {value(**STATE, **EARLY):,} of {value(**EARLY):,} million "
            "dollars of the early deals, not quite half. The rest counts as other, firms that the "
            "state owns in part among them: where the line of ownership is drawn decides how the "
            "early deals look."
        ),
        "wrong": [
            (
                lambda: 100 * value(**STATE, **EARLY) / value(**STATE),
                "That is the share of the state firms' value that came early. The whole should be "
                "the early deals of all owners.",
            ),
            (
                lambda: 100 * value(**STATE, **EARLY) / value(),
                "You divided by all deals. The whole is those whose host had not yet signed.",
            ),
            (
                lambda: value(**STATE, **EARLY),
                "That is their value in million dollars. Divide by that of all early deals.",
            ),
            (
                share_of_rows,
                "You counted rows. A row is a group of deals: add up `value_usd_m`.",
            ),
            (
                lambda: 100 * number(**STATE, **EARLY) / number(**EARLY),
                "That is the share in the number of deals. The question asks for their value.",
            ),
            (
                lambda: 100 * value(**STATE) / value(),
                "That is the share of state firms in all deals. Keep the early ones only.",
            ),
            (
                lambda: 100 - state_before(),
                "That is the share of all other firms. Keep those of the central state.",
            ),
            (
                lambda: 100 * value(**STATE, **LATER) / value(**LATER),
                "Those hosts had signed by the year of the deal. Keep the ones that had not.",
            ),
        ],
    },
    "dsr-late-cables": {
        "solution": lambda: cables(12),
        "meaning": lambda: (
            f"{' and '.join(cables(12))}: a year and more of delay did not end either. Delay is no "
            "sign of failure by itself, and the map gives no reasons."
        ),
        "wrong": [
            (
                lambda: cables(12, alive=False),
                "Those slipped by a year or more, and some of them were called off. Keep the ones "
                "that carried on.",
            ),
            (
                lambda: cables(12, alive=False, strictly=True),
                "Some of those were called off, and a slip of exactly twelve months is missing.",
            ),
            (
                lambda: cables(12, column="cable_id"),
                "Those are their ids. The names stand in the column `cable`.",
            ),
            (
                lambda: cables(0),
                "Those carried on, whatever their delay. Add the condition on slip_months.",
            ),
            (
                lambda: sorted(set(cables(12, alive=False)) - set(cables(12))),
                "Those are the late ones that were called off. The question asks for the others.",
            ),
            (
                lambda: cables(9),
                "Those slipped by nine months or more. The question draws the line at twelve.",
            ),
        ],
    },
    "dsr-how-sure": {
        "solution": lambda: gap() / error(),
        "meaning": lambda: (
            f"A gap of {gap():.1f} points with a standard error of {error():.1f}: less than two "
            "errors apart, so chance alone could have done it. And chance is only one of the "
            "explanations; selection is another, which no formula removes."
        ),
        "wrong": [
            (gap, "That is the gap in points. Divide it by its standard error."),
            (error, "That is the standard error. Divide the gap by it."),
            (
                lambda: gap() / error() ** 2,
                "The square root is missing: you divided by the sum of the two terms.",
            ),
            (
                lambda: gap() / sum(row["change_sd"] / row["countries"] for row in middle()) ** 0.5,
                "The standard deviations are not squared: the root is of sd² divided by n.",
            ),
            (
                lambda: gap() / sum(row["change_sd"] / row["countries"] ** 0.5 for row in middle()),
                "You added two standard errors. Add their squares, then take one root.",
            ),
            (
                lambda: abs(sum(row["change"] for row in middle())) / error(),
                "You added a loss and a gain. The gap between them is a difference.",
            ),
            (
                lambda: gap("all") / error("all"),
                "Those are the countries of all bands. Keep the ones that started from 35 to 69.",
            ),
            (
                lambda: gap() / sum(row["change_sd"] ** 2 for row in middle()) ** 0.5,
                "The number of countries is missing under the root: sd squared, divided by n.",
            ),
            (
                lambda: gap("70 and over") / error("70 and over"),
                "Those are the countries that started from 70. Which band is asked?",
            ),
        ],
    },
    "dsr-supplier-chart": {
        "solution": supplier_chart,
        "wrong": [
            (
                lambda: supplier_bars().properties(title=TITLE),
                "for someone who cannot see it",
            ),
            (
                lambda: supplier_bars(field="score_2024").properties(
                    title=TITLE, description=DESCRIPTION
                ),
                "shows score_2024, not change",
            ),
            (
                lambda: supplier_bars(start=None).properties(title=TITLE, description=DESCRIPTION),
                "4 different values of start",
            ),
            (
                lambda: supplier_bars(grouping="agreement").properties(
                    title=TITLE, description=DESCRIPTION
                ),
                "group",
            ),
            (every_group_chart, "4 should be left"),
        ],
    },
}
