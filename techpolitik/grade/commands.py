"""The commands of `techpolitik` that belong to assignments."""

import argparse
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from shlex import quote

DEFAULT_COURSE = Path("grading")


def add_commands(commands) -> None:
    """Add the commands to what `argparse` calls subparsers."""
    add = adder(commands)
    command = add("release", release, "make a lesson ready for a class")
    command.add_argument("lesson", help="the id of the lesson, such as rare_earths")
    command.add_argument("--assignment", metavar="NAME", help="its name (default: the lesson's id)")
    command.add_argument(
        "--only",
        choices=["student", "teacher", "grading"],
        help="make the release, the teacher's copy or the grading source (default: all three)",
    )
    command.add_argument("--due", metavar="TIME", help="2027-01-31 (its end) or 2027-01-31T18:00")

    command = add("collect", collect, "take in what students submitted", "assignment")
    command.add_argument(
        "source",
        type=Path,
        help="a folder of notebooks, a zip from Moodle or Canvas, or a folder of nbgrader",
    )
    command.add_argument(
        "--roster", type=Path, metavar="CSV", help="all students, with a column student_id"
    )
    command.add_argument("--due", metavar="TIME", help="instead of the time set at release")

    command = add("grade", grade, "run and mark what was collected", "assignment", "students")
    command.add_argument("--again", action="store_true", help="also what is already graded")
    command.add_argument(
        "--new-key",
        action="store_true",
        help="take answers and rubrics of instructor/ as they are now, and grade everybody by them",
    )
    command.add_argument(
        "--jobs", type=positive, metavar="N", help="at a time (default: processors it may use)"
    )
    command.add_argument(
        "--no-sandbox",
        action="store_true",
        help="run code of students with your rights; only for notebooks that you trust",
    )

    add("feedback", feedback, "write a page for each student", "assignment", "students")

    command = add("export", export, "write the marks for Canvas, Moodle or a table", "assignment")
    command.add_argument(
        "--format", choices=["canvas", "moodle", "csv"], required=True, help="whose form it has"
    )

    command = add("rehearse", rehearse, "write the submissions of an invented class", "assignment")
    command.add_argument(
        "--size", type=positive, default=10, metavar="N", help="students (default: 10)"
    )
    command.add_argument(
        "--output", type=Path, metavar="FILE", help="(default: rehearsal-NAME.zip)"
    )


def adder(commands) -> Callable:
    """Return a function that adds a command with the arguments that several have."""

    def add(name: str, run: Callable, described: str, *more: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=described)
        if "assignment" in more:
            command.add_argument("assignment", help="the name of the assignment")
        if "students" in more:
            command.add_argument(
                "--student", action="append", metavar="ID", help="only this one; may be repeated"
            )
        command.add_argument(
            "--course",
            type=Path,
            default=DEFAULT_COURSE,
            metavar="DIR",
            help="the course folder (default: %(default)s)",
        )
        command.set_defaults(run=lambda given: run_and_report(run, given))
        return command

    return add


def positive(text: str) -> int:
    """Read a number of which there is at least one."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 upwards")
    return int(text)


def run_and_report(run: Callable[[argparse.Namespace], int], given: argparse.Namespace) -> int:
    """Run a command; what stops it is said in words and gives the exit code 2, Ctrl-C 130."""
    from techpolitik.files import FileError

    from .course_dir import CourseError

    try:
        return run(given)
    except (CourseError, FileError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Interrupted. What was done is kept; run it again to go on.", file=sys.stderr)
        return 130


def release(given: argparse.Namespace) -> int:
    """Make what is wanted of a lesson and say where it is."""
    from . import course_dir
    from .release import PRODUCTS, known, moment
    from .release import release as make

    name = given.assignment or given.lesson
    due = moment(given.due) if given.due else None
    before = known(given.course, name)
    made = make(given.course, given.lesson, name, (given.only,) if given.only else PRODUCTS, due)
    for product, folder in made.items():
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        print(f"{product:8} {folder} ({size / 1000:,.0f} kB)")
        if product == "student":
            archive = course_dir.archive(given.course, name)
            print(f"{'':8} {archive} ({archive.stat().st_size / 1000:,.0f} kB)")
    now = known(given.course, name)
    changed = before and before["made_from"] != now["made_from"]
    if changed and course_dir.submissions(given.course, name):
        print(
            f"Students have submitted {name!r} already. `techpolitik grade {name}` marks everybody "
            "by the new release, whose tables and answers may be others than those they worked "
            "with. To keep their marks, release it under another name with --assignment."
        )
    return 0


def collect(given: argparse.Namespace) -> int:
    """Take in submissions and print the report; return 1 if a person has to look at some."""
    from . import course_dir
    from .collect import STATUSES, as_text
    from .collect import collect as take_in
    from .release import moment

    due = moment(given.due) if given.due else None
    rows = take_in(given.course, given.assignment, given.source, given.roster, due)
    print(as_text(rows))
    print(f"Report: {course_dir.reports(given.course) / f'collect-{given.assignment}.csv'}")
    return int(any(STATUSES[row["status"]] for row in rows))


def grade(given: argparse.Namespace) -> int:
    """Grade an assignment with a progress bar; return 1 if some submissions were not graded."""
    from rich.progress import Progress

    from . import answer_key, course_dir
    from .grade import grade as run
    from .grade import write_report
    from .sandbox import NoSandbox

    if given.new_key and given.student:
        raise course_dir.CourseError("--new-key is for everybody: leave --student out.")
    expected = given.student or course_dir.submissions(given.course, given.assignment)
    if given.new_key:
        answer_key.renew(given.course, given.assignment)
    for line in answer_key.differences(given.course, given.assignment):
        print(line)
    try:
        with Progress() as progress:
            bar = progress.add_task("Grading", total=len(expected))
            rows = run(
                given.course,
                given.assignment,
                students=given.student,
                again=given.again,
                jobs=given.jobs,
                sandboxed=not given.no_sandbox,
                done=lambda row: progress.advance(bar),
            )
    except NoSandbox as problem:
        print(
            f"{problem}\nNothing was run. To run the notebooks with your own rights all the same, "
            "add --no-sandbox.",
            file=sys.stderr,
        )
        return 2
    print_grades(rows)
    print(f"Report: {write_report(given.course, given.assignment, rows)}")
    if any(row["to_mark"] for row in rows):
        place = quote(str(given.course))
        print(f"To mark them: cd {place}; jupyter lab; then the menu Nbgrader, Formgrader.")
    return int(any(row["state"] != "graded" for row in rows))


def print_grades(rows: list[dict]) -> None:
    """Print the report of a grading for a terminal, with a summary at the end."""
    for row in rows:
        waiting = f", {row['to_mark']} to mark" if row["to_mark"] else ""
        print(f"{row['student']}: {row['points']:g} of {row['most']}{waiting}")
        for line in textwrap.wrap(row["remarks"], 90):
            print(f"    {line}")
    done = sum(row["state"] == "graded" for row in rows)
    to_mark = sum(row["to_mark"] for row in rows)
    print(f"\n{done} of {len(rows)} graded; {to_mark} answers wait for a person.")


def feedback(given: argparse.Namespace) -> int:
    """Write the feedback and say where it is; return 1 if some students have none."""
    from .feedback import write

    paths, problems = write(given.course, given.assignment, given.student)
    for path in paths:
        print(path)
    return report_problems(problems)


def export(given: argparse.Namespace) -> int:
    """Write the marks as a file; say who is not in it."""
    from .export import write

    path, problems = write(given.course, given.assignment, given.format)
    print(path)
    return report_problems(problems)


def report_problems(problems: list[str]) -> int:
    """Print what a person has to look at; return the exit code."""
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


def rehearse(given: argparse.Namespace) -> int:
    """Write the submissions of an invented class, and say how to collect them."""
    from .rehearsal import write

    target = given.output or Path(f"rehearsal-{given.assignment}.zip")
    write(given.course, given.assignment, target, given.size)
    places = f"{quote(str(target))} --course {quote(str(given.course))}"
    print(f"{target}\nNow: techpolitik collect {given.assignment} {places}")
    return 0
