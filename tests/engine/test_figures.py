"""Figures and cards: nothing is shown without title, description, table and source."""

import io
import json
import re

import altair as alt
import nbformat
import pandas as pd
import pytest
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

from techpolitik import colours, figure, named, note
from techpolitik.book import drawings, render
from techpolitik.lesson import datasets
from techpolitik.lesson.cards import Card, table_html
from techpolitik.lesson.figures import book_spec, credit, csv_text, own_data, table, title_of
from techpolitik.lesson.style import BOOK_MIME, COLOURS, LAB_MIME

ROWS = pd.DataFrame({"country": ["China", "US"], "year": [2020, 2020], "output_t": [140000, 39000]})
TEXT = "China mined 140,000 tonnes, the United States 39,000."


def chart(**settings):
    settings = {"title": "China mined most"} | settings
    return alt.Chart(ROWS, **settings).mark_bar().encode(x="country:N", y="output_t:Q")


def shown(item, monkeypatch, book: bool) -> list[dict]:
    """Give the bundles an object displays, in the book or in the notebook."""
    monkeypatch.setenv("TECHPOLITIK_BOOK", "1" if book else "")
    bundles = []

    def display(thing, raw=False):
        bundles.append(thing if raw else thing._repr_mimebundle_())

    monkeypatch.setattr("techpolitik.lesson.figures.display", display)
    item._ipython_display_()
    return bundles


# What figure() refuses


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"text": "  "}, "needs text="),
        ({"source": []}, "needs source="),
        ({"chart": chart(title="")}, "has no title"),
        ({"chart": alt.layer(chart(), alt.Chart(ROWS.head(1)).mark_rule())}, "pass it as data="),
    ],
)
def test_a_figure_lacking_a_part_is_refused(settings, message):
    whole = {"chart": chart(), "text": TEXT, "source": "rare_earth_mines"} | settings
    with pytest.raises(ValueError, match=message):
        figure(whole.pop("chart"), **whole)


def test_an_unknown_source_lists_the_nearest():
    with pytest.raises(LookupError, match="rare_earth_mines"):
        figure(chart(), text=TEXT, source="rare_earth_mine")


def test_titles_of_several_lines_and_of_layers_are_read():
    assert title_of({"title": ["China", "leads"]}) == "China leads"
    assert title_of({"title": {"text": "China leads"}}) == "China leads"
    assert title_of({"layer": [{"mark": "bar"}, {"title": "China leads"}]}) == "China leads"


def test_the_rows_of_a_figure_are_those_given_or_the_chart_s_own():
    assert own_data(chart()) is ROWS
    given = figure(chart(), text=TEXT, source="rare_earth_mines", data=ROWS.head(1))
    assert table(given.data)["rows"] == [["China", "2020", "140,000"]]


# What it shows


def test_in_the_notebook_nothing_needs_a_network(monkeypatch):
    drawn, notes = shown(figure(chart(), text=TEXT, source="rare_earth_mines"), monkeypatch, False)
    assert set(drawn) == {LAB_MIME, "text/plain"}
    assert "/v5.json" in drawn[LAB_MIME]["$schema"]
    assert drawn[LAB_MIME]["description"] == TEXT
    assert "China mined most" in drawn["text/plain"] and TEXT in drawn["text/plain"]
    assert TEXT in notes["text/html"] and "140,000" in notes["text/html"]
    assert datasets.resource("rare_earth_mines")["title"] in notes["text/plain"]


def test_for_the_book_all_parts_travel_with_the_chart(monkeypatch):
    item = figure(chart(), text=f"  {TEXT}\n ", source=["rare_earth_mines", "rare_earth_quotas"])
    (bundle,) = shown(item, monkeypatch, True)
    assert set(bundle) == {BOOK_MIME, "text/plain"}
    spec = bundle[BOOK_MIME]
    meta = spec["usermeta"]["techpolitik"]
    assert meta["title"] == "China mined most" and "title" not in spec
    assert meta["text"] == spec["description"] == TEXT
    assert meta["source"] == ["rare_earth_mines", "rare_earth_quotas"]
    assert meta["table"]["rows"][1] == ["US", "2020", "39,000"]
    assert spec["width"] == "container"
    json.dumps(bundle)


def test_a_chart_of_several_views_keeps_its_own_width():
    side = (chart() | chart()).properties(title="Two views")
    item = figure(side, text=TEXT, source="rare_earth_mines", data=ROWS)
    assert "width" not in book_spec(side.to_dict(), item)


def test_a_subtitle_and_a_caveat_go_where_the_title_goes(monkeypatch):
    said = {"subtitle": "Tonnes of\noxide, 2020", "caveat": "A quota, not a measurement."}
    item = figure(chart(), text=TEXT, source="rare_earth_mines", **said)
    meta = shown(item, monkeypatch, True)[0][BOOK_MIME]["usermeta"]["techpolitik"]
    assert (meta["subtitle"], meta["caveat"]) == ("Tonnes of oxide, 2020", said["caveat"])
    drawn, notes = shown(item, monkeypatch, False)
    title = {"text": "China mined most", "subtitle": "Tonnes of oxide, 2020"}
    assert drawn[LAB_MIME]["title"] == title
    assert said["caveat"] in notes["text/html"] and said["caveat"] in drawn["text/plain"]


def test_a_side_has_the_colour_that_the_course_gives_it():
    scale = colours("China", "others").to_dict()
    assert scale == {"domain": ["China", "others"], "range": [COLOURS["2"], COLOURS["6"]]}
    with pytest.raises(LookupError, match="no colour for 'Chin'; did you mean China"):
        colours("Chin")


def test_names_stand_at_the_last_point_of_each_line():
    rows = pd.DataFrame({"who": ["A", "A", "B", "B"], "at": [2, 1, 1, 2], "v": [5, 3, 4, None]})
    lines = alt.Chart(rows).mark_line().encode(x="at:Q", y="v:Q", color="who:N")
    spec = named(lines, "who").to_dict()
    line, names = spec["layer"]
    assert line["encoding"]["color"]["legend"] is None
    assert names["mark"]["type"] == "text" and names["encoding"]["text"]["field"] == "who"
    ends = spec["datasets"][names["data"]["name"]]
    assert {(row["who"], row["at"], row["v"]) for row in ends} == {("A", 2, 5), ("B", 1, 4)}
    assert "legend" not in lines.to_dict()["encoding"]["color"]


def test_a_rule_says_what_it_is_and_leaves_the_axis_its_title():
    rule, words = note("licences", x="2025-04-04").to_dict()["layer"]
    day = {"year": 2025, "month": 4, "date": 4}
    assert rule["encoding"]["x"] == {"datum": day} and words["mark"]["align"] == "center"
    rule, words = note("half", y=50, align="right").to_dict()["layer"]
    assert rule["encoding"]["y"] == {"datum": 50}
    assert words["encoding"]["x"] == {"value": "width"}
    assert words["encoding"]["text"]["field"] == "words"


def test_a_row_keeps_its_height_however_many_there_are():
    rows = alt.Chart(ROWS, title="Two rows").mark_bar().encode(x="output_t:Q", y="country:N")
    said = {"text": TEXT, "source": "rare_earth_mines", "data": ROWS}

    def height(drawn):
        return book_spec(drawn.to_dict(), figure(drawn, **said)).get("height")

    assert height(rows) == 56
    assert height(rows + rows.mark_text().encode(text="country:N")) == 56
    assert height(rows.properties(height=alt.Step(20))) == 40
    assert height(rows.properties(height=99)) == 99
    assert height(chart()) is None


def test_long_tables_say_what_is_left_out():
    long = pd.DataFrame({"n": range(60)})
    assert "20 more rows" in table_html(table(long))
    assert "more rows" not in table_html(table(long.head(40)))


def test_tables_escape_what_they_hold_and_mark_their_headers():
    html = table_html(table(pd.DataFrame({"<b>": ["<script>"], "n": [1]})))
    assert "<script>" not in html and "<b>" not in html
    assert html.count('scope="col"') == 2 and html.count("tp-number") == 2


def test_a_card_is_html_with_a_twin_in_plain_text():
    card = Card("<p>1</p>", "1")
    assert card._repr_mimebundle_() == {"text/html": "<p>1</p>", "text/plain": "1"}
    assert str(card) == "1"


# On the site


def test_drawings_hold_no_style_no_role_and_the_colours_of_the_theme(tmp_path):
    spec = chart().to_dict()
    svg = render.draw(spec, tmp_path)
    assert not re.search(r"<style|<script|\brole=|font-family=", svg)
    assert 'aria-hidden="true"' in svg and "var(--tp-1)" in svg
    assert COLOURS["1"] not in svg
    assert render.draw(spec, tmp_path) == svg
    assert len(list(tmp_path.iterdir())) == 1


def test_colours_become_variables_except_in_ramps():
    ink = COLOURS["ink"]
    config = {"title": {"color": ink}, "range": {"ramp": [ink], "category": [ink]}}
    assert render.with_variables(config) == {
        "title": {"color": "var(--tp-ink)"},
        "range": {"ramp": [ink], "category": ["var(--tp-ink)"]},
    }


@pytest.fixture
def small_site(tmp_path, monkeypatch):
    """A function that builds a site of one notebook with these outputs; gives page and warnings."""

    monkeypatch.syspath_prepend(tmp_path)

    def build(*bundles: dict, names=("mines",)):
        (tmp_path / "conf.py").write_text(
            "extensions = ['myst_nb', 'only_render']\nexclude_patterns = ['_build']\n"
            "html_theme = 'basic'\nnb_execution_mode = 'off'\n"
        )
        (tmp_path / "only_render.py").write_text("from techpolitik.book.render import setup\n")
        outputs = [nbformat.v4.new_output("display_data", data=bundle) for bundle in bundles]
        cells = [
            nbformat.v4.new_markdown_cell("# A lesson"),
            *(
                nbformat.v4.new_code_cell(
                    "figure(...)", outputs=outputs, execution_count=1, id=f"{name}-figure"
                )
                for name in names
            ),
        ]
        (tmp_path / "other.md").write_text("# Another page\n\nSee [](#figure-index-mines).\n")
        nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "index.ipynb")
        out = tmp_path / "_build" / "html"
        warned = (tmp_path / "warnings.txt").open("w+")
        with docutils_namespace():
            Sphinx(
                tmp_path, tmp_path, out, out.parent / "doctrees", "html", {}, None, warned
            ).build()
        warned.seek(0)
        return (out / "index.html").read_text("utf-8"), warned.read(), out

    return build


def book_bundle(monkeypatch, text=TEXT, source="rare_earth_mines"):
    item = figure(chart(), text=text, source=source)
    return shown(item, monkeypatch, True)[0]


def test_a_page_shares_tables(small_site, monkeypatch):
    bundles = [book_bundle(monkeypatch, "Zincography shows China."), book_bundle(monkeypatch)]
    page, warned, _ = small_site(*bundles)
    assert "execution" not in warned.replace("nb_execution", "")
    assert page.count('class="tp-spec"') == 2
    assert page.count('"country":"China"') == 1
    assert "Zincography shows China." in page
    assert "https://" not in "".join(re.findall(r'src="[^"]*"', page))


def test_a_page_shows_the_subtitle_and_the_caveat(small_site, monkeypatch):
    said = {"subtitle": "Tonnes, <2020>", "caveat": "Zymurgy excluded."}
    item = figure(chart(), text=TEXT, source="rare_earth_mines", **said)
    page, *_ = small_site(shown(item, monkeypatch, True)[0])
    assert '<p class="tp-figure-subtitle">Tonnes, &lt;2020&gt;</p>' in page
    assert '<p class="tp-caveat">Zymurgy excluded.</p>' in page
    bare, *_ = small_site(book_bundle(monkeypatch))
    assert "tp-figure-subtitle" not in bare and "tp-caveat" not in bare


def test_a_figure_is_named_by_its_cell_and_found_from_any_page(small_site, monkeypatch):
    page, warned, out = small_site(book_bundle(monkeypatch), book_bundle(monkeypatch, "Again."))
    assert re.findall(r'<figure class="tp-figure" id="([^"]+)"', page) == [
        "figure-index-mines",
        "figure-index-mines-2",
    ]
    link = r'href="index.html#figure-index-mines"[^>]*>(?:<[^>]*>)*China mined most<'
    assert re.search(link, (out / "other.html").read_text("utf-8"))
    assert "figure-index-mines" not in warned


def test_a_figure_added_above_leaves_the_link_of_another(small_site, monkeypatch):
    page, *_ = small_site(book_bundle(monkeypatch), names=("mines-by-year", "mines", "mines-2"))
    assert re.findall(r'<figure class="tp-figure" id="figure-index-([^"]+)"', page) == [
        "mines-by-year",
        "mines",
        "mines-2",
    ]


def test_files_of_figures_that_have_gone_go_too(small_site, monkeypatch):
    *_, out = small_site(book_bundle(monkeypatch), book_bundle(monkeypatch, "Again."))
    files = out / "_static" / "figures"
    assert {path.name for path in files.iterdir()} == {"index-mines.csv", "index-mines-2.csv"}
    small_site(book_bundle(monkeypatch))
    assert {path.name for path in files.iterdir()} == {"index-mines.csv"}


def test_a_csv_names_its_tables_in_every_row_and_its_caveats_once():
    rows = pd.read_csv(io.StringIO(csv_text(ROWS.assign(share=1 / 3), ["rare_earth_mines"])))
    assert list(rows.columns) == [*ROWS.columns, "share", "figure_source", "figure_note"]
    assert rows["share"][0] == 0.3333333333 and len(rows) == len(ROWS)
    assert rows["figure_source"].eq("rare_earth_mines").all()
    first, *others = rows["figure_note"]
    for said in [credit(["rare_earth_mines"]), *about_mines()["caveats"]]:
        assert said in first
    assert others and pd.isna(others).all()


def about_mines() -> dict:
    return datasets.resource("rare_earth_mines")["techpolitik"]


def test_maps_are_drawn_alike_with_less():
    ring = "M10.26,20.84L10.31,20.79L12.7,-3.2L8.44,25.9Z"
    assert drawings.ring(ring.removeprefix("M")) == "M10 21l3-24-5 29Z"
    path = f' d="{ring * 6}"'
    assert drawings.slim(f'<svg width="9" height="9"><path{path}/></svg>').count("M10 21l3-24") == 6
    curve = f' d="M10.26,20.84C{"1.26,2.3," * 40}5,6"'
    assert "C1,2," in drawings.slim(f'<svg width="9" height="9"><path{curve}/></svg>')


def test_a_chart_that_is_no_figure_is_warned_about(small_site, monkeypatch):
    page, warned, _ = small_site({LAB_MIME: chart().to_dict(), "text/plain": "a chart"})
    assert "wrap it in figure(...)" in warned
    assert "A chart without description and source." in page
