"""What the clocks of a time zone show, as stretches of one offset: a reckoning apart from the product's own."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

STEP = timedelta(hours=12)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


class Stretch(NamedTuple):
    """From one instant until before another, clocks show UTC and this offset."""

    since: datetime
    until: datetime
    offset: timedelta


class Open(NamedTuple):
    """When mails may leave: from `since` until before `until`."""

    since: datetime
    until: datetime


class Allowed(NamedTuple):
    """Times of day and ISO weekdays; what closes at midnight closes with the day."""

    opens: time
    closes: time
    days: str


def stretches(name: str, since: datetime, until: datetime) -> list[Stretch]:
    """Cut the time between two instants wherever the offset of a zone changes."""
    zone = ZoneInfo(name)
    found, begun, at = [], since, since
    while at < until:
        then = min(at + STEP, until)
        if _offset(zone, at) != _offset(zone, then):
            change = _change(zone, at, then)
            found.append(Stretch(begun, change, _offset(zone, at)))
            begun = change
        at = then
    return [*found, Stretch(begun, until, _offset(zone, begun))]


def first_showing(clock: Sequence[Stretch], wall: datetime) -> datetime:
    """Return the first instant at which the clock shows this time, or a later one where it jumps over it."""
    for stretch in clock:
        shown = max(stretch.since, wall.replace(tzinfo=UTC) - stretch.offset)
        if shown < stretch.until:
            return shown
    raise ValueError(f"{wall} lies behind all that is known of this clock")


def first_open(clock: Sequence[Stretch], at: datetime, allowed: Allowed) -> Open:
    """Return when mails may leave for the first time at or after an instant; what touches is one."""
    found: Open | None = None
    for opening in _openings(clock, at, allowed):
        if found is None:
            found = Open(max(opening.since, at), opening.until)
        elif opening.since == found.until:
            found = Open(found.since, opening.until)
        else:
            return found
    raise ValueError(f"nothing opens and closes after {at}")


def first_start(
    clock: Sequence[Stretch], wall: datetime, allowed: Allowed | None, *, now: datetime
) -> tuple[datetime, int]:
    """Return when a mail leaves that is meant for this time of day, and how many days later that is."""
    for days in range(8):
        shown = first_showing(clock, wall + days * DAY)
        start = first_open(clock, shown, allowed).since if allowed else shown
        if start >= now:
            return start, days
    raise ValueError(f"{wall} is more than a week ago")


def _openings(clock: Sequence[Stretch], at: datetime, allowed: Allowed) -> Iterator[Open]:
    for stretch in clock:
        if stretch.until <= at:
            continue
        day = (max(stretch.since, at - DAY) + stretch.offset).date()
        while (midnight := datetime.combine(day, time(0), UTC) - stretch.offset) < stretch.until:
            opens = midnight + _since_midnight(allowed.opens)
            closes = midnight + (_since_midnight(allowed.closes) or DAY)
            opening = Open(max(opens, stretch.since), min(closes, stretch.until))
            if str(day.isoweekday()) in allowed.days and opening.since < opening.until and opening.until > at:
                yield opening
            day += DAY


def _since_midnight(at: time) -> timedelta:
    return timedelta(hours=at.hour, minutes=at.minute, seconds=at.second)


def _change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """Return the first second that has another offset than `before`."""
    while after - before > SECOND:
        middle = before + (after - before) // 2
        middle = middle.replace(microsecond=0)
        if _offset(zone, middle) == _offset(zone, before):
            before = middle
        else:
            after = middle
    return after


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    offset = at.astimezone(zone).utcoffset()
    assert offset is not None
    return offset
