"""Figures on the site: no request to another host, a drawing before any script runs.

A figure arrives from a notebook as Vega-Lite with its title, description, table and source in
`usermeta`. It becomes one <figure>: its number, which is its permanent link, the title that states
the finding, the controls if it has any, a drawing made at build time, the source, then description,
table, more on the source and how to cite it one key press away, and its files. `static/figures.js`
replaces the drawing by the live chart when it nears the viewport, and saves it as a picture.

What unfolds is made of <details> below the chart, not tabs in its place: they work without a
script, can stand open side by side, unfold on paper, and are announced as what they are.
"""

import html
import itertools
import json
import re

from docutils import nodes
from myst_nb.core.render import MimeRenderPlugin
from sphinx.util import logging

from techpolitik.book import citations, figure_assets
from techpolitik.book.citations import address_of, citation
from techpolitik.book.drawings import VARIABLES, draw
from techpolitik.book.execute import figures_folder
from techpolitik.lesson import datasets
from techpolitik.lesson.cards import table_html
from techpolitik.lesson.style import BOOK_MIME, LAB_MIME, STATE

LOGGER = logging.getLogger(__name__)


class ChartRenderer(MimeRenderPlugin):
    """Tell myst-nb how to put charts on a page; found through an entry point in pyproject.toml."""

    mime_priority_overrides = (("html", BOOK_MIME, 1), ("html", LAB_MIME, 2))

    @staticmethod
    def handle_mime(renderer, data, inline_render):
        """Render a figure; warn about a chart that is not one."""
        if data.mime_type == LAB_MIME:
            LOGGER.warning(
                "a chart without description and source: wrap it in figure(...)",
                location=(renderer.renderer.document["source"], data.line),
                type="techpolitik",
                subtype="figure",
            )
            return [nodes.paragraph(text="A chart without description and source.")]
        if data.mime_type != BOOK_MIME:
            return None
        cell = renderer.renderer.nb_client.notebook.cells[data.cell_index]
        return figure_nodes(renderer.renderer.document, data.content, cell["id"])


def figure_nodes(document, spec: dict, name: str) -> list[nodes.Element]:
    """Give the nodes of one figure. Title and description are text, so that search finds them.

    Parameters
    ----------
    document
        The page being read.
    spec
        From `figures.book_spec`.
    name
        Of the figure among those of its page, such as the id of its cell.

    """
    env = document.settings.env
    meta = spec.pop("usermeta")["techpolitik"]
    known = note(env, name, meta)
    # Until the page has been read: a lesson may open with this figure, see `opening`.
    env.temp_data.setdefault("tp_charts", {})[name] = known, spec
    key, number, title = known["key"], known["number"], html.escape(meta["title"])
    to_root = "../" * env.docname.count("/")
    file = f"{to_root}_static/{figure_assets.keep_table(env, key, meta['csv'])}"
    drawing = draw(spec, figures_folder(env.app))
    return [
        _raw(
            f'<figure class="tp-figure" id="{key}" aria-labelledby="{key}-title">'
            f'<figcaption><a class="tp-figure-number" href="#{key}" '
            f'aria-label="{number}, permanent link">{number}</a> '
            f'<span class="tp-figure-title" id="{key}-title">'
        ),
        nodes.inline(text=meta["title"]),
        _raw("</span>"),
        *paragraph("tp-figure-subtitle", meta["subtitle"]),
        _raw("</figcaption>"),
        _raw(controls_html(key, meta)),
        _raw(
            f'<div class="tp-chart" role="img" aria-labelledby="{key}-title" '
            f'aria-describedby="{key}-text">{drawing}</div>'
        ),
        _raw(finding_html(meta)),
        *paragraph("tp-caveat", meta["caveat"]),
        _raw(source_html(meta, to_root)),
        _raw(f'<div class="tp-parts">{opened("Description", known)}<div id="{key}-text">'),
        nodes.paragraph(text=meta["text"]),
        _raw(
            f"</div></details>{opened('Table', known)}"
            f'<div class="tp-scroll" role="group" aria-label="Table: {title}" tabindex="0">'
            f"{table_html(meta['table'])}</div></details>"
        ),
        _raw(about_html(meta.get("about") or abouts(meta["source"]), known)),
        _raw(cite_html(citation(known, meta, address_of(env.app, env.docname, key)), known)),
        _raw(
            f'<div class="tp-save"><span>Download</span><a class="tp-button" href="{file}" '
            f'download aria-label="CSV: the table of {number}, {title}">CSV</a></div></div>'
        ),
        _raw(data_html(document, spec, meta)),
        _raw("</figure>"),
    ]


def note(env, name: str, meta: dict) -> dict:
    """Give id, number, title and sources of a figure of the page being read, and remember them.

    The id follows from the names of page and cell, so that it stays when figures are added; it is a
    label, too: `[](#figure-rare-earths-stages)` leads there from any page. Lessons number their
    figures.
    """
    figures = env.metadata[env.docname].setdefault("tp_figures", [])
    lesson, page = re.fullmatch(r"(?:(\d+)_)?(.*)", env.docname.rpartition("/")[2]).groups()
    key = f"figure-{page}-{name.removesuffix('-figure')}".lower().replace("_", "-")
    taken = {known["key"] for known in figures}
    twins = (f"{key}-{number}" for number in itertools.count(2))
    known = {
        "key": next(name for name in itertools.chain([key], twins) if name not in taken),
        "number": f"Figure {int(lesson)}.{len(figures) + 1}" if lesson else "Figure",
        "title": meta["title"],
        "source": meta["source"],
        "cell": name,
    }
    figures.append(known)
    env.get_domain("std").note_hyperlink_target(
        known["key"], env.docname, known["key"], meta["title"]
    )
    return known


def opened(word: str, known: dict) -> str:
    """Give the beginning of a part of a figure that unfolds; its name says of which figure."""
    name = html.escape(f"{word} of {known['number']}, {known['title']}")
    begin = f'<details class="tp-part tp-part-{word.lower()}">'
    return f'{begin}<summary aria-label="{name}">{word}</summary>'


def paragraph(name: str, text: str) -> list[nodes.Element]:
    """Give a paragraph of the class `name`, which search reads; nothing where there is no text."""
    return [nodes.paragraph(text=text, classes=[name])] if text else []


def _raw(text: str) -> nodes.raw:
    return nodes.raw("", text, format="html")


def controls_html(key: str, meta: dict) -> str:
    """Give the sliders and menus of an exploration; disabled until the script has come."""
    rows = [control_html(f"{key}-{c['name']}", c) for c in meta.get("controls", [])]
    if not rows:
        return ""
    return (
        f'<form class="tp-controls"><fieldset disabled><legend>Try it</legend>{"".join(rows)}'
        "</fieldset></form><noscript><p>The controls need JavaScript. The drawing shows the "
        "setting named above.</p></noscript>"
    )


def control_html(key: str, control: dict) -> str:
    """Give one labelled slider or menu."""
    label = html.escape(control["label"])
    options = control["options"]
    start = html.escape(options[control["start"]])
    if control["kind"] == "menu":
        choices = "".join(
            f'<option value="{number}"{" selected" if number == control["start"] else ""}>'
            f"{html.escape(option)}</option>"
            for number, option in enumerate(options)
        )
        return (
            f'<div class="tp-control"><label for="{key}">{label}</label>'
            f'<select id="{key}">{choices}</select></div>'
        )
    return (
        f'<div class="tp-control"><label for="{key}">{label}</label>'
        f'<input type="range" id="{key}" min="0" max="{len(options) - 1}" step="1" '
        f'value="{control["start"]}" aria-valuetext="{start}" autocomplete="off">'
        f'<output for="{key}">{start}</output></div>'
    )


def finding_html(meta: dict) -> str:
    """Give the sentence that follows the controls; a screen reader speaks it as it changes."""
    if not any(meta.get("findings", [])):
        return ""
    return f'<p class="tp-finding" role="status">{html.escape(meta["findings"][meta["state"]])}</p>'


def source_html(meta: dict, to_root: str) -> str:
    """Give the line that credits the tables, each linked to its card, or what stands for them."""
    if "credit" in meta:
        return f'<p class="tp-source">{meta["credit"]}</p>'
    links = []
    for name in meta["source"]:
        resource = datasets.resource(name)
        title = html.escape(resource["title"])
        publishers = html.escape("; ".join(source["title"] for source in resource["sources"]))
        card = f"{to_root}book/datasets.html#dataset-{name.replace('_', '-')}"
        links.append(f'<a href="{card}">{title}</a> ({publishers})')
    return f'<p class="tp-source">Source: {" · ".join(links)}</p>'


def abouts(names: list[str]) -> list[dict]:
    """Give what is to be known of each table behind a figure, from its description."""
    resources = [datasets.resource(name) for name in names]
    return [
        {
            "title": resource["title"],
            "licence": "; ".join(licence["title"] for licence in resource["licenses"]),
            **resource["techpolitik"],
        }
        for resource in resources
    ]


def about_html(sources: list[dict], known: dict) -> str:
    """Say of each source of a figure what it counts, what it lacks, and where it misleads."""
    parts = []
    for about in sources:
        caveats = "".join(f"<li>{html.escape(caveat)}</li>" for caveat in about.get("caveats", []))
        said = {
            "Counts": html.escape(about.get("counts", "")),
            "Missing": html.escape(about.get("missing", "")),
            "Beware": caveats and f"<ul>{caveats}</ul>",
            "Covers": html.escape(about.get("coverage", "")),
            "Read on": html.escape(about.get("retrieved", "")),
            "Licence": html.escape(about.get("licence", "")),
        }
        rows = "".join(f"<dt>{term}</dt><dd>{text}</dd>" for term, text in said.items() if text)
        title = html.escape(about["title"])
        parts.append(f'<p class="tp-about">{title}</p><dl class="tp-facts">{rows}</dl>')
    return f"{opened('Source', known)}<div>{''.join(parts)}</div></details>" if parts else ""


def cite_html(text: str, known: dict) -> str:
    """Give the words to cite a figure with; techpolitik.js adds a button that copies them."""
    return f'{opened("Cite", known)}<div class="tp-cite"><p>{html.escape(text)}</p></div></details>'


def data_html(document, spec: dict, meta: dict) -> str:
    """Give the chart as data for the script; a table that the page already has is left out."""
    sent = document.setdefault("tp_datasets", [])
    spec = dict(spec)
    tables = spec.pop("datasets", {})
    shapes = {name: rows for name, rows in tables.items() if isinstance(rows, dict)}
    fresh = {name: tables[name] for name in tables if name not in [*sent, *shapes]}
    sent.extend(fresh)
    content = {"spec": with_variables(spec), "datasets": fresh}
    if shapes:
        env = document.settings.env
        content["shapes"] = [figure_assets.keep_shapes(env, name, shapes[name]) for name in shapes]
    if "controls" in meta:
        content["findings"] = meta["findings"]
        content["labels"] = [control["options"] for control in meta["controls"]]
        content["grid"] = grid_of(tables, meta["table"]["columns"])
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    return f'<script type="application/json" class="tp-spec">{text}</script>'


def grid_of(tables: dict, columns: list[str]) -> str | None:
    """Name the table of an exploration that holds these columns for every setting, if there is one.

    A chart may leave out columns of its model; the page then shows the table of the first setting.
    """
    wanted = {STATE, *columns}
    lists = (name for name, rows in tables.items() if isinstance(rows, list) and rows)
    return next((name for name in lists if wanted <= set(tables[name][0])), None)


def with_variables(value):
    """Replace the colours of the light page by CSS variables, so that charts follow the theme.

    Ramps keep their colours: Vega computes the shades between them, which a variable cannot give.
    """
    if isinstance(value, dict):
        return {
            key: inner if key in ("ramp", "heatmap") else with_variables(inner)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [with_variables(inner) for inner in value]
    return VARIABLES.get(value, value) if isinstance(value, str) else value


def setup(app) -> None:
    """Register with Sphinx."""
    figure_assets.setup(app)
    citations.setup(app)
    app.add_css_file("figures.css")
