"""Growth rings: one closed curve per published newsletter, always the same for the same community."""

import hashlib
import math
import re

MOST = 24
_POINTS = 28
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_WAVES = ((1, 0.13), (2, 0.06), (3, 0.035), (5, 0.012))
"""How often a wave goes round the ring, and how far it bends it at most."""


def rings(slug: str, count: int, *, radius: int = 400) -> list[str]:
    """Return SVG path data from the innermost ring to the newest, at most `MOST`; none for a count of 0."""
    count = min(max(count, 0), MOST)
    widths = [0.6 + 0.9 * _chance(slug, f"width {ring}") for ring in range(count)]
    total = sum(widths) + 0.6
    grown, paths = 0.6, []
    for ring, width in enumerate(widths):
        grown += width
        paths.append(_closed([_point(slug, ring, place, radius * grown / total) for place in range(_POINTS)]))
    return paths


def view_box(paths: list[str]) -> str:
    """Return the viewBox that shows these rings whole, with room for the stroke."""
    if not paths:
        return "0 0 1 1"
    numbers = [float(number) for number in _NUMBER.findall(" ".join(paths))]
    across, down = numbers[0::2], numbers[1::2]
    room = max(2, math.ceil((max(across) - min(across)) / 200))
    left, top = math.floor(min(across)) - room, math.floor(min(down)) - room
    return f"{left} {top} {math.ceil(max(across)) + room - left} {math.ceil(max(down)) + room - top}"


def _point(slug: str, ring: int, place: int, radius: float) -> tuple[float, float]:
    angle = 2 * math.pi * place / _POINTS
    bend = 1.0
    for often, far in _WAVES:
        turned = 2 * math.pi * _chance(slug, f"wave {often}") + 0.09 * ring * (_chance(slug, f"drift {often}") - 0.5)
        bend += far * math.sin(often * angle + turned)
    return radius * bend * math.cos(angle), radius * bend * math.sin(angle)


def _closed(points: list[tuple[float, float]]) -> str:
    """Return a smooth closed curve through the points (Catmull-Rom, written as cubic curves)."""
    digits = 0 if max(abs(x) for x, _ in points) > 60 else 1
    parts = [f"M{_written(points[0], digits)}"]
    for at, here in enumerate(points):
        before, after = points[at - 1], points[(at + 1) % len(points)]
        beyond = points[(at + 2) % len(points)]
        leave = (here[0] + (after[0] - before[0]) / 6, here[1] + (after[1] - before[1]) / 6)
        arrive = (after[0] - (beyond[0] - here[0]) / 6, after[1] - (beyond[1] - here[1]) / 6)
        parts.append("C" + " ".join(_written(point, digits) for point in (leave, arrive, after)))
    return "".join(parts) + "Z"


def _written(point: tuple[float, float], digits: int) -> str:
    return " ".join(f"{round(value, digits) + 0:.{digits}f}" for value in point)


def _chance(slug: str, what: str) -> float:
    """Return a number from 0 to 1 that depends on nothing but the slug and what it is for."""
    return int.from_bytes(hashlib.sha256(f"{slug} {what}".encode()).digest()[:6], "big") / 2**48
