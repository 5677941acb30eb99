"""Run every measurement and print one table."""

import os
import sys
from importlib import import_module

MODULES = ("page", "kernel", "build")
CORES = 2


def main() -> int:
    """Measure on two cores and print. Returns 1 if a limit is not met."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    # Set on some machines; every process would compile what it imports again.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    rows = [row for name in MODULES for row in import_module(f"bench.{name}").rows()]
    print(f"\n{'':52}{'ours':>10}{'peer':>10}{'ratio':>8}{'limit':>8}")
    failed = 0
    for row in rows:
        against = row["ours"] / row["peer"] if row.get("peer") else None
        measured = row["ours"] if against is None else against
        missed = row.get("limit") is not None and measured > row["limit"]
        failed += missed
        print(
            f"{row['what'] + ', ' + row['unit']:52}{row['ours']:>10.2f}"
            f"{_number(row.get('peer'))}{_number(against, 8)}{_number(row.get('limit'), 8)}"
            f"{'  missed' if missed else ''}"
        )
    print(f"\n{failed} limits missed." if failed else "\nAll limits are met.")
    return 1 if failed else 0


def _number(value: float | None, width: int = 10) -> str:
    return " " * width if value is None else f"{value:>{width}.2f}"


if __name__ == "__main__":
    sys.exit(main())
