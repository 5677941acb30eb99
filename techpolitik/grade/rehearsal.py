"""A class that does not exist: submissions to rehearse collecting and grading with.

Ten invented students submit what real ones do: right, wrong and half-done notebooks, an error in
the middle, a damaged file, a web page instead of a notebook, code that ends its own process. Larger
classes repeat these ten. The archive has the form of a download from Moodle.
"""

import json
import zipfile
from pathlib import Path

import nbformat

from . import course_dir

NAMES = (
    "Ada Adams", "Bo Berg", "Chi Chen", "Dina Diallo", "Emil Evans",
    "Fay Farouk", "Gil Garcia", "Hana Haas", "Ivo Ito", "Jo Jansen",
)  # fmt: skip


def write(folder: Path, name: str, target: Path, size: int = 10) -> Path:
    """Write the submissions of an invented class as a zip, as Moodle packs it.

    Parameters
    ----------
    folder : Path
        The course folder.
    name : str
        An assignment whose teacher's copy is there.
    target : Path
        The archive to write.
    size : int
        Number of students.

    Raises
    ------
    CourseError
        If the teacher's copy is missing.
    FileExistsError
        If the target exists.

    """
    made = submissions(folder, name, size)
    with zipfile.ZipFile(target, "x", zipfile.ZIP_DEFLATED) as archive:
        for path, data in made.items():
            archive.writestr(zipfile.ZipInfo(path, (2026, 11, 25, 12, 0, 0)), data)
    return Path(target)


def submissions(folder: Path, name: str, size: int = 10, kinds=None) -> dict[str, bytes]:
    """Return the submissions by their path in the archive; see `write`.

    `kinds`, some of `KINDS`, are used in turn; all of them by default.
    """
    path = course_dir.teacher(folder, name) / f"{name}.ipynb"
    if not path.exists():
        raise course_dir.CourseError(f"{path} is missing: run `techpolitik release` for it first.")
    solved = Solved(path, course_dir.assignment(folder, name)["contracts"])
    makers, found = kinds or KINDS, {}
    for number in range(size):
        student, again = NAMES[number % len(NAMES)], number // len(NAMES)
        student += f" {again + 1}" if again else ""
        part = f"{student}_{1001 + number}_assignsubmission_file_/{name}.ipynb"
        made = makers[number % len(makers)](solved)
        found[part] = made if isinstance(made, bytes) else nbformat.writes(made).encode()
    return found


class Solved:
    """The teacher's copy of a lesson, from which a student's notebook is made."""

    def __init__(self, path: Path, contracts: dict[str, dict]):
        self.text = path.read_text(encoding="utf-8")
        self.contracts = contracts
        cells = {cell.id: cell.source for cell in nbformat.reads(self.text, 4).cells}
        self.code = {name: cells[name].rpartition("\n\ncheck(")[0] for name in contracts}

    def solutions(self, *kinds: str) -> dict[str, str]:
        """Return the code of the solutions of some kinds, by exercise."""
        return {
            name: self.code[name] for name, one in self.contracts.items() if one["kind"] in kinds
        }

    def answered(self, answers: dict[str, str]) -> nbformat.NotebookNode:
        """Return the student's notebook with some answer cells filled in, by exercise."""
        notebook = nbformat.from_dict(json.loads(self.text))
        notebook.cells = [cell for cell in notebook.cells if not cell.id.endswith("-rubric")]
        for cell in notebook.cells:
            if cell.id in self.contracts:
                variable = self.contracts[cell.id]["answer_name"]
                code = answers.get(cell.id, f"{variable} = ...")
                cell.source = f'{code}\n\ncheck("{cell.id}", {variable})'
        return notebook


# ---------------------------------------------------------------------------- what they submit


def all_right(solved: Solved):
    """Give the solution everywhere."""
    return solved.answered(solved.code)


def no_argument(solved: Solved):
    """Leave the written argument out; the rest is right."""
    return solved.answered(solved.solutions("data", "chart"))


def wrong(solved: Solved):
    """Give one number everywhere: a wrong one, or of another type than is asked."""
    contracts = solved.contracts.items()
    return solved.answered({name: f"{one['answer_name']} = 12345" for name, one in contracts})


def untouched(solved: Solved):
    """Submit the notebook as it was released."""
    return solved.answered({})


def half_done(solved: Solved):
    """Do the first half right, and leave an error where the next answer should be."""
    names = list(solved.contracts)
    half, broken = names[: len(names) // 2], names[len(names) // 2]
    code = f"{solved.contracts[broken]['answer_name']} = 1 / 0"
    return solved.answered({name: solved.code[name] for name in half} | {broken: code})


def byte_order_mark(solved: Solved) -> bytes:
    """Save the right notebook with an editor that puts a byte-order mark in front."""
    return b"\xef\xbb\xbf" + nbformat.writes(all_right(solved)).encode()


def marks_stripped(solved: Solved):
    """Use a program that removes the metadata of all cells; the data are right."""
    notebook = solved.answered(solved.solutions("data"))
    for cell in notebook.cells:
        cell.metadata = {}
    return notebook


def broken_off(solved: Solved) -> bytes:
    """Upload half of the file."""
    data = nbformat.writes(all_right(solved)).encode()
    return data[: len(data) // 2]


def web_page(_solved: Solved) -> bytes:
    """Save a page of the browser instead of the notebook."""
    return b"<!doctype html><html><title>Sign in</title><p>Please sign in to continue.</p></html>"


def ends_itself(solved: Solved):
    """Put a cell above the right answers that ends the process."""
    notebook = no_argument(solved)
    place = next(place for place, cell in enumerate(notebook.cells) if cell.cell_type == "code")
    notebook.cells.insert(place + 1, nbformat.v4.new_code_cell("import os\n\nos._exit(1)"))
    return notebook


#: What the students of NAMES submit, in their order.
KINDS = (
    all_right, no_argument, wrong, untouched, half_done,
    byte_order_mark, marks_stripped, broken_off, web_page, ends_itself,
)  # fmt: skip
