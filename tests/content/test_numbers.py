"""Every number in the prose of the course is computed from a table here, or traced to its source.

CONTRIBUTING.md explains the entries of `notebooks/numbers/NAME.yml`; test_lessons.py holds those
with a `model`. What no entry covers may hold no digit but those of years, dates, minutes, points
and headings.
"""

import ast
import json
import re

import pandas as pd
import pytest
from checkout import ROOT
from conftest import LESSONS

from techpolitik import files
from techpolitik.lesson import datasets, seeds
from techpolitik.lesson.exercises import exercises

FOLDER = ROOT / "notebooks" / "numbers"
PAGES = [
    ROOT / "book" / f"{name}.md"
    for name in ("index", "how_to_use", "syllabus", "teach", "teach_sessions")
]
TEXTS = {path.stem.lstrip("0123456789_"): path for path in LESSONS + PAGES}
KINDS = {"value", "source", "quote", "given"}

#: Digits that state nothing about the world.
FREE = [
    re.compile(pattern, re.MULTILINE)
    for pattern in (
        r"^(`{3,}).*?^\1",  # fenced code, with re.DOTALL below
        r"`[^`\n]*`",
        r"\]\([^)]*\)",
        r"^\s*\d+\.\s",
        r"^#+ \d+\.\s",
        r"\(\d\)",
        r"\b[Ll]esson \d",
        r"(?<![\d.,])\d{1,3} (?:minutes in class, \d{1,3} at home|minutes|points?)\b",
        r"\b\d{1,2} (?:January|February|March|April|May|June|July|August|September|October|November"
        r"|December)\b",
        r"(?<![\d.,])(?:19\d\d|20[0-2]\d|2030)(?![\d]|[.,]\d)",
    )
]
FREE[0] = re.compile(FREE[0].pattern, re.MULTILINE | re.DOTALL)


def entries_of(name: str) -> list[dict]:
    """Give the numbers listed for a lesson or page; none if there is no file yet."""
    path = FOLDER / f"{name}.yml"
    entries = files.read_yaml(path, "numbers") if path.exists() else []
    return [entry for entry in entries if "model" not in entry]


def plain(text: str) -> str:
    return " ".join(text.split())


def text_of(path) -> str:
    """Give all that a page says in sentences: prose, and the words of figures and findings."""
    if path.suffix == ".md":
        return path.read_text("utf-8")
    cells = json.loads(path.read_text("utf-8"))["cells"]
    parts = []
    for cell in cells:
        source = "".join(cell["source"])
        parts += [source] if cell["cell_type"] == "markdown" else spoken(source)
    return "\n\n".join(parts)


def spoken(code: str) -> list[str]:
    """Give the texts that code shows to a reader: titles, descriptions, findings."""
    found = []
    for node in ast.walk(ast.parse(code)):
        argument = isinstance(node, ast.keyword) and node.arg in TEXT_NAMES
        if argument or (isinstance(node, ast.Assign) and name_of(node.targets[0]) in TEXT_NAMES):
            found.append(node.value)
        elif isinstance(node, ast.Call) and called(node) in ("title", "note"):
            found += node.args
        elif isinstance(node, ast.FunctionDef) and node.name == "finding":
            found += [part.value for part in ast.walk(node) if isinstance(part, ast.Return)]
    return [plain("".join(strings(node))) for node in found]


def called(node: ast.Call) -> str:
    """Give the name by which a function or method is called."""
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


TEXT_NAMES = ("text", "title", "subtitle", "caveat")


def name_of(target) -> str:
    return target.id if isinstance(target, ast.Name) else ""


def strings(node) -> list[str]:
    """Give the text within an expression, with a gap where a value is filled in."""
    if isinstance(node, ast.FormattedValue):
        return [" "]
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else []
    return [text for child in ast.iter_child_nodes(node) for text in strings(child)]


def rows(table: str, where: str) -> pd.DataFrame:
    """Give the rows of a table that fit a condition."""
    return datasets.load(table).query(where)


def at(table: str, where: str, column: str):
    """Give the one value in a column where a condition holds; ValueError if there are more."""
    found = rows(table, where)[column]
    if len(found) != 1:
        raise ValueError(f"{table} has {len(found)} rows where {where}, expected one")
    return found.item()


def minerals() -> pd.Series:
    """Give the HHI of output by country for each stage of a critical mineral, highest first."""
    table = datasets.load("critical_minerals_2024")
    stages = [table["commodity"], table["stage"]]
    share = 100 * table["output"] / table.groupby(["commodity", "stage"])["output"].transform("sum")
    squares = (share**2)[~table["is_aggregate"]]
    return squares.groupby(stages).sum().sort_values(ascending=False)


KNOWN = {"load": datasets.load, "pd": pd, "rows": rows, "at": at, "minerals": minerals}


def shown(entry) -> str:
    """Give what the data say, in the form of the text."""
    try:
        value = eval(plain(entry["value"]), dict(KNOWN))
    except (ValueError, LookupError) as error:
        raise ValueError(f"{entry['says']!r} cannot be computed: {error}") from error
    return entry["shows"].format(*(value if isinstance(value, tuple) else (value,)))


def unfounded(entries, text: str) -> list[str]:
    """List entries whose number the data do not give, or that the text does not say."""
    text, problems = plain(text), []
    for entry in entries:
        says = entry["says"]
        if len(KINDS & set(entry)) != 1:
            problems.append(f"{says!r} needs exactly one of {sorted(KINDS)}")
            continue
        if not re.search(r"[A-Za-z]", says):
            problems.append(f"{says!r}: take a word with it, or it covers other numbers too")
        if not spot(says).search(text):
            problems.append(f"{says!r} does not stand in the text")
        if "value" in entry and (computed := shown(entry)) != says:
            problems.append(f"the text says {says!r}, the data {computed!r}")
        if "source" in entry and not named(entry["source"], text):
            problems.append(f"{says!r}: the source {entry['source']!r} is named nowhere")
        if "quote" in entry and says.strip('"') not in words_of(entry["quote"]):
            problems.append(f"{says!r} does not stand in {entry['quote']}")
    return problems


def named(source: str, text: str) -> bool:
    known = datasets.sources()
    return source in text or source in known.index or source in set(known["url"])


def words_of(name: str) -> str:
    """Give the words of an excerpt or claim; LookupError if there is none of that id."""
    if name in seeds.excerpts():
        return plain(seeds.excerpts()[name]["text"])
    return plain(seeds.claims()[name]["quote"])


def spot(says: str) -> re.Pattern:
    """Find a text, but not as part of a longer number."""
    return re.compile(rf"(?<!\d)(?<!\d[.,]){re.escape(plain(says))}(?!\d|[.,]\d)")


def uncovered(entries, text: str, lesson: str = "") -> list[str]:
    """List what is left with a digit in it after all that is covered, free or quoted."""
    text = re.sub(r"(?:^>.*\n?)+", "\n\n", text, flags=re.MULTILINE)
    text = re.sub(r"^\| \*\*Time\*\* \|.*$", "", text, flags=re.MULTILINE)
    for exercise in exercises().values():
        if exercise["lesson"] == lesson:
            text = text.replace(exercise["prompt"].strip(), " ").replace(exercise["title"], " ")
    for pattern in FREE:
        text = pattern.sub(" ", text)
    text = plain(text)
    # The free digits inside a phrase are gone from the text, so they go from the phrase too.
    for says in sorted((entry["says"] for entry in entries), key=len, reverse=True):
        for pattern in FREE:
            says = pattern.sub(" ", says)
        text = spot(says).sub(" # ", text)
    return [text[max(0, m.start() - 40) : m.end() + 30] for m in re.finditer(r"\d[\d.,]*", text)]


# ------------------------------------------------------------------------- the real texts


@pytest.mark.parametrize("name", TEXTS)
def test_every_number_is_what_the_data_say(name):
    assert unfounded(entries_of(name), text_of(TEXTS[name])) == []


@pytest.mark.parametrize("name", TEXTS)
def test_no_number_is_left_out(name):
    assert uncovered(entries_of(name), text_of(TEXTS[name]), name) == []


def test_every_file_of_numbers_belongs_to_a_text():
    assert {path.stem for path in FOLDER.glob("*.yml")} == set(TEXTS)


@pytest.mark.parametrize("name", TEXTS)
def test_most_numbers_of_a_lesson_come_from_its_tables(name):
    entries = entries_of(name)
    computed = sum("value" in entry for entry in entries)
    assert TEXTS[name].suffix == ".md" or computed > len(entries) / 2


# --------------------------------------------------------- planted defects: each is found

TRUE = {
    "says": "140,000 tonnes in 2020",
    "value": "at('rare_earth_mines', \"country == 'China' and year == 2020\", 'output_t')",
    "shows": "{:,.0f} tonnes in 2020",
}
TEXT = "China mined 140,000 tonnes in 2020."


def test_a_true_number_passes():
    assert unfounded([TRUE], TEXT) == [] and uncovered([TRUE], TEXT) == []


def test_a_wrong_number_is_found():
    wrong = TRUE | {"says": "150,000 tonnes in 2020"}
    assert unfounded([wrong], TEXT.replace("140", "150")) == [
        "the text says '150,000 tonnes in 2020', the data '140,000 tonnes in 2020'"
    ]


def test_a_number_gone_from_the_text_is_found():
    assert unfounded([TRUE], "China mined 1140,000 tonnes in 2020.") == [
        "'140,000 tonnes in 2020' does not stand in the text"
    ]


@pytest.mark.parametrize(
    "more",
    [
        "It exported 39,500 tonnes.",
        "The share is 7 percent.",
        "A price of $10.",
        "In 2031 it will end.",
        "| mines | 12 |",
        "Once 1,140,000 tonnes in 2020.",
    ],
)
def test_a_number_nobody_accounts_for_is_found(more):
    assert len(uncovered([TRUE], f"{TEXT} {more}")) == 1


def test_numbers_in_figures_and_findings_are_read():
    code = 'figure(alt.Chart(t, title="Up 5"), text=f"At {x} and 6")\ndef finding(r): return "of 7"'
    assert sorted(re.findall(r"\d", " ".join(spoken(code)))) == ["5", "6", "7"]


def test_digits_that_state_nothing_are_free():
    text = "# 1. Title\n\n*15 minutes.* In lesson 0, `a[0]`, [x](y1.html).\n\n1. On 4 May 1999\n"
    assert uncovered([], text) == []


def test_a_source_that_is_not_named_and_false_words_are_found():
    assert unfounded([{"says": "5 mines", "source": "The Atlas"}], "There are 5 mines.")
    assert unfounded([{"says": "5 mines", "quote": "fl-uses"}], "There are 5 mines.")
    assert unfounded([{"says": "5", "given": "ours"}], "There are 5 mines.")
    assert unfounded([{"says": "5 mines"}], "There are 5 mines.")
