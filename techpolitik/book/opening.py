"""How a lesson opens: below its first words one line to run it, and its hero figure, small.

`course.yml` names the hero of a lesson: the cell that shows the figure, and the finding as a
question. The list of lessons on the front page has a picture of each, drawn without letters.
"""

import html
import re

from docutils import nodes
from sphinx.errors import ExtensionError

from techpolitik import course
from techpolitik.book import downloads, repository
from techpolitik.book.drawings import draw
from techpolitik.book.execute import figures_folder
from techpolitik.book.pages.parts import raw

WORDS = re.compile(r"<text.*?</text>", re.DOTALL)
#: Width and greatest height, in pixels, of a hero and of its picture in a list.
HERO, PICTURE = (400, 200), (240, 120)


def setup(app):
    """Open lessons as they are read."""
    app.connect("doctree-read", open_lesson)


# ---------------------------------------------------------------------------- the lesson


def open_lesson(app, doctree):
    """Put the line to run a lesson, and its hero, below the first words."""
    docname = app.env.docname
    lesson = course.current().lesson_of(docname)
    if not lesson:
        return
    section = next(doctree.findall(nodes.section))
    first_words = (nodes.title, nodes.paragraph)
    others = [at for at, node in enumerate(section) if not isinstance(node, first_words)]
    place = others[0] if others else len(section)
    section[place:place] = [raw(run_html(app, docname)), *hero(app, docname, lesson)]


def run_html(app, docname: str) -> str:
    """Write the line with all that runs a lesson."""
    to_root = "../" * docname.count("/")
    lesson = '<span class="tp-visually-hidden"> of this lesson</span>'
    ways = [f'<a href="{to_root}_sources/{docname}.ipynb" download>notebook{lesson}</a>']
    if app.config.tp_course:
        archive = f"{to_root}{downloads.file_name()}"
        ways.append(f'<a href="{archive}" download>all lessons</a> (zip, {app.config.tp_course})')
    for address, words in repository.links(app, docname):
        ways.append(f'<a href="{html.escape(address)}">{html.escape(words)}</a>')
    if "book/how_to_use" in app.env.found_docs:
        ways.append(f'<a href="{to_root}book/how_to_use.html#run-it">how to</a>')
    return f'<p class="tp-run"><span>Run it: {", ".join(ways)}</span></p>'


def hero(app, docname: str, lesson: str) -> list[nodes.Node]:
    """Return the hero of a lesson, small, with its question.

    Nothing if the lesson names none, or if no notebook was run and there are no figures.

    Raises
    ------
    ExtensionError
        If the cell that `course.yml` names shows no figure.

    """
    named = course.current().settings["heroes"].get(lesson)
    charts = app.env.temp_data.get("tp_charts")
    if not named or not charts:
        return []
    if named["figure"] not in charts:
        raise ExtensionError(
            f"course.yml: heroes: {lesson}: the cell {named['figure']!r} of {docname}.ipynb shows "
            f"no figure; these do: {', '.join(charts)}"
        )
    known, spec = charts[named["figure"]]
    folder, question = figures_folder(app), html.escape(named["question"])
    picture = draw(without_letters(resized(spec, *PICTURE)), folder)
    app.env.metadata[docname]["tp_picture"] = WORDS.sub("", picture)
    key, drawing = known["key"], draw(resized(spec, *HERO), folder)
    return [
        raw(
            f'<div class="tp-hero"><div class="tp-hero-drawing" role="img" '
            f'aria-labelledby="{key}-title" aria-describedby="{key}-in-full">{drawing}</div>'
            f'<div><p class="tp-hero-question">{question}</p>'
            f'<p id="{key}-in-full"><a href="#{key}">{known["number"]}</a> in full, with its table '
            "and source</p></div></div>"
        )
    ]


# ---------------------------------------------------------------------------- small charts


def resized(spec: dict, width: int, height: int) -> dict:
    """Return a chart at another size; one made of several views keeps its own."""
    if spec.get("width") != "container":
        return spec
    own = spec.get("height", height)
    config = spec["config"]
    return spec | {
        "width": width,
        "height": min(own, height) if isinstance(own, int) else height,
        "config": config | {"axisY": {**config.get("axisY", {}), "labelLimit": width // 3}},
    }


def without_letters(view):
    """Return a chart without axes, legends and words, down to its innermost views."""
    if isinstance(view, list):
        return [without_letters(part) for part in view]
    if not isinstance(view, dict):
        return view
    bare = {key: without_letters(part) for key, part in view.items() if key != "datasets"}
    if "datasets" in view:
        bare["datasets"] = view["datasets"]
    for channel, encoded in bare.get("encoding", {}).items():
        if channel in ("x", "y"):
            encoded["axis"] = None
        elif channel in ("row", "column", "facet"):
            encoded["header"] = None
        elif channel in ("color", "shape", "strokeDash", "size", "opacity", "fill", "stroke"):
            encoded["legend"] = None
    return bare
