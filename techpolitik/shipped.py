"""What is shipped with lessons so that they run away from the project, as a course of its own.

All tables and articles, and the Python they need. Nothing here reads `instructor/`.
"""

from string import Template

from techpolitik import course, files
from techpolitik.archive import files_of

#: What of the package lessons use.
PACKAGE = ("__init__.py", "course.py", "files.py", "lesson", "schemas")
#: What of the course they use.
COURSE = ("course.yml", "course", "data", "seeds", "LICENSE", "LICENSE-CONTENT", "CITATION.cff")
#: How to open what is shipped; $opened is what JupyterLab is to open.
OPEN_IT = Template("""\
You need Python 3.11 to 3.14, and the internet once, to install the packages. In a terminal, in this
folder, on Linux or macOS:

    python3 -m venv .venv
    source .venv/bin/activate
    pip install -r requirements.txt
    jupyter lab $opened

On Windows the first two lines are `py -3.12 -m venv .venv` and `.venv\\Scripts\\activate`. If you
have another place to run notebooks, such as a JupyterHub, upload the whole folder there.
""")


def files_for(*notebooks: str, folder: str = "") -> dict[str, bytes]:
    """Return all that notebooks need beside them, by path from a folder that is then a course.

    Parameters
    ----------
    *notebooks : str
        What of the course's folder `notebooks` goes along, such as "quizzes".
    folder : str
        Where the package goes, such as "notebooks/".

    """
    root = course.current().root
    found = {f"{folder}techpolitik/{path}": data for path, data in files_of(files.PACKAGE, PACKAGE)}
    found |= dict(files_of(root, [*COURSE, *(f"notebooks/{part}" for part in notebooks)]))
    return found | {"requirements.txt": requirements().encode()}


def licence() -> str:
    """Return what may be done with what is shipped, and the files that say it in full."""
    here = course.current()
    texts = [file for file in ("LICENSE", "LICENSE-CONTENT") if (here.root / file).is_file()]
    full = f" In full: {', '.join(f'`{file}`' for file in texts)}." if texts else ""
    return f"{here.settings['licence'].strip()}{full}"


def requirements() -> str:
    """Return the student's pinned packages; the course's own lies beside the notebooks."""
    lines = files.read_text(course.current().root / "requirements.txt").splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(("#", "-e ")))
