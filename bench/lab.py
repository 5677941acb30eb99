"""Sliders as a student meets them: JupyterLab in a browser, from the key to the new drawing."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from bench.shared import MOVES, PROJECT, lessons, spread
from techpolitik.book.browser import HOST, chromium

ANSWER_MS = 150
SECONDS = 120
#: Every cell in the page, a kernel without a question, no question about news.
SETTINGS = {
    "notebook-extension/tracker": {"windowingMode": "none", "autoStartDefaultKernel": True},
    "apputils-extension/notification": {"fetchNews": "false"},
}

#: What stands beside a cell that waits for the kernel or has run.
STARTED = re.compile(r"\[(\*|\d+)\]")

# Times one move: from the key to the frame after the one in which the new chart stands in place of
# the old one. JupyterLab draws each answer of the kernel into a fresh element.
WATCH = """slider => {
    const box = slider.closest(".widget-vbox, .jupyter-widget-vbox, .widget-box");
    const chart = ".vega-embed canvas, .vega-embed svg.marks";
    window.addEventListener("keydown", event => {
        if (!box.contains(event.target)) return;
        const old = box.querySelector(chart);
        window.tpMove = new Promise((done, failed) => {
            const look = () => {
                const fresh = box.querySelector(chart);
                if (!fresh || fresh === old) return;
                watch.disconnect();
                clearTimeout(late);
                requestAnimationFrame(() => requestAnimationFrame(() =>
                    done(performance.now() - event.timeStamp)));
            };
            const watch = new MutationObserver(look);
            watch.observe(box, { childList: true, subtree: true });
            const late = setTimeout(() => failed(new Error("no new chart in 10 s")), 10_000);
        });
    }, { capture: true });
}"""

# Sliders only: on a menu JupyterLab takes the arrow keys for its own, to go from cell to cell.
CONTROLS = ".noUi-handle"
#: Where a slider stands, and its last place.
PLACE = "it => [Number(it.ariaValueNow), Number(it.ariaValueMax)]"


def rows() -> list[dict]:
    """Open each lesson in JupyterLab, run it and move its sliders."""
    found = []
    with tempfile.TemporaryDirectory(prefix="tp-lab-") as name, chromium() as browser:
        folder = Path(name)
        with jupyter_lab(folder) as address:
            for path in lessons():
                print(f"JupyterLab: {path.stem}", flush=True)
                page = browser.new_page(viewport={"width": 1280, "height": 1000})
                # A workspace of its own: JupyterLab would open the lesson before again beside it.
                workspace = f"{address}/lab/workspaces/{path.stem}"
                open_lesson(page, f"{workspace}/tree/notebooks/{path.name}")
                what, times = f"slider to paint in JupyterLab, {path.stem}", moves(page)
                # A lesson may have menus alone.
                found += spread(what, times, ANSWER_MS) if times else []
                page.close()
    return found


@contextmanager
def jupyter_lab(folder: Path):
    """Run JupyterLab on a copy of the notebooks, with settings of its own; gives its address."""
    skip = shutil.ignore_patterns(".*")
    shutil.copytree(PROJECT / "notebooks", folder / "notebooks", ignore=skip)
    for name, content in SETTINGS.items():
        file = folder / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps(content), encoding="utf-8")
    with socket.socket() as free:
        free.bind((HOST, 0))
        port = free.getsockname()[1]
    own = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "share",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
    }
    # The notebooks find data and seeds where they are.
    environment = {**os.environ}
    environment |= {name: str(folder / part) for name, part in own.items()}
    settings = ["--no-browser", "--allow-root", "--IdentityProvider.token=", f"--port={port}"]
    program = [sys.executable, "-m", "jupyter", "lab", f"--ServerApp.ip={HOST}"]
    log = folder / "log"
    with log.open("w") as said:
        process = subprocess.Popen(
            [*program, *settings, f"--ServerApp.root_dir={folder}"],
            env=environment,
            stdout=said,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_for(f"http://{HOST}:{port}/api", process, log)
        yield f"http://{HOST}:{port}"
    finally:
        process.terminate()
        process.wait()


def wait_for(address: str, process: subprocess.Popen, log: Path):
    """Wait until JupyterLab answers; RuntimeError with what it said if it does not."""
    end = time.monotonic() + SECONDS
    while True:
        try:
            urllib.request.urlopen(address).close()
            return
        except OSError as error:
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"JupyterLab does not answer:\n{log.read_text()}") from error
            time.sleep(0.3)


def open_lesson(page, address: str):
    """Open a notebook and run all its cells; wait for the first chart below a slider."""
    page.set_default_timeout(1000 * SECONDS)
    page.goto(address)
    page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for()
    # The command is there before it is ready, and then does nothing.
    while not page.locator(".jp-InputPrompt", has_text=STARTED).count():
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        page.wait_for_timeout(1000)
    page.locator(".widget-output .vega-embed").first.wait_for(state="attached")
    page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for()


def moves(page) -> list[float]:
    """Press arrow keys on each slider, there and back; give the times in ms."""
    times = []
    for control in page.locator(CONTROLS).all():
        control.scroll_into_view_if_needed()
        control.evaluate(WATCH)
        at, last = control.evaluate(PLACE)
        control.focus()
        up = at < last
        for _ in range(MOVES):
            page.keyboard.press("ArrowRight" if up else "ArrowLeft")
            times.append(page.evaluate("window.tpMove"))
            at += 1 if up else -1
            up = (up and at < last) or at == 0
    return times
