"""A page of the site, set for the PDF: what a screen needs goes, the rest takes less room."""

import html
import re
from collections import Counter
from posixpath import join, normpath
from urllib.parse import urldefrag, urlsplit

from bs4 import BeautifulSoup, Tag

#: Parts of a page that are for a screen.
SCREEN_ONLY = "script, noscript, .tp-run, .tp-hero, .tp-filter, .tp-get, .tp-save"
#: From so many columns on, a table is set smaller.
WIDE_COLUMNS = 6
REFERRING = ("for", "aria-labelledby", "aria-describedby", "aria-controls")
#: Width of the text in mm, width below which a figure's letters get too small, height to aim at.
WIDTH, NARROWEST, HEIGHT = 160, 125, 72


def key(name: str, place: str = "") -> str:
    """Give the id that a page, or a place on it, has in the whole document."""
    return re.sub(r"\W+", "-", name.removesuffix(".html")) + (f"--{place}" if place else "")


def parsed(markup: str) -> Tag:
    """Give the one element that a piece of HTML holds."""
    return BeautifulSoup(markup, "html.parser").contents[0]


def note(place: str, said: str) -> Tag:
    """Give the line that leads to what is printed on another page."""
    return parsed(
        f'<p class="pdf-note"><a href="#{place}">{html.escape(said)}: page '
        f'<b data-page="{place}"></b></a></p>'
    )


def set_for_print(article: Tag, name: str, names: list[str]) -> None:
    """Make a page part of the whole.

    Parameters
    ----------
    article
        The page, which is changed.
    name
        Its path.
    names
        The paths of all pages.

    """
    for part in article.select(SCREEN_ONLY):
        part.decompose()
    for form in article.select(".tp-controls"):
        form.replace_with(settings(form))
    for check in article.select(".tp-check-not-yet"):
        hint = check.select_one(".tp-check-hint")
        check.replace_with(hint or "")
    for drawing in article.select(".tp-chart > svg"):
        drawing["style"] = f"width: {width(drawing)}mm"
    number_ids(article, name)
    mend_links(article, name, names)
    for card in article.select(".tp-dataset"):
        dataset = card.select_one(".tp-card-size code").get_text().replace("_", "-")
        card.append(note(f"book-datasets--dataset-{dataset}", "Columns and sources"))
    for source in article.select(".tp-entry-source"):  # the line below the quotation names it
        fact = source.find_parent("dd")
        fact.find_previous_sibling("dt").decompose()
        fact.decompose()
    for listing in article.select(".tp-claim-list"):
        listing.replace_with(entries(listing))
    columns(article.select(".tp-columns table"))
    for table in article.select(".tp-statistics table"):
        table.replace_with(sources(table))
    for table in article.select("table"):
        if len(head(table)) >= WIDE_COLUMNS:
            table["class"] = [*table.get("class", []), "pdf-wide"]


def settings(form: Tag) -> Tag:
    """Give the setting of an exploration, as the drawing shows it, in words."""
    said = []
    for control in form.select(".tp-control"):
        chosen = control.select_one("output") or control.select_one("option[selected]")
        said.append(f"{control.label.get_text().strip()}: {chosen.get_text().strip()}")
    return parsed(f'<p class="pdf-settings">{html.escape("; ".join(said))}.</p>')


def width(drawing: Tag) -> int:
    """Give the width of a figure in mm: all of the text's, less if it would get too high."""
    across, down = float(drawing["width"]), float(drawing["height"])
    return round(min(WIDTH, max(NARROWEST, HEIGHT * across / down)))


# ---------------------------------------------------------------------------- tables as lists


def head(table: Tag) -> list[str]:
    """Give the words over the columns of a table."""
    return [cell.get_text().strip() for cell in table.tr.find_all(["td", "th"])]


def columns(tables: list[Tag]) -> None:
    """Have a list in place of each table of columns; what most of them share is said once."""
    if not tables:
        return
    described = {table: [columned(row) for row in table.select("tbody tr")] for table in tables}
    counted = Counter(row for rows in described.values() for row in rows)
    shared = [row for row, number in counted.items() if number > len(tables) / 2]
    first = tables[0].find_parent("section")
    for table, rows in described.items():
        own = "".join(f"<li>{row}</li>" for row in rows if row not in shared)
        table.replace_with(parsed(f'<ul class="pdf-list">{own}</ul>'))
    said = "".join(f"<li>{row}</li>" for row in shared)
    first.insert_before(
        parsed(f'<div class="pdf-open"><p>Most tables also have:</p><ul>{said}</ul></div>')
    )


def columned(row: Tag) -> str:
    """Say what a column holds, from its row of the table of columns."""
    name, kind, unit, meaning = (cell.decode_contents().strip() for cell in row.select("td"))
    return f"{name} ({', '.join(filter(None, (kind, unit)))}) {meaning}"


def entries(listing: Tag) -> Tag:
    """Give the links of a list whose words stand in another chapter."""
    return parsed(f"<p>{', '.join(map(str, listing.select('a')))}.</p>")


def sources(table: Tag) -> Tag:
    """Give the table of sources as a list; the commonest licence is said once."""
    cells = [
        [cell.decode_contents().strip() for cell in row.select("td")]
        for row in table.select("tbody tr")
    ]
    common = Counter(licence for *_, licence in cells).most_common(1)[0][0]
    rows = f"<p>Where no licence is named: {common[0].lower()}{common[1:]}.</p><ul>"
    for name, title, publisher, date, licence in cells:
        rows += f"<li><b>{name}</b> {title}. {', '.join(filter(None, (publisher, date)))}."
        rows += "</li>" if licence == common else f" {licence}.</li>"
    return parsed(f'<div class="pdf-list">{rows}</ul></div>')


# ---------------------------------------------------------------------------- links and ids


def number_ids(article: Tag, name: str) -> None:
    """Make the ids of a page unique in the whole, with what refers to them."""
    for part in article.find_all(True):
        if "id" in part.attrs:
            part["id"] = key(name, part["id"])
        for attribute in REFERRING:
            if attribute in part.attrs:
                # The parser gives some of them as words, some as one string of words.
                said = " ".join(part.get_attribute_list(attribute)).split()
                part[attribute] = " ".join(key(name, one) for one in said)


def mend_links(article: Tag, name: str, names: list[str]) -> None:
    """Have the links of a page lead to places in the whole; what leads to none is text."""
    for link in article.select("a[href]"):
        address = inside(link["href"], name, names)
        if address:
            link["href"] = address
            if address.endswith(link.get_text().strip().removeprefix("doi:")):
                link["class"] = "pdf-address"  # not printed a second time
        else:
            link.unwrap()


def inside(address: str, name: str, names: list[str]) -> str:
    """Give where a link of a page leads in the whole document; empty if it is not part of it."""
    if urlsplit(address).scheme:
        return address
    path, place = urldefrag(address)
    page = normpath(join(name, "..", path)) if path else name
    return f"#{key(page, place)}" if page in names else ""
