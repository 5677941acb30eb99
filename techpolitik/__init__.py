"""Techpolitik: a data course on the geopolitics of the technology stack.

Notebooks import what they need from here. Each name is fetched from its module at first use, so
that the site's build does not wait for Altair and ipywidgets.
"""

from importlib import import_module

_HOME = {
    "about": "datasets",
    "check": "exercises",
    "claim": "seeds",
    "dossier": "dossiers",
    "explore": "explorations",
    "figure": "figures",
    "load": "datasets",
    "menu": "explorations",
    "predict": "predictions",
    "quiz": "exercises",
    "slider": "explorations",
}

__all__ = list(_HOME)


def __getattr__(name: str):
    if name not in _HOME:
        raise AttributeError(f"module 'techpolitik' has no attribute {name!r}")
    return getattr(import_module(f"techpolitik.{_HOME[name]}"), name)
