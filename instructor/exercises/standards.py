"""Solutions and known wrong answers of lesson 2, "Standards". Private.

The form is explained in `rare_earths.py`.
"""

import altair as alt

from techpolitik.lesson.datasets import load


def ballots(year):
    """Return the rows of one election of a secretary-general."""
    votes = load("itu_votes")
    return votes[(votes["post"] == "secretary-general") & (votes["year"] == year)]


def share_of_winner(year):
    """Return the winner's share of the votes cast, in percent."""
    won = ballots(year).query("elected")
    return (100 * won["votes"] / won["votes_cast"]).item()


def share_of_both():
    """Return the winner's share of the votes for the candidates listed."""
    rows = ballots(2022)
    return 100 * rows["votes"].max() / rows["votes"].sum()


def heads():
    """Return the heads of the ITU."""
    leaders = load("standards_leaders")
    return leaders[(leaders["body"] == "ITU") & (leaders["post"] == "head")]


def years_of(rows):
    """Return every calendar year that a row covers, once."""
    terms = zip(rows["start_year"], rows["end_year"], strict=True)
    return {year for start, end in terms for year in range(start, end + 1)}


def swiss_share():
    """Share of the calendar years from 1869 to 2026 with a Swiss head."""
    rows = heads()
    return 100 * len(years_of(rows[rows["country_code"] == "CHE"])) / (2026 - 1869 + 1)


def swiss_terms_added(minus=0):
    """Add up the lengths of the Swiss terms, so that years of change count twice."""
    rows = heads()[heads()["country_code"] == "CHE"]
    return 100 * (rows["end_year"] - rows["start_year"] + 1 - minus).sum() / 158


def growth():
    """Growth over ten years, in percent."""
    table = load("standards_indicators")
    return table.loc[table["indicator_id"] == "SI008", "value"].item()


def growth_per_year():
    """Yearly growth that gives the same result in ten years."""
    return 100 * ((1 + growth() / 100) ** (1 / 10) - 1)


def technology_share(flags=("emerging", "broad"), unknown=False, term=20):
    """Share of the sessions of a term with a technology flag, in percent."""
    sessions = load("study_sessions")
    sessions = sessions[sessions["term"] == term]
    if not unknown:
        sessions = sessions[sessions["field"] != "unknown"]
    return 100 * sessions["technology"].isin(flags).sum() / len(sessions)


def technology_field():
    """Share of the field called technology."""
    sessions = load("study_sessions").query("term == 20 and field != 'unknown'")
    return 100 * (sessions["field"] == "technology").mean()


def declared(snapshot="January 2020"):
    """Return the declared families of firms in one snapshot."""
    table = load("patents_5g")
    rows = table[(table["metric"] == "declared families") & (table["kind"] == "firm")]
    return rows[rows["snapshot"] == snapshot] if snapshot else rows


def every_metric():
    """Return all rows of January 2020 that name a country, whatever they count."""
    table = load("patents_5g")
    return table[table["snapshot"] == "January 2020"].dropna(subset="country")


def by_country(rows=None, total=None, by="country", most=3):
    """Return the largest shares by country, largest first."""
    rows = declared() if rows is None else rows
    families = rows.groupby(by)["value"].sum()
    share = 100 * families / (families.sum() if total is None else total)
    share = share.sort_values(ascending=False)
    return share.head(most).rename_axis("country").reset_index(name="share_pct")


DESCRIPTION = (
    "Bar chart of the share of authors of recent RFCs by country. The United States is far ahead "
    "of all others, and China comes second with less than a quarter of the American share."
)
TITLE = "American authors write most of the recent RFCs"


def authors_bars(snapshot="recent RFCs", groups=False):
    """Draw the bars for one snapshot, or for all rows."""
    table = load("ietf_authors")
    table = table[table["snapshot"] == snapshot] if snapshot else table
    table = table if groups else table[~table["is_group"]]
    return alt.Chart(table).mark_bar().encode(x="share_pct:Q", y=alt.Y("place:N", sort="-x"))


def authors_chart():
    """Draw bars with title and description."""
    return authors_bars().properties(title=TITLE, description=DESCRIPTION)


def mixed_authors():
    """Put both snapshots into one bar."""
    return authors_bars(snapshot=None).properties(title=TITLE, description=DESCRIPTION)


def coloured_authors():
    """Stack both snapshots, each in its own colour."""
    return mixed_authors().encode(color="snapshot:N")


def grouped_authors(snapshot):
    """Leave in the European Union, and the authors whose country is not known."""
    bars = authors_bars(snapshot, groups=True)
    return bars.properties(title=TITLE, description=DESCRIPTION)


def few_authors():
    """Keep three countries only."""
    table = load("ietf_authors").query("snapshot == 'recent RFCs' and not is_group").head(3)
    bars = alt.Chart(table).mark_bar().encode(x="share_pct:Q", y="place:N")
    return bars.properties(title=TITLE, description=DESCRIPTION)


def counted_authors():
    """Draw people instead of shares."""
    return authors_bars().encode(x="authors:Q").properties(title=TITLE, description=DESCRIPTION)


def line_authors():
    """Draw a line between countries."""
    return authors_bars().mark_line().properties(title=TITLE, description=DESCRIPTION)


def silent_authors():
    """Leave out the description."""
    return authors_bars().properties(title=TITLE)


EXERCISES = {
    "sd-vote-share": {
        "solution": lambda: share_of_winner(2022),
        "meaning": lambda: (
            f"{share_of_winner(2022):.1f} percent in a contest is more telling than the "
            f"{share_of_winner(2018):.1f} percent of 2018, when there was nobody else to vote for."
        ),
        "wrong": [
            (
                share_of_both,
                "You divided by the votes of the two candidates. A few ballots went to neither: "
                "use the column votes_cast.",
            ),
            (lambda: share_of_winner(2018), "That is the election of 2018. Which one is asked?"),
            (
                lambda: 100 - share_of_winner(2022),
                "That is what all others together got, the rest up to 100.",
            ),
            (lambda: 139, "That is the number of votes. Divide it by the votes cast."),
            (lambda: 100 * 25 / 172, "That is the share of the loser. Pick the row of the winner."),
            (
                lambda: round(share_of_winner(2022)),
                "You rounded to a whole number. Keep at least one decimal.",
            ),
            (
                lambda: 100 * 139 / 193,
                "You divided by all member states. Some did not vote: the question asks for votes "
                "cast.",
            ),
        ],
    },
    "sd-swiss-years": {
        "solution": swiss_share,
        "meaning": lambda: (
            f"{swiss_share():.1f} percent, every year from 1869 to 1949. Would you call that a "
            "Swiss capture of telegraphy? Your answer tells what you think such a post is worth."
        ),
        "wrong": [
            (
                swiss_terms_added,
                "Four years count twice, because one Swiss head followed another in them. Collect "
                "the years and count each once.",
            ),
            (
                lambda: swiss_terms_added(minus=1),
                "End minus start leaves out one year of each term: 1890 to 1897 are eight years.",
            ),
            (
                lambda: 100 * (heads()["country_code"] == "CHE").mean(),
                "That is the Swiss share of the entries, and some stayed for decades and some for "
                "months. The question asks for years.",
            ),
            (
                lambda: 100 - swiss_share(),
                "That is the share of the years with no Swiss head at all.",
            ),
            (
                lambda: swiss_share() * 158 / 157,
                "From 1869 to 2026, both included, there is one year more than the difference.",
            ),
            (
                lambda: swiss_share() * 80 / 81,
                "You are one year short: when both ends of a span count, it has one year more than "
                "the difference.",
            ),
            (
                lambda: swiss_share() * 80 / 81 * 158 / 157,
                "In the part and in the whole, both ends of the span count: each has one year more "
                "than the difference.",
            ),
            (
                lambda: len(years_of(heads()[heads()["country_code"] == "CHE"])),
                "That is a number of years. Make it a share of all the years asked for.",
            ),
        ],
    },
    "sd-growth-per-year": {
        "solution": growth_per_year,
        "meaning": lambda: (
            f"About {growth_per_year():.1f} percent a year, compounded, gives the headline. "
            "The same growth sounds brisk or breathtaking, by the span one chooses to name."
        ),
        "wrong": [
            (
                lambda: growth() / 10,
                "You divided by ten. Each year's growth builds on the year before, so ten equal "
                "steps multiply to the whole.",
            ),
            (growth, "That is the growth of all ten years."),
            (
                lambda: 100 * (growth() ** (1 / 10) - 1),
                "Take the root of the factor of growth, 1 plus the percentage as a fraction, and "
                "not of the percentage.",
            ),
            (
                lambda: 100 * (1 + growth() / 100) ** (1 / 10),
                "That is the yearly factor, times 100. Growth is what goes beyond the start.",
            ),
            (
                lambda: (1 + growth() / 100) ** (1 / 10),
                "That is the yearly factor. Growth is what goes beyond the start, in percent.",
            ),
            (
                lambda: 100 * ((1 + growth() / 100) ** (1 / 11) - 1),
                "You took eleven steps. From 2011 to 2021 there are ten.",
            ),
            (
                lambda: 100 * ((1 + growth() / 100) ** (1 / 9) - 1),
                "You took nine steps. From 2011 to 2021 there are ten.",
            ),
            (lambda: round(growth_per_year()), "You rounded to a whole number. Keep one decimal."),
        ],
    },
    "sd-technology-share": {
        "solution": technology_share,
        "meaning": lambda: (
            f"{technology_share():.1f} percent in the wide sense and "
            f"{technology_share(('emerging',)):.1f} in the narrow one. In the term before it was "
            f"{technology_share(term=19):.1f} and {technology_share(('emerging',), term=19):.1f}: "
            "whether technology gained depends on the coding."
        ),
        "wrong": [
            (
                lambda: technology_share(unknown=True),
                "The session without a known topic is in your whole. It may have been on anything, "
                "so leave it out of both.",
            ),
            (
                lambda: technology_share(("emerging",)),
                "That is the narrow sense. The question asks for emerging and broad together.",
            ),
            (
                technology_field,
                "You used the column field. One session of the wide sense stands under another "
                "field: use the column technology.",
            ),
            (lambda: technology_share(term=19), "That is the term before. Which one is asked?"),
            (
                lambda: technology_share(("emerging", "broad", "unknown"), unknown=True),
                "Everything but no is in your part, and so is the session whose topic is unknown.",
            ),
            (
                lambda: technology_share() * 24 / 100,
                "That is the number of sessions. Make it a share of those with a known topic.",
            ),
        ],
    },
    "sd-by-country": {
        "solution": by_country,
        "meaning": lambda: (
            f"{by_country()['country'][0]} leads with {by_country()['share_pct'][0]:.1f} percent, "
            f"{by_country()['country'][1]} follows with {by_country()['share_pct'][1]:.1f}. The "
            "whole here is nine firms: of all declared families these firms hold about "
            "four in five, so shares of everything would be lower."
        ),
        "wrong": [
            (
                lambda: by_country(declared("mid-2019")),
                "The shares are those of mid-2019. Which snapshot is asked?",
            ),
            (
                lambda: by_country(total=21571),
                "You divided by the families of all firms. The whole here is the nine firms of the "
                "list.",
            ),
            (
                lambda: by_country(most=6),
                "Those are all countries. Keep the three largest.",
            ),
            (
                lambda: by_country(by="who"),
                "Those are the firms. Group by the country of the headquarters.",
            ),
            (
                lambda: by_country(declared(None)),
                "Two snapshots are added up, so most families count twice. Pick January 2020.",
            ),
            (
                lambda: by_country(every_metric()),
                "Percentages are added to numbers of families. Keep one metric, declared families.",
            ),
            (
                lambda: by_country(by="who").assign(country=["China", "South Korea", "China"]),
                "Those are the three largest firms. Add up the firms of each country first.",
            ),
        ],
    },
    "sd-authors-chart": {
        "solution": authors_chart,
        "wrong": [
            (mixed_authors, "2 different values of snapshot"),
            (coloured_authors, "2 different values of snapshot"),
            (lambda: grouped_authors("recent RFCs"), "2 different values of is_group"),
            (lambda: grouped_authors("drafts and RFCs, one year"), "at most 12 should be left"),
            (few_authors, "place"),
            (counted_authors, "x shows authors, not share_pct"),
            (line_authors, "needs mark_bar()"),
            (silent_authors, "A description of at least"),
        ],
    },
}
