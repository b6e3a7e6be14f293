"""Hours: the first allowed stretch, found by arithmetic and by looking at the clock every minute, is the same."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from portal.services.sending import hours
from portal.services.sending.hours import Hours, Span

MINUTE = timedelta(minutes=1)
OFFICE = Hours(time(9), time(17, 30), "12345")
# Jumps of one hour and of half an hour, north and south, at midnight, twice a year and never; and whole days apart.
ZONES = (
    *("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "America/Havana"),
    *("Africa/Cairo", "Asia/Beirut", "America/Santiago", "Pacific/Chatham", "Asia/Kathmandu", "Pacific/Kiritimati"),
    *("America/St_Johns", "Antarctica/Troll", "America/Scoresbysund", "UTC"),
)

minutes = st.integers(0, 24 * 60 - 1).map(lambda n: time(n // 60, n % 60))


@st.composite
def allowed(draw: st.DrawFn) -> Hours:
    """Hours of any length on any weekdays, those that end at midnight among them."""
    opens, closes = sorted(draw(st.lists(minutes, min_size=2, max_size=2, unique=True)))
    days = "".join(sorted(draw(st.sets(st.sampled_from("1234567"), min_size=1))))
    return Hours(opens, draw(st.sampled_from([closes, closes, hours.MIDNIGHT])), days)


@st.composite
def near_a_jump(draw: st.DrawFn) -> tuple[datetime, str]:
    """A whole minute within three days of a change of the clocks, or anywhere in ten years, in one of the zones."""
    zone = draw(st.sampled_from(ZONES))
    at = datetime(2026, 11, 1, tzinfo=UTC) + timedelta(minutes=draw(st.integers(0, 3650 * 1440)))
    jump = next(hours._jumps(at, ZoneInfo(zone)), at)
    return jump + timedelta(minutes=draw(st.integers(-4320, 4320))), zone


def by_looking(at: datetime, zone: ZoneInfo, allowed: Hours) -> Span:
    """What `next_span` should say, by asking the clock every minute."""
    starts = at
    while not allowed.allow(starts.astimezone(zone)):
        starts += MINUTE
    until = starts
    while allowed.allow(until.astimezone(zone)):
        until += MINUTE
        if until - at > timedelta(days=20):
            return Span(starts)
    return Span(starts, until)


@settings(max_examples=150, deadline=None)
@given(near_a_jump(), allowed())
@example((datetime(2027, 3, 28, 0, 59, tzinfo=UTC), "Europe/Berlin"), Hours(time(2, 10), time(2, 50), "7"))
@example((datetime(2027, 10, 31, 0, 15, tzinfo=UTC), "Europe/Berlin"), Hours(time(2, 30), time(3), "7"))
@example((datetime(2027, 10, 31, 1, 5, tzinfo=UTC), "Europe/Berlin"), Hours(time(2, 30), time(3), "7"))
@example((datetime(2027, 3, 14, 4, 0, tzinfo=UTC), "America/Havana"), Hours(time(0), time(0, 30)))
def test_the_first_allowed_stretch_is_what_looking_at_the_clock_every_minute_finds(
    where: tuple[datetime, str], wanted: Hours
) -> None:
    at, zone = where[0], ZoneInfo(where[1])
    found, seen = hours.next_span(at, zone, wanted), by_looking(at, zone, wanted)
    assert found.at == seen.at
    assert found.until == seen.until or (seen.until is None and found.until - at > timedelta(days=20))


@settings(max_examples=150, deadline=None)
@given(near_a_jump(), allowed(), st.integers(0, 59_999_999))
def test_a_stretch_begins_and_ends_on_allowed_clocks_and_moving_twice_changes_nothing(
    where: tuple[datetime, str], wanted: Hours, microseconds: int
) -> None:
    at, zone = where[0] + timedelta(microseconds=microseconds), ZoneInfo(where[1])
    span = hours.next_span(at, zone, wanted)
    assert span.at >= at
    assert wanted.allow(span.at.astimezone(zone))
    assert span.at == at or not wanted.allow((span.at - timedelta(microseconds=1)).astimezone(zone))
    assert hours.next_span(span.at, zone, wanted) == span
    if span.until is not None:
        assert not wanted.allow(span.until.astimezone(zone))
        assert wanted.allow((span.until - timedelta(microseconds=1)).astimezone(zone))
        assert hours.next_span(span.until, zone, wanted).at > span.until


@settings(max_examples=300, deadline=None)
@given(near_a_jump())
def test_an_instant_reads_as_its_wall_time_or_is_the_end_of_a_gap(where: tuple[datetime, str]) -> None:
    zone = ZoneInfo(where[1])
    wall = where[0].replace(tzinfo=None)
    instant = hours.moment(wall, zone)
    read = instant.astimezone(zone).replace(tzinfo=None)
    assert read >= wall
    assert (instant - timedelta(seconds=1)).astimezone(zone).replace(tzinfo=None) < wall
    assert read == wall or instant in {*hours._jumps(instant - timedelta(hours=2), zone)}


@pytest.mark.parametrize(
    ("wall", "zone", "instant"),
    [
        (datetime(2026, 7, 1, 9, 30), "Europe/Berlin", datetime(2026, 7, 1, 7, 30, tzinfo=UTC)),
        (datetime(2026, 3, 29, 2, 30), "Europe/Berlin", datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
        (datetime(2026, 10, 25, 2, 30), "Europe/Berlin", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        (datetime(2026, 3, 8, 2, 15), "America/New_York", datetime(2026, 3, 8, 7, 0, tzinfo=UTC)),
        (datetime(2026, 11, 1, 1, 15), "America/New_York", datetime(2026, 11, 1, 5, 15, tzinfo=UTC)),
        (datetime(2011, 12, 30, 12, 0), "Pacific/Apia", datetime(2011, 12, 30, 10, 0, tzinfo=UTC)),
    ],
)
def test_wall_clock_times_become_exact_instants(wall: datetime, zone: str, instant: datetime) -> None:
    assert hours.moment(wall, ZoneInfo(zone)) == instant


def test_outside_the_hours_the_next_opening_counts() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    friday_evening = datetime(2026, 11, 27, 18, 0, tzinfo=UTC)
    monday = Span(datetime(2026, 11, 30, 8, 0, tzinfo=UTC), datetime(2026, 11, 30, 16, 30, tzinfo=UTC))
    assert hours.next_span(friday_evening, berlin, OFFICE) == monday
    assert hours.next_span(monday.at, berlin, OFFICE) == monday


def test_weekdays_alone_run_from_midnight_to_midnight() -> None:
    weekdays = Hours(days="12345")
    wednesday = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
    assert hours.next_span(wednesday, UTC, weekdays) == Span(wednesday, datetime(2026, 11, 28, tzinfo=UTC))


def test_without_hours_every_instant_is_allowed_for_ever() -> None:
    at = datetime(2026, 11, 28, 3, 0, tzinfo=UTC)
    assert hours.next_span(at, UTC, None) == Span(at)
    assert hours.next_span(at, UTC, Hours()) == Span(at)


@pytest.mark.parametrize(
    ("opens", "closes", "days"), [(time(9), time(9), "1"), (time(17), time(9), "1"), (time(9), time(17), "")]
)
def test_hours_that_never_open_are_refused(opens: time, closes: time, days: str) -> None:
    with pytest.raises(ValueError, match="hours"):
        Hours(opens, closes, days)


@pytest.mark.parametrize("name", ["", "Mars/Phobos", "Europe", "../etc/localtime", "europe/berlin", "UTC\n", "\x00"])
def test_an_unknown_zone_is_none(name: str) -> None:
    assert hours.find_zone(name) is None


def test_known_zones_are_found() -> None:
    assert hours.find_zone("Europe/Berlin") == ZoneInfo("Europe/Berlin")
