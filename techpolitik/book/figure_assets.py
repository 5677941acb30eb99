"""Files beside the figures of the site: tables as CSV, shapes of maps, the Vega bundle.

Tables and shapes are known once a page is read, and kept with what Sphinx knows of that page; they
go to their place when the build ends. Shapes travel as a script because a page opened from the
disk may run one that lies beside it, but may not read any other file.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import vl_convert
from sphinx.errors import ExtensionError

from techpolitik.book.drawings import write_whole

#: Below `_static`; figures.js knows it, too.
FOLDER = "figures"


def keep_table(env, key: str, text: str) -> str:
    """Keep the table of a figure of the page being read; give its address below `_static`."""
    return _keep(env, f"{key.removeprefix('figure-')}.csv", text)


def keep_shapes(env, name: str, shapes: dict) -> str:
    """Keep the shapes of a map; pages that show the same shapes share one file."""
    content = json.dumps(shapes, ensure_ascii=False, separators=(",", ":"))
    return _keep(env, f"{name}.js", f'(window.tpShapes ??= {{}})["{name}"] = {content};\n')


def _keep(env, name: str, text: str) -> str:
    folder = Path(env.doctreedir) / FOLDER
    folder.mkdir(exist_ok=True)
    write_whole(folder / name, text)
    env.metadata[env.docname].setdefault("tp_files", []).append(name)
    return f"{FOLDER}/{name}"


def copy_files(app, exception) -> None:
    """Put the files of all figures beside the pages, and nothing of an earlier build."""
    if exception or app.builder.format != "html":
        return
    target = Path(app.outdir) / "_static" / FOLDER
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for name in sorted({n for page in app.env.metadata.values() for n in page.get("tp_files", [])}):
        shutil.copy2(Path(app.doctreedir) / FOLDER / name, target / name)


def start_vega(app) -> None:
    """Start making the one Vega bundle that all pages share, unless an earlier build made it.

    It takes two seconds of vl-convert, so it runs in a process of its own beside the build.
    """
    folder = Path(app.doctreedir).parent / ".vega" / vl_convert.__version__
    path = folder / "vega.js"
    app.config.html_static_path.append(str(folder))
    folder.mkdir(parents=True, exist_ok=True)
    if path.exists():
        return
    part = path.with_suffix(f".{os.getpid()}")
    program = (
        "import pathlib, sys, vl_convert; pathlib.Path(sys.argv[1]).write_text("
        "vl_convert.javascript_bundle('window.vegaEmbed = vegaEmbed;'), 'utf-8')"
    )
    making = subprocess.Popen([sys.executable, "-c", program, part])

    def wait(app, env):
        if making.wait():
            raise ExtensionError(f"vl-convert could not make the Vega bundle {path}")
        part.replace(path)

    app.connect("env-updated", wait)


def setup(app) -> None:
    """Register with Sphinx."""
    app.connect("builder-inited", start_vega)
    app.connect("build-finished", copy_files)
