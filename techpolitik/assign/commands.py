"""The commands of `techpolitik` that belong to assignments."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

DEFAULT_COURSE = Path("grading")


def add_commands(commands) -> None:
    """Add the commands to what `argparse` calls subparsers."""
    command = commands.add_parser("release", help="make the editions of a lesson for a class")
    command.add_argument("lesson", help="the id of the lesson, such as rare_earths")
    command.add_argument("--assignment", metavar="NAME", help="its name (default: the lesson's id)")
    command.add_argument(
        "--edition",
        choices=["student", "teacher", "grading"],
        help="make only this one (default: all three)",
    )
    command.add_argument("--due", metavar="TIME", help="2027-01-31 (its end) or 2027-01-31T18:00")
    add_course(command)
    command.set_defaults(run=lambda given: told(release, given))


def add_course(command: argparse.ArgumentParser) -> None:
    """Add the option that names the course folder."""
    command.add_argument(
        "--course",
        type=Path,
        default=DEFAULT_COURSE,
        metavar="DIR",
        help="the course folder (default: %(default)s)",
    )


def told(run: Callable[[argparse.Namespace], int], given: argparse.Namespace) -> int:
    """Run a command; what is wrong with the input is said in one line and gives the code 1."""
    try:
        return run(given)
    except (ValueError, LookupError) as error:
        # A LookupError shows its message in quotation marks.
        print(error.args[0] if error.args else error, file=sys.stderr)
        return 1


def release(given: argparse.Namespace) -> int:
    """Make editions of a lesson and say where they are."""
    from . import course
    from .release import EDITIONS, moment
    from .release import release as make

    name = given.assignment or given.lesson
    editions = (given.edition,) if given.edition else EDITIONS
    due = moment(given.due) if given.due else None
    made = make(given.course, given.lesson, name, editions, due)
    for edition, folder in made.items():
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        print(f"{edition:8} {folder} ({size / 1000:,.0f} kB)")
        if edition == "student":
            archive = course.archive(given.course, name)
            print(f"{'':8} {archive} ({archive.stat().st_size / 1000:,.0f} kB)")
    return 0
