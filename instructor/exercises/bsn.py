"""Solutions and known wrong answers of lesson 4, "BSN". Private.

For each data exercise: `solution` (a function), `meaning` (shown with the right answer; `{answer}`
stands for it) and `wrong`: pairs of a function and the message its result gets. For each chart:
`solution` and `wrong`, where the message is a part of what the check says.
"""

import altair as alt
import pandas as pd

from techpolitik.lesson.datasets import load


def cloud(market, quarter, firm=None):
    """Return the shares of one quarter of one market, of one research firm if it is named."""
    table = load("cloud_shares")
    table = table[(table["market"] == market) & (table["quarter"] == quarter)]
    return table if firm is None else table[table["research_firm"] == firm]


def american(firm):
    """Return the share of the American leaders in the world at the end of 2020, in percent."""
    rows = cloud("world", "2020 Q4", firm)
    return rows.loc[rows["country_code"] == "USA", "share_pct"].sum()


def points_apart():
    """Return how far apart the two firms are on the American leaders."""
    return american("Synergy") - american("Canalys")


def all_markets(firm):
    """Add up all rows of one firm at the end of 2020, of both markets and every country."""
    table = load("cloud_shares").query("quarter == '2020 Q4'")
    return table.loc[table["research_firm"] == firm, "share_pct"].sum()


def one_provider(provider):
    """Return how far apart the two firms are on one provider."""
    table = load("cloud_shares")
    rows = table[(table["quarter"] == "2020 Q4") & (table["provider"] == provider)]
    shares = rows[rows["market"] == "world"].set_index("research_firm")["share_pct"]
    return shares["Synergy"] - shares["Canalys"]


def others(quarter):
    """Return the line Others of a quarter in mainland China."""
    rows = cloud("mainland China", quarter)
    return rows.loc[rows["provider"] == "Others", "share_pct"].item()


def chinese(quarter):
    """Return the sum of the named Chinese providers of a quarter."""
    rows = cloud("mainland China", quarter)
    return rows.loc[rows["country_code"] == "CHN", "share_pct"].sum()


def digital_yuan(day):
    """Return the row of one date, its value in billion yuan and payments in millions."""
    return load("ecny").set_index("as_of").loc[day]


def average(first, last):
    """Return the average payment between two dates, in yuan."""
    before, after = digital_yuan(first), digital_yuan(last)
    value = after["cum_value_cny_bn"] - before["cum_value_cny_bn"]
    return 1000 * value / (after["cum_transactions_m"] - before["cum_transactions_m"])


def average_payment():
    """Average payment of the ten months after August 2022."""
    return average("2022-08-31", "2023-06-30")


def since_the_start(day):
    """Average of all payments up to a date, in yuan."""
    row = digital_yuan(day)
    return 1000 * row["cum_value_cny_bn"] / row["cum_transactions_m"]


def spellings(wording):
    """Return the retellings that write the name of the head of Facebook in one way."""
    table = load("article_retellings")
    rows = table[(table["passage"] == "Facebook") & (table["wording"] == wording)]
    return rows["retelling"].tolist()


def error_table(sure=True, swap=False):
    """Count the errors that change the meaning, and the harmless ones, by family."""
    errors = load("translation_errors")
    if sure:
        errors = errors[errors["confidence"] == "high"]
    errors = errors.assign(harmless=~errors["changes_meaning"])
    columns = ["harmless", "changes_meaning"] if swap else ["changes_meaning", "harmless"]
    table = errors.groupby("family", as_index=False)[columns].sum()
    return table.set_axis(["family", "changing", "harmless"], axis=1)


def all_errors():
    """Count all errors where only those that change the meaning are asked."""
    errors = load("translation_errors").query("confidence == 'high'")
    table = errors.groupby("family", as_index=False).size().rename(columns={"size": "changing"})
    return table.merge(error_table()[["family", "harmless"]], on="family")


DESCRIPTION = (
    "Bar chart of the measures in the list by field and side. Networks and apps hold the longest "
    "bars, nearly all of them American; data holds most of the Chinese ones."
)
TITLE = "In this list American acts cluster on networks and apps, Chinese ones on data"


def measured():
    """Count the measures of each side in each topic."""
    table = load("us_china_measures")
    return table.groupby(["topic", "side"]).size().reset_index(name="measures")


def bare_chart(data=None):
    """Draw the counts without title and description."""
    return (
        alt.Chart(measured() if data is None else data)
        .mark_bar()
        .encode(
            x=alt.X("measures:Q", title="measures in the list"),
            y=alt.Y("topic:N", sort="-x", title=None),
            color=alt.Color("side:N", title=None),
        )
    )


def measures_chart():
    """Draw the counts with title and description."""
    return bare_chart().properties(title=TITLE, description=DESCRIPTION)


def one_colour_chart():
    """Leave out which side acts."""
    totals = load("us_china_measures").groupby("topic").size().reset_index(name="measures")
    chart = alt.Chart(totals).mark_bar().encode(x="measures:Q", y="topic:N")
    return chart.properties(title=TITLE, description=DESCRIPTION)


def pair_chart():
    """Leave out the measures of the European Union and the United Kingdom."""
    two = measured().query("side in ['China', 'United States']")
    return bare_chart(two).properties(title=TITLE, description=DESCRIPTION)


def dots_chart():
    """Draw points instead of bars."""
    return bare_chart().mark_point().properties(title=TITLE, description=DESCRIPTION)


def silent_chart():
    """Leave out the description."""
    return bare_chart().properties(title=TITLE)


def money_chart():
    """Draw the money instead of the count."""
    table = load("us_china_measures").dropna(subset="amount_usd_bn")
    chart = bare_chart(table).encode(x=alt.X("amount_usd_bn:Q"))
    return chart.properties(title=TITLE, description=DESCRIPTION)


EXERCISES = {
    "bs-firms-apart": {
        "solution": points_apart,
        "meaning": "{answer:.0f} points apart, for the same providers in the same three months: "
        "the two firms draw the line round the market differently. (Alibaba has 6 in both counts "
        "and drops out.) A share printed without the name of the firm has at least this much "
        "play in it.",
        "wrong": [
            (
                lambda: one_provider("AWS"),
                "That is the distance for one provider. The three American ones are meant "
                "together: add them up first.",
            ),
            (
                lambda: american("Synergy"),
                "That is one firm's sum. Subtract the other firm's.",
            ),
            (
                lambda: american("Canalys"),
                "That is one firm's sum. Subtract it from the other firm's.",
            ),
            (
                lambda: -points_apart(),
                "The size is right. A difference asked for as a positive number has no sign.",
            ),
            (
                lambda: american("Synergy") + american("Canalys"),
                "You added both firms: every provider counts twice. Filter by research_firm.",
            ),
            (
                lambda: all_markets("Canalys") - all_markets("Synergy"),
                "The rows of mainland China are still in. Filter by market, too.",
            ),
            (
                lambda: all_markets("Synergy") - all_markets("Canalys"),
                "The rows of mainland China are still in. Filter by market, too.",
            ),
        ],
    },
    "bs-most-american": {
        "solution": lambda: others("2021 Q2"),
        "meaning": "At most {answer:.1f} percent, most likely less: the line Others holds every "
        "provider without a row, American and Chinese. A blank in a list of leaders is a bound, "
        "not a zero.",
        "wrong": [
            (
                lambda: 0,
                "No row is not a share of nothing: the press lists only the leaders. Which line "
                "could hold the rest?",
            ),
            (
                lambda: chinese("2021 Q2"),
                "That is the share of the named Chinese providers. Where are all the others?",
            ),
            (lambda: others("2020 Q4"), "That is the quarter the lesson used. Which one is asked?"),
            (
                lambda: (
                    cloud("mainland China", "2021 Q2")
                    .set_index("provider")
                    .loc["Baidu"]["share_pct"]
                ),
                "That bounds one provider that is not listed. Several American ones together may "
                "have more.",
            ),
            (
                lambda: (
                    cloud("mainland China", "2019 Q3").set_index("provider").loc["AWS"]["share_pct"]
                ),
                "That is the row of Amazon in 2019. The question is about a later quarter, and "
                "about all American providers.",
            ),
        ],
    },
    "bs-ecny-average": {
        "solution": average_payment,
        "meaning": lambda: (
            f"{average_payment():,.0f} yuan for each new payment, after "
            f"{average('2022-05-31', '2022-08-31'):,.0f} in the three months before. Shopping "
            "does not grow like that: larger payments of another kind must have entered the count, "
            "and the announcements do not say which. The total alone hides it."
        ),
        "wrong": [
            (
                lambda: since_the_start("2023-06-30"),
                "That is the average of all payments since the start. Subtract the figures of "
                "August 2022 from both columns first.",
            ),
            (
                lambda: since_the_start("2022-08-31"),
                "That is the average up to August 2022, before the time asked for.",
            ),
            (
                lambda: average_payment() / 1000,
                "Mind the units: billions of yuan divided by millions of payments gives thousands "
                "of yuan.",
            ),
            (
                lambda: since_the_start("2023-06-30") - since_the_start("2022-08-31"),
                "You subtracted two averages. Subtract the totals first, then divide once.",
            ),
            (
                lambda: average("2022-05-31", "2023-06-30"),
                "That begins on 31 May 2022. Which two dates are asked?",
            ),
            (
                lambda: average("2022-05-31", "2022-08-31"),
                "That is the three months before. Which two dates are asked?",
            ),
            (
                lambda: average("2023-06-30", "2025-09-30"),
                "That is the time after June 2023. Which two dates are asked?",
            ),
            (
                lambda: (
                    digital_yuan("2023-06-30")["cum_value_cny_bn"]
                    - digital_yuan("2022-08-31")["cum_value_cny_bn"]
                ),
                "That is the value of the new payments in billion yuan. Divide by their number.",
            ),
        ],
    },
    "bs-shared-error": {
        "solution": lambda: spellings("Mark Zuckerburg"),
        "meaning": "Two versions in two languages share a slip that nobody makes twice by chance: "
        "they go back to one text that had it, perhaps the original itself. About the facts they "
        "are then one witness and not two.",
        "wrong": [
            (
                lambda: spellings("Mark Zuckerberg"),
                "Those write the name as it is. The question is who shares the mistake.",
            ),
            (
                lambda: load("article_retellings")["retelling"].unique().tolist(),
                "Those are all retellings. Which of them misspell the name?",
            ),
            (
                lambda: spellings("Mark Zuckerburg")[:1],
                "That one has the mistake, and it is not alone. A shared error needs two.",
            ),
            (
                lambda: ["our document"],
                "Compare the spelling there with that of lesson 0: it is the usual one.",
            ),
            (
                lambda: [*spellings("Mark Zuckerburg"), "our document"],
                "One of them has the usual spelling, though it garbles other names.",
            ),
            (
                lambda: [*spellings("Mark Zuckerburg"), "forex-news"],
                "One of them has the usual spelling. Look at the last letters of the name.",
            ),
            (
                lambda: ["Mark Zuckerburg"],
                "That is the spelling. The question asks for the retellings that have it.",
            ),
        ],
    },
    "bs-error-table": {
        "solution": error_table,
        "meaning": lambda: (
            f"{error_table()['changing'].sum()} of "
            f"{error_table()[['changing', 'harmless']].sum().sum()} errors change the meaning. Of "
            "those in names four of nine do no harm, while every error in a number, a point of law "
            "or a degree of certainty does. The errors you notice first are the mildest."
        ),
        "wrong": [
            (
                lambda: error_table(sure=False),
                "Rows of medium confidence are still in. Leave them out before you count.",
            ),
            (
                lambda: error_table(swap=True),
                "The two counts have changed places: changing counts the rows where "
                "changes_meaning is true.",
            ),
            (
                all_errors,
                "The column changing counts all errors of the family. Sum changes_meaning instead "
                "of counting rows.",
            ),
            (
                lambda: error_table().replace({"harmless": {0: float("nan")}}),
                "A blank is not a zero: where a family has no such error, the count is 0. "
                "`.fillna(0)` puts it there.",
            ),
            (
                lambda: pd.concat(
                    [
                        error_table(),
                        pd.DataFrame({"family": ["all"], "changing": [10], "harmless": [5]}),
                    ]
                ),
                "One row for each family is enough: leave out the total.",
            ),
        ],
    },
    "bs-measures-chart": {
        "solution": measures_chart,
        "wrong": [
            (one_colour_chart, "needs the channel color"),
            (pair_chart, "use at least 4"),
            (dots_chart, "mark_bar()"),
            (silent_chart, "A description of at least"),
            (money_chart, "x shows amount_usd_bn, not measures"),
        ],
    },
}
