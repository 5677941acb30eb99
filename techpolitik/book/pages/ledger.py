"""The ledger of claims: every claim with its verdict, and a filter."""

from collections import Counter

from docutils import nodes

from techpolitik import course
from techpolitik.book.pages.lists import count_figure, filter_form, present, worded
from techpolitik.book.pages.parts import (
    GeneratedPage,
    anchor,
    bullets,
    facts,
    judgement,
    para,
    quotation,
    seed_files,
    tag,
)
from techpolitik.files import one_line
from techpolitik.lesson import seeds

# What a verdict means, in the order the ledger counts them.
VERDICTS = {
    "supported": "the data say so",
    "imprecise": "nearly, or only under one reading",
    "contradicted": "the data say otherwise",
    "unverifiable": "no table can decide it",
    "open": "not decided yet",
}

# What the figure of verdicts rests on, said as a table's description says it; title and licence are
# those of the course.
CREDIT = {
    "address": "sources.html",
    "counts": "Statements of the articles and of people quoted in them, each with its verdict. "
    "They stand in the folder seeds/ of the course, one file for each document, and below on "
    "this page.",
    "missing": "Opinions and questions, and whatever else the authors of the course did not take "
    "for a statement to test.",
    "caveats": [
        "The claims were chosen, not drawn by lot. Their shares say nothing of how reliable an "
        "article is as a whole.",
        "Where a table decides, the verdict is computed from it. Elsewhere it is a judgement, with "
        "its reason and its confidence beside it.",
    ],
}


def setup(app):
    """Register the ledger."""
    app.add_directive("claims-ledger", ClaimsLedger)


class ClaimsLedger(GeneratedPage):
    """All claims with verdict, measured value, explanation, what followed, and a filter."""

    def run(self):
        """Return a figure, a filter, and one section per lesson with one entry per claim."""
        tables = sorted(course.current().data.glob("*.csv"))
        self.depend_on(*seed_files(), *tables)
        ledger = list(seeds.claims().values())
        by_lesson = {}
        for claim in ledger:
            by_lesson.setdefault(claim["lesson"], []).append(claim)
        lessons = self.lesson_titles(name for name in course.current().lessons if name in by_lesson)
        menus = {
            "lesson": lessons,
            "source": {d["id"]: d["publisher"] for d in seeds.documents()},
            "kind": worded(present(ledger, "kind", seeds.KINDS)),
            "reading": worded(present(ledger, "reading", seeds.READINGS)),
            "verdict": worded(present(ledger, "verdict", seeds.VERDICTS)),
        }
        built = [
            *self.figure(Counter(claim["verdict"] for claim in ledger)),
            meanings(present(ledger, "verdict", VERDICTS)),
            filter_form("claim", len(ledger), menus),
        ]
        for name, title in lessons.items():
            entries = map(self.entry, by_lesson[name])
            where = para("Read and tested in ", self.lesson(name), ".")
            built.append(
                self.section(anchor("claims", name), title, where, *entries, classes=["tp-group"])
            )
        return built

    def figure(self, found):
        """Return the chart of how many claims have each verdict."""
        counts = {name: found[name] for name in VERDICTS if found[name]}
        total, said = found.total(), course.current().settings["ledger"]
        title = f"{said['articles']}, with the verdicts of this ledger"
        return count_figure(
            self.state.document,
            counts,
            title=f"Of {total} claims {found['supported']} are supported "
            f"and {found['contradicted']} contradicted",
            text=f"One bar for each verdict on {total} claims: "
            + ", ".join(f"{number} {name}" for name, number in counts.items())
            + ".",
            columns=("verdict", "claims"),
            credit=CREDIT | {"title": title, "licence": said["licence"]},
        )

    def entry(self, claim):
        """Return the section of one claim."""
        verdict, (_, value) = claim["verdict"], seeds.recompute(claim)
        check, (piece, document) = claim["check"], seeds.pieces()[claim["piece"]]
        source = self.ref(anchor("document", document["id"]), piece["title"])
        says = one_line(check["says"]) if value is not None else ""
        measured = value is not None and [
            para(f"{seeds.measured(value, check['unit'])}. The claim says {says}.")
        ]
        classes = ["tp-entry", f"lesson-{claim['lesson']}"]
        classes += [f"source-{claim['document']}"]
        classes += [f"kind-{claim['kind']}", f"reading-{claim['reading']}", f"verdict-{verdict}"]
        return self.section(
            anchor("claim", claim["id"]),
            f"{claim['id']}. {one_line(claim['statement'])}",
            quotation(claim["quote"], claim),
            judgement(
                *("Verdict", verdict, verdict),
                f"Confidence {claim['confidence']}. Kind of claim: {claim['kind']}.",
            ),
            facts(
                ("Code book", " ".join(seeds.marks(claim))),
                ("Measured", measured),
                ("Explanation", one_line(claim["explanation"])),
                ("Why this decides it", one_line(check["because"])),
                ("Evidence", self.evidence(check)),
                (
                    f"Since then, followed until {document['looked_until']}",
                    claim["since"] and one_line(claim["since"]),
                ),
                ("Also counted as", ", ".join(claim.get("also", []))),
                ("Source", [para(source, classes=["tp-entry-source"])]),
            ),
            classes=classes,
        )

    def evidence(self, check):
        """Return which rows or passage the verdict rests on."""
        if "table" in check:
            name = check["table"]
            return [
                para(
                    "table ",
                    self.ref(anchor("dataset", name), name),
                    ", rows where ",
                    nodes.literal("", one_line(check["rows"])),
                )
            ]
        if "passage" in check:
            return [para(f"the same document: “{one_line(check['passage'])}”")]
        return []


def meanings(verdicts):
    """Return what each verdict means."""
    listing = bullets(
        [
            [tag(name.capitalize(), "tp-verdict-tag", f"tp-verdict-{name}"), f" {VERDICTS[name]}"]
            for name in verdicts
        ]
    )
    listing["classes"].append("tp-counts")
    return listing
