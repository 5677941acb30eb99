"""Pages of the built book as Lighthouse sees them: on a mobile phone, simulated, median of three.

Lighthouse is an npm package, pinned here and installed below _build. A score is of 100 points; the
table shows how many are missing, so that smaller is better here too.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path
from statistics import median

from bench.shared import BOOK, PROJECT, lessons, row

from serve import serve  # isort: skip
from techpolitik.book.browser import ARGUMENTS, executable

#: 13 needs a newer Node.js than many machines have.
VERSION = "12.2.3"
FOLDER = PROJECT / "_build" / "lighthouse"
ROUNDS = 3
#: How many points may be missing in each category.
LIMITS = {"performance": 5, "accessibility": 0, "best-practices": 0, "seo": 0}


def rows() -> list[dict]:
    """Score the front page, a lesson and the ledger."""
    program = install()
    lesson = next(path.stem for path in lessons() if path.stem.endswith("rare_earths"))
    found = []
    with serve(BOOK) as site:
        for name in ("book/index.html", f"notebooks/{lesson}.html", "book/claims.html"):
            reports = []
            for number in range(1, ROUNDS + 1):
                print(f"lighthouse: {name}, round {number} of {ROUNDS}", flush=True)
                reports.append(report(program, site.url + name))
            for category, limit in LIMITS.items():
                scores = [100 * one["categories"][category]["score"] for one in reports]
                what = f"{name}, {category}, points short of 100"
                found.append(row(what, "points", 100 - median(scores), limit))
            for problem in sorted(set().union(*map(failed, reports))):
                print(f"  {problem}", flush=True)
    return found


def install() -> Path:
    """Give the program, installed with npm if it is not there yet."""
    program = FOLDER / VERSION / "node_modules" / ".bin" / "lighthouse"
    if not program.exists():
        npm = shutil.which("npm")
        if not npm:
            raise RuntimeError(
                "Lighthouse needs Node.js with npm. The rest runs without: "
                ".venv/bin/python -m bench page kernel lab build"
            )
        command = [npm, "install", "--silent", "--no-fund", "--no-audit", "--prefix"]
        subprocess.run([*command, FOLDER / VERSION, f"lighthouse@{VERSION}"], check=True)
    return program


def report(program: Path, url: str) -> dict:
    """Run Lighthouse once. Raises RuntimeError with what it said if it gives no report."""
    flags = ["--headless=new", "--no-sandbox", *ARGUMENTS]
    command = [program, url, "--quiet", "--output=json", "--output-path=stdout"]
    # The rules for hosts hold blanks; the command line of Lighthouse takes quotes for that.
    quoted = " ".join(
        f'{flag.split("=")[0]}="{flag.split("=")[1]}"' if " " in flag else flag for flag in flags
    )
    command += [f"--only-categories={','.join(LIMITS)}", f"--chrome-flags={quoted}"]
    environment = {**os.environ}
    if executable():
        environment["CHROME_PATH"] = executable()
    done = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8")
    if done.returncode:
        raise RuntimeError(f"Lighthouse failed on {url}:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout)


def failed(report: dict) -> set[str]:
    """Give what costs points, each with the title that Lighthouse gives it."""
    return {
        f"{category}: {report['audits'][audit['id']]['title']}"
        for category in LIMITS
        for audit in report["categories"][category]["auditRefs"]
        if audit["weight"]
        and (report["audits"][audit["id"]]["score"] or 0) < 0.9
        and report["audits"][audit["id"]]["scoreDisplayMode"] not in ("notApplicable", "manual")
    }
