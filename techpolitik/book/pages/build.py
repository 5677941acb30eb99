"""How the book was built: version, data, machine, packages, and what each lesson took.

What a lesson took is known when all pages have been read, so the directive leaves a place for each
part, and the places are filled when the page is written. Nothing here changes while no lesson is
run again: the time of a build is no part of it.
"""

import html
import os
import platform
import re
from importlib import metadata

from docutils import nodes
from docutils.parsers.rst import directives
from packaging.requirements import Requirement

from techpolitik import course
from techpolitik.book import citations, kernels
from techpolitik.book.pages.parts import GeneratedPage, table, to_renew
from techpolitik.lesson import datasets

PARTS = ("facts", "packages", "lessons")
#: What Jupyter Book stands on; no line of pyproject.toml names it.
BENEATH = ["sphinx", "jupyter-client"]
#: The extras of `requirements/site.txt`, from which the book is built.
EXTRAS = [{"extra": "lab"}, {"extra": "site"}]


def setup(app):
    """Register the page."""
    app.add_directive("build-report", BuildReport)
    app.add_node(part_of_report)
    app.connect("env-updated", pages_to_write)
    app.connect("doctree-resolved", fill_places)


class part_of_report(nodes.General, nodes.Element):
    """The place for a part of the report (`part`)."""


class BuildReport(GeneratedPage):
    """One part of the report: `facts`, `packages` or `lessons`."""

    required_arguments = 1

    def run(self):
        """Return the place for the part."""
        part = directives.choice(self.arguments[0], PARTS)
        if part == "facts":
            root = course.current().root
            self.depend_on(root / "CHANGELOG.md", root / "data" / "datapackage.json")
            self.env.metadata[self.env.docname]["tp_course_facts"] = course_facts()
        return [part_of_report(part=part)]


def pages_to_write(app, env):
    """Have the page written again when anything that it says has changed."""
    return to_renew(env, "tp_known_build", report(env), "tp_course_facts")


def fill_places(app, doctree, docname):
    """Put each part of the report into its place."""
    for place in list(doctree.findall(part_of_report)):
        header, rows = app.env.tp_known_build[place["part"]]
        place.replace_self(table(header, [[html.escape(cell) for cell in row] for row in rows]))


def report(env) -> dict[str, tuple[list[str], list[list[str]]]]:
    """Return each part of the report as the header and the rows of a table of text.

    In every build: so it asks what Sphinx knows of the pages, and reads no lesson and no table.
    """
    pages = [known for _, known in sorted(env.metadata.items())]
    course = [fact for known in pages for fact in known.get("tp_course_facts", [])]
    return {
        "facts": (["What", "Which"], [*course, *machine_facts()]),
        "packages": (["Package", "Version"], packages()),
        "lessons": (
            ["Lesson", "Code cells", "Figures", "Tables", "Seconds", "Memory in MB"],
            [row(known) for known in pages if "tp_lesson" in known],
        ),
    }


def course_facts() -> list[list[str]]:
    """Return version of the course and days of its data, in pairs."""
    record = citations.record()
    changes = (course.current().root / "CHANGELOG.md").read_text("utf-8")
    unreleased = re.search(r"^## \[Unreleased\]\n(.*?)(?=^## |\Z)", changes, re.DOTALL | re.M)
    since = ", and changes since then" if unreleased and "\n- " in unreleased[1] else ""
    read = sorted(entry["techpolitik"]["retrieved"] for entry in datasets.package()["resources"])
    return [
        ["Course", f"version {record['version']} of {record['date-released']}{since}"],
        ["Data", f"{len(read)} tables, read between {read[0]} and {read[-1]}"],
    ]


def machine_facts() -> list[list[str]]:
    """Return what is to be known of Python and the machine, in pairs."""
    processors = len(os.sched_getaffinity(0)) if kernels.FORKS else os.cpu_count()
    return [
        ["Python", platform.python_version()],
        ["System", f"{platform.system()} on {platform.machine()}, {processors} processors"],
    ]


def packages() -> list[list[str]]:
    """Return name and version of what the build asks for, and of what lies beneath."""
    asked = [Requirement(line) for line in metadata.requires("techpolitik")]
    names = [one.name for one in asked if not one.marker or any(map(one.marker.evaluate, EXTRAS))]
    return [[name, metadata.version(name)] for name in sorted([*names, *BENEATH], key=str.lower)]


def row(known: dict) -> list[str]:
    """Return the row of a lesson."""
    lesson, took = known["tp_lesson"], known.get("tp_took", {})
    return [
        lesson["title"],
        str(lesson["code_cells"]),
        str(len(known.get("tp_figures", []))),
        str(lesson["tables"]),
        f"{took['seconds']:.1f}" if took else "not run",
        f"{took['memory_mb']:.0f}" if took.get("memory_mb") else "not known",
    ]
