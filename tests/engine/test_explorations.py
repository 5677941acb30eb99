"""Explorations: controls, limits of the grid, and one chart that holds every setting."""

import itertools
import json
import re

import altair as alt
import pandas as pd
import pytest
import vl_convert

from techpolitik import explore, menu, slider
from techpolitik.lesson.explorations import (
    MAX_ROWS,
    MAX_STATES,
    STATE,
    check_grid,
    grid_spec,
    live,
    merge,
)
from techpolitik.lesson.style import BOOK_MIME, LAB_MIME

TEXT = "The bar shows what is missing."


def model(cut, stage):
    lost = cut * {"mining": 0.5, "refining": 0.9}[stage]
    return pd.DataFrame({"part": ["missing", "left"], "percent": [lost, 100 - lost]})


def draw(rows):
    return alt.Chart(rows, title="A cut").mark_bar().encode(x="part:N", y="percent:Q")


def finding(rows):
    return f"Missing: {rows['percent'][0]:.0f} percent."


def exploration(**changes):
    settings = {
        "model": model,
        "draw": draw,
        "finding": finding,
        "text": TEXT,
        "source": "rare_earth_stages",
        "cut": slider(0, 100, 50, value=50, label="Cut", unit="%"),
        "stage": menu("refining", "mining"),
    } | changes
    return explore(settings.pop("model"), settings.pop("draw"), **settings)


# Controls


def test_a_slider_lists_its_steps_and_reads_them_with_their_unit():
    control = slider(0, 1, 0.1, unit="%")
    assert control.values[3] == 0.3 and len(control.values) == 11
    assert control.start == 0 and control.reads(0.3) == "0.3 %"


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: slider(0, 100, 30), "never reach 100"),
        (lambda: slider(0, 100, 10, value=5), "cannot start on 5"),
        (lambda: slider(10, 10, 1), "never reach 10"),
        (lambda: menu("one"), "at least two"),
        (lambda: menu("a", "b", value="c"), "cannot start on 'c'"),
    ],
)
def test_a_control_that_cannot_work_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_slider_without_steps_is_refused():
    with pytest.raises(ValueError, match="step"):
        slider(0, 100, 0)


# What explore() refuses


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"text": ""}, "needs text="),
        ({"source": []}, "needs source="),
        ({"draw": lambda rows: alt.Chart(rows).mark_bar()}, "has no title"),
    ],
)
def test_an_exploration_lacking_a_part_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        exploration(**changes)


def test_an_exploration_needs_a_control():
    with pytest.raises(ValueError, match="at least one control"):
        explore(model, draw, text=TEXT, source="rare_earth_stages")


def test_too_many_settings_name_the_control_to_coarsen():
    controls = {"cut": slider(0, 100, 1), "lasts": menu("a", "b", "c")}
    with pytest.raises(ValueError, match=r"303 settings.*cut has 101 values: give it at most 66"):
        check_grid(controls)


def test_too_many_rows_name_the_control_to_coarsen():
    controls = {"cut": slider(0, 99, 1)}
    check_grid(controls, MAX_ROWS // 100)
    with pytest.raises(ValueError, match="cut has 100 values: give it at most"):
        check_grid(controls, MAX_ROWS // 100 + 1)
    assert MAX_STATES >= 100


def test_a_drawing_that_changes_more_than_its_rows_is_refused_and_named():
    def restless(rows):
        return draw(rows).properties(title=f"Missing {rows['percent'][0]:.0f}")

    with pytest.raises(
        ValueError, match=r"between settings 0 and 2, at chart\.title \('Missing 0'"
    ):
        grid_spec(exploration(draw=restless))


# One chart for every setting


def test_the_grid_holds_the_rows_and_findings_of_every_setting():
    shown = exploration()
    spec = grid_spec(shown)
    meta = spec["usermeta"]["techpolitik"]
    settings = list(itertools.product((0, 50, 100), ("refining", "mining")))
    assert meta["findings"] == [finding(model(*setting)) for setting in settings]
    (rows,) = spec["datasets"].values()
    for state, setting in enumerate(settings):
        mine = [row["percent"] for row in rows if row[STATE] == state]
        assert mine == model(*setting)["percent"].tolist()
    assert meta["state"] == settings.index((50, "refining"))
    assert spec["params"][0] == {"name": STATE, "value": meta["state"]}
    assert [control["kind"] for control in meta["controls"]] == ["slider", "menu"]
    assert meta["controls"][0]["options"] == ["0 %", "50 %", "100 %"]
    assert meta["controls"][1]["label"] == "stage"
    json.dumps(spec)


def test_the_page_draws_the_rows_of_one_setting():
    words = alt.Text("percent:Q", format=".2f")
    spec = grid_spec(exploration(draw=lambda rows: draw(rows).mark_text().encode(text=words)))
    spec.pop("usermeta")
    svg = vl_convert.vegalite_to_svg(spec | {"width": 300})
    assert sorted(re.findall(r">(\d+\.\d\d)</text>", svg)) == ["45.00", "55.00"]


def test_two_explorations_on_a_page_keep_their_own_rows():
    one, other = (
        grid_spec(exploration()),
        grid_spec(exploration(model=lambda cut, stage: model(cut / 3, stage))),
    )
    assert not set(one["datasets"]) & set(other["datasets"])
    assert set(one["datasets"]) == set(grid_spec(exploration())["datasets"])


def test_a_layer_that_never_changes_is_stored_once():
    rule = pd.DataFrame({"y": [90]})

    def layered(rows):
        return alt.layer(draw(rows), alt.Chart(rule).mark_rule().encode(y="y:Q"))

    specs = [layered(model(cut, "mining")).to_dict() for cut in (0, 50)]
    merged = merge(specs)
    assert sorted(len(rows) for rows in merged["datasets"].values()) == [1, 4]
    filtered = [layer for layer in merged["layer"] if "transform" in layer]
    assert len(filtered) == 1


def test_rows_written_into_the_chart_are_merged_like_a_table():
    def inline(rows):
        data = alt.Data(values=rows.to_dict("records"))
        return alt.Chart(data, title="A cut").mark_bar().encode(x="part:N", y="percent:Q")

    spec, usual = grid_spec(exploration(draw=inline)), grid_spec(exploration())
    assert spec["datasets"] == usual["datasets"] and spec["data"] == usual["data"]


def looked_up(names):
    """A drawing that takes the words of its bars from the table that `names` makes of the rows."""

    def drawing(rows):
        source = alt.LookupData(names(rows), key="part", fields=["word"])
        return draw(rows).transform_lookup(lookup="part", from_=source).encode(x="word:N")

    return drawing


def test_a_lookup_table_is_kept_beside_the_rows_and_drawn():
    words = pd.DataFrame({"part": ["missing", "left"], "word": ["Gone-word", "There-word"]})
    spec = grid_spec(exploration(draw=looked_up(lambda rows: words)))
    assert sorted(len(rows) for rows in spec["datasets"].values()) == [2, 12]
    spec.pop("usermeta")
    assert "Gone-word" in vl_convert.vegalite_to_svg(spec | {"width": 300})


def test_a_lookup_table_that_changes_is_refused_with_the_mend():
    def words(rows):
        return rows.assign(word=[f"{value:.0f} percent" for value in rows["percent"]])

    with pytest.raises(ValueError, match=r"another table.*rows\.merge"):
        grid_spec(exploration(draw=looked_up(words)))


def test_numbers_in_the_grid_are_short_and_right():
    spec = grid_spec(exploration(model=lambda cut, stage: model(cut / 3, stage)))
    (rows,) = spec["datasets"].values()
    found = [row["percent"] for row in rows]
    settings = itertools.product((0, 50, 100), ("refining", "mining"))
    assert found == pytest.approx(
        [p for c, s in settings for p in model(c / 3, s)["percent"]], rel=1e-5
    )
    assert max(len(json.dumps(value)) for value in found) == len("16.6667")


def test_in_the_book_an_exploration_is_one_chart_and_no_widget(monkeypatch):
    bundles = []
    monkeypatch.setenv("TECHPOLITIK_BOOK", "1")
    monkeypatch.setattr(
        "techpolitik.lesson.explorations.display", lambda thing, raw=False: bundles.append(thing)
    )
    exploration()._ipython_display_()
    assert [set(bundle) for bundle in bundles] == [{BOOK_MIME, "text/plain"}]


# In the notebook


def test_live_controls_carry_labels_and_the_sentence_follows(monkeypatch):
    drawn = []
    monkeypatch.setattr(
        "techpolitik.lesson.explorations.display", lambda thing, raw=False: drawn.append(thing)
    )
    box = live(exploration())
    cut, stage, _, sentence, notes = box.children
    assert (cut.description, stage.description) == ("Cut", "stage")
    assert "Missing: 45 percent." in sentence.value
    cut.value = 100
    stage.value = "mining"
    assert "Missing: 50 percent." in sentence.value and 'role="status"' in sentence.value
    assert drawn[-1][LAB_MIME]["description"] == TEXT
    assert TEXT in notes.value


def test_live_text_is_escaped():
    notes = live(exploration(text="If x < 5 & y > 3, <b>look</b>.")).children[-1].value
    assert "<b>" not in notes and "&lt; 5 &amp; y" in notes


def test_a_model_without_a_finding_stays_silent():
    spec = grid_spec(exploration(finding=None))
    assert set(spec["usermeta"]["techpolitik"]["findings"]) == {""}
