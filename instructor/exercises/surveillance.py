"""Solutions and known wrong answers of lesson 6, "Surveillance exports". Private.

For each data exercise: `solution` (a function), `meaning` (shown with the right answer; `{answer}`
stands for it) and `wrong`: pairs of a function and the message its result gets. For each chart:
`solution` and `wrong`, where the message is a part of what the check says.
"""

import altair as alt
import pandas as pd

from techpolitik.datasets import load


def index_rows(where):
    """Return the rows of the AI surveillance index that fit a condition."""
    return load("ai_surveillance").query(where)


def share_of(supplier, part="autocracies", whole="countries_abroad"):
    """Return one count of a supplier in percent of another."""
    row = load("ai_suppliers").set_index("supplier").loc[supplier]
    return 100 * row[part] / row[whole]


def total(country, year):
    """Return the cameras that IHS Markit gives a country for a year."""
    table = load("camera_counts")
    rows = table[(table["firm"] == "IHS Markit") & (table["measure"] == "cameras installed")]
    return rows[(rows["country_code"] == country) & (rows["year"] == year)]["value"].item()


def growth(country):
    """Return the cameras that the forecast adds to a country."""
    return total(country, 2021) - total(country, 2018)


def refused(day, kind=""):
    """Return the tickets refused up to a day, in millions."""
    table = load("travel_refusals").query("confidence != 'low' and counts == 'purchases'")
    rows = table[(table["date"] == day) & table["measure"].str.startswith(kind)]
    return rows["value"].sum() / 1e6


def quarter(kind=""):
    """Return the tickets refused in the first quarter of 2019, in millions."""
    return refused("2019-03-31", kind) - refused("2018-12-31", kind)


def autocratic(column, seller="all sellers", closed=False):
    """Return the share of autocracies in a column of the spyware counts, in percent."""
    rows = load("spyware_sellers").query("seller == @seller")
    kind = "closed autocracy" if closed else "autocracy"
    chosen = rows["regime"].str.endswith(kind)
    return 100 * rows.loc[chosen, column].sum() / rows[column].sum()


def sellers_table(least=10, column="countries", closed=False):
    """Return the sellers with at least so many buying countries, and their autocracies."""
    rows = load("spyware_sellers").query("seller != 'all sellers'").copy()
    kind = "closed autocracy" if closed else "autocracy"
    rows["countries"] = rows[column]
    rows["autocracies"] = rows[column].where(rows["regime"].str.endswith(kind), 0)
    table = rows.groupby("seller", as_index=False)[["countries", "autocracies"]].sum()
    return table[table["countries"] >= least]


def with_total():
    """Leave the row of all sellers in."""
    rows = load("spyware_sellers").query("seller == 'all sellers'")
    chosen = rows["regime"].str.endswith("autocracy")
    extra = {
        "seller": "all sellers",
        "countries": rows["countries"].sum(),
        "autocracies": rows.loc[chosen, "countries"].sum(),
    }
    return pd.concat([sellers_table(), pd.DataFrame([extra])])


DESCRIPTION = (
    "Scatter plot of 73 countries with AI surveillance: income per head against regime score. "
    "Chinese technology appears at every score and income; the countries without it are mostly "
    "rich democracies."
)
TITLE = "In this index Chinese technology appears at every income and every score"


def drawn():
    """Return the countries that can be drawn."""
    return load("ai_surveillance").dropna(subset="gdp_per_head_usd")


def bare_chart():
    """Draw the points without title and description."""
    return (
        alt.Chart(drawn())
        .mark_point()
        .encode(
            x=alt.X("gdp_per_head_usd:Q", title="US dollars a head, 2019"),
            y=alt.Y("regime_score:Q", title="Regime score"),
            color=alt.Color("chinese:N", title="Chinese"),
        )
    )


def income_chart():
    """Draw the points with title and description."""
    return bare_chart().properties(title=TITLE, description=DESCRIPTION)


def bars_chart():
    """Draw bars instead of points."""
    return bare_chart().mark_bar().properties(title=TITLE, description=DESCRIPTION)


def swapped_chart():
    """Show the American technology instead."""
    chart = bare_chart().encode(color="american:N")
    return chart.properties(title=TITLE, description=DESCRIPTION)


def silent_chart():
    """Leave out the description."""
    return bare_chart().properties(title=TITLE)


LIBERAL = "regime == 'liberal democracy' and "

EXERCISES = {
    "su-both": {
        "solution": lambda: len(index_rows(LIBERAL + "chinese and american")),
        "meaning": "{answer} of 20 liberal democracies in the index have both. Buying from one "
        "side does not shut out the other; the picture of two camps hides these.",
        "wrong": [
            (
                lambda: len(index_rows("chinese and american")),
                "That is the number over all regimes. Add the condition on the regime.",
            ),
            (
                lambda: len(index_rows(LIBERAL + "(chinese or american)")),
                "That is either of the two. Both are asked: `&`, not `|`.",
            ),
            (
                lambda: len(index_rows(LIBERAL + "chinese")),
                "Those have Chinese technology. How many of them have American technology too?",
            ),
            (
                lambda: len(index_rows(LIBERAL + "american")),
                "Those have American technology. How many of them have Chinese technology too?",
            ),
            (
                lambda: len(index_rows(LIBERAL + "chinese and american and country_code != 'USA'")),
                "You left out the United States. Here every row counts, sellers included.",
            ),
        ],
    },
    "su-huawei": {
        "solution": lambda: share_of("Huawei"),
        "meaning": "{answer:.1f} percent: very nearly half and half. The supplier with the "
        "widest reach serves both kinds of regime, and mirrors the buyers of Chinese technology "
        "as a whole.",
        "wrong": [
            (
                lambda: share_of("Huawei", part="democracies"),
                "That is the share of democracies. The question is about autocracies.",
            ),
            (
                lambda: share_of("Huawei", whole="democracies"),
                "You divided by the democracies. The denominator is all countries abroad.",
            ),
            (
                lambda: share_of("Huawei") / 100,
                "That is the share as a fraction. In percent it is a hundred times as large.",
            ),
            (
                lambda: load("ai_suppliers").set_index("supplier").loc["Huawei", "autocracies"],
                "That is the number of autocracies. Divide it by the countries abroad.",
            ),
            (
                lambda: share_of("Hikvision"),
                "That is another Chinese supplier. Which one is asked?",
            ),
        ],
    },
    "su-new-cameras": {
        "solution": lambda: growth("CHN") / growth("USA"),
        "meaning": "{answer:.0f} new cameras in China for each one in the United States, "
        "although the rates per head were close in 2018. A level and a growth are different "
        "questions, and this growth is a forecast.",
        "wrong": [
            (
                lambda: total("CHN", 2021) / total("USA", 2021),
                "That is the ratio of the totals in 2021. New cameras are the difference of two "
                "years.",
            ),
            (
                lambda: total("CHN", 2018) / total("USA", 2018),
                "That is the ratio of the totals in 2018. New cameras are the difference of two "
                "years.",
            ),
            (
                lambda: growth("USA") / growth("CHN"),
                "The other way round: how many in China for each one in the United States?",
            ),
            (
                lambda: growth("CHN") / 1e6,
                "That is what China adds, in millions. Divide it by what the United States add.",
            ),
            (
                lambda: (
                    (total("CHN", 2021) / total("CHN", 2018) - 1)
                    / (total("USA", 2021) / total("USA", 2018) - 1)
                ),
                "You divided two rates of growth. The question is about cameras, not percent.",
            ),
        ],
    },
    "su-quarter": {
        "solution": quarter,
        "meaning": "{answer:.2f} million in three months. The headline of the time had the sum "
        "of more than five years; it sounds larger, and says less about any year.",
        "wrong": [
            (
                lambda: refused("2019-03-31"),
                "That is the sum since the list began. Subtract what stood at the end of 2018.",
            ),
            (
                lambda: refused("2018-12-31"),
                "That is the sum up to the end of 2018, before the months asked for.",
            ),
            (
                lambda: quarter("air"),
                "That is air alone. Add the rail tickets.",
            ),
            (
                lambda: quarter("rail"),
                "That is rail alone. Add the air tickets.",
            ),
            (
                lambda: quarter() * 1e6,
                "The number is right, the unit is not: it is asked in millions.",
            ),
            (
                lambda: 13.49 - 13.0,
                "That is the growth of the list, in people. Tickets are asked.",
            ),
        ],
    },
    "su-sure-share": {
        "solution": lambda: autocratic("sure_countries"),
        "meaning": "{answer:.1f} percent, hardly more than with the doubtful entries. What "
        "shakes this share is not the doubtful entries but what never leaked, and no filter can "
        "bring that back.",
        "wrong": [
            (
                lambda: autocratic("countries"),
                "The doubtful entries are still in. Which column leaves them out?",
            ),
            (
                lambda: autocratic("sure_countries", closed=True),
                "Those are closed autocracies alone. Electoral ones are autocracies too.",
            ),
            (
                lambda: 100 - autocratic("sure_countries"),
                "That is the share of democracies.",
            ),
            (
                lambda: autocratic("sure_countries") / 100,
                "That is the share as a fraction. In percent it is a hundred times as large.",
            ),
            (
                lambda: autocratic("sure_countries", seller="Israel"),
                "That is one seller. Use the rows of all sellers.",
            ),
        ],
    },
    "su-sellers-table": {
        "solution": sellers_table,
        "meaning": "Four homes of vendors have ten or more buying countries, and for each about "
        "two thirds are autocracies. Their rows must not be added: one country can buy from "
        "several, and a vendor with two homes stands in two rows.",
        "wrong": [
            (
                lambda: sellers_table(least=0),
                "Sellers with fewer than ten buying countries are still in. Filter after the sum.",
            ),
            (
                with_total,
                "The row of all sellers is still in. Leave it out: it is a total, not a seller.",
            ),
            (
                lambda: sellers_table(column="sure_countries"),
                "Those are the counts without the doubtful entries. Here all buying countries "
                "are asked.",
            ),
            (
                lambda: sellers_table(closed=True),
                "The column autocracies holds the closed ones alone. Electoral ones count too.",
            ),
        ],
    },
    "su-income-chart": {
        "solution": income_chart,
        "wrong": [
            (bars_chart, "mark_point()"),
            (swapped_chart, "american"),
            (silent_chart, "A description of at least"),
        ],
    },
}
