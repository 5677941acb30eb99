"""Scripts of single components: a page loads one only if it has the component.

Components arrive as HTML, from a notebook's output or from a generated page; the class of their
outermost element says which script brings them to life.
"""

from docutils import nodes

SCRIPTS = {
    'class="tp-filter"': "filter.js",
    'class="tp-predict"': "predictions.js",
    'class="tp-dossier"': "dossiers.js",
}


def setup(app):
    """Have pages load what they need. Parameters: app, the Sphinx application."""
    app.connect("html-page-context", add_scripts)


def add_scripts(app, pagename, templatename, context, doctree):
    """Load the scripts of the components on this page."""
    if not doctree:
        return
    pieces = [node.astext() for node in doctree.findall(nodes.raw)]
    for mark, script in SCRIPTS.items():
        if any(mark in piece for piece in pieces):
            app.add_js_file(script, loading_method="defer")
