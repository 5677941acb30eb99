"""Build the book, verify what it stands on, set and grade exercises: the command `techpolitik`.

Modules are imported where they are used, so that the book starts to build at once.
"""

import argparse
import gc
import os
import sys
import time
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path


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
        help="folder in which _build is made (default: the project)",
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

    command = commands.add_parser("new", help="begin a lesson that runs, to be rewritten")
    command.add_argument("what", choices=["lesson"])
    command.add_argument("name", help="its id: small letters, digits, _ between words")
    command.add_argument("--title", help="what it is called (default: made from the id)")
    command.add_argument("--table", help="the table it looks at (default: the first that fits)")
    command.set_defaults(run=lambda given: new(given.name, given.title, given.table))

    from techpolitik.grade.commands import add_commands

    add_commands(commands)
    return described


# Book -----------------------------------------------------------------------------------------


def book(output: Path | None = None) -> int:
    """Build the site of the project in the current folder, with warnings as errors.

    The same as `jupyter-book build .`, about two seconds faster. Parameters: output, the folder in
    which _build is made. Returns the exit code.
    """
    project = Path.cwd()
    if not (project / "_config.yml").is_file():
        print(f"No _config.yml in {project}: run this in the project's folder.", file=sys.stderr)
        return 2
    begin = time.perf_counter()
    # jsonschema's optional check of internationalised addresses compiles a grammar at import,
    # 1.1 s of the 3 s that an unchanged book takes. No setting holds such an address.
    sys.modules["rfc3987_syntax"] = None
    # Nothing imported becomes garbage; techpolitik.book.extension turns the collector on again.
    gc.disable()
    from techpolitik.book import cache_keys, kernels

    # They warm up while Sphinx is imported.
    early = kernels.start() if cache_keys.needed(project) else None
    from techpolitik.book import execute

    execute.adopt(early)
    arguments = ["build", ".", "--warningiserror", "--keep-going"]
    code = _jupyter_book(arguments + (["--path-output", str(output)] if output else []))
    build = (output or project).resolve() / "_build"
    if code:
        # Sphinx does not repeat the warnings of a page it has read. Let it forget that it did.
        (build / ".doctrees" / "environment.pickle").unlink(missing_ok=True)
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
    """Pack the built site into _build/techpolitik.zip. Returns the exit code."""
    from techpolitik.archive import files_of, write_zip

    site = _built()
    if not site:
        return 2
    target = site.with_name("techpolitik.zip")
    size = write_zip(files_of(site), target, "techpolitik")
    print(f"{target}: {size / 1e6:.1f} MB. Unpack it and open index.html.")
    return 0


def print_pdf() -> int:
    """Print the built site as _build/techpolitik.pdf. Returns the exit code."""
    from techpolitik.book.browser import chromium
    from techpolitik.book.pdf import write_pdf

    site = _built()
    if not site:
        return 2
    target = site.with_name("techpolitik.pdf")
    try:
        with chromium() as browser:
            pages = write_pdf(browser, site, target)
    except ImportError as error:
        print(f"{error}. What prints the book is installed with the tests.", file=sys.stderr)
        return 2
    print(f"{target}: {pages} pages.")
    return 0


def _built() -> Path | None:
    """Give the folder of the built site; print what to do if there is none."""
    site = Path.cwd() / "_build" / "html"
    if (site / "_headers").is_file():
        return site
    print(f"{site} holds no built book: run `techpolitik book` first.", file=sys.stderr)
    return None


# Verify ---------------------------------------------------------------------------------------


def new(name: str, title: str | None, table: str | None) -> int:
    """Begin a lesson and say what to do next. Returns the exit code."""
    from techpolitik.files import FileError
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
    """Check tables, claims and quotations, with a line for each step.

    Parameters: documents, the folder with the seed documents, which are not in the repository.
    Returns the exit code.
    """
    from techpolitik.lesson import datasets, seeds

    problems = _step("tables against data/datapackage.json", datasets.validate)
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


if __name__ == "__main__":
    sys.exit(main())
