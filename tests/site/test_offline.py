"""The book away from the web: as an archive that opens by double click, and on paper."""

import re
import shutil
import zipfile
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from checkout import ROOT
from conftest import lesson_pages
from pagechecks import undrawn, visit, words
from pypdf import PdfReader

from techpolitik.archive import files_of, write_zip
from techpolitik.book import pdf as paper
from techpolitik.book.pdf import folds, setting
from techpolitik.cli import main

A_LESSON = lesson_pages()[1]

# ---------------------------------------------------------------------------- one archive


@pytest.fixture(scope="module")
def unpacked(book, tmp_path_factory):
    """The site as somebody has it who unpacked the archive, in a folder with a blank."""
    folder = tmp_path_factory.mktemp("offline") / "my downloads"
    write_zip(files_of(book), folder / "book.zip", "techpolitik")
    with zipfile.ZipFile(folder / "book.zip") as archive:
        archive.extractall(folder)
    return folder / "techpolitik"


def test_the_archive_opens_at_the_first_page_and_its_charts_draw(unpacked, new_page):
    page = new_page()
    watch = visit(page, (unpacked / "index.html").as_uri())
    page.wait_for_url("**/book/index.html")
    page.goto((unpacked / A_LESSON).as_uri())
    assert undrawn(page) == []
    assert watch.problems == []


def test_the_archive_can_be_searched(unpacked, new_page):
    page = new_page()
    watch = visit(page, (unpacked / A_LESSON).as_uri())
    page.keyboard.press("/")
    page.keyboard.type("magnets")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=magnets")
    first = page.locator("#tp-search-results li a").first
    place = first.get_attribute("href").partition("#")[2]
    first.click()
    page.wait_for_url(f"**#{place}")
    assert "magnet" in page.locator(f"[id='{place}']").inner_text().lower()
    assert watch.problems == []


def test_the_same_site_gives_the_same_archive(book, tmp_path):
    copy = tmp_path / "site"
    shutil.copytree(book, copy, copy_function=shutil.copyfile)  # written anew, other times
    write_zip(files_of(book), tmp_path / "first.zip", "techpolitik")
    write_zip(files_of(copy), tmp_path / "second.zip", "techpolitik")
    first = (tmp_path / "first.zip").read_bytes()
    assert first == (tmp_path / "second.zip").read_bytes()
    with (copy / "index.html").open("a") as page:
        page.write(" ")
    write_zip(files_of(copy), tmp_path / "second.zip", "techpolitik")
    assert first != (tmp_path / "second.zip").read_bytes()


# ------------------------------------------------------------------------------- on paper


@pytest.fixture(scope="module")
def printed(book, browser, tmp_path_factory):
    """The PDF of the book, and where each of its bookmarks leads."""
    path = tmp_path_factory.mktemp("paper") / "book.pdf"
    count = paper.write_pdf(browser, book, path)
    reader = PdfReader(path)
    assert count == len(reader.pages)
    marks = {
        words(mark.title): reader.get_destination_page_number(mark)
        for mark in reader.outline
        if not isinstance(mark, list)
    }
    return SimpleNamespace(reader=reader, marks=marks)


@pytest.fixture(scope="module")
def whole(book):
    """The document that is printed."""
    return BeautifulSoup(paper.whole(book), "html.parser")


def titles(book) -> dict[str, str]:
    """Give the title that stands over each page of the book, in their order."""
    parts = paper.contents(paper.read(book / "book/index.html"))
    pages = [name for _, pages in parts for name, _ in pages]
    heads = {name: paper.read(book / name).h1 for name in pages}
    return {name: words(head.get_text().removesuffix("#")) for name, head in heads.items()}


def test_every_chapter_has_a_bookmark_in_the_order_of_the_contents(book, printed):
    expected = list(titles(book).values())
    assert list(printed.marks)[2:-1] == expected
    assert list(printed.marks)[-1] == "Answers"
    assert sorted(printed.marks.values()) == list(printed.marks.values())


def test_the_contents_name_the_right_pages(printed):
    pages = printed.reader.pages
    rows = words(pages[printed.marks["Contents"]].extract_text())
    for title, place in list(printed.marks.items())[2:]:
        assert re.search(rf"{re.escape(title)} +{place + 1}\b", rows), (
            f"{title}, {place + 1}: {rows}"
        )
        # A left page, which has an even number, names the book, a right one the chapter.
        head = f"{place + 1} Techpolitik" if place % 2 else f"{title} {place + 1}"
        assert words(pages[place].extract_text()).startswith(head)
    links = [note.get_object() for note in pages[printed.marks["Contents"]]["/Annots"]]
    assert len(links) == len(printed.marks) - 2


def test_no_page_is_blank_and_none_says_its_first_line_twice(printed):
    for number, page in enumerate(printed.reader.pages, 1):
        said = page.extract_text().split("\n")
        assert len("".join(said)) > 100, f"page {number} is nearly blank: {said}"
        # Letters that stand out of their line are drawn on the page before as well.
        assert not any(one and one == said[0] for one in said[1:]), f"page {number}: {said[0]}"


def test_the_book_has_title_language_tags_and_its_own_letters(printed):
    root = printed.reader.trailer["/Root"]
    assert root["/Lang"] == "en-GB" and root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert printed.reader.metadata.title.startswith("Techpolitik: a data course")
    fonts = {
        font.get_object()["/FontDescriptor"]["/FontName"].partition("+")[2]
        if font.get_object()["/Subtype"] == "/Type3"
        else font.get_object()["/BaseFont"].partition("+")[2]
        for page in printed.reader.pages
        for font in page["/Resources"].get("/Font", {}).values()
    }
    foreign = {font for font in fonts if not font.startswith("Source")}
    assert foreign == {"NotoSerifCJKsc-Regular"}


def test_links_lead_to_places_in_the_book(whole):
    ids = [part["id"] for part in whole.select("[id]")]
    assert len(set(ids)) == len(ids)
    inside = {link["href"][1:] for link in whole.select('a[href^="#"]')}
    assert len(inside) > 100 and inside <= set(ids)
    outside = {link["href"].split(":")[0] for link in whole.select('a[href]:not([href^="#"])')}
    assert outside <= {"http", "https"}


def test_what_is_folded_on_the_site_is_printed_elsewhere(book, whole):
    elsewhere = {
        "tp-verdict": words(whole.select_one("#book-claims").get_text()),
        "tp-outcome": words(whole.select_one("#book-forecasts").get_text()),
        "tp-quiz-choice": words(whole.select_one("#answers").get_text()),
    }
    for name in lesson_pages():
        chapter = words(whole.select_one(f"#{setting.key(name)}").get_text())
        folded = paper.read(book / name).select(f"details:is(.{', .'.join(elsewhere)})")
        assert len(folded) > 8
        for part in folded:
            told = next(text for kind, text in elsewhere.items() if kind in part["class"])
            for paragraph in part.select("p"):
                said = words(paragraph.get_text())
                # The ledger and the forecasts say the same after a label of their own.
                said = re.sub(r"^(Since then: |How it was decided: |It .*? true\. )", "", said)
                if len(said) > 60 and not said.startswith(("Measured: ", "Evidence")):
                    assert said in told, f"{name}: nowhere else: {said}"
                    assert said not in chapter, f"{name} gives away: {said}"
            if "tp-quiz-choice" in part["class"]:
                assert words(part.summary.get_text()) in chapter


def test_a_folded_part_leads_to_where_it_is_told(whole):
    notes = whole.select(".tp-claim .pdf-note a")
    assert len(notes) > 20
    for note in notes:
        statement = note.find_parent(class_="tp-claim").select_one(".tp-statement")
        entry = whole.select_one(note["href"])
        assert next(statement.stripped_strings) in words(entry.h3.get_text())
    assert {
        note["href"].partition("--")[0] for note in whole.select(".tp-forecast .pdf-note a")
    } == {"#book-forecasts"}


def test_an_unknown_folded_part_goes_to_the_end(book):
    article = paper.read(book / A_LESSON).select_one("article")
    secret = "<details><summary>Outcome</summary><p>It rained.</p></details>"
    article.h1.insert_after(BeautifulSoup(secret, "html.parser"))
    kept = folds.unfold(article, "lesson", {})
    assert kept[0][1:] == ("Outcome", "<p>It rained.</p>")
    assert "It rained" not in article.get_text()
    assert article.select_one(".pdf-note").get_text().startswith("Outcome: page")


def sticking_out(page) -> list[str]:
    """List what is wider than a sheet of paper leaves room for."""
    page.emulate_media(media="print")
    return page.evaluate(
        """() => [...document.querySelectorAll(".pdf-chapter :is(table, svg, pre, p, dl)")]
        .filter(part => part.getBoundingClientRect().right > innerWidth + 1)
        .map(part => part.closest("section[id]").id + ": " + part.textContent.slice(0, 60))"""
    )


def test_nothing_is_cut_off_at_the_edge_of_the_paper(whole, tmp_path, new_page):
    document = str(whole)
    page = new_page(width=round(setting.WIDTH / 25.4 * 96), java_script_enabled=False)
    path = tmp_path / "book.html"
    path.write_text(document, "utf-8")
    page.goto(path.as_uri())
    assert sticking_out(page) == []
    wide = '<section id="planted"><table style="width: 900px"><tr><td>w</td></tr></table></section>'
    path.write_text(document.replace("</section></body>", f"{wide}</section></body>"), "utf-8")
    page.goto(path.as_uri())
    assert sticking_out(page) == ["planted: w"]


def test_figures_are_drawings_with_a_caption_and_no_pictures(whole, printed):
    pictures = [
        kind
        for page in printed.reader.pages
        for kind in page["/Resources"].get("/XObject", {}).values()
        if kind.get_object().get("/Subtype") == "/Image"
    ]
    assert pictures == []
    figures = whole.select(".tp-figure")
    assert len(figures) > 30
    for figure in figures:
        assert len(figure.select("svg")) == len(figure.select(".pdf-caption p")) == 1
        assert not figure.select("input, select, details")
        cards = figure.select('.tp-source a[href^="#book-datasets--dataset-"]')
        assert cards or figure.select_one(".pdf-open").select("dt"), figure["id"]


def test_reference_chapters_leave_nothing_out(book, whole):
    columns = paper.read(book / "book/datasets.html").select(".tp-columns table")
    printed = words(whole.select_one("#book-datasets").get_text())
    for row in (row for table in columns for row in table.select("tbody tr")):
        assert words(row.select("td")[-1].get_text()) in printed
    rows = paper.read(book / "book/sources.html").select_one(".tp-statistics table")
    printed = words(whole.select_one("#book-sources").get_text())
    for cell in rows.select("tbody td:not(:last-child)"):
        assert words(cell.get_text()) in printed


def test_a_folder_without_a_book_is_refused(tmp_path, monkeypatch, capsys):
    (tmp_path / "course.yml").write_bytes((ROOT / "course.yml").read_bytes())
    monkeypatch.chdir(tmp_path)
    for command in ("zip", "pdf"):
        assert main([command]) == 2
        assert "holds no built book: run `techpolitik book` first" in capsys.readouterr().err
