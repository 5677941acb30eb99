"""Read what people write: YAML files, held against a JSON Schema and cached until they change.

The schemas in `schemas/` say what seeds, exercises and quizzes hold. The `description` of a field
there is printed when a value breaks it, so it is written as advice to the author.
"""

import difflib
import html
import json
import re
import sys
from functools import cache, wraps
from pathlib import Path

import yaml

PACKAGE = Path(__file__).resolve().parent

TYPES = {
    "string": "text (in quotes if it looks like a number or date)",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "fields and values",
    "null": "null",
}
BOUNDS = {
    "minimum": "at least {}",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "minProperties": "at least {} fields",
}

_IN_COURSE = "work inside the folder of the course, the one with course.yml, data/ and notebooks/"


class FileError(ValueError):
    """A file of the course breaks its form; the message names file, entry, value and correction."""


# ---------------------------------------------------------------------------- reading


def cached(reader):
    """Make `reader(path, ...)` remember its result until the file at `path` changes."""
    remembered = cache(lambda path, _changed, *more: reader(path, *more))

    @wraps(reader)
    def read_once(path, *more):
        try:
            changed = path.stat().st_mtime_ns
        except FileNotFoundError as error:
            raise FileError(f"{path} does not exist: {_IN_COURSE}") from error
        return remembered(path, changed, *more)

    return read_once


def read_text(path: Path) -> str:
    """Return the text of a file; `FileError` if it is not in UTF-8."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        at = f"byte {error.start + 1} is not UTF-8"
        raise FileError(f"{place(path)}: {at}: save the file in UTF-8") from error


@cached
def read_json(path: Path):
    """Return the content of a JSON file, a notebook for one; `FileError` names line and column."""
    try:
        return json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise FileError(
            f"{place(path)}, line {error.lineno}, column {error.colno}: expected valid JSON "
            f"({error.msg}). Look there for a missing comma or quotation mark, or for what Git "
            "leaves of a conflict."
        ) from error


@cached
def read_yaml(path: Path, kind: str):
    """Return the content of a YAML file that fits the schema `kind`, such as "quiz".

    Raises `FileError` for a file that is missing, not YAML or against its schema: one line for
    each problem, with the file, the entry, the field, its value, what was expected and how to
    correct it.
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        content = yaml.load(read_text(path), Loader=loader)
    except yaml.YAMLError as error:
        raise FileError(f"{place(path)}: not readable as YAML: {error}") from error
    refuse(f"{place(path)}: {line}" for line in problems(content, kind))
    return content


def read_folder(folder: Path, kind: str) -> dict:
    """Return the content of every YAML file of a folder by path; at least one must be there."""
    paths = sorted(folder.glob("*.yml"))
    if not paths:
        raise FileError(f"{folder}: no {kind} file (*.yml) is here: {_IN_COURSE}")
    return {path: read_yaml(path, kind) for path in paths}


def place(path: Path) -> str:
    """Name a file as a reader finds it: from the root of the project, else with its folder."""
    root = next((folder for folder in path.parents if (folder / "course.yml").is_file()), None)
    return "/".join(path.relative_to(root).parts if root else path.parts[-2:])


def refuse(lines) -> None:
    """Raise one `FileError` with all lines, if there are any."""
    lines = list(lines)
    if lines:
        raise FileError("\n".join(lines))


def repeated(named):
    """Yield a line for each id that comes again in `named`, pairs of an id and its file."""
    seen = {}
    for name, where in named:
        if name in seen:
            yield f"{where}: the id {name!r} is also in {seen[name]}; each may stand once"
        seen.setdefault(name, where)


# ---------------------------------------------------------------------------- schemas


@cache
def schema(kind: str) -> dict:
    """Return the schema of a kind of file: "seed", "exercise", "quiz", "rubric" or "table"."""
    return json.loads((PACKAGE / "schemas" / f"{kind}.json").read_text(encoding="utf-8"))


def problems(content, kind: str) -> list[str]:
    """Say what in the content of a file breaks its schema, one line each."""
    errors = _validator()(schema(kind)).iter_errors(content)
    lines = [line for error in errors for line in _explain(error, content, kind)]
    return list(dict.fromkeys(lines))


@cache
def _validator():
    """Import what holds content against a schema, without a check that no schema here asks for.

    Where JupyterLab is installed, jsonschema can check international addresses, and compiles a
    grammar for it at import: 1.5 s of the 2 s from the import of this package to a first table.
    """
    hidden = {"rfc3987_syntax": None} if "rfc3987_syntax" not in sys.modules else {}
    sys.modules.update(hidden)
    try:
        from jsonschema import Draft202012Validator
    finally:
        for name in hidden:
            del sys.modules[name]
    return Draft202012Validator


def _explain(error, content, kind: str) -> list[str]:
    """Put one finding of jsonschema in plain words."""
    rules, value = error.schema, error.instance
    fields = rules.get("properties", {})
    entry, prefix, field = _spot(error.absolute_path, content, schema(kind)["title"])
    if error.validator == "required":
        missing = [name for name in rules["required"] if name not in value]
        return [
            f"{entry}field '{prefix}{name}' is missing{_advice(fields[name], kind)}"
            for name in missing
        ]
    if error.validator == "additionalProperties":
        unknown = [str(name) for name in value if name not in fields]
        return [f"{entry}unknown field '{prefix}{name}'{nearest(name, fields)}" for name in unknown]
    expected = _expected(error.validator, error.validator_value, value)
    return [f"{entry}{field} is {shown(value)}{expected}{_advice(rules, kind)}"]


def _spot(path, content, word: str) -> tuple[str, str, str]:
    """Say where a path leads: the entry by id (else by number), its fields as prefix and in words.

    `word` names an item of a file that is a list.
    """
    entries, fields, item = [], [], ""
    for key in path:
        content = content[key]
        if not isinstance(key, int):
            fields, word = [*fields, str(key)], str(key).removesuffix("s")
        elif isinstance(content, dict):
            around = [] if "id" in content else entries
            entries, fields = (
                [*around, f"{word} {content.get('id', content.get('name', key + 1))}"],
                [],
            )
        else:
            item = f", item {key + 1}"
    entry, name = f"{', '.join(entries)}: " if entries else "", ".".join(fields)
    return entry, f"{name}." if name else "", f"field '{name}'{item}" if name else "the content"


def _expected(keyword: str, bound, value) -> str:
    """Say what a keyword of the schema asks for; nothing where only its description can."""
    if keyword == "type":
        kinds = [bound] if isinstance(bound, str) else bound
        return f", expected {' or '.join(TYPES[kind] for kind in kinds)}"
    if keyword == "enum":
        near = difflib.get_close_matches(str(value), bound, 3, 0.4)
        hint = f"; did you mean {' or '.join(near)}" if near else ""
        return f", expected one of {', '.join(bound)}{hint}"
    if keyword == "pattern":
        return ", expected text " + ("that is not blank" if bound == r"\S" else f"like {bound}")
    return f", expected {BOUNDS[keyword].format(bound)}" if keyword in BOUNDS else ""


def _advice(rules: dict, kind: str) -> str:
    """Return the description of a field as the end of a message."""
    if "$ref" in rules:
        rules = schema(kind)["$defs"][rules["$ref"].rpartition("/")[2]]
    null = " (write null if there is none)" if "null" in rules.get("type", "") else ""
    return f"{null}. {rules['description']}" if "description" in rules else null


# ---------------------------------------------------------------------------- words


def shown(value) -> str:
    """Write a value for a message, cut where it is long."""
    return repr(value) if len(repr(value)) < 60 else repr(value)[:57] + "..."


def nearest(word, known) -> str:
    """Return the end of a message on an unknown word: the nearest known ones, else all."""
    near = difflib.get_close_matches(str(word), known, 3, 0.5)
    return f"; did you mean {' or '.join(near)}" if near else f"; there are {', '.join(known)}"


def one_line(text) -> str:
    """Return a text with all line breaks and runs of spaces made single spaces."""
    return " ".join(str(text).split())


def marked_up(text: str) -> str:
    """Return plain text as HTML: escaped, with `code` between backticks marked up."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text))
