"""The build's notebooks: real kernels, real cache, a small real Sphinx build."""

import json
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from books import build
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from techpolitik.book import cache_keys, execute, kernels

LESSON = [
    "import altair as alt\nimport pandas as pd",
    "table = pd.read_csv('../data/mines.csv')\ntable",
    "chart = alt.Chart(table).mark_bar().encode(x='country', y='output_t')\nchart.to_dict()",
    "print(table.output_t.sum())",
    "import os, sys\nprint(os.environ.get('TECHPOLITIK_BOOK'), __name__, sys.argv[0] != '')",
]


def write_notebook(path: Path, sources: list[str]):
    cells = [new_markdown_cell("# A lesson"), *map(new_code_cell, sources)]
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A course of one page, one table and two notebooks."""
    for name in ("data", "notebooks"):
        (tmp_path / name).mkdir()
    (tmp_path / "conf.py").write_text(
        "extensions = ['myst_nb', 'tp_execute_alone']\nexclude_patterns = ['_build']\n"
        "html_theme = 'basic'\nsuppress_warnings = ['mystnb']\n"
    )
    (tmp_path / "tp_execute_alone.py").write_text("from techpolitik.book.execute import setup\n")
    (tmp_path / "index.md").write_text(
        "# Home\n\n```{toctree}\nnotebooks/a_lesson\nnotebooks/b_lesson\n```\n"
    )
    (tmp_path / "data/mines.csv").write_text("country,output_t\nChina,270000\nUSA,45000\n")
    write_notebook(tmp_path / "notebooks/a_lesson.ipynb", LESSON)
    write_notebook(tmp_path / "notebooks/b_lesson.ipynb", ["1 + 1"])
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def cached(project: Path, name: str):
    """The notebook as the page shows it."""
    (folder,) = (project / cache_keys.CACHE).iterdir()
    notebook = nbformat.read(project / "notebooks" / name, as_version=4)
    return execute.get_cache(folder).merge_match_into_notebook(notebook)[1]


def outputs(notebook) -> list:
    return [cell.outputs for cell in notebook.cells if cell.cell_type == "code"]


def test_build_cache_and_edits(project):
    said, warned = build(project)
    assert warned == ""
    assert said.count("executed in") == 2
    assert "315000" in (project / "_build/html/notebooks/a_lesson.html").read_text()

    # Nothing changed: nothing runs, nothing is read.
    said, _ = build(project)
    assert said.count("from cache") == 2
    assert "executed in" not in said
    assert "0 added, 0 changed, 0 removed" in said

    # Prose changed: the page is read again, the code is not run again.
    path = project / "notebooks/b_lesson.ipynb"
    path.write_text(path.read_text().replace("# A lesson", "# Another lesson"))
    said, _ = build(project)
    assert "executed in" not in said
    assert "Another lesson" in (project / "_build/html/notebooks/b_lesson.html").read_text()

    # One cell changed: one notebook runs.
    write_notebook(path, ["1 + 2"])
    said, _ = build(project)
    assert "b_lesson.ipynb: executed in" in said
    assert "a_lesson.ipynb: from cache" in said

    # A table changed: everything runs, the page shows it, the old cache is gone.
    (project / "data/mines.csv").write_text("country,output_t\nChina,270000\nUSA,51000\n")
    said, _ = build(project)
    assert said.count("executed in") == 2
    assert "321000" in (project / "_build/html/notebooks/a_lesson.html").read_text()
    assert len(list((project / cache_keys.CACHE).iterdir())) == 1


def test_outputs_are_those_of_a_plain_kernel(project, monkeypatch):
    monkeypatch.setenv("TECHPOLITIK_BOOK", "1")
    build(project)
    path = project / "notebooks/a_lesson.ipynb"
    plain = nbformat.read(path, as_version=4)
    NotebookClient(plain, resources={"metadata": {"path": str(path.parent)}}).execute()
    here = cached(project, "a_lesson.ipynb")
    assert outputs(here) == outputs(plain)
    assert [c.execution_count for c in here.cells[1:]] == [1, 2, 3, 4, 5]
    assert "widgets" not in here.metadata
    assert all("execution" not in cell.metadata for cell in here.cells)

    # The comparison can fail.
    plain.cells[4].outputs[0].text = "315001\n"
    assert outputs(here) != outputs(plain)


def test_a_failing_cell_fails_the_build(project):
    write_notebook(project / "notebooks/a_lesson.ipynb", ["share = 90", "share / 0", "share"])
    write_notebook(project / "notebooks/b_lesson.ipynb", ["import nothing_of_this_name"])
    with pytest.raises(execute.NotebookError) as caught:
        build(project)
    message = str(caught.value)
    assert "notebooks/a_lesson.ipynb, cell 3 of 4 (code cell 2)" in message
    assert "share / 0" in message
    assert "ZeroDivisionError: division by zero" in message
    assert "notebooks/b_lesson.ipynb, cell 2 of 2 (code cell 1)" in message
    assert "nothing_of_this_name" in message
    assert "\x1b" not in message
    # A failure is not cached.
    with pytest.raises(execute.NotebookError):
        build(project)


def test_a_damaged_notebook_is_told_with_its_line(project):
    (project / "notebooks/a_lesson.ipynb").write_text('{"cells": [\n<<<<<<< HEAD\n', "utf-8")
    with pytest.raises(execute.NotebookError, match=r"notebooks/a_lesson\.ipynb, line 2, column 1"):
        build(project)
    assert not cache_keys.needed(project)


def test_a_dead_or_slow_kernel_fails_the_build(project):
    write_notebook(project / "notebooks/a_lesson.ipynb", ["import os\nos._exit(3)"])
    write_notebook(project / "notebooks/b_lesson.ipynb", ["import time\ntime.sleep(60)"])
    with pytest.raises(execute.NotebookError) as caught:
        build(project, nb_execution_timeout=2)
    message = str(caught.value)
    assert "notebooks/a_lesson.ipynb, cell 2 of 2 (code cell 1)\nDeadKernelError" in message
    assert "notebooks/b_lesson.ipynb, cell 2 of 2 (code cell 1)\nCellTimeoutError" in message


def test_stderr_is_a_warning_until_mended(project):
    write_notebook(project / "notebooks/b_lesson.ipynb", ["import warnings\nwarnings.warn('old')"])
    _, warned = build(project)
    assert "b_lesson.ipynb: WARNING: cell 2 wrote to standard error" in warned
    assert "UserWarning: old" in warned
    path = project / "notebooks/b_lesson.ipynb"
    path.write_text(path.read_text().replace("# A lesson", "# Another lesson"))
    said, warned = build(project)
    assert "executed in" not in said
    assert "UserWarning: old" in warned


def test_execution_can_be_switched_off(project):
    said, _ = build(project, nb_execution_mode="off")
    assert "executed in" not in said
    assert not (project / cache_keys.CACHE).exists()


@pytest.mark.parametrize(
    "name", ["data/t.csv", "seeds/s.yml", "notebooks/quiz.yml", "requirements.txt"]
)
def test_the_key_follows_every_input(project, name):
    path = project / name
    path.parent.mkdir(exist_ok=True)
    before = cache_keys.result_key(project)
    path.write_text("1")
    added = cache_keys.result_key(project)
    path.write_text("2")
    changed = cache_keys.result_key(project)
    path.unlink()
    assert len({before, added, changed}) == 3
    assert cache_keys.result_key(project) == before


def test_the_key_leaves_out_what_decides_nothing(project):
    before = cache_keys.result_key(project)
    write_notebook(project / "notebooks/b_lesson.ipynb", ["2 + 2"])
    (project / "notebooks/.ipynb_checkpoints").mkdir()
    (project / "notebooks/.ipynb_checkpoints/x.txt").write_text("x")
    (project / "index.md").write_text("# House\n")
    assert cache_keys.result_key(project) == before


def test_the_code_key_is_about_code():
    def key(**changes):
        cell = {"cell_type": "code", "source": "x", "metadata": {}, "outputs": [], "id": "a"}
        prose = {"cell_type": "markdown", "source": changes.pop("prose", "p")}
        return cache_keys.code_key({"cells": [prose, cell | changes], "metadata": {}})

    assert key() == key(prose="q") == key(outputs=[1]) == key(id="b") == key(source=["x"])
    assert key() != key(source="y")
    assert key() != key(metadata={"tags": ["hide-input"]})


def test_nothing_is_started_early_when_nothing_is_needed(project):
    assert cache_keys.needed(project)
    build(project)
    assert not cache_keys.needed(project)


@pytest.mark.skipif(not kernels.FORKS, reason="kernels are forked on Linux only")
def test_kernels_end_with_the_build(project, tmp_path):
    write_notebook(
        project / "notebooks/a_lesson.ipynb",
        [
            "import os, pathlib, time\npathlib.Path('pid').write_text(str(os.getpid()))",
            "time.sleep(60)",
        ],
    )
    process = kernels.start()
    order = {"notebooks": [str(project / "notebooks/a_lesson.ipynb")], "jobs": 1, "timeout": 60}
    folders = {"folder": str(tmp_path), "then": "builtins:len", "with": []}
    process.stdin.write(json.dumps(order | folders) + "\n")
    process.stdin.flush()
    pid = int(wait_for(lambda: (project / "notebooks/pid").read_text()))
    process.stdin.close()
    assert process.wait(timeout=10) == 0
    process.stdout.close()
    wait_for(lambda: not alive(pid))


def alive(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def wait_for(answer, seconds=20):
    import time

    for _ in range(seconds * 20):
        try:
            found = answer()
        except FileNotFoundError:
            found = None
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("waited in vain")


@pytest.mark.parametrize(
    "without",
    [
        "sys.platform = 'darwin'",
        # A later jupyter_client might call it otherwise.
        "from jupyter_client.provisioning import LocalProvisioner as owner; del owner.pgid",
    ],
)
def test_kernels_start_the_stock_way_where_they_cannot_be_forked(project, without):
    code = (
        f"import runpy, sys; {without}; sys.argv = ['kernels.py'];"
        f"runpy.run_path({kernels.__file__!r}, run_name='__main__')"
    )
    order = {
        "notebooks": [str(project / "notebooks/b_lesson.ipynb")],
        "jobs": 1,
        "timeout": 60,
        "folder": str(project / "data"),
        "then": "builtins:len",
        "with": [],
    }
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", code], text=True, **pipes) as process:
        process.stdin.write(json.dumps(order) + "\n")
        process.stdin.flush()
        report = json.loads(process.stdout.readline())
        process.stdin.close()
        said = process.stderr.read()
    assert report["error"] is None
    assert outputs(nbformat.read(report["result"], as_version=4))[0][0].data["text/plain"] == "2"
    assert ("jupyter_client has no LocalProvisioner.pgid" in said) == ("pgid" in without)


def test_a_lost_name_of_the_manager_is_noticed(monkeypatch):
    assert kernels.missing_name() is None
    monkeypatch.delattr("jupyter_client.manager.KernelManager._async_launch_kernel")
    assert kernels.missing_name() == "KernelManager._async_launch_kernel"


def test_warm_kernels_import_nothing_of_the_package():
    code = f"import runpy, sys; runpy.run_path({kernels.__file__!r}); print(*sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not [name for name in said.stdout.split() if name.startswith("techpolitik")]
