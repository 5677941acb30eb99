"""A hostile submission in formgrader and in feedback: its markup is text and does nothing."""

import os
import re
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import nbformat
import pytest
from classroom import SMALL, archive, run, small_course

from techpolitik import course
from techpolitik.grade import course_dir, gradebook, rehearsal
from techpolitik.lesson.exercises import exercises

NAME, ARGUMENT = "months", "mo-reform"
with course.at(SMALL):
    KNOWN = exercises()

#: Markup that would show itself: in a page that runs it, the title changes.
HOSTILE = "<img src=x onerror=\"document.title='pwned'\"><script>document.title='pwned'</script>"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A course in which one student has put markup wherever a submission can hold it."""
    with small_course(tmp_path_factory.mktemp("calendar") / "course") as here:
        folder = here.root / "grading"
        assert run("release", NAME, "--course", folder) == 0
        data = next(iter(rehearsal.submissions(folder, NAME, 1).values()))
        name = f"{HOSTILE} =cmd_77_assignsubmission_file_/{NAME}.ipynb".replace("/script", "script")
        honest = {f"Bo Berg_78_assignsubmission_file_/{NAME}.ipynb": data}
        download = archive(folder / "x.zip", {name: with_markup(data), **honest})
        assert run("collect", NAME, download, "--course", folder) in (0, 1)
        assert run("grade", NAME, "--course", folder) == 0
        run("feedback", NAME, "--course", folder)
        yield folder


def with_markup(data: bytes) -> bytes:
    """Put markup into a notebook: title, cells, outputs, error, answers."""
    notebook = nbformat.reads(data.decode(), as_version=4)
    cells = notebook.cells
    cells.insert(1, nbformat.v4.new_markdown_cell(f"~~~\n{HOSTILE}\n[x](javascript:alert(1))"))
    cells.insert(2, nbformat.v4.new_raw_cell(HOSTILE, metadata={"format": "text/html"}))
    code = f"print({HOSTILE!r})\nfrom IPython.display import HTML\ndisplay(HTML({HOSTILE!r}))"
    cells.insert(3, nbformat.v4.new_code_cell(code + f"\nraise ValueError({HOSTILE!r})"))
    for cell in cells:
        if cell.id == ARGUMENT:
            variable = KNOWN[ARGUMENT]["answer_name"]
            cell.source = f"{variable} = {HOSTILE + ' ~~~ ' + HOSTILE!r}"
        elif cell.id in KNOWN and KNOWN[cell.id]["kind"] == "data":
            cell.source = f"{KNOWN[cell.id]['answer_name']} = type({HOSTILE!r}, (), {{}})()"
    notebook.metadata["title"] = HOSTILE
    return nbformat.writes(notebook).encode()


def test_formgrader_shows_argument_and_rubric_and_markup_does_nothing(hostile, new_page):
    with formgrader(hostile) as address:
        page = new_page(extra_http_headers={"Authorization": "token secret"})
        page.route("**/*", lambda route: local_only(route, address))
        page.goto(f"{address}/formgrader/gradebook/{NAME}/{NAME}")
        page.wait_for_selector("a[href*='/submissions/']")
        links = page.eval_on_selector_all(
            "a[href*='/submissions/']", "found => [...new Set(found.map(one => one.href))]"
        )
        assert len(links) == 2
        texts = []
        for link in links:
            page.goto(link)
            page.wait_for_selector(f"[id='{ARGUMENT}']")
            page.wait_for_timeout(500)
            assert page.title() != "pwned"
            assert page.locator("img[src='x']").count() == 0
            assert page.locator("a[href^='javascript']").count() == 0
            assert page.locator("h1, h2, h3, strong", has_text="Rubric").count() == 1
            assert "__ / " in page.locator(f"[id='{ARGUMENT}-comment']").input_value()
            texts.append(page.inner_text("body"))
        assert any("onerror" in text for text in texts)  # it is there, as text
        box = page.locator(f"[id='{ARGUMENT}']")
        box.fill("2")
        with page.expect_response(lambda answer: answer.request.method == "PUT"):
            box.blur()
    with gradebook.opened(hostile) as book:
        assignment = course_dir.assignment(hostile, NAME)
        given = [gradebook.read(book, assignment, s) for s in course_dir.submissions(hostile, NAME)]
    assert sorted(str(one[ARGUMENT]["points"]) for one in given) == ["2.0", "None"]


def local_only(route, address):
    """Let a page reach its own server and nothing else."""
    route.continue_() if route.request.url.startswith(address) else route.abort()


@contextmanager
def formgrader(folder: Path):
    """Run a Jupyter server with nbgrader's formgrader for a course folder; give its address."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    command = [sys.executable, "-m", "jupyter", "server", "--allow-root", "--no-browser"]
    command += ["--ServerApp.port=0", "--ServerApp.token=secret"]
    # A file, since a pipe that nobody reads would stop the server.
    log = folder.parent / "server.log"
    with (
        log.open("w") as said,
        subprocess.Popen(
            [*command, f"--ServerApp.root_dir={folder}"],
            cwd=folder,
            env={**os.environ, "PATH": path},
            stderr=said,
        ) as server,
    ):
        deadline = time.monotonic() + 120
        while not (found := re.search(r"http://127\.0\.0\.1:\d+(?=/)", log.read_text())):
            assert server.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        yield found[0]
        server.kill()


def test_markup_in_a_submission_does_nothing_in_feedback(hostile, new_page):
    page, everything = new_page(), ""
    for student in course_dir.submissions(hostile, NAME):
        path = course_dir.feedback(hostile, NAME, student)
        page.goto(path.as_uri())
        page.wait_for_timeout(300)
        assert page.title() != "pwned"
        assert page.locator("img, script").count() == 0
        everything += path.read_text(encoding="utf-8")
    assert "onerror" in everything
