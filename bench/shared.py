"""What the measurements share: the built book, its lessons, and the tests' server and browser.

Pages are weighed and kernels driven by the same code that the tests use, so that a figure in the
table and the limit in a test mean the same thing.
"""

import os
import sys
from pathlib import Path
from statistics import median, quantiles

PROJECT = Path(__file__).resolve().parents[1]
BOOK = Path(os.environ.get("TECHPOLITIK_BOOK_DIR") or PROJECT / "_build" / "html")
#: How often each slider is moved: enough for a 95th percentile that one slow frame does not make.
MOVES = 60

sys.path.insert(0, str(PROJECT / "tests"))


def pages() -> list[str]:
    """Give the pages of the book as it was built, without the file at its door."""
    found = (path.relative_to(BOOK).as_posix() for path in sorted(BOOK.rglob("*.html")))
    return [path for path in found if "/" in path and not path.startswith("_static/")]


def lessons() -> list[Path]:
    """Give the notebooks of the lessons that the built book holds."""
    return [
        PROJECT / "notebooks" / f"{path.stem}.ipynb"
        for path in sorted((BOOK / "notebooks").glob("*.html"))
    ]


def row(what: str, unit: str, ours: float, limit: float | None = None, peer=None) -> dict:
    """Make one row of the table. The limit is for the ratio to the peer, if there is a peer."""
    return {"what": what, "unit": unit, "ours": ours, "peer": peer, "limit": limit}


def spread(what: str, times: list[float], limit: float | None) -> list[dict]:
    """Make the rows of a list of times in ms; the limit is for the 95th percentile."""
    return [
        row(f"{what}, median", "ms", median(times)),
        row(f"{what}, 95th percentile", "ms", quantiles(times, n=20)[-1], limit),
    ]
