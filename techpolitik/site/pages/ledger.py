"""The ledger of claims: every claim with its verdict, and a filter."""

import html
from collections import Counter

from docutils import nodes

from techpolitik import datasets, seeds
from techpolitik.files import one_line
from techpolitik.site.pages.parts import (
    GeneratedPage,
    anchor,
    attribution,
    bullets,
    facts,
    para,
    pieces,
    quotation,
    raw,
    seed_files,
    tag,
)

# What a verdict means, in the order the ledger counts them.
VERDICTS = {
    "supported": "the data say so",
    "imprecise": "nearly, or only under one reading",
    "contradicted": "the data say otherwise",
    "unverifiable": "no table can decide it",
    "open": "not decided yet",
}


def setup(app):
    """Register the ledger and its script."""
    app.add_directive("claims-ledger", ClaimsLedger)
    app.connect("html-page-context", add_ledger_script)


class ClaimsLedger(GeneratedPage):
    """All claims with verdict, measured value, explanation, what followed, and a filter."""

    def run(self):
        """Return counts, filter, and one section per lesson with one entry per claim."""
        tables = sorted((datasets.ROOT / "data").glob("*.csv"))
        self.depend_on(*seed_files(), *tables)
        ledger = list(seeds.claims().values())
        origins = pieces()
        by_lesson = {}
        for claim in ledger:
            by_lesson.setdefault(claim["lesson"], []).append(claim)
        lessons = [name for name in seeds.LESSONS if name in by_lesson]
        built = [counts(ledger), raw(filter_html(ledger, lessons))]
        for name in lessons:
            entries = [self.entry(claim, *origins[claim["piece"]]) for claim in by_lesson[name]]
            heading = name.replace("_", " ").capitalize()
            where = para("Read and tested in ", self.lesson(name), ".")
            built.append(
                self.section(anchor("claims", name), heading, where, *entries, classes=["tp-group"])
            )
        return built

    def entry(self, claim, piece, document):
        """Return the section of one claim."""
        verdict, value = seeds.recompute(claim)
        check = claim["check"]
        says = one_line(check["says"]) if value is not None else ""
        measured = value is not None and [
            para(f"{seeds.number(value)} {check['unit']}. The claim says {says}.")
        ]
        classes = ["tp-entry", f"lesson-{claim['lesson']}"]
        classes += [f"kind-{claim['kind']}", f"verdict-{verdict}"]
        return self.section(
            anchor("claim", claim["id"]),
            f"{claim['id']}. {one_line(claim['statement'])}",
            quotation(claim["quote"], attribution(claim, piece, document)),
            para(
                tag(verdict.capitalize(), "tp-verdict-tag", f"tp-verdict-{verdict}"),
                f" Confidence {claim['confidence']}. Kind of claim: {claim['kind']}.",
            ),
            facts(
                ("Measured", measured),
                ("Explanation", one_line(claim["explanation"])),
                ("Why this decides it", one_line(check["because"])),
                ("Evidence", self.evidence(check)),
                ("Since then", claim["since"] and one_line(claim["since"])),
                ("Also counted as", ", ".join(claim.get("also", []))),
                ("Source", [para(self.ref(anchor("document", document["id"]), piece["title"]))]),
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


def counts(ledger):
    """Return how many claims have each verdict, and what the verdict means."""
    found = Counter(claim["verdict"] for claim in ledger)
    items = [
        [tag(name.capitalize(), "tp-verdict-tag", f"tp-verdict-{name}"), f" {found[name]}: {means}"]
        for name, means in VERDICTS.items()
        if found[name]
    ]
    listing = bullets(items)
    listing["classes"].append("tp-counts")
    return listing


def filter_html(ledger, lessons):
    """Return the filter: menus that ledger.js brings to life; hidden where no script runs."""
    menus = {
        "lesson": {name: name.replace("_", " ").capitalize() for name in lessons},
        "kind": {kind: kind.capitalize() for kind in present(ledger, "kind", seeds.KINDS)},
        "verdict": {v: v.capitalize() for v in present(ledger, "verdict", seeds.VERDICTS)},
    }
    fields = "".join(menu_html(name, options) for name, options in menus.items())
    return (
        f'<form class="tp-filter" id="tp-filter" aria-label="Filter the claims">{fields}'
        '<button type="reset" class="tp-button">Show all</button>'
        f'<p role="status">All {len(ledger)} claims are shown.</p></form>'
    )


def present(ledger, field, order):
    """Return the values a field takes in the ledger, in their usual order."""
    values = {claim[field] for claim in ledger}
    return [value for value in order if value in values]


def menu_html(name, options):
    """Return one labelled menu of the filter."""
    choices = "".join(
        f'<option value="{html.escape(value)}">{html.escape(label)}</option>'
        for value, label in options.items()
    )
    return (
        f'<label>{name.capitalize()}<select name="{name}"><option value="">All</option>'
        f"{choices}</select></label>"
    )


def add_ledger_script(app, pagename, templatename, context, doctree):
    """Load ledger.js on the page that has the filter, and only there."""
    if doctree and any("tp-entry" in node["classes"] for node in doctree.findall(nodes.section)):
        app.add_js_file("ledger.js", loading_method="defer")
