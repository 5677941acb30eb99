"""The look of the book: registers our theme and clears each page of what a reader does not need.

The theme inherits Sphinx's bare `basic` theme, so that nothing of the stock Jupyter Book theme
(icon fonts, Bootstrap, launch and comment scripts) is copied, linked or run. Only public Sphinx
calls are used: the same sources build with plain Sphinx and with later versions.
"""

import itertools
import re
from pathlib import Path

from bs4 import BeautifulSoup
from docutils import nodes

from techpolitik.archive import digest

HERE = Path(__file__).parent

# Sphinx links these on every page; only its own search uses them.
UNUSED_SCRIPTS = {"documentation_options.js", "doctools.js", "sphinx_highlight.js"}
# techpolitik.css covers what these style (cells, syntax colours, both colour modes) in a tenth.
UNUSED_STYLES = re.compile(r"(^|/)(pygments|basic|mystnb[^/]*)\.css")
# pandas repeats its style in every output; the theme has one for all tables.
PANDAS_STYLE = re.compile(r"<style scoped>.*?</style>\s*", re.DOTALL)
# A table, with the box that scrolls it sideways if it has one.
TABLE = re.compile(r'(<div class="tp-scroll"[^>]*>\s*)?(<table\b.*?</table>)', re.DOTALL)
HEADERLINK = '<a class="headerlink"'
# A date or a short id, which a narrow column would break at its hyphens.
DATE_OR_ID = re.compile(r"\s*\S{0,18}-\S{0,18}\s*")
# Several words, which a narrow screen would set one to the line, have so many letters.
SENTENCE_LETTERS = 24
NUMBER = re.compile(r"\s*(-?[\d,]+(\.\d+)?(e[+-]?\d+)?|NaN|<NA>|NaT|)\s*")


def setup(app):
    """Register the theme, its static files and the page hook."""
    # Sphinx copies static files and fills templates only when a page or a setting has changed.
    app.add_config_value("tp_code", named(HERE.rglob("*.py")), "env", types=[str])
    looks = (path for folder in ("static", "theme") for path in (HERE / folder).rglob("*"))
    app.add_config_value("tp_looks", named(looks), "html", types=[str])
    app.add_html_theme("techpolitik", str(HERE / "theme"))
    app.connect("builder-inited", add_static)
    # After the extensions that add their own files to a page.
    app.connect("html-page-context", prepare_page, priority=900)


def named(paths):
    """Return a name for the content of files, so that a change of them is a change of a setting."""
    return digest((path.name, path.read_bytes()) for path in sorted(paths) if path.is_file())


def add_static(app):
    """Serve techpolitik/book/static and link what every page uses."""
    if app.builder.format != "html":
        return
    app.config.html_static_path.append(str(HERE / "static"))
    app.add_js_file("techpolitik.js", loading_method="defer")
    app.add_js_file("search.js", loading_method="defer")


def prepare_page(app, pagename, templatename, context, doctree):
    """Give the template what it shows, and take unused scripts and styles off the page."""
    context["script_files"] = without(context["script_files"], UNUSED_SCRIPTS.__contains__)
    context["css_files"] = without(context["css_files"], UNUSED_STYLES.search)
    context["tp_page_toc"] = page_contents(context.get("toc") or "")
    context["tp_author"] = app.config.author
    context["tp_description"] = description(doctree)
    source = context.get("sourcename") or ""
    context["tp_notebook"] = f"_sources/{source}" if source.endswith(".ipynb") else ""
    if context.get("body"):
        context["body"] = cleaned(context["body"])


def without(assets, unwanted):
    """Return `assets` (scripts or styles of one page) but those whose file name is unwanted."""
    return [asset for asset in assets if not unwanted(name_of(asset))]


def name_of(asset):
    """Return an asset's path below _static, without the query Sphinx adds."""
    path = str(getattr(asset, "filename", asset))
    return path.removeprefix("_static/").split("?")[0]


def page_contents(toc):
    """Return the list of a page's sections as HTML, without the page's own title.

    Sphinx nests all sections below one entry for the title: keep the list inside it.
    """
    _, _, below_title = toc.partition("</a>")
    start, end = below_title.find("<ul>"), below_title.rfind("</ul>", 0, below_title.rfind("</ul>"))
    return "" if start < 0 else below_title[start : end + len("</ul>")]


def description(doctree, longest=160):
    """Return the page's first paragraph, cut at a word, for search engines and link previews."""
    if doctree is None:
        return ""
    first = next(iter(doctree.findall(nodes.paragraph)), None)
    text = " ".join(first.astext().split()) if first else ""
    if len(text) <= longest:
        return text
    return text[:longest].rsplit(" ", 1)[0] + " …"


def cleaned(body):
    """Return a page without what other tools write into it and no reader should have to bear.

    docutils gives references a role that ARIA has dropped, inside a list that then has no items.
    Sphinx ends each heading in a link named "#", which is read out as part of the heading and is a
    stop for the keyboard: the contents of the page lead to the same places. pandas repeats its
    style in every output.
    """
    body = PANDAS_STYLE.sub("", body)
    body = body.replace(HEADERLINK, f'{HEADERLINK} aria-hidden="true" tabindex="-1"')
    body = body.replace('role="doc-biblioentry"', 'role="listitem"')
    # A table at a time: to parse whole pages would take three times as long.
    return TABLE.sub(lambda found: (found[1] or "") + marked_table(found[2], bool(found[1])), body)


def marked_table(markup, scrolls):
    """Return a table with marked cells, in a box that scrolls sideways.

    Without the box a phone's page would; techpolitik.js makes it a stop of the keyboard when it
    does scroll. `scrolls` says whether the table is in such a box already.
    """
    table = BeautifulSoup(markup, "html.parser").table
    del table["border"]
    for cell in table.find_all("th"):
        if not cell.contents and not cell.attrs:
            cell.name = "td"  # pandas leaves the head over an index empty
    if (
        table.thead
        and not table.thead.get_text(strip=True)
        and "docutils" in table.get("class", [])
    ):
        behead(table)
    elif table.get("class", ["dataframe"]) == ["dataframe"]:
        mark_columns(table)
    for cell in table.find_all("td", class_=False):
        if DATE_OR_ID.fullmatch(cell.get_text()):
            cell["class"] = "tp-word"
    return str(table) if scrolls else f'<div class="tp-scroll">{table}</div>'


def behead(table):
    """Take away the empty head that Markdown needs; the first cell of each row heads the row."""
    table.thead.decompose()
    table["class"] = "tp-headless"
    for row in table.find_all("tr"):
        row.td.name = "th"
        row.th["scope"] = "row"


def mark_columns(table):
    """Mark columns of numbers, heading included, and sentences.

    pandas and the pages' code align every cell alike; words read better from the left and numbers
    from the right.
    """
    rows = [row.find_all(["td", "th"]) for row in table.find_all("tr")]
    for head, *cells in itertools.zip_longest(*rows):
        if all(cell is None or NUMBER.fullmatch(cell.get_text()) for cell in cells):
            for cell in filter(None, [head, *cells]):
                cell["class"] = "tp-number"
    for cell in table.find_all("td", class_=False):
        if len(cell.get_text()) >= SENTENCE_LETTERS:
            cell["class"] = "tp-sentence"
