"""The whole book as one PDF: the built pages put together and printed by Chromium.

The pages of the site become chapters of one document, in the order of its contents. Chapters that
one looks things up in are set small, in two columns (`setting`). What a page keeps folded so that
readers think first stands elsewhere, and a line in its place says on which page (`folds`). Figures
keep the drawing made at build time, which shows sliders at their start.
"""

import html
import re
from pathlib import Path
from posixpath import join, normpath

from bs4 import BeautifulSoup

from techpolitik import course
from techpolitik.book.pdf.folds import answers, printed_elsewhere, unfold
from techpolitik.book.pdf.setting import key, set_for_print

STYLE = Path(__file__).with_name("pdf.css")
NUMBER = "\N{FIGURE SPACE}" * 3
HOW_IT_DIFFERS = (
    "Figures stand as they do on the site before a slider is moved. The tables behind them and the "
    "rows of the datasets are left out: each is a file that a spreadsheet opens, in the folder "
    "“data” of the course and on the site. Links are alive on a screen; where a source is named, "
    "its address is printed. What the site keeps folded so that you think first stands on another "
    "page, which a line in its place names."
)


def write_pdf(browser, site: Path, target: Path) -> int:
    """Print the built book.

    Parameters
    ----------
    browser
        A running one (`book.browser`).
    site
        The folder of the built pages.
    target
        The PDF to write.

    Returns
    -------
    int
        Its number of pages.

    """
    from pypdf import PdfReader

    source = target.with_suffix(".html")
    document = whole(site)
    page = browser.new_page(java_script_enabled=False)
    # Printed twice: the first print tells on which page everything lies.
    numbers = {}
    for last in (False, True):
        source.write_text(numbered(document, numbers), "utf-8")
        page.goto(source.resolve().as_uri())
        page.pdf(
            path=target, prefer_css_page_size=True, print_background=True, outline=last, tagged=last
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
    articles = {name: read(site / name).select_one("article") for name in names}
    elsewhere = printed_elsewhere(articles)
    rows, chapters, folded = [], [], []
    for caption, pages in parts:
        rows.append((caption, []))
        for name, _ in pages:
            article = articles[name]
            set_for_print(article, name, names)
            title = article.h1.get_text()
            rows[-1][1].append((key(name), title))
            folded.append((title, unfold(article, key(name), elsewhere)))
            chapters.append(chapter(name, title, article.decode_contents()))
    rows.append(("At the end", [("answers", "Answers")]))
    chapters.append(chapter("answers", "Answers", answers(folded)))
    said = course.current().settings
    title = html.escape(f"{said['title']}: {said.get('subtitle', said['question'])}")
    return (
        f'<!DOCTYPE html>\n<html lang="en-GB"><head><meta charset="utf-8"><title>{title}</title>'
        f"{styles(site)}</head><body>{cover(front)}{imprint(front)}{contents_html(rows)}"
        f"{''.join(chapters)}</body></html>\n"
    )


def read(path: Path) -> BeautifulSoup:
    """Parse one page, without the marks beside its headings."""
    page = BeautifulSoup(path.read_text("utf-8"), "html.parser")
    for link in page.select("article .headerlink"):
        link.decompose()
    return page


def contents(front: BeautifulSoup) -> list[tuple[str, list[tuple[str, str]]]]:
    """Give the parts of the book from its navigation: (caption, [(page, title)])."""
    captions = [caption.get_text().strip() for caption in front.select(".tp-nav .caption")]
    lists = [
        [(normpath(join("book", a["href"])), a.get_text().strip()) for a in part.select("a")]
        for part in front.select(".tp-nav > ul")
    ]
    return list(zip(captions, lists, strict=True))


def styles(site: Path) -> str:
    """Give the site's own styles, those of the PDF, and the running head of its left-hand pages."""
    paths = [site / "_static/techpolitik.css", site / "_static/figures.css", STYLE]
    links = (f'<link rel="stylesheet" href="{path.resolve().as_uri()}">' for path in paths)
    head = quoted(course.current().settings["title"])
    rule = f'@page :left {{ @top-left {{ content: counter(page) "\\2003{head}"; }} }}'
    return f"{''.join(links)}<style>{rule}</style>"


def quoted(text: str) -> str:
    """Return a text as it can stand between the quotation marks of a style."""
    return text.replace("\\", "").replace('"', "'").replace("<", "")


def cover(front: BeautifulSoup) -> str:
    """Give the title page: name, question, lead and layers of the front page."""
    article = front.select_one("article")
    shown = [article.select_one(selector) for selector in ("h1", ".tp-lead", ".tp-stack")]
    title = html.escape(course.current().settings["title"])
    return (
        f'<section class="pdf-cover"><p class="pdf-name">{title}</p>'
        f"{''.join(str(part) for part in shown if part)}</section>"
    )


def imprint(front: BeautifulSoup) -> str:
    """Give the back of the title page: who made the book, its licence, what is not in it."""
    return (
        '<section class="pdf-imprint">'
        f"<p>{front.select_one('.tp-footer p').decode_contents()}</p>"
        f"<p>{html.escape(course.current().settings['licence'])}</p>"
        f"<h2>About this PDF</h2><p>{HOW_IT_DIFFERS}</p></section>"
    )


def contents_html(parts: list) -> str:
    """Give the table of contents; page numbers are filled in later."""
    rows = ""
    for caption, pages in parts:
        rows += f"<p>{html.escape(caption)}</p><ul>"
        for place, title in pages:
            rows += (
                f'<li><a href="#{place}"><span>{html.escape(title)}</span>'
                f'<b data-page="{place}"></b></a></li>'
            )
        rows += "</ul>"
    return f'<nav class="pdf-contents"><h1>Contents</h1>{rows}</nav>'


def chapter(name: str, title: str, content: str) -> str:
    """Give one chapter; its title is the running head of its right-hand pages."""
    place, head = key(name), quoted(title)
    small = {*course.current().settings["pdf"]["looked_up"], "answers"}
    kind = "pdf-chapter tp-article"
    kind += " pdf-small" if name.removesuffix(".html") in small else ""
    return (
        f'<style>@page {place}:right {{ @top-right {{ content: "{head}\\2003" counter(page) }} }}'
        f'</style><section class="{kind}" id="{place}" style="page: {place}">{content}</section>'
    )
