"""Starts: when the mails of a newsletter may leave, for everyone at once or on each person's own clock."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from portal import config
from portal.models import Community, Newsletter
from portal.services.sending import hours
from portal.services.sending.hours import Hours, Span

LATE = timedelta(hours=2)
"""A start later than this asks a person first instead of blasting."""

GRACE = timedelta(minutes=5)
"""A moment no older than this still counts as now: somebody took a while to press the button."""


@dataclass(frozen=True)
class Start:
    """When the mails for one clock leave, from `at` until `until`.

    `wanted` is the moment that was asked for, or now where that has passed, before allowed hours moved it.
    """

    zone: str
    wanted: datetime
    at: datetime
    until: datetime | None
    people: int = 0
    days_later: int = 0
    """How many days after the one that was asked for: their clock had passed the time of day already."""

    @property
    def is_moved(self) -> bool:
        """True when allowed hours made it later than was asked for."""
        return self.at > self.wanted

    @property
    def wall(self) -> datetime:
        """What the clocks of its zone show then."""
        return self.at.astimezone(ZoneInfo(self.zone)).replace(tzinfo=None)


@dataclass(frozen=True)
class Timing:
    """What a recruiter asked for: one instant for everyone (`at`), or a wall time on each person's own clock (`wall`).

    `zone` is the schedule's own: its hours count for one instant, and for people whose clock we do not know.
    """

    zone: str
    hours: Hours | None
    at: datetime | None = None
    wall: datetime | None = None

    @property
    def is_local(self) -> bool:
        """True when each person's own clock counts."""
        return self.wall is not None

    def is_long_past(self, now: datetime) -> bool:
        """True when a wall time has passed on every clock of the world."""
        return self.wall is not None and self.wall < now.replace(tzinfo=None) - timedelta(days=2)

    def start(self, zone: str, *, since: datetime, now: datetime, people: int = 0) -> Start:
        """Return the start for people in a zone. It never lies before `now`.

        On their own clocks it is the first day on which the time comes at or after `since`.
        """
        if self.wall is None:
            assert self.at is not None
            return self._within(self.zone, max(self.at, now), people)
        zone = zone if hours.find_zone(zone) else self.zone
        wanted = hours.moment(self.wall, ZoneInfo(zone))
        days = 0
        while hours.next_span(wanted, ZoneInfo(zone), self.hours).at < since:
            days += 1
            wanted = hours.moment(self.wall + timedelta(days=days), ZoneInfo(zone))
        start = self._within(zone, max(wanted, now), people)
        # With no hours to keep, a mail meant for their morning may still be two hours late; then somebody is asked.
        return replace(start, days_later=days, until=start.until if self.hours else start.at + LATE)

    def _within(self, zone: str, wanted: datetime, people: int) -> Start:
        span = hours.next_span(wanted, ZoneInfo(zone), self.hours)
        return Start(zone, wanted, span.at, span.until, people)


def timing(newsletter: Newsletter) -> Timing:
    """Return what was asked for when this newsletter was scheduled."""
    zone, allowed = home(newsletter.send_zone), allowed_hours(newsletter.community)
    if newsletter.send_local and newsletter.send_wall:
        return Timing(zone, allowed, wall=datetime.fromisoformat(newsletter.send_wall))
    return Timing(zone, allowed, at=newsletter.send_at)


def home(zone: str = "") -> str:
    """Return this zone if it is one, else the company's."""
    return zone if hours.find_zone(zone) else config.current().time_zone


def allowed_hours(community: Community) -> Hours | None:
    """Return when newsletters of this community may leave, or None when they may at any time."""
    if community.send_from is None and community.send_until is None and not community.send_days:
        return None
    return Hours(
        opens=community.send_from or hours.MIDNIGHT,
        closes=community.send_until or hours.MIDNIGHT,
        days=community.send_days or hours.EVERY_DAY,
    )


def next_opening(community: Community, zone: str, *, at: datetime) -> Span:
    """Return when mails of a community may leave at or after an instant, on the clocks of a zone."""
    return hours.next_span(at, ZoneInfo(home(zone)), allowed_hours(community))


def clock_for(newsletter: Newsletter, zone: str) -> str:
    """Return the zone whose hours count for somebody who lives by this one."""
    return zone if newsletter.send_local and hours.find_zone(zone) else home(newsletter.send_zone)


def by_moment(starts: Iterable[Start]) -> list[Start]:
    """Return starts in the order of their moments, and within one moment the one with most people first."""
    return sorted(starts, key=lambda start: (start.at, -start.people, start.zone))


def reference(send_at: datetime | None, now: datetime) -> datetime:
    """Return the moment since which a time on somebody's clock counts: a little before the start, planned or made."""
    return min(send_at or now, now).astimezone(UTC) - GRACE
