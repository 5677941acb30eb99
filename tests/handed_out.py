"""What is handed out to students, in tests: run away from the project, searched for secrets."""

import ast
import base64
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from functools import cache
from pathlib import Path

import nbformat
import yaml
from checkout import ROOT

from techpolitik import files
from techpolitik.lesson import exercises
from techpolitik.lesson.exercises import sealing

EXERCISES = exercises.exercises()

# --- it runs, away from here -----------------------------------------------------------------


def python_of(requirements: Path) -> Path:
    """Give the Python of a fresh environment made from a requirements file, kept for next time."""
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()[:12]
    folder = ROOT / "_build" / "release-environments" / f"{version}-{digest}"
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not (folder / "complete").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([python, *install, "-r", requirements], check=True)
        (folder / "complete").touch()
    return python


#: Runs a notebook as `jupyter execute` does, but through a socket file: ports that are found free
#: may be taken by another kernel before this one is up, and then both wait for ever.
EXECUTE = """
import sys, tempfile
import nbformat
from jupyter_client import AsyncKernelManager
from nbclient import NotebookClient

with tempfile.TemporaryDirectory() as sockets:
    manager = AsyncKernelManager(kernel_name="python3", transport="ipc", ip=f"{sockets}/k")
    notebook = nbformat.read(sys.argv[1], as_version=4)
    NotebookClient(notebook, km=manager, timeout=600).execute()
nbformat.write(notebook, sys.argv[1])
"""


def run(python: Path, folder: Path, name: str) -> nbformat.NotebookNode:
    """Run all cells of a notebook in a kernel of another environment, in its own folder."""
    keep = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "TECHPOLITIK"))}
    command = [python, "-c", EXECUTE, f"{name}.ipynb"]
    done = subprocess.run(command, cwd=folder, env=keep, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return nbformat.read(folder / f"{name}.ipynb", as_version=4)


def said(notebook) -> dict[str, str]:
    """Give what `check` said in each answer cell."""
    return {
        cell.id: cell.outputs[-1]["data"]["text/plain"]
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("solution")
    }


def unpacked(archive: Path, where: Path) -> Path:
    with zipfile.ZipFile(archive) as file:
        file.extractall(where)
    return where / archive.stem


# --- nothing leaks ---------------------------------------------------------------------------


def secrets() -> dict[str, set[str]]:
    """Give all that students must not get, as text with single spaces, by kind."""
    private = sealing.private_answers()
    found = {kind: set() for kind in ("code", "message", "meaning", "rubric", "strong", "sealed")}
    for path in sorted((sealing.instructor() / "exercises").glob("*.py")):
        for line in ast.unparse(without_texts(path.read_text("utf-8"))).splitlines():
            found["code"].add(files.one_line(line))
    for name, entry in private.items():
        if EXERCISES[name]["kind"] == "data":
            found["message"] |= {message for _, message in entry["wrong"]}
            meaning, spec = entry["meaning"], EXERCISES[name]["answer"]
            solution = exercises.answers.read(entry["solution"](), spec)
            meaning = meaning() if callable(meaning) else meaning.format(answer=solution)
            found["meaning"].add(meaning)
            found["sealed"].add(json.dumps(["right", meaning], ensure_ascii=False))
    for path in sorted((sealing.instructor() / "rubrics").glob("*.yml")):
        for rubric in yaml.safe_load(path.read_text("utf-8")).values():
            for criterion in rubric["criteria"]:
                found["rubric"] |= {level["text"] for level in criterion["levels"]}
                found["rubric"].add(criterion["name"])
            found["strong"] |= {s for one in rubric["strong"] for s in sentences(one["text"])}
    return {kind: {files.one_line(t) for t in texts} - {""} for kind, texts in found.items()}


def without_texts(code: str) -> ast.Module:
    """Parse code and take out its texts: docstrings, and EXERCISES, which is searched apart."""
    tree = ast.parse(code)
    tree.body = [n for n in tree.body if isinstance(n, ast.FunctionDef)]
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and ast.get_docstring(node):
            node.body = node.body[1:] or [ast.Pass()]
    return tree


def sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.?!]) ", files.one_line(text))


def opened(content: dict[str, bytes]) -> dict[str, bytes]:
    """Give all files, those inside of archives included."""
    found = {}
    for name, data in content.items():
        found[name] = data
        if zipfile.is_zipfile(io.BytesIO(data)):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                inner = {f"{name}!{one}": archive.read(one) for one in archive.namelist()}
            found |= opened(inner)
    return found


def forms(data: bytes) -> list[str]:
    """Give a file as texts to be searched: as it is, JSON unescaped, and decoded where coded."""
    text = data.decode("utf-8", "replace")
    found = [text, text.replace("\\n", " ").replace('\\"', '"')]
    if "\\u" in text:
        found.append(re.sub(r"\\u([0-9a-f]{4})", lambda m: chr(int(m[1], 16)), text))
    for run_of in re.findall(r"[A-Za-z0-9+/_-]{24,}", text):
        coded = run_of.replace("-", "+").replace("_", "/")
        for start in range(4):
            piece = coded[start : len(coded) - ((len(coded) - start) % 4 == 1)]
            padded = piece + "=" * (-len(piece) % 4)
            found.append(base64.b64decode(padded).decode("utf-8", "ignore"))
    for run_of in re.findall(r"(?:[0-9a-fA-F]{2}){12,}", text):
        found.append(bytes.fromhex(run_of).decode("utf-8", "ignore"))
    # Code that is indented, and texts that are wrapped with comment signs, are one line as well.
    return [files.one_line(re.sub(r"\n[ \t]*[#>|]+ ?", " ", form)) for form in found]


def leaks(content: dict[str, bytes]) -> list[tuple[str, str, str]]:
    """Give (file, kind, secret) for each secret in a release.

    A line of code that the lessons use as well, such as an import or `.mark_line()`, is none.
    """
    wanted = [
        (kind, secret)
        for kind, texts in secrets().items()
        for secret in texts
        if len(secret) >= 20 and secret not in public()
    ]
    found = []
    for name, data in opened(content).items():
        searched = "\n".join(forms(data))
        found += [(name, kind, secret) for kind, secret in wanted if secret in searched]
    return found


@cache
def public() -> str:
    """Give all code of the lessons outside their exercises, as published."""
    notebooks = sorted((ROOT / "notebooks").glob("*.ipynb"))
    cells = [cell for path in notebooks for cell in nbformat.read(path, as_version=4).cells]
    return files.one_line("\n".join(c.source for c in cells if c.cell_type == "code"))
