"""Solutions and known wrong answers of lesson 1, "Rare earths". Private.

For each data exercise: `solution` (a function), `meaning` (shown with the right answer; `{answer}`
stands for it) and `wrong`: pairs of a function and the message its result gets; `also_right` holds
answers of a defensible other reading. For each chart: `solution` and `wrong`, where the message is
a part of what the check says.
"""

import altair as alt
import pandas as pd

from techpolitik.lesson.datasets import load


def mines(year, aggregates=False):
    """Return the rows of one year of mine output, countries only unless asked otherwise."""
    table = load("rare_earth_mines")
    table = table[table["year"] == year]
    return table if aggregates else table[~table["is_aggregate"]]


def hhi(output, total=None):
    """Return the sum of squared percent shares of a column of tonnes."""
    return ((100 * output / (output.sum() if total is None else total)) ** 2).sum()


def china_share(year, aggregates=False, country="CHN"):
    """Return the share of China, or another country, of a year's mine output, in percent."""
    rows = mines(year, aggregates)
    part = rows.loc[rows["country_code"] == country, "output_t"].sum()
    return 100 * part / rows["output_t"].sum()


def hhi_2025():
    """HHI of the named countries, their sum being the whole."""
    return hhi(mines(2025)["output_t"])


def hhi_2025_with_others():
    """HHI with the tonnes of "Other countries" in the total, unsquared."""
    rows = mines(2025, aggregates=True)
    rows = rows[rows["country"] != "World"]
    return hhi(mines(2025)["output_t"], rows["output_t"].sum())


def hhi_2025_printed_world():
    """HHI against the rounded world total."""
    rows = mines(2025, aggregates=True)
    return hhi(mines(2025)["output_t"], rows.loc[rows["country"] == "World", "output_t"].sum())


def joined_2021(repeat=False):
    """Return the output of 2021 by supplier, China and Myanmar as one."""
    output = mines(2021).set_index("country_code")["output_t"]
    pair = output["CHN"] + output["MMR"]
    rest = output.drop(["CHN"] if repeat else ["CHN", "MMR"])
    return pd.concat([rest, pd.Series({"CHN": pair})])


def rise_2021():
    """Rise of the HHI of 2021 when China and Myanmar count as one supplier."""
    return hhi(joined_2021()) - hhi(mines(2021)["output_t"])


def rise_2021_myanmar_twice():
    """Compute the rise with Myanmar's own row left in."""
    return hhi(joined_2021(repeat=True)) - hhi(mines(2021)["output_t"])


def myanmar_squared():
    """Square of Myanmar's share in 2021."""
    output = mines(2021).set_index("country_code")["output_t"]
    return (100 * output["MMR"] / output.sum()) ** 2


def joined_square():
    """Square of the share that China and Myanmar have together in 2021."""
    output = joined_2021()
    return (100 * output["CHN"] / output.sum()) ** 2


def energy_institute_2021():
    """China's share of 2021 by the other compiler."""
    table = load("rare_earth_concentration").query("series == 'EI2026' and year == 2021")
    return table["china_share_pct"].item()


def quota_and_output():
    """Return year, output and quota of the years that both tables know."""
    quotas = load("rare_earth_quotas")
    quotas = quotas[quotas["kind"] == "mining"]
    output = load("rare_earth_mines")
    output = output[output["country_code"] == "CHN"]
    return output.merge(quotas, on="year", suffixes=("", "_quota"))


def same_years():
    """Years in which output equals quota."""
    both = quota_and_output()
    return both.loc[(both["output_t"] == both["quota_t"]).fillna(False), "year"].tolist()


def known_years():
    """Years in which both tables have a value."""
    both = quota_and_output()
    return both.loc[both["quota_t"].notna(), "year"].tolist()


def gap_year():
    """Return the one year in which output and quota differ."""
    (year,) = set(known_years()) - set(same_years())
    return year


def europium(year, basis):
    """Return one price of europium oxide in dollars per kilogram."""
    table = load("rare_earth_prices")
    rows = table[(table["element"] == "Eu") & (table["year"] == year) & (table["basis"] == basis)]
    return rows["price_usd_kg"].item()


def fall(before, after):
    """Return a fall in percent of the first price."""
    return 100 * (before - after) / before


def europium_fall():
    """Fall from the end of 2011 to the end of 2015."""
    return fall(europium(2011, "year end"), europium(2015, "year end"))


def stage_shares(drop_others_first=False, by=("commodity", "stage")):
    """Return the largest share of each stage, highest first."""
    table = load("critical_minerals_2024")
    if drop_others_first:
        table = table[~table["is_aggregate"]]
    total = table.groupby(list(by))["output"].transform("sum")
    table = table.assign(share_pct=100 * table["output"] / total)
    table = table[~table["is_aggregate"]].dropna(subset="share_pct")
    table = table.sort_values("share_pct", ascending=False).drop_duplicates(list(by))
    return table[["commodity", "stage", "country", "share_pct"]].reset_index(drop=True)


def top_five():
    """Return the five stages with the largest single share."""
    return stage_shares().head(5)


def not_china():
    """Return the leading countries among the five, other than China."""
    return [country for country in top_five()["country"] if country != "China"]


def china_only():
    """Return the five largest shares of China."""
    table = load("critical_minerals_2024")
    total = table.groupby(["commodity", "stage"])["output"].transform("sum")
    table = table.assign(share_pct=100 * table["output"] / total)
    table = table[table["country_code"] == "CHN"].nlargest(5, "share_pct")
    return table[["commodity", "stage", "country", "share_pct"]]


DESCRIPTION = (
    "Line chart of China's share of rare earth mine output. It climbs above 90 percent, "
    "falls in the 2010s and stands well below 90 percent in 2020, when the article was written."
)


def share_line(series=("EI2026",)):
    """Draw the line of China's share."""
    table = load("rare_earth_concentration")
    table = table[table["series"].isin(series)]
    return (
        alt.Chart(table)
        .mark_line()
        .encode(
            x=alt.X("year:Q", axis=alt.Axis(format="d"), title=None),
            y=alt.Y("china_share_pct:Q", title="percent of mine output"),
        )
    )


def rule(at=90):
    """Draw the reference."""
    return alt.Chart().mark_rule(strokeDash=[4, 4]).encode(y=alt.datum(at))


def share_chart():
    """Draw line and rule with title and description."""
    return (share_line() + rule()).properties(
        title="China mined far less than 90 percent when the article was written",
        description=DESCRIPTION,
    )


def no_rule_chart():
    """Leave out the reference."""
    return share_line().properties(
        title="China mined far less than 90 percent in 2020", description=DESCRIPTION
    )


def low_rule_chart():
    """Put the reference at another height."""
    return (share_line() + rule(50)).properties(
        title="China mined far less than 90 percent in 2020", description=DESCRIPTION
    )


def mixed_chart():
    """Draw two series as one line."""
    return (share_line(("EI2026", "USGS")) + rule()).properties(
        title="China mined far less than 90 percent in 2020", description=DESCRIPTION
    )


def counted_chart():
    """Count the rows of each year under the name of the share."""
    return (share_line().encode(y="count(china_share_pct):Q") + rule()).properties(
        title="China mined far less than 90 percent in 2020", description=DESCRIPTION
    )


def silent_chart():
    """Leave out the description."""
    return (share_line() + rule()).properties(title="China mined far less than 90 percent in 2020")


def us_chart():
    """Draw the share of the United States."""
    return (share_line().encode(y="us_share_pct:Q") + rule()).properties(
        title="China mined far less than 90 percent in 2020", description=DESCRIPTION
    )


EXERCISES = {
    "re-china-share-2021": {
        "solution": lambda: china_share(2021),
        "meaning": "By this table China mined {answer:.1f} percent of the rare earths of 2021: "
        "more than all others together, and far from 90.",
        "wrong": [
            (
                lambda: china_share(2021, aggregates=True),
                "The row World is in your total, so every tonne counts twice. Keep the rows where "
                "is_aggregate is False.",
            ),
            (
                lambda: china_share(2020),
                "That is the share of 2020. The question is about the year after the article.",
            ),
            (lambda: china_share(2025), "That is the share of 2025. Which year is asked?"),
            (lambda: china_share(2021, country="USA"), "That is the share of the United States."),
            (lambda: china_share(2021, country="MMR"), "That is the share of Myanmar."),
            (lambda: 168_000, "Those are tonnes. Divide them by the tonnes of all countries."),
            (
                lambda: 100 - china_share(2021),
                "That is the share of all other countries together.",
            ),
            (
                energy_institute_2021,
                "That is the Energy Institute's figure. Use the table that the exercise names.",
            ),
        ],
    },
    "re-hhi-2025": {
        "solution": hhi_2025,
        "also_right": [hhi_2025_with_others],
        "meaning": lambda: (
            f"An HHI near {hhi_2025():,.0f} is that of a market of "
            f"{10_000 / hhi_2025():.1f} suppliers of equal size. Counting the other countries' "
            f"550 t in the total gives {hhi_2025_with_others():,.0f}: how one counts matters "
            "little here, but never nothing."
        ),
        "wrong": [
            (
                hhi_2025_printed_world,
                "You divided by the printed world total, which is rounded; the shares then do not "
                "add up to 100. Divide by the sum of the countries.",
            ),
            (
                lambda: hhi(mines(2025, aggregates=True)["output_t"]),
                "The row World is among your suppliers and in the total. Keep the rows where "
                "is_aggregate is False.",
            ),
            (
                lambda: china_share(2025) ** 2,
                "That is the square of China's share alone. The other countries' squares are to be "
                "added.",
            ),
            (
                lambda: china_share(2025),
                "That is China's share in percent. The HHI squares every share and sums.",
            ),
            (
                lambda: hhi(mines(2024)["output_t"]),
                "That is the index of 2024. Which year is asked?",
            ),
            (
                lambda: hhi(load("rare_earth_mines").query("not is_aggregate")["output_t"]),
                "All years are in one sum. Pick the rows of 2025 before you compute shares.",
            ),
            (
                lambda: 100,
                "That is the sum of the shares. Square each one before you add them up.",
            ),
            (
                lambda: 100**2,
                "You added the shares first and squared the sum. Square each one, then add.",
            ),
            (
                lambda: hhi(mines(2020)["output_t"]),
                "That is the index of 2020, from the lesson. Which year is asked?",
            ),
        ],
    },
    "re-one-supplier": {
        "solution": rise_2021,
        "meaning": lambda: (
            f"The rise of about {rise_2021():,.0f} points, twice the product of the two shares, "
            f"takes the index of 2021 from {hhi(mines(2021)['output_t']):,.0f} to "
            f"{hhi(joined_2021()):,.0f}. Who counts as one supplier decides how concentrated the "
            "market looks."
        ),
        "wrong": [
            (
                lambda: hhi(joined_2021()),
                "That is the index with one supplier. The question is how much it rises.",
            ),
            (
                lambda: hhi(mines(2021)["output_t"]),
                "That is the index with two suppliers, before they are joined.",
            ),
            (
                rise_2021_myanmar_twice,
                "Myanmar is still there on its own as well: it counts twice.",
            ),
            (
                joined_square,
                "That is the square of the two together. The other countries belong to the index, "
                "and the rise is one index minus the other.",
            ),
            (
                lambda: joined_square() ** 0.5,
                "That is the share of the two together, in percent. It has to be squared, and the "
                "index without the merger subtracted.",
            ),
            (
                myanmar_squared,
                "That is the square of Myanmar's share. The square of a sum is more than the sum "
                "of the squares.",
            ),
            (
                lambda: rise_2021() / 2,
                "That is the product of the two shares. (a + b) squared holds it twice.",
            ),
            (
                lambda: 100 * rise_2021() / hhi(mines(2021)["output_t"]),
                "That is the rise in percent. The question asks for points: one index minus the "
                "other.",
            ),
        ],
    },
    "re-quota-years": {
        "solution": same_years,
        "meaning": lambda: (
            f"In {len(same_years())} of {len(known_years())} years, all but {gap_year()}, "
            "published output is the mining quota to the tonne: the column shows what was allowed "
            "and cannot show what was dug beyond it."
        ),
        "wrong": [
            (
                lambda: [gap_year()],
                "That is where the two differ. The question asks where they are the same.",
            ),
            (
                known_years,
                "Those are the years with both figures. In one of them the figures differ.",
            ),
            (
                lambda: quota_and_output()["year"].tolist(),
                "Those are the years found in both tables. Compare the two columns as well: one "
                "year has no quota, another a different one.",
            ),
            (
                lambda: [*same_years(), 2025],
                "No quota was published for 2025: a blank equals nothing.",
            ),
            (
                lambda: [year for year in same_years() if year < gap_year()],
                "Those fit, but look also at the years after the gap.",
            ),
            (
                lambda: same_years()[:3],
                "Those are the three rows that head(3) shows. Look at the rest of the table.",
            ),
        ],
    },
    "re-europium-fall": {
        "solution": europium_fall,
        "meaning": lambda: (
            f"Europium oxide lost {europium_fall():.1f} percent in four years: a dollar bought "
            f"{europium(2011, 'year end') / europium(2015, 'year end'):.0f} times as much at the "
            "end of 2015 as at the end of 2011. A spike is not a new level."
        ),
        "wrong": [
            (
                lambda: fall(europium(2011, "year end"), europium(2015, "annual average")),
                "You compared the end of 2011 with the average of 2015. Keep one basis for both.",
            ),
            (
                lambda: 100 - europium_fall(),
                "That is what was left of the price. The fall is the rest up to 100.",
            ),
            (
                lambda: fall(europium(2011, "year end"), europium(2014, "year end")),
                "That is the fall to the end of 2014. Which year is asked?",
            ),
            (
                lambda: europium(2011, "year end") / europium(2015, "year end"),
                "That is how many times the old price is the new one. The question asks for the "
                "fall in percent of the old price.",
            ),
            (
                lambda: -fall(europium(2015, "year end"), europium(2011, "year end")),
                "You divided by the price of 2015. A fall is measured from where it starts.",
            ),
            (
                lambda: europium(2011, "year end") - europium(2015, "year end"),
                "That is the fall in dollars per kilogram. Divide by the price at the start.",
            ),
        ],
    },
    "re-top-five": {
        "solution": top_five,
        "meaning": lambda: (
            f"{', '.join(top_five()['commodity'])}: all five are more lopsided than the mining of "
            f"rare earths, and not all are China's, since {', '.join(not_china())} leads one. The "
            "metal in the headlines is not the most concentrated one."
        ),
        "wrong": [
            (
                lambda: stage_shares(drop_others_first=True).head(5),
                "Other countries was dropped before the totals were computed, so two shares come "
                "out too high and change places.",
            ),
            (
                china_only,
                "Those are the stages where China's share is largest. The question is about any "
                "country.",
            ),
            (
                lambda: stage_shares().tail(5),
                "Those are the five least lopsided stages. Sort from the highest.",
            ),
            (
                lambda: stage_shares(by=("commodity",)).head(5),
                "Stages of one commodity were added together. Group by commodity and stage.",
            ),
        ],
    },
    "re-share-chart": {
        "solution": share_chart,
        "wrong": [
            (counted_chart, "counts the rows"),
            (no_rule_chart, "the reference needs mark_rule()"),
            (low_rule_chart, "should stand at 90"),
            (mixed_chart, "mixes 2 series"),
            (silent_chart, "A description of at least"),
            (us_chart, "y shows us_share_pct, not china_share_pct"),
        ],
    },
}
