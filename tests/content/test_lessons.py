"""The lessons as a student opens them: their anatomy, and every cell run in a real kernel."""

import ast
import copy
import json
import re
import subprocess

import nbformat
import pandas as pd
import pytest
from checkout import ROOT
from conftest import LESSONS
from nbclient import NotebookClient
from pagechecks import figures_of

import techpolitik
from techpolitik import files
from techpolitik.lesson import datasets, seeds
from techpolitik.lesson.exercises import exercises
from techpolitik.lesson.style import BOOK_MIME, LAB_MIME

LINES, COLUMNS, MEGABYTES = 17, 74, 250
SECTIONS = ["Read", "Look", "Check", "Explore", "Do", "Argue", "Key points"]
HEADER = ["Time", "You will", "You need", "Tables"]
MODULES = {"pandas": "pd", "altair": "alt"}
MYST = re.compile(r"^(```|~~~)\s*\{|^:::|\{[a-z:-]+\}`|^\([\w-]+\)=|^\{[.#]|^\+\+\+", re.MULTILINE)


def read(path):
    return json.loads(path.read_text("utf-8"))


def source(cell) -> str:
    return "".join(cell["source"])


def cells(notebook, kind) -> list[dict]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == kind]


def prose(notebook) -> str:
    return "\n\n".join(source(cell) for cell in cells(notebook, "markdown"))


def code(notebook) -> str:
    return "\n\n".join(source(cell) for cell in cells(notebook, "code"))


def plain(text: str) -> str:
    return " ".join(text.split())


def lesson_of(path) -> str:
    return path.stem.partition("_")[2]


def answers_of(path) -> list[dict]:
    """Give what a lesson says its model answers: `setting` and, as a pattern, what it `says`."""
    entries = files.read_yaml(path.parent / "numbers" / f"{lesson_of(path)}.yml", "numbers")
    return [entry for entry in entries if "model" in entry]


# ------------------------------------------------- checks: each gives a list of problems


def unclean(notebook) -> list[str]:
    """List outputs, counters and unstable ids: a notebook in git holds none of them."""
    problems = []
    for cell in cells(notebook, "code"):
        if cell.get("outputs") or cell.get("execution_count") is not None:
            problems.append(f"{cell.get('id')} holds an output or a counter")
    ids = [cell.get("id", "") for cell in notebook["cells"]]
    if len(set(ids)) < len(ids):
        problems.append("two cells share an id")
    problems += [f"{name!r} is not a readable id" for name in ids if not re.match(r"[a-z]", name)]
    problems += [f"{n!r} is a random id" for n in ids if re.fullmatch(r"[0-9a-f]{8}(-.*)?", n)]
    if "widgets" in notebook["metadata"]:
        problems.append("the notebook stores the state of widgets")
    return problems


def header_of(notebook) -> dict[str, str]:
    """Read the table at the head of a lesson."""
    rows = re.findall(r"^\| \*\*(.+?)\*\* \| (.+) \|$", prose(notebook), re.MULTILINE)
    return dict(rows)


def misshapen(notebook) -> list[str]:
    """List what a lesson lacks of the anatomy that all lessons share."""
    problems = []
    first = source(notebook["cells"][0]).splitlines()[0]
    if not re.fullmatch(r"# .*\?", first):
        problems.append(f"the first cell does not begin with a question as title: {first}")
    if len(re.findall(r"^# ", prose(notebook), re.MULTILINE)) != 1:
        problems.append("there is not exactly one title")
    header = header_of(notebook)
    if [name for name in header if name in HEADER] != HEADER:
        problems.append(f"the header holds {list(header)}, expected {HEADER}")
    found = re.findall(r"^## (.+)$", prose(notebook), re.MULTILINE)
    if [name for name in found if name in SECTIONS] != SECTIONS:
        problems.append(f"the sections are {found}, expected {SECTIONS} in this order")
    return problems


def misspent(notebook) -> list[str]:
    """List where the minutes of a lesson do not add up."""
    time = header_of(notebook)["Time"]
    total, listed = re.match(r"(\d+) minutes[^:]*: (.*)", time).groups()
    total = int(total)
    parts = {part: int(number) for part, number in re.findall(r"([a-z ]+?) (\d+)", listed)}
    parts = {part.strip(): number for part, number in parts.items()}
    problems = []
    if sum(parts.values()) != total:
        problems.append(f"the header says {total} minutes and lists {sum(parts.values())}")
    said = minutes_said(notebook)
    for part, number in parts.items():
        names = [name.strip().capitalize() for name in part.split(" and ")]
        spent = sum(said.get(name, 0) for name in names)
        if spent != number:
            problems.append(f"the header gives {number} minutes to {part}, the sections {spent}")
    return problems


def minutes_said(notebook) -> dict[str, int]:
    """Read the minutes that each section states in the line below its heading."""
    parts = re.split(r"^## (.+)$", prose(notebook), flags=re.MULTILINE)
    found = {}
    for name, text in zip(parts[1::2], parts[2::2], strict=True):
        stated = re.match(r"\s*\*[^*]*?(\d+) minutes[^*]*\*", text)
        if stated:
            found[name] = int(stated[1])
    return found


def unwieldy(notebook) -> list[str]:
    """List code cells too long for a screen and lines too long for a page."""
    problems = []
    for cell in cells(notebook, "code"):
        lines = source(cell).split("\n")
        if len(lines) > LINES:
            problems.append(f"{cell['id']} has {len(lines)} lines, at most {LINES}")
        if max(map(len, lines)) > COLUMNS:
            problems.append(f"{cell['id']} is {max(map(len, lines))} columns wide")
    return problems


def foreign(notebook) -> list[str]:
    """List imports of anything but pandas, Altair and the public names of the course."""
    problems = []
    for node in ast.walk(ast.parse(code(notebook))):
        if isinstance(node, ast.Import):
            for name in node.names:
                if MODULES.get(name.name) != name.asname or name.asname is None:
                    problems.append(f"import {name.name} as {name.asname}")
        if isinstance(node, ast.ImportFrom):
            if node.module != "techpolitik":
                problems.append(f"from {node.module} import ...")
            names = [name.name for name in node.names]
            problems += [f"{n} is no public name" for n in names if n not in techpolitik.__all__]
    return problems


def unreadable(notebook) -> list[str]:
    """List syntax that only Sphinx understands: JupyterLab would show it raw."""
    return [
        f"{cell['id']}: {found[0]!r} is MyST, not plain Markdown"
        for cell in cells(notebook, "markdown")
        if (found := MYST.search(source(cell)))
    ]


def quotations(notebook) -> list[tuple[str, str]]:
    """Give each quotation of a lesson with its attribution ('' if it has none)."""
    found = []
    for block in re.findall(r"(?:^>.*\n?)+", prose(notebook), re.MULTILINE):
        text = re.sub(r"^> ?", "", block, flags=re.MULTILINE)
        quote, _, by = text.partition("\n\n")
        found.append((plain(quote), plain(by)))
    return found


def misquoted(notebook, lesson) -> list[str]:
    """List quotations that are no excerpt of the lesson, lack an attribution, or are left out."""
    known = {
        name: excerpt for name, excerpt in seeds.excerpts().items() if lesson in excerpt["lessons"]
    }
    problems, used = [], set()
    for quote, by in quotations(notebook):
        names = [name for name, excerpt in known.items() if plain(excerpt["text"]) == quote]
        used.update(names)
        if not names:
            problems.append(f"no excerpt of {lesson} reads '{quote[:60]}'")
        elif known[names[0]]["speaker"] not in by:
            problems.append(f"'{quote[:40]}' is not attributed to {known[names[0]]['speaker']}")
    return problems + [f"the excerpt {name} is not used" for name in known if name not in used]


def calls(notebook, name) -> list[ast.Call]:
    """Give all calls of a function by its bare name."""
    return [
        node
        for node in ast.walk(ast.parse(code(notebook)))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
    ]


def first_arguments(notebook, name) -> set[str]:
    return {call.args[0].value for call in calls(notebook, name)}


def tables_used(notebook) -> set[str]:
    """Give the tables that a lesson loads, shows a card of, or names as a source."""
    used = first_arguments(notebook, "load") | first_arguments(notebook, "about")
    for call in [*calls(notebook, "figure"), *calls(notebook, "explore")]:
        for keyword in call.keywords:
            if keyword.arg == "source":
                value = ast.literal_eval(keyword.value)
                used |= {value} if isinstance(value, str) else set(value)
    return used


def mislisted(notebook, lesson) -> list[str]:
    """List where the tables of the header are not those that the lesson and its exercises use."""
    listed = set(re.findall(r"`(\w+)`", header_of(notebook)["Tables"]))
    used = tables_used(notebook)
    asked = {t for e in exercises().values() if e["lesson"] == lesson for t in e["tables"]}
    problems = [f"{name} is listed and not used" for name in sorted(listed - used - asked)]
    problems += [f"{name} is used and not listed" for name in sorted(used - listed)]
    known = set(datasets.names())
    return problems + [f"{name} is no table" for name in sorted((listed | used) - known)]


def unmeasured(notebook) -> list[str]:
    """List the figures that do not say in a subtitle what is measured."""
    made = [*calls(notebook, "figure"), *calls(notebook, "explore")]
    bare = [call for call in made if "subtitle" not in {word.arg for word in call.keywords}]
    return [ast.unparse(call)[:60] for call in bare]


def unknown_claims(notebook) -> list[str]:
    return sorted(first_arguments(notebook, "claim") - set(seeds.claims()))


# --------------------------------------------------------------------- the real notebooks


def test_holds_no_output_and_keeps_its_ids(notebook):
    assert unclean(read(notebook)) == []


# A copy of the course without its history has nothing to check here.
if (ROOT / ".git").exists():

    def test_nothing_built_or_run_is_in_git():
        listed = subprocess.run(
            ["git", "ls-files"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()
        assert [name for name in listed if re.search(r"_build|checkpoint|__pycache__", name)] == []


def test_has_the_anatomy_of_a_lesson(notebook):
    assert misshapen(read(notebook)) + misspent(read(notebook)) == []


def test_code_fits_a_screen_and_imports_little(notebook):
    assert unwieldy(read(notebook)) + foreign(read(notebook)) == []


def test_text_is_plain_markdown(notebook):
    assert unreadable(read(notebook)) == []


def test_quotations_are_the_excerpts_of_the_lesson(notebook):
    assert misquoted(read(notebook), lesson_of(notebook)) == []


def test_each_figure_says_what_it_measures(notebook):
    lesson = read(notebook)
    assert unmeasured(lesson) == []
    assert len(unmeasured(append(copy.deepcopy(lesson), "code", "figure(chart)"))) == 1


def test_tables_and_claims_exist_and_are_those_listed(notebook):
    lesson = read(notebook)
    assert mislisted(lesson, lesson_of(notebook)) == []
    assert unknown_claims(lesson) == []
    assert calls(lesson, "claim") and calls(lesson, "explore") and calls(lesson, "figure")
    assert first_arguments(lesson, "quiz") == {lesson_of(notebook)}


# ------------------------------------------------------------------------------- kernels


def test_runs_for_the_book_without_error_or_stderr(notebook, monkeypatch):
    monkeypatch.setenv("TECHPOLITIK_BOOK", "1")
    done = run_for_book(nbformat.read(notebook, as_version=4), notebook.parent)
    assert complaints(done) == []
    kinds = [kind for output in outputs(done) for kind in output.get("data", {})]
    assert BOOK_MIME in kinds and LAB_MIME not in kinds
    assert not [kind for kind in kinds if "widget" in kind]


def run_for_book(lesson, folder):
    NotebookClient(
        lesson, timeout=120, allow_errors=True, resources={"metadata": {"path": str(folder)}}
    ).execute()
    return lesson


def outputs(lesson):
    return [out for cell in lesson.cells for out in cell.get("outputs", [])]


def complaints(lesson) -> list[str]:
    """List errors and whatever cells wrote to standard error."""
    return [
        out.get("text") or f"{out['ename']}: {out['evalue']}"
        for out in outputs(lesson)
        if out.output_type == "error" or out.get("name") == "stderr"
    ]


def test_runs_live_without_error_or_stderr(notebook, live_lesson):
    lesson = live_lesson(notebook)
    assert lesson.errors + lesson.stderr == []
    assert any(LAB_MIME in shown for shown in lesson.displays)
    # What needs a network or another host has no place in a lesson.
    drawn = [shown for shown in lesson.displays if LAB_MIME in shown]
    assert not any("text/html" in shown or BOOK_MIME in shown for shown in drawn)
    assert all(shown["text/plain"] for shown in lesson.displays)


def test_kernel_stays_small(notebook, live_lesson, record_property):
    megabytes = live_lesson(notebook).megabytes
    record_property("megabytes", round(megabytes))
    assert 50 < megabytes < MEGABYTES


def test_live_explorations_say_and_draw_what_the_model_says(notebook, live_lesson, book):
    lesson = live_lesson(notebook)
    page = (book / "notebooks" / f"{notebook.stem}.html").read_text("utf-8")
    grids = [figure for figure in figures_of(page) if "findings" in figure]
    assert len(grids) == len(lesson.expected()) >= 1
    for model, grid in zip(lesson.expected(), grids, strict=True):
        assert grid["labels"] == model["options"]
        assert corners_that_disagree(lesson, model, grid) == []


def corners_that_disagree(lesson, model, grid) -> list[str]:
    """Move a live exploration to each corner of its grid; list where it and the model differ."""
    problems = []
    inputs = [
        lesson.widget(description=label, _options_labels=options)
        for label, options in zip(model["labels"], model["options"], strict=True)
    ]
    sentences = [key for key, state in lesson.widgets.items() if 'role="status"' in text_of(state)]
    # A lesson may hold several explorations: the sentence is the one boxed with these controls.
    boxes = [state.get("children", []) for state in lesson.widgets.values()]
    (box,) = [parts for parts in boxes if f"IPY_MODEL_{inputs[0]}" in parts]
    (sentence,) = [key for key in sentences if f"IPY_MODEL_{key}" in box]
    # The first move must change something, so begin at the opposite corner.
    standing = list(model["corners"][-1]["places"])
    for widget, place in zip(inputs, standing, strict=True):
        lesson.move(widget, place)
    for corner in model["corners"]:
        shown = []
        for index, place in enumerate(corner["places"]):
            if standing[index] != place:
                shown = lesson.move(inputs[index], place)
        standing = corner["places"]
        said = text_of(lesson.widgets[sentence])
        if said != f'<p role="status">{corner["finding"]}</p>':
            problems.append(f"{standing}: the notebook says {said}, not '{corner['finding']}'")
        state = 0
        for size, place in zip(model["sizes"], standing, strict=True):
            state = state * size + place
        if grid["findings"][state] != corner["finding"]:
            problems.append(f"{standing}: the page would say '{grid['findings'][state]}'")
        specs = [display[LAB_MIME] for display in shown if LAB_MIME in display]
        if [list(spec["datasets"].values()) for spec in specs] != [corner["data"]]:
            problems.append(f"{standing}: {len(specs)} charts, or one of other rows")
    return problems


def answers_that_differ(lesson, answers) -> list[str]:
    """List settings for which the model of a lesson says something else than its text."""
    wanted = {"setup", "layers", "stages", "graded", "model", "draw", "finding"}
    made = {}
    with pd.option_context("display.max_colwidth", 50):
        for cell in cells(lesson, "code"):
            if cell["id"] in wanted:
                exec(source(cell), made)
    said = [made["finding"](made[answer["model"]](*answer["setting"])) for answer in answers]
    pairs = [(text, answer["says"]) for text, answer in zip(said, answers, strict=True)]
    return [f"{text!r}, not {pattern!r}" for text, pattern in pairs if not re.search(pattern, text)]


@pytest.mark.parametrize("path", [path for path in LESSONS if answers_of(path)], ids=lesson_of)
def test_answers_to_the_predictions_are_what_the_model_says(path):
    assert answers_that_differ(read(path), answers_of(path)) == []
    one, other = answers_of(path)[:2]
    assert len(answers_that_differ(read(path), [one | {"says": other["says"]}])) == 1


def test_a_model_that_reads_a_stock_as_a_shortage_is_found():
    (path,) = [path for path in LESSONS if lesson_of(path) == "rare_earths"]
    spoilt = spoil(read(path), "lost - new - used}", "used}")
    assert answers_that_differ(spoilt, answers_of(path))


def text_of(state) -> str:
    return state.get("value") if isinstance(state.get("value"), str) else ""


# --------------------------------------------------------- planted defects: each is found


@pytest.fixture
def lesson(notebook):
    """A copy of a lesson to spoil."""
    return copy.deepcopy(read(notebook))


def spoil(lesson, old, new):
    """Replace a text in every cell; it must have been there."""
    assert old in prose(lesson) + code(lesson)
    for cell in lesson["cells"]:
        cell["source"] = source(cell).replace(old, new)
    return lesson


def append(lesson, kind, text):
    lesson["cells"].append({"cell_type": kind, "id": "planted", "metadata": {}, "source": text})
    return lesson


def test_outputs_and_bad_ids_are_found(lesson):
    lesson["cells"][-1]["id"] = "3fa9c2d1"
    cells(lesson, "code")[0]["execution_count"] = 7
    problems = unclean(lesson)
    assert any("output or a counter" in problem for problem in problems)
    assert any("random id" in problem for problem in problems)
    lesson["cells"][-1]["id"] = lesson["cells"][0]["id"]
    assert "two cells share an id" in unclean(lesson)


def test_a_lesson_out_of_shape_is_found(lesson):
    assert misshapen(spoil(copy.deepcopy(lesson), "## Explore", "## Play"))
    assert misshapen(spoil(copy.deepcopy(lesson), "**You need**", "**Bring**"))
    title = source(lesson["cells"][0]).splitlines()[0]
    assert misshapen(spoil(copy.deepcopy(lesson), title, "# A lesson"))
    stated = re.search(r"\*\d+ minutes", prose(lesson))[0]
    assert misspent(spoil(copy.deepcopy(lesson), stated, "*99 minutes"))
    total = header_of(lesson)["Time"].split(":")[0]
    assert misspent(spoil(copy.deepcopy(lesson), total, "99 minutes"))


def test_long_code_and_odd_imports_are_found(lesson):
    assert unwieldy(append(copy.deepcopy(lesson), "code", "\n" * LINES))
    assert unwieldy(append(copy.deepcopy(lesson), "code", "x" * (COLUMNS + 1)))
    for line in ("import os", "from techpolitik.lesson.seeds import verify", "import pandas"):
        assert foreign(append(copy.deepcopy(lesson), "code", line))
    assert foreign(append(copy.deepcopy(lesson), "code", "from techpolitik import datasets"))


@pytest.mark.parametrize("text", ["```{note}\nx\n```", ":::note", "{ref}`x`", "(here)=", "{.tp-x}"])
def test_myst_syntax_is_found(lesson, text):
    assert unreadable(append(lesson, "markdown", text))


def test_a_false_quotation_is_found(lesson, notebook):
    name = lesson_of(notebook)
    quote = quotations(lesson)[0][0]
    changed = copy.deepcopy(lesson)
    assert misquoted(spoil(changed, quote.split()[0], "Indeed"), name)
    anonymous = append(copy.deepcopy(lesson), "markdown", f"> {quote}\n>\n> somebody")
    assert any("is not attributed" in problem for problem in misquoted(anonymous, name))


def test_unlisted_tables_and_unknown_claims_are_found(lesson, notebook):
    name = lesson_of(notebook)
    known = tables_used(lesson) | set(re.findall(r"`(\w+)`", header_of(lesson)["Tables"]))
    other = next(table for table in datasets.names() if table not in known)
    more = append(copy.deepcopy(lesson), "code", f'load("{other}")')
    assert mislisted(more, name)[-1] == f"{other} is used and not listed"
    listed = header_of(lesson)["Tables"]
    assert mislisted(spoil(copy.deepcopy(lesson), listed, listed + f", `{other}`"), name)
    assert unknown_claims(append(copy.deepcopy(lesson), "code", 'claim("XX99")')) == ["XX99"]


def test_a_failing_and_a_noisy_cell_are_found(tmp_path):
    lesson = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell("import sys; print('beware', file=sys.stderr)"),
            nbformat.v4.new_code_cell("1 / 0"),
        ]
    )
    assert complaints(run_for_book(lesson, tmp_path)) == [
        "beware\n",
        "ZeroDivisionError: division by zero",
    ]


def test_a_live_exploration_that_disagrees_is_found(notebook, live_lesson):
    lesson = live_lesson(notebook)
    model = copy.deepcopy(lesson.expected()[0])
    model["corners"] = model["corners"][:1]
    model["corners"][0] |= {"finding": "Nothing happened.", "data": []}
    count = 1
    for size in model["sizes"]:
        count *= size
    problems = corners_that_disagree(lesson, model, {"findings": [""] * count})
    for part in ("the notebook says", "the page would say", "or one of other rows"):
        assert any(part in problem for problem in problems), part
