"""The forecasts of the articles: what was said, what counts as coming true, and what came."""

from techpolitik import course
from techpolitik.book.pages.lists import count_figure, filter_form, present
from techpolitik.book.pages.parts import (
    GeneratedPage,
    anchor,
    facts,
    judgement,
    para,
    quotation,
    seed_files,
)
from techpolitik.files import one_line
from techpolitik.lesson import datasets, seeds

# In the order of the figure: what is said of a forecast with each outcome, and its colour.
OUTCOMES = {
    "yes": ("came true", "supported"),
    "no": ("did not come true", "contradicted"),
    "partly": ("came partly true", "imprecise"),
    "none": ("no outcome", "unverifiable"),
}


def setup(app):
    """Register the page."""
    app.add_directive("forecast-list", ForecastList)


class ForecastList(GeneratedPage):
    """Every forecast with criterion, horizon, outcome and reason; a figure and a filter."""

    def run(self):
        """Return the figure, the filter, and one section per document."""
        name = course.current().forecasts
        self.depend_on(*seed_files(), course.current().data / datasets.resource(name)["path"])
        table = datasets.load(name).fillna({"outcome": "none"})
        rows = table.astype(object).where(table.notna(), None).to_dict("records")
        documents = {document["id"]: document["publisher"] for document in seeds.documents()}
        speakers = {row["speaker"]: speaker_class(row["speaker"]) for row in rows}
        menus = {
            "lesson": self.lesson_titles(present(rows, "lesson", course.current().lessons)),
            "source": {name: documents[name] for name in present(rows, "document", documents)},
            "speaker": {name: speaker for speaker, name in sorted(speakers.items())},
            "outcome": {name: OUTCOMES[name][0] for name in present(rows, "outcome", OUTCOMES)},
        }
        built = [*self.figure(rows), filter_form("forecast", len(rows), menus)]
        for name in menus["source"]:
            entries = [self.entry(row) for row in rows if row["document"] == name]
            where = anchor("forecasts", name)
            built.append(self.section(where, documents[name], *entries, classes=["tp-group"]))
        return built

    def figure(self, rows):
        """Return the chart of how many forecasts have each outcome."""
        found = {
            OUTCOMES[name][0]: sum(row["outcome"] == name for row in rows)
            for name in present(rows, "outcome", OUTCOMES)
        }
        decided = sum(row["outcome"] in ("yes", "no") for row in rows)
        listed = ", ".join(f"{number} {kind}" for kind, number in found.items())
        return count_figure(
            self.state.document,
            found,
            title=f"{decided} of {len(rows)} forecasts came clearly true or false",
            text=f"One bar for each outcome of {len(rows)} forecasts: {listed}.",
            columns=("outcome", "forecasts"),
            credit=[course.current().forecasts],
        )

    def entry(self, row):
        """Return the section of one forecast."""
        from techpolitik.lesson.predictions import decided_by

        name = row["forecast_id"]
        claim = seeds.claims()[name]
        said, colour = OUTCOMES[row["outcome"]]
        return self.section(
            anchor("forecast", name),
            f"{name}. {one_line(row['statement'])}",
            quotation(claim["quote"], claim),
            judgement("Outcome", said, colour, f"Confidence {row['confidence']}."),
            facts(
                ("Counts as true", one_line(row["criterion"])),
                ("By when", decided_by(row)),
                ("Author’s word", word_of(row)),
                ("What happened", one_line(row["reason"])),
                ("Evidence", [para(self.ref(anchor("claim", name), f"{name} in the ledger"))]),
                ("Lesson", [para(self.lesson(row["lesson"]))]),
            ),
            classes=[
                "tp-entry",
                f"lesson-{row['lesson']}",
                f"source-{row['document']}",
                f"speaker-{speaker_class(row['speaker'])}",
                f"outcome-{row['outcome']}",
                f"verdict-{colour}",
            ],
        )


def speaker_class(speaker):
    """Return a speaker's name as part of a class and of an address."""
    return "-".join("".join(c if c.isalnum() else " " for c in speaker.lower()).split())


def word_of(row):
    """Return the word an author chose, and the probability that the course reads in it."""
    implied = row["implied_pct"]
    reading = "which names no probability" if implied is None else f"read as {implied} percent"
    return f"“{row['wording']}”, {reading}"
