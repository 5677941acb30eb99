"""What is already known: names for everything that decides an output, and the cache under them.

Nothing heavy is imported, so that the answer "nothing to run" costs nothing.
"""

import hashlib
import json
import sys
from importlib import metadata
from pathlib import Path

from techpolitik import shipped
from techpolitik.archive import digest, files_of
from techpolitik.files import PACKAGE

CACHE = Path("_build", ".jupyter_cache")
#: What of a course notebooks depend on, besides themselves.
INPUTS = ("course.yml", "requirements.txt", "data", "seeds", "notebooks", "course")
#: Installed packages that decide what an output looks like.
OUTPUT_PACKAGES = ("altair", "ipykernel", "ipython", "ipywidgets", "numpy", "pandas")


def result_key(project: Path) -> str:
    """Name everything an output depends on besides the notebook's own code.

    Data, seeds, what lies beside the notebooks, the package, pinned and installed versions, in 16
    hexadecimal digits.
    """
    versions = {name: metadata.version(name) for name in OUTPUT_PACKAGES}
    machine = f"{sys.version} {sys.platform} {versions}"
    inputs = (file for file in files_of(project, INPUTS) if not file[0].endswith(".ipynb"))
    return digest([(machine, b""), *files_of(PACKAGE, shipped.PACKAGE), *inputs])


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
