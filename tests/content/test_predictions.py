"""Forecasts to judge: the arithmetic, the widgets in a kernel, and the form in a browser."""

import random
import re

import pytest
from books import on_disk, page_with
from checkout import ROOT
from frontend import Lesson
from pagechecks import inaccessible, overflowing, unreachable, visit, words

from techpolitik import predict
from techpolitik.lesson import datasets, predictions
from techpolitik.lesson.numbers import fixed

TABLE = datasets.load("forecasts")
DECIDED = list(predictions.decided(TABLE)["forecast_id"])
SCRIPT = "".join(
    f'<script defer src="../_static/{name}.js"></script>' for name in ("numbers", "predictions")
)


# ------------------------------------------------------------------ arithmetic


@pytest.mark.parametrize(
    ("said", "came", "score"),
    [
        ([100, 0], [1, 0], 0),
        ([0, 100], [1, 0], 1),
        ([50, 50, 50], [1, 0, 1], 0.25),
        ([80], [1], 0.04),
        ([90, 20, 60], [1, 0, 0], (0.01 + 0.04 + 0.36) / 3),
    ],
)
def test_the_brier_score_is_the_mean_squared_error(said, came, score):
    assert predictions.brier(said, came) == pytest.approx(score)


def test_nothing_to_score_is_refused():
    with pytest.raises(ValueError, match="at least one forecast"):
        predictions.brier([], [])


def test_calibration_groups_what_was_said_and_counts_what_came():
    groups = predictions.calibration([0, 15, 20, 95, 100, 80], [0, 1, 1, 1, 1, 0])
    assert [group["count"] for group in groups] == [2, 1, 0, 0, 3]
    assert groups[0] == {"count": 2, "said_pct": 7.5, "true_pct": 50}
    assert groups[2] == {"count": 0, "said_pct": None, "true_pct": None}
    assert groups[4]["true_pct"] == pytest.approx(200 / 3)


def test_partly_and_open_forecasts_stay_out_of_every_score():
    answers = dict.fromkeys(DECIDED, 50)
    clear = TABLE[TABLE["outcome"].isin(["yes", "no"])]
    rows = {row["key"]: row for row in predictions.scores(TABLE, answers)}
    assert rows["you"]["count"] == len(clear) < len(DECIDED) < len(TABLE)
    assert rows["articles"]["count"] == rows["same"]["count"] == clear["implied_pct"].count()
    assert rows["you"]["brier"] == rows["even"]["brier"] == 0.25
    share = (clear["outcome"] == "yes").mean()
    assert rows["rate"]["brier"] == pytest.approx(share * (1 - share))
    swayed = {
        name: 100 if outcome == "partly" else 50
        for name, outcome in zip(TABLE["forecast_id"], TABLE["outcome"].fillna(""), strict=True)
    }
    assert predictions.scores(TABLE, swayed) == predictions.scores(TABLE, answers)


# ------------------------------------------------------------------ what predict() refuses


@pytest.mark.parametrize(
    ("lesson", "message"),
    [
        ("rare_earth", "no lesson has the id 'rare_earth'; did you mean rare_earths"),
        ("surveillance", "'surveillance' has no forecast; these have: rare_earths, standards"),
    ],
)
def test_a_lesson_without_forecasts_is_refused(lesson, message):
    with pytest.raises(LookupError, match=message):
        predict(lesson)


def test_forecasts_that_nobody_can_score_are_refused(monkeypatch):
    waiting = TABLE.assign(outcome=None)
    monkeypatch.setattr(predictions.datasets, "load", lambda name: waiting)
    with pytest.raises(ValueError, match="no forecast of the lesson 'bsn' has come true or false"):
        predict("bsn")


# ------------------------------------------------------------------ in a real kernel


@pytest.fixture(scope="module")
def kernel():
    """A kernel in which a student has called predict()."""
    lesson = Lesson(ROOT / "notebooks" / "any.ipynb")
    lesson.run("from techpolitik import predict\nmine = predict()\nmine")
    yield lesson
    lesson.close()


def read_table(kernel) -> dict:
    rows = kernel.run("print(mine.table().to_csv(index=False))").split()
    assert rows[0] == "forecast_id,probability_pct"
    return {name: int(pct) for name, pct in (row.split(",") for row in rows[1:])}


def test_every_decided_forecast_has_a_labelled_box_and_a_slider(kernel):
    assert kernel.errors == []
    boxes = [w for w in kernel.widgets.values() if w.get("_model_name") == "BoundedIntTextModel"]
    assert [box["description"] for box in boxes] == [f"{name}, percent" for name in DECIDED]
    sliders = [w for w in kernel.widgets.values() if w.get("_model_name") == "IntSliderModel"]
    assert [slider["value"] for slider in sliders] == [50] * len(DECIDED)
    assert read_table(kernel) == dict.fromkeys(DECIDED, 50)


def test_outcomes_and_score_wait_for_the_button(kernel):
    before = " ".join(str(w.get("value", "")) for w in kernel.widgets.values())
    assert "Brier score is" not in before
    assert not any(line in before for line in map(words, TABLE["reason"].dropna()))
    box = kernel.widget(description=f"{DECIDED[0]}, percent")
    kernel.change(box, value=85)
    answers = dict.fromkeys(DECIDED, 50) | {DECIDED[0]: 85}
    assert read_table(kernel) == answers
    kernel.press(kernel.widget(description="Show outcomes and score"))
    shown = next(w["value"] for w in kernel.widgets.values() if "Brier" in str(w.get("value")))
    you = predictions.scores(TABLE, answers)[0]
    assert predictions.sentence(fixed(you["brier"], 3), you["count"]) in shown
    assert shown.count(predictions.NOT_SCORED) == (TABLE["outcome"] == "partly").sum()
    assert 'role="status"' in shown
    assert kernel.errors + kernel.stderr == []


# ------------------------------------------------------------------ in a real browser


@pytest.fixture
def form(book, site, new_page):
    """A function that opens a page with the form, with a given script; gives page and watch."""

    def give(script: str = SCRIPT, **settings):
        html = page_with(book, predictions.book_html(TABLE) + script)
        page = new_page(**settings)
        return page, visit(page, site.plant(f"book/planted-{len(site.planted)}.html", html))

    return give


def answer(page, answers: dict):
    """Set every slider by keyboard, with as few keys as may be."""
    for name, pct in answers.items():
        slider = page.locator(f"#tp-{name}")
        slider.focus()
        steps = pct // predictions.STEP
        last = 100 // predictions.STEP
        start, key, count = ("Home", "ArrowRight", steps)
        if steps > last // 2:
            start, key, count = ("End", "ArrowLeft", last - steps)
        slider.press(start)
        for _ in range(count):
            slider.press(key)
        assert slider.input_value() == str(pct)
        assert slider.get_attribute("aria-valuetext") == f"{pct} percent"


def show(page):
    page.locator(".tp-predict button").focus()
    page.keyboard.press("Enter")


def cells(html: str) -> list[str]:
    return [words(re.sub("<[^>]+>", "", text)) for text in re.findall(r"<t[dh].*?</t[dh]>", html)]


def disagreements(page, answers: dict) -> list[str]:
    """Compare scores, calibration and sentence of the page with those of Python."""
    here = cells(page.locator(".tp-result").inner_html())
    there = cells(predictions.results_html(TABLE, answers))
    problems = [
        f"{one} in the page, {two} in Python"
        for one, two in zip(here, there, strict=True)
        if one != two
    ]
    you = predictions.scores(TABLE, answers)[0]
    sentence = predictions.sentence(fixed(you["brier"], 3), you["count"])
    said = page.locator(".tp-predict [role=status]").inner_text()
    return problems + ([] if said == sentence else [f"it says '{said}', not '{sentence}'"])


def some_answers(seed) -> dict:
    chance = random.Random(seed)
    extremes = {0: lambda: 0, 1: lambda: 100}
    return {name: extremes.get(seed, lambda: 5 * chance.randint(0, 20))() for name in DECIDED}


@pytest.mark.parametrize("seed", range(5))
def test_page_and_python_give_the_same_numbers(seed, form):
    page, watch = form()
    answers = some_answers(seed)
    answer(page, answers)
    show(page)
    assert disagreements(page, answers) == []
    assert watch.problems == []


def test_a_script_that_reckons_wrongly_is_found(book, site, form):
    good = (book / "_static/predictions.js").read_text("utf-8")
    for number, (right, wrong) in enumerate(
        [("** 2", "** 4"), ("pct >= low", "pct > low"), ("(brier(pairs), 3)", "(brier(pairs), 2)")]
    ):
        assert right in good
        site.plant(f"wrong-{number}.js", good.replace(right, wrong))
        page, _ = form(f'<script defer src="../wrong-{number}.js"></script>')
        answers = some_answers(3)
        answer(page, answers)
        show(page)
        assert disagreements(page, answers) != [], right


def test_outcomes_are_hidden_until_asked_for_and_then_spoken(form):
    page, watch = form()
    outcomes = page.locator(".tp-outcome")
    assert outcomes.count() == len(DECIDED)
    assert not any(part.is_visible() for part in outcomes.all())
    assert not page.locator(".tp-result").is_visible()
    name = f"{DECIDED[0]}: how likely, in percent"
    assert page.get_by_role("slider", name=name, exact=True).count() == 1
    show(page)
    assert all(part.locator("p").first.is_visible() for part in outcomes.all())
    partly = TABLE[TABLE["outcome"] == "partly"]["forecast_id"]
    for name in partly:
        text = page.locator(f".tp-forecast:has(#tp-{name}) .tp-outcome").inner_text()
        assert predictions.NOT_SCORED in text
    assert watch.problems == []


def test_the_form_keeps_nothing_and_sends_nothing(form):
    page, watch = form()
    answer(page, {DECIDED[0]: 85})
    show(page)
    before = len(watch.requests)
    assert page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [
        0,
        0,
        "",
    ]
    assert len(watch.requests) == before
    page.reload()
    assert page.locator(f"#tp-{DECIDED[0]}").input_value() == "50"


def test_without_javascript_it_is_a_list_with_outcomes_to_open(form):
    page, watch = form(java_script_enabled=False)
    assert not any(
        control.is_visible() for control in page.locator(".tp-predict :is(input, button)").all()
    )
    for part in page.locator(".tp-outcome").all():
        assert not part.locator("p").first.is_visible()
        part.locator("summary").focus()
        page.keyboard.press("Enter")
        assert part.locator("p").first.is_visible()
    assert watch.problems == []


def test_on_paper_there_is_a_line_to_write_on_and_no_outcome(form):
    page, _ = form()
    page.emulate_media(media="print")
    assert all(line.is_visible() for line in page.locator(".tp-on-paper").all())
    hidden = page.locator(".tp-outcome, .tp-predict input, .tp-predict button, .tp-result")
    assert not any(part.is_visible() for part in hidden.all())


def test_the_form_works_from_the_disk(book, tmp_path, new_page):
    page = new_page()
    html = page_with(book, predictions.book_html(TABLE) + SCRIPT)
    watch = visit(page, on_disk(book, tmp_path, html))
    answers = some_answers(7)
    answer(page, answers)
    show(page)
    assert disagreements(page, answers) == []
    assert watch.problems == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_form_is_accessible_before_and_after_scoring(scheme, form):
    page, _ = form(scheme=scheme)
    assert inaccessible(page) == []
    show(page)
    assert inaccessible(page) == []
    assert unreachable(page) == []


def test_the_form_fits_a_phone(form):
    page, _ = form(width=360)
    show(page)
    assert overflowing(page) == []


def test_statements_are_escaped():
    hostile = TABLE.head(4).assign(statement="<b>x</b>", criterion="a & b", reason="<i>y</i>")
    html = predictions.book_html(hostile)
    assert "<b>" not in html and "<i>" not in html and "a &amp; b" in html
