"""The tables: they fit their description, load as promised, and say what breaks them."""

import csv
import json
import os
import re
import shutil
import sys
from pathlib import Path

import altair as alt
import pandas as pd
import pytest
import vl_convert
from checkout import ROOT

from techpolitik import course
from techpolitik.files import FileError
from techpolitik.lesson import datasets

TABLES = [name for name in datasets.names() if name != "world"]
FACTS = Path(os.environ.get("TECHPOLITIK_FACTS") or ROOT.parent / "shared" / "facts")
TYPES = {
    "string": "str",
    "integer": "Int64",
    "number": "float64",
    "boolean": "boolean",
    "date": "datetime64[us]",
}


def shares(rows, amount):
    """Give percentage shares in the sum of the rows, a blank counting as nothing."""
    return 100 * rows[amount] / rows[amount].sum()


def hhi(rows, amount):
    """Give both bounds of the index: aggregates as many tiny producers, and as one."""
    squares = shares(rows, amount) ** 2
    return squares[~rows["is_aggregate"]].sum(), squares.sum()


# The package as a whole


def test_the_package_fits_its_description():
    assert datasets.validate() == []


@pytest.mark.parametrize("name", TABLES)
def test_a_table_loads_with_the_types_it_promises(name):
    table = datasets.load(name)
    fields = datasets.resource(name)["schema"]["fields"]
    assert list(table.columns) == [field["name"] for field in fields]
    assert [str(kind) for kind in table.dtypes] == [TYPES[field["type"]] for field in fields]
    # The list of sources grows with the others; nobody reads it as one table.
    assert 0 < len(table) <= (1000 if name == "sources" else 500)


@pytest.mark.parametrize("name", TABLES)
def test_blank_cells_stay_missing_and_zeros_stay_zeros(name):
    entry = datasets.resource(name)
    with (ROOT / "data" / entry["path"]).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    table = datasets.load(name)
    for column in table.columns:
        blank = [row[column] == "" for row in rows]
        assert table[column].isna().tolist() == blank, column
        if pd.api.types.is_numeric_dtype(table[column]) and table[column].dtype != "boolean":
            zero = [row[column] in ("0", "0.0") for row in rows]
            assert (table[column] == 0).fillna(False).tolist() == zero, column


@pytest.mark.parametrize("name", datasets.names())
def test_a_table_says_what_it_is(name):
    entry = datasets.resource(name)
    facts = entry["techpolitik"]
    for text in (entry["title"], entry["description"], facts["row"], facts["missing"]):
        assert len(text) > 5
    for sentence in (entry["description"], facts["missing"], facts["not_for"], *facts["caveats"]):
        assert sentence.endswith(".") and not re.search(r"\w!", sentence), sentence


@pytest.mark.parametrize("name", TABLES)
def test_every_number_has_a_unit_and_every_column_a_meaning(name):
    for field in datasets.resource(name)["schema"]["fields"]:
        assert field["description"].endswith("."), field["name"]
        if field["type"] in ("integer", "number"):
            assert field.get("unit"), field["name"]


def test_every_source_is_known_and_used():
    used = set()
    for entry in datasets.package()["resources"]:
        used |= {item["source_id"] for item in entry["sources"] if "source_id" in item}
        if entry["name"] not in ("sources", "world"):
            table = datasets.load(entry["name"])
            for column in table.columns.intersection(["source_id", "usgs_source_id"]):
                used |= set(table[column].dropna())
    assert used == set(datasets.sources().index)


@pytest.mark.parametrize("name", [name for name in TABLES if name not in ("countries", "sources")])
def test_every_row_names_its_source(name):
    assert datasets.load(name)["source_id"].notna().all()


def test_low_confidence_carries_no_measurement():
    stages = datasets.load("rare_earth_stages")
    assert set(stages.loc[stages["confidence"] == "low", "kind"]) == {"press"}


def test_country_names_agree_with_country_codes():
    names = datasets.load("countries").set_index("country_code")["name"]
    for name in TABLES:
        table = datasets.load(name)
        if {"country", "country_code"} <= set(table.columns):
            rows = table.dropna(subset="country_code")
            assert (rows["country_code"].map(names) == rows["country"]).all(), name


# Figures that follow from published rows


@pytest.mark.parametrize("year", range(2018, 2026))
def test_usgs_concentration_can_be_recomputed_from_the_mines(year):
    mines = datasets.load("rare_earth_mines")
    rows = mines[(mines["year"] == year) & (mines["country"] != "World")]
    share = shares(rows, "output_t").groupby(rows["country"]).sum()
    table = datasets.load("rare_earth_concentration")
    stored = table[(table["year"] == year) & (table["series"] == "USGS")].squeeze()
    assert stored["china_share_pct"] == pytest.approx(share["China"], abs=0.05)
    assert stored["us_share_pct"] == pytest.approx(share["United States"], abs=0.05)
    assert stored["australia_share_pct"] == pytest.approx(share["Australia"], abs=0.05)
    assert (stored["hhi_lower"], stored["hhi_upper"]) == pytest.approx(
        hhi(rows, "output_t"), abs=0.5
    )


@pytest.mark.parametrize(
    ("share_id", "year"), [("SS10", 2019), ("SS11", 2020), ("SS34", 2024), ("SS35", 2025)]
)
def test_measured_mining_shares_follow_from_the_mines(share_id, year):
    rows = datasets.load("rare_earth_mines").query("year == @year").set_index("country")["output_t"]
    stored = datasets.load("rare_earth_stages").set_index("share_id").loc[share_id, "share_pct"]
    assert stored == pytest.approx(100 * rows["China"] / rows["World"], abs=0.05)


def test_rare_earths_agree_between_the_mines_and_the_critical_minerals():
    minerals = datasets.load("critical_minerals_2024").query("commodity == 'Rare earths'")
    mines = datasets.load("rare_earth_mines").query("year == 2024 and country != 'World'")
    left = minerals.set_index("country")["output"].sort_index()
    right = mines.set_index("country")["output_t"].sort_index()
    assert left.to_dict() == right.to_dict()


def test_myanmar_mirror_follows_from_the_mines_and_bears_out_its_caveats():
    mirror = datasets.load("myanmar_mirror").set_index("year")
    mines = datasets.load("rare_earth_mines").query("country == 'Myanmar'").set_index("year")
    printed = mirror["usgs_output_t"].dropna()
    assert printed.to_dict() == mines.loc[printed.index, "output_t"].to_dict()
    ratio = printed / mirror["china_imports_t"].astype(float)
    assert ((ratio.loc[2019:2021] - 1).abs() < 0.01).all()
    assert ratio.drop([2019, 2020, 2021]).dropna().between(0.5, 0.68).all()


def test_quota_is_what_the_mines_table_prints_as_chinese_output():
    quotas = datasets.load("rare_earth_quotas").query("kind == 'mining'").set_index("year")
    china = datasets.load("rare_earth_mines").query("country == 'China'").set_index("year")
    for year in (2018, 2019, 2020, 2021, 2022, 2024):
        assert quotas.loc[year, "quota_t"] == china.loc[year, "output_t"]


def test_critical_minerals_hold_39_stages_in_one_unit_each():
    groups = datasets.load("critical_minerals_2024").groupby(["commodity", "stage"])
    assert groups.ngroups == 39
    assert (groups["unit"].nunique() == 1).all()


def test_withheld_output_is_blank():
    minerals = datasets.load("critical_minerals_2024")
    withheld = minerals["note"].fillna("").str.contains("Withheld|Not available")
    assert withheld.sum() == 9
    assert (minerals["output"].isna() == withheld).all()


def test_layers_and_claims_point_to_pieces_that_exist():
    pieces = set(datasets.load("articles")["piece"])
    listed = datasets.load("stack_layers")["articles"].str.split(";").explode()
    assert set(listed) == pieces
    assert set(datasets.load("article_claims")["piece"]) == pieces


def test_uses_of_a_year_add_up_to_everything():
    totals = datasets.load("rare_earth_uses").groupby("year")["share_pct"].sum()
    assert totals.to_dict() == dict.fromkeys((2009, 2015, 2017, 2018, 2020), 100)


def test_groups_of_deals_add_up_to_the_sum_of_the_tracker():
    groups = datasets.load("dsr_deal_groups")
    money = datasets.load("bri_finance").set_index("finance_id")["value_usd_bn"]
    assert groups["value_usd_m"].sum() / 1000 == pytest.approx(money["BF050"])
    assert groups["deals"].sum() == 36


def test_no_group_of_deals_stands_for_one_or_two():
    assert datasets.load("dsr_deal_groups")["deals"].min() >= 3


def test_a_slip_is_the_last_date_less_the_first():
    cables = datasets.load("dsr_cables").dropna(subset="slip_months")
    months = 12 * (cables["last_date_at"] - cables["first_promise_at"])
    assert (months - cables["slip_months"]).abs().max() <= 0.6


def test_no_group_shows_the_score_of_a_single_country():
    groups = datasets.load("freedom_groups")
    assert groups["countries"].min() > 1
    # nor may it be had by taking the other bands from the whole
    split = groups[groups["start"] != "all"].groupby(["grouping", "group"])["start"].count()
    assert split.eq(3).all()


def test_groups_of_countries_are_as_large_as_their_bands():
    groups = datasets.load("freedom_groups")
    whole = groups[groups["start"] == "all"].set_index(["grouping", "group"])["countries"]
    bands = groups[groups["start"] != "all"].groupby(["grouping", "group"])["countries"].sum()
    assert bands.to_dict() == whole[bands.index].to_dict()
    assert whole.groupby("grouping").sum().eq(194).all()


# The map


def test_the_map_draws_and_joins_by_number():
    countries = datasets.load("countries")
    mines = datasets.load("rare_earth_mines").query("year == 2025 and output_t > 0")
    rows = mines.merge(countries[["country_code", "iso_numeric"]], on="country_code")
    lookup = alt.LookupData(rows, "iso_numeric", ["output_t"])
    chart = (
        alt.Chart(datasets.load("world"))
        .mark_geoshape()
        .transform_lookup("id", lookup)
        .transform_filter("isValid(datum.output_t)")
        .encode(color="output_t:Q")
        .project("equalEarth")
    )
    # The course's own theme leaves out the roles by which the shapes are counted here.
    with alt.theme.enable("default"):
        svg = vl_convert.vegalite_to_svg(chart.to_json())
    drawn = re.findall(r'<path [^>]*aria-roledescription="geoshape"', svg)
    assert len(drawn) == len(rows) == 12


def test_shapes_have_numbers_that_the_countries_know_and_nothing_unused():
    world = json.loads((ROOT / "data" / "world.topojson").read_text(encoding="utf-8"))
    shapes = world["objects"]["countries"]["geometries"]
    ids = [shape["id"] for shape in shapes if "id" in shape]
    assert all(isinstance(number, int) for number in ids) and len(ids) == len(set(ids))
    assert set(ids) <= set(datasets.load("countries")["iso_numeric"])
    assert 10 not in ids and len(shapes) - len(ids) == 2
    used = {int(arc) for arc in re.findall(r"-?\d+", json.dumps([s["arcs"] for s in shapes]))}
    assert {arc if arc >= 0 else ~arc for arc in used} == set(range(len(world["arcs"])))


# Cards


@pytest.mark.parametrize("name", datasets.names())
def test_a_card_says_who_what_and_whence(name):
    card = datasets.about(name)
    facts = datasets.resource(name)["techpolitik"]
    for text in (facts["row"], facts["missing"], *facts["caveats"]):
        assert text in card.text
    assert "tp-card-title" in card.html and "<h" not in card.html
    assert "style=" not in card.html and "<script" not in card.html
    for link in re.findall(r"<a [^>]*>(.*?)</a>", card.html):
        assert len(link) > 10 and not link.startswith("http")
    assert "Licence: " in card.text and "Sources:\n- " in card.text


def test_a_card_names_size_units_and_linked_sources():
    card = datasets.about("rare_earth_mines")
    assert "114 rows, 10 columns" in card.text
    assert "output_t (t REO)" in card.text
    assert card.html.count('<a href="https://github.com/') == 3


# What a user sees when something is wrong


@pytest.mark.parametrize("call", [datasets.load, datasets.about])
def test_an_unknown_table_suggests_the_nearest_names(call):
    with pytest.raises(LookupError, match=r"rare_earth_mine'.*did you mean rare_earth_mines"):
        call("rare_earth_mine")


def test_a_name_like_no_other_lists_all_tables():
    with pytest.raises(LookupError, match=r"there are countries, .*world\."):
        datasets.load("xyz")


@pytest.fixture
def copy(tmp_path):
    """A copy of some tables of the package, enough to break: to validate all takes seconds."""
    kept = {"countries", "sources", *(table for (table, *_), _ in DEFECTS.values())}
    chosen = [entry for entry in datasets.package()["resources"] if entry["name"] in kept]
    folder = tmp_path / "data"
    folder.mkdir()
    for entry in chosen:
        shutil.copy(ROOT / "data" / entry["path"], folder)
    content = json.dumps({**datasets.package(), "resources": chosen}, indent=1)
    (folder / "datapackage.json").write_text(content, "utf-8")
    shutil.copy(ROOT / "course.yml", tmp_path)
    with course.at(tmp_path):
        yield folder


def edit(path, line, old, new):
    lines = path.read_text(encoding="utf-8").splitlines()
    assert old in lines[line - 1], lines[line - 1]
    lines[line - 1] = lines[line - 1].replace(old, new, 1)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


DEFECTS = {
    "wrong type": (
        ("rare_earth_mines", 3, ",1200,", ",many,"),
        ["row 3, column output_t: found 'many'", "expected a number not below 0 (t REO)"],
    ),
    "share out of range": (
        ("rare_earth_concentration", 2, "63.4", "163.4"),
        ["row 2, column china_share_pct: found '163.4'", "expected a number from 0 to 100"],
    ),
    "duplicate key": (
        ("rare_earth_history", 3, "1901,", "1900,"),
        ["row 3, column year: found year '1900' again", "row at position 2", "expected each once"],
    ),
    "unknown source": (
        ("rare_earth_quotas", 2, "R38", "R99"),
        ["row 2, column source_id: found 'R99'", "expected a source_id", "data/sources.csv"],
    ),
    "unknown country": (
        ("rare_earth_mines", 2, "AUS", "QQQ"),
        ["row 2, column country_code: found 'QQQ'", "expected a country_code", "countries.csv"],
    ),
    "group of two deals": (
        ("dsr_deal_groups", 3, ",other,4,", ",other,2,"),
        ["row 3, column deals: found '2'", "expected a whole number not below 3"],
    ),
    "word outside the list": (
        ("rare_earth_stages", 2, "measured", "measurd"),
        ["row 2, column kind: found 'measurd'", "expected one of measured, estimate"],
    ),
    "no such day": (
        ("rare_earth_events", 2, "1949-01-01", "1949-13-01"),
        ["row 2, column date: found '1949-13-01'", "expected a date such as"],
    ),
    "blank where a value is required": (
        ("rare_earth_history", 2, ",1040,", ",,"),
        ["row 2, column world_production_t: found a blank", "expected a number"],
    ),
    "a comma too many": (
        ("rare_earth_history", 4, ",R02,", ",R02,a,b"),
        ["row 4, column 12: found 'b'", "expected 11 cells", "quotation marks"],
    ),
    "row cut short": (
        ("rare_earth_quotas", 5, ",R01,", ""),
        ["row 5: found", "expected 7"],
    ),
    "a blank row": (
        ("rare_earth_history", 4, "1902", "\n1902"),
        ["row 4: found 0 cells", "expected 11", "or remove the row"],
    ),
    "renamed column": (
        ("rare_earth_uses", 1, "share_pct", "share"),
        ["row 1, column 3: found 'share'", "expected the columns year, use, share_pct"],
    ),
}


# What only a look at other rows and tables shows, and what pandas has no word for.
NOT_SEEN_BY_LOAD = (
    "share out of range",
    "duplicate key",
    "unknown source",
    "unknown country",
    "group of two deals",
    "word outside the list",
)


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_planted_defect_is_reported_where_it_is(copy, defect):
    (table, line, old, new), words = DEFECTS[defect]
    edit(copy / f"{table}.csv", line, old, new)
    reported = [text for text in datasets.validate() if text.startswith(f"data/{table}.csv")]
    assert any(all(word in text for word in words) for text in reported), reported


@pytest.mark.parametrize("defect", [name for name in DEFECTS if name not in NOT_SEEN_BY_LOAD])
def test_loading_a_broken_file_explains_the_row(copy, defect, monkeypatch):
    monkeypatch.setitem(sys.modules, "frictionless", None)  # as on a student's machine
    (table, line, old, new), words = DEFECTS[defect]
    edit(copy / f"{table}.csv", line, old, new)
    with pytest.raises(FileError) as caught:
        datasets.load(table)
    assert all(word in str(caught.value) for word in [f"data/{table}.csv", *words])


def test_only_a_blank_is_missing(copy):
    edit(copy / "rare_earth_uses.csv", 2, "chemical catalysts", "NA")
    assert datasets.load("rare_earth_uses")["use"][0] == "NA"


def test_a_changed_file_is_read_again(copy):
    before = datasets.load("rare_earth_uses")
    edit(copy / "rare_earth_uses.csv", 2, "22", "23")
    assert datasets.load("rare_earth_uses")["share_pct"][0] == before["share_pct"][0] + 1


def test_changing_a_table_leaves_the_next_load_as_the_file_has_it():
    uses = datasets.load("rare_earth_uses")
    uses["share_pct"] = 0
    assert (datasets.load("rare_earth_uses")["share_pct"] > 0).all()


def test_a_lost_file_and_a_stray_file_are_reported(copy):
    (copy / "rare_earth_uses.csv").rename(copy / "uses.csv")
    problems = "\n".join(datasets.validate())
    assert "data/rare_earth_uses.csv: the file does not exist" in problems
    assert "data/uses.csv: expected a description" in problems
    with pytest.raises(FileError, match=r"rare_earth_uses\.csv"):
        datasets.load("rare_earth_uses")


def test_a_broken_description_names_the_line(copy):
    edit(copy / "datapackage.json", 2, ",", "")
    with pytest.raises(FileError, match=r"datapackage\.json, line 3"):
        datasets.load("countries")


def test_a_description_without_what_readers_need_is_told_entry_and_field(copy):
    path = copy / "datapackage.json"
    content = json.loads(path.read_text("utf-8"))
    del content["resources"][0]["techpolitik"]["caveats"]
    content["resources"][1]["schema"]["fields"][0]["type"] = "sting"
    path.write_text(json.dumps(content), "utf-8")
    with pytest.raises(FileError) as caught:
        datasets.about("countries")
    first, second = str(caught.value).splitlines()
    assert "resource countries: field 'techpolitik.caveats' is missing. Where the" in first
    assert "resource sources, field source_id: field 'type' is 'sting', expected one" in second


def test_a_missing_package_says_where_to_point(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileError, match="neither this folder nor one above it holds"):
        datasets.names()


# The facts the tables were made from, where they are at hand


def facts(name, **kept):
    """Read a table of facts; keep the rows that match."""
    table = pd.read_csv(FACTS / "rare_earths" / f"{name}.csv", dtype={"year": str})
    for column, values in kept.items():
        table = table[table[column].isin(values)]
    return table


def amounts(table, keys, amount):
    """Give a dict from keys to an amount, blanks left out, years as text."""
    table = table.dropna(subset=amount)
    index = table[keys].astype(str).itertuples(index=False, name=None)
    return dict(zip(index, table[amount].astype(float), strict=True))


if (FACTS / "rare_earths").is_dir():

    @pytest.mark.parametrize(
        ("series", "edition", "years"),
        [
            ("USGS_MYB2022", "MYB2022", range(2018, 2023)),
            ("USGS_MCS2024", "MCS2024", [2023]),
            ("USGS_MCS2026", "MCS2026", [2024, 2025]),
        ],
    )
    def test_mines_agree_with_the_facts(series, edition, years):
        rows = facts("mine_production_long", series=[series], year=[str(year) for year in years])
        rows = rows.replace({"country": {"Burma": "Myanmar"}})
        mines = datasets.load("rare_earth_mines").query("edition == @edition")
        assert amounts(mines, ["country", "year"], "output_t") == amounts(
            rows, ["country", "year"], "value"
        )

    def test_prices_agree_with_the_facts():
        kept = ("Nd", "Dy", "Eu", "Tb", "La", "Ce")
        editions = ["R14", "R15", "R16", "R04"]
        rows = facts("prices", element=kept, product=["oxide"], source_id=editions)
        rows = rows.sort_values("source_id", key=lambda ids: ids.map(editions.index))
        rows = rows.drop_duplicates(["element", "year", "basis"], keep="last")
        keys = ["element", "year", "basis"]
        prices = datasets.load("rare_earth_prices")
        prices = prices[prices["edition"].str.startswith("MCS")]
        assert amounts(prices, keys, "price_usd_kg") == amounts(rows, keys, "price")
        assert amounts(prices, [*keys, "source_id"], "price_low_usd_kg") == amounts(
            rows, [*keys, "source_id"], "price_low"
        )

    def test_prices_on_the_way_up_agree_with_the_facts():
        facts = pd.read_csv(FACTS / "updates_2026" / "rare_earth_prices_before_2013.csv")
        facts = facts[facts["market"] == "FOB China"].assign(period=facts["period"].str[:7])
        prices = datasets.load("rare_earth_prices").query("not edition.str.startswith('MCS')")
        day = prices["edition"].map({"Lynas 2010": "2010-07", "press 2011": "2011-10"})
        prices = prices.assign(
            period=prices["year"].astype(str).where(prices["basis"] != "single date", day)
        )
        found = amounts(prices, ["element", "period", "source_id"], "price_usd_kg")
        assert found.items() <= amounts(facts, ["element", "period", "source_id"], "price").items()
        assert len(found) == 28

    def test_magnet_exports_agree_with_the_facts():
        facts = pd.read_csv(FACTS / "updates_2026" / "magnet_exports_monthly.csv")
        facts = facts[facts["frequency"] == "month"]
        rows = datasets.load("rare_earth_exports").query(
            "product == 'magnets' and frequency == 'month'"
        )
        rows = rows.assign(period=rows["period_start"].dt.strftime("%Y-%m"))
        found = amounts(rows, ["period", "destination"], "exports_t")
        assert found.items() <= amounts(facts, ["period", "destination"], "value_t").items()
        assert len(found) == len(rows)

    @pytest.mark.parametrize("kind", ["mining", "export"])
    def test_quotas_agree_with_the_facts(kind):
        if kind == "mining":
            rows = facts("mining_quotas", batch=["year"], quota_kind=["mining"])
        else:
            rows = facts("export_quotas", period=["year"], scope=["all firms"])
        quotas = datasets.load("rare_earth_quotas").query("kind == @kind")
        assert amounts(quotas, ["year"], "quota_t") == amounts(rows, ["year"], "quota_t")

    @pytest.mark.parametrize(
        ("column", "fact"),
        [
            ("us_production_t", "us_production_t"),
            ("us_imports_t", "us_imports_t"),
            ("us_exports_t", "us_exports_t"),
            ("us_consumption_t", "us_apparent_consumption_t"),
            ("world_production_t", "world_production_t"),
            ("unit_value_usd_t", "unit_value_usd_per_t"),
            ("unit_value_1998usd_t", "unit_value_1998usd_per_t"),
        ],
    )
    def test_history_agrees_with_the_facts(column, fact):
        history = datasets.load("rare_earth_history")
        rows = facts("us_world_1900_2020")
        assert amounts(history, ["year"], column) == amounts(rows, ["year"], fact)

    @pytest.mark.parametrize("year", range(1995, 2026))
    def test_energy_institute_shares_can_be_recomputed_from_the_facts(year):
        rows = facts("mine_production_long", series=["EI2026"], year=[str(year)])
        rows = rows[rows["country"] != "World"]
        rows["is_aggregate"] = rows["is_aggregate"] == "yes"
        share = shares(rows, "value").groupby(rows["country"]).sum()
        table = datasets.load("rare_earth_concentration")
        stored = table[(table["year"] == year) & (table["series"] == "EI2026")].squeeze()
        assert stored["china_share_pct"] == pytest.approx(share["China"], abs=0.05)
        assert (stored["hhi_lower"], stored["hhi_upper"]) == pytest.approx(
            hhi(rows, "value"), abs=0.5
        )

    def test_critical_minerals_give_the_indexes_of_the_facts():
        table = datasets.load("critical_minerals_2024")
        table["output"] = table["output"].fillna(0)
        found = sorted(hhi(rows, "output") for _, rows in table.groupby(["commodity", "stage"]))
        rows = facts("critical_minerals_concentration_2024")
        expected = sorted(zip(rows["hhi_lower"], rows["hhi_upper"], strict=True))
        for ours, theirs in zip(found, expected, strict=True):
            assert ours == pytest.approx(theirs, abs=1)

    def test_claims_are_counted_completely():
        topics = ("bsn", "dsr", "huawei_5g", "rare_earths", "standards", "surveillance")
        total = sum(len(pd.read_csv(FACTS / topic / "claims.csv")) for topic in topics)
        assert datasets.load("article_claims")["claims"].sum() == total
