"""The look of the book: registers our theme and clears each page of what a reader does not need.

The theme inherits Sphinx's bare `basic` theme, so that nothing of the stock Jupyter Book theme
(icon fonts, Bootstrap, launch and comment scripts) is copied, linked or run. Only public Sphinx
calls are used: the same sources build with plain Sphinx and with later versions.
"""

import hashlib
import re
from pathlib import Path

from docutils import nodes

HERE = Path(__file__).parent

# Sphinx links these on every page; only its search page uses them.
SEARCH_ONLY = {"documentation_options.js", "doctools.js", "sphinx_highlight.js"}
# techpolitik.css covers what these style (cells, syntax colours, both colour modes) in a tenth.
UNUSED_STYLES = re.compile(r"(^|/)(pygments|basic|mystnb[^/]*)\.css")
# pandas repeats its style in every output; the theme has one for all tables.
PANDAS_STYLE = re.compile(r"<style scoped>.*?</style>\s*", re.DOTALL)
TABLE = re.compile(r"<table\b.*?</table>", re.DOTALL)
# Markdown cannot write a table without a header row; an empty one stands for that.
EMPTY_HEAD = re.compile(
    r'<table class="docutils[^"]*">\s*<thead>\s*<tr[^>]*>'
    r"(?:\s*<th[^>]*>(?:<p></p>)?</th>)+\s*</tr>\s*</thead>(.*?)</table>",
    re.DOTALL,
)
FIRST_CELL = re.compile(r"(<tr[^>]*>\s*)<td>(.*?)</td>", re.DOTALL)
# Tables of pandas, and those that the pages' code writes as HTML (`table` in pages/parts.py).
DATAFRAME = re.compile(r'<table(?: class="dataframe")?>.*?</table>', re.DOTALL)
ROW = re.compile(r"<tr.*?</tr>", re.DOTALL)
CELL = re.compile(r'<(t[dh](?: scope="col")?)>(.*?)</(t[dh])>', re.DOTALL)
HEADERLINK = '<a class="headerlink"'
# A date or a short id, which a narrow column would break at its hyphens.
HYPHENED = re.compile(r"<td>(?=(?:<span[^>]*>)?[^<\s]{0,18}-[^<\s]{0,18}<)")
# Several words, which a narrow screen would set one to the line.
SENTENCE = re.compile(r"<td>(?=[^<]{24})")
NUMBER = re.compile(r"\s*(-?[\d,]+(\.\d+)?(e[+-]?\d+)?|NaN|&lt;NA&gt;|NaT|)\s*")
SCROLL = '<div class="tp-scroll">'
IN_SCROLL = re.compile(r'<div class="tp-scroll"[^>]*>\s*$')


def setup(app):
    """Register the theme, its static files and the page hook.

    Parameters: app, the Sphinx application.
    """
    # Sphinx copies static files and fills templates only when a page or a setting has changed.
    app.add_config_value("tp_code", digest(HERE.rglob("*.py")), "env", types=[str])
    looks = (path for folder in ("static", "theme") for path in (HERE / folder).rglob("*"))
    app.add_config_value("tp_looks", digest(looks), "html", types=[str])
    app.add_html_theme("techpolitik", str(HERE / "theme"))
    app.connect("builder-inited", add_static)
    # After the extensions that add their own files to a page.
    app.connect("html-page-context", prepare_page, priority=900)


def digest(paths):
    """Return a name for the content of files, so that a change of them is a change of a setting."""
    found = hashlib.sha256()
    for path in sorted(path for path in paths if path.is_file()):
        found.update(f"{path.name} {path.stat().st_size}\n".encode() + path.read_bytes())
    return found.hexdigest()


def add_static(app):
    """Serve techpolitik/book/static and link what every page uses."""
    if app.builder.format != "html":
        return
    app.config.html_static_path.append(str(HERE / "static"))
    app.add_js_file("techpolitik.js", loading_method="defer")


def prepare_page(app, pagename, templatename, context, doctree):
    """Give the template what it shows, and take unused scripts and styles off the page."""
    if pagename != "search":
        context["script_files"] = without(context["script_files"], SEARCH_ONLY.__contains__)
    context["css_files"] = without(context["css_files"], UNUSED_STYLES.search)
    context["tp_page_toc"] = page_contents(context.get("toc") or "")
    context["tp_author"] = app.config.author
    context["tp_description"] = description(doctree)
    source = context.get("sourcename") or ""
    context["tp_notebook"] = f"_sources/{source}" if source.endswith(".ipynb") else ""
    if context.get("body"):
        context["body"] = wrap_tables(mend(context["body"]))


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


def mend(body):
    """Mend what other tools write into a page and no reader should have to bear.

    docutils gives references a role that ARIA has dropped, inside a list that then has no items;
    pandas writes outdated attributes, a style per table and an empty header cell. Sphinx ends each
    heading in a link named "#", which is read out as part of the heading and is a stop for the
    keyboard: the contents of the page lead to the same places.
    """
    body = PANDAS_STYLE.sub("", body)
    body = body.replace(HEADERLINK, f'{HEADERLINK} aria-hidden="true" tabindex="-1"')
    body = body.replace('role="doc-biblioentry"', 'role="listitem"')
    body = body.replace('<table border="1" class="dataframe">', '<table class="dataframe">')
    body = body.replace("<th></th>", "<td></td>")
    body = HYPHENED.sub('<td class="tp-word">', DATAFRAME.sub(align_numbers, body))
    return EMPTY_HEAD.sub(headless, body)


def align_numbers(match):
    """Return a pandas table with columns of numbers marked, heading included, and sentences.

    pandas aligns every cell alike; words read better from the left and numbers from the right.
    """
    rows = [CELL.findall(row) for row in ROW.findall(match[0])]
    width = max(map(len, rows))
    number = [
        all(NUMBER.fullmatch(row[column][1]) for row in rows[1:] if column < len(row))
        for column in range(width)
    ]

    def mark(row):
        column = iter(number)
        return CELL.sub(
            lambda cell: (
                f'<{cell[1]} class="tp-number">{cell[2]}</{cell[3]}>' if next(column) else cell[0]
            ),
            row[0],
        )

    return SENTENCE.sub('<td class="tp-sentence">', ROW.sub(mark, match[0]))


def headless(match):
    """Return a table without its empty header; the first cell of each row heads the row."""
    rows = FIRST_CELL.sub(r'\1<th scope="row">\2</th>', match[1])
    return f'<table class="tp-headless">{rows}</table>'


def wrap_tables(body):
    """Put each table into a box that scrolls sideways, so that a phone's page never does.

    The script techpolitik.js makes the box a keyboard stop when it does scroll.
    """

    def wrap(match):
        if IN_SCROLL.search(body, max(0, match.start() - 200), match.start()):
            return match.group()
        return f"{SCROLL}{match.group()}</div>"

    return TABLE.sub(wrap, body)
