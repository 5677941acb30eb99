"""The course to run: one archive beside the pages, offered on them, that runs on its own."""

import json
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import nbformat
import pytest
import yaml
from checkout import ROOT
from conftest import LESSONS, lesson_pages
from handed_out import answers, leaks, python_of, secrets, unpacked
from pagechecks import Page, visit

from techpolitik import course as courses
from techpolitik import shipped
from techpolitik.archive import files_of, write_zip
from techpolitik.book import bundle
from techpolitik.book.downloads import file_name
from techpolitik.lesson import datasets
from techpolitik.lesson.exercises import sealing

FILE = file_name()
OFFERED_ON = ["book/index.html", "book/how_to_use.html", *lesson_pages()]


@pytest.fixture(scope="module")
def course(book, tmp_path_factory) -> Path:
    """The unpacked archive of the built book."""
    return unpacked(book / FILE, tmp_path_factory.mktemp("my downloads"))


def names(course: Path) -> set[str]:
    return {name for name, _ in files_of(course)}


# --- it runs, away from here -----------------------------------------------------------------


@pytest.mark.parametrize("lesson", [LESSONS[1].stem, LESSONS[-1].stem])
def test_a_lesson_runs_in_a_fresh_environment(course, tmp_path, lesson):
    python = python_of(course / "requirements.txt")
    # The environment does not have the course; what runs is the copy in the archive.
    probe = [python, "-I", "-c", "import techpolitik"]
    assert subprocess.run(probe, cwd=tmp_path, capture_output=True).returncode == 1
    said = answers(python, course / "notebooks" / f"{lesson}.ipynb")
    assert len(said) > 4
    assert all(text.startswith("Not yet:") for text in said.values())


def test_tables_seeds_and_exercises_hold(course):
    script = (
        "from techpolitik.lesson import datasets, exercises, seeds\n"
        "assert [datasets.load(name) for name in datasets.names()] and seeds.outdated() == []\n"
        "print(len(exercises.exercises()), len(seeds.claims()), datasets.__file__)"
    )
    python = python_of(course / "requirements.txt")
    done = subprocess.run(
        [python, "-c", script], cwd=course / "notebooks", capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith(
        str(course / "notebooks" / "techpolitik" / "lesson" / "datasets.py")
    )


# --- what is in it ---------------------------------------------------------------------------


def test_it_holds_all_lessons_and_what_they_need_and_no_more(course):
    held = names(course)
    lessons = {name for name in held if name.endswith(".ipynb")}
    assert {f"notebooks/{path.name}" for path in LESSONS} == lessons
    assert {f"data/{entry['path']}" for entry in datasets.package()["resources"]} < held
    assert {"README.md", "requirements.txt", "LICENSE", "LICENSE-CONTENT", "CITATION.cff"} < held
    package = {Path(name).parts[2] for name in held if name.startswith("notebooks/techpolitik/")}
    assert package == set(shipped.PACKAGE)
    assert not any("instructor" in name for name in held)
    lines = (course / "requirements.txt").read_text("utf-8").splitlines()
    packages = {re.split(r"[=\s]", line)[0] for line in lines}
    assert {"jupyterlab", "pandas", "altair", "ipywidgets"} < packages
    assert packages.isdisjoint({"-e", "jupyter-book", "sphinx", "nbgrader"})


if sealing.instructor().is_dir():

    def test_no_byte_of_it_holds_a_solution(course):
        content = {name: (course / name).read_bytes() for name in names(course)}
        assert leaks(content) == []
        planted = max(secrets()["strong"], key=len)
        notebook = json.loads(content[f"notebooks/{LESSONS[1].name}"])
        notebook["cells"][3]["source"].append(planted)
        found = leaks({LESSONS[1].name: json.dumps(notebook, ensure_ascii=False).encode()})
        assert found and {kind for _, kind, _ in found} == {"strong"}


def links(notebook: Path) -> list[str]:
    cells = nbformat.read(notebook, as_version=4).cells
    texts = (cell.source for cell in cells if cell.cell_type == "markdown")
    return [link for text in texts for link in re.findall(r"\]\(([^)]+)\)", text)]


def test_links_lead_to_lessons_or_to_pages_of_the_book(book, course, tmp_path):
    for name in (path.name for path in LESSONS):
        path = course / "notebooks" / name
        inside = [link for link in links(path) if not re.match(r"https?:|#", link)]
        assert all((path.parent / link.partition("#")[0]).is_file() for link in inside), inside
    address = "https://example.org/course/"
    write_zip(
        bundle.content(list(courses.current().lessons), address), tmp_path / "course.zip", "course"
    )
    known = unpacked(tmp_path / "course.zip", tmp_path)
    pages = {
        link
        for path in LESSONS
        for link in links(known / "notebooks" / path.name)
        if address in link
    }
    assert pages
    for link in pages:
        assert (book / link.removeprefix(address).partition("#")[0]).is_file(), link
    assert address in (known / "README.md").read_text("utf-8")


def test_the_read_me_lists_the_lessons_and_the_steps_of_the_book(course):
    said = (course / "README.md").read_text("utf-8")
    for path in LESSONS:
        title = nbformat.read(path, as_version=4).cells[0].source.splitlines()[0].lstrip("# ")
        assert f"- `{path.name}`: {title}\n" in said
    page = (ROOT / "book/how_to_use.md").read_text("utf-8")
    steps = re.search(r"```bash\n(.*?)```", page, re.DOTALL)[1].splitlines()
    assert len(steps) == 4
    assert "".join(f"    {step}\n" for step in steps) in said


# --- the same bytes --------------------------------------------------------------------------


def test_the_same_course_gives_the_same_bytes(book, tmp_path):
    settings = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
    made = bundle.cached(tmp_path, list(courses.current().lessons), settings["html"]["baseurl"])
    assert made.read_bytes() == (book / FILE).read_bytes()


def test_it_is_made_again_when_a_lesson_changes_and_only_then(tmp_path):
    small = tmp_path / "calendar"
    shutil.copytree(ROOT / "tests" / "small_course", small)
    shutil.copy(ROOT / "requirements.txt", small)
    folder = tmp_path / "cache"
    with courses.at(small) as calendar:
        lesson = calendar.notebook("months")
        first = bundle.cached(folder, ["months"])
        made = first.stat().st_mtime_ns
        assert bundle.cached(folder, ["months"]) == first and first.stat().st_mtime_ns == made
        text = lesson.read_text("utf-8")
        lesson.write_text(text.replace("# 0. ", "# 0. Changed, "), "utf-8")
        second = bundle.cached(folder, ["months"])
    assert list(folder.iterdir()) == [second] != [first]
    # What it is called, and what may be done with it, is what this course says.
    with zipfile.ZipFile(second) as archive:
        assert "# 0. Changed, " in archive.read(f"calendar-course/notebooks/{lesson.name}").decode()
        said = archive.read("calendar-course/README.md").decode()
    assert said.startswith("# Calendar, the course to run\n") and "Everything here: MIT.\n" in said
    assert "LICENSE" not in said and "Techpolitik" not in said


# --- where it is offered ---------------------------------------------------------------------


@pytest.mark.parametrize("name", OFFERED_ON)
def test_a_page_offers_it_with_its_size(book, name):
    page = Page((book / name).read_text("utf-8"))
    addresses = [link["href"] for link in page.tagged("a") if FILE in link.get("href", "")]
    assert addresses
    for address in addresses:
        assert (book / name).parent.joinpath(address).resolve() == (book / FILE).resolve()
    size = f"{(book / FILE).stat().st_size / 1e6:.1f} MB"
    assert f"(zip, {size})" in (book / name).read_text("utf-8")


@pytest.mark.parametrize("where", ["site", "disk"])
def test_it_can_be_had_from_the_front_door(book, site, new_page, tmp_path, where):
    page = new_page()
    address = site.url if where == "site" else f"{book.as_uri()}/"
    watch = visit(page, f"{address}book/index.html")
    with page.expect_download() as download:
        page.locator(".tp-door").get_by_role("link", name="All lessons").click()
    download.value.save_as(tmp_path / FILE)
    assert (tmp_path / FILE).read_bytes() == (book / FILE).read_bytes()
    assert watch.problems == []
    page.locator(".tp-door", has_text="Run").click(position={"x": 8, "y": 8})
    page.wait_for_url("**/how_to_use.html#run-it")
