"""What a lesson needs in order to run on its own: modules, tables, seeds, packages.

All of it is found by looking at the code, so that a lesson's edition follows when a lesson or the
package changes.
"""

import ast
import csv
import io
import json
import re
from functools import cache
from importlib import metadata
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from .. import _HOME, datasets, dossiers, exercises, files, seeds

PACKAGE = files.PACKAGE
# The program that opens notebooks; no code imports it.
EDITOR = "jupyterlab"


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
    for line in (files.ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines():
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


# ---------------------------------------------------------------------------- tables and seeds


def tables(cells: list, entries: list[dict]) -> list[str]:
    """Return the names of the tables that a lesson uses, in the order of the package.

    Parameters: cells, those of the notebook; entries, its exercises.
    """
    known = {entry["name"]: entry for entry in datasets.package()["resources"]}
    found = {name for cell in cells for name in named_in(cell)} | {"sources"}
    found |= {name for entry in entries for name in entry["tables"]}
    found |= {name for entry in entries for name in entry["answer"].get("sources", [])}
    found |= tables_of_components(cells)
    ledger = seeds.claims()
    checks = [ledger[name]["check"] for name in claims(cells, entries)]
    found |= {check["table"] for check in checks if "table" in check}
    waiting, found = list(found), set()
    while waiting:
        name = waiting.pop()
        if name in known and name not in found:
            found.add(name)
            keys = known[name].get("schema", {}).get("foreignKeys", [])
            waiting += [key["reference"]["resource"] for key in keys]
    return [name for name in known if name in found]


def calls(cells: list, function: str) -> bool:
    """Tell whether the code of a lesson calls a function by its bare name."""
    code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    return any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == function
        for node in ast.walk(ast.parse(code))
    )


def tables_of_components(cells: list) -> set[str]:
    """Return the tables that `predict` and `dossier` read, if a lesson calls them."""
    found = {"forecasts"} if calls(cells, "predict") else set()
    if calls(cells, "dossier"):
        found |= {"countries", "critical_minerals_2024", *(fact.table for fact in dossiers.FACTS)}
    return found


def named_in(cell) -> set[str]:
    """Return words that may be tables: in code what is loaded or credited, in text `such`."""
    if cell.cell_type != "code":
        return set(re.findall(r"`(\w+)`", cell.source))
    found = set()
    for node in ast.walk(ast.parse(cell.source)):
        if isinstance(node, ast.Call):
            asked = isinstance(node.func, ast.Name) and node.func.id in ("load", "about")
            given = node.args[:1] if asked else []
            given += [word.value for word in node.keywords if word.arg == "source"]
            found |= {
                inner.value
                for value in given
                for inner in ast.walk(value)
                if isinstance(inner, ast.Constant) and isinstance(inner.value, str)
            }
    return found


def claims(cells: list, entries: list[dict]) -> list[str]:
    """Return the ids of the claims that a lesson or one of its exercises names."""
    text = "\n".join(cell.source for cell in cells)
    words = set(re.findall(r"\w+", text))
    words |= {name for entry in entries for name in entry["answer"].get("sources", [])}
    return [name for name in seeds.claims() if name in words]


def seed_files(names: list[str], cells: list) -> list[str]:
    """Return the names of the files in `seeds/` that hold these claims; all for `predict`."""
    ledger = seeds.claims()
    wanted = ledger if calls(cells, "predict") else names
    return sorted({Path(ledger[name]["file"]).name for name in wanted})


def data_files(names: list[str]) -> dict[str, bytes]:
    """Return the files of some tables, with a description and a list of sources cut to them."""
    package = datasets.package()
    chosen = [entry for entry in package["resources"] if entry["name"] in names]
    text = json.dumps({**package, "resources": chosen}, ensure_ascii=False, indent=1) + "\n"
    found = {"datapackage.json": text.encode()}
    for entry in chosen:
        found[entry["path"]] = (files.ROOT / "data" / entry["path"]).read_bytes()
    used = {source for entry in chosen for source in source_ids(entry)}
    found["sources.csv"] = cut_rows(found["sources.csv"].decode("utf-8"), used).encode()
    return found


def source_ids(entry: dict) -> set[str]:
    """Return the sources of a table: those of the whole and those of its rows."""
    found = {item["source_id"] for item in entry["sources"] if "source_id" in item}
    for key in entry.get("schema", {}).get("foreignKeys", []):
        if key["reference"]["resource"] == "sources":
            found |= set(datasets.load(entry["name"])[key["fields"]].dropna())
    return found


def cut_rows(text: str, used: set[str]) -> str:
    """Return the rows of sources.csv with these ids, written as they were."""
    rows = list(csv.reader(io.StringIO(text, newline="")))
    at = rows[0].index("source_id")
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([rows[0], *(row for row in rows[1:] if row[at] in used)])
    return out.getvalue()


def lesson_files(lesson: str, cells: list) -> dict[str, bytes]:
    """Return all that a lesson's notebook needs beside it, by path: package, data, seeds, contract.

    Parameters: lesson, its id; cells, those of its notebook. Nothing comes from `instructor/`.
    """
    entries = [one for one in exercises.exercises().values() if one["lesson"] == lesson]
    ids = claims(cells, entries)
    paths = [*modules(), *sorted((PACKAGE / "schemas").glob("*.json"))]
    paths += [files.ROOT / "seeds" / name for name in seed_files(ids, cells)]
    for folder in ("exercises", "quizzes"):
        paths += sorted((files.ROOT / "notebooks" / folder).glob(f"{lesson}.yml"))
    paths += [files.ROOT / name for name in ("LICENSE", "LICENSE-CONTENT")]
    found = {place(path): path.read_bytes() for path in paths}
    data = data_files(tables(cells, entries))
    found |= {f"data/{name}": content for name, content in data.items()}
    sealed = exercises.sealing.read_checks(exercises.sealing.checks_path())
    own = {entry["id"]: sealed[entry["id"]] for entry in entries if entry["id"] in sealed}
    found["notebooks/checks.json"] = exercises.sealing.as_file(own).encode()
    code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    found["requirements.txt"] = requirements(code).encode()
    return found


def place(path: Path) -> str:
    """Return the path of a file in an edition: as in the project, the package beside the lesson."""
    if path.is_relative_to(PACKAGE):
        return "techpolitik/" + path.relative_to(PACKAGE).as_posix()
    return path.relative_to(files.ROOT).as_posix()
