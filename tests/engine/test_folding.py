"""Which code is folded: what draws, describes or loads; what teaches stays open."""

import pytest

from techpolitik.folding import MOST_LINES, folds, hide_what_draws

LONG = "\n".join(f"n{at} = len(rows)" for at in range(MOST_LINES + 1))
EXPLORE = "explore(model, draw, finding=say, text='...', source='months')"


def cells(*sources, tags=()) -> list[dict]:
    """Make cells, the one that begins with a hash a heading."""
    return [
        {
            "id": f"c{at}",
            "cell_type": "markdown" if source.startswith("#") else "code",
            "metadata": {"tags": list(tags)},
            "source": source.splitlines(keepends=True),
        }
        for at, source in enumerate(sources)
    ]


def kinds(*sources, **settings) -> list[str]:
    found = folds(cells(*sources, **settings))
    return [found[f"c{at}"].kind if f"c{at}" in found else "open" for at in range(len(sources))]


@pytest.mark.parametrize(
    "kind, code",
    [
        ("tools", "import altair as alt\npd.options.display.max_rows = 9"),
        ("card", 'claim("C1")'),
        ("answer", 'total = ...\n\ncheck("total", total)'),
        ("figure", "rows = table.groupby('a').size()\nfigure(bars, text='...', source='months')"),
        ("chart", "rows = table.melt('a')\nbars = alt.Chart(rows)"),
        ("chart", 'lines = named(lines, "country")'),
        ("chart", 'order = ["a", "b"]\ntitle = "Two"'),
        ("steps", LONG),
        ("open", "rows = table.groupby('a').size()"),
        ("open", "rows = table.groupby('a').size()\nrows"),
        ("open", "bars = alt.Chart(rows)\nprint(rows)"),
        ("open", "for row in rows:\n    print(row)"),
        ("open", 'about("months").text'),
        ("open", "%matplotlib inline\nrows"),
    ],
)
def test_a_cell_is_judged_by_what_it_does(kind, code):
    assert kinds(code) == [kind]
    assert kinds(code, tags=["show-input"]) == ["open"]


def test_functions_of_an_exploration_are_told_apart():
    code = [f"def {name}(rows):\n    return rows.sum()" for name in ("model", "draw", "say", "own")]
    assert kinds(*code, EXPLORE) == ["open", "chart", "chart", "open", "figure"]


def test_few_lines_stay_open_before_a_slider():
    parts, model = "a = len(rows)\n" * 8, "def model(a):\n" + "    a += len(rows)\n" * 7
    assert kinds("## Explore", parts, model, EXPLORE) == ["open", "steps", "open", "figure"]
    # What a heading or an output parts from the slider is not counted, a folded cell neither.
    assert kinds(parts, "## Explore", model, EXPLORE) == ["open", "open", "open", "figure"]
    assert kinds(parts, "rows", model, EXPLORE) == ["open", "open", "open", "figure"]
    assert kinds("## Explore", parts, LONG, EXPLORE) == ["open", "open", "steps", "figure"]


def test_a_fold_knows_its_lines_and_its_figure():
    found = folds(cells("bars = alt.Chart(rows)\nbars = bars", "rows", "figure(bars)", "a = 'b'"))
    assert (found["c0"].lines, found["c0"].figure, found["c3"].figure) == (2, "c2", None)


def test_in_the_notebook_only_what_draws_is_hidden():
    made = cells("import altair as alt", 'claim("C1")', "bars = alt.Chart(rows)", "figure(bars)")
    hide_what_draws(made)
    assert [cell["metadata"].get("jupyter") for cell in made] == [
        None,
        None,
        {"source_hidden": True},
        {"source_hidden": True},
    ]
