"""Build the book, verify what it stands on, set and grade exercises: the command `techpolitik`.

Every command is about the course of the working folder: that folder or one above it holds
`course.yml`. Modules are imported where they are used, so that the book starts to build at once.
"""

import argparse
import gc
import os
import sys
import time
from collections.abc import Callable
from contextlib import chdir
from datetime import date
from importlib.metadata import entry_points
from pathlib import Path

from techpolitik import course
from techpolitik.files import FileError


def main(arguments: list[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    arguments : list of str, optional
        Those of the command line by default.

    Returns
    -------
    int
        The exit code, as the help explains it.

    """
    given = parser().parse_args(arguments)
    try:
        return given.run(given)
    except FileError as error:
        print(error, file=sys.stderr)
        return 2
    except ModuleNotFoundError as error:
        if error.name.partition(".")[0] == "techpolitik":
            raise
        print(
            f"The Python package {error.name} is missing. The lessons run without it; for this "
            "command, in the project's folder: pip install -r requirements/site.txt (to grade: "
            "requirements/grade.txt)",
            file=sys.stderr,
        )
        return 2


def parser() -> argparse.ArgumentParser:
    """Describe all commands, each with the function that runs it."""
    described = argparse.ArgumentParser(
        prog="techpolitik",
        description=__doc__.split(":")[0] + ".",
        epilog="The exit code is 0 when all is well, 1 when a person has to look at something "
        "(the rest was done), 2 when nothing could be done.",
    )
    commands = described.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser("book", help="execute the notebooks and build the site")
    command.add_argument(
        "--output",
        type=Path,
        metavar="DIR",
        help="folder in which _build is made (default: the root of the course)",
    )
    command.set_defaults(run=lambda given: book(given.output))

    command = commands.add_parser("zip", help="pack the built site into one archive")
    command.set_defaults(run=lambda given: pack())

    command = commands.add_parser("pdf", help="print the built site as one PDF")
    command.set_defaults(run=lambda given: print_pdf())

    command = commands.add_parser("verify", help="check tables, claims and quotations")
    command.add_argument(
        "--documents",
        type=Path,
        metavar="DIR",
        default=os.environ.get("TECHPOLITIK_DOCUMENTS"),
        help="folder with the seed documents; without it quotations are not compared",
    )
    command.set_defaults(run=lambda given: verify(given.documents))

    command = commands.add_parser("due", help="list what to update: forecasts, tables, notes")
    command.add_argument(
        "--by",
        type=date.fromisoformat,
        metavar="YYYY-MM-DD",
        default=date.today(),
        help="the day up to which to look ahead (default: today)",
    )
    command.set_defaults(run=lambda given: due(given.by))

    command = commands.add_parser("new", help="begin a lesson that runs, to be rewritten")
    command.add_argument("what", choices=["lesson"])
    command.add_argument("name", help="its id: small letters, digits, _ between words")
    command.add_argument("--title", help="what it is called (default: made from the id)")
    command.add_argument("--table", help="the table it looks at (default: the first that fits)")
    command.set_defaults(run=lambda given: new(given.name, given.title, given.table))

    command = commands.add_parser("seal", help="write the sealed answers that `check` compares")
    command.add_argument("--check", action="store_true", help="only compare, do not write")
    command.set_defaults(run=lambda given: seal(given.check))

    from techpolitik.grade.commands import add_commands

    add_commands(commands)
    return described


# Book -----------------------------------------------------------------------------------------


def book(output: Path | None = None) -> int:
    """Build the site of the course, with warnings as errors.

    The same as `jupyter-book build .` in the root, about two seconds faster.

    Parameters
    ----------
    output
        The folder in which _build is made.

    Returns
    -------
    int
        The exit code.

    """
    root = course.current().root
    if not (root / "_config.yml").is_file():
        raise FileError(
            f"{root} has no _config.yml, which the book is built from: work inside a whole course, "
            "not a release of it"
        )
    if problems := course.current().missing():
        raise FileError("\n".join(problems))
    target = (output or root).resolve()
    with chdir(root):
        return _build(target)


def _build(target: Path) -> int:
    """Build the site of the working folder into `target`/_build and give the exit code."""
    begin = time.perf_counter()
    # jsonschema's optional check of internationalised addresses compiles a grammar at import,
    # 1.1 s of the 3 s that an unchanged book takes. No setting holds such an address.
    sys.modules["rfc3987_syntax"] = None
    # Nothing imported becomes garbage; techpolitik.book.extension turns the collector on again.
    gc.disable()
    from techpolitik.book import cache_keys, kernels

    # They warm up while Sphinx is imported.
    early = kernels.start() if cache_keys.needed(Path.cwd()) else None
    from techpolitik.book import execute

    execute.adopt(early)
    arguments = ["build", ".", "--warningiserror", "--keep-going", "--path-output", str(target)]
    if _jupyter_book(arguments):
        # Sphinx does not repeat the warnings of a page it has read. Let it forget that it did.
        (target / "_build" / ".doctrees" / "environment.pickle").unlink(missing_ok=True)
        print("\nThe book was not built: see the messages above.", file=sys.stderr)
        return 1
    print(f"\nThe book was built in {time.perf_counter() - begin:.1f} s.")
    return 0


def _jupyter_book(arguments: list[str]) -> int:
    """Run the command `jupyter-book` in this process and give its exit code."""
    try:
        (command,) = entry_points(group="console_scripts", name="jupyter-book")
    except ValueError as error:
        raise ModuleNotFoundError(name="jupyter_book") from error
    sys.argv = ["jupyter-book", *arguments]
    try:
        command.load()()
    except SystemExit as end:
        return int(end.code or 0)
    except RuntimeError as error:
        # Jupyter Book wraps an exception that Sphinx has already printed in one of its own.
        if error.__cause__ is None:
            raise
        return 1
    return 0


def pack() -> int:
    """Pack the built site into _build, named after the course, and give the exit code."""
    from techpolitik.archive import files_of, write_zip

    site, name = _built(), course.current().id
    target = site.with_name(f"{name}.zip")
    size = write_zip(files_of(site), target, name)
    print(f"{target}: {size / 1e6:.1f} MB. Unpack it and open index.html.")
    return 0


def print_pdf() -> int:
    """Print the built site as a PDF in _build, named after the course; give the exit code."""
    from techpolitik.book.browser import chromium
    from techpolitik.book.pdf import write_pdf

    site = _built()
    target = site.with_name(f"{course.current().id}.pdf")
    try:
        with chromium() as browser:
            pages = write_pdf(browser, site, target)
    except ImportError as error:
        print(f"{error}. What prints the book is installed with the tests.", file=sys.stderr)
        return 2
    print(f"{target}: {pages} pages.")
    return 0


def _built() -> Path:
    """Give the folder of the built site; `FileError` if there is none."""
    site = course.current().root / "_build" / "html"
    if not (site / "_headers").is_file():
        raise FileError(f"{site} holds no built book: run `techpolitik book` first")
    return site


# Verify ---------------------------------------------------------------------------------------


def new(name: str, title: str | None, table: str | None) -> int:
    """Begin a lesson and say what to do next. Returns the exit code."""
    from techpolitik.new import lesson

    try:
        written = lesson(name, title, table)
    except (FileError, LookupError) as error:
        print(error, file=sys.stderr)
        return 2
    print(*written, sep="\n")
    print("Its row in course.yml and its line in _toc.yml are written. Now:")
    print("- replace the sentences of the notebook by your own, part by part;")
    print("- describe its exercises and solutions, and run: techpolitik seal;")
    print("- if the course has plans (book/syllabus.md), name the lesson in each.")
    return 0


def verify(documents: Path | None = None) -> int:
    """Check lessons, tables, claims and quotations, with a line for each step.

    Parameters
    ----------
    documents
        The folder with the seed documents, which are not in the repository.

    Returns
    -------
    int
        The exit code.

    """
    from techpolitik.lesson import datasets, seeds

    here = course.current()
    print(f"{here.settings['title']}, the course in {here.root}:")
    problems = _step("lessons of course.yml", here.missing)
    problems += _step("tables against data/datapackage.json", datasets.validate)
    problems += _step("verdicts of the claims against the tables", seeds.outdated)
    if documents is None:
        print("quotations: not compared, give the documents' folder with --documents")
    elif not documents.is_dir():
        print(f"no such folder: {documents}", file=sys.stderr)
        return 2
    else:
        problems += _step("quotations against the documents", lambda: seeds.verify(documents))
    if problems:
        print(f"\n{problems} problem{'s' if problems > 1 else ''} found.", file=sys.stderr)
        return 1
    print("\nEverything holds.")
    return 0


def _step(name: str, check: Callable[[], list[str]]) -> int:
    """Run one check, print what it found and give the number of problems."""
    print(f"{name} ...", end=" ", flush=True)
    try:
        problems = check()
    except (ValueError, LookupError) as error:
        problems = [str(error)]
    doing = "does" if len(problems) == 1 else "do"
    print("all hold" if not problems else f"{len(problems)} {doing} not hold")
    for problem in problems:
        print(f"  {problem}")
    return len(problems)


def due(by: date) -> int:
    """Print what a teacher should update by a day.

    Parameters
    ----------
    by
        The day.

    Returns
    -------
    int
        The exit code: 1 if something is due.

    """
    from techpolitik.lesson import due as room

    found = room.due(by)
    for heading, lines in found.items():
        print(f"{heading} ({len(lines)})", *(f"  {line}" for line in lines), "", sep="\n")
    if not found:
        print(f"Nothing is due by {by}.")
    return 1 if found else 0


# Seal -----------------------------------------------------------------------------------------


def seal(only_compare: bool = False) -> int:
    """Seal the answers of `instructor/` into `notebooks/checks.json` and give the exit code.

    Parameters
    ----------
    only_compare
        Write nothing; the exit code is 1 if the file is out of date.

    """
    from techpolitik.lesson.exercises import sealing

    path, text = sealing.checks_path(), sealing.as_file(sealing.seal())
    if only_compare:
        fresh = path.exists() and path.read_text(encoding="utf-8") == text
        print(f"{path}: {'up to date' if fresh else 'out of date: run techpolitik seal'}")
        return 0 if fresh else 1
    path.write_text(text, encoding="utf-8")
    print(f"{path}: written, {len(text):,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
