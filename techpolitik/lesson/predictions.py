"""Forecasts to judge: say how likely each is, then see what happened and how well you did.

One call, two lives, as in `explorations`: in the notebook real ipywidgets, in the book a form that
`book/static/predictions.js` brings to life. The sentences, the tables and every number that does
not depend on the reader are made here in both; the script only repeats `brier` and `calibration`.
"""

from dataclasses import dataclass
from itertools import pairwise

import ipywidgets as widgets
import pandas as pd
from IPython.display import display

from techpolitik import course
from techpolitik.files import nearest, one_line
from techpolitik.lesson import datasets, saved
from techpolitik.lesson.cards import building_book, template
from techpolitik.lesson.numbers import fixed
from techpolitik.lesson.seeds import documents

START, STEP = 50, 5
#: Where the groups of the calibration table begin, in percent; the last one holds 100 as well.
GROUPS = (0, 20, 40, 60, 80)
OUTCOMES = {"yes": "It came true.", "no": "It did not come true.", "partly": "It came partly true."}
NOT_SCORED = "The score leaves it out, since it needs a yes or a no."
INTRO = (
    "Give each forecast a probability from 0 percent (cannot come true) to 100 percent (certain), "
    "as if you did not know what happened. Then ask for the outcomes."
)


HTML = template(__file__, fixed=fixed)

# ---------------------------------------------------------------------------- forecasts


def forecasts(lesson: str | None = None) -> pd.DataFrame:
    """Give the forecasts of all lessons or of one.

    Raises
    ------
    LookupError
        If no lesson has this id, or it has no forecast; the message lists the nearest ones.
    FileError
        If the course has no table of forecasts.

    """
    table = datasets.load(course.current().forecasts)
    if lesson is None:
        return table
    lessons = course.current().lessons
    if lesson not in lessons:
        raise LookupError(f"no lesson has the id {lesson!r}{nearest(lesson, lessons)}")
    chosen = table[table["lesson"] == lesson]
    if chosen.empty:
        named = ", ".join(name for name in lessons if name in set(table["lesson"]))
        raise LookupError(f"the lesson {lesson!r} has no forecast; these have: {named}")
    return chosen


def decided(table: pd.DataFrame) -> pd.DataFrame:
    """Give the forecasts that have an outcome: yes, no or partly."""
    return table[table["outcome"].notna()]


# ---------------------------------------------------------------------------- arithmetic


def brier(probabilities_pct, outcomes) -> float:
    """Give the Brier score: the mean of (probability - outcome) squared.

    Parameters
    ----------
    probabilities_pct
        From 0 to 100.
    outcomes
        1 for what came true and 0 for what did not, in the same order.

    Returns
    -------
    float
        From 0 (best) to 1; always saying 50 percent gives 0.25.

    Raises
    ------
    ValueError
        If there is nothing to score.

    """
    pairs = list(zip(probabilities_pct, outcomes, strict=True))
    if not pairs:
        raise ValueError("a Brier score needs at least one forecast that came true or did not")
    return sum((pct - 100 * outcome) ** 2 for pct, outcome in pairs) / (10_000 * len(pairs))


def calibration(probabilities_pct, outcomes) -> list[dict]:
    """Say, for each group of probabilities, how often what was given them came true.

    Parameters as in `brier`.

    Returns
    -------
    list of dict
        One for each group of GROUPS: `count`, and `said_pct` (mean probability) and `true_pct`
        (share that came true), which are None where the group is empty.

    """
    groups = [[] for _ in GROUPS]
    for pct, outcome in zip(probabilities_pct, outcomes, strict=True):
        groups[max(n for n, low in enumerate(GROUPS) if pct >= low)].append((pct, outcome))
    return [
        {
            "count": len(group),
            "said_pct": sum(pct for pct, _ in group) / len(group) if group else None,
            "true_pct": 100 * sum(came for _, came in group) / len(group) if group else None,
        }
        for group in groups
    ]


def scores(table: pd.DataFrame, answers: dict[str, int]) -> list[dict]:
    """Score a reader, the articles and two rules of thumb on the same forecasts.

    Parameters
    ----------
    table
        Of forecasts.
    answers
        A percentage by forecast id.

    Returns
    -------
    list of dict
        With `key`, `who`, `count` of forecasts scored, `brier`.

    """
    scored = table[table["outcome"].isin(["yes", "no"])]
    came = (scored["outcome"] == "yes").astype(int)
    rate = 100 * came.sum() / len(came)
    yours = scored["forecast_id"].map(answers)
    implied = scored["implied_pct"].dropna().astype(float)
    always = f"Always {fixed(rate, 0)} percent, the share that came true (known only afterwards)"
    rows = [
        ("you", "You", yours),
        ("even", "Always 50 percent", pd.Series(50, came.index)),
        ("rate", always, pd.Series(rate, came.index)),
        ("articles", "The articles, where their words imply a probability", implied),
        ("same", "You, on the same forecasts", yours[implied.index]),
    ]
    return [
        {"key": key, "who": who, "count": len(said), "brier": brier(said, came[said.index])}
        for key, who, said in rows
        if len(said)
    ]


# ---------------------------------------------------------------------------- words


def sentence(score: str, count: int) -> str:
    """Say how the reader did; a screen reader speaks it."""
    return (
        f"Your Brier score is {score} on {count} forecasts. 0 is best, 1 is worst, and always "
        "saying 50 percent gives 0.250."
    )


def origin(row) -> str:
    """Say who made a forecast, where and when."""
    publisher = {document["id"]: document["publisher"] for document in documents()}[row["document"]]
    speaker = "" if row["speaker"] == publisher else f"{row['speaker']}, "
    return f"{speaker}{publisher}, {made_on(row)}"


def made_on(row) -> str:
    """Give the date of a forecast as exactly as it is known."""
    return row["made_on"].strftime(
        {"day": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y"}[row["precision"]]
    )


def decided_by(row) -> str:
    """Say until when a forecast had time, and who set that date."""
    setter = {"author": "set by the author", "course": "set by the course"}[row["horizon"]]
    return f"{row['resolves_on']:%Y-%m-%d}, {setter}"


def happened(row) -> list[str]:
    """Say what came of a forecast: outcome, reason, evidence."""
    outcome = row["outcome"]
    lines = [f"{OUTCOMES[outcome]} {one_line(row['reason'])}"]
    if outcome == "partly":
        lines.append(NOT_SCORED)
    if not pd.isna(row["evidence"]):
        lines.append(f"Evidence: {one_line(row['evidence'])}")
    return lines


def results_html(table: pd.DataFrame, answers: dict[str, int]) -> str:
    """Show scores and calibration."""
    return str(HTML.results(scores(table, answers), _groups(table, answers)))


def _groups(table: pd.DataFrame, answers: dict[str, int]) -> list[tuple[str, dict]]:
    """Give the calibration with the names of its groups."""
    scored = table[table["outcome"].isin(["yes", "no"])]
    said = [answers[name] for name in scored["forecast_id"]]
    ends = [f"{low} to {high - 1}" for low, high in pairwise(GROUPS)]
    groups = calibration(said, (scored["outcome"] == "yes").astype(int))
    return list(zip([*ends, f"{GROUPS[-1]} to 100"], groups, strict=True))


def _told(table: pd.DataFrame) -> list[dict]:
    """Give what is to be said of each decided forecast."""
    return [
        {
            "id": row["forecast_id"],
            "statement": one_line(row["statement"]),
            "origin": origin(row),
            "criterion": one_line(row["criterion"]),
            "decided_by": decided_by(row),
            "happened": happened(row),
            "came": {"yes": "1", "no": "0"}.get(row["outcome"], ""),
            "implied": "" if pd.isna(row["implied_pct"]) else f"{row['implied_pct']:g}",
        }
        for _, row in decided(table).iterrows()
    ]


def _open(table: pd.DataFrame) -> list[str]:
    """List the forecasts without an outcome, which nobody can score yet."""
    return [one_line(text) for text in table[table["outcome"].isna()]["statement"]]


# ---------------------------------------------------------------------------- the two lives


@dataclass(frozen=True)
class Predictions:
    """Forecasts with a slider for each; made by `predict`."""

    forecasts: pd.DataFrame
    sliders: dict[str, widgets.IntSlider]

    def table(self) -> pd.DataFrame:
        """Give the probabilities as they stand: columns forecast_id and probability_pct."""
        answers = self.answers()
        return pd.DataFrame({"forecast_id": answers.keys(), "probability_pct": answers.values()})

    def answers(self) -> dict[str, int]:
        """Give the probabilities in percent, by forecast id."""
        return {name: slider.value for name, slider in self.sliders.items()}

    def _ipython_display_(self):
        twin = forecasts_text(self.forecasts)
        if building_book():
            display({"text/html": book_html(self.forecasts), "text/plain": twin}, raw=True)
        else:
            told = _told(self.forecasts)
            items = (f"<li>{HTML.statement(one, 'tp-saved-' + one['id'])}</li>" for one in told)
            saved.show(live(self), {"text/html": f"<ol>{''.join(items)}</ol>", "text/plain": twin})


def predict(lesson: str | None = None) -> Predictions:
    """Give each decided forecast a probability, then see outcomes, Brier score and calibration.

    Parameters
    ----------
    lesson
        The id of a lesson, such as "rare_earths", for its forecasts alone; all when left out.

    Returns
    -------
    Predictions
        Shows the forecasts; `.table()` gives a DataFrame with forecast_id and probability_pct.

    Raises
    ------
    LookupError
        If no lesson has this id, or it has no forecast.
    ValueError
        If none of its forecasts came true or false, so that nothing could be scored.

    """
    table = forecasts(lesson)
    if not table["outcome"].isin(["yes", "no"]).any():
        raise ValueError(f"no forecast of the lesson {lesson!r} has come true or false yet")
    names = decided(table)["forecast_id"]
    sliders = {
        name: widgets.IntSlider(START, 0, 100, STEP, readout=False, layout={"width": "16em"})
        for name in names
    }
    return Predictions(table, sliders)


def live(shown: Predictions) -> widgets.Box:
    """Build the ipywidgets version, for a running kernel."""
    parts = [widgets.HTML(f"<p>{INTRO}</p>")]
    for forecast in _told(shown.forecasts):
        parts += _asked(forecast, shown.sliders[forecast["id"]])
    button = widgets.Button(description="Show outcomes and score", layout={"width": "16em"})
    result = widgets.HTML()
    button.on_click(lambda _: setattr(result, "value", live_result(shown)))
    return widgets.VBox([*parts, button, result])


def _asked(forecast: dict, slider: widgets.IntSlider) -> list[widgets.Widget]:
    """Give the widgets of one forecast.

    The slider of ipywidgets has no name for a screen reader, so a labelled box goes with it.
    """
    box = widgets.BoundedIntText(
        slider.value,
        0,
        100,
        STEP,
        description=f"{forecast['id']}, percent",
        style={"description_width": "8em"},
        layout={"width": "14em"},
    )
    widgets.link((slider, "value"), (box, "value"))
    text = widgets.HTML(str(HTML.statement(forecast, f"tp-{forecast['id']}")))
    return [text, widgets.HBox([box, slider], layout={"flex_flow": "row wrap"})]


def live_result(shown: Predictions) -> str:
    """Write score, calibration and outcomes for the answers as they stand."""
    table, answers = shown.forecasts, shown.answers()
    scored, groups = scores(table, answers), _groups(table, answers)
    said = sentence(fixed(scored[0]["brier"], 3), scored[0]["count"])
    return str(HTML.outcomes(said, scored, groups, _told(table), answers, _open(table)))


def book_html(table: pd.DataFrame) -> str:
    """Build the form for a page without a kernel."""
    start = dict.fromkeys(decided(table)["forecast_id"], START)
    scored, groups = scores(table, start), _groups(table, start)
    said = sentence("{score}", scored[0]["count"])
    told, waiting = _told(table), _open(table)
    return str(HTML.form(INTRO, said, scored, groups, told, waiting, GROUPS, START, STEP))


def forecasts_text(table: pd.DataFrame) -> str:
    """List the forecasts as plain text, without their outcomes."""
    lines = [INTRO]
    for _, row in decided(table).iterrows():
        lines.append(f"{row['forecast_id']}: {one_line(row['statement'])} ({origin(row)})")
    return "\n".join(lines)
