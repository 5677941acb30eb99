"""What is checked on a page of the book. Each check gives a list of problems, empty if all is well.

The same functions look at real pages and at pages with a planted defect, so that the tests show
both: the book has no such problem, and the check would find it.
"""

import functools
import json
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

from axe_playwright_python.sync_playwright import Axe

from techpolitik.lesson import datasets

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
#: How long a browser may take for anything, on a machine on which much else runs.
PATIENCE_MS = 90_000
# What a page may weigh with all its charts, gzipped: a page with charts, one without, a lesson
# after another one; and how many requests a page may need.
LESSON_KB, PLAIN_KB, NEXT_LESSON_KB, REQUESTS = 600, 250, 120, 25
# Sources are cited with the address they were read at; some old pages never had https.
CITED = set(datasets.sources()["url"])
# Shown in place of any page that is not there, so its links begin at the root of the site.
ANYWHERE = "404.html"
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}


# ------------------------------------------------------------------------- in the browser


class Watch:
    """Notes what a page asks for and complains about, from the moment it is opened."""

    def __init__(self, page, home: str):
        self.home, self.requests, self.problems = home, [], []
        page.on("request", self.note_request)
        page.on("response", self.note_response)
        page.on("console", self.note_console)
        page.on("pageerror", lambda error: self.problems.append(f"page error: {error}"))
        page.add_init_script(
            "document.addEventListener('securitypolicyviolation', event => console.error("
            "`policy: ${event.effectiveDirective} forbids ${event.blockedURI}`));"
        )

    def note_request(self, request):
        self.requests.append(request.url)
        if not request.url.startswith((self.home, "data:", "blob:")):
            self.problems.append(f"request to another place: {request.url}")

    def note_response(self, response):
        if response.status >= 400:
            self.problems.append(f"{response.status} for {response.url}")

    def note_console(self, message):
        if message.type in ("error", "warning"):
            self.problems.append(f"console {message.type}: {message.text}")


def visit(page, url: str) -> Watch:
    """Open a page and note what it does."""
    host = urlsplit(url)
    watch = Watch(page, f"{host.scheme}://{host.netloc}/")
    page.goto(url, wait_until="load")
    return watch


def undrawn(page) -> list[str]:
    """List the charts that do not come alive with marks when they are scrolled into view."""
    problems = []
    for figure in page.locator(".tp-figure").all():
        name = figure.get_attribute("id")
        figure.scroll_into_view_if_needed()
        page.wait_for_function(
            "figure => figure.dataset.state", arg=figure.element_handle(), timeout=PATIENCE_MS
        )
        state = figure.get_attribute("data-state")
        marks = figure.evaluate(MARKS)
        if state != "live":
            problems.append(f"{name} is {state}, not live")
        elif not marks:
            problems.append(f"{name} is live but shows no mark")
    return problems


MARKS = """figure => [...figure.querySelectorAll(".tp-live .role-mark > *")]
    .map(mark => mark.getBBox()).filter(box => box.width > 0.5 || box.height > 0.5).length"""


def crowded(page) -> list[str]:
    """List letters in charts that lie over each other or stick out of their figure."""
    return page.evaluate(CROWDED)


CROWDED = """() => [...document.querySelectorAll(".tp-figure")].flatMap(figure => {
    const frame = figure.getBoundingClientRect();
    // The box around a slanted word is larger than the word.
    const texts = [...figure.querySelectorAll(".tp-live text")].filter(text =>
        text.textContent.trim() && text.getAttribute("opacity") !== "0"
        && !/rotate\\(-?(?!90)\\d/.test(text.getAttribute("transform")));
    const boxes = texts.map(text => text.getBoundingClientRect());
    const shared = (one, other, start, end) =>
        Math.min(one[end], other[end]) - Math.max(one[start], other[start]);
    return boxes.flatMap((box, index) => {
        const name = `${figure.id}: '${texts[index].textContent}'`;
        const over = boxes.findIndex((other, place) => place > index
            && shared(box, other, "left", "right") > 1 && shared(box, other, "top", "bottom") > 3);
        return [
            ...over < 0 ? [] : [`${name} lies over '${texts[over].textContent}'`],
            ...box.left < frame.left || box.right > frame.right ? [`${name} sticks out`] : [],
        ];
    });
})"""


def undrawn_without_script(page) -> list[str]:
    """List the figures that show no drawing made at build time."""
    problems = []
    for figure in page.locator(".tp-figure").all():
        name = figure.get_attribute("id")
        drawing = figure.locator(".tp-chart > svg")
        box = drawing.bounding_box() if drawing.count() == 1 else None
        if not box or box["width"] < 200 or box["height"] < 50:
            problems.append(f"{name} shows no drawing: {box}")
        elif not drawing.is_visible() or not drawing.locator("path[fill], path[stroke]").count():
            problems.append(f"{name}: the drawing is hidden or empty")
    return problems


def open_all(page):
    """Open everything that can be unfolded."""
    page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true; })")


def overflowing(page) -> list[str]:
    """Say by how much a page is wider than the screen, and what sticks out."""
    too_wide, culprits = page.evaluate(OVERFLOW)
    if too_wide <= 0:
        return []
    return [f"the page is {too_wide} px wider than the screen: {', '.join(culprits[:5])}"]


OVERFLOW = """() => {
    const wide = document.documentElement.scrollWidth - window.innerWidth;
    const out = [...document.body.querySelectorAll("*")].filter(element =>
        element.getBoundingClientRect().right > window.innerWidth + 0.5
        && !element.closest(".tp-scroll, pre, svg"));
    return [wide, out.map(element => element.tagName + "." + element.className)];
}"""


def cut(page) -> list[str]:
    """List what hides a part of its text although it does not scroll."""
    return page.evaluate(CUT)


CUT = """() => [...document.body.querySelectorAll("*")].filter(element => {
    const { overflowX, overflowY } = getComputedStyle(element);
    return overflowX !== "visible" && ![overflowX, overflowY].includes("auto")
        && element.clientWidth > 1 && element.checkVisibility() && !element.closest("svg, .tp-live")
        && (element.scrollWidth > element.clientWidth + 1
            || element.scrollHeight > element.clientHeight + 1);
}).map(element => "cut off: " + element.outerHTML.replace(/\\s+/g, " ").slice(0, 120))"""

#: What a reader may set for the text of any page without losing a part of it: WCAG 2.2, 1.4.12.
WIDE_TEXT = """* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
    word-spacing: 0.16em !important; } p { margin-bottom: 2em !important; }"""


def unseen_in_forced_colours(page) -> list[str]:
    """List what disappears where the system sets the colours: icons, the page in the contents,
    and charts, whose own colours need their own paper."""
    return page.evaluate(FORCED)


FORCED = """() => {
    const style = element => getComputedStyle(element);
    const canvas = style(document.body).backgroundColor;
    const none = "rgba(0, 0, 0, 0)";
    const lost = [...document.querySelectorAll(".tp-icon")].filter(icon =>
        icon.checkVisibility() && [none, canvas].includes(style(icon).backgroundColor));
    const edge = link => style(link).borderLeftColor;
    const [here, other] = ["[aria-current]", ":not([aria-current])"].map(
        part => document.querySelector(".tp-nav a" + part));
    const own = [...document.querySelectorAll(".tp-chart")].filter(
        chart => style(chart).forcedColorAdjust !== "none" || !chart.querySelector("svg")
            || style(chart).backgroundColor === none);
    return [
        ...lost.map(icon => "no icon: " + icon.className),
        ...own.map(chart => "no paper under " + chart.parentElement.id),
        ...(here && edge(here) === edge(other) ? ["the contents do not mark the page"] : []),
    ];
}"""


def inaccessible(page) -> list[str]:
    """Run the axe rules for WCAG 2.2, levels A and AA."""
    apart = {rule: {"enabled": False} for rule in COLOURED}
    return violations(page, None, {"runOnly": WCAG, "rules": apart}) + pale(page)


def pale(page) -> list[str]:
    """Run the axe rules on colours, once for all text of the same look.

    What has the same colour, size and weight on the same backgrounds has the same contrast, on
    whatever page, and axe takes most of its time for this, once for each cell of each table.
    """
    looks = page.evaluate(SAMPLE, sorted(FAULTLESS))
    if not looks:
        return []
    rules = {"runOnly": {"type": "rule", "values": COLOURED}}
    problems = violations(page, "[data-sample]", rules)
    if not problems:
        FAULTLESS.update(looks)
    return problems


def violations(page, context: str | None, options: dict) -> list[str]:
    found = Axe().run(page, context=context, options=options | {"resultTypes": ["violations"]})
    return [
        f"axe {rule['id']}: {rule['help']}: {node['html'][:150]}"
        for rule in found.response["violations"]
        for node in rule["nodes"]
    ]


COLOURED = ["color-contrast", "link-in-text-block"]

#: The looks in which axe has found no fault, on any page so far.
FAULTLESS = set()

#: Marks the first element with text of each look that is not known yet; gives these looks.
SAMPLE = """known => {
    const looks = new Map();
    const ground = element => {
        if (!element) return "";
        if (!looks.has(element)) {
            const style = getComputedStyle(element);
            looks.set(element, [ground(element.parentElement), style.backgroundColor,
                style.backgroundImage, style.opacity, style.position === "static"].join());
        }
        return looks.get(element);
    };
    const seen = new Set(known);
    const added = [];
    for (const element of document.body.querySelectorAll("*")) {
        delete element.dataset.sample;
        const said = [...element.childNodes].some(
            node => node.nodeType === Node.TEXT_NODE && node.data.trim());
        if (!said || !element.checkVisibility()) continue;
        const { color, fontSize, fontWeight, textDecorationLine } = getComputedStyle(element);
        const around = getComputedStyle(element.parentElement).color;
        const look = [element.tagName, color, around, fontSize, fontWeight, textDecorationLine,
            ground(element)].join();
        if (seen.has(look)) continue;
        element.dataset.sample = "";
        seen.add(look);
        added.push(look);
    }
    return added;
}"""


def unreachable(page) -> list[str]:
    """Press Tab through a whole page; list what it misses and what does not show its focus."""
    count = page.evaluate(FOCUS_START)
    # A lap takes a few more stops than there are, since the browser itself is one.
    for pressed in range(count + 20):
        page.keyboard.press("Tab")
        if pressed % 20 == 0 and page.evaluate("window.tpFocus.round > 1"):
            break
    return page.evaluate(FOCUS_END)


FOCUS_START = """() => {
    const look = element => {
        const style = getComputedStyle(element);
        return [style.outlineStyle, style.outlineWidth, style.outlineColor, style.boxShadow,
            style.borderColor, style.backgroundColor].join("|");
    };
    const kinds = "a[href], button, input, select, textarea, summary, [tabindex]";
    const stops = [...document.querySelectorAll(kinds)].filter(element =>
        element.tabIndex >= 0 && !element.matches(":disabled")
        && element.checkVisibility({ visibilityProperty: true }));
    // Begin at the top, wherever the focus has been.
    document.body.tabIndex = -1;
    document.body.focus();
    document.body.removeAttribute("tabindex");
    window.scrollTo(0, 0);
    const calm = new Map(stops.map(element => [element, look(element)]));
    const seen = new Map();
    window.tpFocus = { stops, calm, seen, round: 1 };
    document.addEventListener("focusin", ({ target }) => {
        if (seen.has(target)) window.tpFocus.round += 1;
        else seen.set(target, look(target));
    });
    return stops.length;
}"""

FOCUS_END = """() => {
    const name = element => element.outerHTML.replace(/\\s+/g, " ").slice(0, 120);
    const { stops, calm, seen } = window.tpFocus;
    const problems = [];
    for (const element of stops) {
        if (!seen.has(element)) problems.push("Tab never reaches " + name(element));
        else if (seen.get(element) === calm.get(element))
            problems.push("the focus cannot be seen on " + name(element));
    }
    if (!stops.length) problems.push("nothing on the page takes the focus");
    return problems;
}"""


def weighed(site, start: int) -> tuple[int, int]:
    """Give bytes and requests that the server has sent since its record number `start`."""
    sent = site.sent[start:]
    return sum(size for _, _, size in sent), len(sent)


def first_load(page, site, page_name: str) -> tuple[int, int]:
    """Load a page and all its charts; give bytes over the wire and requests."""
    start = len(site.sent)
    visit(page, site.url + page_name)
    problems = undrawn(page)
    page.wait_for_load_state("networkidle")
    assert problems == [], problems
    return weighed(site, start)


# ------------------------------------------------------------- two visits: all that is checked


def problems_of(new_page, site, name: str, html: str) -> list[str]:
    """List all that is wrong with a page of the site: in its HTML, at a desk and on a phone."""
    policy = site.headers["Content-Security-Policy"]
    return [
        *(misstructured(html) + undescribed(html) + lawless(html, policy)),
        *seen_at_a_desk(new_page(), site, name, LESSON_KB if figures_of(html) else PLAIN_KB),
        *(f"phone: {problem}" for problem in seen_on_a_phone(new_page(width=360), site, name)),
    ]


def seen_at_a_desk(page, site, name: str, kilobytes: int) -> list[str]:
    """List what is wrong on a wide screen: by keyboard, in light and dark, on paper."""
    start = len(site.sent)
    watch = visit(page, site.url + name)
    problems = misled(page) + undrawn(page)
    page.wait_for_load_state("networkidle")
    problems += heavy(site, start, kilobytes)
    problems += misprinted(page) + moving(page) + unreachable(page)
    open_all(page)
    for scheme, check in (("light", inaccessible), ("dark", pale)):
        colour(page, scheme, "none")
        problems += [f"{scheme}: {problem}" for problem in check(page)]
        colour(page, scheme, "active")
        problems += [f"{scheme}, forced: {problem}" for problem in unseen_in_forced_colours(page)]
    return problems + watch.problems


def seen_on_a_phone(page, site, name: str) -> list[str]:
    """List what is wrong on 360 pixels, and on 320 with text set wide.

    1280 pixels, four times enlarged, are 320 (WCAG 1.4.10). Once the first chart is drawn there is
    no network.
    """
    watch = visit(page, site.url + name)
    figures = page.locator(".tp-figure")
    if figures.count():
        figures.first.scroll_into_view_if_needed()
        page.locator(".tp-figure[data-state]").first.wait_for()
        page.context.set_offline(True)
    problems = undrawn(page) + crowded(page) + overflowing(page)
    open_all(page)
    problems += overflowing(page)
    page.set_viewport_size({"width": 320, "height": 900})
    problems += overflowing(page)
    page.add_style_tag(content=WIDE_TEXT)
    return problems + overflowing(page) + cut(page) + watch.problems


def colour(page, scheme: str, forced: str):
    """Have the system prefer light or dark, and set the colours or not."""
    page.emulate_media(color_scheme=scheme, forced_colors=forced)
    # The page hears of the change a moment later.
    themed = "scheme => document.documentElement.dataset.theme === scheme"
    page.wait_for_function(themed, arg=scheme)


def misled(page) -> list[str]:
    """List what is wrong with the link that skips to the text; the page was just opened."""
    problems = []
    page.keyboard.press("Tab")
    first = page.evaluate("[document.activeElement.className, document.activeElement.innerText]")
    if first != ["tp-skip", "Skip to main content"]:
        return [f"Tab leads first to {first}"]
    if page.locator(".tp-skip").bounding_box()["y"] < 0:
        problems.append("the skip link is not seen")
    page.keyboard.press("Enter")
    if page.evaluate("document.activeElement.id") != "main-content":
        problems.append("the skip link does not lead to the text")
    page.keyboard.press("Tab")
    if not page.evaluate("document.activeElement.closest('main') !== null"):
        problems.append("after the skip link Tab leaves the text")
    # Contents between the link and the text would be what one wanted to skip.
    if page.locator("main nav").count():
        problems.append("there is a navigation within the text")
    return problems


def heavy(site, start: int, kilobytes: int) -> list[str]:
    """List by what a page exceeds its limits, given all that was sent since record `start`."""
    size, requests = weighed(site, start)
    problems = []
    if size > 1000 * kilobytes:
        problems.append(f"the page weighs {size} bytes, at most {kilobytes} kB")
    if requests > REQUESTS:
        problems.append(f"the page needs {requests} requests, at most {REQUESTS}")
    return problems


def misprinted(page) -> list[str]:
    """List what is on paper and should not be, or is not and should be."""
    page.emulate_media(media="print")
    problems = page.evaluate(ON_PAPER)
    page.emulate_media(media="screen")
    return problems


ON_PAPER = """() => {
    const name = part => part.outerHTML.replace(/\\s+/g, " ").slice(0, 120);
    const parts = ".tp-header, .tp-nav, .tp-toc, .tp-prevnext, .tp-footer, .tp-copy, .tp-save";
    const shown = [...document.querySelectorAll(parts)].filter(part => part.checkVisibility());
    // On paper a figure is its caption, its drawing, its description and its table.
    const lost = [...document.querySelectorAll(
        ".tp-figure :is(figcaption, .tp-chart svg, .tp-source)")].filter(
        part => !part.checkVisibility() || part.getBoundingClientRect().height < 5);
    const title = [...document.querySelectorAll("main h1")].filter(part => part.checkVisibility());
    // Description and table of a figure are unfolded on paper; answers and verdicts are not.
    const inside = ".tp-figure details:not(.tp-part-source, .tp-part-cite) > :not(summary)";
    const folded = [...document.querySelectorAll(inside)].filter(
        part => !part.checkVisibility() || part.scrollHeight > part.clientHeight + 1);
    const given = [...document.querySelectorAll(
        ".tp-verdict, .tp-quiz details, .tp-outcome")].filter(part =>
        part.querySelector(":scope > :not(summary)").checkVisibility());
    return [
        ...shown.map(part => "on paper: " + name(part)),
        ...lost.map(part => "not on paper: " + name(part)),
        ...folded.map(part => "folded away: " + name(part)),
        ...given.map(part => "given away: " + name(part)),
        ...(title.length === 1 ? [] : ["no title on paper"]),
    ];
}"""


# ----------------------------------------------------------------------------- in the HTML


class Page(HTMLParser):
    """A page as a flat list of elements, each with its attributes and the text inside it."""

    def __init__(self, html: str):
        super().__init__(convert_charrefs=True)
        self.elements, self.open = [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        element = {"tag": tag, "text": "", **{name: value or "" for name, value in attrs}}
        element["above"] = [entry["tag"] for entry in self.open]
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if self.open and tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        for place in range(len(self.open) - 1, -1, -1):
            if self.open[place]["tag"] == tag:
                del self.open[place:]
                return

    def handle_data(self, data):
        # What a script holds is not text of the page around it.
        inside = self.open[-1:] if self.open and self.open[-1]["tag"] == "script" else self.open
        for element in inside:
            element["text"] += data

    def tagged(self, *tags: str) -> list[dict]:
        return [element for element in self.elements if element["tag"] in tags]

    def ids(self) -> dict[str, dict]:
        return {element["id"]: element for element in self.elements if "id" in element}


@functools.cache
def parsed(html: str) -> Page:
    """Read a page, once for all that look at it."""
    return Page(html)


def words(text: str) -> str:
    return " ".join(text.split())


def misstructured(html: str) -> list[str]:
    """List what is wrong with a page's headings, landmarks, ids and language."""
    page = parsed(html)
    problems = []
    headings = page.tagged("h1", "h2", "h3", "h4", "h5", "h6")
    levels = [int(heading["tag"][1]) for heading in headings]
    if levels.count(1) != 1:
        problems.append(f"{levels.count(1)} headings of level 1, expected one")
    for before, level, heading in zip([0, *levels], levels, headings, strict=False):
        if level > before + 1:
            problems.append(f"heading '{words(heading['text'])}' skips from {before} to {level}")
    for link in page.tagged("a"):
        if link.get("class") == "headerlink" and link.get("aria-hidden") != "true":
            problems.append(f"a heading is read out with its link: {link['href']}")
    for tag in ("header", "nav", "main", "footer"):
        if not page.tagged(tag):
            problems.append(f"there is no <{tag}>")
    names = [nav.get("aria-label", "") for nav in page.tagged("nav")]
    if len(set(names)) < len(names) or "" in names:
        problems.append(f"the navigations are not told apart by name: {names}")
    ids = Counter(element["id"] for element in page.elements if "id" in element)
    problems += [f"the id {name} is used {times} times" for name, times in ids.items() if times > 1]
    if not page.tagged("html")[0].get("lang"):
        problems.append("the page does not name its language")
    titles = page.tagged("title")
    if not titles or not words(titles[0]["text"]):
        problems.append("the page has no title")
    return problems


def undescribed(html: str) -> list[str]:
    """List pictures and charts without a description, or with one that another already has."""
    page = parsed(html)
    known, problems, said = page.ids(), [], []
    for element in page.elements:
        if element["tag"] == "img" and "alt" not in element:
            problems.append(f"a picture has no alt: {element.get('src')}")
        elif element["tag"] == "img" and element["alt"]:
            said.append(element["alt"])
        if element.get("role") != "img":
            continue
        described = {}
        for name in ("aria-labelledby", "aria-describedby"):
            texts = [known[key]["text"] for key in element.get(name, "").split() if key in known]
            described[name] = words(" ".join(texts))
            if not described[name]:
                problems.append(f"a chart has no {name}: {element.get('aria-labelledby')}")
        said.append(described["aria-describedby"])
    if len(page.tagged("figure")) > sum(element.get("role") == "img" for element in page.elements):
        problems.append("a figure holds no element with the role img")
    doubles = [text for text, times in Counter(said).items() if text and times > 1]
    return problems + [f"two pictures share the description '{text[:60]}'" for text in doubles]


# Words that compare or count; a description with neither these nor a digit states no finding.
COMPARES = re.compile(
    r"\d|\b(?:more|most|less|least|fewer|fewest|than|half|twice|double[ds]?|equal|same|none|every|all|"
    r"one|two|three|four|five|six|seven|eight|nine|ten|first|last|leads?|led|fell|falls?|rose|rises?|"
    r"grew|grows?|shrinks?|above|below|between|\w+est|\w+er than)\b",
    re.IGNORECASE,
)


def told(html: str) -> list[tuple[str, str, str]]:
    """Give name, title and description of each figure of a page, and of each described picture."""
    page = parsed(html)
    known = page.ids()
    figures = [
        (key, words(known[f"{key}-title"]["text"]), words(known[f"{key}-text"]["text"]))
        for key in (figure["id"] for figure in page.tagged("figure"))
    ]
    return figures + [(img["src"], "", img["alt"]) for img in page.tagged("img") if img.get("alt")]


def unsaid(described: list[tuple[str, str, str]]) -> list[str]:
    """List descriptions of the book that repeat another or their title, or say no finding."""
    problems, seen = [], {}
    for name, title, text in described:
        plain = text.casefold().strip(" .")
        if plain in seen:
            problems.append(f"{name} has the description of {seen[plain]}")
        seen[plain] = name
        if plain == title.casefold().strip(" .") or len(text.split()) < 6:
            problems.append(f"{name}: '{text}' says no more than the title")
        if not COMPARES.search(text):
            problems.append(f"{name}: '{text[:60]}' has neither number nor comparison")
    return problems


def moving(page) -> list[str]:
    """List what still moves for a reader who asked for less motion."""
    return page.evaluate(MOVING)


MOVING = """() => {
    const lasting = times => times.split(",").some(time => parseFloat(time) > 0);
    return [...document.querySelectorAll("*")].filter(element => {
        const style = getComputedStyle(element);
        return style.animationName !== "none" && lasting(style.animationDuration)
            || style.transitionProperty !== "none" && lasting(style.transitionDuration)
            || style.scrollBehavior === "smooth";
    }).map(element => element.outerHTML.slice(0, 100));
}"""


def lawless(html: str, policy: str) -> list[str]:
    """List what a page's own policy allows or lacks, and scripts that it does not name."""
    problems = []
    found = [
        element["content"]
        for element in parsed(html).tagged("meta")
        if element.get("http-equiv", "").lower() == "content-security-policy"
    ]
    if found != [policy]:
        problems.append(f"the page's policy is {found}, the header's {policy!r}")
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    for name in ("default-src", "style-src", "img-src", "script-src"):
        if name not in rules:
            problems.append(f"the policy has no {name}")
    for name, values in rules.items():
        for value in values.split():
            allowed = ["'self'", "'none'"]
            allowed += ["'unsafe-inline'"] if name == "style-src" else []
            allowed += ["data:"] if name == "img-src" else []
            digest = name == "script-src" and re.fullmatch(r"'sha256-[\w+/=]{44}'", value)
            if value not in allowed and not digest:
                problems.append(f"the policy allows {value} in {name}")
    return problems


def broken_links(folder: Path, planted: dict[str, str] | None = None) -> list[str]:
    """List links of a built book that lead nowhere, and addresses that are not https.

    `planted` adds pages (path: HTML) to those in the folder.
    """
    pages = {
        path.relative_to(folder).as_posix(): path.read_text("utf-8")
        for path in sorted(folder.rglob("*.html"))
    }
    read = {name: parsed(html) for name, html in (pages | (planted or {})).items()}
    targets = {name: set(page.ids()) for name, page in read.items()}
    problems = []
    for name, page in read.items():
        for element in page.elements:
            for attribute in ("href", "src", "action"):
                if attribute in element:
                    problem = broken(folder, name, element, element[attribute], targets)
                    problems += [f"{name}: {problem}"] if problem else []
    return problems


def broken(folder: Path, name: str, element: dict, address: str, targets: dict) -> str:
    """Say what is wrong with one address, or nothing."""
    parts = urlsplit(address)
    if parts.scheme in ("mailto", "data"):
        return ""
    if parts.scheme or parts.netloc:
        outside = element["tag"] == "a" or "canonical" in element.get("rel", "")
        safe = parts.scheme == "https" or address in CITED
        if safe and parts.netloc and outside:
            return ""
        return f"<{element['tag']}> leads to {address}"
    plain, fragment = urldefrag(address)
    path = unquote(urlsplit(plain).path)
    joined = (folder / name).parent / path if path else folder / name
    if name == ANYWHERE and path.startswith("/"):
        joined = folder / path.lstrip("/")
    target = joined.resolve()
    if not target.is_relative_to(folder.resolve()):
        return f"{address} leads out of the book"
    inside = target.relative_to(folder.resolve()).as_posix()
    if inside not in targets and not target.is_file():
        return f"{address} leads to a file that is not there"
    if fragment and inside in targets and unquote(fragment) not in targets[inside]:
        return f"{address} leads to a place that is not there"
    return ""


def figures_of(html: str) -> list[dict]:
    """Give what each figure of a page carries: its id, spec, findings, labels and description."""
    page = parsed(html)
    known = page.ids()
    specs = [e["text"] for e in page.tagged("script") if "tp-spec" in e.get("class", "").split()]
    figures = [e for e in page.tagged("figure") if "tp-figure" in e.get("class", "").split()]
    return [
        {"id": figure["id"], "text": words(known[f"{figure['id']}-text"]["text"])}
        | json.loads(spec)
        for figure, spec in zip(figures, specs, strict=True)
    ]
