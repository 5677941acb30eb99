"""How to cite a figure: who made the course, what the figure says, whose data, and where it is."""

from functools import cache
from urllib.parse import urljoin

import yaml

from techpolitik import course
from techpolitik.book import web
from techpolitik.lesson import datasets


def setup(app):
    """Have figures cited anew when what citations say has changed.

    Setting `tp_cited`, made here: the record of the course and the address of the site.
    """
    app.add_config_value("tp_cited", "", "env", types=[str])
    # After `web`, which may take the address from elsewhere.
    app.connect("config-inited", note_course, priority=950)


def note_course(app, config):
    """Note what all citations say."""
    config.tp_cited = f"{web.base(app)} {record()}"


@cache
def record() -> dict:
    """Give the course's own record, CITATION.cff; it names authors, title, version and date."""
    return yaml.safe_load((course.current().root / "CITATION.cff").read_text("utf-8"))


def citation(known: dict, meta: dict, address: str) -> str:
    """Cite a figure in one paragraph of plain text.

    Parameters
    ----------
    known
        Id, number and title of the figure (`render.note`).
    meta
        What travels with it (`figures.book_spec`).
    address
        Where it lies: on the web, or in the folder of the site if that has no address.

    """
    authors = ", ".join(author["name"] for author in record()["authors"])
    year = record()["date-released"].year
    number = known["number"] if known["number"] != "Figure" else "A figure"
    return (
        f"{authors} ({year}). {known['title']}. {number} in {record()['title']}, version "
        f"{record()['version']}. Data: {data(meta)}. {address}"
    )


def data(meta: dict) -> str:
    """Name the tables behind a figure, with who published them and when they were read."""
    if not meta["source"]:
        return "; ".join(about["title"].removesuffix(".") for about in meta["about"])
    return "; ".join(_table(datasets.resource(name)) for name in meta["source"])


def _table(resource: dict) -> str:
    publishers = ", ".join(source["title"] for source in resource["sources"])
    return f"{resource['title']} ({publishers}; read {resource['techpolitik']['retrieved']})"


def address_of(app, docname: str, key: str) -> str:
    """Give the address of a figure; without the setting html.baseurl, within the site's folder."""
    return urljoin(web.base(app), f"{app.builder.get_target_uri(docname)}#{key}")
