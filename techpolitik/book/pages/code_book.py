"""The code book: the rules for verdicts, read from the schema that holds every claim to them."""

from docutils.parsers.rst import directives

from techpolitik import course, files
from techpolitik.book.pages.parts import GeneratedPage, anchor, bullets, node_table, para
from techpolitik.lesson import datasets
from techpolitik.lesson.agreement import agreement, kappa

PARTS = ("readings", "rules", "agreement")
#: Where the words of two coders stand, once a second one has coded.
CODED = "verdict_coding"


def setup(app):
    """Register the lists of the code book."""
    app.add_directive("code-book", CodeBook)


class CodeBook(GeneratedPage):
    """A list of the code book: the kinds of sentences, or the rules that hold for all."""

    required_arguments = 1

    def run(self):
        """Return the table of readings, or the list of rules."""
        part = directives.choice(self.arguments[0], PARTS)
        if part == "rules":
            return [bullets(rules())]
        if part == "agreement":
            return self.agreement()
        return [node_table(("Mark", "The sentence", "How it is judged"), readings())]

    def agreement(self):
        """Return how far two coders agree; before there are two, that there is one."""
        path = course.current().data / f"{CODED}.csv"
        if not path.is_file():
            return [para("The claims have been coded by the authors of the course alone.")]
        self.depend_on(path)
        sentence, differing = coded_twice(datasets.load(CODED))
        rows = [([self.ref(anchor("claim", name), name)], one, two) for name, one, two in differing]
        listed = [node_table(("Claim", "First coder", "Second coder"), rows)] if rows else []
        return [para(sentence), *listed]


def coded_twice(table) -> tuple[str, list[tuple[str, str, str]]]:
    """Say how far two coders agree, and list what they code differently.

    Parameters
    ----------
    table
        Columns claim_id, first_coder and second_coder; a verdict in each of the last two.

    """
    one, two = table["first_coder"], table["second_coder"]
    sentence = (
        f"A second reader, with this page and the evidence alone, coded {len(table)} claims drawn "
        f"by lot. The two agree on {100 * agreement(one, two):.0f} percent of them; Cohen’s kappa "
        f"is {kappa(one, two):.2f}, where 1 is full agreement and 0 what chance would give."
    )
    differing = table[one != two][["claim_id", "first_coder", "second_coder"]]
    return sentence, list(differing.itertuples(index=False, name=None))


def _conditions():
    return files.schema("seed")["properties"]["claims"]["items"]["allOf"]


def readings() -> list[tuple[str, str, str]]:
    """Return name, meaning and rule of each kind of sentence."""
    return [
        (rule["title"], rule["then"]["title"], rule["then"]["description"])
        for rule in _conditions()
        if "title" in rule
    ]


def rules() -> list[str]:
    """Return the rules that do not hang on the kind of sentence."""
    found = [
        field["description"]
        for rule in _conditions()
        if "title" not in rule
        for field in rule["then"]["properties"].values()
    ]
    return list(dict.fromkeys(found))
