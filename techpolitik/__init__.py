"""Techpolitik: a data course on the geopolitics of the technology stack.

Notebooks import what they need from here. Each name is fetched from its module at first use, so
that the site's build does not wait for Altair and ipywidgets.
"""

from importlib import import_module

_HOME = {
    "about": "lesson.datasets",
    "check": "lesson.exercises",
    "claim": "lesson.seeds",
    "colours": "lesson.labels",
    "dossier": "lesson.dossiers",
    "explore": "lesson.explorations",
    "figure": "lesson.figures",
    "load": "lesson.datasets",
    "menu": "lesson.explorations",
    "named": "lesson.labels",
    "note": "lesson.labels",
    "predict": "lesson.predictions",
    "quiz": "lesson.exercises",
    "slider": "lesson.explorations",
}

__all__ = list(_HOME)


def __getattr__(name: str):
    if name not in _HOME:
        raise AttributeError(f"module 'techpolitik' has no attribute {name!r}")
    return getattr(import_module(f"techpolitik.{_HOME[name]}"), name)
