"""Every change of the clocks in every time zone: what is scheduled round it leaves once, at the instant that is right.

`python -m bench.transitions --years 10`. Right is what `bench.zone_clocks` reckons: where the clocks jump over a time,
the first instant after; where it comes twice, the first one. Exits with 1 where the product says otherwise.
"""

import argparse
import json
import sys
import time as stopwatch
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from bench import record
from bench.zone_clocks import Allowed, Stretch, first_open, first_showing, first_start, stretches
from portal.services.sending import hours
from portal.services.sending.hours import Hours
from portal.services.sending.starts import LATE, Timing

AROUND = timedelta(days=45)
"""What is asked about a change looks no further than this."""
MINUTE = timedelta(minutes=1)
KEPT = 20


@dataclass(frozen=True)
class Change:
    """One change of the clocks: between `low` and `high` on the wall a time is jumped over, or comes twice."""

    zone: str
    at: datetime
    low: datetime
    high: datetime
    is_gap: bool

    @property
    def middle(self) -> datetime:
        """A time on the wall inside, on a whole minute."""
        return (self.low + (self.high - self.low) / 2).replace(second=0, microsecond=0)


@dataclass
class Tally:
    """What was asked, and what the product answered wrongly."""

    zones: int = 0
    changing: int = 0
    changes: Counter[str] = field(default_factory=Counter)
    cases: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    shown: list[str] = field(default_factory=list)

    def compare(self, kind: str, ours: object, right: object, where: str) -> None:
        """Count one case."""
        self.cases[kind] += 1
        if ours != right:
            self.wrong[kind] += 1
            if len(self.shown) < KEPT:
                self.shown.append(f"{kind} {where}: {ours}, not {right}")

    def add(self, other: "Tally") -> None:
        """Count what another tally counted, too."""
        self.zones += other.zones
        self.changing += other.changing
        for mine, theirs in ((self.changes, other.changes), (self.cases, other.cases), (self.wrong, other.wrong)):
            mine.update(theirs)
        self.shown = (self.shown + other.shown)[:KEPT]

    def figures(self) -> dict[str, Any]:
        """Return the counts as plain values."""
        return {
            "zones": self.zones,
            "zones_that_change": self.changing,
            "transitions": sum(self.changes.values()),
            **self.changes,
            "cases": sum(self.cases.values()),
            "cases_of": dict(self.cases),
            "wrong": sum(self.wrong.values()),
            "wrong_of": dict(self.wrong),
            "first_wrong": self.shown,
        }


def reckon(zone: str, *, since: datetime, years: int, fault: str | None = None) -> Tally:
    """Ask the product, or a broken twin, about every change of a zone in so many years, and compare."""
    until = since.replace(year=since.year + years)
    clock = stretches(zone, since - AROUND, until + AROUND)
    found = [change for change in changes(zone, clock) if since <= change.at < until]
    tally = Tally(zones=1, changing=bool(found))
    with broken(fault) if fault else nullcontext():
        for change in found:
            tally.changes["gaps" if change.is_gap else "overlaps"] += 1
            near = [s for s in clock if s.until > change.at - AROUND and s.since < change.at + AROUND]
            _ask(tally, change, near)
    return tally


def changes(zone: str, clock: Sequence[Stretch]) -> Iterator[Change]:
    """Yield the changes between the stretches of a clock."""
    for before, after in pairwise(clock):
        walls = [(after.since + offset).replace(tzinfo=None) for offset in (before.offset, after.offset)]
        yield Change(zone, after.since, min(walls), max(walls), is_gap=after.offset > before.offset)


def walls(change: Change) -> list[datetime]:
    """Return times on the wall before, inside and after a gap or an overlap, its edges among them."""
    low, middle, high, second = change.low, change.middle, change.high, timedelta(seconds=1)
    before = [low - timedelta(days=1), low - timedelta(hours=1), low - MINUTE, low - second]
    after = [high, high + second, high + MINUTE, high + timedelta(hours=1), high + timedelta(days=1)]
    return [*before, low, low + MINUTE, middle, high - MINUTE, high - second, *after]


def allowed_hours(change: Change) -> list[Allowed]:
    """Return hours that open, close, or lie inside a change, and such as only touch it; on its days and on all."""
    hour, low, middle, high = timedelta(hours=1), change.low, change.middle, change.high
    pairs = [
        *((middle, middle + 8 * hour), (low - 8 * hour, middle), (low - hour, high + hour), (low, high)),
        *((low + MINUTE, middle), (middle, high - MINUTE), (low - hour, low), (high, high + hour)),
    ]
    days = {"1234567", str(low.isoweekday()), str(high.isoweekday())}
    times = {(opens.time(), closes.time()) for opens, closes in pairs}
    fit = sorted((opens, closes) for opens, closes in times if opens < closes or closes == time(0) < opens)
    return [Allowed(opens, closes, each) for opens, closes in fit for each in sorted(days)]


def _ask(tally: Tally, change: Change, clock: Sequence[Stretch]) -> None:
    zone, allowed = ZoneInfo(change.zone), allowed_hours(change)
    width = change.high - change.low
    # Long before, in the last second before the change, in the second pass of what comes twice, and soon after.
    nows = [change.at + step for step in (timedelta(days=-2), timedelta(seconds=-1), width / 2, width)]
    for wall in walls(change):
        where = f"{change.zone} {wall}"
        tally.compare("moment", hours.moment(wall, zone), first_showing(clock, wall), where)
        for now in nows:
            start = Timing("UTC", None, wall=wall).start(change.zone, since=now, now=now)
            at, days = first_start(clock, wall, None, now=now)
            ours, right = (start.at, start.days_later, start.until), (at, days, at + LATE)
            tally.compare("start", ours, right, f"{where} at {now}")
        for each in allowed[:: max(1, len(allowed) // 4)]:
            timing = Timing("UTC", Hours(*each), wall=wall)
            start = timing.start(change.zone, since=nows[0], now=nows[0])
            at, days = first_start(clock, wall, each, now=nows[0])
            right = (at, days, first_open(clock, at, each).until)
            tally.compare("start within hours", (start.at, start.days_later, start.until), right, f"{where} {each}")
    for each in allowed:
        for now in nows:
            span = hours.next_span(now, zone, Hours(*each))
            tally.compare("hours", (span.at, span.until), tuple(first_open(clock, now, each)), f"{change} {each} {now}")


def second_pass(wall: datetime, zone: ZoneInfo) -> datetime:
    """Break it: what comes twice leaves the second time."""
    return wall.replace(tzinfo=zone, fold=1).astimezone(UTC)


def leap_along(wall: datetime, zone: ZoneInfo) -> datetime:
    """Break it: what the clocks jump over is as much too late as they jump."""
    return wall.replace(tzinfo=zone).astimezone(UTC)


def no_jumps(at: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """Break it: hours begin and end at their times only, and not where the clocks jump into or out of them."""
    return iter(())


FAULTS: dict[str, tuple[str, Callable[..., Any]]] = {
    "second-pass": ("moment", second_pass),
    "leap-along": ("moment", leap_along),
    "no-jumps": ("_jumps", no_jumps),
}


@contextmanager
def broken(fault: str) -> Iterator[None]:
    """Break the product on purpose for a while."""
    name, twin = FAULTS[fault]
    sound = getattr(hours, name)
    setattr(hours, name, twin)
    try:
        yield
    finally:
        setattr(hours, name, sound)


def main() -> None:
    """Ask about all zones, print the counts, and say by the status whether all was right."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--years", type=int, default=10)
    parser.add_argument("--since", type=datetime.fromisoformat, help="count from this day instead of today")
    parser.add_argument("--fault", choices=sorted(FAULTS), help="break the product on purpose: this must fail")
    parser.add_argument("--out", type=Path, help="bench/results/<name>.json")
    asked = parser.parse_args()
    since = (asked.since or datetime.now(UTC)).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=UTC)
    begun = stopwatch.monotonic()
    tally = Tally()
    with ProcessPoolExecutor() as pool:
        one = partial(reckon, since=since, years=asked.years, fault=asked.fault)
        for each in pool.map(one, sorted(available_timezones()), chunksize=4):
            tally.add(each)
    figures = {"since": since.date().isoformat(), "years": asked.years, **tally.figures()}
    figures["seconds"] = round(stopwatch.monotonic() - begun, 1)
    print(json.dumps(figures, indent=2))
    if asked.out:
        print(record.write(str(asked.out.resolve().with_suffix("")), figures))
    sys.exit(1 if figures["wrong"] else 0)


if __name__ == "__main__":
    main()
