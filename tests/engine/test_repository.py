"""Links to the public repository and to Binder: from one setting, and none without it."""

from io import StringIO
from pathlib import Path

import nbformat
import pytest
import yaml
from checkout import ROOT
from jupyter_book.config import get_final_config
from nbformat.v4 import new_markdown_cell, new_notebook
from pagechecks import Page, visit
from serve import serve
from sphinx.application import Sphinx
from sphinx.errors import ConfigError
from sphinx.util.docutils import docutils_namespace

from techpolitik.book import repository

URL = "https://github.com/owner/course"
SETTINGS = {"repository_url": URL, "launch_buttons": {"binderhub_url": "https://mybinder.org"}}
EXTENSION = """
from techpolitik.book import opening, policy, repository, theme, web

def setup(app):
    app.add_config_value("tp_course", "", "env")
    for part in (theme, web, repository, opening, policy):
        part.setup(app)
"""
HOME = """# Home

See the {repository}`source`.

:::{only} public
Report **a mistake** there.
:::

:::{only} binder
Run it on Binder.
:::

```{toctree}
how_to_use
../notebooks/01_rare_earths
```
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A book of two pages and a lesson in our theme."""
    (tmp_path / "conf.py").write_text(
        "extensions = ['myst_nb', 'tp_repository_alone']\nexclude_patterns = ['_build']\n"
        "html_theme = 'techpolitik'\nproject = html_title = 'A book'\nroot_doc = 'book/index'\n"
        "myst_enable_extensions = ['colon_fence']\nnb_execution_mode = 'off'\n"
        "html_sourcelink_suffix = ''  # as in Jupyter Book\n"
    )
    (tmp_path / "tp_repository_alone.py").write_text(EXTENSION)
    for folder in ("book", "notebooks"):
        (tmp_path / folder).mkdir()
    (tmp_path / "book/index.md").write_text(HOME)
    (tmp_path / "book/how_to_use.md").write_text("# Use\n\n(run-it)=\n## Run it\n\nSo.\n")
    lesson = new_notebook(cells=[new_markdown_cell("# 1. A lesson\n\nText.")])
    nbformat.write(lesson, tmp_path / "notebooks/01_rare_earths.ipynb")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delenv("TECHPOLITIK_REPOSITORY", raising=False)
    return tmp_path


def build(project: Path, options: dict) -> Path:
    """Build the book with these options of the theme; give the folder of its pages."""
    out, warned = project / "_build/html", StringIO()
    with docutils_namespace():
        app = Sphinx(
            srcdir=project,
            confdir=project,
            outdir=out,
            doctreedir=project / "_build/doctrees",
            buildername="html",
            confoverrides={"html_theme_options": options},
            status=StringIO(),
            warning=warned,
        )
        app.build()
    assert warned.getvalue() == ""
    return out


def links(page: Path) -> dict[str, str]:
    """Give the links of a page that lead out of the book: {words: address}."""
    found = Page(page.read_text("utf-8")).tagged("a")
    return {a["text"]: a["href"] for a in found if a.get("href", "").startswith("http")}


def test_without_the_setting_no_page_mentions_a_repository(project):
    out = build(project, {})
    pages = [path.read_text("utf-8") for path in out.rglob("*.html")]
    assert all(word not in page for page in pages for word in ("github", "Binder", "mistake"))
    assert all(links(path) == {} for path in out.rglob("*.html"))
    assert "See the source." in (out / "book/index.html").read_text("utf-8")


def test_the_setting_gives_source_binder_and_words(project):
    out = build(project, SETTINGS)
    assert links(out / "notebooks/01_rare_earths.html") == {
        "Source on GitHub": f"{URL}/blob/main/notebooks/01_rare_earths.ipynb",
        "Run on Binder": "https://mybinder.org/v2/gh/owner/course/main"
        "?urlpath=lab/tree/notebooks/01_rare_earths.ipynb",
    }
    assert links(out / "book/index.html") == {"source": URL}
    home = (out / "book/index.html").read_text("utf-8")
    assert "<strong>a mistake</strong>" in home and "Run it on Binder." in home
    # The setting taken away again reaches every page.
    out = build(project, {})
    assert links(out / "notebooks/01_rare_earths.html") == links(out / "book/index.html") == {}


def test_binder_can_be_left_out(project):
    out = build(project, {"repository_url": URL})
    assert list(links(out / "notebooks/01_rare_earths.html")) == ["Source on GitHub"]
    assert "Binder" not in (out / "book/index.html").read_text("utf-8")


def test_nothing_is_asked_for_before_a_link_is_followed(project, new_page):
    with serve(build(project, SETTINGS)) as site:
        watch = visit(new_page(), f"{site.url}notebooks/01_rare_earths.html")
        assert watch.problems == []


def test_a_workflow_names_the_repository(project, monkeypatch):
    monkeypatch.setenv("TECHPOLITIK_REPOSITORY", "https://github.com/somebody/fork")
    out = build(project, SETTINGS)
    assert links(out / "book/index.html") == {"source": "https://github.com/somebody/fork"}


@pytest.mark.parametrize(
    ("url", "branch", "path", "source", "binder"),
    [
        ("https://gitlab.com/a/b/c", "main", "", "/-/blob/main/", "gl/a%2Fb%2Fc/main?"),
        ("https://github.com/a/b", "next/2", "x", "/blob/next/2/x/", "gh/a/b/next%2F2?"),
        ("https://codeberg.org/a/b", "main", "", "/src/branch/main/", "git/https%3A%2F%2Fcodeb"),
        ("https://git.example.org/a/b", "main", "", "", "git/https%3A%2F%2Fgit.example.org"),
    ],
)
def test_each_host_has_addresses_of_its_own(url, branch, path, source, binder):
    found = repository.addresses(url, branch, path, "https://mybinder.org/")
    assert found["source"] == (url + source if source else "")
    assert found["binder"].startswith(f"https://mybinder.org/v2/{binder}")


@pytest.mark.parametrize("url", ["github.com/a/b", "http://github.com/a/b", "https://github.com/"])
def test_what_is_no_address_stops_the_build(project, url):
    with pytest.raises(ConfigError, match=r"repository\.url in _config\.yml is"):
        build(project, {"repository_url": url})


def test_the_settings_of_jupyter_book_reach_the_theme(project):
    """By its own names in _config.yml; an option that the theme does not know is a warning."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
    config["repository"] = {"url": URL, "branch": "next", "path_to_book": "course"}
    (project / "_config.yml").write_text(yaml.safe_dump(config), "utf-8")
    final, _ = get_final_config(
        user_yaml=project / "_config.yml", cli_config={"latex_individualpages": False}
    )
    out = build(project, final["html_theme_options"])
    source, binder = links(out / "notebooks/01_rare_earths.html").values()
    assert source == f"{URL}/blob/next/course/notebooks/01_rare_earths.ipynb"
    assert binder.endswith("/course/next?urlpath=lab/tree/course/notebooks/01_rare_earths.ipynb")
