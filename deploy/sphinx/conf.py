"""Settings for plain Sphinx, read from `_config.yml`: the way out of Jupyter Book 1.

`make exit` builds the book with them and the newest Sphinx, in an environment without Jupyter Book,
and compares the pages.
"""

from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
#: Extensions that only Jupyter Book needs.
NOT_NEEDED = {"jupyter_book", "sphinx_comments"}


def settings(given: dict) -> dict:
    """Return what Jupyter Book makes of `_config.yml`, as far as this book uses it."""
    execute, repository = given["execute"], given["repository"]
    own = dict(given["sphinx"]["config"])
    own["extensions"] = [name for name in own["extensions"] if name not in NOT_NEEDED]
    return {
        "html_title": given["title"],
        "author": given["author"],
        "copyright": given["copyright"],
        "exclude_patterns": given["exclude_patterns"],
        "external_toc_exclude_missing": given["only_build_toc_files"],
        "nb_execution_mode": execute["execute_notebooks"],
        "nb_execution_allow_errors": execute["allow_errors"],
        "nb_execution_raise_on_error": execute["raise_on_error"],
        "nb_execution_timeout": execute["timeout"],
        "nb_output_stderr": execute["stderr_output"],
        "myst_enable_extensions": given["parse"]["myst_enable_extensions"],
        "bibtex_bibfiles": [str(ROOT / path) for path in given["bibtex_bibfiles"]],
        "html_baseurl": given["html"]["baseurl"],
        "html_theme_options": {
            "repository_url": repository["url"],
            "repository_branch": repository["branch"],
            "path_to_docs": repository["path_to_book"],
            "launch_buttons": given["launch_buttons"],
        },
        "html_sourcelink_suffix": "",
        "numfig": True,
        "suppress_warnings": ["myst.domains"],
        **own,
    }


external_toc_path = str(ROOT / "_toc.yml")
globals().update(settings(yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))))
