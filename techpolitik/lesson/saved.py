"""Widgets that leave something behind: what a saved notebook shows when their kernel has gone.

JupyterLab prefers a widget to all else in the same output, and where the kernel has gone it writes
"model not found" there. So what remains is saved as outputs of their own, above the widget. The
living widget hides them by a style that it brings along, and they hide the dead one.
"""

import os
from uuid import uuid4

import ipywidgets as widgets
from IPython.display import display

AGAIN = (
    "This was saved without its controls. Run this cell again to move them: click into it, and "
    "press Shift and Enter."
)
OUTPUT = ".jp-OutputArea-child"


def show(box: widgets.Box, picture: dict) -> None:
    """Display a widget and, in JupyterLab, what stands in its place without a kernel.

    Parameters
    ----------
    box
        The widget.
    picture
        An output that shows how it stands now, by MIME type.

    """
    # Set by Jupyter's server, and not by VS Code or Colab, which lay outputs out in another way.
    if "JPY_SESSION_NAME" in os.environ:
        mark = f"tp-{uuid4().hex}"
        note = f"{OUTPUT}:has(.{mark})"
        dead = f"{note} + {OUTPUT} + {OUTPUT} > .jp-OutputArea-output:not(:has(*))"
        saved = f'<style>{dead} {{ display: none }}</style><p class="{mark}">{AGAIN}</p>'
        display({"text/html": saved, "text/plain": AGAIN}, raw=True)
        display(picture, raw=True)
        alive = f"<style>{note}, {note} + {OUTPUT} {{ display: none }}</style>"
        box.children = [*box.children, widgets.HTML(alive, layout={"display": "none"})]
    display(box)
