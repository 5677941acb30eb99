"""The code book: the rules for verdicts, read from the schema that holds every claim to them."""

from docutils.parsers.rst import directives

from techpolitik import files
from techpolitik.book.pages.parts import GeneratedPage, bullets, node_table

PARTS = ("readings", "rules")


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
        return [node_table(("Mark", "The sentence", "How it is judged"), readings())]


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
