"""What tests of site and lessons share: the built book, a server, a browser, kernels."""

import os
import re
from pathlib import Path

import pytest
from checkout import ROOT
from frontend import run_live
from pagechecks import PATIENCE_MS
from serve import serve

from techpolitik.book.browser import chromium
from techpolitik.files import nearest
from techpolitik.lesson.exercises import exercises, sealing

#: A public copy may leave `instructor/` out: then what needs it is not collected.
PRIVATE = ("grading/test_released_lessons.py", "grading/test_rehearsal.py")
collect_ignore = [] if sealing.instructor().is_dir() else PRIVATE
BOOK = Path(os.environ.get("TECHPOLITIK_BOOK_DIR") or ROOT / "_build" / "html")
#: The lessons that the book's table of contents names: a draft beside them is not yet one.
CONTENTS = (ROOT / "_toc.yml").read_text("utf-8")
EXERCISES = exercises()
LESSONS = [ROOT / f"{name}.ipynb" for name in re.findall(r"file: (notebooks/\w+)", CONTENTS)]


def built(folder: Path) -> Path:
    """Give the folder of the built book, or say how to build it."""
    if not (folder / "_headers").is_file():
        pytest.fail(f"{folder} holds no built book: run `make book` first", pytrace=False)
    return folder


def pages_of(folder: Path) -> list[str]:
    """List all pages of the book, but not those that only send readers on."""
    found = [path for path in sorted(folder.rglob("*.html")) if "_static" not in path.parts]
    return [
        path.relative_to(folder).as_posix()
        for path in found
        if 'http-equiv="refresh"' not in path.read_text("utf-8")
    ]


def lesson_pages() -> list[str]:
    return [f"notebooks/{path.stem}.html" for path in LESSONS]


def pytest_addoption(parser):
    parser.addoption("--lesson", metavar="ID", help="run only the tests on one lesson")


def pytest_generate_tests(metafunc):
    """Run a test that asks for `page_name`, `lesson_page` or `notebook` once for each."""
    if "page_name" in metafunc.fixturenames:
        metafunc.parametrize("page_name", pages_of(built(BOOK)))
    if "lesson_page" in metafunc.fixturenames:
        metafunc.parametrize("lesson_page", lesson_pages())
    if "notebook" in metafunc.fixturenames:
        metafunc.parametrize("notebook", LESSONS, ids=lambda path: path.stem)


def pytest_collection_modifyitems(config, items):
    """Keep the tests on the lesson asked for."""
    wanted = config.getoption("--lesson")
    if wanted:
        known = [lesson_of(path) for path in LESSONS]
        if wanted not in known:
            raise pytest.UsageError(f"there is no lesson {wanted!r}{nearest(wanted, known)}")
        config.hook.pytest_deselected(items=[i for i in items if wanted not in lessons_in(i)])
        items[:] = [item for item in items if wanted in lessons_in(item)]


def lessons_in(item) -> set[str]:
    """Give the lessons that the parameters of a test are about."""
    values = item.callspec.params.values() if hasattr(item, "callspec") else []
    return {lesson for value in values if (lesson := lesson_of(value))}


def lesson_of(value) -> str | None:
    """Give the lesson of a notebook, a page, an exercise, an entry or a lesson's id."""
    if isinstance(value, dict):
        return value.get("lesson")
    value = getattr(value, "id", value)
    if isinstance(value, tuple):
        value = value[0] if value else None
    if not isinstance(value, str | Path):
        return None
    stem = Path(value).stem.lstrip("0123456789_")
    return EXERCISES[stem]["lesson"] if stem in EXERCISES else stem


@pytest.fixture(scope="session")
def book() -> Path:
    """The built book."""
    return built(BOOK)


@pytest.fixture(scope="session")
def site(book):
    """The book on a local server, with the policy as a header."""
    with serve(book) as running:
        yield running


@pytest.fixture(scope="session")
def browser():
    """One Chromium for all tests."""
    with chromium() as running:
        yield running


@pytest.fixture
def new_page(browser):
    """A function that opens a page in a context of its own; all are closed after the test."""
    yield from pages_in(browser)


def pages_in(browser):
    """Give a function that opens pages; close what it opened when asked for more."""
    contexts = []

    def make(width: int = 1280, scheme: str = "light", **settings):
        contexts.append(
            browser.new_context(
                viewport={"width": width, "height": 900},
                color_scheme=scheme,
                reduced_motion="reduce",
                **settings,
            )
        )
        contexts[-1].set_default_timeout(PATIENCE_MS)
        return contexts[-1].new_page()

    yield make
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def live_lesson():
    """A function that gives a lesson run live in a kernel; each runs once and stays open."""
    running = {}

    def give(path: Path):
        if path not in running:
            running[path] = run_live(path)
        return running[path]

    yield give
    for lesson in running.values():
        lesson.close()
