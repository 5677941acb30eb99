"""GitHub's workflows: valid, with pinned actions and no more rights than they need."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from checkout import ROOT

GITHUB = ROOT / ".github"
PROGRAMS = Path(sys.executable).parent
TEST = (GITHUB / "workflows/test.yml").read_text("utf-8")
#: A full commit, and the version it is in words.
PINNED = re.compile(r"uses: [\w/.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")


def problems(folder: Path) -> list[str]:
    """List what GitHub's schemas, the auditor zizmor and our own rule find in a folder .github."""
    found = []
    for kind, files in {
        "github-workflows": sorted(folder.glob("workflows/*.yml")),
        "dependabot": sorted(folder.glob("dependabot.yml")),
    }.items():
        if files:
            found += run("check-jsonschema", "--builtin-schema", f"vendor.{kind}", *files)
    found += run("zizmor", "--offline", "--quiet", "--persona=pedantic", "--format=plain", folder)
    for path in folder.glob("workflows/*.yml"):
        for line in path.read_text("utf-8").splitlines():
            if "uses:" in line and not PINNED.search(line):
                found.append(f"{path.name}: no commit and version: {line.strip()}")
    return found


def run(program: str, *arguments) -> list[str]:
    """Run a checker; give what it says if it is not content."""
    done = subprocess.run([PROGRAMS / program, *arguments], capture_output=True, encoding="utf-8")
    return [done.stdout + done.stderr] if done.returncode else []


def test_workflows_are_valid_pinned_and_modest():
    assert len(list(GITHUB.glob("workflows/*.yml"))) == 3
    assert problems(GITHUB) == []


@pytest.mark.parametrize(
    "old, new, message",
    [
        ("runs-on: ubuntu-24.04", "runs_on: ubuntu-24.04", "runs_on"),
        (re.search(r"@[0-9a-f]{40} # .*", TEST)[0], "@v6", "unpinned-uses"),
        ("permissions:\n  contents: read\n", "permissions: write-all\n", "excessive-permissions"),
        ("permissions:\n  contents: read\n", "", "excessive-permissions"),
        ("        with:\n          persist-credentials: false\n", "", "artipacked"),
        ("- run: make test", "- run: echo ${{ github.head_ref }}", "template-injection"),
        (" # v6.0.2", "", "no commit and version"),
    ],
)
def test_a_faulty_workflow_is_found(tmp_path, old, new, message):
    assert old in TEST
    (tmp_path / ".github/workflows").mkdir(parents=True)
    (tmp_path / ".github/workflows/test.yml").write_text(TEST.replace(old, new, 1), "utf-8")
    assert any(message in problem for problem in problems(tmp_path / ".github"))
