"""The Sphinx extension that makes the book."""

import gc

from techpolitik.book import (
    code,
    downloads,
    execute,
    glossary,
    lessons,
    opening,
    pages,
    policy,
    readings,
    render,
    repository,
    scripts,
    search_index,
    theme,
    web,
)


def setup(app):
    """Set up all parts of the site."""
    calm_collector()
    # First, so that the warm kernels start while the rest gets ready.
    execute.setup(app)
    theme.setup(app)
    render.setup(app)
    lessons.setup(app)
    code.setup(app)
    opening.setup(app)
    glossary.setup(app)
    readings.setup(app)
    pages.setup(app)
    scripts.setup(app)
    web.setup(app)
    search_index.setup(app)
    repository.setup(app)
    downloads.setup(app)
    policy.setup(app)
    return {"version": "0.1", "parallel_read_safe": True, "parallel_write_safe": True}


def calm_collector():
    """Look for unreachable objects less often: a sixth of a build went into looking in vain.

    What is imported by now stays until the end; the pages themselves make few cycles that matter
    (20 MB more at the peak of a build).
    """
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
    gc.enable()
