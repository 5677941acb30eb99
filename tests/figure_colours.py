"""Colours of the charts as a browser paints them, and how well eyes tell them apart."""

import itertools

import numpy as np
from colorspacious import cspace_convert, deltaE

#: Ways of seeing colour: Machado, Oliveira and Fernandes (2009), at full severity.
EYES = {
    "usual": None,
    "deuteranopia": "deuteranomaly",
    "protanopia": "protanomaly",
    "tritanopia": "tritanomaly",
}

#: What each mark of each chart is painted with: [kind of mark, fill, stroke, stroke width]; colours
#: as [red, green, blue, opacity], null where there is none.
PAINTED = """() => {
    const colour = (value, ...opacities) => {
        const [red, green, blue, alpha] = value.match(/[\\d.]+/g)?.map(Number) ?? [0, 0, 0, 0];
        const opacity = opacities.reduce((all, one) => all * Number(one), alpha ?? 1);
        return value === "none" || opacity === 0 ? null : [red, green, blue, opacity];
    };
    return [...document.querySelectorAll(".tp-figure")].map(figure => [
        figure.id,
        [...figure.querySelectorAll(".tp-live .role-mark")].flatMap(group =>
            [...group.querySelectorAll("path, text")].map(mark => {
                const style = getComputedStyle(mark);
                const kind = group.getAttribute("class").match(/mark-(\\w+)/)[1];
                const width = style.stroke === "none" ? 0 : parseFloat(style.strokeWidth);
                return [kind, colour(style.fill, style.fillOpacity, style.opacity),
                    colour(style.stroke, style.strokeOpacity, style.opacity), width];
            }).filter(([, fill, stroke]) => fill || stroke)),
    ]);
}"""


def painted(page) -> dict[str, set[tuple]]:
    """Give, for each figure, the ways its marks are painted, on the paper of the page."""
    paper = page.evaluate("getComputedStyle(document.querySelector('.tp-figure')).backgroundColor")
    paper = tuple(int(part) for part in paper.removeprefix("rgb(").rstrip(")").split(","))
    return paper, {
        name: {
            (kind, on_paper(fill, paper), on_paper(stroke, paper), width)
            for kind, fill, stroke, width in marks
        }
        for name, marks in page.evaluate(PAINTED)
    }


def on_paper(colour, paper) -> tuple[int, ...] | None:
    """Give the colour that is seen where a translucent one lies on the paper."""
    if colour is None:
        return None
    *channels, opacity = colour
    mixed = (c * opacity + p * (1 - opacity) for c, p in zip(channels, paper, strict=True))
    return tuple(round(channel) for channel in mixed)


def contrast(one, other) -> float:
    """Give the contrast of two colours as WCAG defines it, from 1 to 21."""
    lights = [luminance(np.array(colour) / 255) for colour in (one, other)]
    return (max(lights) + 0.05) / (min(lights) + 0.05)


def luminance(colour) -> float:
    linear = np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def distance(one, other, eyes: str) -> float:
    """Give how far apart two colours look (CAM02-UCS; 1 is barely seen) to one kind of eyes."""
    seen = [simulated(np.array(colour) / 255, EYES[eyes]) for colour in (one, other)]
    return float(deltaE(*seen, input_space="sRGB1"))


def simulated(colour, kind: str | None):
    if kind is None:
        return colour
    space = {"name": "sRGB1+CVD", "cvd_type": kind, "severity": 100}
    return np.clip(cspace_convert(colour, space, "sRGB1"), 0, 1)


def closest(colours) -> tuple[float, str, tuple, tuple]:
    """Give the pair that is hardest to tell apart: distance, for which eyes, and the two."""
    pairs = itertools.product(itertools.combinations(sorted(colours), 2), EYES)
    return min((distance(*pair, eyes), eyes, *pair) for pair, eyes in pairs)
