"""From one lesson: the release for students, the teacher's copy, the grading source.

The release is made from public files alone (`notebooks/`, `data/`, `seeds/` and the package), so it
holds nothing of `instructor/`. It is a course of its own, with one lesson. The other two are the
same notebook with solutions. The same input gives the same bytes, archive included.
"""

import re
import shutil
from datetime import datetime, time
from pathlib import Path
from string import Template

import nbformat

from techpolitik import course, files, folding, shipped
from techpolitik.archive import write_zip
from techpolitik.lesson import exercises

from . import answer_key, course_dir, solutions
from .course_dir import CourseError
from .submission import CHECKED

#: What is made of a lesson: the release, and two that are private.
PRODUCTS = ("student", "teacher", "grading")
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
# A link to another lesson or to a page of the book; a release has neither.
RELATIVE_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((?![a-z]+:|#)[^)]+\)")

README = Template("""\
# $title

$whose
The notebook is `$name.ipynb`; the other files are the tables and the code that it uses, so keep the
folder together.

$licence

## Open it

$how
$rest
""")
FOR_STUDENTS = Template("""\
## Work on it

Run the cells from the top with Shift and Enter. Where an exercise has three dots, put your answer
in their place and run the cell: `check` says how it stands. You may add cells. Leave the text of
the questions and the lines with `check(` as they are. Mentions of the glossary and of other lessons
refer to the book of the course, which is not in this folder.

## Hand it in

1. In the menu Kernel, choose Restart Kernel and Run All Cells, and see that your answers are still
   right: a notebook is graded by running it from top to bottom.
2. Save it, and hand in the one file `$name.ipynb` where your teacher has told you to.
$due
`check` is there to help you learn. The marks come from your teacher.
""")
FOR_TEACHERS = """\
## What is in it

Each answer cell holds a solution, each written argument one strong answer among several, and the
rubric stands below it. This folder is made anew by each `techpolitik release`: keep notes of your
own elsewhere. Do not hand it out.
"""


# ---------------------------------------------------------------------------- products


def student_release(lesson: str, name: str, due: str | None = None) -> dict[str, bytes]:
    """Return the files of a release by path: the notebook and all it needs to run.

    Parameters
    ----------
    lesson : str
        Id of the lesson.
    name : str
        Name of the assignment.
    due : str, optional
        ISO time for the read-me.

    Raises
    ------
    FileError
        If there is no such lesson, or its exercises are not as their contract says.

    """
    when = f"3. It is due on {readable(due)}.\n" if due else ""
    rest = FOR_STUDENTS.substitute(name=name, due=when)
    whose = "This is a lesson with exercises to submit."
    return runnable(lesson, name, student_notebook(lesson), whose, rest)


def teacher_copy(lesson: str, name: str) -> dict[str, bytes]:
    """Return the files of the teacher's copy by path: solutions and rubrics in place."""
    notebook = student_notebook(lesson)
    imported = imported_names(notebook)
    cells = []
    for cell in notebook.cells:
        cells.append(cell)
        exercise = answered(cell)
        if exercise:
            code = solutions.solved(exercise, imported)
            cell.source = f"{code}\n\n{last_line(cell)}"
            if exercise["kind"] == "argument":
                text, mark = solutions.rubric(exercise), f"{exercise['id']}-rubric"
                cells.append(nbformat.v4.new_markdown_cell(text, id=mark))
    notebook.cells = cells
    whose = "This is the teacher's copy of a lesson, with solutions."
    return runnable(lesson, name, notebook, whose, FOR_TEACHERS)


def grading_source(lesson: str, name: str) -> dict[str, bytes]:
    """Return the notebook that nbgrader keeps as source: solutions between its markers.

    What `nbgrader generate_assignment` makes of it is the notebook of the release.
    """
    notebook = student_notebook(lesson)
    imported = imported_names(notebook)
    for cell in notebook.cells:
        exercise = answered(cell)
        if exercise:
            stub, _, check = cell.source.partition("\n")
            code = solutions.solved(exercise, imported)
            cell.source = f"{stub}\n{BEGIN}\n{code}\n{END}\n{check.lstrip()}"
        for key in ("checksum", "cell_type"):  # those of a release
            cell.metadata.get("nbgrader", {}).pop(key, None)
    return {f"{name}.ipynb": as_file(notebook)}


def runnable(lesson: str, name: str, notebook, whose: str, rest: str) -> dict[str, bytes]:
    """Return notebook, read-me and all they need, by path, sorted: a course with one lesson."""
    found = shipped.files_for(f"exercises/{lesson}.yml", f"quizzes/{lesson}.yml")
    checks = files.read_json(exercises.sealing.checks_path())
    sealed = {exercise: checks[exercise] for exercise in contract(lesson) if exercise in checks}
    found["notebooks/checks.json"] = exercises.sealing.as_file(sealed).encode()
    file = course.current().lessons[lesson]["file"]
    found["course.yml"] = found["course.yml"].replace(file.encode(), f"{name}.ipynb".encode())
    title = next(c.source for c in notebook.cells if c.source.startswith("# ")).splitlines()[0][2:]
    how = shipped.OPEN_IT.substitute(opened=f"{name}.ipynb")
    said = {"title": title, "name": name, "whose": whose, "how": how, "rest": rest.strip()}
    readme = README.substitute(said, licence=shipped.licence())
    found |= {f"{name}.ipynb": as_file(notebook), "README.md": readme.encode()}
    return dict(sorted(found.items()))


def as_file(notebook: nbformat.NotebookNode) -> bytes:
    """Return a notebook as it stands in a file."""
    nbformat.validate(notebook)
    return (nbformat.writes(notebook) + "\n").encode()


def contract(lesson: str) -> dict[str, dict]:
    """Return the exercises of a lesson by id."""
    known = exercises.exercises().items()
    return {name: entry for name, entry in known if entry["lesson"] == lesson}


# ---------------------------------------------------------------------------- notebook


def student_notebook(lesson: str) -> nbformat.NotebookNode:
    """Return the notebook of a lesson with the marks of nbgrader, without outputs and solutions."""
    path = course.current().notebook(lesson)
    files.read_json(path)  # says where a damaged file is damaged
    notebook = nbformat.read(path, as_version=4)
    expected, problems = contract(lesson), []
    for place, cell in enumerate(notebook.cells):
        for name in CHECKED.findall(cell.source) if cell.cell_type == "code" else []:
            variable = expected.get(name, {}).get("answer_name")
            if cell.source != f'{variable} = ...\n\ncheck("{name}", {variable})':
                problems.append(f"{path.name}, cell {place + 1}: expected a stub and check alone")
                continue
            question = notebook.cells[place - 1]
            points = expected.pop(name)["points"]
            mark(question, f"{name}-prompt", locked=True)
            mark(cell, name, grade=True, solution=True, points=points)
    problems += [f"{path.name}: the exercise {name} has no cell" for name in expected]
    files.refuse(problems)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = RELATIVE_LINK.sub(r"\1", cell.source)
        else:
            cell.outputs, cell.execution_count = [], None
    folding.hide_what_draws(notebook.cells)
    for cell in notebook.cells:
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader["checksum"] = checksum(cell)
    return notebook


def mark(cell, name: str, **marks) -> None:
    """Give a cell the marks that nbgrader and the grader know it by."""
    plain = {"grade": False, "solution": False, "locked": False, "task": False}
    kind = {"grade_id": name, "schema_version": 3, "cell_type": cell.cell_type}
    cell.id = name
    given = {"deletable": False, "nbgrader": plain | kind | marks}
    cell.metadata = nbformat.from_dict({**cell.metadata, **given})
    if marks.get("locked"):
        cell.metadata["editable"] = False


def checksum(cell) -> str:
    """Return nbgrader's checksum of a cell, by which it sees that an answer was not touched."""
    try:
        from nbgrader.utils import compute_checksum
    except ImportError as error:
        raise CourseError(
            "nbgrader is not installed: pip install -r requirements/grade.txt"
        ) from error
    return compute_checksum(cell)


def answered(cell) -> dict | None:
    """Return the exercise that a marked cell answers, if it is an answer cell."""
    marks = cell.metadata.get("nbgrader", {})
    return exercises.exercises()[marks["grade_id"]] if marks.get("solution") else None


def last_line(cell) -> str:
    """Return the last line of a cell, in an answer cell that of `check`."""
    return cell.source.rpartition("\n")[2]


def imported_names(notebook) -> set[str]:
    """Return the names that the code of a notebook imports."""
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    return solutions.imported_names(code)


# ---------------------------------------------------------------------------- a course


def release(
    where: Path, lesson: str, name: str, products=PRODUCTS, due: str | None = None
) -> dict[str, Path]:
    """Make what is wanted of a lesson in a course folder.

    Parameters
    ----------
    where : Path
        The course folder, made if it is missing.
    lesson : str
        Id of the lesson.
    name : str
        Name of the assignment.
    products : sequence of str
        Some of `PRODUCTS`.
    due : str, optional
        An ISO time with zone; without it the assignment keeps the one it has.

    Returns
    -------
    dict of str to Path
        The folder of each product.

    Raises
    ------
    CourseError
        If students have submitted already and the exercises would be others.
    FileError
        As in `student_release`. Nothing is written in either case.

    """
    course_dir.checked_name(name)
    before = known(where, name)
    due = due or (before or {}).get("due")
    content = student_release(lesson, name, due)
    described = description(lesson, name, content, due)
    refuse_change(where, before, described)
    key = answer_key.for_release(described, content) if "student" in products else None
    private = {
        "teacher": teacher_copy(lesson, name) if "teacher" in products else {},
        "grading": grading_source(lesson, name) if "grading" in products else {},
    }
    course_dir.make(where)
    made = {}
    if "student" in products:
        made["student"] = course_dir.release(where, name)
        write_folder(made["student"], content)
        write_zip(content.items(), course_dir.archive(where, name), name)
    if "teacher" in products:
        made["teacher"] = course_dir.teacher(where, name)
        write_folder(made["teacher"], private["teacher"])
    source = course_dir.source(where, name)
    source.mkdir(parents=True, exist_ok=True)
    for file, data in private["grading"].items():
        made["grading"] = source
        (source / file).write_bytes(data)
    if "student" in products or not before:
        course_dir.put_json(source / "assignment.json", described)
    if "student" in products and key:
        answer_key.write(where, name, key)
    return made


def known(where: Path, name: str) -> dict | None:
    """Return what the course knows of an assignment, None if there is none of this name."""
    found = Path(where).is_dir() and name in course_dir.assignments(where)
    return course_dir.described(where, name) if found else None


def description(lesson: str, name: str, content: dict[str, bytes], due: str | None) -> dict:
    """Return what assignment.json holds."""
    notebook = nbformat.reads(content[f"{name}.ipynb"].decode(), as_version=4)
    asked = [one for one in map(answered, notebook.cells) if one]
    return {
        "name": name,
        "lesson": lesson,
        "exercises": [one["id"] for one in asked],
        "points": {one["id"]: one["points"] for one in asked},
        "due": due,
        "made_from": course_dir.digest(content),
    }


def refuse_change(where: Path, before: dict | None, after: dict) -> None:
    """Raise `CourseError` if a release would take the ground from under submissions."""
    if before is None:
        return
    changed = [
        field for field in ("lesson", "exercises", "points") if before[field] != after[field]
    ]
    if changed and course_dir.submissions(where, before["name"]):
        raise CourseError(
            f"Students have submitted {before['name']!r}, and its {' and '.join(changed)} would "
            "change. Release it under another name with --assignment."
        )


def write_folder(folder: Path, content: dict[str, bytes]) -> None:
    """Put files in place of a folder.

    The old folder or the new one is there, whole, but for the instant between two renames. If the
    second fails, the first is undone; if the program ends in between, the next call undoes it.
    """
    new, old = (folder.with_name(f".{folder.name}.{word}") for word in ("new", "old"))
    if old.exists() and not folder.exists():
        old.rename(folder)
    for leftover in (new, old):
        shutil.rmtree(leftover, ignore_errors=True)
    for path, data in content.items():
        (new / path).parent.mkdir(parents=True, exist_ok=True)
        (new / path).write_bytes(data)
    if folder.exists():
        folder.rename(old)
    try:
        new.rename(folder)
    except OSError:
        if old.exists():
            old.rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)


# ---------------------------------------------------------------------------- time


def moment(text: str) -> str:
    """Return a time as ISO text with zone: a day means its end, no zone means that of here.

    Raises
    ------
    CourseError
        If the text is not a time.

    """
    try:
        given = datetime.fromisoformat(text)
    except ValueError as error:
        raise CourseError(
            f"{text!r} is not a valid time: write 2027-01-31, or 2027-01-31T18:00, or with a zone "
            "2027-01-31T18:00+01:00"
        ) from error
    if len(text) <= 10:
        given = datetime.combine(given.date(), time(23, 59, 59))
    return (given if given.tzinfo else given.astimezone()).isoformat()


def readable(moment: str) -> str:
    """Write an ISO time for a reader, with its zone as an offset."""
    when = datetime.fromisoformat(moment)
    return f"{when.day} {when:%B %Y, %H:%M} (UTC{when:%z})"
