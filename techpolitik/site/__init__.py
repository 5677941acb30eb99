"""The Sphinx extension that makes the book."""

from techpolitik.site import execute, pages, policy, render, theme


def setup(app):
    """Set up all parts of the site.

    Parameters: app, the Sphinx application.
    """
    # First, so that the warm kernels start while the rest gets ready.
    execute.setup(app)
    theme.setup(app)
    render.setup(app)
    pages.setup(app)
    policy.setup(app)
    return {"version": "0.1", "parallel_read_safe": True, "parallel_write_safe": True}
