"""The public contract of each exercise: what `notebooks/exercises.yml` says, checked on reading.

The file holds prompts, points and the shape of each answer (type, unit, digits, columns,
encodings), never an answer. `read()` is the only way in, so every other part of this package can
trust what it gets.
"""

import re
from functools import cache
from html import escape
from pathlib import Path

import yaml

KINDS = ("data", "chart", "argument")
DIFFICULTIES = ("warm-up", "core", "stretch")
TYPES = ("number", "integer", "percent", "text", "list", "table")
CELLS = ("number", "integer", "percent", "text")
REQUIRED = (
    "lesson",
    "kind",
    "title",
    "points",
    "difficulty",
    "answer_name",
    "tables",
    "prompt",
    "hint",
    "answer",
)
OPTIONAL = ("right",)
ANSWER_KEYS = {
    "number": {"unit", "digits", "tolerance"},
    "percent": {"unit", "digits", "tolerance"},
    "integer": {"unit", "tolerance"},
    "text": set(),
    "list": {"items", "unit", "digits", "ordered"},
    "table": {"columns", "key", "ordered", "rows"},
}


class ContractError(ValueError):
    """A file of the exercises breaks its rules; the message names file, place, value and mend."""


def home() -> Path:
    """Return the project's root folder (see `techpolitik.datasets.ROOT`)."""
    from techpolitik import datasets

    return Path(datasets.ROOT)


def changed(path: Path) -> int:
    """Return when a file last changed, in ns; a missing file is an error that says what to do."""
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError as error:
        raise ContractError(
            f"{path} does not exist: open the notebook inside the course's folder, or set "
            "TECHPOLITIK_HOME to the folder that holds notebooks/ and data/"
        ) from error


def marked_up(text: str) -> str:
    """Return plain text as HTML: escaped, with `code` between backticks marked up."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def load_yaml(path: Path):
    """Parse a YAML file; a syntax error names the file and line."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=loader)
    except yaml.YAMLError as error:
        raise ContractError(f"{path.name}: not readable as YAML: {error}") from error


def exercises(path: Path | None = None) -> dict[str, dict]:
    """Return every exercise by id, in the order of the file, with its `id` filled in.

    The result is kept until the file changes, so that a check costs no second reading.
    """
    path = path or home() / "notebooks" / "exercises.yml"
    return _read(path, changed(path))


@cache
def _read(path: Path, _changed: int) -> dict[str, dict]:
    raw = load_yaml(path)
    if not isinstance(raw, dict):
        raise ContractError(f"{path.name}: expected exercise ids at the top level, got {raw!r}")
    problems = [line for name, entry in raw.items() for line in problems_of(name, entry)]
    if problems:
        raise ContractError(f"{path.name}:\n  " + "\n  ".join(problems))
    return {name: {"id": name, **entry} for name, entry in raw.items()}


def problems_of(name: str, entry: dict) -> list[str]:
    """Return what is wrong with one entry of `exercises.yml`, one line each."""
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", str(name)):
        return [f"{name!r}: an id is lower-case words joined by hyphens, such as re-hhi-2025"]
    if not isinstance(entry, dict):
        return [f"{name}: expected fields, got {entry!r}"]
    missing = [key for key in REQUIRED if key not in entry]
    unknown = [key for key in entry if key not in REQUIRED + OPTIONAL]
    if missing or unknown:
        return [f"{name}: missing {missing or 'nothing'}, unknown {unknown or 'nothing'}"]
    found = []
    if entry["kind"] not in KINDS:
        found.append(f"kind is {entry['kind']!r}; expected one of {', '.join(KINDS)}")
    if entry["difficulty"] not in DIFFICULTIES:
        wanted = ", ".join(DIFFICULTIES)
        found.append(f"difficulty is {entry['difficulty']!r}; expected one of {wanted}")
    if type(entry["points"]) is not int or entry["points"] < 1:
        found.append(f"points is {entry['points']!r}; expected a whole number from 1")
    if not str(entry["answer_name"]).isidentifier():
        found.append(f"answer_name is {entry['answer_name']!r}; expected a Python name")
    if not isinstance(entry["tables"], list):
        found.append(f"tables is {entry['tables']!r}; expected a list of table names")
    if entry["kind"] in ("chart", "argument") and not entry.get("right"):
        found.append("right is missing: the sentence shown when a chart or argument is complete")
    if entry["kind"] == "data" and "right" in entry:
        found.append("right would give the answer away: it belongs in instructor/, sealed")
    if not found:
        shape = {"data": data_problems, "chart": chart_problems, "argument": prose_problems}
        found = shape[entry["kind"]](entry["answer"])
    return [f"{name}: {line}" for line in found]


def data_problems(answer: dict) -> list[str]:
    """Return what is wrong with the `answer` of a data exercise."""
    kind = answer.get("type")
    if kind not in TYPES:
        return [f"answer.type is {kind!r}; expected one of {', '.join(TYPES)}"]
    extra = sorted(set(answer) - ANSWER_KEYS[kind] - {"type"})
    found = [f"answer.{key} does not apply to type {kind}" for key in extra]
    if kind in ("number", "percent") and type(answer.get("digits")) is not int:
        found.append("answer.digits is missing: the decimals the answer is compared to")
    if kind in ("number", "integer", "percent") and not answer.get("unit"):
        found.append("answer.unit is missing")
    if kind == "list" and answer.get("items") not in CELLS:
        found.append(f"answer.items is {answer.get('items')!r}; expected one of {', '.join(CELLS)}")
    if kind == "table":
        columns, key = answer.get("columns"), answer.get("key")
        if not isinstance(columns, dict) or not columns:
            return [*found, "answer.columns is missing: column name -> type, unit, digits"]
        for column, cell in columns.items():
            if cell.get("type") not in CELLS:
                found.append(f"answer.columns.{column}.type is {cell.get('type')!r}")
        if not isinstance(key, list) or not set(key) <= set(columns):
            found.append("answer.key: list the columns that tell the rows apart")
    return found


def chart_problems(answer: dict) -> list[str]:
    """Return what is wrong with the `answer` of a chart exercise."""
    allowed = {"layers", "title_words", "description_words", "distinct", "one_series"}
    found = [f"answer.{key} does not apply to a chart" for key in sorted(set(answer) - allowed)]
    for need in ("layers", "title_words", "description_words"):
        if not answer.get(need):
            found.append(f"answer.{need} is missing")
    for layer in answer.get("layers") or []:
        if not layer.get("marks") or "encodings" not in layer:
            found.append(f"answer.layers: {layer!r} needs marks and encodings")
    return found


def prose_problems(answer: dict) -> list[str]:
    """Return what is wrong with the `answer` of an argument exercise."""
    allowed = {"words", "figures", "sources"}
    found = [f"answer.{key} does not apply to an argument" for key in sorted(set(answer) - allowed)]
    words = answer.get("words")
    if not (isinstance(words, list) and len(words) == 2 and 0 < words[0] < words[1]):
        found.append(f"answer.words is {words!r}; expected [fewest, most]")
    if type(answer.get("figures")) is not int:
        found.append("answer.figures is missing: how many numbers with a unit the text needs")
    if not answer.get("sources"):
        found.append("answer.sources is missing: tables or claims, one of which must be named")
    return found
