"""Scripts of single components: a page loads one only if it has the component.

Components arrive as HTML, from a notebook's output or from a generated page; the class of their
outermost element says which scripts bring them to life.
"""

from docutils import nodes

SCRIPTS = {
    'class="tp-figure"': ("numbers.js", "figures.js"),
    'class="tp-code ': ("code.js",),
    'class="tp-filter"': ("filter.js",),
    'class="tp-predict"': ("numbers.js", "predictions.js"),
    'class="tp-dossier"': ("dossiers.js",),
}


def setup(app):
    """Have pages load what they need."""
    app.connect("html-page-context", add_scripts)


def add_scripts(app, pagename, templatename, context, doctree):
    """Load the scripts of the components on this page."""
    html = "\n".join(node.astext() for node in doctree.findall(nodes.raw)) if doctree else ""
    needed = [name for mark, names in SCRIPTS.items() if mark in html for name in names]
    for name in dict.fromkeys(needed):
        app.add_js_file(name, loading_method="defer")
