"""The course: the folder it lies in, and what its `course.yml` says of it.

Everything gets the course from here. `current()` finds the root as git finds its own: from the
working folder upward, the first folder with a `course.yml`. A release is such a folder too, and so
are the files packed into the wheel, which serve where no folder has one. `at(root)` names another
root for a while.
"""

import importlib.util
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from techpolitik import files
from techpolitik.files import FileError

FILE = "course.yml"
#: The course that the wheel brings along; in a checkout there is no such folder.
PACKED = files.PACKAGE / "_course"

_CHOSEN: ContextVar["Course | None"] = ContextVar("course", default=None)


@dataclass(frozen=True)
class Course:
    """A course by its root, the folder with `course.yml`, `data`, `notebooks` and `seeds`."""

    root: Path

    @property
    def settings(self) -> dict:
        """What `course.yml` says, with the defaults of the schema `course`, which explains all."""
        return _settings(self.root / FILE)

    @property
    def id(self) -> str:
        """The short name of the course, in file names and in the salt of sealed answers."""
        return self.settings["id"]

    @property
    def lessons(self) -> dict[str, dict]:
        """The lessons by id, in the order of the course: `file` (from the root) and `title`."""
        return {lesson["id"]: lesson for lesson in self.settings["lessons"]}

    @property
    def parts(self) -> dict[str, dict]:
        """The parts of a lesson by name, in their order; each has its `sections`."""
        return {
            part["name"]: {"sections": [part["name"].capitalize()], **part}
            for part in self.settings["parts"]
        }

    @property
    def forecasts(self) -> str:
        """The name of the table of forecasts; `FileError` in a course that has none."""
        if "forecasts" not in self.settings:
            raise FileError(
                f"{self.root / FILE} names no table of forecasts: add 'forecasts: TABLE'"
            )
        return self.settings["forecasts"]

    @property
    def data(self) -> Path:
        """The folder of the tables."""
        return self.root / "data"

    @property
    def seeds(self) -> Path:
        """The folder of the articles, their excerpts and claims."""
        return self.root / "seeds"

    @property
    def notebooks(self) -> Path:
        """The folder of the lessons, with exercises, quizzes and sealed answers."""
        return self.root / "notebooks"

    @property
    def own(self) -> Path:
        """The folder of the little Python that only this course needs."""
        return self.root / "course"

    def notebook(self, lesson: str) -> Path:
        """Return the notebook of a lesson.

        Raises
        ------
        FileError
            If there is no such lesson; the message names the nearest ids.

        """
        if lesson not in self.lessons:
            hint = files.nearest(lesson, self.lessons)
            raise FileError(f"{self.root / FILE}: there is no lesson {lesson!r}{hint}")
        return self.root / self.lessons[lesson]["file"]

    def lesson_of(self, page: str) -> str | None:
        """Return the id of the lesson on a page of the book, such as "notebooks/01_metals".

        None if the page is not a lesson.
        """
        named = (name for name, lesson in self.lessons.items() if lesson["file"] == f"{page}.ipynb")
        return next(named, None)

    def missing(self) -> list[str]:
        """Return a line for each lesson of `course.yml` whose notebook is not there."""
        return [
            f"{FILE}: lesson {name}: {lesson['file']} does not exist: correct the name there, or "
            "write the lesson"
            for name, lesson in self.lessons.items()
            if not (self.root / lesson["file"]).is_file()
        ]

    def module(self, name: str):
        """Return the module `course/NAME.py` of this course; None if the course has none."""
        path = self.own / f"{name}.py"
        return _module(path, path.stat().st_mtime_ns) if path.is_file() else None


def current() -> Course:
    """Return the course of the working folder, or the one that `at` names.

    Raises
    ------
    FileError
        If neither the working folder nor one above it has a `course.yml`, and the installed package
        brings no course along.

    """
    return _CHOSEN.get() or _found(Path.cwd())


@contextmanager
def at(root: Path | str) -> Iterator[Course]:
    """Use the course at `root` inside the block, wherever the working folder is.

    Raises
    ------
    FileError
        If the folder holds no `course.yml`.

    """
    root = Path(root).resolve()
    if not (root / FILE).is_file():
        raise FileError(f"{root / FILE} does not exist: name the folder that holds {FILE}")
    token = _CHOSEN.set(Course(root))
    try:
        yield _CHOSEN.get()
    finally:
        _CHOSEN.reset(token)


@cache
def _found(folder: Path) -> Course:
    """Find the course of a folder."""
    for candidate in (folder, *folder.parents):
        if (candidate / FILE).is_file():
            return Course(candidate)
    if not (PACKED / FILE).is_file():
        raise FileError(
            f"{folder}: neither this folder nor one above it holds {FILE}. Work inside the folder "
            "of a course, or install the wheel of the package, which brings its course along."
        )
    if not (PACKED / "data" / "datapackage.json").is_file():
        raise FileError(
            f"{PACKED / 'data'} holds no tables: the installed package was built without them. "
            "Build the wheel again from a whole checkout of the course, and install that."
        )
    return Course(PACKED)


@files.cached
def _settings(path: Path) -> dict:
    """Read `course.yml`; `FileError` if it names a lesson twice, or a hero without a lesson."""
    content = files.read_yaml(path, "course")
    for field in ("id", "file"):
        counts = Counter(lesson[field] for lesson in content["lessons"])
        files.refuse(
            f"{FILE}: {number} lessons have the {field} {name!r}: give each its own"
            for name, number in counts.items()
            if number > 1
        )
    known = [lesson["id"] for lesson in content["lessons"]]
    files.refuse(
        f"{FILE}: heroes: there is no lesson {name!r}{files.nearest(name, known)}"
        for name in content.get("heroes", {})
        if name not in known
    )
    return _filled(content, files.schema("course"))


def _filled(content: dict, rules: dict) -> dict:
    """Return what a file says, with the defaults of its schema where it says nothing."""
    fields = rules["properties"]
    whole = {name: field["default"] for name, field in fields.items() if "default" in field}
    whole |= content
    return {
        name: _filled(value, fields[name]) if "properties" in fields[name] else value
        for name, value in whole.items()
    }


@cache
def _module(path: Path, _changed: int):
    """Load a module from a file that is not part of a package."""
    spec = importlib.util.spec_from_file_location(f"course_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
