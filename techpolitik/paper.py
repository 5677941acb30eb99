"""The whole book as one PDF: the built pages put together and printed by Chromium.

The pages of the site become chapters of one document, in the order of its contents. What a page
keeps folded so that readers think first (verdicts, comments on quiz answers) is printed at the end
of the book, and the place where it was folded says on which page. Figures keep the drawing made at
build time, which shows sliders at their start, with the description as caption.
"""

import html
import re
from pathlib import Path
from posixpath import join, normpath
from urllib.parse import urldefrag, urlsplit

from bs4 import BeautifulSoup, Tag

STYLE = Path(__file__).with_name("paper.css")
#: Parts of a page that are for a screen.
SCREEN_ONLY = "script, noscript, .tp-download, .tp-filter, .tp-get, .tp-save"
#: From so many columns on, a table is set smaller.
WIDE = 6
REFERRING = ("for", "aria-labelledby", "aria-describedby", "aria-controls")
#: Folded parts that another chapter prints, or that no sheet of paper is wide enough for.
LEFT_OUT = re.compile(r"Table$|Source$|Cite$|First \d+ rows$|Columns and their units$")
#: Folded parts that give nothing away.
OPENED = re.compile(r"Description$|Columns$|All \d+ sources$")
NUMBER = "\N{FIGURE SPACE}" * 3


def write_pdf(browser, site: Path, target: Path) -> int:
    """Print the built book.

    Parameters: browser, a running one (techpolitik.browser); site, the folder of the built pages;
    target, the PDF to write. Returns its number of pages.
    """
    from pypdf import PdfReader

    source = target.with_suffix(".html")
    document = whole(site)
    page = browser.new_page(java_script_enabled=False)
    # Printed twice: the first print tells on which page everything lies.
    numbers = {}
    for _ in range(2):
        source.write_text(numbered(document, numbers), "utf-8")
        page.goto(source.resolve().as_uri())
        page.pdf(
            path=target, prefer_css_page_size=True, print_background=True, outline=True, tagged=True
        )
        printed = PdfReader(target)
        numbers = {
            name.removeprefix("/"): printed.get_destination_page_number(place) + 1
            for name, place in printed.named_destinations.items()
        }
    page.close()
    source.unlink()
    return len(printed.pages)


def numbered(document: str, numbers: dict[str, int]) -> str:
    """Fill in page numbers: `<b data-page="id"></b>` gets the page on which the id lies."""

    def fill(found):
        number = str(numbers.get(found[1], "")).rjust(len(NUMBER), NUMBER[0])
        return f"{found[0]}{number}"

    return re.sub(r'<b data-page="([^"]+)">', fill, document)


def whole(site: Path) -> str:
    """Give the book as one HTML document: cover, contents, chapters, what was folded."""
    front = read(site / "book/index.html")
    parts = contents(front)
    names = [name for _, pages in parts for name, _ in pages]
    chapters, folded = [], []
    for name in names:
        article = read(site / name).select_one("article")
        for link in article.select(".headerlink"):
            link.decompose()
        title = article.h1.get_text()
        on_paper(article, name, names)
        folded.append((title, unfold(article, name)))
        chapters.append(chapter(key(name), title, article.decode_contents()))
    parts.append(("At the end", [("answers", "Verdicts and answers")]))
    chapters.append(chapter("answers", "Verdicts and answers", answers(folded)))
    return (
        '<!DOCTYPE html>\n<html lang="en-GB"><head><meta charset="utf-8">'
        f"<title>{front.select_one('.tp-brand').get_text()}</title>"
        f"{styles(site)}</head><body>{cover(front)}{contents_html(parts)}"
        f"{''.join(chapters)}</body></html>\n"
    )


def read(path: Path) -> BeautifulSoup:
    """Parse one page."""
    return BeautifulSoup(path.read_text("utf-8"), "html.parser")


def contents(front: BeautifulSoup) -> list[tuple[str, list[tuple[str, str]]]]:
    """Give the parts of the book from its navigation: (caption, [(page, title)])."""
    captions = [caption.get_text().strip() for caption in front.select(".tp-nav .caption")]
    lists = [
        [(normpath(join("book", a["href"])), a.get_text().strip()) for a in part.select("a")]
        for part in front.select(".tp-nav > ul")
    ]
    return list(zip(captions, lists, strict=True))


def key(name: str, place: str = "") -> str:
    """Give the id that a page, or a place on it, has in the whole document."""
    return re.sub(r"\W+", "-", name.removesuffix(".html")) + (f"--{place}" if place else "")


def styles(site: Path) -> str:
    """Give the links to the site's own styles and to those of the paper."""
    paths = [site / "_static/techpolitik.css", site / "_static/figures.css", STYLE]
    return "".join(f'<link rel="stylesheet" href="{path.resolve().as_uri()}">' for path in paths)


def cover(front: BeautifulSoup) -> str:
    """Give the title page: name, question, lead and layers of the front page, and who made it."""
    article, footer = front.select_one("article"), front.select_one(".tp-footer p")
    article.h1.select_one(".headerlink").decompose()
    shown = [article.select_one(selector) for selector in (".tp-lead", ".tp-stack")]
    return (
        f'<section class="paper-cover"><p class="paper-name">'
        f"{front.select_one('.tp-brand').get_text()}</p>{article.h1}"
        f"{''.join(str(part) for part in shown if part)}"
        f'<p class="paper-imprint">{footer.decode_contents()}</p></section>'
    )


def contents_html(parts: list) -> str:
    """Give the table of contents; page numbers are filled in later."""
    rows = ""
    for caption, pages in parts:
        rows += f"<p>{html.escape(caption)}</p><ul>"
        for name, title in pages:
            place = key(name)
            rows += (
                f'<li><a href="#{place}"><span>{html.escape(title)}</span>'
                f'<b data-page="{place}"></b></a></li>'
            )
        rows += "</ul>"
    return f'<nav class="paper-contents"><h1>Contents</h1>{rows}</nav>'


def chapter(name: str, title: str, content: str) -> str:
    """Give one chapter; its title is the running head of its pages."""
    head = title.replace('"', "'")
    return (
        f'<style>@page {name} {{ @top-left {{ content: "{head}" }} }}</style>'
        f'<section class="paper-chapter tp-article" id="{name}" style="page: {name}">'
        f"{content}</section>"
    )


# ---------------------------------------------------------------------------- folded parts


def unfold(article: Tag, name: str) -> list[tuple[str, str, str]]:
    """Take a page's folded parts apart: left out, opened in place, or kept for the book's end.

    Returns what is kept, in order: (its id there, what it answers, HTML). In its place stands a
    note that leads there.
    """
    kept = []
    for part in article.select(".tp-quiz-question, details"):
        place = key("answers", f"{key(name)}-{len(kept) + 1}")
        if part.name != "details":
            kept.append((place, quiz_title(part), quiz_comments(part)))
            part.append(note(place, "Answer"))
        elif part.summary:  # a quiz has lost its own by now
            said = part.summary.extract().get_text().strip()
            if LEFT_OUT.match(said):
                leave_out(part)
            elif OPENED.match(said):
                opened(part, said)
            else:
                kept.append((place, asked(part, said), part.decode_contents()))
                part.replace_with(note(place, said))
    return kept


def leave_out(part: Tag) -> None:
    """Take a folded part off the page, with the term of a list of facts that it explains."""
    fact = part.find_parent("dd")
    if fact and fact.get_text().strip() == part.get_text().strip():
        fact.find_previous_sibling("dt").decompose()
        fact.decompose()
    else:
        part.decompose()


def opened(part: Tag, said: str) -> None:
    """Show a folded part where it stands; the description of a figure becomes its caption."""
    caption = said == "Description"
    part.name = "div"
    part.attrs = {"class": "paper-caption" if caption else "paper-open"}
    if not caption:
        part.insert(0, BeautifulSoup(f'<p class="paper-open-title">{said}</p>', "html.parser"))


def quiz_title(quiz: Tag) -> str:
    """Give the question of a quiz as a heading."""
    return quiz.select_one(".tp-quiz-prompt").get_text().strip()


def quiz_comments(quiz: Tag) -> str:
    """Take the comments away from the choices of a quiz; give both as HTML."""
    rows = ""
    for choice in quiz.select("details"):
        said = choice.summary.extract().decode_contents()
        kind = "paper-right" if "tp-quiz-right" in choice["class"] else "paper-other"
        rows += f'<li class="{kind}">{said}{choice.decode_contents()}</li>'
        line = f'<p class="paper-choice">{said}</p>'
        choice.replace_with(BeautifulSoup(line, "html.parser"))
    return f'<ul class="paper-choices">{rows}</ul>'


def asked(part: Tag, said: str) -> str:
    """Say what a folded part answers: the claim it judges, or the words on its fold."""
    claim = part.find_parent(class_="tp-claim")
    statement = claim and claim.select_one(".tp-statement")
    return next(statement.stripped_strings) if statement else said


def note(place: str, said: str) -> Tag:
    """Give the line that leads from a folded part to the end of the book."""
    line = f'<p class="paper-note"><a href="#{place}">{html.escape(said)}: page '
    line += f'<b data-page="{place}"></b></a></p>'
    return BeautifulSoup(line, "html.parser").p


def answers(folded: list[tuple[str, list]]) -> str:
    """Give the chapter with all that was folded, by page."""
    rows = (
        "<h1>Verdicts and answers</h1><p>Form your own view first. What follows is what the pages "
        "of the site keep folded: the ledger's verdicts, and a comment on each answer of a quiz."
        "</p>"
    )
    for title, kept in folded:
        rows += f"<h2>{html.escape(title)}</h2>" if kept else ""
        for place, asked_for, content in kept:
            rows += f'<section class="paper-answer" id="{place}"><h3>{html.escape(asked_for)}</h3>'
            rows += f"{content}</section>"
    return rows


# ---------------------------------------------------------------------------- links and ids


def on_paper(article: Tag, name: str, names: list[str]) -> None:
    """Make a page part of the whole: its ids unique, its links inside the document."""
    for part in article.select(SCREEN_ONLY):
        part.decompose()
    for table in article.select("table"):
        if len(table.tr.find_all(["td", "th"])) >= WIDE:
            table["class"] = [*table.get("class", []), "paper-wide"]
    for form in article.select(".tp-controls"):
        form.replace_with(settings(form))
    for part in article.find_all(True):
        if "id" in part.attrs:
            part["id"] = key(name, part["id"])
        for attribute in REFERRING:
            if attribute in part.attrs:
                # The parser gives some of them as words, some as one string of words.
                said = " ".join(part.get_attribute_list(attribute)).split()
                part[attribute] = " ".join(key(name, one) for one in said)
    for link in article.select("a[href]"):
        address = inside(link["href"], name, names)
        if address:
            link["href"] = address
        else:
            link.unwrap()


def inside(address: str, name: str, names: list[str]) -> str:
    """Give where a link of a page leads in the whole document; empty if it is not part of it."""
    if urlsplit(address).scheme:
        return address
    path, place = urldefrag(address)
    page = normpath(join(name, "..", path)) if path else name
    return f"#{key(page, place)}" if page in names else ""


def settings(form: Tag) -> Tag:
    """Give the setting of an exploration, as the drawing shows it, in words."""
    said = []
    for control in form.select(".tp-control"):
        chosen = control.select_one("output") or control.select_one("option[selected]")
        said.append(f"{control.label.get_text().strip()}: {chosen.get_text().strip()}")
    line = f'<p class="paper-settings">{html.escape("; ".join(said))}.</p>'
    return BeautifulSoup(line, "html.parser").p
