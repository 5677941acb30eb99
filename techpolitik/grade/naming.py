"""How course systems name hand-ins: who a file is from, as its name tells.

Moodle: FULL NAME_NUMBER_assignsubmission_file/FILE, with a further _ before the / in older versions
and with _FILE in its place where files are not put in folders; the number is another one in each
assignment. Text typed into Moodle is in FULL NAME_NUMBER_assignsubmission_onlinetext/.

Canvas: LASTFIRST_LATE_STUDENT_FILE_NAME, with the numbers of student and file, and LATE only if it
is late; anonymous students are `anon_` and five letters. A file handed in again gets -1, then -2.

nbgrader: STUDENT+ASSIGNMENT+TIME/FILE in an exchange, STUDENT/ASSIGNMENT/FILE when collected.

Neither Moodle nor Canvas puts the time of a hand-in into its archive: the times there are those of
the download.
"""

import re
from datetime import UTC, datetime

from dateutil import parser

MOODLE = re.compile(
    r"(?P<person>.+?)(?:_(?P<number>\d+))?_assignsubmission_(?P<kind>[a-z]+)(?:_(?P<rest>.*))?"
)
CANVAS = re.compile(
    r"(?:(?P<person>[^/]*?)_)??(?:(?P<late>late)_)?(?P<number>\d+|anon_[a-z0-9]{5})"
    r"_(?:(?P<file>\d+)_(?P<rest>[^/]+)|(?P<text>text|link)\.html)",
    re.IGNORECASE,
)
EXCHANGE = re.compile(
    r"(?P<key>.+)\+(?P<assignment>[^+/]+)\+(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[^+/]*)"
    r"(?:\+[\w-]+)?"
)
END = re.compile(r"\.[A-Za-z0-9]{1,5}$")
AGAIN = re.compile(r"-(\d+)(?:\.[^.]+)?$")


def scheme(names: list[str], assignment: str) -> str:
    """Tell which scheme names follow: "moodle", "canvas", "exchange", "submitted" or "plain".

    It is the one that most files follow, since each student chooses the name of some, and all names
    in an archive that was handed in.
    """
    names = [own(name) for name in names]
    names = [name for name in names if name.lower().endswith((".ipynb", ".zip"))] or names
    follows = {
        "canvas": lambda name: CANVAS.fullmatch(last(name)),
        "moodle": lambda name: "_assignsubmission_" in name,
        "exchange": lambda name: any(map(EXCHANGE.fullmatch, name.split("/")[:-1])),
        "submitted": re.compile(rf"[^/]+/{re.escape(assignment)}/[^/]+").fullmatch,
    }
    counts = {kind: sum(map(bool, map(test, names))) for kind, test in follows.items()}
    kind = max(counts, key=counts.get)
    return kind if 2 * counts[kind] > len(names) else "plain"


def own(name: str) -> str:
    """Return a name without what stands in an archive: there a student chooses every name."""
    return name.partition("!")[0]


def outer_folder(names: list[str]) -> str:
    """Return the one folder that an archive was made of, with its /, "" if there is none such."""
    tops = {name.partition("/")[0] for name in names}
    inner = {name.partition("/")[2].partition("/")[0] for name in names} - {""}
    return f"{tops.pop()}/" if len(tops) == 1 and len(inner) > 1 else ""


def last(name: str) -> str:
    """Return the last part of a path, in an archive in an archive that of the outer file."""
    return own(name).rpartition("/")[2]


def parsed(name: str, kind: str, assignment: str) -> dict | None:
    """Tell who a file is from.

    Parameters: name, its path in folder or archive; kind, as `scheme` gives it.
    Returns a dict with `key` (a student_id, or ""), `person`, `moodle_id`, `canvas_id`, `late`,
    `time` (or None), `order` (larger is newer), and `other`, a reason why it is no hand-in (or "");
    None if the name does not follow the scheme.
    """
    blank = {"key": "", "person": "", "moodle_id": "", "canvas_id": "", "late": False}
    blank |= {"time": None, "order": (), "other": ""}
    found = {
        "moodle": moodle,
        "canvas": canvas,
        "exchange": exchange,
        "submitted": submitted,
        "plain": plain,
    }[kind](name, assignment)
    return None if found is None else blank | found


def moodle(name: str, _assignment: str) -> dict | None:
    """Read a name in a download of Moodle."""
    for part in own(name).split("/"):
        found = MOODLE.fullmatch(part)
        if found:
            other = "" if found["kind"] == "file" else typed("Moodle")
            person, number = found["person"].strip(), found["number"] or ""
            if person == "Participant":  # in blind marking all are called so
                person = f"Participant {number}"
            return {"person": person, "moodle_id": number, "other": other}
    return None


def canvas(name: str, _assignment: str) -> dict | None:
    """Read a name in a download of Canvas."""
    found = CANVAS.fullmatch(last(name))
    if not found:
        return None
    again = AGAIN.search(found["rest"] or "")
    return {
        "person": found["person"] or "",
        "canvas_id": found["number"],
        "late": bool(found["late"]),
        "order": (int(found["file"] or 0), int(again[1]) if again else 0),
        "other": typed("Canvas") if found["text"] else "",
    }


def typed(system: str) -> str:
    """Say that something is text and no file."""
    return f"It is text typed into {system}, not a file; read it there."


def exchange(name: str, assignment: str) -> dict | None:
    """Read a name in an exchange folder of nbgrader."""
    for part in own(name).split("/")[:-1]:
        found = EXCHANGE.fullmatch(part)
        if found:
            wrong = found["assignment"] != assignment
            other = f"It is of the assignment {found['assignment']!r}." if wrong else ""
            return {"key": found["key"], "time": time_of(found["time"]), "other": other}
    return None


def submitted(name: str, assignment: str) -> dict | None:
    """Read a name in a folder `submitted` of nbgrader, without what this program keeps there."""
    parts = own(name).split("/")
    if len(parts) < 3:
        return None
    other = ""
    if parts[1] != assignment:
        other = f"It is of the assignment {parts[1]!r}."
    elif parts[2] == "originals" or parts[-1] == "hand_ins.json":
        other = "It was kept there by an earlier collection."
    return {"key": parts[0], "other": other}


def plain(name: str, _assignment: str) -> dict:
    """Take the first folder as the student, or the name of a file that is in none."""
    first, inside, _ = own(name).partition("/")
    return {"key": first if inside else END.sub("", first)}


def time_of(text: str) -> datetime | None:
    """Return a time as nbgrader writes it, None if it is none; without a zone it is UTC."""
    try:
        found = parser.parse(text.strip())
    except (ValueError, OverflowError):
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
