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

    command = commands.add_parser(
        "collect",
        help="take in what students handed in",
        epilog="The exit code is 0 when every file was taken in or needs nothing, 1 when a person "
        "has to look at some (the others were taken in), 2 when nothing could be done.",
    )
    command.add_argument("name", help="the assignment")
    command.add_argument(
        "source",
        type=Path,
        help="a folder of notebooks, a zip from Moodle or Canvas, or a folder of nbgrader",
    )
    command.add_argument(
        "--roster", type=Path, metavar="CSV", help="all students, with a column student_id"
    )
    command.add_argument("--due", metavar="TIME", help="instead of the time set at release")
    add_course(command)
    command.set_defaults(run=lambda given: told(collect, given, failed=2))


def add_course(command: argparse.ArgumentParser) -> None:
    """Add the option that names the course folder."""
    command.add_argument(
        "--course",
        type=Path,
        default=DEFAULT_COURSE,
        metavar="DIR",
        help="the course folder (default: %(default)s)",
    )


def told(run: Callable[[argparse.Namespace], int], given: argparse.Namespace, failed=1) -> int:
    """Run a command; what is wrong with the input is said in words and gives the code `failed`."""
    from ..datasets import DataError
    from ..files import FileError
    from .course import CourseError

    try:
        return run(given)
    except (CourseError, DataError, FileError, OSError) as error:
        print(error, file=sys.stderr)
        return failed


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


def collect(given: argparse.Namespace) -> int:
    """Take in hand-ins and print the report; return 1 if a person has to look at some."""
    from . import course
    from .collect import STATUSES, as_text
    from .collect import collect as take_in
    from .release import moment

    due = moment(given.due) if given.due else None
    rows = take_in(given.course, given.name, given.source, given.roster, due)
    print(as_text(rows))
    print(f"Report: {course.reports(given.course) / f'collect-{given.name}.csv'}")
    return int(any(STATUSES[row["status"]] for row in rows))
