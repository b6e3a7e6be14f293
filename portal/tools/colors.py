"""One brand colour becomes every colour of mails and old browsers, with contrast that never drops below AA."""

import re
from dataclasses import dataclass

from portal.tools.oklch import from_oklch, linear, to_oklch

_HEX = re.compile(r"#[0-9a-fA-F]{6}")
_TURN = 0.179
"""Luminance at which black and white text both reach 4.58:1 on a fill."""

AA = 4.5
LIGHT, DARK = 0, 1
_LOWEST_FILL = (0.3, 0.5)

_LIGHT_DARK = {
    "paper": ((0.985, 0.004), (0.185, 0.008)),
    "surface": ((1, 0), (0.222, 0.01)),
    "sunken": ((0.957, 0.007), (0.155, 0.008)),
    "line": ((0.9, 0.01), (0.315, 0.012)),
    "line-strong": ((0.6, 0.015), (0.57, 0.015)),
    "ink": ((0.23, 0.018), (0.95, 0.006)),
    "ink-2": ((0.4, 0.018), (0.82, 0.01)),
    "ink-3": ((0.51, 0.018), (0.72, 0.012)),
    "accent": ((0.46, 0.14), (0.82, 0.11)),
    "accent-soft": ((0.952, 0.026), (0.29, 0.045)),
    "accent-soft-line": ((0.845, 0.045), (0.42, 0.06)),
    "accent-on-soft": ((0.37, 0.1), (0.89, 0.07)),
    "accent-mark": ((0.6, 0.13), (0.68, 0.13)),
}
"""Lightness and most chroma of each token, light and dark: the same numbers as in static/css/tokens.css."""

_MEANINGS = {
    "ok": ("#215e36", "#8fdca4"),
    "ok-soft": ("#e2f6e6", "#192f1f"),
    "warn": ("#754b10", "#f0c781"),
    "warn-soft": ("#fef0d3", "#372813"),
    "danger": ("#a12623", "#f8a49d"),
    "danger-soft": ("#ffecea", "#431f1d"),
}
_MODERN = "(color: light-dark(red, oklch(from red l c h)))"


class BadColor(ValueError):
    """A colour has to be written like #17694e."""


@dataclass(frozen=True, slots=True)
class Shades:
    """The colours of one theme, as hex: surfaces, text, a line, links, and the button with its text."""

    page: str
    card: str
    soft: str
    ink: str
    ink2: str
    ink3: str
    line: str
    link: str
    button: str
    button_text: str


@dataclass(frozen=True, slots=True)
class MailColors:
    """What a mail needs: light colours inline, dark ones for clients that ask."""

    light: Shades
    dark: Shades


def parse_hex(value: str) -> str:
    """Return a colour like `#17694E` in lower case; raise `BadColor` for anything else."""
    if not _HEX.fullmatch(value):
        raise BadColor(value)
    return value.lower()


def luminance(color: str) -> float:
    """Return the relative luminance of WCAG, 0 to 1."""
    red, green, blue = linear(color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of WCAG, 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def text_on(fill: str) -> str:
    """Return black or white, whichever reads better on this fill: always at least 4.5:1."""
    return "#000000" if luminance(fill) > _TURN else "#ffffff"


def mail_colors(brand: str) -> MailColors:
    """Work out a mail's colours from the brand: fill moved only when very dark or pale, links stepped until AA."""
    brand = parse_hex(brand)
    return MailColors(light=_shades(brand, LIGHT), dark=_shades(brand, DARK))


def brand_css(brand: str) -> str:
    """Return brand.css for a colour; raise `BadColor` for anything but a plain hex colour."""
    brand = parse_hex(brand)
    light, dark = _tokens(brand, LIGHT), _tokens(brand, DARK)
    return (
        f"@layer tokens{{:root{{--brand:{brand}}}}}\n"
        f"@supports not {_MODERN}{{@layer tokens{{"
        f":root,.brand-scope{{color-scheme:light;{_declared(light)}}}"
        f"@media (prefers-color-scheme:dark){{:root:not([data-theme=light]){{color-scheme:dark;{_declared(dark)}}}}}"
        f":root[data-theme=dark]{{color-scheme:dark;{_declared(dark)}}}"
        "}}\n"
    )


def shade(brand: str, lightness: float, most_chroma: float) -> str:
    """Return the brand's hue at this lightness, with its chroma capped, as the tokens of the site do."""
    _, chroma, hue = to_oklch(brand)
    return from_oklch((lightness, min(chroma, most_chroma), hue))


def fill(brand: str, *, lowest: float, most_chroma: float) -> str:
    """Return the solid fill of buttons: the brand itself, moved only when it is very dark or pale."""
    lightness, chroma, hue = to_oklch(brand)
    if lowest <= lightness <= 0.87 and chroma <= most_chroma:
        return brand
    return from_oklch((min(max(lightness, lowest), 0.87), min(chroma, most_chroma), hue))


def hovered(solid: str) -> str:
    """Return the fill under the pointer: 14 % towards black, or towards white for a pale one."""
    lightness, chroma, hue = to_oklch(solid)
    return from_oklch((0.86 * lightness + (0.14 if luminance(solid) > _TURN else 0), 0.86 * chroma, hue))


def _shades(brand: str, theme: int) -> Shades:
    named = _tokens(brand, theme)
    card, soft = named["surface"], named["accent-soft"]
    button = fill(brand, lowest=_LOWEST_FILL[theme], most_chroma=(0.4, 0.16)[theme])
    return Shades(
        page=named["sunken"] if theme == LIGHT else named["paper"],
        card=card,
        soft=soft,
        ink=named["ink"],
        ink2=named["ink-2"],
        ink3=named["ink-3"],
        line=named["line"],
        link=_readable(named["accent"], on=(card, soft), step=(-0.01, 0.01)[theme]),
        button=button,
        button_text=text_on(button),
    )


def _readable(color: str, *, on: tuple[str, ...], step: float) -> str:
    """Darken or lighten a colour in small steps until it can be read on each of these."""
    lightness, chroma, hue = to_oklch(color)
    while any(contrast(color, surface) < AA for surface in on) and 0 <= lightness <= 1:
        lightness += step
        color = from_oklch((lightness, chroma, hue))
    return color


def _tokens(brand: str, theme: int) -> dict[str, str]:
    """Return the colour tokens of one theme as plain hex."""
    solid = fill(brand, lowest=_LOWEST_FILL[theme], most_chroma=(0.2, 0.16)[theme])
    return {
        **{name: shade(brand, *pair[theme]) for name, pair in _LIGHT_DARK.items()},
        "accent-solid": solid,
        "accent-solid-text": text_on(solid),
        "accent-solid-hover": hovered(solid),
        **{name: pair[theme] for name, pair in _MEANINGS.items()},
    }


def _declared(theme: dict[str, str]) -> str:
    return ";".join(f"--{name}:{value}" for name, value in theme.items())
