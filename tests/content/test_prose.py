"""Spelling: no slips in anything that a reader meets, and British forms throughout."""

import json
import re
import subprocess
import sys
from pathlib import Path

import codespell_lib
import pytest
import yaml
from checkout import ROOT

WRITTEN = [
    *sorted(ROOT.glob("*.md")),
    *sorted(ROOT.glob("book/*.md")),
    *sorted(ROOT.glob("notebooks/*.ipynb")),
    *sorted(ROOT.glob("notebooks/exercises/*.yml")),
    *sorted(ROOT.glob("notebooks/quizzes/*.yml")),
    *sorted(ROOT.glob("seeds/*.yml")),
    *sorted(ROOT.glob("instructor/**/*.yml")),
    *sorted(ROOT.glob("instructor/**/*.md")),
    ROOT / "data/datapackage.json",
]
#: Words that codespell takes for slips and that are none here.
KNOWN = ROOT / "tests/spelling.txt"
DATA = Path(codespell_lib.__file__).parent / "data"
#: American forms that British writers use too: another meaning, another part of speech, or both.
BRITISH_TOO = {"focused", "focuses", "focusing", "judgment", "judgments", "license", "licensed"}
BRITISH_TOO |= {"meter", "meters", "practice", "practices", "program", "programs"}
BRITISH_TOO |= {"stories", "story"}
NOT_PROSE = [
    re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL),
    re.compile(r"`[^`\n]*`"),
    re.compile(r"^\s*>.*$", re.MULTILINE),  # a quotation keeps the spelling of its document
    re.compile(r"[“\"][^”\"]{0,300}[”\"]"),
    re.compile(r"https?://\S+|\S+@\S+"),
]
#: Fields of YAML and JSON files that hold names, or the words of others.
NOT_OURS = {"id", "text", "quote", "passage", "url", "path"}


def prose_of(path: Path) -> str:
    """Give what a file says in words of our own; what is not prose is left blank."""
    text = path.read_text("utf-8")
    if path.suffix == ".ipynb":
        cells = json.loads(text)["cells"]
        text = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    if path.suffix in (".json", ".yml"):
        read = json.loads if path.suffix == ".json" else yaml.safe_load
        text = "\n".join(strings(read(text)))
    for pattern in NOT_PROSE:
        text = pattern.sub(" ", text)
    return text


def strings(value) -> list[str]:
    """Give all texts of our own in a YAML value, names of fields aside."""
    if isinstance(value, dict):
        value = [inner for field, inner in value.items() if field not in NOT_OURS]
    if isinstance(value, list):
        return [text for inner in value for text in strings(inner)]
    return [value] if isinstance(value, str) else []


def slips(folder: Path, texts: dict[str, str]) -> list[str]:
    """List misspelt words, each with file, line and what is probably meant."""
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    command = [sys.executable, "-m", "codespell_lib", "--ignore-words", KNOWN, "."]
    done = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8")
    assert done.stderr == ""
    return done.stdout.splitlines()


def american() -> dict[str, str]:
    """Give {American form: British form} from codespell's list of the opposite."""
    pairs = (
        line.split("->") for line in (DATA / "dictionary_en-GB_to_en-US.txt").read_text().split()
    )
    return {us: british for british, us in pairs if us not in BRITISH_TOO}


def americanisms(texts: dict[str, str]) -> list[str]:
    """List American forms; a capital marks a name, which keeps its form."""
    forms = american()
    return [
        f"{name}: {word} is {forms[word]} in British spelling"
        for name, text in texts.items()
        for word in re.findall(r"\b[a-z]+\b", text)
        if word in forms
    ]


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    return {path.relative_to(ROOT).as_posix(): prose_of(path) for path in WRITTEN}


def test_words_are_spelt_right(texts, tmp_path):
    assert len(texts) > 30
    assert slips(tmp_path, texts) == []


def test_spelling_is_british(texts):
    assert americanisms(texts) == []


def test_slips_and_americanisms_are_found(tmp_path):
    text = "Recieve the Center.\n> the center of\n`color` “labor” and a labor market\n"
    path = tmp_path / "page.md"
    path.write_text(text, "utf-8")
    found = {"page.md": prose_of(path)}
    assert slips(tmp_path, found) == ["./page.md:1: Recieve ==> Receive"]
    assert americanisms(found) == ["page.md: labor is labour in British spelling"]
