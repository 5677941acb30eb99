"""The course to run: all lessons of the book with everything they need, as one archive.

Made from public files alone, so it holds nothing of `instructor/`, and laid out as the project is.
The same input gives the same bytes.
"""

import json
import re
from pathlib import Path
from string import Template

from techpolitik import course, files, folding, shipped
from techpolitik.archive import digest, write_zip

HEADING = re.compile(r"^# (.+)", re.MULTILINE)
#: A link from a lesson to a page of the book, which the archive does not hold.
PAGE_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\(\.\./([^)#]+)\.\w+(#[^)]*)?\)")

README = Template("""\
# $course, the course to run

All lessons as notebooks, with the tables, excerpts and code they use. Keep the folder together.
Nothing is fetched while you work.

$lessons

## Open it

$how
JupyterLab opens in the browser. Choose `$first` at the left and run it cell by cell
with Shift and Enter. Save as you go: your answers stay in the notebooks. Next time, the second line
and the last are enough.

If a command fails, look at `python --version` first. Most trouble is an older Python, or a terminal
in another folder.

## Exercises

Where an exercise has three dots, put your answer in their place and run the cell: `check` says at
once how it stands. Solutions are not in this folder. Mentions of the glossary, the ledger and other
pages refer to the book of the course$book.

## Without internet

Installing is the one step that needs a connection. For machines that have none, fetch the packages
once, on a machine with the same system and the same Python:

    pip download -r requirements.txt -d packages

Copy the whole folder, and install from it with

    pip install --no-index --find-links packages -r requirements.txt

## What is what

| Here | What it holds |
|---|---|
| `notebooks/` | the lessons; questions of exercises and quizzes, and what `check` needs |
| `notebooks/techpolitik/` | the code behind `load`, `figure`, `explore`, `check` |
| `data/` | the tables, described in `datapackage.json`, with `sources.csv` |
| `seeds/` | the articles: record, excerpts, claims and verdicts |
| `course.yml`, `course/` | what this course is, and Python that only it needs |
| `requirements.txt` | the packages to install, each with its version |

This folder holds what lessons need and no more. The book's own pages, the tests and what teachers
need to grade are in the whole project$project.

## What may be done with it

$licence
Tables are described in `data/datapackage.json`. To cite the course: `CITATION.cff`.
""")


def name() -> str:
    """Return the name of the archive, and of the folder in it."""
    return f"{course.current().id}-course"


def content(lessons: list[str], address: str = "", repository: str = "") -> list[tuple[str, bytes]]:
    """Return the files of the archive with what they hold, sorted by path.

    Parameters
    ----------
    lessons : list of str
        Ids of the lessons, in their order.
    address, repository : str
        Addresses of the book's site and of the public project, if there are such.

    """
    here = course.current()
    # A kernel works in the folder of its notebook and imports from there.
    found = shipped.files_for("exercises", "quizzes", "checks.json", folder="notebooks/")
    read = {
        here.lessons[lesson]["file"]: json.loads(files.read_text(here.notebook(lesson)))
        for lesson in lessons
    }
    found["README.md"] = readme(read, address, repository).encode()
    for file, notebook in read.items():
        for cell in notebook["cells"]:
            if cell["cell_type"] == "markdown":
                text = PAGE_LINK.sub(link_to(address), "".join(cell["source"]))
                cell["source"] = text.splitlines(keepends=True)
        found[file] = to_run(notebook)
    return sorted(found.items())


def to_run(notebook: dict) -> bytes:
    """Return a notebook as a file to open and run, where what only draws is hidden at first."""
    folding.hide_what_draws(notebook["cells"])
    return f"{json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True)}\n".encode()


def readme(read: dict[str, dict], address: str, repository: str) -> str:
    """Return the read-me: what is in the archive and how to open it."""
    titles = {
        Path(file).name: HEADING.search("".join(notebook["cells"][0]["source"]))[1]
        for file, notebook in read.items()
    }
    return README.substitute(
        course=course.current().settings["title"],
        licence=shipped.licence(),
        lessons="\n".join(f"- `{file}`: {title}" for file, title in titles.items()),
        how=shipped.OPEN_IT.substitute(opened="notebooks"),
        first=next(iter(titles)),
        book=f", {address}" if address else "",
        project=f", {repository}" if repository else "",
    )


def link_to(address: str) -> str:
    """Return what takes the place of a link to a page: its words, with a link if there can be."""
    return rf"[\1]({address}\2.html\3)" if address else r"\1"


def cached(folder: Path, lessons: list[str], address: str = "", repository: str = "") -> Path:
    """Return the archive for the project as it is now.

    Parameters
    ----------
    folder : Path
        Where one archive lies from build to build; it is made again when anything in it changes.
    lessons, address, repository
        As in `content`.

    """
    held = content(lessons, address, repository)
    path = folder / f"{digest(held)}.zip"
    if not path.exists():
        for old in folder.glob("*.zip"):
            old.unlink()
        write_zip(held, path, name())
    return path
