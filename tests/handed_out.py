"""What is handed out to students, in tests: run away from the project, searched for secrets."""

import ast
import base64
import fcntl
import hashlib
import io
import re
import subprocess
import sys
import zipfile
from functools import cache
from pathlib import Path

import nbformat
import yaml
from checkout import ROOT
from frontend import run_live

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
    python = folder / "bin" / "python"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two tests may want it at once
        if not (folder / "complete").exists():
            subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
            install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            subprocess.run([python, *install, "-r", requirements], check=True)
            (folder / "complete").touch()
    return python


def answers(python: Path, path: Path) -> dict[str, str]:
    """Run a notebook in a kernel of another environment; give what `check` said to each answer."""
    lesson = run_live(path, python)
    lesson.close()
    assert lesson.errors == [], lesson.errors
    said = {shown["cell"]: shown["text/plain"] for shown in lesson.displays}
    return {
        cell.id: said[cell.id]
        for cell in nbformat.read(path, as_version=4).cells
        if 'check("' in cell.source
    }


def unpacked(archive: Path, where: Path) -> Path:
    with zipfile.ZipFile(archive) as file:
        file.extractall(where)
    return where / archive.stem


# --- nothing leaks ---------------------------------------------------------------------------


@cache
def secrets() -> dict[str, set[str]]:
    """Give all that students must not get, as text with single spaces, by kind."""
    private = sealing.private_answers()
    found = {kind: set() for kind in ("code", "message", "meaning", "rubric", "strong")}
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
    # Most files are in several releases, and in folder and archive: each is searched once.
    for data, name in {data: name for name, data in opened(content).items()}.items():
        searched = "\n".join(forms(data))
        found += [(name, kind, secret) for kind, secret in wanted if secret in searched]
    return found


@cache
def public() -> str:
    """Give all code of the lessons outside their exercises, as published."""
    notebooks = sorted((ROOT / "notebooks").glob("*.ipynb"))
    cells = [cell for path in notebooks for cell in nbformat.read(path, as_version=4).cells]
    return files.one_line("\n".join(c.source for c in cells if c.cell_type == "code"))
