"""Check of a written argument what can honestly be checked: length, figures, sources.

Whether the argument is any good is for a reader with the rubric; nothing here pretends otherwise.
"""

import re
from functools import cache

from techpolitik import course

from .answers import Unreadable, describe, is_a, plain_text, remedy

MOST_CHARACTERS = 20_000

# What may follow a number without being its unit: "in 2020 the share", "from 3 to 5".
NO_UNIT = r"and|or|to|of|in|on|at|by|the|a|an|is|was|are|were|but|than|for|from|with|as"


def read(value) -> str:
    """Read a student's text as plain characters. Raises `Unreadable` with a message."""
    if not is_a(value, str):
        message = f"You gave {describe(value)}; this needs text between triple quotation marks."
        raise Unreadable(f"{message} {remedy(value)}".strip())
    text = plain_text(value)
    if len(text) > MOST_CHARACTERS:
        raise Unreadable(
            f"Your text has {len(text):,} characters; at most {MOST_CHARACTERS:,} are read."
        )
    return text


def count_words(text: str) -> int:
    """Count words: runs of characters between blanks that hold a letter or digit."""
    return sum(any(ch.isalnum() for ch in word) for word in text.split())


def figures(text: str) -> list[str]:
    """Return the numbers with a unit in a text, such as "59.3 percent" or "34,700 t"."""
    said = course.current().settings
    pattern = figure(tuple(said["units"]), tuple(said["indexes"]), *said["years"])
    return [match.group().strip() for match in pattern.finditer(text)]


@cache
def figure(units: tuple[str, ...], indexes: tuple[str, ...], first: int, last: int) -> re.Pattern:
    """Return an expression that finds a number with its unit.

    Parameters
    ----------
    units
        Short units that stand right behind a number.
    indexes
        Names that stand before a number without a unit.
    first, last
        Between these a bare number is a year.

    """
    year = "|".join(map(str, range(first, last + 1)))
    number = r"\d[\d,.]*+"
    forms = [
        rf"(?:USD|US\$|\$|€|¥)\s?{number}",
        rf"(?!(?:{year})(?!\d|,\d)){number}"
        rf"(?:\s?%|(?:{'|'.join(units)})\b|[\s-](?!(?:{NO_UNIT})(?![a-z]))[a-z]+)",
        *(rf"{name}(?: \w+){{0,4}} \d[\d,.]*" for name in indexes),
    ]
    return re.compile(rf"(?<![\w.])(?:{'|'.join(forms)})", re.IGNORECASE)


def problems(text: str, rule: dict) -> list[str]:
    """Return what a text lacks, one sentence each; an empty list means complete.

    `rule` is the `answer` of an argument exercise: words [fewest, most], figures (how many
    numbers with a unit), sources (tables or claims, one of which must be named).
    """
    found, (fewest, most) = [], rule["words"]
    words = count_words(text)
    if not fewest <= words <= most:
        found.append(f"Your text has {words} words; it should have {fewest} to {most}.")
    cited = figures(text)
    if len(cited) < rule["figures"]:
        found.append(
            f"Figures with a unit: {len(cited)} of the {rule['figures']} it needs at least. Such a "
            f"figure is {course.current().settings['figure_hint']}."
        )
    if not any(
        re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text) for name in rule["sources"]
    ):
        found.append(
            f"It names no source. Name a table or claim by its id: {', '.join(rule['sources'])}."
        )
    return found
