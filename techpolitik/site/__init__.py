"""The Sphinx extension that makes the book: theme, policy, generated pages."""

from techpolitik.site import policy, theme


def setup(app):
    """Set up all parts of the site.

    Parameters: app, the Sphinx application.
    """
    theme.setup(app)
    policy.setup(app)
    return {"version": "0.1", "parallel_read_safe": True, "parallel_write_safe": True}
