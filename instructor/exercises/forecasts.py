"""Solutions and known wrong answers of lesson 7, "Forecasts and futures". Private.

For each data exercise: `solution` (a function), `meaning` (shown with the right answer; `{answer}`
stands for it) and `wrong`: pairs of a function and the message its result gets. For each chart:
`solution` and `wrong`, where the message is a part of what the check says.
"""

import altair as alt

from techpolitik.lesson.datasets import load


def scored(outcomes=("yes", "no")):
    """Return the forecasts with one of these outcomes, and 1 or 0 for whether they came true."""
    table = load("forecasts")
    rows = table[table["outcome"].isin(outcomes)].copy()
    rows["came"] = (rows["outcome"] == "yes").astype(int)
    return rows


def share(outcomes):
    """Return the forecasts with one of these outcomes in percent of all."""
    return 100 * len(scored(outcomes)) / len(load("forecasts"))


def steady(probability, outcomes=("yes", "no"), power=2):
    """Return the score of one probability for all."""
    return ((probability - scored(outcomes)["came"]).abs() ** power).mean()


def read(column, outcomes=("yes", "no"), power=2):
    """Return the score of the articles when their words are read by a column."""
    rows = scored(outcomes).merge(load("forecast_words"), left_on="wording", right_on="word")
    rows = rows.rename(columns={"implied_pct_x": "implied_pct"}).dropna(subset=column)
    return ((rows[column].astype(float) / 100 - rows["came"]).abs() ** power).mean()


def graded():
    """Return how many scored forecasts use a word that gives a degree."""
    return scored()["implied_pct"].notna().sum()


def read_blank_as_zero():
    """Return the score by the high reading when a word without a degree counts as 0 percent."""
    rows = scored().merge(load("forecast_words"), left_on="wording", right_on="word")
    said = rows["high_pct"].astype(float).fillna(0) / 100
    return ((said - rows["came"]) ** 2).mean()


def words_table(partly=False, dropped=False):
    """Count the forecasts by kind of word."""
    rows = load("forecasts").merge(
        load("forecast_words")[["word", "kind"]], left_on="wording", right_on="word"
    )
    if dropped:
        rows = rows.dropna(subset="outcome")
    rows["scored"] = rows["outcome"].isin(["yes", "no", *(["partly"] if partly else [])])
    rows["came_true"] = rows["outcome"].isin(["yes"])
    groups = rows.groupby("kind", as_index=False)
    return groups.agg(
        forecasts=("forecast_id", "size"), scored=("scored", "sum"), came_true=("came_true", "sum")
    )


def found_in(sure=False, solid=False):
    """Return the countries where spyware was found, with their decision on 5G if it is known."""
    rows = load("spyware_countries")
    decisions = load("huawei_decisions")
    if sure:
        rows = rows.query("confidence != 'low'")
    if solid:
        decisions = decisions.query("confidence != 'low'")
    return rows.merge(decisions[["country_code", "decision"]], on="country_code", how="left")


TITLE = "Four of eighteen forecasts waited more than four years"
DESCRIPTION = (
    "Bars for the eighteen forecasts that came true, by the years between the forecast and the day "
    "its criterion was met. Six were met within a year, the slowest after nearly five years."
)


def waits():
    """Return the forecasts that came true, with the years it took."""
    rows = scored(("yes",))
    rows["years"] = (rows["settled_on"] - rows["made_on"]).dt.days / 365.25
    return rows[["forecast_id", "document", "years"]]


def bare_chart(rows=None):
    """Draw the bars without title and description."""
    return (
        alt.Chart(waits() if rows is None else rows)
        .mark_bar()
        .encode(
            x=alt.X("years:Q", title="Years until it came true"),
            y=alt.Y("forecast_id:N", title=None).sort("x"),
            color=alt.Color("document:N", title=None),
        )
    )


def waiting_chart():
    """Draw the bars with title and description."""
    return bare_chart().properties(title=TITLE, description=DESCRIPTION)


def points_chart():
    """Draw points instead of bars."""
    return bare_chart().mark_point().properties(title=TITLE, description=DESCRIPTION)


def few_chart():
    """Draw only what came true within a year."""
    few = waits().query("years < 1")
    return bare_chart(few).properties(title=TITLE, description=DESCRIPTION)


def every_chart():
    """Draw all forecasts, whatever came of them."""
    rows = load("forecasts")
    rows["years"] = (rows["settled_on"] - rows["made_on"]).dt.days / 365.25
    return bare_chart(rows).properties(title=TITLE, description=DESCRIPTION)


def days_chart():
    """Draw days under the name of years."""
    rows = waits()
    rows["years"] = 365.25 * rows["years"]
    return bare_chart(rows).properties(title=TITLE, description=DESCRIPTION)


def silent_chart():
    """Leave out the description."""
    return bare_chart().properties(title=TITLE)


EXERCISES = {
    "fo-decided": {
        "solution": lambda: share(("yes", "no")),
        "meaning": "{answer:.1f} percent. The rest is undecided, partly true or beyond any test: "
        "before asking who was right, ask how much was said that could be wrong.",
        "wrong": [
            (
                lambda: share(("yes", "no", "partly")),
                "Partly is in there too. A Brier score needs a yes or a no.",
            ),
            (
                lambda: 100 - share(("yes", "no", "partly")),
                "That is the share without any outcome. The question is about yes and no.",
            ),
            (
                lambda: 100 - share(("yes", "no")),
                "That is the share that cannot be scored.",
            ),
            (
                lambda: share(("yes",)),
                "Those came true. The ones that did not can be scored as well.",
            ),
            (
                lambda: share(("yes", "no")) / 100,
                "That is the share as a fraction. In percent it is a hundred times as large.",
            ),
            (
                lambda: len(scored()),
                "That is the number of forecasts. Divide it by all, and write percent.",
            ),
            (
                lambda: 100 * len(scored()) / len(scored(("yes", "no", "partly"))),
                "You divided by those with an outcome. The whole is every row of the table.",
            ),
            (
                lambda: 100 * len(scored()) / load("forecasts")["outcome"].isna().sum(),
                "You divided by those without an outcome. The whole is every row of the table.",
            ),
        ],
    },
    "fo-always-ninety": {
        "solution": lambda: steady(0.9),
        "meaning": "{answer:.3f}, worse than the base rate gets and better than "
        "always 50. Steady optimism paid here because most of what could be judged came true, not "
        "because it told one forecast from another.",
        "wrong": [
            (
                lambda: steady(scored()["came"].mean()),
                "That is the score of the base rate. 90 percent is another number.",
            ),
            (
                lambda: steady(0.9, power=1),
                "That is the mean distance. The Brier score squares each distance first.",
            ),
            (
                lambda: steady(0.9) * 10_000,
                "You computed in percent. Write the probability as 0.9, so that the score is from "
                "0 to 1.",
            ),
            (
                lambda: steady(0.9) * len(scored()),
                "That is the sum of the squares. Take the mean.",
            ),
            (
                lambda: steady(0.9, ("yes", "no", "partly")),
                "Partly counts as no in your rows. Leave it out.",
            ),
            (
                lambda: ((0.9 - load("forecasts")["outcome"].isin(["yes"])) ** 2).mean(),
                "Blanks count as no in your rows. Undecided is not false: keep yes and no alone.",
            ),
            (
                lambda: steady(0.5),
                "That is the score of always 50 percent.",
            ),
            (
                lambda: steady(0.1),
                "That is the score of 10 percent: check which outcome is 1 and which is 0.",
            ),
            (
                lambda: (0.9 - scored()["came"].mean()) ** 2,
                "You took the mean of the outcomes first. Square each forecast, then take their "
                "mean.",
            ),
        ],
    },
    "fo-bold-reading": {
        "solution": lambda: read("high_pct"),
        "meaning": "{answer:.3f}, above the score of the course's reading, and so worse. "
        "Boldness hardly helps where it was right (will), since 95 percent was nearly all, and "
        "hurts where it was wrong (could, may).",
        "wrong": [
            (
                lambda: read("implied_pct"),
                "That is the course's reading. Use the column of the strongest one.",
            ),
            (
                lambda: read("low_pct"),
                "That is the weakest reading.",
            ),
            (
                lambda: read("high_pct", ("yes", "no", "partly")),
                "Your rows hold partly as a no, or words without a degree as 0 percent. Leave both "
                "out: blank is not zero.",
            ),
            (
                lambda: read("high_pct") * graded(),
                "That is the sum of the squares. Take the mean.",
            ),
            (
                lambda: read("high_pct") * graded() / len(scored()),
                "You divided by all that came clearly true or false. Divide by those whose word "
                "gives a degree.",
            ),
            (
                lambda: read("high_pct", power=1),
                "That is the mean distance. Square each distance first.",
            ),
            (
                lambda: read("high_pct") * 10_000,
                "You computed in percent. Divide the reading by 100 first.",
            ),
            (
                read_blank_as_zero,
                "Your rows hold partly as a no, or words without a degree as 0 percent. Leave both "
                "out: blank is not zero.",
            ),
        ],
    },
    "fo-words-table": {
        "solution": words_table,
        "meaning": "No: 6 of the 19 possible ones have a yes or a no, and 12 of the 28 flat ones. "
        "But that is the course's doing, since it judged the guess behind careful words. By the "
        "code book none of the six sentences can be refuted.",
        "wrong": [
            (
                lambda: words_table(partly=True),
                "The column scored holds partly as well. Only yes and no can be scored.",
            ),
            (
                lambda: words_table(dropped=True),
                "Forecasts without an outcome are missing. The column forecasts counts them all.",
            ),
            (
                lambda: words_table().assign(came_true=lambda t: t["scored"] - t["came_true"]),
                "The column came_true holds those that did not come true.",
            ),
        ],
    },
    "fo-waiting-chart": {
        "solution": waiting_chart,
        "wrong": [
            (points_chart, "mark_bar()"),
            (few_chart, "use at least 18"),
            (every_chart, "18 should be left"),
            (days_chart, "Look at the unit"),
            (silent_chart, "A description of at least"),
        ],
    },
    "fo-not-known": {
        "solution": lambda: found_in()["decision"].isna().sum(),
        "meaning": "{answer} countries, half of them. An inner join would have dropped them "
        "without a word, and every sentence about the rest would silently be about countries that "
        "somebody in the press found worth a report.",
        "wrong": [
            (
                lambda: len(found_in()),
                "Those are all countries where spyware was found, with a decision or without.",
            ),
            (
                lambda: found_in(sure=True)["decision"].isna().sum(),
                "You left out findings of low confidence. Here every row of the first table "
                "counts.",
            ),
            (
                lambda: found_in(solid=True)["decision"].isna().sum(),
                "You dropped decisions of low confidence. A weak row is a row: ask for those with "
                "none at all.",
            ),
            (
                lambda: len(load("huawei_decisions")) - found_in()["decision"].notna().sum(),
                "You counted from the other side: countries with a decision and no finding of "
                "spyware.",
            ),
        ],
    },
}
