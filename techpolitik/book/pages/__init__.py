"""Pages generated from the lessons, seeds/ and data/, one module for each.

Directives, which a page in book/ names where it wants them. They build docutils nodes from the same
files the lessons use, so that headings, anchors, search and tables of contents work as on written
pages and nothing is copied by hand. Anchors: `claim-rc04`, `forecast-rc07`, `document-freedomlab`,
`excerpt-fl-uses`, `dataset-rare-earth-mines`, `source-r01`, and of figures (render.py)
`figure-rare-earths-stages`; each is a label too, so `{ref}` and `[](#claim-rc04)` find it from any
page.
"""

from techpolitik.book.pages import (
    build,
    code_book,
    datasets,
    figure_index,
    forecasts,
    front,
    ledger,
    parts,
    sources,
    syllabus,
)


def setup(app):
    """Register the directives of all generated pages."""
    app.connect("env-get-outdated", parts.pages_to_read)
    lists = (ledger, code_book, forecasts, sources, datasets, figure_index)
    for page in (*lists, front, syllabus, build):
        page.setup(app)
