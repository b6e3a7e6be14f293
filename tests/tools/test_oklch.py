"""Colours survive the way into OKLCH and back."""

import math

import pytest

from portal.tools.oklch import from_oklch, to_oklch


@pytest.mark.parametrize("color", ["#000000", "#ffffff", "#17694e", "#ff0000", "#0000ff", "#ffd400", "#808080"])
def test_there_and_back(color: str) -> None:
    assert from_oklch(to_oklch(color)) == color


def test_known_values() -> None:
    lightness, chroma, hue = to_oklch("#ff0000")
    assert (lightness, chroma, math.degrees(hue)) == pytest.approx((0.628, 0.2577, 29.23), abs=0.01)


def test_what_no_screen_shows_gives_up_chroma_and_keeps_lightness() -> None:
    lightness, chroma, _ = to_oklch(from_oklch((0.5, 0.4, math.radians(152))))
    assert lightness == pytest.approx(0.5, abs=0.01)
    assert chroma < 0.2
