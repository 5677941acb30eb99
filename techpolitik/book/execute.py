"""Execute the notebooks while Sphinx starts, and hand their outputs to myst-nb.

myst-nb reads outputs from a jupyter-cache. This part fills that cache before myst-nb looks: the
notebooks run side by side in warm kernels (`techpolitik.book.kernels`), and Sphinx waits for one
only when it comes to read it. The cache lives in _build/.jupyter_cache/KEY, where KEY names
everything else the outputs depend on; when it changes, so does a Sphinx setting, and Sphinx reads
all pages again.
"""

import json
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import nbformat
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from sphinx.errors import SphinxError
from sphinx.util import logging
from sphinx.util.matching import get_matching_files

from techpolitik import files
from techpolitik.book import cache_keys, kernels

LOGGER = logging.getLogger(__name__)
KEY = re.compile(r"[0-9a-f]{16}")


class NotebookError(SphinxError):
    """A notebook did not run to its end."""

    category = "A notebook failed"


@dataclass
class Execution:
    """What one build knows about its notebooks."""

    project: Path = Path()
    cache: Path = Path()
    notebooks: set[Path] = field(default_factory=set)
    #: Notebooks handed to the kernels and not reported yet.
    waiting: set[Path] = field(default_factory=set)
    process: subprocess.Popen | None = None
    folder: tempfile.TemporaryDirectory | None = None


#: A process of warm kernels that `techpolitik book` started before Sphinx was imported.
_EARLY: list[subprocess.Popen] = []


def setup(app):
    """Connect execution to the build."""
    execution = Execution()
    # After sphinx_external_toc (900), which excludes what the table of contents does not name.
    app.connect("config-inited", partial(_begin, execution), priority=950)
    app.connect("env-before-read-docs", partial(_before_reading, execution))
    app.connect("source-read", partial(_before_page, execution), priority=100)
    app.connect("env-updated", lambda app, env: _collect(execution, set(execution.waiting)))
    app.connect("build-finished", lambda app, error: _end(execution))


def adopt(process: subprocess.Popen | None):
    """Take over warm kernels that `kernels.start` started before Sphinx, if it did."""
    if process:
        _EARLY.append(process)


def _begin(execution: Execution, app, config):
    """Name the cache for this state of the project and start what is not in it."""
    if config.nb_execution_mode == "off":
        return
    root = Path(app.srcdir).resolve()
    folder = Path(config.nb_execution_cache_path or root / cache_keys.CACHE).resolve()
    execution.project, execution.cache = root, folder / cache_keys.result_key(root)
    config.nb_execution_mode = "cache"
    config.nb_execution_cache_path = str(execution.cache)
    config.nb_output_stderr = "show"  # reported here, with its text
    execution.notebooks = set(notebooks(root, config))
    try:
        for path in sorted(execution.notebooks):
            files.read_json(path)
    except files.FileError as error:
        raise NotebookError(str(error)) from error
    for old in folder.iterdir() if folder.is_dir() else ():
        if KEY.fullmatch(old.name) and old != execution.cache:
            shutil.rmtree(old)
    todo = sorted(p for p in execution.notebooks if not cache_keys.is_done(execution.cache, p))
    if todo:
        _start(execution, todo, config.nb_execution_timeout, figures_folder(app))


def figures_folder(app) -> Path:
    """Give the folder that keeps the drawings of figures from one build to the next."""
    return Path(app.doctreedir).parent / ".figures"


def notebooks(root: Path, config):
    """Yield the notebooks Sphinx will read."""
    for name in get_matching_files(root, ["**.ipynb"], config.exclude_patterns):
        yield root / name


def _start(execution: Execution, todo: list[Path], timeout: int, figures: Path):
    """Order these notebooks from the kernels, early ones if there are any."""
    process = _EARLY.pop() if _EARLY else None
    if process is None or process.poll() is not None:
        process = kernels.start()
    execution.process = process
    execution.folder = tempfile.TemporaryDirectory(prefix="tp-")
    execution.waiting = set(todo)
    order = {
        "notebooks": [str(path) for path in todo],
        "jobs": len(os.sched_getaffinity(0)) if kernels.FORKS else os.cpu_count() or 1,
        "timeout": timeout,
        "folder": execution.folder.name,
        "then": "techpolitik.book.drawings:draw_ahead",
        "with": [str(figures)],
    }
    process.stdin.write(json.dumps(order) + "\n")
    process.stdin.flush()


def _before_reading(execution: Execution, app, env, docnames: list[str]):
    """Say what comes from the cache; a parallel build cannot wait page by page."""
    for path in sorted(execution.notebooks - execution.waiting):
        LOGGER.info("%s: from cache", _name(execution, path))
    if app.parallel > 1:
        _collect(execution, set(execution.waiting))


def _before_page(execution: Execution, app, docname: str, source: list[str]):
    """Wait for the outputs of the page about to be read; note what they took, pass on stderr."""
    path = Path(app.env.doc2path(docname)).resolve()
    if path not in execution.notebooks:
        return
    _collect(execution, {path})
    record = get_cache(execution.cache).match_cache_notebook(nbformat.read(path, as_version=4))
    took = {"seconds": record.data["execution_seconds"], "memory_mb": record.data["memory_mb"]}
    app.env.metadata[docname]["tp_took"] = took
    for cell, text in record.data["stderr"]:
        LOGGER.warning(
            "cell %s wrote to standard error:\n%s",
            *(cell, text.rstrip()),
            location=docname,
            type="techpolitik",
            subtype="stderr",
        )


def _collect(execution: Execution, wanted: set[Path]):
    """Store reports until those of the wanted notebooks have come.

    Raises NotebookError naming every notebook that failed, once all have ended.
    """
    failures = []
    while execution.waiting & wanted or (failures and execution.waiting):
        line = execution.process.stdout.readline()
        if not line:
            names = ", ".join(_name(execution, path) for path in sorted(execution.waiting))
            raise NotebookError(
                f"the process that runs notebooks ended with code {execution.process.wait()} "
                f"before these were done: {names}. What it wrote stands above."
            )
        report = json.loads(line)
        path = Path(report["path"])
        execution.waiting.remove(path)
        if report["error"]:
            failures.append(_failure(_name(execution, path), report["error"]))
            continue
        _store(execution.cache, path, report)
        LOGGER.info("%s: executed in %.1f s", _name(execution, path), report["seconds"])
    if failures:
        raise NotebookError("\n\n".join(failures))


def _failure(name: str, error: dict) -> str:
    where = "{cell} of {cells} (code cell {code_cell})".format(**error)
    return f"{name}, cell {where}\n{error['traceback']}"


def _store(folder: Path, path: Path, report: dict):
    """Put outputs into the cache, on a copy of the notebook as myst-nb will read it."""
    notebook = nbformat.read(path, as_version=4)
    executed = nbformat.read(report["result"], as_version=4)
    for cell, done in zip(notebook.cells, executed.cells, strict=True):
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = done.outputs, done.execution_count
    notebook.metadata["language_info"] = executed.metadata["language_info"]
    data = {"execution_seconds": report["seconds"], "memory_mb": report["memory_mb"]}
    data["stderr"] = _stderr(executed)
    key = cache_keys.code_key(json.loads(path.read_bytes()))
    get_cache(folder).cache_notebook_bundle(
        CacheBundleIn(notebook, str(path), data=data), check_validity=False, overwrite=True
    )
    (folder / f"{key}.done").touch()


def _stderr(notebook) -> list[tuple[int, str]]:
    """List what cells wrote to standard error, unless a cell's tag says that nobody cares."""
    return [
        (number, output.text)
        for number, cell in enumerate(notebook.cells, start=1)
        if "remove-stderr" not in cell.metadata.get("tags", [])
        for output in cell.get("outputs", [])
        if output.output_type == "stream" and output.name == "stderr"
    ]


def _name(execution: Execution, path: Path) -> str:
    return path.relative_to(execution.project).as_posix()


def _end(execution: Execution):
    """Let the kernels go."""
    for process in filter(None, [execution.process, *_EARLY]):
        process.stdin.close()
        process.wait()
        process.stdout.close()
    _EARLY.clear()
    if execution.folder:
        execution.folder.cleanup()
