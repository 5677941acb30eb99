"""Turn what came out of the sandbox into marks: compare each answer with the answer key.

Runs in the grader's own process and touches plain data only. An answer is read a second time here,
by the same readers as in the notebook, since whatever came out of the sandbox may be forged.
"""

import hashlib
import json

from techpolitik.lesson.exercises import Unreadable, prose, verdict
from techpolitik.lesson.exercises.answers import MOST_CELLS, read, read_item

#: How much is kept of what a check found, whose words may be a student's: sentences, and characters
#: of each; and characters of an answer in JSON.
MOST_LINES, LONGEST_LINE, LONGEST_ANSWER = 20, 1000, 200_000


def mark(exercise: dict, taken: dict | None, known: dict | None = None) -> dict:
    """Mark one answer.

    Parameters
    ----------
    exercise : dict
        The contract, as `exercises()` returns it.
    taken : dict or None
        What `runner.take` reported; None if the notebook never came so far.
    known : dict, optional
        Of a data exercise the answers that are known in advance, as the answer key has them.

    Returns
    -------
    dict
        `status`, one of `check` or untouched, missing, stopped, waiting; `points`, None where a
        person must decide; `lines`, sentences for student and teacher; `answer`, the plain answer
        or None.

    """
    name, points = exercise["answer_name"], exercise["points"]
    if taken is None:
        line = "The notebook was stopped before this answer could be read; a person decides."
        return result("stopped", None, [line])
    if taken.get("absent"):
        line = f"There was no variable `{name}` after the notebook had run: an error above it?"
        return result("missing", 0, [line])
    if taken.get("stub"):
        return result("untouched", 0, ["Not answered."])
    if "unreadable" in taken:
        return result("problem", 0, [str(taken["unreadable"])])
    look_up = known.get if exercise["kind"] == "data" else None
    try:
        plain = reread(exercise, taken.get("plain"))
        status, lines, hint = verdict(exercise, plain, look_up)
        kept = worth_keeping(exercise, plain)
    except Unreadable as error:
        return result("problem", 0, [str(error)])
    except Exception as error:
        # A forged chart can hold anything anywhere. It must not stop the others from being marked.
        line = f"Checking the answer failed with {type(error).__name__}; a person decides."
        return result("stopped", None, [line])
    if exercise["kind"] == "argument":
        return result("waiting", None, lines if status == "not-yet" else [], kept)
    lost = len(lines) if exercise["kind"] == "chart" else points
    earned = points if status in ("right", "complete") else max(0, points - lost)
    return result(status, earned, lines + ([hint] if hint else []), kept)


def worth_keeping(exercise: dict, plain):
    """Return an answer as the result keeps it; `Unreadable` if it would fill the disk.

    Of a chart it is the hash of its specification, by which a later grading sees a change.
    """
    if exercise["kind"] == "chart":
        spec = json.dumps(plain["spec"], sort_keys=True)
        return {"chart": hashlib.sha256(spec.encode()).hexdigest(), "text": plain["text"]}
    size = len(json.dumps(plain))
    if size > LONGEST_ANSWER:
        raise Unreadable(f"The answer is too large to be marked ({size:,} characters).")
    return plain


def result(status: str, points: int | None, lines: list[str], answer=None) -> dict:
    """Build a mark."""
    lines = [line[:LONGEST_LINE] for line in lines[:MOST_LINES]]
    return {"status": status, "points": points, "lines": lines, "answer": answer}


def reread(exercise: dict, plain):
    """Return plain data in the form its contract asks for; `Unreadable` for anything else."""
    spec = exercise["answer"]
    if exercise["kind"] == "argument":
        return prose.read(plain)
    if exercise["kind"] == "chart":
        if not isinstance(plain, dict) or not isinstance(plain.get("spec"), dict):
            raise Unreadable("What came out of the notebook is not a chart.")
        return {"spec": plain["spec"], "text": prose.read(plain.get("text", ""))}
    return table(plain, spec) if spec["type"] == "table" else read(plain, spec)


def table(plain, spec: dict) -> dict:
    """Return a table as `answers.read_table` gives it, or raise `Unreadable`."""
    wanted, plain = list(spec["columns"].values()), plain if isinstance(plain, dict) else {}
    columns, rows = plain.get("columns"), plain.get("rows")
    good = isinstance(columns, list) and isinstance(rows, list) and len(columns) == len(wanted)
    good = good and all(isinstance(name, str) for name in columns)
    good = good and len(rows) * len(wanted) <= MOST_CELLS
    if not good or not all(isinstance(row, list) and len(row) == len(wanted) for row in rows):
        raise Unreadable("What came out of the notebook is not a table.")
    return {
        "columns": columns,
        "rows": [
            [read_item(value, cell, f"Row {n}") for value, cell in zip(row, wanted, strict=True)]
            for n, row in enumerate(rows, 1)
        ],
    }
