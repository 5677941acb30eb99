"""Where the course lives in public: links to its source and to Binder, from one setting.

The settings are those of Jupyter Book and mean in _config.yml what they mean there: `repository`
with `url`, `branch` and `path_to_book`, and `launch_buttons` with `binderhub_url`. Without `url`
no page says anything about a repository. The links are plain: no other host is asked for
anything until they are followed.
"""

import html
import os
from urllib.parse import quote, urlsplit

from sphinx.errors import ConfigError
from sphinx.util.docutils import SphinxRole

from techpolitik.book.pages.parts import raw

#: Of each host its name, where it shows a file of a branch, and what Binder calls it.
HOSTS = {
    "github.com": ("GitHub", "/blob/{}/", "gh"),
    "gitlab.com": ("GitLab", "/-/blob/{}/", "gl"),
    "codeberg.org": ("Codeberg", "/src/branch/{}/", "git"),
}


def setup(app):
    """Register the setting, the words for pages and the links of lessons.

    Setting `tp_repository`, made here from those of Jupyter Book: {} or url, host, and the
    beginnings of the addresses source and binder.
    """
    app.add_config_value("tp_repository", {}, "env", types=[dict])
    app.add_role("repository", Repository())
    app.connect("config-inited", configure)


def configure(app, config):
    """Read the settings; TECHPOLITIK_REPOSITORY names the repository where a workflow builds."""
    given = config.html_theme_options
    url = os.environ.get("TECHPOLITIK_REPOSITORY") or given.get("repository_url") or ""
    if url:
        config.tp_repository = addresses(
            url.rstrip("/").removesuffix(".git"),
            given.get("repository_branch") or "main",
            (given.get("path_to_docs") or "").strip("/"),
            (given.get("launch_buttons") or {}).get("binderhub_url") or "",
        )
    # For `{only}`: what a page says of the repository and of Binder, where there are any.
    for tag, wanted in (("public", "url"), ("binder", "binder")):
        if config.tp_repository.get(wanted):
            app.tags.add(tag)


def addresses(url: str, branch: str, path: str, binder: str) -> dict[str, str]:
    """Return what is to be known of a repository; `ConfigError` for an address that is none.

    Parameters
    ----------
    url, branch
        Of the repository.
    path
        Of the book in it.
    binder
        The address of a BinderHub, or nothing.

    """
    for name, address in (("repository.url", url), ("launch_buttons.binderhub_url", binder)):
        if address and not (urlsplit(address).scheme == "https" and urlsplit(address).hostname):
            raise ConfigError(f"{name} in _config.yml is {address!r}: begin it with https://")
    server, project = urlsplit(url).hostname, urlsplit(url).path.strip("/")
    if not project:
        raise ConfigError(f"repository.url in _config.yml is {url!r}: it names no repository")
    host, shown, kind = HOSTS.get(server, (server, "", "git"))
    inside = f"{path}/" if path else ""
    # Binder wants the path of GitHub's projects as it is, all else as one word.
    called = project if kind == "gh" else quote(url if kind == "git" else project, safe="")
    launched = f"{binder.rstrip('/')}/v2/{kind}/{called}/{quote(branch, safe='')}"
    return {
        "url": url,
        "host": host,
        "source": f"{url}{shown.format(branch)}{inside}" if shown else "",
        "binder": f"{launched}?urlpath=lab/tree/{inside}" if binder else "",
    }


def links(app, docname: str) -> list[tuple[str, str]]:
    """Return the links of a lesson to its source and to Binder: (address, words)."""
    known, file = app.config.tp_repository, f"{docname}.ipynb"
    if not known:
        return []
    source = f"{known['source']}{file}" if known["source"] else known["url"]
    binder = [(f"{known['binder']}{file}", "Run on Binder")] if known["binder"] else []
    return [(source, f"Source on {known['host']}"), *binder]


class Repository(SphinxRole):
    """A link to the repository: `` {repository}`public repository` ``; its words without one."""

    def run(self):
        """Return the link."""
        url, words = self.env.config.tp_repository.get("url"), html.escape(self.text)
        return [raw(f'<a href="{html.escape(url)}">{words}</a>' if url else words)], []
