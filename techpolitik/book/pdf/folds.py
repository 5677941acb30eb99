"""What the site folds away, in the PDF: left out, opened in place, or printed on another page."""

import html

from bs4 import BeautifulSoup, Tag

from techpolitik.book.pdf.setting import key, note

#: Folded parts that another chapter prints, or that are files, as the code of figures is.
OMITTED_FOLDS = {
    "tp-part-table",
    "tp-part-cite",
    "tp-rows",
    "tp-units",
    "tp-all-sources",
    "tp-code",
}
#: Folded parts that give nothing away.
OPEN_FOLDS = {"tp-part-description", "tp-part-source", "tp-columns", "tp-row-sources"}
#: Which chapter also tells what a fold of this class holds: the one with an entry on the statement.
PRINTED_IN = {"tp-verdict": "book/claims.html", "tp-outcome": "book/forecasts.html"}


def printed_elsewhere(articles: dict[str, Tag]) -> dict[tuple[str, str], str]:
    """Give where the verdict or the outcome of a statement is printed: {(fold, statement): id}."""
    return {
        (fold, entry.h3.get_text().strip().partition(". ")[2]): key(name, entry["id"])
        for fold, name in PRINTED_IN.items()
        if name in articles
        for entry in articles[name].select(".tp-entry")
    }


def unfold(article: Tag, place: str, elsewhere: dict) -> list[tuple[str, str, str]]:
    """Take a page's folded parts apart.

    In the place of each, and of what another chapter tells, stands a note that leads there.

    Parameters
    ----------
    article
        The page, which is changed.
    place
        Its id.
    elsewhere
        What `printed_elsewhere` gives.

    Returns
    -------
    list of tuple
        What the end of the book holds, in order: its id there, what it answers, HTML.

    """
    kept = []
    for part in article.select(".tp-quiz-question, details"):
        at_the_end = f"answers--{place}-{len(kept) + 1}"
        if part.name != "details":
            kept.append((at_the_end, quiz_title(part), quiz_comments(part)))
            part.append(note(at_the_end, "Answer"))
        elif part.summary:  # a quiz has lost its own by now
            said = part.summary.extract().get_text().strip()
            kinds = {*part.get("class", [])}
            judged = next(iter(kinds & PRINTED_IN.keys()), None)
            entry = elsewhere.get((judged, statement(part)))
            if kinds & OMITTED_FOLDS or ("tp-part-source" in kinds and has_card(part)):
                leave_out(part)
            elif kinds & OPEN_FOLDS:
                opened(part, said)
            elif entry:
                told_there = said.removeprefix("Show ")
                part.replace_with(note(entry, told_there[0].upper() + told_there[1:]))
            else:
                kept.append((at_the_end, statement(part) or said, part.decode_contents()))
                part.replace_with(note(at_the_end, said))
    return kept


def statement(part: Tag) -> str:
    """Give the statement that a folded part judges, or nothing."""
    box = part.find_parent(class_=["tp-claim", "tp-forecast"])
    found = box and box.select_one(".tp-statement")
    return next(found.stripped_strings) if found else ""


def has_card(part: Tag) -> bool:
    """Whether the source that a figure's fold describes has a card among the datasets."""
    figure = part.find_parent(class_="tp-figure")
    return bool(figure and figure.select_one('.tp-source a[href*="--dataset-"]'))


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
    part.name = "div"
    if "tp-part-description" in part["class"]:
        part.attrs = {"class": "pdf-caption"}
        part.find_parent(class_="tp-figure").select_one(".tp-source").insert_before(part.extract())
    else:
        part.attrs = {"class": "pdf-open"}
        title = f'<p class="pdf-open-title">{html.escape(said)}</p>'
        part.insert(0, BeautifulSoup(title, "html.parser"))


def quiz_title(quiz: Tag) -> str:
    """Give the question of a quiz as a heading."""
    return quiz.select_one(".tp-quiz-prompt").get_text().strip()


def quiz_comments(quiz: Tag) -> str:
    """Take the comments away from the choices of a quiz; give both as HTML."""
    rows = ""
    for choice in quiz.select("details"):
        said = choice.summary.extract().decode_contents()
        kind = "pdf-right" if "tp-quiz-right" in choice["class"] else "pdf-other"
        rows += f'<li class="{kind}">{said}{choice.decode_contents()}</li>'
        line = f'<p class="pdf-choice">{said}</p>'
        choice.replace_with(BeautifulSoup(line, "html.parser"))
    return f'<ul class="pdf-choices">{rows}</ul>'


def answers(folded: list[tuple[str, list]]) -> str:
    """Give the chapter with all that was kept for it, by page."""
    rows = (
        "<h1>Answers</h1><p>Form your own view first. What follows is what the pages of the site "
        "keep folded and no other chapter tells: above all a comment on each answer of a quiz.</p>"
    )
    for title, kept in folded:
        rows += f"<h2>{html.escape(title)}</h2>" if kept else ""
        for place, asked_for, content in kept:
            rows += f'<section class="pdf-answer" id="{place}"><h3>{html.escape(asked_for)}</h3>'
            rows += f"{content}</section>"
    return rows
