"""Exercises: what `check` says to right, wrong, odd and hostile answers; that nothing leaks."""

import json
import re
from functools import cache
from html.parser import HTMLParser
from types import SimpleNamespace

import altair as alt
import nbformat
import numpy as np
import pandas as pd
import pytest
import yaml
from checkout import ROOT
from jsonschema import Draft202012Validator

from techpolitik import course, files
from techpolitik.cli import main
from techpolitik.files import place
from techpolitik.lesson import datasets, seeds
from techpolitik.lesson.exercises import charts, check, exercises, prose, quiz, quizzes, sealing
from techpolitik.lesson.figures import figure

NOTEBOOKS = ROOT / "notebooks"
SCHEMAS = sorted((ROOT / "techpolitik" / "schemas").glob("*.json"))
EXERCISES = exercises()
DATA = [name for name, entry in EXERCISES.items() if entry["kind"] == "data"]
NOTEBOOK_OF = {path.stem.partition("_")[2]: path.name for path in sorted(NOTEBOOKS.glob("*.ipynb"))}

# The student edition has no instructor folder: what needs it is then not collected at all.
PRIVATE = sealing.private_answers() if sealing.instructor().is_dir() else {}
WRONG = [(name, place) for name, entry in PRIVATE.items() for place in range(len(entry["wrong"]))]


def said(name, answer):
    """Return the plain text of a check."""
    return check(name, answer).text


def rubrics():
    """Return every rubric by exercise id."""
    found = {}
    for path in sorted((sealing.instructor() / "rubrics").glob("*.yml")):
        found |= files.read_yaml(path, "rubric")
    return found


# --- what a student sees -------------------------------------------------------------------


@pytest.mark.parametrize("stub", [..., None, "", " ... "])
def test_untouched_stub_is_not_yet(stub):
    for name, entry in EXERCISES.items():
        card = check(name, stub)
        assert card.text.startswith("Not yet:"), name
        assert f"{entry['answer_name']}` waits" in card.text
        assert "the three dots are still there" in card.text
        assert "tp-check-not-yet" in card.html


def test_unknown_id_lists_the_nearest():
    assert "re-hhi-2025" in said("re-hhi-2052", 1)
    assert "quotation marks" in said(5072, "re-hhi-2025")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("5072", "Leave out the quotation marks"),
        ("69.4 %", "Leave out the quotation marks"),
        ([5072], "a list (1 item)"),
        (pd.Series([5072.0]), ".item()"),
        (pd.Series([1.0, 2.0]), "Pick the one value"),
        (pd.DataFrame({"a": [1]}), "a DataFrame (1 row, 1 column)"),
        (np.array([5072.0]), "Take one value out"),
        (pd.Series(["a", "a"], dtype="string").unique(), "an array of shape (1,)"),
        (float("nan"), "missing value"),
        (np.float32("nan"), "missing value"),
        (pd.NA, "missing value"),
        (float("inf"), "Dividing by zero"),
        (True, "A comparison gives True or False"),
        (np.bool_(True), "A comparison gives True or False"),
        (lambda: 5072, "Add round brackets"),
        (pd.Series([1]).sum, "Add round brackets"),
        ((n for n in range(3)), "list(...)"),
        (pd.DataFrame({"a": [1], "b": [2]}).groupby("a"), "Finish with a summary"),
        (5072 + 0j, "an object of type complex"),
        (int, "a class"),
    ],
)
def test_wrong_type_says_what_it_got_and_what_is_expected(answer, expected):
    card = check("re-hhi-2025", answer)
    assert card.text.startswith("Cannot read this:")
    assert expected in card.text
    assert "number" in card.text


def test_a_count_has_no_fraction():
    assert "without a fraction" in said("st-claims-total", 12.5)


class AlwaysEqual:
    def __eq__(self, other):
        return True

    def __hash__(self):
        return 0

    def __float__(self):
        return 5072.0


class LyingFloat(float):
    def __eq__(self, other):
        return True

    __hash__ = float.__hash__

    def __round__(self, digits=None):
        return 5072.0

    def __format__(self, spec):
        return "5072"


class LyingText(str):
    def split(self, *_):
        return ["word"] * 200

    def casefold(self):
        return "gallium"


class Exploding:
    def __getattribute__(self, name):
        raise RuntimeError("<script>alert(1)</script>")

    def __repr__(self):
        raise RuntimeError("no")


class ExplodingFrame(pd.DataFrame):
    @property
    def shape(self):
        raise ZeroDivisionError("odd")


class FakeChart:
    def __init__(self, spec):
        self.spec = spec

    def to_dict(self):
        return self.spec


ENDLESS = []
ENDLESS.append(ENDLESS)
HOSTILE = [
    AlwaysEqual(),
    LyingFloat(1.0),
    LyingText("no"),
    Exploding(),
    ExplodingFrame({"a": [1]}),
    ENDLESS,
    FakeChart(ENDLESS),
    FakeChart({"mark": ENDLESS}),
    FakeChart({"layer": [1, None, {"encoding": {"x": 3}}], "datasets": 5, "title": {"text": [1]}}),
    FakeChart({"mark": "line", "encoding": {"x": {"field": {}, "scale": "no"}, "y": []}}),
    FakeChart({"mark": "rule", "encoding": {"y": {"field": []}}, "data": {"values": [{}]}}),
    {"a": 1},
    object(),
    type,
    b"5072",
    range(10**9),
    pd.DataFrame([[1, 2]], columns=["a", "a"]),
    pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", "b"), ("c", "d")])),
    pd.DataFrame({0: [object()], ("x",): [ENDLESS]}),
    pd.DataFrame({"commodity": [1], "stage": [[]], "country": [AlwaysEqual()], "share_pct": [{}]}),
    pd.DataFrame(),
    np.zeros((2, 2)),
    SimpleNamespace(chart=AlwaysEqual(), text=5),
]


#: An exercise for each type of answer: a check reads an object by nothing else.
TYPES = {entry["answer"].get("type", entry["kind"]): name for name, entry in EXERCISES.items()}


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("place", range(len(HOSTILE)))
def test_odd_objects_neither_break_a_check_nor_pass_it(kind, place):
    card = check(TYPES[kind], HOSTILE[place])
    assert card.text.startswith(("Cannot read this:", "Not yet:"))
    assert "<script" not in card.html


def test_a_failing_object_is_named_and_not_hidden():
    assert "RuntimeError" in said("re-share-chart", Exploding())


def test_student_text_is_escaped():
    card = check("re-hhi-2025", "<img src=x onerror=alert(1)>")
    assert "<img" not in card.html
    assert "&lt;img" in card.html


def test_code_in_a_message_is_marked_up_after_escaping():
    card = check("re-hhi-2025", pd.Series([1.0]))
    assert "<code>.item()</code>" in card.html
    assert "`.item()`" in card.text
    assert "<code>&lt;b&gt;" in check("re-hhi-2025", "`<b>`").html


def test_a_missing_file_says_what_to_do(tmp_path, monkeypatch):
    (tmp_path / "course.yml").write_bytes((ROOT / "course.yml").read_bytes())
    monkeypatch.chdir(tmp_path)
    with pytest.raises(files.FileError, match="work inside the folder of the course"):
        check("re-hhi-2025", 1)


def test_a_card_has_a_word_and_no_style_or_script():
    cards = [check(name, 1) for name in EXERCISES] + [quiz(lesson) for lesson in NOTEBOOK_OF]
    for card in cards:
        assert not re.search(r"<script|style=|<h[1-6]|\son\w+=", card.html)
    assert cards[0].html.count('role="status"') == 1


# --- right and wrong answers ---------------------------------------------------------------

if PRIVATE:

    @pytest.mark.parametrize("name", PRIVATE)
    def test_the_solution_passes(name):
        card = check(name, PRIVATE[name]["solution"]())
        assert card.text.startswith(("Right:", "Complete:")), card.text
        assert "tp-check-right" in card.html

    @pytest.mark.parametrize("name", DATA)
    def test_the_solution_passes_as_plain_data_and_as_numpy_or_pandas(name):
        solution, spec = PRIVATE[name]["solution"](), EXERCISES[name]["answer"]
        if spec["type"] == "table":
            forms = [
                solution,
                solution.assign(extra=1),
                solution.set_index(spec["key"][0]).reset_index(),
            ]
        elif spec["type"] == "list":
            items = list(solution)
            column = pd.Series(items)
            forms = [tuple(items), column, column.unique(), np.array(items), set(items)]
            forms.append(items[::-1])
        else:
            forms = [float(solution), np.float64(solution)]
        for form in forms:
            assert said(name, form).startswith("Right:"), form

    @pytest.mark.parametrize(("name", "place"), WRONG)
    def test_each_wrong_answer_gets_its_own_message(name, place):
        make, message = PRIVATE[name]["wrong"][place]
        text = said(name, make())
        assert text.startswith("Not yet:")
        assert message in text

    @pytest.mark.parametrize("name", [n for n in DATA if "also_right" in PRIVATE[n]])
    def test_another_defensible_reading_is_right(name):
        for make in PRIVATE[name]["also_right"]:
            assert said(name, make()).startswith("Right:")

    @pytest.mark.parametrize("name", DATA)
    def test_tolerance_is_as_stated_and_no_wider(name):
        spec = EXERCISES[name]["answer"]
        if spec["type"] not in ("number", "percent", "integer"):
            return
        solution = round(float(PRIVATE[name]["solution"]()), spec.get("digits", 0))
        unit, reach = 10.0 ** -spec.get("digits", 0), spec.get("tolerance", 0)
        assert said(name, solution + reach * unit).startswith("Right:")
        assert said(name, solution - reach * unit).startswith("Right:")
        far = max([reach * unit, *[abs(float(m()) - solution) for m in also(name)]])
        assert not said(name, solution - far - (reach + 1) * unit).startswith("Right:")

    def also(name):
        """Return the makers of other right answers."""
        return PRIVATE[name].get("also_right", [])

    def test_scale_and_sign():
        share = PRIVATE["re-china-share-2021"]["solution"]()
        assert "100 times too small" in said("re-china-share-2021", share / 100)
        assert "100 times too large" in said("re-china-share-2021", share * 100)
        index = PRIVATE["re-hhi-2025"]["solution"]()
        assert "10,000 times too small" in said("re-hhi-2025", index / 10_000)
        assert "sign" in said("re-europium-fall", -PRIVATE["re-europium-fall"]["solution"]())
        # A count has no unit to be off by.
        total = PRIVATE["st-claims-total"]["solution"]()
        assert "The data give another answer." in said("st-claims-total", 1000 * total)

    def test_table_slips():
        table, name = PRIVATE["re-top-five"]["solution"](), "re-top-five"
        assert "share should be share_pct" in said(
            name, table.rename(columns={"share_pct": "share"})
        )
        assert "another order" in said(name, table[::-1])
        assert "in the index" in said(name, table.set_index(["commodity", "stage"]))
        assert "Look again at: share_pct." in said(name, table.assign(share_pct=1.0))
        assert "are missing" in said(name, table[["commodity", "stage"]])
        assert "reset_index" in said(name, table.set_index("commodity")["share_pct"])
        assert "Row 1, column share_pct" in said(name, table.assign(share_pct="high"))
        assert said(name, table.head(4)).startswith("Not yet:")
        assert said(name, table.rename(columns={"share_pct": "share"}).head(4)).startswith(
            "Not yet"
        )

    def test_a_figure_and_a_described_chart_both_pass():
        chart = PRIVATE["st-kinds-chart"]["solution"]()
        text = chart.description
        bare = chart.properties(description="")
        made = figure(bare, text=text, source="article_claims")
        assert said("st-kinds-chart", made).startswith("Complete:")
        assert said("st-kinds-chart", chart).startswith("Complete:")
        assert said("st-kinds-chart", SimpleNamespace(chart=bare, text=text)).startswith(
            "Complete:"
        )
        assert "description" in said("st-kinds-chart", SimpleNamespace(chart=bare, text="Bars."))
        swapped = bare.encode(x="kind:N", y="claims:Q")
        assert said("st-kinds-chart", SimpleNamespace(chart=swapped, text=text)).startswith("Compl")

    def test_a_right_chart_drawn_in_another_way_passes():
        kinds, claims = PRIVATE["st-kinds-chart"]["solution"](), datasets.load("article_claims")
        for table, x in ((claims, "claims"), (claims, "sum(claims)"), (None, "mean(claims)")):
            chart = kinds.encode(x=f"{x}:Q")
            chart.data = kinds.data if table is None else table
            assert said("st-kinds-chart", chart).startswith("Complete:"), x
        authors = PRIVATE["sd-authors-chart"]["solution"]()
        authors.data = datasets.load("ietf_authors")
        kept = "datum.snapshot == 'recent RFCs' && !datum.is_group"
        assert said("sd-authors-chart", authors).startswith("Not yet:")
        assert said("sd-authors-chart", authors.transform_filter(kept)).startswith("Complete:")
        mixed = next(c for c, text in PRIVATE["re-share-chart"]["wrong"] if "mixes" in text)()
        mixed.layer[0] = mixed.layer[0].transform_filter("datum.series == 'EI2026'")
        assert said("re-share-chart", mixed).startswith("Complete:")

    def test_a_chart_that_cannot_be_drawn_says_why():
        chart = alt.Chart(pd.DataFrame({"a": [1]})).mark_bar().encode(x="b")
        assert "The chart cannot be drawn" in said("st-kinds-chart", chart)

    @pytest.mark.parametrize("name", [n for n, e in EXERCISES.items() if e["kind"] == "argument"])
    def test_rubric_adds_up_and_its_strong_answers_are_complete(name):
        rubric = rubrics()[name]
        best = [max(level["points"] for level in c["levels"]) for c in rubric["criteria"]]
        assert sum(best) == EXERCISES[name]["points"]
        assert all(c["levels"][0]["points"] == 0 for c in rubric["criteria"])
        for strong in rubric["strong"]:
            assert said(name, strong["text"]).startswith("Complete:")

    def test_numbers_in_rubrics_are_those_of_the_tables():
        mines, articles = datasets.load("rare_earth_mines"), datasets.load("articles")
        shares = datasets.load("rare_earth_concentration").set_index(["series", "year"])
        stages = datasets.load("rare_earth_stages").set_index("share_id")["share_pct"]
        mirror = datasets.load("myanmar_mirror").set_index("year")["china_imports_t"]
        china = mines[(mines["country_code"] == "CHN") & (mines["year"] == 2020)]
        words = articles.set_index("piece")["words"]
        numbers = {
            "re-ninety-percent": [
                f"{china['output_t'].item():,.0f} t",
                f"{shares.loc[('USGS', 2020), 'china_share_pct']} percent",
                f"{shares.loc[('USGS', 2019), 'china_share_pct']} percent",
                f"about {stages['SS13']:.0f} percent",
                f"{stages['SS22']:.0f} percent",
                f"{mirror[2020]:,.0f} t",
            ],
            "st-source-paragraph": [
                f"{words['podcast-dsr']:,} words",
                f"{words['bcc-bsn']:,} words",
            ],
        }
        for name, wanted in numbers.items():
            text = " ".join(" ".join(s["text"].split()) for s in rubrics()[name]["strong"])
            assert [number for number in wanted if number not in text] == []

    def test_every_exercise_has_a_solution_or_a_rubric():
        assert set(PRIVATE) | set(rubrics()) == set(EXERCISES)

    # --- sealing -------------------------------------------------------------------------------

    def test_checks_are_up_to_date(capsys):
        assert main(["seal", "--check"]) == 0
        assert "up to date" in capsys.readouterr().out

    def test_a_slip_in_a_solution_is_told_with_file_and_line(tmp_path, monkeypatch, capsys):
        monkeypatch.setenv("TECHPOLITIK_INSTRUCTOR", str(tmp_path))
        (tmp_path / "exercises").mkdir()
        (tmp_path / "exercises/bsn.py").write_text("EXERCISES = {\n]\n", encoding="utf-8")
        assert main(["seal", "--check"]) == 2
        assert capsys.readouterr().err.startswith("exercises/bsn.py, line 2: ")

    @cache
    def secrets(name):
        """Return what must not be readable: the meaning, and the answer as a person writes it."""
        private, spec = PRIVATE[name], EXERCISES[name]["answer"]
        solution, meaning = private["solution"](), private["meaning"]
        found = [meaning() if callable(meaning) else meaning.format(answer=solution)]
        found += [message for _, message in private["wrong"]]
        if spec["type"] in ("number", "percent", "integer"):
            digits = spec.get("digits", 0)
            for value in (solution, *[make() for make in also(name)]):
                found += [f"{value:.{digits}f}", f"{value:,.{digits}f}"]
                found += [f"{value / 100:.{digits + 2}f}"] if spec["type"] == "percent" else []
        if spec["type"] == "list":
            found += [", ".join(map(str, solution)), " ".join(map(str, solution))]
        if spec["type"] == "table":
            found += [", ".join(map(str, solution.iloc[:, 0]))]
            # A small count says nothing on its own; a number with a decimal does.
            for column in solution.select_dtypes("float"):
                found += [f"{value:.1f}" for value in solution[column]]
        return found

    def leaves(value):
        """Yield every text in nested plain data, keys included."""
        if isinstance(value, dict):
            for key, item in value.items():
                yield str(key)
                yield from leaves(item)
        elif isinstance(value, list):
            for item in value:
                yield from leaves(item)
        elif isinstance(value, str):
            yield " ".join(value.split())

    def published():
        """Return the texts of every published file of the exercises, by file name."""
        paths = [p for part in ("exercises", "quizzes") for p in (NOTEBOOKS / part).glob("*.yml")]
        assert len(paths) >= 2
        found = {place(path): yaml.safe_load(path.read_text(encoding="utf-8")) for path in paths}
        found["checks.json"] = json.loads(sealing.checks_path().read_text(encoding="utf-8"))
        return {name: list(leaves(data)) for name, data in found.items()}

    @cache
    def wanted():
        """Return (exercise, secret, pattern): a secret that no further digit or letter touches."""
        return [
            (n, s, re.compile(rf"(?<![\w.,]){re.escape(s)}(?![\w]|[.,]\d)"))
            for n in DATA
            for s in secrets(n)
        ]

    def leaks(texts_by_file):
        """Return (file, exercise, secret) for each secret that stands as a whole in a text."""
        return [
            (file, name, secret)
            for file, texts in texts_by_file.items()
            for name, secret, pattern in wanted()
            if tells(file, name, secret) and any(pattern.search(text) for text in texts)
        ]

    def tells(file, name, secret):
        """Whether a secret in this file could be read as the answer to this exercise.

        A number of one or two digits stands somewhere in every other lesson, by chance.
        """
        return len(secret) > 2 or "/" not in file or EXERCISES[name]["lesson"] in file

    def test_published_files_hold_no_answer_in_clear():
        assert leaks(published()) == []

    def test_the_search_for_leaks_finds_every_planted_one():
        planted = {
            f"{name} {place}": [f"Hint: it is {' '.join(secret.split())}."]
            for name in DATA
            for place, secret in enumerate(secrets(name))
        }
        found = {(file, name) for file, name, _ in leaks(planted)}
        assert len(planted) > 2 * len(DATA)
        assert [file for file in planted if (file, file.split()[0]) not in found] == []

    def test_notebooks_hold_no_meaning_sentence():
        for path in sorted(NOTEBOOKS.glob("*.ipynb")):
            text = " ".join(path.read_text(encoding="utf-8").split())
            for name in DATA:
                for secret in secrets(name):
                    assert len(secret) < 40 or secret not in text, (path.name, name)

    def test_sealing_is_reproducible_and_shows_nothing_by_length():
        name = "re-china-share-2021"
        first = sealing.pack(name, sealing.wanted(EXERCISES[name], PRIVATE[name]))
        assert first == sealing.pack(name, sealing.wanted(EXERCISES[name], PRIVATE[name]))
        assert len({len(box) for box in first.values()}) == len({len(tag) for tag in first}) == 1

    def test_sealing_refuses_a_wrong_answer_within_tolerance():
        name = "re-china-share-2021"
        near = (lambda: PRIVATE[name]["solution"]() + 0.1, "near")
        with pytest.raises(files.FileError, match="within tolerance"):
            sealing.wanted(EXERCISES[name], {**PRIVATE[name], "wrong": [near]})

    def test_sealing_refuses_a_cell_on_a_rounding_edge():
        spec = EXERCISES["re-top-five"]["answer"]
        with pytest.raises(files.FileError, match="rounding edge"):
            sealing.refuse_fragile("planted", [["a", "b", "c", 1.25]], spec)

    def test_the_message_needs_the_answer():
        name = "re-china-share-2021"
        entry = json.loads(sealing.checks_path().read_text(encoding="utf-8"))[name]
        assert sealing.opener(name, entry)("12.3") is None
        right = sealing.number_text(PRIVATE[name]["solution"](), 1)
        assert sealing.opener(name, entry)(right)[0] == "right"
        assert sealing.opener("re-hhi-2025", entry)(right) is None

    @pytest.mark.parametrize("name", ["re-china-share-2021", "re-top-five"])
    def test_without_openssl_python_opens_the_same_box(name, monkeypatch):
        solution = PRIVATE[name]["solution"]()
        expected = said(name, solution)
        monkeypatch.delattr("hashlib.pbkdf2_hmac")  # as in Pyodide
        assert said(name, solution) == expected
        assert expected.startswith("Right:")

    def test_a_browser_opens_the_same_box(browser, tmp_path):
        """With its own cryptography, as a page without Python can."""
        name = "re-china-share-2021"
        page = browser.new_page()
        (tmp_path / "empty.html").write_text("<!DOCTYPE html>")
        page.goto((tmp_path / "empty.html").as_uri())
        right = sealing.number_text(PRIVATE[name]["solution"](), 1)
        entry, salt = sealing.sealed(name), f"{course.current().id}:{name}"
        opened = page.evaluate(OPEN, [right, salt, sealing.ROUNDS, entry])
        page.close()
        assert tuple(opened) == sealing.opener(name, entry)(right)
        assert opened[0] == "right"

    OPEN = """async ([text, salt, rounds, entry]) => {
        const bytes = (text) => new TextEncoder().encode(text);
        const hash = async (...parts) => new Uint8Array(
            await crypto.subtle.digest("SHA-256", Uint8Array.from(parts.flatMap((it) => [...it]))));
        const secret = await crypto.subtle.importKey(
            "raw", await hash(bytes(text)), "PBKDF2", false, ["deriveBits"]);
        const how = { name: "PBKDF2", hash: "SHA-256", salt: bytes(salt), iterations: rounds };
        const key = new Uint8Array(await crypto.subtle.deriveBits(how, secret, 256));
        const tag = (await hash(key, bytes("tag"))).slice(0, 16);
        const found = entry[[...tag].map((it) => it.toString(16).padStart(2, "0")).join("")];
        const box = Uint8Array.from(found.match(/../g), (it) => parseInt(it, 16));
        for (let block = 0; block * 32 < box.length; block += 1) {
            const stream = await hash(key, [block]);
            stream.forEach((it, at) => { box[block * 32 + at] ^= it; });
        }
        const [, status, message] = /^(\\w+) (.*?) *$/s.exec(new TextDecoder().decode(box));
        return [status, message];
    }"""


# --- contracts, prose, quizzes -------------------------------------------------------------


def test_every_table_and_claim_named_exists():
    for name, entry in EXERCISES.items():
        assert set(entry["tables"]) <= set(datasets.names()), name
        assert set(entry["answer"].get("sources", [])) <= {*datasets.names(), *seeds.claims()}, name


def test_ids_and_answer_names_are_unique_within_a_lesson():
    names = [(entry["lesson"], entry["answer_name"]) for entry in EXERCISES.values()]
    assert len(names) == len(set(names))


def test_a_mean_is_told_where_several_rows_share_a_mark():
    values = [{"year": 1, "side": "a", "n": 2}, {"year": 1, "side": "b", "n": 4}]
    encoding = {"x": {"field": "year"}, "y": {"field": "n", "aggregate": "mean"}}
    unit = {"encoding": encoding, "data": {"values": values}, "transform": []}
    assert ["y shows the mean of several rows" in line for line in charts.blended(unit, {})] == [1]
    for channel in ("xOffset", "fill", "row"):
        apart = unit | {"encoding": encoding | {channel: {"field": "side"}}}
        assert not [*charts.blended(apart, {})], channel


def test_a_spec_written_by_hand_is_judged_whatever_it_holds():
    odd = {"field": ["claims"], "aggregate": {"argmax": "kind"}, "type": "quantitative"}
    encoding = {"x": odd, "y": {"field": {"repeat": "row"}}, "color": [], "row": None}
    values = [
        {"claims": None, "kind": ["figure"]},
        {"claims": "many"},
        5,
        {"claims": 1e400, "years": 10**400},
    ]
    spec = {"mark": "bar", "data": {"values": values}, "encoding": encoding, "transform": [1]}
    for name, exercise in EXERCISES.items():
        if exercise["kind"] == "chart":
            assert charts.problems({"spec": spec, "text": ""}, exercise["answer"]), name


LAYER = {"marks": ["bar"], "encodings": {"x": {"feild": "year"}}}
CHART = {"layers": [LAYER], "title_words": 4, "description_words": 12}
PLAIN = {**CHART, "layers": [{"marks": ["bar"], "encodings": {"x": {"field": "year"}}}]}
TABLE = {"type": "table", "columns": {"a": {"type": "text"}}}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"kind": "essay"}, "field 'kind' is 'essay', expected one of data, chart, argument"),
        ({"difficulty": "hard"}, "field 'difficulty' is 'hard', expected one of warm-up"),
        ({"points": 0}, "field 'points' is 0, expected at least 1"),
        ({"points": True}, "field 'points' is True, expected a whole number"),
        ({"id": "RE HHI"}, "field 'id' is 'RE HHI', expected text like"),
        ({"answer_name": "my answer"}, "field 'answer_name' is 'my answer'"),
        ({"tables": "rare_earth_mines"}, "field 'tables' is 'rare_earth_mines', expected a list"),
        ({"hint": None}, "field 'hint' is None, expected text"),
        ({"right": "It is 5,072."}, "give the answer away"),
        ({"kind": "chart", "answer": CHART}, "field 'right' is missing. Say what a complete chart"),
        ({"kind": "chart", "answer": {}}, "field 'answer.layers' is missing"),
        (
            {"kind": "chart", "answer": CHART},
            "layer 1: unknown field 'encodings.x.feild'; did you mean field",
        ),
        (
            {"kind": "chart", "right": "Done.", "answer": {**PLAIN, "distinct": {"year": [8]}}},
            "'answer.distinct.year' is [8], expected at least 2 items",
        ),
        (
            {"kind": "chart", "right": "Done.", "answer": {**PLAIN, "distinct": {"year": [9, 8]}}},
            "'answer.distinct.year' is [9, 8], expected [fewest, most]",
        ),
        ({"kind": "argument", "answer": {"words": [80]}}, "'answer.sources' is missing"),
        ({"kind": "argument", "answer": {"words": [80]}}, "is [80], expected at least 2 items"),
        ({"answer": {"type": "float"}}, "field 'answer.type' is 'float', expected one of number"),
        ({"answer": {}}, "field 'answer.type' is missing"),
        ({"answer": {"type": "percent", "unit": "%"}}, "'answer.digits' is missing. The decimals"),
        ({"answer": {"type": "integer", "digits": 1}}, "'answer.unit' is missing"),
        ({"answer": {"type": "integer", "digits": 1}}, "unknown field 'answer.digits'"),
        ({"answer": {"type": "list", "items": "word"}}, "field 'answer.items' is 'word'"),
        ({"answer": TABLE}, "field 'answer.key' is missing. List the columns"),
        ({"answer": {**TABLE, "key": ["b"]}}, "'answer.key' is ['b'], expected some of a"),
        ({"answer": {**TABLE, "columns": {"a": {}}}}, "'answer.columns.a.type' is missing"),
        ({"solution": 1}, "unknown field 'solution'"),
        ({"prmopt": "Which?"}, "unknown field 'prmopt'; did you mean prompt"),
    ],
)
def test_a_broken_contract_is_named(tmp_path, change, expected):
    with pytest.raises(files.FileError, match=re.escape(expected)) as caught:
        exercises(planted(tmp_path, {"rare_earths": [HHI | change]}))
    name = change.get("id", "re-hhi-2025")
    for line in str(caught.value).splitlines():
        assert re.search(rf"/rare_earths.yml: (exercise )?{name}(, layer 1)?: ", line)


HHI = {k: v for k, v in EXERCISES["re-hhi-2025"].items() if k != "lesson"}


def planted(folder, lessons):
    """Write lists of exercises by lesson; return their folder."""
    for lesson, entries in lessons.items():
        (folder / f"{lesson}.yml").write_text(yaml.safe_dump(entries), encoding="utf-8")
    return folder


def test_the_lesson_of_an_exercise_is_the_name_of_its_file(tmp_path):
    other = {**HHI, "id": "st-hhi"}
    found = exercises(planted(tmp_path, {"rare_earths": [HHI], "the_stack": [other]}))
    assert {name: entry["lesson"] for name, entry in found.items()} == {
        "st-hhi": "the_stack",
        "re-hhi-2025": "rare_earths",
    }
    assert list(found) == ["st-hhi", "re-hhi-2025"], "in the order of the lessons"


@pytest.mark.parametrize(
    ("lessons", "expected"),
    [
        ({"rare_earths": [HHI], "the_stack": [HHI]}, r"the_stack.yml: the id .*/rare_earths.yml"),
        ({"rare_earths": [HHI, HHI]}, r"the id 're-hhi-2025' is also in .*/rare_earths.yml"),
        ({"rare_earth": [HHI]}, r"rare_earth.yml: .* not that of a lesson; did you mean rare_ea"),
        ({"rare_earths": []}, r"rare_earths.yml: the content is \[\], expected at least 1 items"),
        ({"rare_earths": {"a": 1}}, r"rare_earths.yml: the content is .*, expected a list"),
        ({"rare_earths": ["re-hhi-2025"]}, r"expected fields and values"),
    ],
)
def test_ids_and_files_of_lessons_are_checked(tmp_path, lessons, expected):
    with pytest.raises(files.FileError, match=expected):
        exercises(planted(tmp_path, lessons))


def test_words_of_an_argument_are_in_order(tmp_path):
    entry = {k: v for k, v in EXERCISES["re-ninety-percent"].items() if k != "lesson"}
    entry["answer"] = entry["answer"] | {"words": [250, 150]}
    with pytest.raises(files.FileError, match=r"'answer.words' is \[250, 150\], expected \[few"):
        exercises(planted(tmp_path, {"rare_earths": [entry]}))


@pytest.mark.parametrize("kind", [path.stem for path in SCHEMAS])
def test_schemas_are_valid(kind):
    Draft202012Validator.check_schema(files.schema(kind))


def test_a_missing_seal_is_an_error_and_not_a_verdict(tmp_path, monkeypatch):
    path = tmp_path / "checks.json"
    path.write_text("{}", encoding="utf-8")
    monkeypatch.setattr(sealing, "checks_path", lambda: path)
    with pytest.raises(files.FileError, match="run techpolitik seal"):
        check("re-hhi-2025", 1)


RULE = {"words": [5, 20], "figures": 1, "sources": ["articles", "RC04"]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It has 1,728 words by the table articles.", []),
        ("RC04 has 56 percent there.", []),
        (f"RC04 has 56 percent{' more' * 16}.", []),
        ("It has 56 percent, says claim RC04.", []),
        ("HHI was 3,799 by the table articles.", []),
        ("It has many words by the table articles.", ["Figures with a unit: 0 of"]),
        ("It was printed in 2020, as the table articles says.", ["Figures with a unit: 0 of"]),
        ("3GPP and 5G are names in the table articles.", ["Figures with a unit: 0 of"]),
        ("It has 128 nodes and 35t by the table articles.", []),
        ("It has 1,728 words in all of it.", ["names no source"]),
        ("It has 1,728 words says RC041 alone.", ["names no source"]),
        ("RC04: 5 t.", ["has 3 words"]),
    ],
)
def test_prose_checks_length_figures_and_sources(text, expected):
    found = prose.problems(text, RULE)
    assert len(found) == len(expected), found
    assert all(part in line for part, line in zip(expected, found, strict=True))


class Tags(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.tags = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


@pytest.mark.parametrize("lesson", NOTEBOOK_OF)
def test_quiz_is_native_html_with_feedback_for_each_choice(lesson):
    card = quiz(lesson)
    items = quizzes.read_quiz(NOTEBOOKS / "quizzes" / f"{lesson}.yml")
    details = [attrs for tag, attrs in Tags(card.html).tags if tag == "details"]
    assert len(details) == sum(len(item["choices"]) for item in items)
    assert {attrs["name"] for attrs in details} == {
        f"quiz-{lesson}-{n}" for n in range(1, len(items) + 1)
    }
    assert all("open" not in attrs for attrs in details)
    assert card.html.count("<p>Right. ") == len(items)
    assert card.html.count("<p>Not this one. ") == len(details) - len(items)
    questions, answers = card.text.split("Answers\n")
    assert "Right." not in questions
    assert answers.count("Right.") == len(items)


def test_right_choices_do_not_all_stand_in_the_same_place():
    for lesson in NOTEBOOK_OF:
        items = quizzes.read_quiz(NOTEBOOKS / "quizzes" / f"{lesson}.yml")
        places = {[bool(c.get("right")) for c in item["choices"]].index(True) for item in items}
        assert len(places) > 1, lesson


def test_quiz_refers_to_tables_or_claims_that_exist():
    known = {*datasets.names(), *seeds.claims()}
    for lesson in NOTEBOOK_OF:
        for item in quizzes.read_quiz(NOTEBOOKS / "quizzes" / f"{lesson}.yml"):
            assert item["refers_to"] in known, lesson


def test_numbers_in_the_quiz_are_those_of_the_table():
    row = datasets.load("myanmar_mirror").set_index("year").loc[2023]
    text = quiz("rare_earths").text
    assert f"{row['usgs_output_t']:,.0f} t" in text
    assert f"{row['china_imports_t']:,.0f} t" in text


def test_unknown_quiz_lists_the_others():
    with pytest.raises(LookupError, match="rare_earth'; did you mean rare_earths"):
        quiz("rare_earth")


def no_right(items):
    del next(c for c in items[0]["choices"] if c.get("right"))["right"]


def two_right(items):
    for choice in items[1]["choices"]:
        choice["right"] = True


def no_feedback(items):
    items[2]["choices"][0]["feedback"] = " "


def same_text(items):
    items[0]["choices"][1]["text"] = items[0]["choices"][0]["text"]


def no_question(items):
    del items[0]["question"]


def not_right(items):
    items[0]["choices"][0]["right"] = False


def misspelt(items):
    items[1]["choices"][1]["feedbak"] = "Why?"


def too_short(items):
    del items[2:]


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (no_right, "question 1: 0 choices are marked"),
        (two_right, "question 2: 3 choices are marked"),
        (no_feedback, "question 3, choice 1: field 'feedback' is ' ', expected text that is not"),
        (same_text, "question 1: two choices have the same text"),
        (no_question, "question 1: field 'question' is missing"),
        (not_right, "question 1, choice 1: field 'right' is False. Leave it out at the"),
        (misspelt, "question 2, choice 2: unknown field 'feedbak'; did you mean feedback"),
        (too_short, "expected at least 3 items. A quiz is a list of 3 to 5 questions."),
    ],
)
def test_a_broken_quiz_is_named(tmp_path, spoil, expected):
    items = quizzes.read_quiz(NOTEBOOKS / "quizzes" / "the_stack.yml")
    items = json.loads(json.dumps(items))
    spoil(items)
    path = tmp_path / "the_stack.yml"
    path.write_text(yaml.safe_dump(items), encoding="utf-8")
    with pytest.raises(files.FileError, match=re.escape(expected)):
        quizzes.read_quiz(path)


@pytest.mark.parametrize(
    "content, expected", [(b"- [", "not readable as YAML"), (b"- \xff", "byte 3 is not UTF-8")]
)
def test_a_file_that_cannot_be_read_is_named(tmp_path, content, expected):
    path = tmp_path / "the_stack.yml"
    path.write_bytes(content)
    with pytest.raises(files.FileError, match=rf"the_stack\.yml: {expected}"):
        quizzes.read_quiz(path)


# --- notebooks -----------------------------------------------------------------------------


def notebook_problems(cells, entries):
    """Return what a lesson's cells lack: prompts as written, stubs, and checks."""
    prose_text = " ".join(" ".join(c.source.split()) for c in cells if c.cell_type == "markdown")
    code = "\n".join(c.source for c in cells if c.cell_type == "code")
    checked = re.findall(r"\bcheck\(\s*[\"']([^\"']+)", code)
    found = [f"check of an unknown exercise {name}" for name in checked if name not in entries]
    for name, entry in entries.items():
        if " ".join(entry["prompt"].split()) not in prose_text:
            found.append(f"{name}: the prompt is not the one of notebooks/exercises")
        if not re.search(rf"^{entry['answer_name']} = \.\.\.$", code, re.MULTILINE):
            found.append(f"{name}: no stub {entry['answer_name']} = ...")
        if checked.count(name) != 1:
            found.append(f"{name}: checked {checked.count(name)} times")
    return found


def of_lesson(lesson):
    """Return the exercises of a lesson by id."""
    return {name: entry for name, entry in EXERCISES.items() if entry["lesson"] == lesson}


def model_cells(lesson):
    """Return cells such as a lesson should hold for its exercises."""
    cells = []
    for name, entry in of_lesson(lesson).items():
        cells.append(nbformat.v4.new_markdown_cell(entry["prompt"]))
        source = f'{entry["answer_name"]} = ...\n\ncheck("{name}", {entry["answer_name"]})'
        cells.append(nbformat.v4.new_code_cell(source))
    return cells


LESSONS = [lesson for lesson, file in NOTEBOOK_OF.items() if (NOTEBOOKS / file).exists()]


if LESSONS:  # a release may hold one lesson only

    @pytest.mark.parametrize("lesson", LESSONS)
    def test_a_lesson_sets_its_exercises_as_written(lesson):
        cells = nbformat.read(NOTEBOOKS / NOTEBOOK_OF[lesson], as_version=4).cells
        assert notebook_problems(cells, of_lesson(lesson)) == []


def test_the_comparison_with_lessons_finds_planted_defects():
    entries = of_lesson("rare_earths")
    assert notebook_problems(model_cells("rare_earths"), entries) == []
    cells = model_cells("rare_earths")
    cells[0].source = cells[0].source.replace("2021", "2020")
    cells[1].source = "china_share_2021 = 58\ncheck('re-chinashare', china_share_2021)"
    text = "\n".join(notebook_problems(cells, entries))
    assert "unknown exercise re-chinashare" in text
    assert "re-china-share-2021: the prompt" in text
    assert "re-china-share-2021: no stub" in text
    assert "re-china-share-2021: checked 0 times" in text
