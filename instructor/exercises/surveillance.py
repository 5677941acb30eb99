"""Solutions and known wrong answers of lesson 6, "Surveillance exports". Private.

For each data exercise: `solution` (a function), `meaning` (shown with the right answer; `{answer}`
stands for it) and `wrong`: pairs of a function and the message its result gets. For each chart:
`solution` and `wrong`, where the message is a part of what the check says.
"""

import altair as alt
import pandas as pd

from techpolitik.lesson.datasets import load


def in_index(where):
    """Add up the countries of the AI surveillance index that fit a condition."""
    return load("ai_surveillance").query(where)["countries"].sum()


def share_of(supplier, part="autocracies", whole="countries_abroad"):
    """Return one count of a supplier in percent of another."""
    row = load("ai_suppliers").set_index("supplier").loc[supplier]
    return 100 * row[part] / row[whole]


def huawei_autocracies():
    """Return the number of autocracies abroad with Huawei."""
    return load("ai_suppliers").set_index("supplier").loc["Huawei", "autocracies"]


def every_supplier():
    """Return the share of autocracies over all suppliers, which counts countries many times."""
    table = load("ai_suppliers")
    return 100 * table["autocracies"].sum() / table["countries_abroad"].sum()


def autocracies_among(where):
    """Return the share of autocracies among countries of the index, in percent."""
    closed = in_index(f"({where}) and regime.str.endswith('autocracy')")
    return 100 * closed / in_index(where)


def total(country, year, firm="IHS Markit"):
    """Return the cameras that a firm gives a country for a year."""
    table = load("camera_counts")
    rows = table[(table["firm"] == firm) & (table["measure"] == "cameras installed")]
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


def counted(column, every=False):
    """Return the buying autocracies, or all buying countries, of the rows of all sellers."""
    rows = load("spyware_sellers").query("seller == 'all sellers'")
    return rows.loc[every | rows["regime"].str.endswith("autocracy"), column].sum()


def summed_sellers(total_too=False):
    """Return the share over rows that count a country once for each seller, in percent."""
    rows = load("spyware_sellers")
    rows = rows[total_too | (rows["seller"] != "all sellers")]
    chosen = rows["regime"].str.endswith("autocracy")
    return 100 * rows.loc[chosen, "sure_countries"].sum() / rows["sure_countries"].sum()


def sellers_table(least=10, column="countries", closed=False):
    """Return the sellers with at least so many buying countries, and their autocracies."""
    rows = load("spyware_sellers").query("seller != 'all sellers'").copy()
    kind = "closed autocracy" if closed else "autocracy"
    rows["countries"] = rows[column]
    rows["autocracies"] = rows[column].where(rows["regime"].str.endswith(kind), 0)
    table = rows.groupby("seller", as_index=False)[["countries", "autocracies"]].sum()
    return table[table["countries"] >= least]


def filtered_first():
    """Filter the rows of one regime instead of the sums."""
    rows = load("spyware_sellers").query("seller != 'all sellers' and countries >= 10").copy()
    rows["autocracies"] = rows["countries"].where(rows["regime"].str.endswith("autocracy"), 0)
    return rows.groupby("seller", as_index=False)[["countries", "autocracies"]].sum()


def changed(values):
    """Put other values into the column of autocracies."""
    return sellers_table().assign(autocracies=values)


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
    "Bars for 75 countries with AI surveillance by regime, cut by origin. Chinese technology, "
    "alone or with American, fills most of each bar; American technology alone is rare in all four."
)
TITLE = "In this index Chinese technology appears under every regime, American too"


def bare_chart(rows=None):
    """Draw the bars without title and description."""
    return (
        alt.Chart(load("ai_surveillance") if rows is None else rows)
        .mark_bar()
        .encode(
            x=alt.X("countries:Q", title="Countries"),
            y=alt.Y("regime:N", title=None),
            color=alt.Color("supply:N", title="Found"),
        )
    )


def supply_chart(rows=None):
    """Draw the bars with title and description."""
    return bare_chart(rows).properties(title=TITLE, description=DESCRIPTION)


def points_chart():
    """Draw points instead of bars."""
    return bare_chart().mark_point().properties(title=TITLE, description=DESCRIPTION)


def democracies_chart():
    """Draw two regimes of the four."""
    return supply_chart(load("ai_surveillance").query("regime.str.endswith('democracy')"))


def swapped_chart():
    """Show kinds of technology instead of countries."""
    chart = bare_chart().encode(x="technologies:Q")
    return chart.properties(title=TITLE, description=DESCRIPTION)


def silent_chart():
    """Leave out the description."""
    return bare_chart().properties(title=TITLE)


LIBERAL = "regime == 'liberal democracy'"
BOTH = "supply == 'both'"

EXERCISES = {
    "su-both": {
        "solution": lambda: in_index(f"{LIBERAL} and {BOTH}"),
        "meaning": "{answer} of 20 liberal democracies in the index have both. Buying from one "
        "side does not shut out the other; the picture of two camps hides these.",
        "wrong": [
            (
                lambda: in_index(BOTH),
                "That is the number over all regimes. Add the condition on the regime.",
            ),
            (
                lambda: in_index(f"{LIBERAL} and supply != 'neither'"),
                "That is either of the two. Both are asked: the word both in the column supply.",
            ),
            (
                lambda: in_index(f"{LIBERAL} and supply in ['both', 'Chinese only']"),
                "Those have Chinese technology. How many of them have American technology too?",
            ),
            (
                lambda: in_index(f"{LIBERAL} and supply in ['both', 'American only']"),
                "Two slips give this number: liberal democracies with American technology, with or "
                "without Chinese, or electoral democracies with both. Read the conditions again.",
            ),
            (
                lambda: in_index(f"regime.str.endswith('democracy') and {BOTH}"),
                "Those are both kinds of democracy. Only liberal ones are asked.",
            ),
            (
                lambda: in_index(LIBERAL),
                "That is every liberal democracy of the table. Add the two suppliers.",
            ),
            (
                lambda: len(load("ai_surveillance").query(f"{LIBERAL} and {BOTH}")),
                "That is the number of rows, which are groups. Add up their countries.",
            ),
            (
                lambda: in_index(f"{LIBERAL} and {BOTH} and where == 'other countries'"),
                "You left out the United States. Here sellers count as well.",
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
            (
                lambda: autocracies_among(
                    "supply in ['both', 'Chinese only'] and where != 'China'"
                ),
                "That is Chinese technology of every maker, counted in the index. The question is "
                "about one maker, in `ai_suppliers`.",
            ),
            (
                lambda: 100 * huawei_autocracies() / 62,
                "You divided by all countries abroad with Chinese technology. Divide by those with "
                "Huawei.",
            ),
            (
                lambda: 100 * huawei_autocracies() / in_index("countries > 0"),
                "You divided by every country of the index. Divide by those with Huawei.",
            ),
            (
                lambda: every_supplier(),
                "That is the sum over all suppliers, in which a country with three of them counts "
                "three times. Pick the row of one.",
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
            (
                lambda: (
                    (total("CHN", 2021) - total("CHN", 2019, "PreciseSecurity"))
                    / (total("USA", 2021) - total("USA", 2019, "PreciseSecurity"))
                ),
                "You subtracted the count of one firm from the forecast of another. Stay with IHS "
                "Markit.",
            ),
            (
                lambda: (
                    (total("CHN", 2020) - total("CHN", 2018))
                    / (total("USA", 2021) - total("USA", 2018))
                ),
                "One of your numbers is the older forecast for 2020, a row of low confidence. Both "
                "countries need the forecast for 2021.",
            ),
            (
                lambda: (
                    (total("CHN", 2021) - total("CHN", 2017))
                    / (total("USA", 2021) - total("USA", 2017))
                ),
                "You began in 2017, with two rows of low confidence. The question begins in 2018.",
            ),
            (
                lambda: growth("CHN") / growth("USA") / 3,
                "A ratio of two growths over the same years needs no division by the years.",
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
            (
                lambda: quarter() * 1000,
                "The number is right, the unit is not: you have thousands, millions are asked.",
            ),
            (
                lambda: refused("2019-03-31") + refused("2018-12-31"),
                "You added two sums that both begin in 2013, so most tickets count twice. Subtract "
                "one from the other.",
            ),
            (
                lambda: refused("2019-03-31") - 17.5,
                "You subtracted the air tickets alone. The rail tickets of 2018 have to go too.",
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
                "Two slips give nearly this number: the share of democracies, or the number of "
                "autocracies before it is divided by all buying countries.",
            ),
            (
                lambda: 100 * counted("sure_countries") / counted("countries", every=True),
                "Above the line the doubtful entries are out, below it they are in. Use the same "
                "column twice.",
            ),
            (
                lambda: 100 * counted("countries") / counted("sure_countries", every=True),
                "Above the line the doubtful entries are in, below it they are out. Use the same "
                "column twice.",
            ),
            (
                lambda: summed_sellers(),
                "You added up the sellers, so a country that bought from three counts three times. "
                "Use the rows of all sellers.",
            ),
            (
                lambda: summed_sellers(total_too=True),
                "All rows are in: the sellers, and their total once more. Use the rows of all "
                "sellers alone.",
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
            (
                filtered_first,
                "You filtered the rows of each regime. Add them up for each seller first, then "
                "filter.",
            ),
            (
                lambda: changed(lambda table: table["countries"] - table["autocracies"]),
                "The column autocracies holds the democracies.",
            ),
            (
                lambda: changed(2),
                "You counted the kinds of regime, two a seller. Add up the countries in them.",
            ),
            (
                lambda: sellers_table().query("autocracies >= 10"),
                "You filtered by the autocracies. The condition is on all buying countries.",
            ),
        ],
    },
    "su-supply-chart": {
        "solution": supply_chart,
        "wrong": [
            (points_chart, "mark_bar()"),
            (swapped_chart, "technologies"),
            (democracies_chart, "use at least 4"),
            (silent_chart, "A description of at least"),
        ],
    },
}
