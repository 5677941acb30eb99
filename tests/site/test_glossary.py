"""Terms in the lessons lead to the glossary at their first use; Chinese words say what they are."""

import re
from collections import Counter

import pytest
from conftest import lesson_pages
from pagechecks import visit

from techpolitik import course

# Paragraphs of a lesson in their order: those that are running text, with the terms linked in each
# and how many letters stand before the link; and links where none may be.
READING = """() => {
    const apart = "blockquote, table, .cell, .tp-hero, h1, h2, h3, h4, pre, code";
    const article = document.querySelector("article");
    const misplaced = [...article.querySelectorAll(".tp-term")].filter(term =>
        term.closest(apart) || !term.closest("p") || term.parentElement.tagName !== "A"
        || term.parentElement.parentElement.closest("a"));
    const paragraphs = [...article.querySelectorAll("section p")].filter(
        part => !part.closest(apart));
    return {
        misplaced: misplaced.map(term => term.innerText),
        paragraphs: paragraphs.map(part => ({
            text: [...part.childNodes].map(function words(node) {
                if (node.nodeType === Node.TEXT_NODE) return node.data;
                const quiet = node.matches("code, a:not(:has(> .tp-term))");
                return quiet ? "#".repeat(node.textContent.length)
                    : [...node.childNodes].map(words).join("");
            }).join(""),
            listed: part.closest("section").querySelector("h2, h3").innerText.startsWith("Terms"),
            links: [...part.querySelectorAll(".tp-term")].map(term => {
                const before = document.createRange();
                before.setStart(part, 0);
                before.setEndBefore(term);
                return {
                    at: before.toString().length,
                    words: term.textContent,
                    term: term.parentElement.getAttribute("href").split("#")[1],
                };
            }),
        })),
    };
}"""


def mislinked(page) -> list[str]:
    """List links to terms that are misplaced, repeated, or not at the first use of their words."""
    read = page.evaluate(READING)
    problems = [f"a term is linked where none may be: {words}" for words in read["misplaced"]]
    running = [part for part in read["paragraphs"] if not part["listed"]]
    times = Counter(link["term"] for part in running for link in part["links"])
    problems += [f"{term} is linked {count} times" for term, count in times.items() if count > 1]
    for place, part in enumerate(running):
        for link in part["links"]:
            before = [earlier["text"] for earlier in running[:place]]
            before.append(part["text"][: link["at"]])
            # Inside a longer term, as "standard" in "standard error", a word is no use of its own.
            whole = re.compile(rf"(?<![\w-]){re.escape(link['words'])}(?![\w-])")
            longer = [entry["words"] for p in running for entry in p["links"]]
            longer = [text for text in longer if link["words"] in text and text != link["words"]]
            longer += course.current().settings["glossary"]["otherwise"]
            for text in before:
                for other in longer:
                    text = text.replace(other, "")
                if whole.search(text):
                    problems.append(f"'{link['words']}' is used before its link: {text[:60]!r}")
                    break
    return problems


def test_terms_are_linked_at_their_first_use_and_in_the_list_at_the_end(
    lesson_page, site, new_page
):
    page = new_page()
    visit(page, site.url + lesson_page)
    assert mislinked(page) == []
    assert page.locator(".tp-term").count() >= 10
    listed = [part for part in page.evaluate(READING)["paragraphs"] if part["listed"]]
    assert sum(len(part["links"]) for part in listed) >= 5


def test_a_link_leads_to_the_entry_by_keyboard(site, new_page):
    page = new_page()
    watch = visit(page, site.url + lesson_pages()[1])
    term = page.locator("a:has(> .tp-term)").first
    name = term.inner_text()
    term.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/book/glossary\.html#term-"))
    target = page.evaluate("document.getElementById(location.hash.slice(1)).innerText")
    assert target.lower().startswith(name.lower())
    assert watch.problems == []


PLANTED = [
    ("section p", "again: <a href='../book/glossary.html#term-Share'><span>x</span></a>", "times"),
    ("article h2", "<a href='../book/glossary.html#term-X'><span>X</span></a>", "where none may"),
    ("blockquote p", "<a href='../book/glossary.html#term-X'><span>X</span></a>", "where none may"),
]


@pytest.mark.parametrize("where, markup, message", PLANTED)
def test_a_misplaced_or_repeated_link_is_found(where, markup, message, site, new_page):
    page = new_page()
    visit(page, site.url + lesson_pages()[1])
    markup = markup.replace("<span>", "<span class='tp-term'>")
    page.locator(where).last.evaluate("(part, markup) => part.innerHTML += markup", markup)
    assert any(message in problem for problem in mislinked(page))


def test_a_link_after_the_first_use_is_found(site, new_page):
    page = new_page()
    visit(page, site.url + lesson_pages()[1])
    words = page.locator("section p .tp-term").first.inner_text()
    page.locator("section p").first.evaluate("(part, words) => part.prepend(words + ' ')", words)
    assert any("used before its link" in problem for problem in mislinked(page))


def test_chinese_words_have_characters_pinyin_and_languages(site, new_page):
    page = new_page()
    visit(page, site.url + "book/glossary.html")
    characters = page.locator("[lang=zh-Hans]")
    assert characters.count() >= 10
    for entry in characters.all():
        assert re.fullmatch(r"[\u4e00-\u9fff]+", entry.inner_text())
        pinyin = entry.evaluate("entry => entry.nextElementSibling")
        assert pinyin is not None
    spelt = page.locator("[lang=zh-Latn-pinyin]").all_inner_texts()
    assert len(spelt) == characters.count()
    assert all(re.search("[āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ]", text) for text in spelt)
    # No Chinese character stands on the page without its language.
    bare = page.evaluate(
        "document.createTreeWalker(document.querySelector('article'), NodeFilter.SHOW_TEXT, node =>"
        " /[\\u4e00-\\u9fff]/.test(node.data) && !node.parentElement.closest('[lang=zh-Hans]')"
        " ? NodeFilter.FILTER_ACCEPT : NodeFilter.FILTER_SKIP).nextNode()?.data"
    )
    assert bare is None


# ------------------------------------------------------------------------ Chinese characters

HAN = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff]")


def missing(page, characters: str) -> str:
    """Return those of these characters that the book's own font does not have."""
    page.evaluate(
        "() => document.body.insertAdjacentHTML('afterbegin', '<p id=han lang=zh-Hans></p>')"
    )
    page.add_style_tag(content='#han { font-family: "Techpolitik Han" }')
    page.evaluate("said => document.fonts.load('1rem \"Techpolitik Han\"', said)", characters)
    session = page.context.new_cdp_session(page)
    session.send("DOM.enable")
    session.send("CSS.enable")
    lacking = ""
    for character in characters:
        page.evaluate(WRITE, character)
        root = session.send("DOM.getDocument")["root"]["nodeId"]
        node = session.send("DOM.querySelector", {"nodeId": root, "selector": "#han"})["nodeId"]
        (font,) = session.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
        if not font["isCustomFont"]:
            lacking += character
    return lacking


#: A text that the browser has not laid out yet has no font at all.
WRITE = """said => {
    const place = document.querySelector("#han");
    place.textContent = said;
    place.getBoundingClientRect();
}"""


def test_the_book_brings_every_chinese_character_that_it_uses(book, site, new_page):
    pages = (path.read_text("utf-8") for path in sorted(book.rglob("*.html")))
    characters = "".join(sorted({sign for page in pages for sign in HAN.findall(page)}))
    assert len(characters) > 50
    page = new_page()
    watch = visit(page, site.url + "book/glossary.html")
    assert missing(page, characters) == ""
    assert missing(page, "猫") == "猫"
    assert watch.problems == []
