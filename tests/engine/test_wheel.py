"""The wheel of the package: with what lessons need beside it, it is the course."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from checkout import ROOT

from techpolitik.lesson import datasets

UV = Path(sys.executable).parent / "uv"
LESSON = """
import sys
import altair as alt
from techpolitik import about, check, claim, explore, figure, load, quiz, slider

mines = load("rare_earth_mines")
assert len(mines) == 114 and "USGS" in str(about("rare_earth_mines"))
assert "FreedomLab" in str(claim("CB032"))
assert str(check("re-hhi-2025", ...)).startswith("Not yet:")
assert "1." in str(quiz("rare_earths"))
chart = alt.Chart(mines).mark_point().encode(x="year:Q", y="output_t:Q").properties(title="Up")
text = "Output of mines rises from year to year in most countries of the table."
assert figure(chart, text=text, source="rare_earth_mines")
heavy = {"sphinx", "frictionless", "myst_nb", "nbgrader", "jupyterlab", "techpolitik.book"}
assert heavy.isdisjoint(sys.modules), heavy & set(sys.modules)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([UV, "build", "--quiet", "--wheel", "--out-dir", folder, ROOT], check=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory) -> Path:
    """The Python of an environment with the wheel and what it asks for, as pinned for students."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([UV, "venv", "--quiet", "--python", sys.executable, folder], check=True)
    found = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    pins = folder / "pins.txt"
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines(keepends=True)
    pins.write_text("".join(line for line in lines if not line.startswith("-e ")), "utf-8")
    install = [UV, "pip", "install", "--quiet", "--python", found, "--constraint", pins, wheel]
    subprocess.run(install, check=True)
    return found


def run(python: Path, code: str, folder: Path) -> subprocess.CompletedProcess:
    keep = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "TECHPOLITIK"))}
    command = [python, "-c", code]
    return subprocess.run(command, cwd=folder, env=keep, capture_output=True, text=True)


def test_a_lesson_runs_in_an_empty_folder(python, tmp_path):
    done = run(python, LESSON, tmp_path)
    assert done.returncode == 0, done.stderr


def test_what_lessons_do_not_need_is_not_installed(python, tmp_path):
    done = run(python, "import frictionless", tmp_path)
    assert "ModuleNotFoundError" in done.stderr
    command = "from techpolitik.cli import main; raise SystemExit(main(['verify']))"
    done = run(python, command, tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("The Python package frictionless is missing.")
    assert "pip install -r requirements/site.txt" in done.stderr and "Traceback" not in done.stderr


def test_a_wheel_without_tables_is_told_in_one_line(wheel, python, tmp_path):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    shutil.rmtree(tmp_path / "techpolitik" / "_course" / "data")
    (tmp_path / "empty").mkdir()
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
    code += "from techpolitik import load\nload('rare_earth_mines')"
    said = run(python, code, tmp_path / "empty").stderr.strip().splitlines()[-1]
    assert said.startswith("techpolitik.files.FileError: ")
    assert "_course" in said and "data" in said


def test_the_wheel_holds_the_course_and_nothing_private(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = [name.removeprefix("techpolitik/_course/") for name in archive.namelist()]
    assert {f"data/{entry['path']}" for entry in datasets.package()["resources"]} < set(names)
    assert {"course.yml", "notebooks/checks.json", "notebooks/01_rare_earths.ipynb"} < set(names)
    assert not [name for name in names if "instructor" in name or "numbers/" in name]
