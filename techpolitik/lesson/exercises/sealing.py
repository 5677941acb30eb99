"""Seal answers so that the published file can recognise them but not be read.

`instructor/exercises/LESSON.py` holds, for each data exercise, a solution and a list of wrong
answers, each with a message. Sealing turns every one of them into a tag and a box. PBKDF2, which
Python and browsers have, stretches the answer into a key; from the key come the tag, which finds
the place again, and the bytes that hide the message in the box. Right and wrong answers look the
same in the file, and all boxes of an exercise have the same length.

What this protects against: reading. Nobody finds an answer, or the sentence that explains it, by
opening `checks.json`, searching the site or asking a colleague for the file. What it does not
protect against: trying. A percentage with one decimal has about a thousand possible values, which
a patient script runs through in seconds. `check` is for learning; marks come from private checks
that run outside the student's process.
"""

import hashlib
import importlib.util
import itertools
import json
import os
from collections.abc import Callable
from pathlib import Path

from techpolitik import course, files
from techpolitik.files import FileError

from .answers import read
from .contract import exercises

#: Looks up the canonical text of an answer: (status, message), or None if it is not known.
Known = Callable[[str], tuple[str, str] | None]

#: Of PBKDF2: 2 ms a try on a small machine, 15 in Pyodide; a check makes at most eight tries.
ROUNDS = 4000
TAG_SIZE = 16

SIGN_HINT = (
    "The size is right, the sign is not: swap the order of the subtraction, or drop the minus."
)


def slips() -> dict[float, str]:
    """Return what makes a number with a usual slip right, and what to say of the slip."""
    found = {}
    for slip in course.current().settings["slips"]:
        factor = slip["factor"]
        found[factor] = f"Your number is {factor:,} times too small: {slip['too_small']}"
        found[1 / factor] = f"Your number is {factor:,} times too large: {slip['too_large']}"
    return found | {-1: SIGN_HINT}


def derive(exercise_id: str, canonical: str) -> tuple[str, bytes]:
    """Return the tag (hex) and the key that an answer in canonical form gives."""
    # Half of a surrogate pair, which a student's text may hold, is not UTF-8.
    secret = hashlib.sha256(canonical.encode("utf-8", "replace")).digest()
    key = stretch(secret, f"{course.current().id}:{exercise_id}".encode())
    return hashlib.sha256(key + b"tag").digest()[:TAG_SIZE].hex(), key


def stretch(secret: bytes, salt: bytes) -> bytes:
    """Return the 32 bytes that PBKDF2 with HMAC-SHA-256 makes of a secret of at most 64 bytes."""
    if hasattr(hashlib, "pbkdf2_hmac"):
        return hashlib.pbkdf2_hmac("sha256", secret, salt, ROUNDS)
    # Pyodide's Python comes without it. `hmac` would take three times as long.
    key = secret.ljust(64, b"\0")
    inner, outer = (hashlib.sha256(bytes(byte ^ pad for byte in key)) for pad in (0x36, 0x5C))
    block, total = salt + b"\0\0\0\1", 0
    for _ in range(ROUNDS):
        within, around = inner.copy(), outer.copy()
        within.update(block)
        around.update(within.digest())
        block = around.digest()
        total ^= int.from_bytes(block)
    return total.to_bytes(32)


def mix(key: bytes, data: bytes) -> bytes:
    """Encrypt or decrypt `data` with the stream of bytes that `key` gives."""
    blocks = range(1 + len(data) // 32)
    stream = b"".join(hashlib.sha256(key + bytes([place])).digest() for place in blocks)
    return bytes(a ^ b for a, b in zip(data, stream, strict=False))


def number_text(value: float, digits: int, steps: int = 0) -> str:
    """Write a number rounded at `digits` decimals, moved by `steps` units of the last place."""
    unit = 10**-digits
    text = f"{round(round(value, digits) + steps * unit, digits):.{max(digits, 0)}f}"
    return text[1:] if text.startswith("-") and not text.strip("-0.") else text


def cell_text(value, cell: dict) -> str:
    """Write one plain value in the one form that equal answers share."""
    if value is None:
        return ""
    if isinstance(value, str):
        return " ".join(value.split()).casefold()
    return number_text(value, 0 if cell["type"] == "integer" else cell.get("digits", 0))


def canonical(value, spec: dict) -> str:
    """Write a plain answer in the one form that equal answers share."""
    if spec["type"] == "list":
        cell = {"type": spec["items"], "digits": spec.get("digits", 0)}
        items = [cell_text(item, cell) for item in value]
        return json.dumps(items if spec.get("ordered") else sorted(items))
    if spec["type"] == "table":
        return table_text(value["rows"], spec, list(spec["columns"]), spec.get("ordered"))
    return cell_text(value, spec)


def table_text(rows: list, spec: dict, columns: list[str], ordered: bool | None) -> str:
    """Write some columns of a table; unordered tables are sorted by their key first."""
    cells = list(spec["columns"].items())
    lines = [{n: cell_text(v, c) for v, (n, c) in zip(row, cells, strict=True)} for row in rows]
    if not ordered:
        lines.sort(key=lambda line: [line[name] for name in spec["key"]])
    return json.dumps([columns, [[line[name] for name in columns] for line in lines]])


def sealed(exercise_id: str) -> dict[str, str]:
    """Return the sealed answers of one exercise; without them a check would mislead."""
    entry = files.read_json(checks_path()).get(exercise_id)
    if entry is None:
        raise FileError(f"{checks_path().name} has no entry {exercise_id!r}: run techpolitik seal")
    return entry


def opener(exercise_id: str, entry: dict[str, str]) -> Known:
    """Return a function that gives (status, message) for a sealed answer, None for any other.

    `entry` is the exercise's part of `checks.json`.
    """

    def known(text):
        tag, key = derive(exercise_id, text)
        if tag not in entry:
            return None
        status, _, message = mix(key, bytes.fromhex(entry[tag])).decode().rstrip().partition(" ")
        return status, message

    return known


def judge(spec: dict, answer, known: Known) -> tuple[str, str] | None:
    """Compare a plain answer with the known ones.

    Returns ("right", meaning), ("slip", message) or None when nothing is recognised. `spec` is the
    `answer` of an exercise; `known` looks a canonical text up among its answers: in a sealed file
    (`opener`) or among the private ones (`wanted(...).get`).
    """
    if spec["type"] == "table":
        return judge_table(spec, answer, known)
    found = known(canonical(answer, spec))
    if found or spec["type"] not in ("number", "percent", "integer"):
        return found
    for factor, message in slips().items():
        if spec["type"] == "integer" and factor != -1:
            continue
        scaled = known(cell_text(answer * factor, spec))
        if scaled and scaled[0] == "right":
            return "slip", message
    return None


def judge_table(spec: dict, answer: dict, known: Known) -> tuple[str, str] | None:
    """Compare a table: whole, then without its order, then column by column."""
    found = known(canonical(answer, spec))
    given = dict(zip(answer["columns"], spec["columns"], strict=True))
    renamed = {old: new for old, new in given.items() if old != new}
    if found and renamed:
        names = ", ".join(f"{old} should be {new}" for old, new in renamed.items())
        return "slip", f"The values fit, the column names do not: {names}. Use `.rename()`."
    if found or renamed:
        return found or ("slip", f"The columns should be called {', '.join(spec['columns'])}.")
    rows = answer["rows"]
    if spec.get("ordered"):
        loose = known(table_text(rows, spec, list(spec["columns"]), False))
        if loose:
            return "slip", "The right rows, in another order: sort them as the exercise asks."
    if not known(table_text(rows, spec, spec["key"], False)):
        return None
    others = [column for column in spec["columns"] if column not in spec["key"]]
    wrong = [
        column
        for column in others
        if not known(table_text(rows, spec, [*spec["key"], column], False))
    ]
    return "slip", f"The rows are the right ones. Look again at: {', '.join(wrong or others)}."


def instructor() -> Path:
    """Return the private folder: `TECHPOLITIK_INSTRUCTOR`, else `instructor/` in the root."""
    return Path(os.environ.get("TECHPOLITIK_INSTRUCTOR") or course.current().root / "instructor")


def private_answers(paths: list[Path] | None = None) -> dict[str, dict]:
    """Read `instructor/exercises/*.py`, or only `paths`: exercise id -> solution, meaning, wrong.

    `solution` is a function without parameters; `meaning` a sentence, where `{answer}` stands for
    the answer, or a function that writes it; `wrong` a list of (function, message); `also_right`
    a list of functions for answers of another defensible reading.
    """
    found = {}
    for path in paths or sorted((instructor() / "exercises").glob("*.py")):
        spec = importlib.util.spec_from_file_location(f"instructor_{path.stem}", path)
        module = importlib.util.module_from_spec(spec)
        try:
            spec.loader.exec_module(module)
        except SyntaxError as error:
            raise FileError(f"{files.place(path)}, line {error.lineno}: {error.msg}") from error
        twice = sorted(set(found) & set(module.EXERCISES))
        if twice:
            raise FileError(f"{path.name}: already defined in another file: {twice}")
        found |= module.EXERCISES
    return found


def wanted(exercise: dict, private: dict) -> dict[str, tuple[str, str]]:
    """Return what each answer of a data exercise that is known in advance earns.

    From canonical text to ("right", meaning), ("slip", message) or, for a part of a table that is
    right, ("part", ""). `private` is the exercise's entry in `private_answers`.
    """
    spec, name = exercise["answer"], exercise["id"]
    solution = read(private["solution"](), spec)
    meaning = private["meaning"]
    meaning = meaning() if callable(meaning) else meaning.format(answer=solution)
    accepted = [solution, *[read(make(), spec) for make in private.get("also_right", [])]]
    found = {text: ("right", meaning) for good in accepted for text in neighbours(good, spec)}
    if spec["type"] == "table":
        refuse_fragile(name, solution["rows"], spec)
        for columns in column_groups(spec):
            found.setdefault(table_text(solution["rows"], spec, columns, False), ("part", ""))
    for make, message in private["wrong"]:
        wrong = read(make(), spec)
        if found.get(canonical(wrong, spec), ("slip", ""))[0] == "right":
            raise FileError(
                f"{name}: the wrong answer {wrong!r} ({message!r}) is within tolerance of the "
                "right one; tighten `tolerance`, add digits, or drop it"
            )
        for text in neighbours(wrong, spec):
            found.setdefault(text, ("slip", message))
    return found


def column_groups(spec: dict) -> list[list[str]]:
    """Return the groups of columns of a table that are sealed: all, the key, key and each other."""
    others = [column for column in spec["columns"] if column not in spec["key"]]
    return [list(spec["columns"]), spec["key"], *[[*spec["key"], column] for column in others]]


def pack(name: str, wanted: dict[str, tuple[str, str]]) -> dict[str, str]:
    """Seal canonical text -> (status, message) as {tag: box}."""
    bodies = {text: f"{status} {message}".encode() for text, (status, message) in wanted.items()}
    width = max(map(len, bodies.values()))
    keys = {text: derive(name, text) for text in bodies}
    boxes = {tag: mix(key, bodies[text].ljust(width)).hex() for text, (tag, key) in keys.items()}
    return dict(sorted(boxes.items()))


def neighbours(value, spec: dict) -> list[str]:
    """Return the canonical form of an answer and of those within its tolerance, nearest first."""
    if spec["type"] not in ("number", "percent", "integer"):
        return [canonical(value, spec)]
    digits, reach = spec.get("digits", 0), spec.get("tolerance", 0)
    steps = sorted(range(-reach, reach + 1), key=abs)
    return [number_text(value, digits, step) for step in steps]


def refuse_fragile(name: str, rows: list, spec: dict) -> None:
    """Stop if a cell of a table lies so near a rounding edge that float noise could tip it."""
    for row, (column, cell) in itertools.product(rows, spec["columns"].items()):
        value = row[list(spec["columns"]).index(column)]
        if cell["type"] in ("number", "percent") and value is not None:
            scaled = abs(value) * 10 ** cell.get("digits", 0)
            if abs(scaled % 1 - 0.5) < 1e-6:
                raise FileError(
                    f"{name}: {column} = {value} is on a rounding edge; change its digits"
                )


def seal() -> dict[str, dict]:
    """Return what `checks.json` must hold: exercise id -> sealed answers, for data exercises."""
    public, private = exercises(), private_answers()
    data = {name: item for name, item in public.items() if item["kind"] == "data"}
    unsolved, unasked = sorted(set(data) - set(private)), sorted(set(private) - set(public))
    if unsolved:
        raise FileError(f"no solution in instructor/exercises: {unsolved}")
    if unasked:
        raise FileError(f"solved in instructor/, but not in notebooks/exercises: {unasked}")
    return {name: pack(name, wanted(item, private[name])) for name, item in data.items()}


def checks_path() -> Path:
    """Return where the sealed answers are kept."""
    return course.current().notebooks / "checks.json"


def as_file(checks: dict) -> str:
    """Write sealed answers as the text of `checks.json`."""
    return json.dumps(checks, indent=1, ensure_ascii=True) + "\n"
