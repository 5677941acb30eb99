"""Charts drawn at build time: what a page shows before, or without, any script.

The program that runs the notebooks draws them as soon as a notebook has ended, beside the build;
the build finds them by their content and draws itself what is missing.
"""

import hashlib
import json
import os
import re
from pathlib import Path

import vl_convert

from techpolitik.style import BOOK_MIME, COLOURS

#: Width of the drawing; the page scales it.
DRAWING_WIDTH = 680
#: The colours of the light page, each with the CSS variable of the same meaning.
VARIABLES = {colour: f"var(--tp-{name})" for name, colour in COLOURS.items()}


def draw(spec: dict, cache: Path) -> str:
    """Draw a chart as SVG with the theme's CSS variables as colours; kept by content in `cache`."""
    spec = json.loads(json.dumps(spec))
    if spec.get("width") == "container":
        spec["width"] = DRAWING_WIDTH
        spec["autosize"] = {"type": "fit-x", "contains": "padding"}
    known = json.dumps([vl_convert.__version__, spec], sort_keys=True)
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
    svg = re.sub(r' d="[^"]{200,}"', whole_pixels, svg)
    for colour, variable in VARIABLES.items():
        svg = svg.replace(f'"{colour}"', f'"{variable}"')
    size = re.search(r'<svg[^>]*?width="([\d.]+)" height="([\d.]+)"', svg)
    return svg.replace(
        "<svg", f'<svg style="aspect-ratio:{size[1]}/{size[2]}" aria-hidden="true"', 1
    )


def whole_pixels(path: re.Match) -> str:
    """Round a long outline to whole pixels: a map of the world then weighs a third less."""
    return re.sub(r"-?\d+\.\d+", lambda found: f"{float(found[0]):.0f}", path[0])


def draw_ahead(notebook: dict, cache: Path) -> None:
    """Draw all figures of an executed notebook into `cache`, for the page that will ask for them.

    A chart that cannot be drawn is left to the page: it fails there again, and names its place.
    """
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            spec = output.get("data", {}).get(BOOK_MIME)
            if spec is None:
                continue
            try:
                draw({key: value for key, value in spec.items() if key != "usermeta"}, cache)
            except ValueError:
                continue
