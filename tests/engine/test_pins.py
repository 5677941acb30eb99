"""The pinned packages go together, have wheels everywhere, and the code knows newer Pythons."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest
import yaml
from checkout import ROOT
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
SYSTEMS = ["x86_64-unknown-linux-gnu", "aarch64-apple-darwin", "x86_64-pc-windows-msvc"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
#: Which extras each list is for.
LISTS = {
    "requirements.txt": ["lab"],
    "requirements/site.txt": ["lab", "site"],
    "requirements/grade.txt": ["lab", "grade"],
    "requirements/test.txt": ["lab", "site", "grade", "test"],
}


def pins(name: str) -> list[str]:
    """Give the lines of a list that name a package."""
    lines = (ROOT / name).read_text("utf-8").splitlines()
    return [line for line in lines if not line.startswith(("#", "-e "))]


# --- the lists -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LISTS)
def test_a_list_holds_what_the_project_asks_for(name):
    assert set(pins(name)) <= set(pins("requirements/test.txt")), "run `make pins`"
    asked = list(PROJECT["dependencies"])
    for extra in LISTS[name]:
        asked += PROJECT["optional-dependencies"][extra]
    pinned = {Requirement(line).name: Requirement(line) for line in pins(name)}
    for wanted in map(Requirement, asked):
        (version,) = pinned[wanted.name.lower()].specifier
        assert version.version in wanted.specifier, f"{wanted}: run `make pins`"


def test_students_install_nothing_that_only_builds_or_grades():
    names = {Requirement(line).name for line in pins("requirements.txt")}
    assert {"jupyterlab", "pandas", "altair", "ipywidgets", "pyyaml", "jsonschema"} <= names
    others = {"sphinx", "jupyter-book", "myst-nb", "frictionless", "nbgrader", "vl-convert-python"}
    assert names.isdisjoint(others)


def without_wheel(lines: list[str], python: str, system: str, folder: Path) -> str:
    """Give what uv says if some packages have no wheel for a Python on a system."""
    listed = folder / "pins.txt"
    listed.write_text("\n".join(lines), "utf-8")
    options = ["--python-version", python, "--python-platform", system, "--target", folder / "none"]
    command = [Path(sys.executable).parent / "uv", "pip", "install", "--quiet", "--dry-run"]
    command += ["--no-deps", "--only-binary", ":all:", *options, "-r", listed]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stderr if done.returncode else ""


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("python", PYTHONS)
def test_every_pin_has_a_wheel(tmp_path, python, system):
    assert without_wheel(pins("requirements/test.txt"), python, system, tmp_path) == ""


def test_a_pin_without_a_wheel_is_found(tmp_path):
    said = without_wheel(["pandas==2.1.0"], "3.14", SYSTEMS[0], tmp_path)
    assert "pandas==2.1.0 has no usable wheels" in said


def test_the_version_that_is_cited_is_that_of_the_package():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert cited["version"] == PROJECT["version"], "correct CITATION.cff, its date-released too"


# --- Python itself ---------------------------------------------------------------------------


def test_all_files_name_the_same_pythons():
    allowed = SpecifierSet(PROJECT["requires-python"])
    assert [minor for minor in range(20) if f"3.{minor}.0" in allowed] == [11, 12, 13, 14]
    assert "(3, 11) <= sys.version_info[:2] <= (3, 14)" in (ROOT / "Makefile").read_text("utf-8")
    assert (ROOT / "runtime.txt").read_text("utf-8").strip().removeprefix("python-") in PYTHONS
    workflows = ROOT / ".github" / "workflows"
    jobs = {
        path.stem: list(yaml.safe_load(path.read_text("utf-8"))["jobs"].values())
        for path in workflows.glob("*.yml")
    }
    assert jobs["weekly"][0]["strategy"]["matrix"]["python-version"] == PYTHONS
    assert {PYTHONS[0], PYTHONS[-1]} <= set(jobs["test"][0]["strategy"]["matrix"]["python-version"])


#: What Python 3.12 to 3.14 took away or announced to take away, of modules that this code uses.
GONE = {
    "ast": "Num Str Bytes NameConstant Ellipsis",
    "asyncio": "coroutine get_event_loop get_event_loop_policy set_event_loop_policy "
    "AbstractEventLoopPolicy DefaultEventLoopPolicy WindowsSelectorEventLoopPolicy "
    "WindowsProactorEventLoopPolicy get_child_watcher set_child_watcher AbstractChildWatcher "
    "SafeChildWatcher FastChildWatcher MultiLoopChildWatcher ThreadedChildWatcher "
    "PidfdChildWatcher",
    "pkgutil": "ImpImporter ImpLoader find_loader get_loader",
    "importlib.abc": "ResourceReader Traversable TraversableResources",
    "datetime.datetime": "utcnow utcfromtimestamp",
}
GONE_NAMES = {f"{module}.{name}" for module, names in GONE.items() for name in names.split()}
GONE_MODULES = {"imp", "distutils", "asyncore", "asynchat", "smtpd", "cgi", "crypt", "pipes"}


def gone(code: str) -> list[str]:
    """List what code uses that a newer Python has not."""
    used, known_as = [], {}
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            known_as |= {alias.asname: alias.name for alias in node.names if alias.asname}
            used += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            full = {
                alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names
            }
            known_as |= full
            used += [node.module, *full.values()]
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Attribute):
            first, dot, rest = ast.unparse(node).partition(".")
            used.append(known_as.get(first, first) + dot + rest)
    return [name for name in used if name in GONE_NAMES or name.split(".")[0] in GONE_MODULES]


def own_code():
    """Give all Python of the project by file."""
    for folder in ("techpolitik", "tests", "bench", "instructor", "course"):
        for path in (ROOT / folder).rglob("*.py"):
            yield path, path.read_text("utf-8")
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        cells = nbformat.read(path, as_version=4).cells
        yield path, "\n".join(cell.source for cell in cells if cell.cell_type == "code")


def test_no_code_uses_what_a_newer_python_has_not():
    found = {str(path): names for path, code in own_code() if (names := gone(code))}
    assert found == {}


@pytest.mark.parametrize(
    "code",
    [
        "import ast\nast.Str",
        "import asyncio as a\na.set_event_loop_policy(a.WindowsSelectorEventLoopPolicy())",
        "from pkgutil import get_loader",
        "from datetime import datetime\ndatetime.utcnow()",
        "import distutils.util",
    ],
)
def test_what_a_newer_python_has_not_is_found(code):
    assert gone(code)
