"""The built book as a reader meets it: by keyboard, offline, on a phone, in the dark."""

import json
import re

import nbformat
import pytest
from checkout import ROOT
from conftest import LESSONS, lesson_pages, pages_of
from pagechecks import (
    NEXT_LESSON_KB,
    broken_links,
    crowded,
    figures_of,
    first_load,
    inaccessible,
    lawless,
    misled,
    misprinted,
    misstructured,
    problems_of,
    told,
    undescribed,
    undrawn,
    undrawn_without_script,
    unreachable,
    unsaid,
    unseen_in_forced_colours,
    visit,
    words,
)

from techpolitik.lesson import datasets, seeds

RARE_EARTHS = next(path for path in LESSONS if path.stem.endswith("rare_earths"))
A_LESSON = f"notebooks/{RARE_EARTHS.stem}.html"
A_PAGE = "book/how_to_use.html"
FIRST = "figure-rare-earths-history-chart"


def html_of(book, name):
    return (book / name).read_text("utf-8")


# ------------------------------------------------------------------------------ every page


def test_page(page_name, book, site, new_page):
    assert problems_of(new_page, site, page_name, html_of(book, page_name)) == []


def test_every_description_in_the_book_is_its_own_and_states_a_finding(book):
    described = [entry for name in pages_of(book) for entry in told(html_of(book, name))]
    assert len(described) > 40
    assert unsaid(described) == []


def test_every_link_leads_somewhere(book):
    assert broken_links(book) == []


# --------------------------------------------------------------------------- weight, offline


def test_each_further_lesson_costs_little(site, new_page):
    page = new_page()
    sizes = {name: first_load(page, site, name)[0] for name in lesson_pages()}
    further = dict(list(sizes.items())[1:])
    assert {name: size for name, size in further.items() if size > 1000 * NEXT_LESSON_KB} == {}


def test_charts_draw_without_javascript(lesson_page, site, new_page):
    page = new_page(java_script_enabled=False)
    watch = visit(page, site.url + lesson_page)
    assert undrawn_without_script(page) == []
    assert page.locator(".tp-figure").count() > 1
    excuses = page.locator("noscript p").all()
    assert len(excuses) == page.locator(".tp-controls").count() >= 1
    assert all(excuse.is_visible() for excuse in excuses)
    assert page.locator(".tp-controls :is(input, select):not(:disabled)").count() == 0
    assert watch.problems == []


def test_charts_and_components_are_alive_from_the_disk(lesson_page, book, new_page):
    page = new_page()
    watch = visit(page, (book / lesson_page).resolve().as_uri())
    assert undrawn(page) + lifeless(page, code_of(lesson_page)) == []
    assert page.locator(".tp-controls :is(input, select):disabled").count() == 0
    assert watch.problems == []


def test_charts_and_links_stay_put_when_the_vega_bundle_is_missing(site, new_page):
    page = new_page()
    page.route("**/vega.js", lambda route: route.abort())
    visit(page, site.url + A_LESSON)
    assert all(problem.endswith("is failed, not live") for problem in undrawn(page))
    assert undrawn_without_script(page) == []


def test_the_front_door_leads_to_the_first_page(site, new_page):
    page = new_page()
    watch = visit(page, site.url)
    page.wait_for_url("**/book/index.html")
    assert page.locator("h1").inner_text().startswith("Who controls the technology stack?")
    assert watch.problems == []


# ------------------------------------------------------------------------------ explorations


def drawn(figure) -> str:
    """Give the drawing of a chart as text; Vega numbers its clips anew in each drawing."""
    return re.sub(r"clip\d+|gradient_\d+", "", figure.locator(".tp-live svg").first.inner_html())


def set_by_keyboard(control, last: bool):
    """Move a slider or menu to its first or last value."""
    control.focus()
    control.press("End" if last else "Home")


def test_explorations_follow_the_keyboard(notebook, site, new_page, live_lesson):
    """To every corner of their grid, step by step, and in another colour."""
    expected = live_lesson(notebook).expected()
    page = new_page()
    watch = visit(page, f"{site.url}notebooks/{notebook.stem}.html")
    assert undrawn(page) == []
    figures = page.locator(".tp-figure:has(.tp-controls)").all()
    assert len(figures) == len(expected) >= 1
    problems = [
        problem
        for figure, model in zip(figures, expected, strict=True)
        for problem in corners_that_disagree(figure, model)
    ]
    sliders = page.locator(".tp-controls input[type=range]").all()
    if len(sliders) != notebook.read_text("utf-8").count("=slider("):  # there may be menus alone
        problems.append(f"{len(sliders)} sliders are not those of the notebook")
    problems += [problem for slider in sliders for problem in steps_missed(slider)]
    assert problems + lost_in_the_dark(page) + watch.problems == []


def steps_missed(slider) -> list[str]:
    """List the steps of a slider that an arrow key does not reach one by one."""
    slider.focus()
    slider.press("Home")
    missed = []
    for step in range(1, int(slider.get_attribute("max")) + 1):
        slider.press("ArrowRight")
        if slider.input_value() != str(step):
            missed.append(f"{slider.get_attribute('id')}: {slider.input_value()}, not {step}")
    return missed


def lost_in_the_dark(page) -> list[str]:
    """List what the setting of the first exploration loses when the colours change."""
    figure = page.locator(".tp-figure:has(.tp-controls)").first
    set_by_keyboard(figure.locator("input[type=range], select").first, last=True)
    before = drawn(figure), figure.locator(".tp-finding").inner_text()
    ink = "getComputedStyle(document.querySelector('.tp-live svg text')).fill"
    colour = page.evaluate(ink)
    switch_to(page, "dark")
    after = drawn(figure), figure.locator(".tp-finding").inner_text()
    problems = [] if after == before else ["dark: another drawing or finding"]
    return problems + (["dark: the ink is the same"] if page.evaluate(ink) == colour else [])


def corners_that_disagree(figure, model) -> list[str]:
    """Visit each corner of an exploration's grid; list where page and model say two things."""
    problems, drawing_of = [], {}
    controls = figure.locator(".tp-controls").locator("input, select").all()
    labels = [words(label) for label in figure.locator(".tp-control label").all_inner_texts()]
    if labels != model["labels"] or not all(control.is_enabled() for control in controls):
        return [f"the controls are {labels} or disabled, expected {model['labels']}"]
    standing = [None] * len(controls)
    for corner in model["corners"]:
        for index, place in enumerate(corner["places"]):
            if standing[index] != place:
                set_by_keyboard(controls[index], last=place > 0)
        standing = corner["places"]
        settings = [
            options[place] for options, place in zip(model["options"], standing, strict=True)
        ]
        shown = figure.evaluate(READING)
        if shown["values"] != [str(place) for place in standing]:
            problems.append(f"{settings}: the controls stand on {shown['values']}")
        for kind, setting, said in zip(model["kinds"], settings, shown["said"], strict=True):
            if kind == "slider" and said != [setting, setting]:
                problems.append(f"{settings}: a slider says and shows {said}, expected {setting!r}")
        if shown["finding"] != corner["finding"]:
            problems.append(
                f"{settings}: the page says '{shown['finding']}', not '{corner['finding']}'"
            )
        drawing = drawn(figure)
        if drawing_of.setdefault(corner["rows"], drawing) != drawing:
            problems.append(f"{settings}: the same rows are drawn in two ways")
    if len(set(drawing_of.values())) != len(drawing_of):
        problems.append(
            f"{len(drawing_of)} different tables give {len(set(drawing_of.values()))} drawings"
        )
    if len(drawing_of) < 2:
        problems.append("the model says the same at every corner")
    return problems


READING = """figure => {
    const controls = [...figure.querySelectorAll(".tp-controls :is(input, select)")];
    return {
        values: controls.map(control => control.value),
        said: controls.map(control =>
            [control.ariaValueText, control.nextElementSibling?.innerText]),
        finding: figure.querySelector(".tp-finding").innerText,
    };
}"""


# --------------------------------------------------------------------------- ledger, switches


LEDGER = ("book/claims.html", "claim", "verdict")
FORECASTS = ("book/forecasts.html", "forecast", "outcome")


@pytest.mark.parametrize(
    ("listing", "menu"),
    [(LEDGER, menu) for menu in ("lesson", "source", "kind", "verdict")]
    + [(FORECASTS, menu) for menu in ("lesson", "source", "speaker", "outcome")],
)
def test_a_filter_works_by_keyboard_and_counts(listing, menu, site, new_page):
    name, noun, _ = listing
    page = new_page()
    watch = visit(page, site.url + name)
    assert misfiltered(page, menu, noun) == []
    assert watch.problems == []


def misfiltered(page, menu: str, noun: str) -> list[str]:
    """Choose from a menu of a filter by keyboard, then show all again; list what goes wrong."""
    problems = []
    entries, status = page.locator(".tp-entry"), page.locator(".tp-filter [role=status]")
    total = entries.count()
    everything = f"All {total} {noun}s are shown."
    if status.inner_text() != everything:
        problems.append(f"at first it says '{status.inner_text()}', expected '{everything}'")
    choice = page.locator(f"select[name={menu}]")
    choice.focus()
    choice.press("ArrowDown")
    chosen = f"{menu}-{choice.input_value()}"
    shown = {entry.get_attribute("id") for entry in entries.all() if entry.is_visible()}
    meant = set(page.locator(f".tp-entry.{chosen}").evaluate_all("all => all.map(one => one.id)"))
    if shown != meant or not 0 < len(meant) < total:
        problems.append(f"{chosen} shows {len(shown)} entries, expected {len(meant)} of {total}")
    verb = " is" if len(meant) == 1 else "s are"
    count = f"{len(meant)} of {total} {noun}{verb} shown."
    if status.inner_text() != count:
        problems.append(f"it says '{status.inner_text()}', expected '{count}'")
    if not page.url.endswith(f"#{menu}={choice.input_value()}"):
        problems.append(f"the address does not keep the choice: {page.url}")
    stale = page.locator(".tp-toc a[href^='#']").evaluate_all(LISTED_BUT_HIDDEN)
    problems += [f"the contents list an entry that is hidden: {name}" for name in stale]
    page.locator(".tp-filter button[type=reset]").focus()
    page.keyboard.press("Enter")
    page.wait_for_function(
        "text => document.querySelector('.tp-filter [role=status]').textContent === text",
        arg=everything,
    )
    if not all(entry.is_visible() for entry in entries.all()):
        problems.append("an entry stays hidden after Show all")
    return problems


LISTED_BUT_HIDDEN = """links => links.filter(link => {
    const target = document.getElementById(link.getAttribute("href").slice(1));
    return target && !target.checkVisibility() && link.checkVisibility();
}).map(link => link.getAttribute("href"))"""


def test_a_filter_that_shows_what_it_should_hide_is_found(book, site, new_page):
    """An entry that lost its class stays hidden; contents that are not filtered are stale."""
    html = html_of(book, "book/claims.html")
    css = "<style>.tp-entry[hidden] { display: block !important; }</style></head>"
    url = site.plant("book/planted-filter.html", html.replace("</head>", css, 1))
    page = new_page()
    visit(page, url)
    assert found(misfiltered(page, "verdict", "claim"), "verdict-supported shows")
    contents = "<style>.tp-toc li[hidden] { display: block !important; }</style></head>"
    url = site.plant("book/planted-contents.html", html.replace("</head>", contents, 1))
    visit(page, url)
    assert found(misfiltered(page, "lesson", "claim"), "the contents list an entry")


def test_a_filter_that_leaves_nothing_says_what_to_do(site, new_page):
    page = new_page()
    visit(page, site.url + LEDGER[0])
    page.locator("select[name=lesson]").select_option("the_stack")
    page.locator("select[name=kind]").select_option("forecast")
    assert page.locator(".tp-entry:visible").count() == 0
    said = page.locator(".tp-filter [role=status]").inner_text()
    assert said == "No claim matches all choices. Take one back, or show all."


@pytest.mark.parametrize("listing", [LEDGER, FORECASTS])
def test_the_figure_counts_the_entries(listing, site, book, new_page):
    """The bars say how many entries each choice of the menu shows, in the menu's words."""
    name, noun, menu = listing
    (figure,) = figures_of(html_of(book, name))
    (rows,) = figure["datasets"].values()
    page = new_page()
    visit(page, site.url + name)
    shown = {}
    for option in page.locator(f"select[name={menu}] option:not([value=''])").all():
        value = option.get_attribute("value")
        page.locator(f"select[name={menu}]").select_option(value)
        visible = [entry for entry in page.locator(".tp-entry").all() if entry.is_visible()]
        shown[option.inner_text().lower()] = len(visible)
    assert {row[menu]: row[f"{noun}s"] for row in rows} == shown
    total = sum(shown.values())
    assert f"{total} {noun}s" in page.locator(".tp-figure-title").inner_text()


@pytest.mark.parametrize("listing", [LEDGER, FORECASTS])
def test_a_filtered_list_is_whole_without_javascript(listing, site, new_page):
    page = new_page(java_script_enabled=False)
    visit(page, site.url + listing[0])
    assert not page.locator(".tp-filter").is_visible()
    assert all(entry.is_visible() for entry in page.locator(".tp-entry").all())


def test_the_ledger_names_what_is_counted_twice(site, new_page):
    page = new_page()
    visit(page, site.url + LEDGER[0])
    counted_twice = sum("also" in entry for entry in seeds.claims().values())
    assert page.get_by_text("Also counted as").count() == counted_twice > 0


def test_every_forecast_leads_to_its_quotation_in_the_ledger(book):
    html = html_of(book, "book/forecasts.html")
    names = [name.lower() for name in datasets.load("forecasts")["forecast_id"]]
    assert re.findall(r'id="forecast-([^"]+)"', html) and len(names) == len(set(names))
    for name in names:
        assert f'id="forecast-{name}"' in html and f'href="claims.html#claim-{name}"' in html


def switch_to(page, mode: str):
    """Press the button for light and dark until it says `mode`."""
    button = page.locator("[data-tp-mode]").first
    for _ in range(3):
        if button.inner_text().endswith(mode):
            return
        button.focus()
        page.keyboard.press("Enter")
    assert button.inner_text().endswith(mode)


def test_both_contents_show_where_one_is(site, new_page):
    page = new_page()
    page.set_viewport_size({"width": 1280, "height": 500})
    watch = visit(page, site.url + "book/teach_assign.html")
    here = ".tp-nav [aria-current]"
    assert page.locator(here).bounding_box()["y"] < 500
    page.goto(site.url + A_LESSON + "#further-reading")
    place = ".tp-toc a[href='#further-reading'][aria-current]"
    page.locator(place).wait_for()
    assert 0 < page.locator(place).bounding_box()["y"] < 500
    assert watch.problems == []


def test_the_choice_of_dark_stays_from_page_to_page(site, new_page):
    page = new_page()
    background = "getComputedStyle(document.body).backgroundColor"
    visit(page, site.url + "book/index.html")
    light = page.evaluate(background)
    switch_to(page, "dark")
    dark = page.evaluate(background)
    assert dark != light
    page.goto(site.url + A_LESSON)
    assert page.evaluate(background) == dark
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    switch_to(page, "light")
    page.reload()
    assert page.evaluate(background) == light


def test_answers_and_verdicts_wait_until_they_are_asked_for(lesson_page, site, new_page):
    page = new_page()
    watch = visit(page, site.url + lesson_page)
    assert lifeless(page, code_of(lesson_page)) == []
    choices = page.locator("details.tp-quiz-choice")
    assert choices.count() >= 6
    for choice in choices.all():
        assert choice.get_attribute("open") is None
        choice.locator("summary").focus()
        page.keyboard.press("Enter")
        assert choice.get_attribute("open") is not None
        assert words(choice.inner_text()) != words(choice.locator("summary").inner_text())
    for verdict in page.locator("details.tp-verdict").all():
        assert not verdict.locator("p").first.is_visible()
        verdict.locator("summary").focus()
        page.keyboard.press("Enter")
        assert verdict.locator("p").first.is_visible()
    assert watch.problems == []


#: Components that need a script: class, call in the notebook that makes one, script.
COMPONENTS = [
    ("tp-predict", r"\bpredict\(", "predictions.js"),
    ("tp-dossier", r"\bdossier\(\)", "dossiers.js"),
]


def code_of(lesson_page: str) -> str:
    """Give the code of the notebook behind a page."""
    notebook = nbformat.read((ROOT / lesson_page).with_suffix(".ipynb"), as_version=4)
    return "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")


def lifeless(page, code: str) -> list[str]:
    """Hold the components of a page against the calls in its notebook, and scripts against both."""
    problems = []
    scripts = page.locator("script[src]").evaluate_all("all => all.map(one => one.src)")
    for component, call, script in COMPONENTS:
        calls = len(re.findall(call, code))
        alive = page.locator(f".{component}.tp-live").count()
        if not calls == page.locator(f".{component}").count() == alive:
            problems.append(f"{calls} calls for {component}, {alive} alive")
        if any(script in source for source in scripts) != bool(calls):
            problems.append(f"{calls} calls, but {script} is in the wrong place")
    return problems


# --------------------------------------------------------- planted defects: each is found


def planted(book, site, old: str, new: str) -> str:
    """Serve a page with one change beside the real one; give its address."""
    html = html_of(book, A_PAGE)
    assert old in html
    return site.plant(f"book/planted-{len(site.planted)}.html", html.replace(old, new, 1))


def with_first_figure(html: str, content: dict) -> str:
    """Give a page with the content of its first figure replaced."""
    script = re.compile(r'(<script type="application/json" class="tp-spec">).*?(</script>)', re.S)
    return script.sub(lambda part: part[1] + json.dumps(content) + part[2], html, count=1)


def watched(new_page, url, **settings) -> list[str]:
    page = new_page(**settings)
    watch = visit(page, url)
    page.wait_for_load_state("networkidle")
    return watch.problems


def found(problems, part: str) -> bool:
    return any(part in problem for problem in problems)


BODY = "</article>"


#: Defects that one page can have at once: what is planted in its text, and what is said of each.
DEFECTS = [
    ('<script src="https://cdn.example/x.js"></script>', "request to another place: https://cdn"),
    ("<script>document.title = 'x'</script>", "policy: script-src"),
    ('<script src="../nonsense.js"></script>', "nonsense is not defined"),
    ('<img alt="" src="nowhere.png">', "404 for"),
    ('<img src="../_static/icon.svg">', "light: axe image-alt"),
    ('<img src="../_static/icon.svg">', "no alt"),
    ('<p class="pale">pale</p><style>.pale { color: #777; }</style>', "dark: axe color-contrast"),
    ('<p style="width: 500px">wide</p>', "phone: the page is"),
    (
        f'<p style="height: 1.7em; overflow: hidden; white-space: nowrap">{"long " * 20}</p>',
        "phone: cut off: <p style=",
    ),
    (
        '<a href="#x" id="x" style="outline: none !important; box-shadow: none">x</a>',
        "the focus cannot be seen on <a",
    ),
    ('<p style="transition: opacity 1s !important; scroll-behavior: smooth">m</p>', "<p style="),
    ("<nav>more</nav>", "there is a navigation within the text"),
    (f"<p hidden>{''.join(f'{n * 2654435761 % 2**32:08x}' for n in range(90_000))}</p>", "weighs"),
    ("<h6>deep</h6>", "skips from"),
    ('<p id="main-content">', "is used 2 times"),
]


def test_one_visit_finds_all_the_defects_of_a_page(book, site, new_page):
    site.plant("nonsense.js", "nonsense();")
    every = "".join(dict.fromkeys(markup for markup, _ in DEFECTS))
    html = html_of(book, A_PAGE).replace(BODY, every + BODY, 1)
    site.plant("book/planted-defects.html", html)
    problems = problems_of(new_page, site, "book/planted-defects.html", html)
    assert [said for _, said in DEFECTS if not found(problems, said)] == []


def test_targets_that_are_hard_to_hit_are_found(book, site, new_page):
    small = '<button style="width: 12px; height: 12px; padding: 0" aria-label="a"></button>'
    page = new_page()
    visit(page, planted(book, site, BODY, small * 2 + BODY))
    assert found(inaccessible(page), "axe target-size")


def test_the_policy_arrives_as_a_header(book, site, new_page):
    """Without its meta tag the page is still held to the policy."""
    html = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", html_of(book, A_LESSON))
    html = html.replace(BODY, "<script>document.title = 'x'</script></article>", 1)
    url = site.plant("notebooks/planted-no-meta.html", html)
    assert found(watched(new_page, url), "policy: script-src")


def test_a_loose_policy_is_found(book):
    html = html_of(book, A_LESSON)
    loose = "default-src 'self'; style-src 'self'; img-src 'self'; script-src 'self' "
    assert found(lawless(html, loose + "'unsafe-eval'"), "allows 'unsafe-eval'")
    assert found(lawless(html, loose + "'unsafe-inline'"), "allows 'unsafe-inline'")
    assert found(lawless(html, loose + "https://cdn.example"), "allows https://cdn.example")
    assert found(lawless(html, "default-src 'self'"), "no script-src")


def test_a_chart_with_a_broken_spec_is_found(book, site, new_page):
    html = with_first_figure(html_of(book, A_LESSON), {"spec": {"mark": "no-such-mark"}})
    page = new_page()
    visit(page, site.plant("notebooks/planted-spec.html", html))
    assert f"{FIRST} is failed, not live" in undrawn(page)
    # The reader still has the drawing made at build time.
    assert page.locator(f"#{FIRST} .tp-chart > svg").is_visible()


def test_a_chart_without_marks_is_found(book, site, new_page):
    html = html_of(book, A_LESSON)
    first = figures_of(html)[0]
    tables = {name: [] for name in first["datasets"]}
    html = with_first_figure(html, {"spec": first["spec"], "datasets": tables})
    page = new_page()
    visit(page, site.plant("notebooks/planted-empty.html", html))
    assert undrawn(page) == [f"{FIRST} is live but shows no mark"]


def test_a_lost_drawing_is_found(book, site, new_page):
    chart = re.compile(r'(<div class="tp-chart"[^>]*>)<svg.*?</svg>', re.DOTALL)
    html = chart.sub(r"\1", html_of(book, A_LESSON), count=1)
    page = new_page(java_script_enabled=False)
    visit(page, site.plant("notebooks/planted-drawing.html", html))
    assert found(undrawn_without_script(page), f"{FIRST} shows no drawing")


def test_letters_over_each_other_in_a_chart_are_found(site, new_page):
    page = new_page(width=360)
    visit(page, site.url + A_LESSON)
    assert undrawn(page) == crowded(page) == []
    page.add_style_tag(content=".tp-live text { font-size: 40px !important; }")
    problems = crowded(page)
    assert found(problems, "lies over") and found(problems, "sticks out")


def test_what_forced_colours_hide_is_found(book, site, new_page):
    page = new_page(forced_colors="active")
    visit(page, site.url + A_LESSON)
    page.add_style_tag(
        content=".tp-icon { background: Canvas !important; }"
        ".tp-nav a { border-color: red !important; }"
        ".tp-chart { forced-color-adjust: auto !important; background: none !important; }"
    )
    problems = unseen_in_forced_colours(page)
    for part in ("no icon: tp-icon", f"no paper under {FIRST}", "do not mark the page"):
        assert found(problems, part), part


def test_a_trap_for_the_keyboard_is_found(book, site, new_page):
    site.plant(
        "trap.js",
        "document.querySelector('.tp-skip').addEventListener('keydown', e => e.preventDefault());",
    )
    page = new_page()
    visit(page, planted(book, site, BODY, '<script src="../trap.js"></script></article>'))
    assert found(misled(page), "does not lead to the text")
    assert found(unreachable(page), "Tab never reaches")


def test_a_second_title_and_a_lost_landmark_are_found(book):
    html = html_of(book, A_LESSON)
    assert found(misstructured(html.replace(BODY, "<h1>again</h1></article>")), "2 headings")
    assert found(misstructured(html.replace("<main", "<div").replace("</main", "</div")), "<main>")
    assert found(
        misstructured(html.replace(' aria-hidden="true" tabindex', " tabindex")), "its link"
    )


def test_missing_and_repeated_descriptions_are_found(book):
    html = html_of(book, A_LESSON)
    assert found(undescribed(html.replace(f'id="{FIRST}-text"', "")), "no aria-describedby")
    texts = [figure["text"] for figure in figures_of(html)]
    twice = html.replace(texts[1], texts[0])
    assert twice != html and found(undescribed(twice), "share the description")


def test_descriptions_that_say_nothing_are_found():
    good = ("a", "China mined most", "China mined 270,000 tonnes, the United States 45,000.")
    bar = ("b", "Who mined", "A bar chart of mine output by country and year.")
    short = ("c", "China mined most", "China mined most.")
    assert unsaid([good]) == []
    assert found(unsaid([good, ("d", "Other", good[2])]), "d has the description of a")
    assert found(unsaid([bar]), "neither number nor comparison")
    assert found(unsaid([short]), "no more than the title")


def test_broken_links_are_found(book):
    planted_page = {
        "book/planted.html": (
            '<a href="nowhere.html">1</a><a href="index.html#no-such-place">2</a>'
            '<a href="../../outside.html">3</a><a href="http://plain.example">4</a>'
            '<img src="https://other.example/x.png"><a href="/book/index.html">5</a>'
        ),
        "404.html": '<a href="/book/index.html">1</a><a href="/book/nowhere.html">2</a>',
    }
    problems = broken_links(book, planted_page)
    assert problems == [
        "404.html: /book/nowhere.html leads to a file that is not there",
        "book/planted.html: nowhere.html leads to a file that is not there",
        "book/planted.html: index.html#no-such-place leads to a place that is not there",
        "book/planted.html: ../../outside.html leads out of the book",
        "book/planted.html: <a> leads to http://plain.example",
        "book/planted.html: <img> leads to https://other.example/x.png",
        "book/planted.html: /book/index.html leads out of the book",
    ]


def test_an_exploration_that_says_something_else_is_found(book, site, new_page, live_lesson):
    model = live_lesson(RARE_EARTHS).expected()[0]
    wrong = {**model, "corners": [{**model["corners"][0], "finding": "Nothing happened."}]}
    page = new_page()
    visit(page, site.url + A_LESSON)
    assert undrawn(page) == []
    problems = corners_that_disagree(page.locator(".tp-figure:has(.tp-controls)"), wrong)
    assert found(problems, "not 'Nothing happened.'")
    assert found(problems, "the same at every corner")


def test_answers_given_away_on_paper_are_found(book, site, new_page):
    page = new_page()
    visit(page, site.url + A_LESSON)
    page.add_style_tag(
        content="@media print { details::details-content { content-visibility: visible; } "
        "details.tp-part::details-content { content-visibility: hidden !important; } "
        ".tp-nav { display: block !important; } .tp-chart { display: none; } }"
    )
    problems = misprinted(page)
    for part in ("given away", "folded away", "on paper: <nav", "not on paper: <svg"):
        assert found(problems, part), part


def test_a_component_without_its_script_is_found(book, site, new_page):
    page = new_page()
    visit(page, planted(book, site, BODY, '<form class="tp-predict"></form></article>'))
    assert lifeless(page, "predict()") == [
        "1 calls for tp-predict, 0 alive",
        "1 calls, but predictions.js is in the wrong place",
    ]
