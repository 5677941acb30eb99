"""Small real books: a Sphinx build of a few pages, and built pages with something planted."""

from io import StringIO
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

PLAIN_PAGE = "book/how_to_use.html"


def build(project: Path, **settings) -> tuple[str, str]:
    """Build a book into _build/html as `sphinx-build` does; give what it said and warned of."""
    said, warned = StringIO(), StringIO()
    with docutils_namespace():
        app = Sphinx(
            srcdir=project,
            confdir=project,
            outdir=project / "_build/html",
            doctreedir=project / "_build/doctrees",
            buildername="html",
            confoverrides=settings,
            status=said,
            warning=warned,
        )
        app.build()
    return said.getvalue(), warned.getvalue()


def page_with(book: Path, inside: str) -> str:
    """Give the HTML of a plain page of the book with something more at the end of its text."""
    html = (book / PLAIN_PAGE).read_text("utf-8")
    return html.replace("</article>", inside + "</article>", 1)


def on_disk(book: Path, folder: Path, html: str) -> str:
    """Put a page into a folder beside the styles and scripts of the book; give its address."""
    (folder / "_static").symlink_to(book / "_static")
    path = folder / PLAIN_PAGE
    path.parent.mkdir()
    path.write_text(html, "utf-8")
    return path.as_uri()
