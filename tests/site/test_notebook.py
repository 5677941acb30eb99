"""A lesson opened again in JupyterLab, in a browser: what its widgets show without their kernel."""

import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import nbformat
import pytest
from checkout import ROOT
from nbclient import NotebookClient

from techpolitik.book.browser import HOST
from techpolitik.lesson.saved import AGAIN

CODE = [
    """\
import altair as alt
import pandas as pd

from techpolitik import dossier, explore, predict, slider


def model(cut):
    return pd.DataFrame({"part": ["left", "lost"], "percent": [100 - cut, cut]})


def draw(rows):
    bars = alt.Chart(rows, title="What a cut leaves").mark_bar()
    return bars.encode(x="percent:Q", y="part:N")""",
    "explore(model, draw, text='Two bars.', source='stack_layers', cut=slider(0, 100, 50))",
    "dossier()",
    "predict('rare_earths')",
]
WIDGETS = len(CODE) - 1


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A course with a notebook that was run, saved and trusted, as JupyterLab leaves it."""
    folder = tmp_path_factory.mktemp("lab")
    for name in ("course.yml", "course", "data", "seeds"):
        (folder / name).symlink_to(ROOT / name)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in CODE])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JPY_SESSION_NAME", "saved.ipynb")
        NotebookClient(notebook, resources={"metadata": {"path": str(folder)}}).execute()
    del notebook.metadata["widgets"]  # JupyterLab does not save their state, unless it is told to
    nbformat.write(notebook, folder / "saved.ipynb")
    trust = [sys.executable, "-m", "jupyter", "trust", "saved.ipynb"]
    subprocess.run(trust, cwd=folder, env=own_settings(folder), check=True, capture_output=True)
    return folder


def own_settings(folder: Path) -> dict[str, str]:
    """Give an environment in which Jupyter keeps its settings and signatures in this folder."""
    places = {f"JUPYTER_{name}_DIR": f"{folder}/.{name}" for name in ("CONFIG", "DATA", "RUNTIME")}
    return os.environ | places | {"PYTHONPATH": str(ROOT)}


@contextmanager
def lab(folder: Path):
    """Run JupyterLab; gives its address."""
    command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root"]
    command += [f"--ServerApp.ip={HOST}", "--ServerApp.port=0", "--IdentityProvider.token="]
    command += [f"--ServerApp.root_dir={folder}"]
    log = (folder / "lab.log").open("w")
    process = subprocess.Popen(
        command, env=own_settings(folder), cwd=folder, stdout=log, stderr=log
    )
    try:
        yield address(folder / ".RUNTIME", process)
    finally:
        process.terminate()
        process.wait()
        log.close()


def address(runtime: Path, process) -> str:
    """Wait for the file in which the server says where it is."""
    while process.poll() is None:
        for path in runtime.glob("jpserver-*.json"):
            return json.loads(path.read_text("utf-8"))["url"]
        time.sleep(0.1)
    raise AssertionError(f"JupyterLab ended with {process.returncode}")


def test_a_saved_notebook_shows_its_widgets_without_their_kernel(folder, new_page):
    page = new_page()
    with lab(folder) as url:
        page.goto(f"{url}lab/tree/saved.ipynb")
        # What JupyterLab writes when it has looked for a widget in vain; nobody sees it.
        lost = page.get_by_text("model not found")
        lost.nth(WIDGETS - 1).wait_for(state="attached")
        page.locator("canvas.marks").wait_for()
        assert page.get_by_text(AGAIN).count() == WIDGETS
        assert all(note.is_visible() for note in page.get_by_text(AGAIN).all())
        assert not any(word.is_visible() for word in lost.all())
        assert page.get_by_text("facts found").is_visible()
        # It is the note that hides the word.
        page.locator(f".jp-OutputArea-output:has-text('{AGAIN}') > style").first.evaluate(
            "style => style.remove()"
        )
        assert [word.is_visible() for word in lost.all()] == [True] + [False] * (WIDGETS - 1)
        # Run again, the widgets live, and what stood in their place has gone.
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_text("Run All Cells", exact=True).click()
        page.locator(".widget-vbox").nth(WIDGETS - 1).wait_for()
        page.get_by_role("button", name="Show outcomes and score").wait_for()
        assert page.get_by_text(AGAIN).count() == WIDGETS
        assert not any(note.is_visible() for note in page.get_by_text(AGAIN).all())
        assert page.locator(".jupyter-widgets canvas.marks").is_visible()
        assert page.locator("canvas.marks:visible").count() == 1
