"""What one lesson uses of tables and seeds, and the files it needs to run on its own.

Found by looking at its cells, so that a lesson's edition follows when the lesson changes.
"""

import ast
import csv
import io
import json
import re
from pathlib import Path

from techpolitik import course, runtime
from techpolitik.lesson import datasets, dossiers, exercises, seeds


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
        found[entry["path"]] = (course.current().data / entry["path"]).read_bytes()
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
    found = runtime.files_for([lesson], cells)
    for name in seed_files(claims(cells, entries), cells):
        found[f"seeds/{name}"] = (course.current().seeds / name).read_bytes()
    data = data_files(tables(cells, entries))
    return found | {f"data/{name}": content for name, content in data.items()}
