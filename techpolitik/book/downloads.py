"""The course to run (techpolitik.book.bundle), beside the pages and offered on them.

The archive is made while the notebooks run, and only when something in it has changed. Pages say
its size: a setting of Sphinx holds it, so that all pages are made again when it is another.
"""

import html
import shutil
from pathlib import Path

from sphinx.util.docutils import SphinxRole

from techpolitik import course, files
from techpolitik.book import bundle, execute, web
from techpolitik.book.pages.parts import raw


def setup(app):
    """Register what makes, copies and offers the archive.

    Setting `tp_course`: the size of the archive in words, set here; empty without a lesson.
    """
    app.add_config_value("tp_course", "", "env", types=[str])
    app.add_role("course-zip", CourseZip())
    # After `execute`, which has started the notebooks by then.
    app.connect("config-inited", make, priority=960)
    app.connect("build-finished", copy)


def make(app, config):
    """Make the archive of the lessons in the table of contents, unless it is there."""
    root = Path(app.srcdir).resolve()
    found = {path.relative_to(root).as_posix() for path in execute.notebooks(root, config)}
    here = course.current()
    lessons = [name for name, lesson in here.lessons.items() if lesson["file"] in found]
    if lessons:
        folder = Path(app.doctreedir).parent / ".course"
        app.tp_course_zip = bundle.cached(
            folder, lessons, web.base(app), config.tp_repository.get("url", "")
        )
        config.tp_course = f"{app.tp_course_zip.stat().st_size / 1e6:.1f} MB"


def copy(app, exception):
    """Put the archive beside the pages, and fold what only draws in each lesson to download."""
    if exception or not app.config.tp_course or app.builder.format != "html":
        return
    shutil.copy2(app.tp_course_zip, Path(app.outdir) / file_name())
    for lesson in course.current().lessons.values():
        path = Path(app.outdir) / "_sources" / lesson["file"]
        if path.is_file():
            path.write_bytes(bundle.to_run(files.read_json(path)))


def file_name() -> str:
    """Return the name of the archive beside the pages."""
    return f"{bundle.name()}.zip"


class CourseZip(SphinxRole):
    """A link to the archive that says its size: `` {course-zip}`the course to run` ``."""

    def run(self):
        """Return the link; without an archive its words alone."""
        size, words = self.env.config.tp_course, html.escape(self.text)
        if not size:
            return [raw(words)], []
        address = "../" * self.env.docname.count("/") + file_name()
        return [
            raw(f'<a class="tp-course" href="{address}" download>{words}</a> (zip, {size})')
        ], []
