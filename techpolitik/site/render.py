"""Charts on the site: no request to another host, a drawing before any script runs.

A figure arrives from a notebook as Vega-Lite with its title, description, table and source in
`usermeta`. It becomes one <figure>: the title that states the finding, a drawing made at build
time, the controls if it has any, and description, table and source one key press away.
`static/figures.js` replaces the drawing by the live chart when it nears the viewport.
"""

import html
import json
import os
import subprocess
import sys
from pathlib import Path

import vl_convert
from docutils import nodes
from myst_nb.core.render import MimeRenderPlugin
from sphinx.errors import ExtensionError
from sphinx.util import logging

from techpolitik import datasets
from techpolitik.cards import table_html
from techpolitik.drawings import VARIABLES, draw
from techpolitik.site.execute import figures_folder
from techpolitik.style import BOOK_MIME, LAB_MIME

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
        return figure_nodes(renderer.renderer.document, data.content)


def figure_nodes(document, spec: dict) -> list[nodes.Element]:
    """Give the nodes of one figure. Title and description are text, so that search finds them."""
    env = document.settings.env
    meta = spec.pop("usermeta")["techpolitik"]
    number = document["tp_figures"] = document.get("tp_figures", 0) + 1
    key = f"figure-{number}"
    drawing = draw(spec, figures_folder(env.app))
    to_root = "../" * env.docname.count("/")
    return [
        _raw(f'<figure class="tp-figure" id="{key}" aria-labelledby="{key}-title">'),
        _raw(f'<figcaption class="tp-figure-title" id="{key}-title">'),
        nodes.inline(text=meta["title"]),
        _raw("</figcaption>"),
        _raw(controls_html(key, meta)),
        _raw(
            f'<div class="tp-chart" role="img" aria-labelledby="{key}-title" '
            f'aria-describedby="{key}-text">{drawing}</div>'
        ),
        _raw(finding_html(meta)),
        _raw(f'<details class="tp-part"><summary>Description</summary><div id="{key}-text">'),
        nodes.paragraph(text=meta["text"]),
        _raw("</div></details>"),
        _raw(
            f'<details class="tp-part"><summary>Table</summary><div class="tp-scroll" '
            f'role="group" aria-label="Table: {html.escape(meta["title"])}" tabindex="0">'
            f"{table_html(meta['table'])}</div></details>"
        ),
        _raw(source_html(meta["source"], to_root)),
        _raw(data_html(document, spec, meta)),
        _raw("</figure>"),
    ]


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


def source_html(names: list[str], to_root: str) -> str:
    """Give the line that credits the tables, each linked to its card."""
    links = []
    for name in names:
        resource = datasets.resource(name)
        title = html.escape(resource["title"])
        publishers = html.escape("; ".join(source["title"] for source in resource["sources"]))
        links.append(
            f'<a href="{to_root}book/datasets.html#dataset-{name.replace("_", "-")}">{title}</a> '
            f"({publishers})"
        )
    return f'<p class="tp-source">Source: {" · ".join(links)}</p>'


def data_html(document, spec: dict, meta: dict) -> str:
    """Give the chart as data for the script; a table that the page already has is left out."""
    sent = document.setdefault("tp_datasets", [])
    spec = dict(spec)
    tables = spec.pop("datasets", {})
    fresh = {name: rows for name, rows in tables.items() if name not in sent}
    sent.extend(fresh)
    content = {"spec": with_variables(spec), "datasets": fresh}
    if "controls" in meta:
        content["findings"] = meta["findings"]
        content["labels"] = [control["options"] for control in meta["controls"]]
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    return f'<script type="application/json" class="tp-spec">{text}</script>'


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


def start_vega(app) -> None:
    """Start making the one Vega bundle that all pages share, unless an earlier build made it.

    It takes two seconds of vl-convert, so it runs in a process of its own beside the build.
    """
    folder = Path(app.doctreedir).parent / ".vega" / vl_convert.__version__
    path = folder / "vega.js"
    app.config.html_static_path.append(str(folder))
    folder.mkdir(parents=True, exist_ok=True)
    if path.exists():
        return
    part = path.with_suffix(f".{os.getpid()}")
    program = (
        "import pathlib, sys, vl_convert; pathlib.Path(sys.argv[1]).write_text("
        "vl_convert.javascript_bundle('window.vegaEmbed = vegaEmbed;'), 'utf-8')"
    )
    making = subprocess.Popen([sys.executable, "-c", program, part])

    def wait(app, env):
        if making.wait():
            raise ExtensionError(f"vl-convert could not make the Vega bundle {path}")
        part.replace(path)

    app.connect("env-updated", wait)


def add_script(app, pagename, templatename, context, doctree) -> None:
    """Load the chart script only on pages that have a chart."""
    if doctree is not None and doctree.get("tp_figures"):
        app.add_js_file("figures.js", loading_method="defer")


def setup(app) -> None:
    """Register with Sphinx."""
    app.connect("builder-inited", start_vega)
    app.connect("html-page-context", add_script)
    app.add_css_file("figures.css")
