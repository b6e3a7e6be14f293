"""Growth rings are the same every time, grow outwards and never cross."""

import math
import re

from portal.tools.rendering.rings import MOST, rings, view_box


def test_a_slug_always_grows_the_same_rings() -> None:
    assert rings("field-notes", 5) == rings("field-notes", 5)
    assert rings("field-notes", 5) != rings("kiln-talk", 5)


def test_one_ring_per_newsletter_up_to_a_limit() -> None:
    assert [len(rings("a", count)) for count in (-1, 0, 1, 7, 500)] == [0, 0, 1, 7, MOST]


def test_no_ring_crosses_the_next() -> None:
    for slug in ("field-notes", "kiln-talk", "a", "日本"):
        sizes = [radii(path) for path in rings(slug, MOST, radius=4000)]
        assert [
            at for at in range(MOST - 1) if any(a >= b for a, b in zip(sizes[at], sizes[at + 1], strict=True))
        ] == []


def radii(path: str) -> list[float]:
    numbers = [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", path)]
    points = list(zip(numbers[0::2], numbers[1::2], strict=True))[0::3]
    return [math.hypot(x, y) for x, y in points]


def test_the_view_shows_every_ring() -> None:
    paths = rings("field-notes", 6, radius=45)
    left, top, width, height = (int(number) for number in view_box(paths).split())
    numbers = [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", " ".join(paths))]
    assert left < min(numbers[0::2]) and max(numbers[0::2]) < left + width
    assert top < min(numbers[1::2]) and max(numbers[1::2]) < top + height
    assert view_box([]) == "0 0 1 1"
