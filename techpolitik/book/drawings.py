"""Charts drawn at build time: what a page shows before, or without, any script.

The program that runs the notebooks draws them as soon as a notebook has ended, beside the build;
the build finds them by their content and draws itself what is missing.
"""

import hashlib
import itertools
import json
import os
import re
from pathlib import Path

import vl_convert

from techpolitik.lesson.style import BOOK_MIME, COLOURS

#: Width of the drawing; the page scales it.
DRAWING_WIDTH = 680
#: The colours of the light page, each with the CSS variable of the same meaning.
VARIABLES = {colour: f"var(--tp-{name})" for name, colour in COLOURS.items()}

#: What this module does to a drawing decides what is cached.
OWN_CODE = Path(__file__).read_text("utf-8")
#: Rings of straight lines, as Vega writes the shapes of countries.
OUTLINE = re.compile(r"(?:M-?[\d.]+,-?[\d.]+(?:L-?[\d.]+,-?[\d.]+)*Z)+")


def draw(spec: dict, cache: Path) -> str:
    """Draw a chart as SVG in the theme's CSS variables as colours; cached by content in `cache`."""
    spec = json.loads(json.dumps(spec))
    if spec.get("width") == "container":
        spec["width"] = DRAWING_WIDTH
        spec["autosize"] = {"type": "fit-x", "contains": "padding"}
    known = json.dumps([vl_convert.__version__, OWN_CODE, spec], sort_keys=True)
    path = cache / f"{hashlib.sha256(known.encode()).hexdigest()[:24]}.svg"
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        write_whole(path, slim(vl_convert.vegalite_to_svg(spec)))
    return path.read_text("utf-8")


def write_whole(path: Path, text: str) -> None:
    """Write a file that another build never sees half written."""
    part = path.with_suffix(f".{os.getpid()}")
    part.write_text(text, "utf-8")
    part.replace(path)


def slim(svg: str) -> str:
    """Shorten a drawing and let it follow the theme: one decimal is finer than any screen."""
    svg = re.sub(r"<style>.*?</style>", "", svg, flags=re.DOTALL)
    svg = re.sub(r' (?:role|aria-[a-z]+|tabindex|font-family|class)="[^"]*"', "", svg)
    svg = re.sub(r"-?\d+\.\d{2,}", lambda found: f"{float(found[0]):.1f}".removesuffix(".0"), svg)
    svg = re.sub(r' d="([^"]{200,})"', whole_pixels, svg)
    for colour, variable in VARIABLES.items():
        svg = svg.replace(f'"{colour}"', f'"{variable}"')
    size = re.search(r'<svg[^>]*?width="([\d.]+)" height="([\d.]+)"', svg)
    return svg.replace(
        "<svg", f'<svg style="aspect-ratio:{size[1]}/{size[2]}" aria-hidden="true"', 1
    )


def whole_pixels(path: re.Match) -> str:
    """Round a long outline to whole pixels, each point told from the one before.

    A map of the world then weighs a third: small numbers repeat, and points that meet fall away.
    """
    if not OUTLINE.fullmatch(path[1]):
        return re.sub(r"-?\d+\.\d+", lambda found: f"{float(found[0]):.0f}", path[0])
    return f' d="{"".join(map(ring, path[1].split("M")[1:]))}"'


def ring(points: str) -> str:
    """Write one ring of an outline, given as absolute points, by its steps in whole pixels."""
    places = [tuple(round(float(n)) for n in at.split(",")) for at in points.rstrip("Z").split("L")]
    steps = [(b[0] - a[0], b[1] - a[1]) for a, b in itertools.pairwise(places) if a != b]
    line = " ".join(f"{x} {y}" for x, y in steps).replace(" -", "-")
    return f"M{places[0][0]} {places[0][1]}" + (f"l{line}" if line else "") + "Z"


def draw_ahead(notebook: dict, cache: str) -> None:
    """Draw all figures of an executed notebook into `cache`, for the page that will ask for them.

    A chart that cannot be drawn is left to the page: it fails there again, and names its place.
    """
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            spec = output.get("data", {}).get(BOOK_MIME)
            if spec is None:
                continue
            try:
                draw({key: value for key, value in spec.items() if key != "usermeta"}, Path(cache))
            except ValueError:
                continue
