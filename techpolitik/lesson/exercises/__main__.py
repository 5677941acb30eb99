"""Command line: `python -m techpolitik.lesson.exercises seal [--check]`."""

import argparse
import sys

from techpolitik.files import FileError

from . import sealing


def main(arguments: list[str] | None = None) -> int:
    """Seal the answers of `instructor/` into `notebooks/checks.json`.

    With `--check` nothing is written; the code is 1 if the file is out of date. It is 2 if an
    exercise or its solution cannot be read.
    """
    parser = argparse.ArgumentParser(
        "python -m techpolitik.lesson.exercises", description=main.__doc__
    )
    parser.add_argument("command", choices=["seal"])
    parser.add_argument("--check", action="store_true", help="only compare, do not write")
    only_check = parser.parse_args(arguments).check
    try:
        path, text = sealing.checks_path(), sealing.as_file(sealing.seal())
    except FileError as error:
        print(error, file=sys.stderr)
        return 2
    if only_check:
        fresh = path.exists() and path.read_text(encoding="utf-8") == text
        print(f"{path}: {'up to date' if fresh else 'out of date: run it without --check'}")
        return 0 if fresh else 1
    path.write_text(text, encoding="utf-8")
    print(f"{path}: written, {len(text):,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
