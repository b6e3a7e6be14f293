"""A newsletter meant for a time that clocks jump over, or show twice: everyone gets it once, at the right instant."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from flask import Flask

from bench.transitions import AROUND, Change, broken, changes
from bench.zone_clocks import Allowed, first_open, first_start, stretches
from portal import config
from portal.extensions import db
from portal.models import Newsletter
from portal.services.sending import accounts, hours, schedule
from portal.worker import chores, shift
from tests import factories, sink

SINCE = datetime(2026, 11, 26, tzinfo=UTC)
Mail = tuple[str, str]
"""A newsletter's title and the time zone of who gets it."""
MINUTE = timedelta(minutes=1)
EVERYBODY_ELSE = ("Pacific/Auckland", "")
# An hour, half an hour, two hours; at midnight and away from it.
ZONES = ("Europe/Berlin", "Australia/Lord_Howe", "Antarctica/Troll", "America/Santiago")


def of_a_year(zone: str) -> list[Change]:
    """The changes of the clocks in one year."""
    clock = stretches(zone, SINCE, SINCE + timedelta(days=365))
    return list(changes(zone, clock))


CHANGES = [change for zone in ZONES for change in of_a_year(zone)]


@pytest.fixture(autouse=True)
def server(app: Flask) -> Iterator[sink.Sink]:
    """A server that takes everything, and settings that point at it."""
    with sink.running() as running:
        config.use(config.current().model_copy(update={"smtp_url": running.url}))
        yield running
    shift.end()


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: f"{change.zone} {change.at.date()}")
def test_on_everyones_own_clock(server: sink.Sink, change: Change) -> None:
    arrived, right = _own_clocks(server, change)
    assert arrived == {mail: [at] for mail, at in right.items()}


@pytest.mark.parametrize(("fault", "place"), [("leap-along", 0), ("second-pass", 1)])
def test_a_broken_twin_is_seen(server: sink.Sink, fault: str, place: int) -> None:
    with broken(fault):
        arrived, right = _own_clocks(server, of_a_year("Europe/Berlin")[place])
    assert arrived != {mail: [at] for mail, at in right.items()}


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: f"{change.zone} {change.at.date()}")
def test_at_one_moment_for_all_within_allowed_hours(server: sink.Sink, change: Change) -> None:
    """A moment for all is a time on the clock of the schedule; hours open or close inside the change."""
    begun = change.at - timedelta(days=4)
    quarters = [change.low + (change.high - change.low) * n / 4 for n in (1, 2, 3)]
    allowed = [Allowed(quarters[n].time(), quarters[n + 1].time(), "1234567") for n in (0, 1)]
    right, newsletters = {}, []
    with time_machine.travel(begun, tick=False):
        for wall in (change.low - timedelta(minutes=30), quarters[0], change.middle, change.high + timedelta(hours=1)):
            for each in allowed:
                newsletter = _ready(change.zone, send_from=each.opens, send_until=each.closes)
                moment = hours.moment(wall, ZoneInfo(change.zone))
                schedule.schedule(newsletter, at=moment, wall=wall.isoformat(), zone=change.zone)
                right[newsletter.title, change.zone] = _right(change.zone, wall, begun, each)
                newsletters.append(newsletter)
        db.session.commit()
    assert _live_through(server, change, right.values()) == {mail: [at] for mail, at in right.items()}
    _all_is_told(newsletters)


def _own_clocks(server: sink.Sink, change: Change) -> tuple[dict[Mail, list[datetime]], dict[Mail, datetime]]:
    """Send a newsletter for each of some times before, inside and after; tell when each mail came, and should have."""
    begun = change.at - timedelta(days=4)
    with time_machine.travel(begun, tick=False):
        newsletters = {wall: _ready(change.zone, *EVERYBODY_ELSE) for wall in _walls(change)}
        for wall, newsletter in newsletters.items():
            schedule.schedule_local(newsletter, wall=wall, zone=change.zone)
        db.session.commit()
    right = {
        (newsletter.title, zone): _right(zone or change.zone, wall, begun)
        for wall, newsletter in newsletters.items()
        for zone in (change.zone, *EVERYBODY_ELSE)
    }
    arrived = _live_through(server, change, right.values())
    _all_is_told(newsletters.values())
    return arrived, right


def _walls(change: Change) -> list[datetime]:
    return [change.low - MINUTE, change.low, change.middle, change.high]


def _ready(*zones: str, send_from: time | None = None, send_until: time | None = None) -> Newsletter:
    community = factories.community(send_from=send_from, send_until=send_until)
    newsletter = factories.newsletter(at=community)
    for zone in zones:
        member = factories.member(time_zone=zone, email=f"{_local_part(zone)}@{newsletter.slug}.example.org")
        factories.membership(at=community, of=member)
    return newsletter


def _local_part(zone: str) -> str:
    return zone.replace("/", ".").lower() or "nowhere"


def _right(zone: str, wall: datetime, begun: datetime, allowed: Allowed | None = None) -> datetime:
    clock = stretches(zone, begun - AROUND, begun + AROUND)
    start, days = first_start(clock, wall, allowed, now=begun)
    assert days == 0
    assert allowed is None or first_open(clock, start, allowed).since == start
    return start


def _live_through(server: sink.Sink, change: Change, right: Iterable[datetime]) -> dict[Mail, list[datetime]]:
    """Work at each of these moments, a second before, and at the change; tell who got what when."""
    moments = {*right, change.at, change.at + (change.high - change.low), change.at + timedelta(days=2)}
    by_local_part = {_local_part(zone): zone for zone in (change.zone, *EVERYBODY_ELSE)}
    arrived: dict[Mail, list[datetime]] = defaultdict(list)
    for moment in sorted({at - timedelta(seconds=early) for at in moments for early in (0, 1)}):
        before = len(server.mails)
        with time_machine.travel(moment, tick=False):
            chores.address()
            while chores.send():
                pass
            chores.close()
        for mail, message in zip(server.mails[before:], server.messages[before:], strict=True):
            arrived[str(message["Subject"]), by_local_part[mail.rcpt_tos[0].partition("@")[0]]].append(moment)
    return dict(arrived)


def _all_is_told(newsletters: Iterable[Newsletter]) -> None:
    for newsletter in newsletters:
        db.session.refresh(newsletter)
        account = accounts.account(newsletter)
        assert (newsletter.state, account.sent, account.balances) == ("sent", account.planned, True)
