"""The code book: the rules for verdicts, read from the schema that holds every claim to them."""

from docutils.parsers.rst import directives

from techpolitik import course, files
from techpolitik.book.pages.parts import GeneratedPage, anchor, bullets, node_table, para
from techpolitik.lesson import datasets
from techpolitik.lesson.agreement import kappa

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
        rows = [([self.ref(anchor("claim", name), name)], *words) for name, *words in differing]
        heads = ("Claim", "First coder", "Second coder", "Settled")
        return [para(sentence), *([node_table(heads, rows)] if rows else [])]


def coded_twice(table) -> tuple[str, list[tuple[str, str, str, str]]]:
    """Say how far two coders agree, and list the claims whose three words are not the same.

    Parameters
    ----------
    table
        Columns claim_id, first_coder, second_coder and settled; a verdict in the last three.

    """
    one, two, settled = (table[name] for name in ("first_coder", "second_coder", "settled"))
    differ = one != two
    to_one, to_two = (int((differ & (settled == word)).sum()) for word in (one, two))
    sentence = (
        f"They agree on {int((~differ).sum())} of {len(table)}, kappa {kappa(one, two):.2f} "
        "(Cohen’s: 1 is full agreement, 0 what chance would give). Of the "
        f"{int(differ.sum())} differences {to_one} were settled for the word of the first coder, "
        f"{to_two} for that of the second, {int(differ.sum()) - to_one - to_two} for a third word. "
        "Where the two agree, the mended page or later evidence changed "
        f"{int((~differ & (settled != one)).sum())}."
    )
    listed = table[differ | (settled != one)]
    columns = ["claim_id", "first_coder", "second_coder", "settled"]
    return sentence, list(listed[columns].itertuples(index=False, name=None))


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
