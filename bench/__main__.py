"""Run every measurement, or the modules that are named, and print one table."""

import os
import sys
from importlib import import_module

from techpolitik.lesson.numbers import number

MODULES = {
    "page": "Pages of the built book",
    "grading": "Grading a class, against stock nbgrader",
    "build": "Building the book, against stock Jupyter Book",
}
CORES = 2


def main(names: list[str]) -> int:
    """Measure on two cores and print. Returns 1 if a limit is not met."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    # Set on some machines; every process would compile what it imports again.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    tables = {MODULES[name]: import_module(f"bench.{name}").rows() for name in names or MODULES}
    width = 2 + max(len(row["what"]) for rows in tables.values() for row in rows)
    header = f"{'':{width}}{'ours':>10} {'':10}{'peer':>9}{'ratio':>8}{'limit':>8}"
    failed = 0
    for title, rows in tables.items():
        print(f"\n{title:{width}}{header[width:]}")
        for row in rows:
            line, missed = written(row, width)
            print(line)
            failed += missed
    busy = f" The machine's load is {os.getloadavg()[0]:.1f}." if hasattr(os, "getloadavg") else ""
    print(f"\n{f'{failed} limits missed.' if failed else 'All limits are met.'}{busy}")
    return 1 if failed else 0


def written(row: dict, width: int) -> tuple[str, bool]:
    """Give one line of the table, and whether its limit is missed."""
    ratio = row["ours"] / row["peer"] if row["peer"] else None
    measured = row["ours"] if ratio is None else ratio
    missed = row["limit"] is not None and measured > row["limit"]
    return (
        f"{'  ' + row['what']:{width}}{shown(row['ours']):>10} {row['unit']:10}"
        f"{shown(row['peer']):>9}{shown(ratio):>8}{shown(row['limit']):>8}"
        f"{'  missed' if missed else ''}",
        missed,
    )


def shown(value: float | None) -> str:
    """Write what was measured; nothing if it was not."""
    return "" if value is None else number(value, 0 if value >= 100 else 2)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
