"""OKLCH, the colour space of the site's tokens: equal lightness looks equally light, whatever the hue."""

import math

Oklch = tuple[float, float, float]
"""Lightness 0 to 1, chroma, hue in radians."""


def to_oklch(color: str) -> Oklch:
    """Return a hex colour in OKLCH."""
    red, green, blue = linear(color)
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    medium = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    lightness = 0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    return lightness, math.hypot(a, b), math.atan2(b, a)


def from_oklch(color: Oklch) -> str:
    """Return the nearest hex colour, giving up chroma where a screen cannot show it."""
    lightness, chroma, hue = color
    low, high = 0.0, chroma
    if _fits(_rgb((lightness, chroma, hue))):
        low = chroma
    else:
        for _ in range(16):
            middle = (low + high) / 2
            low, high = (middle, high) if _fits(_rgb((lightness, middle, hue))) else (low, middle)
    return "#" + "".join(f"{round(255 * _encoded(part)):02x}" for part in _rgb((lightness, low, hue)))


def linear(color: str) -> tuple[float, float, float]:
    """Return red, green and blue of a hex colour as amounts of light, 0 to 1."""
    red, green, blue = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return _decoded(red), _decoded(green), _decoded(blue)


def _decoded(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _encoded(part: float) -> float:
    part = min(max(part, 0.0), 1.0)
    return 12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055


def _rgb(color: Oklch) -> tuple[float, float, float]:
    lightness, chroma, hue = color
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _fits(rgb: tuple[float, float, float]) -> bool:
    return all(-0.0005 <= part <= 1.0005 for part in rgb)
