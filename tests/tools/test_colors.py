"""Whatever colour a company has, its mails and pages can be read."""

import itertools
import re

import pytest

from portal.tools import colors
from portal.tools.colors import AA, BadColor, brand_css, contrast, mail_colors, parse_hex

EVERY_17TH = [f"#{r:02x}{g:02x}{b:02x}" for r, g, b in itertools.product(range(0, 256, 17), repeat=3)]


@pytest.mark.parametrize(
    "value", ["", "red", "#fff", "17694e", "#17694g", "#17694e;", "#17694e\n", "#１7694e", "url(x)"]
)
def test_only_plain_hex_colours_are_taken(value: str) -> None:
    with pytest.raises(BadColor):
        parse_hex(value)
    assert parse_hex("#17694E") == "#17694e"


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)


def test_4096_brands_never_drop_below_aa_in_mails() -> None:
    assert len(EVERY_17TH) == 4096
    assert [brand for brand in EVERY_17TH if lowest_contrast(brand) < AA] == []


def lowest_contrast(brand: str) -> float:
    found = mail_colors(brand)
    pairs = []
    for shades in (found.light, found.dark):
        words, surfaces = (shades.ink, shades.ink2, shades.link), (shades.card, shades.soft)
        pairs += list(itertools.product(words, surfaces))
        pairs += [(shades.ink3, shades.card), (shades.ink3, shades.page), (shades.ink, shades.page)]
        pairs += [(shades.button_text, shades.button)]
    return min(contrast(*pair) for pair in pairs)


def test_4096_brands_never_drop_below_aa_in_old_browsers() -> None:
    low = []
    for brand in EVERY_17TH[::7]:
        for theme in (colors.LIGHT, colors.DARK):
            named = colors._tokens(brand, theme)
            words = [(named[a], named[b]) for a in ("ink", "ink-2", "ink-3", "accent") for b in ("paper", "surface")]
            words += [
                (named["accent-on-soft"], named["accent-soft"]),
                (named["accent-solid-text"], named["accent-solid"]),
            ]
            words += [(named[m], named[f"{m}-soft"]) for m in ("ok", "warn", "danger")]
            edges = [(named["line-strong"], named["surface"]), (named["accent-mark"], named["surface"])]
            low += [(brand, pair) for pair in words if contrast(*pair) < AA]
            low += [(brand, pair) for pair in edges if contrast(*pair) < 3]
    assert low == []


def test_the_default_brand_gives_the_colours_of_the_design() -> None:
    found = mail_colors("#17694e")
    assert (found.light.page, found.light.ink, found.light.link, found.light.button) == (
        "#edf2f0", "#15201b", "#14674c", "#17694e",
    )  # fmt: skip
    assert (found.dark.card, found.dark.ink, found.dark.link, found.dark.button) == (
        "#171d1a", "#ebf0ed", "#8bd7b7", "#247357",
    )  # fmt: skip


def test_a_button_keeps_the_brand_unless_it_is_very_dark_or_pale() -> None:
    assert mail_colors("#ff0000").light.button == "#ff0000"
    assert mail_colors("#000000").light.button != "#000000"
    assert mail_colors("#ffffff").light.button != "#ffffff"
    assert colors.text_on("#ffd400") == "#000000"


def test_brand_css_holds_the_brand_and_plain_colours_for_old_browsers() -> None:
    css = brand_css("#17694E")
    assert css.startswith("@layer tokens{:root{--brand:#17694e}}\n")
    assert css.count("{") == css.count("}")
    assert set(re.findall(r"--[\w-]+:([^;}]+)", css)) <= set(re.findall(r"#[0-9a-f]{6}", css))
    assert "@supports not (color: light-dark(" in css
    with pytest.raises(BadColor):
        brand_css("#17694e}body{display:none")
