"""Hostile notebooks, in tests: many attacks in one run, each with an answer of its own below it."""

import re
import shutil
import textwrap
from pathlib import Path

from checkout import ROOT
from classroom import SMALL

from techpolitik import course
from techpolitik.grade import marking, sandbox
from techpolitik.lesson.exercises import exercises, sealing

SHARE, COUNT, CHART = "mo-long-share", "mo-long-count", "mo-bars"
#: Seconds are few, so that a case which runs into a limit does so soon.
LIMITS = {"seconds": 20, "cell_seconds": 2, "memory": 600 * sandbox.MEBIBYTE}
#: For honest cells that import much, on a busy machine.
PATIENT = {"seconds": 300, "cell_seconds": 120}

with course.at(SMALL):
    KNOWN = exercises()
    PRIVATE = sealing.private_answers([SMALL / "instructor" / "exercises" / "months.py"])
    ANSWERS = {name: sealing.wanted(KNOWN[name], PRIVATE[name]) for name in (SHARE, COUNT)}


def released(folder: Path) -> Path:
    """Make what a release holds for these cases: the package and what it reads."""
    for name in ("data", "seeds", "notebooks"):
        shutil.copytree(SMALL / name, folder / name)
    shutil.copytree(ROOT / "techpolitik", folder / "techpolitik")
    return folder


def attempt(attack: str = "", answer: str = "59.6", exercise: str = SHARE) -> dict:
    """Give a cell with an attack and one with the answer below it, and what that one answers."""
    return {"cells": [textwrap.dedent(attack), answer], "exercise": exercise}


def run(release: Path, attempts: dict, limits: dict | None = None, **settings) -> dict:
    """Run one notebook of all attempts, by name, with an honest answer "last" at its end.

    Of what a run gives, `printed` and `marks` are by name as well.
    """
    attempts = attempts | {"last": attempt()}
    cells, contracts = [], {}
    for name, one in attempts.items():
        attack, answer = one["cells"]
        variable = "my_" + re.sub(r"\W+", "_", name)
        cells += [attack, f"{variable} = {answer}"]
        place = {"id": name, "answer_name": variable, "cell": len(cells) - 1}
        contracts[name] = KNOWN[one["exercise"]] | place
    job = {"cells": cells, "exercises": list(contracts.values())}
    result = sandbox.run(job, release, limits=LIMITS | (limits or {}), **settings)
    marks = {name: mark(attempts[name]["exercise"], contracts[name], result) for name in attempts}
    shown = {name: printed(result, 2 * number) for number, name in enumerate(attempts)}
    return result | {"marks": marks, "printed": shown}


def mark(exercise: str, contract: dict, result: dict) -> dict:
    """Mark what a run says of an answer, by the key of an exercise."""
    with course.at(SMALL):
        return marking.mark(contract, result["answers"].get(contract["id"]), ANSWERS.get(exercise))


def printed(result: dict, cell: int) -> str:
    """Give all that a cell shows as text."""
    return "\n".join(
        item.get("text") or item.get("evalue") or item.get("data", {}).get("text/plain", "")
        for item in result["outputs"].get(cell, [])
    )
