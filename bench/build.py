"""Build times against stock Jupyter Book: the same pages, notebooks, machine and environment.

The peer is a copy of the project whose _config.yml names nothing of ours: Jupyter Book's own
theme, execution (with its cache) and chart output. Builds alternate, so that a busy moment of the
machine meets both; the best of several counts.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

from bench.shared import PROJECT, lessons, row

#: Fewer rounds are for a quick look.
ROUNDS = int(os.environ.get("TECHPOLITIK_BENCH_ROUNDS", "3"))
#: Parts of a build that both sides do, with the largest ratio of wall times that is acceptable.
STEPS = {
    "cold build": 0.6,
    "build, nothing changed": 0.8,
    "build, one code cell of one notebook changed": 0.6,
}
#: Parts of our settings without which the peer would read the same pages differently.
SHARED = ("title", "author", "only_build_toc_files", "exclude_patterns", "bibtex_bibfiles", "parse")


def rows() -> list[dict]:
    """Measure all steps in turn, for both sides."""
    best = {}
    with tempfile.TemporaryDirectory(prefix="tp-bench-") as folder:
        sides = prepare(Path(folder))
        for number in range(1, ROUNDS + 1):
            for step in STEPS:
                for side, (project, command, environment) in sides.items():
                    print(f"round {number} of {ROUNDS}: {step}, {side}", flush=True)
                    change(step, project, number)
                    for kind, value in timed(command, project, environment).items():
                        key = (step, side, kind)
                        best[key] = min(value, best.get(key, value))
    return [
        row(
            f"{step}, {kind} time",
            "s",
            best[step, "ours", kind],
            limit if kind == "wall" else None,
            peer=best[step, "stock", kind],
        )
        for step, limit in STEPS.items()
        for kind in ("wall", "CPU")
    ]


def prepare(folder: Path) -> dict:
    """Copy the project twice. Gives, for each side, its folder, command and environment."""
    skip = shutil.ignore_patterns(".*", "_build", "__pycache__", "*.egg-info")
    for side in ("ours", "stock"):
        shutil.copytree(PROJECT, folder / side, ignore=skip)
    ours = yaml.safe_load((PROJECT / "_config.yml").read_text(encoding="utf-8"))
    stock = {key: ours[key] for key in SHARED if key in ours}
    timeout = ours.get("execute", {}).get("timeout", 30)
    stock["execute"] = {"execute_notebooks": "cache", "timeout": timeout}
    stock["sphinx"] = {
        "config": {
            # Charts of the course are no known output to the peer: it prints their description.
            "nb_mime_priority_overrides": [["html", "text/plain", 1]],
            "suppress_warnings": ["mystnb.unknown_mime_type"],
        }
    }
    text = yaml.safe_dump(stock, sort_keys=False)
    (folder / "stock/_config.yml").write_text(text, encoding="utf-8")
    # The first distribution of a name counts: this one hides the entry point of our chart output.
    hidden = folder / "hidden" / "techpolitik-0.dist-info"
    hidden.mkdir(parents=True)
    (hidden / "METADATA").write_text("Metadata-Version: 2.1\nName: techpolitik\nVersion: 0\n")
    programs = Path(sys.executable).parent
    # Each copy uses its own package and tables: an edit to the project meanwhile changes neither.
    return {
        "ours": (
            folder / "ours",
            [programs / "techpolitik", "book"],
            {"PYTHONPATH": str(folder / "ours")},
        ),
        "stock": (
            folder / "stock",
            [programs / "jupyter-book", "build", "."],
            # The variable makes figures and sliders compute what a page needs, as they do for us.
            {
                "PYTHONPATH": os.pathsep.join([str(hidden.parent), str(folder / "stock")]),
                "TECHPOLITIK_BOOK": "1",
            },
        ),
    }


def change(step: str, project: Path, number: int):
    """Bring the project into the state in which the step begins."""
    if step == "cold build":
        shutil.rmtree(project / "_build", ignore_errors=True)
    elif step != "build, nothing changed":
        path = project / "notebooks" / lessons()[-1].name
        notebook = json.loads(path.read_text(encoding="utf-8"))
        cell = next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")
        cell["source"] = [*cell["source"], f"\n# changed {number} times"]
        path.write_text(json.dumps(notebook, indent=1), encoding="utf-8")


def timed(command: list, folder: Path, environment: dict) -> dict[str, float]:
    """Run a command and give its wall and CPU seconds. Raises RuntimeError if it fails."""
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        encoding="utf-8",
    )
    wall, after = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise RuntimeError(f"{command} failed in {folder}:\n{done.stdout}\n{done.stderr}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall": wall, "CPU": cpu}
