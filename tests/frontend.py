"""A front end for a kernel, as small as can be: runs a notebook's cells, moves its widgets.

It speaks the same messages as JupyterLab: cells are executed on the shell channel, a slider is
moved by a comm message, and what follows is read from the iopub channel. One thread sends and
reads in turn. nbclient sends the messages of a widget while it waits for an answer on the same
socket; if the answer arrives in that moment, it is noticed only when the time is over.
"""

import json
import os
import tempfile
from pathlib import Path
from queue import Empty

import nbformat
import psutil
from jupyter_client import KernelManager

SECONDS = 120

# What the model, not the widget, says about the settings at the corners of an exploration's grid.
EXPECTED = """
import itertools as _it, json as _json
from techpolitik.lesson.explorations import Exploration as _Exploration
_all = []
for _shown in [value for value in list(Out.values()) if isinstance(value, _Exploration)]:
    _controls = _shown.controls
    _corners = []
    for _places in _it.product(*[(0, len(c.values) - 1) for c in _controls.values()]):
        _values = {n: c.values[p] for (n, c), p in zip(_controls.items(), _places)}
        _rows = _shown.model(**_values)
        _chart = _shown.draw(_rows).to_dict()
        _data = list(_chart.pop("datasets").values())
        # A column that the chart does not name changes no mark.
        _drawn = [c for c in _rows.columns if _json.dumps(c) in _json.dumps(_chart)]
        _corners.append({
            "places": _places,
            "finding": _shown.finding(_rows) if _shown.finding else "",
            "rows": _rows[_drawn].round(6).to_csv(index=False),
            "data": _data,
        })
    _all.append({
        "names": list(_controls),
        "labels": [c.label or n for n, c in _controls.items()],
        "options": [[c.reads(v, n) for v in c.values] for n, c in _controls.items()],
        "sizes": [len(c.values) for c in _controls.values()],
        "starts": [c.values.index(c.start) for c in _controls.values()],
        "kinds": [c.kind for c in _controls.values()],
        "corners": _corners,
    })
print(_json.dumps(_all))
"""


class Lesson:
    """A notebook run live in a kernel of its own; `python` is that of another environment."""

    def __init__(self, path: Path, python: Path | None = None):
        apart = ("TECHPOLITIK", "PYTHON") if python else ("TECHPOLITIK_BOOK",)
        live = {name: value for name, value in os.environ.items() if not name.startswith(apart)}
        # Files for sockets: a port that is found free may be taken before the kernel is up.
        self.sockets = tempfile.TemporaryDirectory()
        self.manager = KernelManager(transport="ipc", ip=f"{self.sockets.name}/k")
        if python:
            self.manager.kernel_spec.argv[0] = str(python)
        self.manager.start_kernel(cwd=str(path.parent), env=live)
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=SECONDS)
        #: Every widget the kernel has announced: its comm's id and its state.
        self.widgets: dict[str, dict] = {}
        self.stderr: list[str] = []
        self.errors: list[str] = []
        self.displays: list[dict] = []
        self.megabytes = 0.0
        self._expected: list[dict] | None = None

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        self.sockets.cleanup()

    def run(self, code: str, cell: str = "") -> str:
        """Execute code and give what it printed; errors and stderr are noted under `cell`."""
        message = self.client.execute(code)
        printed = ""
        for kind, content in self.answers(message):
            if kind == "stream" and content["name"] == "stdout":
                printed += content["text"]
            elif kind == "stream":
                self.stderr.append(f"cell {cell}: {content['text']}")
            elif kind == "error":
                self.errors.append(f"cell {cell}: {content['ename']}: {content['evalue']}")
            elif kind in ("display_data", "execute_result"):
                self.displays.append({"cell": cell, **content["data"]})
        return printed

    def answers(self, message: str):
        """Give what the kernel publishes in answer to one message, until it is idle again."""
        while True:
            try:
                answer = self.client.get_iopub_msg(timeout=SECONDS)
            except Empty:
                raise AssertionError(f"the kernel was silent for {SECONDS} seconds") from None
            kind, content = answer["msg_type"], answer["content"]
            if kind == "comm_open":
                self.widgets[content["comm_id"]] = dict(content["data"]["state"])
            if kind == "comm_msg" and content["data"].get("method") == "update":
                self.widgets[content["comm_id"]].update(content["data"]["state"])
            if answer["parent_header"].get("msg_id") != message:
                continue
            if kind == "status" and content["execution_state"] == "idle":
                return
            yield kind, content

    def widget(self, **state) -> str:
        """Give the id of the one widget with this state."""
        found = [
            key
            for key, known in self.widgets.items()
            if all(known.get(name) == value for name, value in state.items())
        ]
        assert len(found) == 1, f"{len(found)} widgets have {state}"
        return found[0]

    def send(self, widget: str, index: int) -> str:
        """Set a slider or menu to its option `index`; give the message's id, without waiting."""
        return self._comm(widget, {"method": "update", "state": {"index": index}})

    def _comm(self, widget: str, data: dict) -> str:
        """Send a widget's message to the kernel; give its id."""
        message = self.client.session.msg("comm_msg", {"comm_id": widget, "data": data})
        self.client.shell_channel.send(message)
        self.widgets[widget].update(data.get("state", {}))
        return message["header"]["msg_id"]

    def move(self, widget: str, index: int) -> list[dict]:
        """Move a slider or menu to its option `index`; give the displays that follow."""
        answers = list(self.answers(self.send(widget, index)))
        return [content["data"] for kind, content in answers if kind == "display_data"]

    def change(self, widget: str, **state):
        """Set a widget's state as its user would, and wait for what follows."""
        self._finish(self._comm(widget, {"method": "update", "state": state}))

    def press(self, widget: str):
        """Press a button, and wait for what follows."""
        self._finish(self._comm(widget, {"method": "custom", "content": {"event": "click"}}))

    def _finish(self, message: str):
        for kind, content in self.answers(message):
            if kind == "error":
                self.errors.append(f"{content['ename']}: {content['evalue']}")

    def resident(self) -> float:
        """Give the kernel's resident memory in MB."""
        return psutil.Process(self.manager.provisioner.pid).memory_info().rss / 1e6

    def expected(self) -> list[dict]:
        """Give, for each exploration, what its model says at the corners of its grid."""
        if self._expected is None:
            self._expected = json.loads(self.run(EXPECTED, "expected"))
        return self._expected


def run_live(path: Path, python: Path | None = None) -> Lesson:
    """Run a notebook top to bottom as a student does, and note the kernel's memory at the end."""
    lesson = Lesson(path, python)
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            lesson.run(cell.source, cell.id)
    lesson.megabytes = lesson.resident()
    return lesson
