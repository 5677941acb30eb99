"""Pages of the built book: what they weigh, and how soon a chart follows its slider."""

from bench.shared import BOOK, MOVES, lessons, pages, row, spread
from techpolitik.book.browser import chromium

from pagechecks import (  # isort: skip
    LESSON_KB,
    NEXT_LESSON_KB,
    PLAIN_KB,
    REQUESTS,
    first_load,
    undrawn,
    visit,
)
from serve import serve  # isort: skip

PAINT_MS = 50
#: The processor as it is, and as slow as a cheap phone's. The limit holds for the first.
THROTTLES = {1: PAINT_MS, 4: None}

# Times one move: from the key's input event to the frame after the one in which the marks changed.
# The listener is registered on the window, in the capture phase: it runs before the page's own.
# The second requestAnimationFrame begins when the frame with the new marks has been painted.
WATCH = """figure => {
    const live = figure.querySelector(".tp-live");
    const form = figure.querySelector(".tp-controls");
    const paint = () => new Promise(done =>
        requestAnimationFrame(() => requestAnimationFrame(done)));
    window.tpMove = null;
    window.addEventListener("input", event => {
        if (!form.contains(event.target)) return;
        const begin = event.timeStamp;
        window.tpMove = new Promise(done => {
            let changed = false;
            const watch = new MutationObserver(async () => {
                if (changed) return;
                changed = true;
                watch.disconnect();
                await paint();
                done(performance.now() - begin);
            });
            watch.observe(live, { attributes: true, childList: true, characterData: true,
                subtree: true });
            setTimeout(() => {
                if (changed) return;
                watch.disconnect();
                done(null);
            }, 1000);
        });
    }, { capture: true });
}"""


def rows() -> list[dict]:
    """Weigh every page, then move every slider."""
    with serve(BOOK) as site, chromium() as browser:
        return [*weights(browser, site), *paints(browser, site)]


def weights(browser, site) -> list[dict]:
    """Give kB and requests of each page on its own, then of each lesson after the one before."""
    found = []
    for name in pages():
        print(f"weight: {name}", flush=True)
        page = browser.new_page()
        size, requests = first_load(page, site, name)
        limit = LESSON_KB if page.locator(".tp-figure").count() else PLAIN_KB
        page.close()
        found.append(row(f"{name}, first load", "kB", size / 1000, limit))
        found.append(row(f"{name}, first load", "requests", requests, REQUESTS))
    names = [f"notebooks/{path.stem}.html" for path in lessons()]
    page = browser.new_page()
    for place, name in enumerate(names):
        size, _ = first_load(page, site, name)
        if place:
            what = f"{name}, after {names[place - 1].split('/')[1].split('_')[0]}"
            found.append(row(what, "kB", size / 1000, NEXT_LESSON_KB))
    page.close()
    return found


def paints(browser, site) -> list[dict]:
    """Give the times from key to painted frame for each exploration of each lesson."""
    found = []
    for throttle, limit in THROTTLES.items():
        for path in lessons():
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            visit(page, f"{site.url}notebooks/{path.stem}.html")
            problems = undrawn(page)
            if problems:
                raise RuntimeError(f"{path.stem}: {problems}")
            devtools = page.context.new_cdp_session(page)
            devtools.send("Emulation.setCPUThrottlingRate", {"rate": throttle})
            for figure in page.locator(".tp-figure:has(.tp-controls)").all():
                name = f"{path.stem} {figure.get_attribute('id')}"
                print(f"slider: {name}, processor slowed {throttle} times", flush=True)
                what = f"slider to paint, {name}" + (f", CPU / {throttle}" * (throttle > 1))
                found += spread(what, moves(page, figure), limit)
            page.close()
    return found


def moves(page, figure) -> list[float]:
    """Press arrow keys on each slider and menu of a figure, there and back; give the ms.

    A move that changes no mark (two settings may draw the same) has no time and is left out.
    """
    figure.scroll_into_view_if_needed()
    figure.evaluate(WATCH)
    times = []
    for control in figure.locator(".tp-controls :is(input[type=range], select)").all():
        last = control.evaluate("it => it.options ? it.options.length - 1 : Number(it.max)")
        control.focus()
        control.press("Home")
        page.wait_for_timeout(200)
        # Further along is to the right on a slider and downwards in a menu.
        menu = control.evaluate("it => it.tagName") == "SELECT"
        on, back = ("ArrowDown", "ArrowUp") if menu else ("ArrowRight", "ArrowLeft")
        for number in range(MOVES):
            page.keyboard.press(on if number // last % 2 == 0 else back)
            taken = page.evaluate("window.tpMove")
            if taken is not None:
                times.append(taken)
    if len(times) < MOVES / 2:
        raise RuntimeError(f"{figure.get_attribute('id')}: only {len(times)} moves changed a mark")
    return times
