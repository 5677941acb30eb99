"""What is already known: names for everything that decides an output, and the cache under them.

Only the standard library is imported, so that the answer "nothing to run" costs nothing.
"""

import hashlib
import json
import sys
from importlib import metadata
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
CACHE = Path("_build", ".jupyter_cache")
#: Files at the root of a course that notebooks depend on.
ROOT_FILES = ("course.yml", "requirements.txt")
#: What of the package notebooks use.
FOR_NOTEBOOKS = {"__init__.py", "course.py", "files.py", "lesson", "schemas"}
#: Installed packages that decide what an output looks like.
OUTPUT_PACKAGES = ("altair", "ipykernel", "ipython", "ipywidgets", "numpy", "pandas")


def result_key(project: Path) -> str:
    """Name everything an output depends on besides the notebook's own code.

    Data, seeds, what lies beside the notebooks, the package, pinned and installed versions, in 16
    hexadecimal digits.
    """
    files = {*_inputs(project), *(path for path in PACKAGE.rglob("*") if imported(path))}
    digest = hashlib.sha256(f"{sys.version} {sys.platform}".encode())
    for name in OUTPUT_PACKAGES:
        digest.update(f"{name} {metadata.version(name)}\n".encode())
    for path in sorted(files):
        base = next(base for base in (PACKAGE, project) if base in path.parents)
        content = path.read_bytes()
        digest.update(f"{path.relative_to(base).as_posix()} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:16]


def _inputs(root: Path):
    """List the files below `root` that notebooks read."""
    for folder in ("data", "seeds", "notebooks", "course"):
        for path in (root / folder).rglob("*"):
            hidden = any(part.startswith((".", "__")) for part in path.relative_to(root).parts)
            if path.is_file() and path.suffix != ".ipynb" and not hidden:
                yield path
    yield from (path for name in ROOT_FILES if (path := root / name).is_file())


def imported(path: Path) -> bool:
    """Tell whether a file of the package is one that notebooks use."""
    parts = path.relative_to(PACKAGE).parts
    return path.is_file() and parts[0] in FOR_NOTEBOOKS and "__pycache__" not in parts


def code_key(notebook: dict) -> str:
    """Name the part of a notebook that decides its outputs: code cells and kernel, not prose."""
    cells = [
        ["".join(cell["source"]), cell.get("metadata", {})]
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
    ]
    kernel = notebook.get("metadata", {}).get("kernelspec")
    text = json.dumps([cells, kernel], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def is_done(cache: Path, path: Path) -> bool:
    """Tell whether the outputs of the notebook at `path` are in `cache`."""
    return (cache / f"{code_key(json.loads(path.read_bytes()))}.done").exists()


def needed(project: Path) -> bool:
    """Guess, before Sphinx has read its settings, whether any notebook will have to run."""
    cache = project / CACHE / result_key(project)
    try:
        return not all(is_done(cache, path) for path in (project / "notebooks").glob("*.ipynb"))
    except ValueError:
        return False  # one of them is not a notebook, of which the build will complain
