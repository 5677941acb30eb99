"""Forecasts to judge: say how likely each is, then see what happened and how well you did.

One call, two lives, as in `explorations`: in the notebook real ipywidgets, in the book a form that
`book/static/predictions.js` brings to life. The sentences, the tables and every number that does
not depend on the reader are made here in both; the script only repeats `brier` and `calibration`.
"""

import html
from dataclasses import dataclass
from itertools import pairwise

import ipywidgets as widgets
import pandas as pd
from IPython.display import display

from techpolitik import course
from techpolitik.files import nearest, one_line
from techpolitik.lesson import datasets
from techpolitik.lesson.figures import building_book
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


def statement_html(row, name: str) -> str:
    """Show a forecast: statement, who and when, what counts as true, by when."""
    return (
        f'<p class="tp-statement" id="{name}"><strong>{_shown(row["statement"])}</strong></p>'
        f'<p class="tp-attribution">{html.escape(origin(row))}</p>'
        f"<p>Counts as true: {_shown(row['criterion'])}<br>"
        f"By when: {decided_by(row)}</p>"
    )


def open_html(table: pd.DataFrame) -> str:
    """List the forecasts without an outcome, which nobody can score yet."""
    waiting = table[table["outcome"].isna()]
    if waiting.empty:
        return ""
    items = "".join(f"<li>{_shown(text)}</li>" for text in waiting["statement"])
    return (
        f"<details><summary>{len(waiting)} more forecasts have no outcome and cannot be scored"
        f"</summary><ul>{items}</ul></details>"
    )


def results_html(table: pd.DataFrame, answers: dict[str, int]) -> str:
    """Show scores and calibration; the script finds its cells by their data-score and class."""
    rows = "".join(
        f'<tr><th scope="row">{html.escape(row["who"])}</th>'
        f'<td class="tp-number">{row["count"]}</td>'
        f'<td class="tp-number" data-score="{row["key"]}">{fixed(row["brier"], 3)}</td></tr>'
        for row in scores(table, answers)
    )
    return (
        '<table class="tp-table"><caption>Brier scores: 0 is best</caption><thead><tr>'
        '<th scope="col">Who</th><th scope="col" class="tp-number">Forecasts</th>'
        f'<th scope="col" class="tp-number">Brier score</th></tr></thead><tbody>{rows}</tbody>'
        f"</table>{_calibration_html(table, answers)}"
    )


def _calibration_html(table: pd.DataFrame, answers: dict[str, int]) -> str:
    scored = table[table["outcome"].isin(["yes", "no"])]
    said = [answers[name] for name in scored["forecast_id"]]
    groups = calibration(said, (scored["outcome"] == "yes").astype(int))
    ends = [f"{low} to {high - 1}" for low, high in pairwise(GROUPS)]
    names = [*ends, f"{GROUPS[-1]} to 100"]
    rows = "".join(
        f'<tr><th scope="row">{name} percent</th><td class="tp-number">{group["count"]}</td>'
        f'<td class="tp-number">{_share(group["said_pct"])}</td>'
        f'<td class="tp-number">{_share(group["true_pct"])}</td></tr>'
        for name, group in zip(names, groups, strict=True)
    )
    return (
        '<table class="tp-table tp-calibration"><caption>Calibration: of what you gave so many '
        "percent, did about as many come true?</caption><thead><tr>"
        '<th scope="col">You said</th><th scope="col" class="tp-number">Forecasts</th>'
        '<th scope="col" class="tp-number">On average, percent</th>'
        '<th scope="col" class="tp-number">Came true, percent</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _share(percent: float | None) -> str:
    return "none" if percent is None else fixed(percent, 0)


def _shown(text) -> str:
    return html.escape(one_line(text))


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
        if building_book():
            twin = forecasts_text(self.forecasts)
            display({"text/html": book_html(self.forecasts), "text/plain": twin}, raw=True)
        else:
            display(live(self))


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


def live(shown: Predictions) -> widgets.Widget:
    """Build the ipywidgets version, for a running kernel."""
    parts = [widgets.HTML(f"<p>{INTRO}</p>")]
    for _, row in decided(shown.forecasts).iterrows():
        parts += _asked(row, shown.sliders[row["forecast_id"]])
    button = widgets.Button(description="Show outcomes and score", layout={"width": "16em"})
    result = widgets.HTML()
    button.on_click(lambda _: setattr(result, "value", live_result(shown)))
    return widgets.VBox([*parts, button, result])


def _asked(row, slider: widgets.IntSlider) -> list[widgets.Widget]:
    """Give the widgets of one forecast.

    The slider of ipywidgets has no name for a screen reader, so a labelled box goes with it.
    """
    box = widgets.BoundedIntText(
        slider.value,
        0,
        100,
        STEP,
        description=f"{row['forecast_id']}, percent",
        style={"description_width": "8em"},
        layout={"width": "14em"},
    )
    widgets.link((slider, "value"), (box, "value"))
    text = widgets.HTML(statement_html(row, f"tp-{row['forecast_id']}"))
    return [text, widgets.HBox([box, slider], layout={"flex_flow": "row wrap"})]


def live_result(shown: Predictions) -> str:
    """Write score, calibration and outcomes for the answers as they stand."""
    answers = shown.answers()
    you = scores(shown.forecasts, answers)[0]
    items = "".join(
        f"<li><p><strong>{_shown(row['statement'])}</strong> You said "
        f"{answers[row['forecast_id']]} percent.</p>"
        f"<p>{'<br>'.join(html.escape(line) for line in happened(row))}</p></li>"
        for _, row in decided(shown.forecasts).iterrows()
    )
    return (
        f'<p role="status">{sentence(fixed(you["brier"], 3), you["count"])}</p>'
        f"{results_html(shown.forecasts, answers)}<ol>{items}</ol>{open_html(shown.forecasts)}"
    )


def book_html(table: pd.DataFrame) -> str:
    """Build the form for a page without a kernel; without a script it is a list to read.

    Nothing is kept: a page that is left forgets the answers.
    """
    items = "".join(_item_html(row) for _, row in decided(table).iterrows())
    start = dict.fromkeys(decided(table)["forecast_id"], START)
    template = html.escape(sentence("{score}", scores(table, start)[0]["count"]))
    groups = ",".join(map(str, GROUPS))
    return (
        f'<form class="tp-predict" data-groups="{groups}" autocomplete="off">'
        f'<p class="tp-with-script">{INTRO} Nothing you enter is stored or sent.</p>'
        '<p class="tp-without-script">Think of a probability for each forecast, from 0 to 100 '
        "percent, before you open what happened. The sliders and the score need JavaScript.</p>"
        f'<ol class="tp-forecasts">{items}</ol>'
        '<button type="submit" class="tp-button">Show outcomes and score</button>'
        f'<p role="status" class="tp-finding" data-template="{template}"></p>'
        f'<div class="tp-result" hidden>{results_html(table, start)}</div>'
        f"{open_html(table)}</form>"
    )


def _item_html(row) -> str:
    name = f"tp-{row['forecast_id']}"
    came = {"yes": "1", "no": "0"}.get(row["outcome"], "")
    implied = "" if pd.isna(row["implied_pct"]) else f"{row['implied_pct']:g}"
    lines = "".join(f"<p>{html.escape(line)}</p>" for line in happened(row))
    return (
        f'<li class="tp-forecast" data-outcome="{came}" data-implied="{implied}">'
        f"{statement_html(row, f'{name}-text')}"
        f'<div class="tp-control"><label for="{name}">{row["forecast_id"]}: how likely, in percent'
        f'</label><input type="range" id="{name}" min="0" max="100" step="{STEP}" value="{START}" '
        f'aria-valuetext="{START} percent" aria-describedby="{name}-text">'
        f'<output for="{name}">{START} %</output></div>'
        '<p class="tp-on-paper">Your probability: ________ percent</p>'
        f'<details class="tp-outcome"><summary>What happened</summary>{lines}</details></li>'
    )


def forecasts_text(table: pd.DataFrame) -> str:
    """List the forecasts as plain text, without their outcomes."""
    lines = [INTRO]
    for _, row in decided(table).iterrows():
        lines.append(f"{row['forecast_id']}: {one_line(row['statement'])} ({origin(row)})")
    return "\n".join(lines)
