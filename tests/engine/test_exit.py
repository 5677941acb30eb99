"""The way out of Jupyter Book: plain Sphinx reads the same settings; builds can be compared."""

import runpy

import pytest
import yaml
from checkout import ROOT
from jupyter_book.config import get_final_config

CONF = runpy.run_path(str(ROOT / "deploy" / "sphinx" / "conf.py"))
COMPARE = runpy.run_path(str(ROOT / "deploy" / "sphinx" / "compare.py"))


def test_the_settings_are_those_that_jupyter_book_makes():
    stock, _ = get_final_config(
        user_yaml=ROOT / "_config.yml", cli_config={"latex_individualpages": False}
    )
    ours = CONF["settings"](yaml.safe_load((ROOT / "_config.yml").read_text("utf-8")))
    theme, stock_theme = ours.pop("html_theme_options"), stock["html_theme_options"]
    buttons = theme.pop("launch_buttons")
    assert {name: stock_theme["launch_buttons"][name] for name in buttons} == buttons
    assert {name: stock_theme[name] for name in theme} == theme
    assert [ROOT / name for name in stock["bibtex_bibfiles"]] == [
        ROOT / name for name in ours.pop("bibtex_bibfiles")
    ]
    assert set(ours.pop("exclude_patterns")) <= set(stock["exclude_patterns"])
    own = stock["extensions"]
    assert ours.pop("extensions") == [name for name in own if name not in CONF["NOT_NEEDED"]]
    assert {name: stock[name] for name in ours} == ours


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<p>Two  words</p>", ""),
        ("<div><p>Two <b>words</b></p></div>", ""),
        ("<p>Two words more</p>", "a.html: 'Two words' is 'Two words more' in the other"),
        (None, "a.html: only in one of the builds"),
    ],
)
def test_a_page_that_says_something_else_is_found(tmp_path, text, said):
    for name, page in {"one": "<p>Two words</p>", "other": text}.items():
        (tmp_path / name).mkdir()
        if page:
            (tmp_path / name / "a.html").write_text(page, "utf-8")
    found = COMPARE["differences"](tmp_path / "one", tmp_path / "other")
    assert found == ([said] if said else [])
