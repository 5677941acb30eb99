"""Imports point downward: the contract in pyproject.toml, held by import-linter."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from checkout import ROOT

LINTER = Path(sys.executable).with_name("lint-imports")


def linted(folder: Path) -> subprocess.CompletedProcess:
    """Run import-linter on the package in a folder, with the contract of this checkout."""
    return subprocess.run(
        [LINTER, ROOT / "pyproject.toml", "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
    )


def test_no_import_points_up_and_none_in_a_circle():
    found = linted(ROOT)
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("lesson/cards.py", "from techpolitik.book import policy"),
        ("book/policy.py", "from techpolitik.grade import naming"),
        ("lesson/style.py", "from techpolitik.lesson import figures"),
    ],
    ids=["upward", "sideways", "circle"],
)
def test_a_planted_import_is_found(module, line, tmp_path):
    shutil.copytree(ROOT / "techpolitik", tmp_path / "techpolitik")
    path = tmp_path / "techpolitik" / module
    path.write_text(f"{path.read_text('utf-8')}\n{line}\n", "utf-8")
    found = linted(tmp_path)
    assert found.returncode == 1
    assert "BROKEN" in found.stdout
