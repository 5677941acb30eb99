"""A class that does not exist: hand-ins to rehearse collecting and grading with.

Ten invented students hand in what real ones do: right, wrong and half-done notebooks, an error in
the middle, a damaged file, a web page instead of a notebook, code that ends its own process. Larger
classes repeat these ten. The archive has the form of a download from Moodle.
"""

import json
import zipfile
from pathlib import Path

import nbformat

from techpolitik.lesson.exercises import exercises

from . import course_dir

NAMES = (
    "Ada Adams", "Bo Berg", "Chi Chen", "Dina Diallo", "Emil Evans",
    "Fay Farouk", "Gil Garcia", "Hana Haas", "Ivo Ito", "Jo Jansen",
)  # fmt: skip


def write(folder: Path, name: str, target: Path, size: int = 10) -> Path:
    """Write the hand-ins of an invented class as a zip, as Moodle gives it.

    Parameters: folder of the course; name of an assignment whose teacher's copy is there;
    target, the archive to write; size of the class. Returns the target.
    Raises `CourseError` if the teacher's copy is missing, `FileExistsError` if target exists.
    """
    made = hand_ins(folder, name, size)
    with zipfile.ZipFile(target, "x", zipfile.ZIP_DEFLATED) as archive:
        for path, data in made.items():
            archive.writestr(zipfile.ZipInfo(path, (2026, 11, 25, 12, 0, 0)), data)
    return Path(target)


def hand_ins(folder: Path, name: str, size: int = 10, kinds=None) -> dict[str, bytes]:
    """Return the hand-ins by their path in the archive; see `write`.

    `kinds`, some of KINDS, are used in turn; all of them by default.
    """
    path = course_dir.teacher(folder, name) / f"{name}.ipynb"
    if not path.exists():
        raise course_dir.CourseError(f"{path} is missing: run `techpolitik release` for it first.")
    solved = nbformat.read(path, as_version=4)
    makers, found = kinds or KINDS, {}
    for number in range(size):
        student = NAMES[number % len(NAMES)]
        again = number // len(NAMES)
        student += f" {again + 1}" if again else ""
        part = f"{student}_{1001 + number}_assignsubmission_file_/{name}.ipynb"
        found[part] = makers[number % len(makers)](solved)
    return found


def as_file(notebook) -> bytes:
    """Return a notebook as the bytes of a file."""
    return nbformat.writes(notebook).encode()


def answered(solved, answers: dict[str, str]) -> nbformat.NotebookNode:
    """Return the student's notebook with some answer cells filled in, by exercise."""
    known = exercises()
    notebook = nbformat.from_dict(json.loads(nbformat.writes(solved)))
    notebook.cells = [cell for cell in notebook.cells if not cell.id.endswith("-rubric")]
    for cell in notebook.cells:
        if cell.id in known:
            variable = known[cell.id]["answer_name"]
            code = answers.get(cell.id, f"{variable} = ...")
            cell.source = f'{code}\n\ncheck("{cell.id}", {variable})'
    return notebook


def solutions(solved, kinds=("data", "chart", "argument")) -> dict[str, str]:
    """Return the code of the solutions of some kinds, by exercise."""
    known = exercises()
    return {
        cell.id: cell.source.rpartition("\n\ncheck(")[0]
        for cell in solved.cells
        if cell.id in known and known[cell.id]["kind"] in kinds
    }


# ---------------------------------------------------------------------------- what they hand in


def all_right(solved) -> bytes:
    """Give the solution everywhere."""
    return as_file(answered(solved, solutions(solved)))


def no_argument(solved) -> bytes:
    """Leave the written argument out; the rest is right."""
    return as_file(answered(solved, solutions(solved, ("data", "chart"))))


def wrong(solved) -> bytes:
    """Give one number everywhere: a wrong one, or of another type than is asked."""
    known = exercises()
    return as_file(
        answered(
            solved, {name: f"{known[name]['answer_name']} = 12345" for name in solutions(solved)}
        )
    )


def untouched(solved) -> bytes:
    """Hand in the notebook as it was handed out."""
    return as_file(answered(solved, {}))


def half_done(solved) -> bytes:
    """Do the first half right, and leave an error where the next answer should be."""
    right, known = solutions(solved), exercises()
    names = list(right)
    half = {name: right[name] for name in names[: len(names) // 2]}
    broken = names[len(names) // 2]
    return as_file(answered(solved, half | {broken: f"{known[broken]['answer_name']} = 1 / 0"}))


def byte_order_mark(solved) -> bytes:
    """Save the right notebook with an editor that puts a byte-order mark in front."""
    return b"\xef\xbb\xbf" + all_right(solved)


def marks_stripped(solved) -> bytes:
    """Use a program that removes the metadata of all cells; the data are right."""
    notebook = answered(solved, solutions(solved, ("data",)))
    for cell in notebook.cells:
        cell.metadata = {}
    return as_file(notebook)


def broken_off(solved) -> bytes:
    """Upload half of the file."""
    data = all_right(solved)
    return data[: len(data) // 2]


def web_page(solved) -> bytes:
    """Save a page of the browser instead of the notebook."""
    return b"<!doctype html><html><title>Sign in</title><p>Please sign in to continue.</p></html>"


def ends_itself(solved) -> bytes:
    """Put a cell above the right answers that ends the process."""
    notebook = answered(solved, solutions(solved, ("data", "chart")))
    place = next(place for place, cell in enumerate(notebook.cells) if cell.cell_type == "code")
    notebook.cells.insert(place + 1, nbformat.v4.new_code_cell("import os\n\nos._exit(1)"))
    return as_file(notebook)


#: What the students of NAMES hand in, in their order.
KINDS = (
    all_right, no_argument, wrong, untouched, half_done,
    byte_order_mark, marks_stripped, broken_off, web_page, ends_itself,
)  # fmt: skip
