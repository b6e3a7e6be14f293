"""Clocks and hours: which instant a wall time is in a zone, and when mails may leave there; pure arithmetic."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

MIDNIGHT = time(0)
EVERY_DAY = "1234567"
_AHEAD = 22
"""Days to look ahead: one allowed weekday comes every 7 days, and a jump of the clocks may swallow it now and then."""


@dataclass(frozen=True)
class Hours:
    """The times of day and weekdays on which mails may leave; `closes` at midnight is the end of the day.

    `days` holds ISO weekdays, 1 for Monday. The clocks on the wall decide: an hour that comes twice is open twice.
    """

    opens: time = MIDNIGHT
    closes: time = MIDNIGHT
    days: str = EVERY_DAY

    def __post_init__(self) -> None:
        if self.closes <= self.opens and self.closes != MIDNIGHT:
            raise ValueError("hours must close after they open, on the same day")
        if not self.days or not set(self.days) <= set(EVERY_DAY):
            raise ValueError("hours need at least one weekday from 1 to 7")

    def allow(self, wall: datetime) -> bool:
        """Tell whether mails may leave while the clocks show this."""
        before_closing = self.closes == MIDNIGHT or wall.time() < self.closes
        return str(wall.isoweekday()) in self.days and self.opens <= wall.time() and before_closing


@dataclass(frozen=True)
class Span:
    """From `at` on mails may leave, and no longer once `until` has come; without hours there is no end."""

    at: datetime
    until: datetime | None = None


def find_zone(name: str) -> ZoneInfo | None:
    """Return a zone of the IANA database by name, or None for a name it does not know."""
    return ZoneInfo(name) if name in _names() else None


def moment(wall: datetime, zone: tzinfo) -> datetime:
    """Return the UTC instant at which clocks in a zone show this: after a gap its end, in an overlap the first time."""
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first.astimezone(zone).replace(tzinfo=None) == wall:
        return first
    # The clocks jumped over this time, so reading it with the offset of either side lands on the other one.
    return _jump(second, first, zone)


def next_span(at: datetime, zone: tzinfo, hours: Hours | None) -> Span:
    """Return the first stretch at or after an instant in which mails may leave, on the clocks of a zone."""
    if hours is None:
        return Span(at)
    edges = iter(_edges(at, zone, hours))
    starts = at if hours.allow(at.astimezone(zone)) else next(e for e in edges if hours.allow(e.astimezone(zone)))
    return Span(starts, next((e for e in edges if not hours.allow(e.astimezone(zone))), None))


def _edges(at: datetime, zone: tzinfo, hours: Hours) -> list[datetime]:
    """Return every instant after `at` where hours may begin or end: their times, and jumps of the clocks."""
    today = at.astimezone(zone).date()
    walls = [
        datetime.combine(today + timedelta(days=days), each)
        for days in range(-1, _AHEAD)
        for each in {hours.opens, hours.closes}
    ]
    edges = {wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for wall in walls for fold in (0, 1)}
    return sorted(edge for edge in edges | set(_jumps(at, zone)) if edge > at)


def _jumps(at: datetime, zone: tzinfo) -> Iterator[datetime]:
    step = timedelta(hours=6)
    before = at.astimezone(UTC).replace(microsecond=0)
    for _step in range(_AHEAD * 4):
        after = before + step
        if _offset(before, zone) != _offset(after, zone):
            yield _jump(before, after, zone)
        before = after


def _jump(low: datetime, high: datetime, zone: tzinfo) -> datetime:
    """Return the first whole second after `low` with another offset than `low` has; at `high` it has changed."""
    offset = _offset(low, zone)
    left, right = int(low.timestamp()), int(high.timestamp())
    while right - left > 1:
        middle = (left + right) // 2
        if _offset(datetime.fromtimestamp(middle, UTC), zone) == offset:
            left = middle
        else:
            right = middle
    return datetime.fromtimestamp(right, UTC)


def _offset(at: datetime, zone: tzinfo) -> timedelta | None:
    return at.astimezone(zone).utcoffset()


@lru_cache
def _names() -> frozenset[str]:
    return frozenset(available_timezones())
