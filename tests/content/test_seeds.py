"""Quotations, claims and verdicts hold; and each planted defect is found and explained."""

import copy
import hashlib
import itertools
import os
import re
from pathlib import Path

import pandas as pd
import pytest
import yaml
from checkout import ROOT

from techpolitik import course, files
from techpolitik.lesson import datasets, seeds

SHARED = ROOT.parent / "shared" / "seeds"
DOCUMENTS = Path(os.environ.get("TECHPOLITIK_DOCUMENTS", SHARED))
FACTS = Path(os.environ.get("TECHPOLITIK_FACTS") or SHARED.with_name("facts"))

CLAIMS = seeds.claims()
EXCERPTS = seeds.excerpts()
CHECKED = [entry for entry in CLAIMS.values() if "table" in entry["check"]]
LEDGER = {lesson: [] for lesson in course.current().lessons}
for claim in CLAIMS.values():
    LEDGER[claim["lesson"]].append(claim)
COMPUTED = [entry for entry in CHECKED if entry["check"]["form"] == "computed"]


def name(entry):
    return entry["id"]


# ------------------------------------------------------------------ the course's own seeds


# The documents are copyrighted and stay outside the repository: without them these tests do not
# exist, and all others still run.
if DOCUMENTS.is_dir():

    def test_hashes_and_every_quotation_hold():
        assert seeds.verify(DOCUMENTS) == []

    @pytest.mark.parametrize("document", seeds.documents(), ids=name)
    def test_a_changed_letter_in_a_real_document_is_found(document, tmp_path):
        for original in DOCUMENTS.glob("*.txt"):
            (tmp_path / original.name).write_bytes(original.read_bytes())
        target = tmp_path / document["document"]
        first_words = document["excerpts"][0]["text"].split()[2]
        text = target.read_text(encoding="utf-8")
        target.write_text(text.replace(first_words, first_words[::-1] + "q"), encoding="utf-8")
        problems = seeds.verify(tmp_path)
        assert any("another version of the document" in problem for problem in problems)
        assert any(f"excerpt {document['excerpts'][0]['id']}" in problem for problem in problems)


#: The fact folders of lessons that the course has.
TOPICS = ("bsn", "dsr", "huawei_5g", "rare_earths", "standards", "surveillance")


def uncounted(facts, ledger):
    """List the claims of the fact folders that the ledger holds under no id."""
    held = {name for entry in ledger for name in [entry["id"], *entry.get("also", [])]}
    tables = [pd.read_csv(facts / topic / "claims.csv") for topic in TOPICS]
    return [name for table in tables for name in table.iloc[:, 0] if name not in held]


# The fact folders stand beside the project where it is made, and nowhere else.
if FACTS.is_dir():

    def test_the_ledger_holds_every_claim_of_the_facts():
        # CD018 is a slip of the keyboard in the document and says nothing that a reader could test.
        assert uncounted(FACTS, CLAIMS.values()) == ["CD018"]

    def test_a_claim_left_out_of_the_ledger_is_found():
        ledger = [{**entry, "also": []} for entry in CLAIMS.values() if entry["id"] != "FC14"]
        assert "FC14" in uncounted(FACTS, ledger)
        assert "FC01" in uncounted(FACTS, ledger)


def told_twice(ledger):
    """List pairs of claims that quote the same words of the same paragraph."""
    return [
        f"{one['id']} and {other['id']}"
        for one, other in itertools.permutations(ledger, 2)
        if (one["document"], one["paragraph"]) == (other["document"], other["paragraph"])
        and one["quote"] in other["quote"]
    ]


def test_no_statement_stands_twice_in_the_ledger():
    assert told_twice(CLAIMS.values()) == []


def test_a_statement_told_twice_is_found():
    shorter = {**CLAIMS["FC09"], "id": "CB030", "quote": "came in number one"}
    assert told_twice([*CLAIMS.values(), shorter]) == ["CB030 and FC09"]


def test_all_five_documents_have_a_record():
    assert [document["id"] for document in seeds.documents()] == [
        "aspi_curriculum",
        "bestcryptocurrency",
        "dsr_analysis",
        "freedomlab",
        "magistad_podcast",
    ]
    for document in seeds.documents():
        assert re.fullmatch(r"[0-9a-f]{64}", document["sha256"]), document["id"]
        assert len(document["stance"]) == 2, document["id"]


def test_pieces_are_those_of_the_articles_table():
    articles = datasets.load("articles").set_index("piece")
    pieces = {p["id"]: d for d in seeds.documents() for p in d["pieces"]}
    assert set(pieces) == set(articles.index)
    for piece, document in pieces.items():
        assert articles.loc[piece, "document"] == document["document"]
        assert articles.loc[piece, "kind"] == document["kind"]


@pytest.mark.parametrize("document", seeds.documents(), ids=name)
def test_quotations_are_short_and_few(document):
    assert seeds.share(document) < seeds.MOST_QUOTED
    for excerpt in document["excerpts"]:
        assert len(excerpt["text"].split()) <= seeds.EXCERPT_WORDS, excerpt["id"]


def test_lesson_0_quotes_every_document():
    quoted = {e["document"] for e in EXCERPTS.values() if "the_stack" in e["lessons"]}
    assert quoted == {document["id"] for document in seeds.documents()}


def test_lesson_1_has_its_thirteen_claims_and_enough_excerpts():
    rare_earths = [f"RC{number:02}" for number in range(1, 14)]
    assert set(rare_earths) <= set(CLAIMS)
    assert 3 <= sum("rare_earths" in e["lessons"] for e in EXCERPTS.values()) <= 5
    assert len(COMPUTED) >= 6


@pytest.mark.parametrize("lesson", LEDGER)
def test_every_verdict_follows_from_the_data(lesson):
    wrong = {}
    for entry in LEDGER[lesson]:
        verdict, value = seeds.recompute(entry)
        if verdict != seeds.judged(entry) or seeds.recompute(entry["id"]) != (verdict, value):
            wrong[entry["id"]] = f"{verdict} ({value}), not {seeds.judged(entry)}"
        if (value is None) != (entry["check"]["form"] != "computed"):
            wrong[entry["id"]] = f"{entry['check']['form']} with the value {value}"
    assert wrong == {}


def test_no_verdict_is_outdated():
    assert seeds.outdated() == []


def untraceable(sources):
    """Return the ids of sources with neither an address nor the name of the site they came from."""
    named = sources["note"].fillna("").str.contains(r"[Rr]ead in a (?:stored )?copy (?:from|at)")
    return sources.index[sources["url"].isna() & ~named & (sources.index != "TP")]


def weak(rows, sources):
    """Return rows that may not carry a conclusion: low confidence, or a source that is lost."""
    low = rows["confidence"].eq("low") if "confidence" in rows else pd.Series(False, rows.index)
    return rows[low | rows["source_id"].isin(untraceable(sources))]


def unsupported(entries) -> list[str]:
    """List claims whose evidence is missing, too weak, or weaker than their confidence."""
    problems, sources = [], datasets.sources()
    for entry in entries:
        rows = seeds.evidence(entry)
        if rows.empty or not weak(rows, sources).empty:
            problems.append(f"{entry['id']}: no evidence, or a weak row")
        unseen = sources.loc[rows["source_id"].unique()]["url"].isna().any()
        medium = "confidence" in rows and rows["confidence"].eq("medium").any()
        if entry["confidence"] == "high" and (unseen or medium):
            problems.append(f"{entry['id']}: its confidence is above that of its sources")
    return problems


@pytest.mark.parametrize("lesson", LEDGER)
def test_evidence_is_there_and_can_carry_a_conclusion(lesson):
    assert unsupported([entry for entry in LEDGER[lesson] if "table" in entry["check"]]) == []


def test_a_confidence_above_its_sources_is_found():
    unsure = {**next(entry for entry in CHECKED if entry["confidence"] == "medium")}
    assert unsupported([unsure]) == []
    assert unsupported([unsure | {"confidence": "high"}]) == [
        f"{unsure['id']}: its confidence is above that of its sources"
    ]


def test_weak_evidence_is_recognised():
    sources = pd.DataFrame(
        {
            "url": ["https://example.org", None, None],
            "note": ["", "address not kept", "read in a stored copy from example.org"],
        },
        index=["A", "B", "C"],
    )
    rows = pd.DataFrame({"source_id": list("ABCA"), "confidence": ["high"] * 3 + ["low"]})
    assert list(weak(rows, sources).index) == [1, 3]


@pytest.mark.parametrize(
    ("claim_id", "field", "wording", "table", "rows", "value"),
    [
        (
            "RC02",
            "explanation",
            "63 percent in 1995",
            "rare_earth_concentration",
            "series == 'EI2026' and year == 1995",
            "china_share_pct",
        ),
        (
            "RC02",
            "explanation",
            "95 percent in every year from 2002 to 2009",
            "rare_earth_concentration",
            "series == 'EI2026' and year >= 2002 and year <= 2009",
            "china_share_pct.min()",
        ),
        (
            "RC04",
            "explanation",
            "59 percent in 2019",
            "rare_earth_concentration",
            "series == 'USGS' and year == 2019",
            "china_share_pct",
        ),
        (
            "RC04",
            "explanation",
            "56 percent in 2020",
            "rare_earth_concentration",
            "series == 'USGS' and year == 2020",
            "china_share_pct",
        ),
        ("RC04", "explanation", "85 percent", "rare_earth_stages", "share_id == 'SS13'", None),
        ("RC04", "explanation", "92 percent", "rare_earth_stages", "share_id == 'SS22'", None),
        ("RC04", "explanation", "90 percent", "rare_earth_stages", "share_id == 'SS18'", None),
        (
            "RC04",
            "since",
            "70 percent in 2024",
            "rare_earth_concentration",
            "series == 'USGS' and year == 2024",
            "china_share_pct",
        ),
        (
            "RC05",
            "explanation",
            "75 percent",
            "rare_earth_uses",
            "year == 2020 and use == 'catalysts'",
            "share_pct",
        ),
        ("RC07", "since", "1,238", "rare_earth_exports", "export_id == 'CX43'", "exports_t"),
        ("RC07", "since", "5,577", "rare_earth_exports", "export_id == 'CX45'", "exports_t"),
        ("RC09", "explanation", "5,551", "rare_earth_exports", "export_id == 'CX22'", "exports_t"),
        ("RC09", "explanation", "1,620", "rare_earth_exports", "export_id == 'CX26'", "exports_t"),
        ("RC09", "since", "48,900", "rare_earth_exports", "export_id == 'CX09'", "exports_t"),
    ],
)
def test_numbers_in_explanations_stand_in_the_data(claim_id, field, wording, table, rows, value):
    prose = " ".join(CLAIMS[claim_id][field].split())
    assert wording in prose
    figure = datasets.load(table).query(rows).eval(value or "share_pct")
    written = float(re.match(r"[\d,]+", wording).group().replace(",", ""))
    assert written == round(float(figure.iloc[0] if hasattr(figure, "iloc") else figure))


def test_the_fall_that_sets_the_bar_for_dwindling_exports():
    tonnes = datasets.load("rare_earth_exports").set_index("export_id")["exports_t"]
    assert "had fallen by 22 percent" in " ".join(CLAIMS["RC09"]["check"]["because"].split())
    assert round((1 - tonnes["CX18"] / tonnes["CX16"]) * 100) == 22


# ------------------------------------------------------------------ the card of a claim


@pytest.mark.parametrize("lesson", LEDGER)
def test_a_card_shows_the_quote_and_folds_the_verdict(lesson):
    for entry in LEDGER[lesson]:
        card = seeds.claim(entry["id"])
        before, after = card.html.split("<details")
        assert '<blockquote class="tp-quote">' in before, entry["id"]
        assert entry["speaker"].split(" and ")[0] in before
        assert f"<strong>{entry['verdict'].capitalize()}</strong>" in after
        assert entry["verdict"] not in before.lower()
        assert "open" not in after.split(">")[0], "the verdict must be closed at first"
        assert "<summary>Show the ledger's verdict</summary>" in after
        assert not re.search(r"<h\d|style=|<script", card.html)
        assert all(c.startswith("tp-") for c in re.findall(r'class="([^"]+)"', card.html))
        assert entry["id"] in card.text
        assert entry["verdict"].capitalize() in card.text


def test_the_card_of_the_ninety_percent_claim_states_value_unit_and_table():
    text = seeds.claim("RC04").text
    assert text.splitlines()[1] == "FreedomLab, “The geopolitics of rare earth metals”, 2020-10-22"
    assert "Measured: 85 percent of world refining, 2020." in text
    assert "Claimed: 90 percent." in text
    assert "table rare_earth_stages" in text
    assert "Since then:" in text


def test_an_unknown_claim_names_its_neighbours():
    with pytest.raises(LookupError, match=r"no claim has the id 'RC4'.*RC04"):
        seeds.claim("RC4")


@pytest.mark.parametrize(
    ("value", "unit", "written"),
    [
        (4300.0, "cameras", "4,300 cameras"),
        (2019.0, "year of the session", "2019, year of the session"),
        (2017.0, "last year in office", "2017, last year in office"),
        (1175.0, "billion dollars a year", "1,175 billion dollars a year"),
    ],
)
def test_a_year_is_no_amount(value, unit, written):
    assert seeds.measured(value, unit) == written


def test_no_claim_measures_a_year_as_an_amount():
    for entry in seeds.claims().values():
        value = seeds.recompute(entry)[1]
        if value is not None and 1800 <= value <= 2100 and value == int(value):
            written = seeds.measured(value, entry["check"]["unit"])
            assert written.startswith(f"{value:.0f}, "), entry["id"]


# ------------------------------------------------------------------ planted defects

PARAGRAPH = (
    "The mine was closed in spring, and “nobody” reopened it before the road was built "
    "by the company that had bought the hill."
)


def small_record():
    """Return a correct seed record for a document of two paragraphs and 160 words."""
    body = "Title\n\n" + PARAGRAPH + "\n" + " ".join(["filler"] * 136)
    record = {
        "id": "small",
        "document": "small.txt",
        "sha256": hashlib.sha256(body.encode()).hexdigest(),
        "words": len(body.split()),
        "title": "A small document",
        "kind": "op-ed",
        "authors": ["A. Writer"],
        "publisher": "A Paper",
        "published": "2020",
        "url": None,
        "stance": ["It argues.", "It gains."],
        "audience": "Nobody.",
        "how_it_reached_us": "By hand.",
        "licence": "Short quotations only.",
        "looked_until": "2026-11-30",
        "pieces": [
            {
                "id": "small-piece",
                "title": "A small document",
                "date": "2020",
                "authors": [],
                "paragraphs": [1, 3],
            }
        ],
        "excerpts": [
            {
                "id": "small-closed",
                "piece": "small-piece",
                "lessons": ["the_stack"],
                "paragraph": 2,
                "speaker": "A. Writer",
                "text": "The mine was closed in spring, and “nobody” reopened it",
                "question": "Who closed it?",
            }
        ],
        "claims": [
            {
                "id": "SM01",
                "lesson": "the_stack",
                "piece": "small-piece",
                "paragraph": 2,
                "excerpt": "small-closed",
                "quote": "closed in spring",
                "statement": "The mine closed in spring.",
                "speaker": "A. Writer",
                "kind": "figure",
                "reading": "plain",
                "check": {
                    "form": "computed",
                    "table": "rare_earth_concentration",
                    "rows": "series == 'USGS' and year == 2020",
                    "value": "china_share_pct.mean()",
                    "unit": "percent",
                    "says": "about 56",
                    "supported": [50, 60],
                    "imprecise": [40, 70],
                    "because": "A trial.",
                },
                "verdict": "supported",
                "confidence": "high",
                "explanation": "A trial.",
                "since": None,
            }
        ],
    }
    return record, body


@pytest.fixture
def plant(tmp_path):
    """Write a small seed file after a change to it, beside the document; return both folders."""

    folder = tmp_path / "seeds"
    folder.mkdir()

    def planted(change=None, document=None):
        record, body = small_record()
        if change:
            change(record)
        (folder / "small.yml").write_text(yaml.safe_dump(record, allow_unicode=True))
        (folder / "small.txt").write_text(document or body, encoding="utf-8")
        return folder

    return planted


def test_the_small_record_is_correct(plant):
    folder = plant()
    assert seeds.verify(folder, folder) == []
    assert seeds.outdated(folder) == []


def test_spaces_and_line_breaks_do_not_matter(plant):
    def change(record):
        record["excerpts"][0]["text"] = "The mine\nwas  closed in spring,\nand “nobody” reopened it"

    folder = plant(change)
    assert seeds.verify(folder, folder) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "The mine was clased in spring",
            "differs from paragraph 2 at character 16: "
            "the document has “ mine was closed in spring, and “nob”, "
            "the seed has “ mine was clased in spring”",
        ),
        ("Tha mine was closed in spring", "differs from paragraph 2 at character 3: "),
        ("and 'nobody' reopened", "differs from paragraph 2 at character 5: "),
        ("before road was built", "differs from paragraph 2 at character 8: "),
        ("filler filler", "stands in paragraph 3, the seed says 2"),
    ],
    ids=["letter", "first letter", "straight quotes", "missing word", "other paragraph"],
)
def test_a_quotation_that_is_not_verbatim_shows_the_first_difference(plant, text, expected):
    def change(record):
        record["claims"] = []
        record["excerpts"][0]["text"] = text

    folder = plant(change)
    (problem,) = seeds.verify(folder, folder)
    assert problem.startswith("seeds/small.yml: excerpt small-closed: ")
    assert expected in problem


def test_a_quote_of_a_claim_is_held_to_the_letter_too(plant):
    def change(record):
        record["claims"][0].update(excerpt=None, quote="the rood was built")

    folder = plant(change)
    (problem,) = seeds.verify(folder, folder)
    assert "claim SM01, quote: differs from paragraph 2 at character 7" in problem


def test_a_passage_that_decides_a_claim_is_held_to_the_letter_too(plant):
    def change(record):
        record["claims"][0]["check"] = {
            "form": "passage",
            "paragraph": 2,
            "passage": "bought the hall",
            "because": "It says so.",
        }

    folder = plant(change)
    (problem,) = seeds.verify(folder, folder)
    assert "claim SM01, passage: differs from paragraph 2 at character 13" in problem


def test_another_version_of_the_document_is_reported(plant):
    folder = plant(document=small_record()[1] + " more")
    problems = seeds.verify(folder, folder)
    assert "field 'sha256' is" in problems[0]
    assert "another version of the document" in problems[0]
    assert "field 'words' is 160, small.txt has 161" in problems[1]


def test_a_missing_document_is_reported(plant, tmp_path):
    folder = plant()
    (problem,) = seeds.verify(tmp_path / "elsewhere", folder)
    assert "document not found" in problem


def test_eighty_one_words_are_too_many(plant):
    def change(record):
        record["claims"] = []
        record["words"] = 1000
        record["excerpts"][0]["text"] = " ".join(["filler"] * 81)
        record["excerpts"][0]["paragraph"] = 3

    folder = plant(change)
    problems = seeds.verify(folder, folder)
    assert any("excerpt small-closed: 81 words, at most 80 allowed" in p for p in problems)

    def shorter(record):
        change(record)
        record["excerpts"][0]["text"] = " ".join(["filler"] * 80)

    folder = plant(shorter)
    assert not any("at most 80" in problem for problem in seeds.verify(folder, folder))


def test_too_large_a_share_is_reported(plant):
    # Ten words of the excerpt and fourteen of the quote are 24 of 160: exactly 15 percent.
    def change(record):
        quote = "before the road was built by the company that had bought the hill."
        record["claims"][0].update(excerpt=None, quote=quote)

    folder = plant(change)
    (document,) = seeds.documents(folder)
    assert seeds.share(document) == pytest.approx(23 / 160)

    def longer(record):
        change(record)
        record["claims"][0]["quote"] = "it " + record["claims"][0]["quote"]

    folder = plant(longer)
    (problem,) = seeds.verify(folder, folder)
    assert "15.0% of the document's 160 words are quoted, expected less than 15%" in problem


def test_a_quote_inside_an_excerpt_is_counted_once(plant):
    (document,) = seeds.documents(plant())
    assert seeds.share(document) == pytest.approx(10 / 160)


def test_a_verdict_that_no_longer_fits_is_reported(plant):
    def change(record):
        record["claims"][0]["check"]["supported"] = [85, 95]
        record["claims"][0]["check"]["imprecise"] = [75, 100]

    (problem,) = seeds.outdated(plant(change))
    assert problem == (
        "seeds/small.yml: claim SM01: field 'verdict' is 'supported', "
        "but the data give 'contradicted' (55.9 percent)"
    )


def broken_check(**change):
    entry = copy.deepcopy(CLAIMS["RC04"])
    entry["check"].update(change)
    return entry


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"table": "rare_earth_concentrations"}, LookupError, "RC04: check.table: .*concentration"),
        (
            {"rows": "countries == 'China'"},
            LookupError,
            "RC04: check.rows names the column 'countries'.*did you mean country",
        ),
        (
            {"value": "shares_pct.mean()"},
            LookupError,
            "RC04: check.value names the column 'shares_pct'.*did you mean share_pct",
        ),
        ({"rows": "year == 1066"}, files.FileError, "RC04: check.rows selects no row"),
        ({"rows": "year =="}, files.FileError, "RC04: check.rows cannot be evaluated"),
        ({"value": "share_pct"}, files.FileError, "RC04: check.value gives Series"),
        ({"value": "stage.max()"}, files.FileError, "RC04: check.value gives str"),
    ],
    ids=["table", "rows column", "value column", "no rows", "syntax", "many values", "text"],
)
def test_a_check_that_does_not_fit_the_data_is_explained(change, error, message):
    with pytest.raises(error, match=message):
        seeds.recompute(broken_check(**change))


def put(*path, value):
    """Return a change that sets one field, found by a path of keys and positions."""

    def change(record):
        for key in path[:-1]:
            record = record[key]
        record[path[-1]] = value

    return change


def mark(reading, verdict, **more):
    """Return a change of how a claim is read and judged."""
    return lambda record: record["claims"][0].update(reading=reading, verdict=verdict, **more)


def search(trace):
    return {"where": "the press", "until": "2026-11", "expected": "a notice", "trace": trace}


def rename(*path, to):
    """Return a change that misspells one field."""

    def change(record):
        for key in path[:-1]:
            record = record[key]
        record[to] = record.pop(path[-1])

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            rename("claims", 0, "verdict", to="verdit"),
            r"small.yml: claim SM01: unknown field 'verdit'; did you mean verdict",
        ),
        (rename("licence", to="license"), r"small.yml: unknown field 'license'.*licence"),
        (
            put("claims", 0, "verdict", value="suported"),
            r"claim SM01: field 'verdict' is 'suported', expected one of supported.*did you mean",
        ),
        (put("claims", 0, "kind", value="number"), r"field 'kind' is 'number', expected one of"),
        (
            put("claims", 0, "check", "form", value="compute"),
            r"'check.form' is 'compute'.*did you mean computed",
        ),
        (
            put("claims", 0, "check", "supported", value=[95, 85]),
            r"'check.supported' is \[95, 85\], expected \[low, high\]",
        ),
        (
            put("claims", 0, "check", "value", value="@pd.io"),
            r"'check.value' is '@pd.io'. .* it may not contain '@'",
        ),
        (
            put("claims", 0, "check", value={"form": "none", "because": "No table."}),
            r"'verdict' is 'supported', expected one of unverifiable, open. A check of form 'none'",
        ),
        (
            mark("hedged", "unverifiable"),
            r"claim SM01: field 'guess' is missing. Give the word on the guess",
        ),
        (
            mark("hedged", "contradicted", guess="contradicted"),
            r"'verdict' is 'contradicted', .*A hedged sentence cannot be refuted",
        ),
        (
            mark("plain", "supported", guess="supported"),
            r"'guess' stands only with 'reading: hedged'",
        ),
        (mark("aim", "contradicted"), r"An aim is never contradicted by what came of it"),
        (mark("opinion", "supported"), r"No record can settle an opinion"),
        (mark("report", "supported"), r"field 'record' is missing. Say how the words are known"),
        (mark("report", "supported", record="none"), r"Words that were not found decide nothing"),
        (mark("report", "supported", record="retelling"), r"a retelling allow no high confidence"),
        (mark("plain", "supported", record="original"), r"'record' stands only with 'reading: rep"),
        (mark("absence", "supported"), r"field 'search' is missing. Say where it was looked for"),
        (
            mark("absence", "supported", search=search("hidden"), confidence="medium"),
            r"Where no public trace would be left, an empty search decides nothing",
        ),
        (
            mark("absence", "supported", search=search("public")),
            r"An empty search allows no high confidence",
        ),
        (
            mark("plain", "supported", condition={"says": "It rains", "met": "no"}),
            r"A sentence whose condition was not met was not put to the test",
        ),
        (
            mark("bound", "supported"),
            r"'check.supported' is \[50, 60\], but the sentence sets a limit",
        ),
        (
            put("claims", 0, "piece", value="small-peace"),
            r"SM01: this document has no piece 'small-peace'; did you mean small-piece",
        ),
        (
            put("claims", 0, "excerpt", value="small-close"),
            r"SM01: this document has no excerpt 'small-close'; did you mean small-closed",
        ),
        (
            put("claims", 0, "quote", value="the road was built"),
            r"field 'quote' does not stand in the excerpt",
        ),
        (put("claims", 0, "paragraph", value=9), r"'paragraph' is 9, but small-piece runs from 1"),
        (
            put("excerpts", 0, "lessons", value=["the_stak"]),
            r"small-closed: course.yml has no lesson 'the_stak'; did you mean the_stack",
        ),
        (put("excerpts", 0, "paragraph", value="two"), r"'paragraph' is 'two', expected a whole"),
        (put("published", value=2020), r"'published' is 2020, expected text \(in quotes if"),
        (put("excerpts", 0, "id", value="small"), r"the id 'small' is also in seeds/small.yml"),
        (put("claims", 0, "also", value=["SM01"]), r"the id 'SM01' is also in seeds/small.yml"),
        (
            put("pieces", 0, "paragraphs", value=[3]),
            r"'paragraphs' is \[3\], .*Write \[first, last",
        ),
        (put("pieces", 0, "paragraphs", value=[3, 1]), r"is \[3, 1\], expected \[first, last"),
        (
            put("claims", 0, value="SM01"),
            r"field 'claims', item 1 is 'SM01', expected fields and values",
        ),
        (lambda record: record["claims"][0].pop("since"), r"'since' is missing \(write null"),
        (put("claims", 0, "check", "supported", value=[1, "2"]), r"supported', item 2 is '2', exp"),
        (put("claims", 0, "statement", value=" "), r"'statement' is ' ', expected text that is no"),
        (
            lambda record: record["claims"][0]["check"].pop("form"),
            r"claim SM01: field 'check.form' is missing",
        ),
        (
            rename("claims", 0, "check", "because", to="reason"),
            r"claim SM01: unknown field 'check.reason'",
        ),
    ],
)
def test_a_slip_in_a_seed_file_names_file_entry_field_and_remedy(plant, change, message):
    with pytest.raises(files.FileError, match=message):
        seeds.documents(plant(change))


def test_a_file_that_is_not_yaml_is_named(plant):
    folder = plant()
    (folder / "small.yml").write_text("id: [unclosed")
    with pytest.raises(files.FileError, match=r"small.yml: not readable as YAML"):
        seeds.documents(folder)


def test_a_folder_without_seeds_is_named(tmp_path):
    with pytest.raises(files.FileError, match="no seed file"):
        seeds.documents(tmp_path)
