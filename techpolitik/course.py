"""The course: the folder it lies in, and what its `course.yml` says of it.

Everything gets the course from here. `current()` finds the root as git finds its own: from the
working folder upward, the first folder with a `course.yml`. A release is such a folder too, and so
are the files packed into the wheel, which serve where no folder has one. `at(root)` names another
root for a while.
"""

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, cached_property
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
        """What `course.yml` says; the schema `course` explains each field."""
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

    def notebook(self, lesson: str) -> Path:
        """Return the notebook of a lesson; `FileError` lists the nearest ids if there is none."""
        if lesson not in self.lessons:
            hint = files.nearest(lesson, self.lessons)
            raise FileError(f"{self.root / FILE}: there is no lesson {lesson!r}{hint}")
        return self.root / self.lessons[lesson]["file"]

    @cached_property
    def own(self) -> Path:
        """The folder of the little Python that only this course needs."""
        return self.root / "course"

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
    """Use the course at `root` inside the block, wherever the working folder is."""
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
    if (PACKED / FILE).is_file():
        return Course(PACKED)
    raise FileError(
        f"{folder}: neither this folder nor one above it holds {FILE}. Work inside the folder of a "
        "course, or install the wheel of the package, which brings its course along."
    )


@files.kept
def _settings(path: Path) -> dict:
    """Read `course.yml`; `FileError` if it names a lesson twice or one that is not there."""
    content = files.read_yaml(path, "course")
    lessons = content["lessons"]
    files.refuse(files.repeated((lesson["id"], path.name) for lesson in lessons))
    return content


@cache
def _module(path: Path, _changed: int):
    """Load a module from a file that is no part of a package."""
    spec = importlib.util.spec_from_file_location(f"course_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
