"""What the site says to the web around it, in a small real build."""

import re
import shutil
import xml.etree.ElementTree as tree
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import books
import pytest
import vl_convert
from pagechecks import Page, visit
from serve import serve
from sphinx.errors import ConfigError, SphinxError

from techpolitik.book import theme, web

ADDRESS = "https://example.org/course/"
EXTENSION = """
from techpolitik.book import policy, theme, web

def setup(app):
    for part in (theme, web, policy):
        part.setup(app)
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A book of two pages in our theme."""
    (tmp_path / "conf.py").write_text(
        "extensions = ['myst_nb', 'tp_web_alone']\nexclude_patterns = ['_build']\n"
        "html_theme = 'techpolitik'\nproject = html_title = 'A book'\nroot_doc = 'book/index'\n"
        "smartquotes = False\n"
    )
    (tmp_path / "tp_web_alone.py").write_text(EXTENSION)
    (tmp_path / "book").mkdir()
    (tmp_path / "book/index.md").write_text("# Home\n\nThe first.\n\n```{toctree}\nclaims\n```\n")
    (tmp_path / "book/claims.md").write_text('# Claims & "evidence"\n\nThe ledger.\n')
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def build(project: Path, **settings) -> Path:
    """Build the book with these settings, without a warning; give the folder of its pages."""
    _, warned = books.build(project, **settings)
    assert warned == ""
    return project / "_build/html"


def properties(path: Path) -> dict[str, str]:
    """Give what the head of a page says of it: canonical address, preview, robots."""
    page = Page(path.read_text("utf-8"))
    said = {
        meta.get("property") or meta["name"]: meta["content"]
        for meta in page.tagged("meta")
        if "property" in meta or "name" in meta
    }
    links = page.tagged("link")
    return said | {link["rel"]: link["href"] for link in links if link.get("rel") == "canonical"}


def test_one_setting_gives_all_absolute_addresses(project):
    out = build(project, html_baseurl=ADDRESS.rstrip("/"))
    said = properties(out / "book/claims.html")
    assert said["canonical"] == said["og:url"] == ADDRESS + "book/claims.html"
    assert said["og:title"] == 'Claims & "evidence"'
    assert said["og:description"] == said["description"] == "The ledger."
    assert said["og:image:alt"]
    listed = [entry.text for entry in tree.parse(out / "sitemap.xml").iterfind(".//{*}loc")]
    assert listed == [ADDRESS + "book/claims.html", ADDRESS + "book/index.html"]
    assert (out / "robots.txt").read_text().endswith(f"Sitemap: {ADDRESS}sitemap.xml\n")
    for page in listed:
        assert (out / page.removeprefix(ADDRESS)).is_file()
    card = (out / said["og:image"].removeprefix(ADDRESS)).read_bytes()
    assert card.startswith(b"\x89PNG")
    assert tuple(int.from_bytes(card[at : at + 4]) for at in (16, 20)) == web.CARD_SIZE
    assert "canonical" not in properties(out / "404.html") | properties(out / "search.html")


def test_without_the_setting_nothing_claims_an_address(project):
    out = build(project)
    for name in ("sitemap.xml", "robots.txt", web.CARD):
        assert not (out / name).exists()
    for path in out.rglob("*.html"):
        said = properties(path)
        assert "canonical" not in said and not any(name.startswith("og:") for name in said)


def test_every_page_runs_no_plugin_and_tells_no_host_where_a_reader_came_from(project):
    out = build(project, redirects={"ledger": "book/claims"})
    for path in out.rglob("*.html"):
        page = Page(path.read_text("utf-8"))
        (policy,) = [m["content"] for m in page.tagged("meta") if "http-equiv" in m][:1]
        assert "object-src 'none'" in policy, path
        assert properties(path)["referrer"] == "no-referrer", path


@pytest.mark.parametrize(
    "planted",
    [
        '<img src="//elsewhere.example/a.png">',
        '<img src="/\\\\elsewhere.example/a.png">',
        '<img srcset="a.png 1x, //elsewhere.example/a.png 2x">',
        '<p onclick="go()">',
    ],
)
def test_a_page_that_asks_another_host_or_runs_a_handler_stops_the_build(project, planted):
    page = project / "book/claims.md"
    page.write_text(page.read_text() + f"\n```{{raw}} html\n{planted}\n```\n")
    with pytest.raises(SphinxError, match=r"claims\.html: line \d+: <(img|p)"):
        build(project)


def test_the_preview_shows_its_words(project):
    """The picture is not empty where a font is missing: words darken it."""
    plain = re.sub(r"<text.*?</text>", "", web.card())
    assert vl_convert.svg_to_png(web.card()) != vl_convert.svg_to_png(plain)


@pytest.mark.parametrize("address", ["", ADDRESS])
def test_the_page_for_a_wrong_address_leads_back(project, address):
    out = build(project, html_baseurl=address)
    page = Page((out / "404.html").read_text("utf-8"))
    # A host shows it in place of any page.
    shown_at = urljoin(address or "https://example.org/", "book/old/lost.html")
    inside = urlsplit(address).path.lstrip("/")
    for element in page.elements:
        for name in ("href", "src", "action"):
            if element.get(name, "#").startswith("#"):
                continue
            leads = urlsplit(urljoin(shown_at, element[name])).path.lstrip("/")
            assert (out / leads.removeprefix(inside)).is_file(), element[name]
    assert properties(out / "404.html")["robots"] == "noindex"


def test_a_reader_at_a_wrong_address_finds_the_way_back(project, new_page):
    out = build(project)
    # A second build without change must not spoil what the first one wrote.
    build(project)
    with serve(out) as site:
        page = new_page()
        page.goto(site.url + "book/old/lost.html")
        assert page.locator("h1").inner_text() == "Page not found"
        assert page.locator(".tp-header").evaluate("bar => getComputedStyle(bar).display") == "flex"
        page.locator("main").get_by_role("link", name="first page").click()
        page.wait_for_url("**/book/index.html")


@pytest.mark.parametrize(
    ("changed", "built"),
    [
        ("static/techpolitik.css", "_static/techpolitik.css"),
        ("theme/layout.html", "book/claims.html"),
    ],
)
def test_a_change_of_the_theme_alone_reaches_the_book(project, monkeypatch, changed, built):
    home = project / "site"
    shutil.copytree(theme.HERE, home, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    monkeypatch.setattr(theme, "HERE", home)
    before = (build(project) / built).stat().st_mtime_ns
    assert (build(project) / built).stat().st_mtime_ns == before
    with (home / changed).open("a", encoding="utf-8") as file:
        file.write("\n<!-- planted -->\n" if changed.endswith("html") else "\n.planted {}\n")
    assert "planted" in (build(project) / built).read_text("utf-8")


def test_a_renamed_page_sends_readers_on(project, new_page):
    out = build(project, redirects={"ledger": "book/claims", "book/old/first": "book/index"})
    with serve(out) as site:
        for old, new in {"ledger.html": "claims", "book/old/first.html": "index"}.items():
            page = new_page()
            watch = visit(page, site.url + old)
            page.wait_for_url(f"**/book/{new}.html")
            assert watch.problems == []


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"redirects": {"old": "book/nowhere"}}, "old to book/nowhere: the first must be a page"),
        ({"redirects": {"book/index": "book/claims"}}, "the first must be a page that is gone"),
        ({"html_baseurl": "example.org"}, "'example.org': begin it with https://"),
    ],
)
def test_a_wrong_setting_stops_the_build(project, settings, message):
    with pytest.raises((ConfigError, SphinxError), match=re.escape(message)):
        build(project, **settings)
