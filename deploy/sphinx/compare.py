"""Compare two builds of the book by the text of their pages: `compare.py ONE OTHER`."""

import sys
from itertools import zip_longest
from pathlib import Path

from bs4 import BeautifulSoup

#: Pages that tell how a build was made, and Sphinx's own ones.
OF_THE_BUILD = {"book/build.html", "search.html"}


def pages(site: Path) -> dict[str, list[str]]:
    """Return the words of each page by its path."""
    found = {}
    for path in sorted(site.rglob("*.html")):
        name = path.relative_to(site).as_posix()
        if name not in OF_THE_BUILD and not name.startswith(("_static/", "_sources/")):
            page = BeautifulSoup(path.read_text("utf-8"), "html.parser")
            found[name] = page.get_text(" ").split()
    return found


def differences(one: Path, other: Path) -> list[str]:
    """Return a line for each page that only one build has, or whose text differs."""
    left, right = pages(one), pages(other)
    lines = [f"{name}: only in one of the builds" for name in sorted(left.keys() ^ right.keys())]
    for name in sorted(left.keys() & right.keys()):
        words = list(zip_longest(left[name], right[name]))
        at = next((number for number, (a, b) in enumerate(words) if a != b), None)
        if at is not None:
            said = (" ".join(text[max(at - 3, 0) : at + 5]) for text in (left[name], right[name]))
            lines.append("{}: {!r} is {!r} in the other".format(name, *said))
    return lines


if __name__ == "__main__":
    found = differences(*map(Path, sys.argv[1:3]))
    print("\n".join(found) or "All pages say the same.")
    sys.exit(bool(found))
