"""Run notebooks side by side in warm kernels; a program of its own that the build starts.

Most of a stock build goes into kernels that each import pandas and Altair again. This program
imports them once and forks one kernel per notebook. They are real kernels: IPython behind ZMQ,
driven by nbclient, each in a process of its own; only the imports are shared. Fork after threads
is unsafe on macOS and absent on Windows, so elsewhere than on Linux each kernel starts afresh.

It talks to `techpolitik.book.execute` in lines of JSON: one order arrives on standard input, one
report per finished notebook leaves on standard output. When standard input closes, it ends.

Nothing else of the package is imported here; the order names the function that is called with each
executed notebook. Where jupyter_client lacks one of the private names that forked kernels need, a
line on standard error says so, and nbclient starts kernels its own way.
"""

import asyncio
import gc
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from importlib import import_module
from pathlib import Path
from pkgutil import resolve_name

FORKS = sys.platform == "linux"
#: Not the course's own package: it changes Altair's theme when a cell imports it, not before.
PRELOADED = ("ipykernel.kernelapp", "nbclient", "pandas", "altair", "ipywidgets", "yaml")
ANSI = re.compile(r"\x1b\[[0-9;]*m")


def start() -> subprocess.Popen:
    """Start this program; it warms up and waits for its order."""
    return subprocess.Popen(
        # -P: the modules beside this file are not to be imported in place of others.
        [sys.executable, "-P", __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        # The same order of sets and of sums in every build.
        env={**os.environ, "PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1"},
        text=True,
        encoding="utf-8",
    )


# Warm kernels ---------------------------------------------------------------------------------


def warm_up():
    """Import what notebooks and their kernels import."""
    # jsonschema's optional check of internationalised addresses compiles a grammar at import:
    # 1.4 s of the 2.0 s that `import altair` takes. No chart holds such an address.
    sys.modules["rfc3987_syntax"] = None
    for name in PRELOADED:
        import_module(name)
    del sys.modules["rfc3987_syntax"]


class ForkedKernel:
    """A kernel waiting in a forked process; afterwards what `subprocess.Popen` is to a kernel."""

    stdin = stdout = stderr = None

    def __init__(self):
        receive, self._send = os.pipe()
        self.pid = os.fork()
        self.returncode = None
        if self.pid == 0:
            os.close(self._send)
            _become_kernel(receive)
        os.close(receive)

    def start(self, arguments: list[str], folder: str):
        """Let the process become a kernel with these arguments, working in `folder`."""
        # One line, not everything up to the end: later forks hold this pipe open too.
        os.write(self._send, json.dumps([arguments, str(folder)]).encode() + b"\n")
        os.close(self._send)

    def poll(self):
        """Give the exit code, None while the kernel runs."""
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self):
        """Wait for the end and give the exit code."""
        while self.poll() is None:
            time.sleep(0.01)
        return self.returncode

    def send_signal(self, number: int):
        """Send a signal unless the kernel has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)


def _become_kernel(receive: int):
    """Wait for the order to start, then be a kernel until the end of the process."""
    try:
        os.setsid()  # like any kernel: signals reach it and what it starts, nobody else
        with os.fdopen(receive, "rb") as pipe:
            order = pipe.readline()
        if not order:
            os._exit(0)
        arguments, folder = json.loads(order)
        os.chdir(folder)
        # Standard output carries the reports of the parent.
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(2, 1)
        # A seed drawn at import would be the same in every fork.
        import_module("numpy.random").seed()
        app = import_module("ipykernel.kernelapp").IPKernelApp.instance()
        app.parent_handle = os.getppid()
        app.initialize(arguments)
        app.start()
    finally:
        sys.stderr.flush()
        os._exit(1)


def missing_name() -> str | None:
    """Name what jupyter_client no longer has of the private names that forked kernels need."""
    from jupyter_client.manager import KernelManager
    from jupyter_client.provisioning import LocalProvisioner

    needed = [(KernelManager, "_async_launch_kernel")]
    needed += [(LocalProvisioner, name) for name in ("process", "pid", "pgid", "cwd")]
    absent = (f"{owner.__name__}.{name}" for owner, name in needed if not hasattr(owner, name))
    return next(absent, None)


def manager_for(kernel: ForkedKernel | None, folder: Path, number: int):
    """Make a kernel manager that uses a forked kernel, or starts one afresh if there is none."""
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager

    class Manager(AsyncKernelManager):
        # Written out, so that a kernel of the same name in the home folder is never used.
        kernel_spec = KernelSpec(
            argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            language="python",
        )

    class Forked(Manager):
        async def _async_launch_kernel(self, kernel_cmd, **options):
            kernel.start(kernel_cmd[3:], options["cwd"])
            self.provisioner.process = kernel
            self.provisioner.pid = self.provisioner.pgid = kernel.pid
            self.provisioner.cwd = options["cwd"]

    file = folder / f"kernel-{number}.json"
    # Sockets in a private folder need no free ports; a long path does not fit into one.
    quiet = {"transport": "ipc"} if kernel and len(str(file)) < 80 else {}
    return (Forked if kernel else Manager)(connection_file=str(file), **quiet)


# Running --------------------------------------------------------------------------------------


async def run(path: Path, kernel: ForkedKernel | None, order: dict, number: int) -> dict:
    """Execute one notebook; write it with its outputs; report the error or what it took."""
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellControlSignal, DeadKernelError

    folder = Path(order["folder"])
    notebook = nbformat.read(path, as_version=4)
    manager = manager_for(kernel, folder, number)
    at = {"cell": None}
    client = NotebookClient(
        notebook,
        km=manager,
        timeout=order["timeout"],
        record_timing=False,
        store_widget_state=False,
        resources={"metadata": {"path": str(path.parent)}},
        on_cell_start=lambda cell, cell_index: at.update(cell=cell_index),
    )
    error, begin = None, time.perf_counter()
    try:
        await client.async_execute()
    except (CellControlSignal, DeadKernelError) as problem:
        error = describe(notebook, at["cell"], problem)
    seconds = time.perf_counter() - begin
    memory = peak_memory(manager.provisioner.pid) if manager.has_kernel else None
    if error is None:
        # In a thread, so that this one hears what other notebooks say.
        await asyncio.to_thread(resolve_name(order["then"]), notebook, *order["with"])
    result = folder / f"{number}.ipynb"
    nbformat.write(notebook, result)
    report = {"path": str(path), "result": str(result), "error": error}
    report |= {"seconds": seconds, "memory_mb": memory}
    print(json.dumps(report), flush=True)
    if client.kc:
        client.kc.stop_channels()
    if manager.has_kernel:
        await manager.shutdown_kernel(now=True)


def peak_memory(pid: int) -> float | None:
    """Give the most memory that a process has held so far, in MB; None where nobody says."""
    try:
        said = Path(f"/proc/{pid}/status").read_text()
    except OSError:  # another system than Linux, or the process has ended
        return None
    return int(re.search(r"VmHWM:\s*(\d+) kB", said)[1]) * 1024 / 1e6


def describe(notebook: dict, index: int | None, problem: Exception) -> dict:
    """Say which cell failed and how: its number counted as a reader counts, code and traceback."""
    outputs = [] if index is None else notebook["cells"][index].get("outputs", [])
    traces = [line for out in outputs for line in out.get("traceback", [])]
    code = sum(cell["cell_type"] == "code" for cell in notebook["cells"][: (index or 0) + 1])
    return {
        "cell": (index or 0) + 1,
        "cells": len(notebook["cells"]),
        "code_cell": code,
        "traceback": ANSI.sub("", "\n".join(traces) or f"{type(problem).__name__}: {problem}"),
    }


async def run_all(order: dict, kernels: list):
    """Execute the notebooks of an order, as many at a time as it allows."""
    places = asyncio.Semaphore(order["jobs"])

    async def run_one(number, path):
        async with places:
            await run(Path(path), kernels[number], order, number)

    await asyncio.gather(*(run_one(*item) for item in enumerate(order["notebooks"])))


def end_with_build(kernels: list):
    """End this process and its kernels when the build that started it has ended."""
    sys.stdin.read()
    for kernel in filter(None, kernels):
        kernel.send_signal(signal.SIGKILL)
    os._exit(0)


def main():
    """Warm up, take one order, carry it out."""
    os.environ["TECHPOLITIK_BOOK"] = "1"  # before the package is imported
    missing = missing_name() if FORKS else None
    if missing:
        print(f"jupyter_client has no {missing}: kernels start one by one", file=sys.stderr)
    forks = FORKS and not missing
    if forks:
        warm_up()
    line = sys.stdin.readline()
    if not line:
        return
    order = json.loads(line)
    # What the owner of this machine lets IPython do at start is no part of the book.
    os.environ["IPYTHONDIR"] = str(Path(order["folder"], "ipython"))
    gc.collect()
    gc.freeze()  # keeps the collector from touching, and so copying, the shared memory
    kernels = [ForkedKernel() if forks else None for _ in order["notebooks"]]
    # Only now: a thread that exists before the fork could hold a lock for ever after it.
    threading.Thread(target=end_with_build, args=[kernels], daemon=True).start()
    # ZMQ needs this kind of loop, which is not the usual one on Windows.
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        runner.run(run_all(order, kernels))


if __name__ == "__main__":
    main()
