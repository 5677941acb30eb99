"""Solutions and known wrong answers of lesson 5, "Huawei and 5G". Private.

For each data exercise: `solution` (a function), `meaning` (shown with the right answer; `{answer}`
stands for it) and `wrong`: pairs of a function and the message its result gets. For each chart:
`solution` and `wrong`, where the message is a part of what the check says.
"""

import altair as alt

from techpolitik.lesson.datasets import load


def dates(kind):
    """Return the share of rows with one kind of date, in percent."""
    return 100 * (load("huawei_decisions")["date_kind"] == kind).mean()


def amount(measure_id):
    """Return the amount of one measure, in billion dollars."""
    return load("huawei_measures").set_index("measure_id").loc[measure_id, "amount"]


def leads():
    """Return each firm's lead of Huawei in the second quarter of 2020, in million phones."""
    rows = load("phone_quarters").query("quarter == '2020-Q2'")
    table = rows.pivot(index="research_firm", columns="vendor", values="shipments_m")
    return table["Huawei"] - table["Samsung"]


def by_counterpoint():
    """Return the eight quarters of Huawei that one research firm counted."""
    return load("phone_quarters").query("vendor == 'Huawei' and research_firm == 'Counterpoint'")


def amounts(complete=True):
    """Put research and revenue of the group side by side, in billion yuan, by year."""
    table = load("huawei_finance").query("scope == 'group' and metric in ['R&D spend', 'revenue']")
    table = table.pivot(index="year", columns="metric", values="value")
    return table.dropna() if complete else table


def rd_shares(first="R&D spend", second="revenue", factor=100, complete=True):
    """Return research as a share of revenue for each year that has both."""
    table = amounts(complete)
    table["rd_pct"] = factor * table[first] / table[second]
    return table.reset_index()[["year", "rd_pct"]]


def huawei_radio(scope, year=2020):
    """Return Huawei's share of radio access in one market, in percent."""
    table = load("equipment_shares").query("market == 'radio access' and vendor == 'Huawei'")
    table = table[(table["year"] == year) & (table["research_firm"] == "Dell'Oro")]
    return table.set_index("scope").loc[scope, "share_pct"]


def all_equipment():
    """Return Huawei's share of all telecom equipment in the world in 2020, in percent."""
    return load("equipment_shares").set_index("share_id").loc["TE009", "share_pct"]


def china_weight(year=2020):
    """Solve for China's part of the world's market."""
    world, home, away = (huawei_radio(s, year) for s in ("world", "China", "outside China"))
    return 100 * (world - away) / (home - away)


TITLE = "Huawei's share rose to a fifth in mid-2020 and ended the year at 8 percent"
DESCRIPTION = (
    "Line chart of Huawei's share of phones shipped in each quarter of 2019 and 2020. It peaks at "
    "20 percent in the second quarter of 2020 and ends at 8 percent."
)


def bare_chart(rows=None):
    """Draw the line without title and description."""
    return (
        alt.Chart(by_counterpoint() if rows is None else rows)
        .mark_line()
        .encode(
            x=alt.X("quarter_start:T", title=None),
            y=alt.Y("share_pct:Q", title="percent"),
        )
    )


def maker_chart(rows=None):
    """Draw the line with title and description."""
    return bare_chart(rows).properties(title=TITLE, description=DESCRIPTION)


def shipments_chart():
    """Draw shipments instead of the share."""
    chart = bare_chart().encode(y=alt.Y("shipments_m:Q"))
    return chart.properties(title=TITLE, description=DESCRIPTION)


def every_firm_chart():
    """Mix the counts of four firms in one line."""
    return maker_chart(load("phone_quarters").query("vendor == 'Huawei'"))


def both_makers_chart():
    """Leave Samsung's quarter in."""
    return maker_chart(load("phone_quarters").query("research_firm == 'Counterpoint'"))


def one_year_chart():
    """Draw four quarters of the eight."""
    return maker_chart(by_counterpoint().query("quarter_start >= '2020-01-01'"))


def bars_chart():
    """Draw bars instead of a line."""
    return bare_chart().mark_bar().properties(title=TITLE, description=DESCRIPTION)


def silent_chart():
    """Leave out the description."""
    return bare_chart().properties(title=TITLE)


EXERCISES = {
    "hw-known-by": {
        "solution": lambda: dates("known by"),
        "meaning": "{answer:.1f} percent: for nearly half of the countries the table knows only "
        "when somebody reported a position. A chart of these years would show when journalists "
        "wrote, not when governments acted, and so the lesson leaves them out of its chart.",
        "wrong": [
            (
                lambda: dates("decided"),
                "That is the share of rows with the date of an act. The others are asked.",
            ),
            (
                lambda: dates("known by") / 100,
                "That is a share between 0 and 1. Times 100 makes it percent.",
            ),
            (
                lambda: (load("huawei_decisions")["date_kind"] == "known by").sum(),
                "That is the number of rows. Divide it by all rows, then times 100.",
            ),
            (
                lambda: dates("known_by"),
                "No row has the word you compare with. In the table it is written known by, with a "
                "space.",
            ),
            (
                lambda: 100 * dates("known by") / dates("decided"),
                "You divided by the other rows. A share has all rows below the line.",
            ),
        ],
    },
    "hw-cost-factor": {
        "solution": lambda: amount("US18") / amount("US13"),
        "meaning": "{answer:.2f} times: whoever plans a removal with the first estimate is short "
        "of most of the money. The whole cost of the survey would give a smaller factor, but it "
        "holds what nobody was to be paid for, so the two would not be of one kind.",
        "wrong": [
            (
                lambda: amount("US18") / amount("US14"),
                "You divided by the money that was voted. What the survey of 2020 found is another "
                "row.",
            ),
            (
                lambda: amount("US15") / amount("US13"),
                "You took what firms had asked for in 2022. The cost of May 2024 is a later row.",
            ),
            (
                lambda: amount("US16") / amount("US13"),
                "You took the cost of the first applicants, of July 2022. The total of May 2024 is "
                "a later row.",
            ),
            (
                lambda: amount("US18") / amount("US12"),
                "You divided by the whole cost of the survey. Only a part of it could be "
                "reimbursed, and the cost of 2024 is of that kind.",
            ),
            (
                lambda: amount("US13") / amount("US18"),
                "Upside down: divide the later cost by the earlier one.",
            ),
            (
                lambda: amount("US18") - amount("US13"),
                "That is a difference in billion dollars. How many times is asked: divide.",
            ),
        ],
    },
    "hw-four-counts": {
        "solution": lambda: leads().max() / leads().min(),
        "meaning": "{answer:.1f} times. All four have the same maker ahead, so the order is safe "
        "and the distance is not: a difference of two large estimates is the least certain thing "
        "in the table. (A fifth count, printed in October 2020, has Samsung ahead.)",
        "wrong": [
            (
                lambda: leads().min() / leads().max(),
                "Upside down: how many times the smallest lead is the largest?",
            ),
            (
                lambda: leads().max() - leads().min(),
                "That is a difference in million phones. How many times is asked: divide.",
            ),
            (
                lambda: leads().max(),
                "That is the largest lead in million phones. Divide it by the smallest.",
            ),
            (
                lambda: leads()["IDC"] / leads()["Counterpoint"],
                "You compared two of the four firms. One of the others has a larger lead.",
            ),
            (
                lambda: (
                    load("phone_quarters").query("quarter == '2020-Q2'")["shipments_m"].max()
                    / load("phone_quarters").query("quarter == '2020-Q2'")["shipments_m"].min()
                ),
                "You divided shipments. First work out the lead of each firm, Huawei less Samsung.",
            ),
        ],
    },
    "hw-rd-share": {
        "solution": rd_shares,
        "meaning": "In 2019 it was 15.3 percent and not 13.9: the newspaper's share does not "
        "follow from the amounts. From 2021 on it is above 22. Most of it came because revenue "
        "fell, which is why a share of revenue says little about effort.",
        "wrong": [
            (
                lambda: rd_shares(factor=1),
                "These are shares between 0 and 1. Times 100 makes them percent.",
            ),
            (
                lambda: rd_shares("revenue", "R&D spend"),
                "Upside down: research is the part, revenue the whole.",
            ),
            (
                lambda: (
                    load("huawei_finance")
                    .query("metric == 'R&D share'")
                    .rename(columns={"value": "rd_pct"})[["year", "rd_pct"]]
                ),
                "These are the printed shares. Work them out from the two amounts; 2014 has no "
                "revenue in the table.",
            ),
            (
                lambda: rd_shares(complete=False),
                "Two rows have no share: 2014 and 2016 lack one of the amounts. Drop them.",
            ),
            (
                lambda: rd_shares().query("year != 2023"),
                "The year 2023 is missing: it has both amounts as well.",
            ),
            (
                lambda: rd_shares().query("year > 2019"),
                "The year 2019 is missing, the one whose printed share is in doubt.",
            ),
            (
                lambda: (
                    amounts()
                    .reset_index()
                    .rename(columns={"R&D spend": "rd_pct"})[["year", "rd_pct"]]
                ),
                "These are amounts in billion yuan. Divide them by the revenue of the same year.",
            ),
        ],
    },
    "hw-china-weight": {
        "solution": china_weight,
        "meaning": "About {answer:.0f} percent. Three rounded shares are enough to find a size "
        "that nobody printed. It also says why a share outside China matters: with nearly a third "
        "of the market at home, a firm can be first in the world without leaving it. Rounding of "
        "the three shares can move the result by more than two points either way.",
        "wrong": [
            (
                lambda: 100 * huawei_radio("world") / huawei_radio("China"),
                "That is one share divided by another. Write down the average first: home and "
                "outside, each times the size of its market.",
            ),
            (
                lambda: 100 - china_weight(),
                "That is the part outside China. The part at home is asked.",
            ),
            (
                lambda: china_weight() / 100,
                "That is a share between 0 and 1. Times 100 makes it percent.",
            ),
            (
                lambda: china_weight(2019),
                "That is the result for 2019, or one of the shares is of that year. All three are "
                "asked for 2020.",
            ),
            (
                lambda: huawei_radio("China"),
                "That is Huawei's share of the Chinese market, not China's part of the world's.",
            ),
            (
                lambda: huawei_radio("world") - huawei_radio("outside China"),
                "That is how far China lifts the share in the world. Divide it by how far the "
                "share at home is above the share outside.",
            ),
            (
                lambda: (
                    100
                    * (all_equipment() - huawei_radio("outside China"))
                    / (huawei_radio("China") - huawei_radio("outside China"))
                ),
                "You took the share of all telecom equipment in the world. Take all three shares "
                "from radio access.",
            ),
            (
                lambda: (huawei_radio("China") + huawei_radio("outside China")) / 2,
                "That is the plain mean of two shares. The share in the world is a weighted mean, "
                "and the weight is asked.",
            ),
        ],
    },
    "hw-phones-chart": {
        "solution": maker_chart,
        "wrong": [
            (every_firm_chart, "research_firm"),
            (both_makers_chart, "vendor"),
            (one_year_chart, "use at least 8"),
            (shipments_chart, "y shows shipments_m, not share_pct"),
            (bars_chart, "mark_line()"),
            (silent_chart, "escription"),
        ],
    },
}
