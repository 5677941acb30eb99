"""The course to run: all lessons of the book with everything they need, as one archive.

Made from public files alone (`notebooks/`, `data/`, `seeds/`, the part of the package that
notebooks import), so it holds nothing of `instructor/`. The same input gives the same bytes.
"""

import hashlib
import re
from pathlib import Path
from string import Template

import nbformat

from techpolitik import course
from techpolitik.archive import write_zip
from techpolitik.lesson import datasets
from techpolitik.runtime import OPEN_IT, PACKAGE, files_for, written

NAME = "techpolitik-course"
#: A link from a lesson to a page of the book, which the archive does not hold.
PAGE_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\(\.\./([^)#]+)\.\w+(#[^)]*)?\)")

README = Template("""\
# Techpolitik, the course to run

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
| `*.ipynb` | the lessons |
| `data/` | the tables, described in `datapackage.json`, with `sources.csv` |
| `seeds/` | the articles: record, excerpts, claims and verdicts |
| `notebooks/` | questions of exercises and quizzes; what `check` needs |
| `techpolitik/` | the code behind `load`, `figure`, `explore`, `check` |
| `requirements.txt` | the packages to install, each with its version |

This folder holds what lessons need and no more. The book's own pages, the tests and what teachers
need to grade are in the whole project$project.

## What may be done with it

Code: `LICENSE` (MIT). Lessons and the authors' own tables: `LICENSE-CONTENT` (CC BY 4.0). Excerpts
belong to their publishers; tables of others keep the licence that `data/datapackage.json` names. To
cite the course: `CITATION.cff`.
""")


def content(
    notebooks: list[Path], address: str = "", repository: str = ""
) -> list[tuple[str, bytes]]:
    """Return the files of the archive with what they hold, sorted by path.

    Parameters: notebooks, the lessons, in their order; address, of the book's site, if it has one;
    repository, address of the project, if it is public.
    """
    read = {path.name: nbformat.read(path, as_version=4) for path in notebooks}
    lessons = [path.stem.partition("_")[2] for path in notebooks]
    found = files_for(lessons, [cell for one in read.values() for cell in one.cells])
    found |= {
        path.relative_to(course.current().root).as_posix(): path.read_bytes() for path in copied()
    }
    found["README.md"] = readme(read, address, repository).encode()
    for name, notebook in read.items():
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                cell.source = PAGE_LINK.sub(link_to(address), cell.source)
        found[name] = written(notebook)
    return sorted(found.items())


def copied() -> list[Path]:
    """Return the files that go in as they are: all tables, all seeds, the citation."""
    data = course.current().data
    tables = [data / entry["path"] for entry in datasets.package()["resources"]]
    seeds = course.current().seeds.glob("*.yml")
    return [data / "datapackage.json", *tables, *seeds, course.current().root / "CITATION.cff"]


def readme(read: dict[str, nbformat.NotebookNode], address: str, repository: str) -> str:
    """Return the read-me: what is in the archive and how to open it."""
    titles = {
        name: re.search(r"^# (.+)", notebook.cells[0].source, re.MULTILINE)[1]
        for name, notebook in read.items()
    }
    return README.substitute(
        lessons="\n".join(f"- `{name}`: {title}" for name, title in titles.items()),
        how=OPEN_IT.substitute(opened="jupyter lab"),
        first=next(iter(read)),
        book=f", {address}" if address else "",
        project=f", {repository}" if repository else "",
    )


def link_to(address: str) -> str:
    """Return what takes the place of a link to a page: its words, with a link if there can be."""
    return rf"[\1]({address}\2.html\3)" if address else r"\1"


def kept(folder: Path, notebooks: list[Path], address: str = "", repository: str = "") -> Path:
    """Return the archive for the project as it is now, from `folder` if an earlier build made it.

    Parameters: folder, which keeps one archive from build to build; the others as in `content`.
    """
    path = folder / f"{key(notebooks, address, repository)}.zip"
    if not path.exists():
        for old in folder.glob("*.zip"):
            old.unlink()
        write_zip(content(notebooks, address, repository), path, NAME)
    return path


def key(notebooks: list[Path], address: str, repository: str) -> str:
    """Name everything that the archive is made from, in 16 hexadecimal digits."""
    digest = hashlib.sha256(f"{address} {repository}".encode())
    named = ("LICENSE", "LICENSE-CONTENT", "CITATION.cff", "requirements.txt")
    licences = [course.current().root / name for name in named]
    beside = (
        path for kind in ("*.json", "*/*.yml") for path in course.current().notebooks.glob(kind)
    )
    package = (path for kind in ("*.py", "*/*.py", "*/*.json") for path in PACKAGE.glob(kind))
    # The folder and not what datapackage.json names, which takes a moment to read.
    tables = (path for path in course.current().data.glob("[!.]*") if path.is_file())
    seeds = course.current().seeds.glob("*.yml")
    inputs = [*licences, *sorted(beside), *sorted(package), *sorted(tables), *sorted(seeds)]
    for path in [*notebooks, *inputs]:
        held = path.read_bytes()
        digest.update(f"{path.name} {len(held)}\n".encode() + held)
    return digest.hexdigest()[:16]
