"""What lessons need beside them in order to run away from the project: modules, packages, contract.

Modules and packages are found by looking at the code, so that what is handed out follows when a
lesson or the package changes. Nothing here reads `instructor/`.
"""

import ast
from functools import cache
from importlib import metadata
from pathlib import Path
from string import Template

import nbformat
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from techpolitik import _HOME, course, files
from techpolitik.lesson import exercises

PACKAGE = files.PACKAGE
# The program that opens notebooks; no code imports it.
EDITOR = "jupyterlab"
#: How to open what is handed out; $opened is what JupyterLab is to open.
OPEN_IT = Template("""\
You need Python 3.11, 3.12 or 3.13, and the internet once, to install the packages. In a terminal,
in this folder, on Linux or macOS:

    python3 -m venv .venv
    source .venv/bin/activate
    pip install -r requirements.txt
    $opened

On Windows the first two lines are `py -3.12 -m venv .venv` and `.venv\\Scripts\\activate`. If you
have another place to run notebooks, such as a JupyterHub, upload the whole folder there.
""")


# ---------------------------------------------------------------------------- modules


def modules() -> list[Path]:
    """Return the modules of the package that notebooks use, directly or not, sorted."""
    waiting = [PACKAGE / "__init__.py", *(module_file(home) for home in _HOME.values())]
    found = set()
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += [other for other in map(module_file, own_imports(path)) if other]
    return sorted(found)


def module_file(name: str) -> Path | None:
    """Return the file of a module of the package, such as "exercises.prose"; None if it is none."""
    path = PACKAGE.joinpath(*name.split("."))
    for candidate in (path.with_suffix(".py"), path / "__init__.py"):
        if candidate.is_file():
            return candidate
    return None


def own_imports(path: Path) -> set[str]:
    """Return the modules of the package that a file imports, named from the package."""
    found = set()
    here = list(path.relative_to(PACKAGE).parent.parts)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.ImportFrom):
            continue
        parts = (node.module or "").split(".") if node.module else []
        if node.level:
            base = here[: len(here) - node.level + 1] + parts
        elif parts[:1] == ["techpolitik"]:
            base = parts[1:]
        else:
            continue
        # What is imported may be a module or a name in one.
        found |= {".".join([*base, alias.name]) for alias in node.names} | {".".join(base)}
    return found - {""}


# ---------------------------------------------------------------------------- packages


def requirements(code: str) -> str:
    """Return the lines of the project's requirements.txt that running a lesson needs.

    Parameters: code, that of the notebook's cells. Pins and markers are those of the project.
    """
    providers = metadata.packages_distributions()
    texts = [code, *(path.read_text(encoding="utf-8") for path in modules())]
    top = {name for text in texts for name in top_imports(text)}
    waiting = [EDITOR, *(provider for name in top for provider in providers.get(name, []))]
    lines = pinned()
    needed = set()
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name in lines and name not in needed:
            needed.add(name)
            waiting += dependencies(name)
    return "".join(f"{lines[name]}\n" for name in sorted(needed))


def top_imports(code: str) -> set[str]:
    """Return the packages that code imports, by the first part of their name."""
    found = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(node.module.split(".")[0])
    return found


@cache
def pinned() -> dict[str, str]:
    """Return the lines of the project's requirements.txt by package; several of one are joined."""
    found = {}
    for line in (
        (course.current().root / "requirements.txt").read_text(encoding="utf-8").splitlines()
    ):
        try:
            name = canonicalize_name(Requirement(line).name)
        except InvalidRequirement:
            continue  # a comment, or the project itself
        found[name] = f"{found[name]}\n{line}" if name in found else line
    return found


def dependencies(name: str) -> list[str]:
    """Return what a package requires on any system; nothing if it is not installed on this one."""
    try:
        required = metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        return []  # of another system only, such as pywinpty
    found = [Requirement(line) for line in required]
    return [one.name for one in found if not one.marker or "extra" not in str(one.marker)]


# ---------------------------------------------------------------------------- files


def files_for(lessons: list[str], cells: list) -> dict[str, bytes]:
    """Return what lessons need beside them, tables and seeds aside, by path.

    Package, contract of their exercises, quizzes, sealed answers, packages to install, licences.
    Parameters: lessons, their ids; cells, those of their notebooks.
    """
    paths = [*modules(), *sorted((PACKAGE / "schemas").glob("*.json"))]
    for folder in ("exercises", "quizzes"):
        paths += [course.current().notebooks / folder / f"{lesson}.yml" for lesson in lessons]
    paths += [course.current().root / name for name in ("LICENSE", "LICENSE-CONTENT", "course.yml")]
    found = {place(path): path.read_bytes() for path in paths}
    sealed = files.read_json(exercises.sealing.checks_path())
    own = [name for name, entry in exercises.exercises().items() if entry["lesson"] in lessons]
    own = {name: sealed[name] for name in own if name in sealed}
    found["notebooks/checks.json"] = exercises.sealing.as_file(own).encode()
    code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    found["requirements.txt"] = requirements(code).encode()
    return found


def place(path: Path) -> str:
    """Return the path of a file in an edition: as in the project, the package beside the lesson."""
    if path.is_relative_to(PACKAGE):
        return "techpolitik/" + path.relative_to(PACKAGE).as_posix()
    return path.relative_to(course.current().root).as_posix()


def written(notebook: nbformat.NotebookNode) -> bytes:
    """Return a notebook as it stands in a file."""
    nbformat.validate(notebook)
    return (nbformat.writes(notebook) + "\n").encode()
