"""What the site says to the web around it: addresses, previews, and pages that are not there.

All absolute addresses follow from one setting, `html.baseurl` in _config.yml: canonical links, the
sitemap, robots.txt and the preview that others show of a link. Without it none of them is written.
Where a workflow builds, which knows the address, TECHPOLITIK_ADDRESS takes its place.
The redirects of renamed pages work with and without it; the page for a wrong address does without
it if the site lies at the root of its host.
"""

import os
import re
import textwrap
from pathlib import Path
from urllib.parse import urljoin, urlsplit
from xml.sax.saxutils import escape

import vl_convert
from sphinx.errors import ConfigError

from techpolitik import course
from techpolitik.lesson.style import COLOURS

CARD = "_static/card.png"
CARD_SIZE = (1200, 630)
#: Relative addresses, which mean nothing where a host serves one page for every wrong address.
RELATIVE = re.compile(r'\b(href|src|action)="(?!#|/|[a-z]+:)')


def setup(app):
    """Register what is written beside the pages, and the setting `redirects`: {old: new page}."""
    app.add_config_value("redirects", {}, "html", types=[dict])
    app.connect("config-inited", take_address)
    app.connect("html-collect-pages", more_pages)
    app.connect("html-page-context", add_preview)
    app.connect("build-finished", write_files)


def take_address(app, config):
    """Take the site's address from the environment, if it stands there."""
    config.html_baseurl = os.environ.get("TECHPOLITIK_ADDRESS") or config.html_baseurl


def base(app) -> str:
    """Give the address of the site with a slash at its end; empty if it is not set."""
    address = app.config.html_baseurl
    if address and urlsplit(address).scheme != "https":
        raise ConfigError(f"html.baseurl in _config.yml is {address!r}: begin it with https://")
    return address.rstrip("/") + "/" if address else ""


def more_pages(app):
    """Give the page for a wrong address, the front door, and a page for each one that is gone."""
    if app.builder.format != "html":
        return
    yield "404", {"title": "Page not found"}, "404.html"
    if app.config.root_doc != "index":
        yield "index", {"target": app.config.root_doc}, "redirect.html"
    for old, new in app.config.redirects.items():
        if old in app.env.found_docs or new not in app.env.found_docs:
            raise ConfigError(
                f"redirects in _config.yml: {old} to {new}: the first must be a page that is gone, "
                "the second one that there is, both without ending"
            )
        yield old, {"target": new}, "redirect.html"


def add_preview(app, pagename, templatename, context, doctree):
    """Give the template the course's id and words, and its preview picture, if it can have one."""
    said = course.current().settings
    context["tp_subtitle"], context["tp_question"] = said.get("subtitle"), said["question"]
    context["tp_id"] = course.current().id
    context["tp_card"] = urljoin(base(app), CARD) if base(app) else ""


def write_files(app, exception):
    """Correct the links of the page for wrong addresses; write what needs the site's address."""
    if exception or app.builder.format != "html":
        return
    out = Path(app.outdir)
    root_missing_page(out / "404.html", urlsplit(base(app)).path or "/")
    if base(app):
        write_for_address(app, out, base(app))


def root_missing_page(path: Path, root: str):
    """Make the links and styles of the page for wrong addresses begin at the root of the site.

    Without the site's address that is taken to be the root of its host.
    """
    path.write_text(RELATIVE.sub(rf'\1="{root}', path.read_text("utf-8")), encoding="utf-8")


def write_for_address(app, out: Path, address: str):
    """Write the files that name the site's address."""
    pages = sorted(app.builder.get_target_uri(name) for name in app.env.found_docs)
    entries = "".join(f"<url><loc>{escape(urljoin(address, page))}</loc></url>\n" for page in pages)
    (out / "sitemap.xml").write_text(
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{entries}</urlset>\n',
        encoding="utf-8",
    )
    (out / "robots.txt").write_text(
        f"User-agent: *\nAllow: /\nSitemap: {address}sitemap.xml\n", encoding="utf-8"
    )
    (out / CARD).write_bytes(vl_convert.svg_to_png(card(), scale=1))


def card() -> str:
    """Draw the preview: name, question and motto of the course, beside four bands."""
    width, height = CARD_SIZE
    said = course.current().settings
    # Three lines of 15 letters in large type; a longer question is set smaller.
    letters = max(15, len(said["question"]) // 3 + 5)
    size = 68 * 15 // letters
    question = "".join(
        f'<text x="80" y="{300 + round(1.25 * size) * n}">{escape(line)}</text>'
        for n, line in enumerate(textwrap.wrap(said["question"], letters))
    )
    bands = "".join(
        f'<path fill="{COLOURS[colour]}" d="M{760 - 20 * n} {150 + 95 * n}h360l-40 75h-360z"/>'
        for n, colour in enumerate(("1", "3", "4", "2"))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">'
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>'
        f'<rect width="{width}" height="16" fill="{COLOURS["2"]}"/>{bands}'
        f'<g font-family="Liberation Serif, Georgia, serif" fill="{COLOURS["ink"]}">'
        f'<text x="80" y="170" font-size="40" font-weight="700">{escape(said["title"])}</text>'
        f'<g font-size="{size}" font-weight="700">{question}</g>'
        f'<text x="80" y="550" font-size="30">{escape(said["motto"])}</text>'
        "</g></svg>"
    )
