"""How course systems name submissions: who a file is from, as its name tells.

Moodle: FULL NAME_NUMBER_assignsubmission_file/FILE, with a further _ before the / in older versions
and with _FILE in its place where files are not put in folders; the number is another one in each
assignment. Text typed into Moodle is in FULL NAME_NUMBER_assignsubmission_onlinetext/.

Canvas: LASTFIRST_LATE_STUDENT_FILE_NAME, with the numbers of student and file, and LATE only if it
is late; anonymous students are `anon_` and five letters. A file submitted again gets -1, then -2.

nbgrader: STUDENT+ASSIGNMENT+TIME/FILE in an exchange, STUDENT/ASSIGNMENT/FILE when collected.

Neither Moodle nor Canvas puts the time of a submission into its archive: the times there are those
of the download.
"""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

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
    r"(?P<key>.+)\+(?P<assignment>[^+/]+)\+(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d.*?)"
    # The secret that may follow is letters; what follows a + of a zone, such as +0100, is not.
    r"(?:\+(?!\d\d:?\d\d$)[\w-]+)?"
)
ZONE = re.compile(r"(?P<time>.*\d)\s*(?P<zone>[A-Za-z][\w/+-]*)")
#: Hours from UTC of short names that the tz database lacks and that mean one thing only.
SHORT_ZONES = {
    **{"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7},
    **{"WEST": 1, "BST": 1, "CEST": 2, "EEST": 3},
}
FILE_ENDING = re.compile(r"\.[A-Za-z0-9]{1,5}$")
UPLOAD_NUMBER = re.compile(r"-(\d+)(?:\.[^.]+)?$")


def scheme(names: list[str], assignment: str) -> str:
    """Tell which scheme names follow: "moodle", "canvas", "exchange", "submitted" or "plain".

    It is the one that most files follow, since each student chooses the name of some, and all names
    in an archive that was submitted.
    """
    names = [outside(name) for name in names]
    names = [name for name in names if name.lower().endswith((".ipynb", ".zip"))] or names
    follows = {
        "canvas": lambda name: CANVAS.fullmatch(last(name)),
        "moodle": lambda name: "_assignsubmission_" in name,
        "exchange": lambda name: exchange_part(name),
        "submitted": re.compile(rf"[^/]+/{re.escape(assignment)}/[^/]+").fullmatch,
    }
    counts = {kind: sum(map(bool, map(test, names))) for kind, test in follows.items()}
    kind = max(counts, key=counts.get)
    return kind if 2 * counts[kind] > len(names) else "plain"


def outside(name: str) -> str:
    """Return a name without what stands in an archive: there a student chooses every name."""
    return name.partition("!")[0]


def outer_folder(names: list[str]) -> str:
    """Return the one folder that an archive was made of, with its /; "" if there is none such."""
    tops = {name.partition("/")[0] for name in names}
    inner = {name.partition("/")[2].partition("/")[0] for name in names} - {""}
    return f"{tops.pop()}/" if len(tops) == 1 and len(inner) > 1 else ""


def last(name: str) -> str:
    """Return the last part of a path, in an archive in an archive that of the outer file."""
    return outside(name).rpartition("/")[2]


def exchange_part(name: str) -> re.Match | None:
    """Return the match of the folder that nbgrader's exchange made, if there is one in a path."""
    return next(filter(None, map(EXCHANGE.fullmatch, outside(name).split("/")[:-1])), None)


def parsed(name: str, kind: str, assignment: str) -> dict | None:
    """Tell who a file is from.

    Parameters
    ----------
    name : str
        Its path in folder or archive.
    kind : str
        As `scheme` returns it.
    assignment : str
        The one that is collected.

    Returns
    -------
    dict or None
        `key` (a student_id, or ""), `person`, `moodle_id`, `canvas_id`, `late`, `time` (or None),
        `order` (larger is newer), `other`, a reason why it is not a submission (or ""), and
        `remark`; None if the name does not follow the scheme.

    """
    blank = {"key": "", "person": "", "moodle_id": "", "canvas_id": "", "late": False}
    blank |= {"time": None, "order": (), "other": "", "remark": ""}
    found = READERS[kind](name, assignment)
    return None if found is None else blank | found


def from_moodle(name: str, _assignment: str) -> dict | None:
    """Read a name in a download of Moodle."""
    found = next(filter(None, map(MOODLE.fullmatch, outside(name).split("/"))), None)
    if not found:
        return None
    person, number = found["person"].strip(), found["number"] or ""
    if person == "Participant":  # in blind marking all are called so
        person = f"Participant {number}"
    other = "" if found["kind"] == "file" else typed_into("Moodle")
    return {"person": person, "moodle_id": number, "other": other}


def from_canvas(name: str, _assignment: str) -> dict | None:
    """Read a name in a download of Canvas."""
    found = CANVAS.fullmatch(last(name))
    if not found:
        return None
    again = UPLOAD_NUMBER.search(found["rest"] or "")
    return {
        "person": found["person"] or "",
        "canvas_id": found["number"],
        "late": bool(found["late"]),
        "order": (int(found["file"] or 0), int(again[1]) if again else 0),
        "other": typed_into("Canvas") if found["text"] else "",
    }


def typed_into(system: str) -> str:
    """Say that something is text and not a file."""
    return f"It is text typed into {system}, not a file; read it there."


def from_exchange(name: str, assignment: str) -> dict | None:
    """Read a name in an exchange folder of nbgrader."""
    found = exchange_part(name)
    if not found:
        return None
    wrong = found["assignment"] != assignment
    other = f"It is of the assignment {found['assignment']!r}." if wrong else ""
    return {"key": found["key"], "other": other, **timed(found["time"])}


def from_submitted(name: str, assignment: str) -> dict | None:
    """Read a name in a folder `submitted` of nbgrader, without what this program keeps there."""
    parts = outside(name).split("/")
    if len(parts) < 3:
        return None
    other = ""
    if parts[1] != assignment:
        other = f"It is of the assignment {parts[1]!r}."
    elif parts[2] == "originals" or parts[-1] == "submissions.json":
        other = "It was kept there by an earlier collection."
    return {"key": parts[0], "other": other}


def from_plain(name: str, _assignment: str) -> dict:
    """Take the first folder as the student, or the name of a file that is in none."""
    first, inside, _ = outside(name).partition("/")
    return {"key": first if inside else FILE_ENDING.sub("", first)}


READERS = {
    "moodle": from_moodle,
    "canvas": from_canvas,
    "exchange": from_exchange,
    "submitted": from_submitted,
    "plain": from_plain,
}


# ---------------------------------------------------------------------------- time


def timed(text: str) -> dict:
    """Return the `time` that nbgrader wrote, and a `remark` if it cannot be read."""
    found = time_of(text)
    remark = f"Its time {text.strip()!r} cannot be read: see for yourself whether it is late."
    return {"time": found, "remark": "" if found else remark}


def time_of(text: str) -> datetime | None:
    """Return a time as nbgrader writes it, in UTC.

    Without a zone it is UTC. None if it is not a time, or its zone is not known.
    """
    named = ZONE.fullmatch(text.strip())
    try:
        found = parser.parse(named["time"] if named else text.strip())
    except (ValueError, OverflowError):
        return None
    zone = zone_of(named["zone"]) if named else found.tzinfo or UTC
    return found.replace(tzinfo=zone).astimezone(UTC) if zone else None


def zone_of(name: str) -> tzinfo | None:
    """Return a zone by its name in the tz database or its short name; None if it is not known."""
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        hours = SHORT_ZONES.get(name)
        return None if hours is None else timezone(timedelta(hours=hours))
