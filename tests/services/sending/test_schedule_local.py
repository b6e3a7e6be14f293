"""Local time: when a newsletter begins whose hour comes at another moment to everyone, and what it refuses."""

from datetime import datetime, time, timedelta

import pytest
import time_machine
from flask import Flask

from portal.services.sending import plans, schedule, starts
from portal.services.sending.errors import AlreadySending, TooEarly
from tests import factories
from tests.services.sending.people import WALL, living_in, utc

MADRID_8 = utc(12, 1, 7)
AUCKLAND_8 = utc(11, 30, 19)


def test_it_begins_when_the_first_clock_shows_the_hour(app: Flask) -> None:
    community = factories.community()
    living_in(community, "Europe/Madrid", "America/New_York", "Pacific/Auckland")
    newsletter = factories.newsletter(at=community)
    with time_machine.travel(utc(11, 24, 12), tick=False):
        schedule.schedule_local(newsletter, wall=WALL, zone="Europe/Madrid")
    assert (newsletter.send_at, newsletter.send_wall, newsletter.send_zone, newsletter.send_local) == (
        AUCKLAND_8,
        "2026-12-01T08:00",
        "Europe/Madrid",
        True,
    )
    with time_machine.travel(AUCKLAND_8 - timedelta(seconds=1), tick=False):
        assert schedule.due() == []
    with time_machine.travel(AUCKLAND_8, tick=False):
        assert schedule.due() == [newsletter]


def test_for_nobody_it_begins_on_the_clock_of_the_schedule(app: Flask) -> None:
    newsletter = factories.newsletter()
    with time_machine.travel(utc(11, 24, 12), tick=False):
        schedule.schedule_local(newsletter, wall=WALL, zone="Europe/Madrid")
    assert newsletter.send_at == MADRID_8


def test_somebody_whose_clock_is_ahead_brings_the_start_forward(app: Flask) -> None:
    community = factories.community()
    living_in(community, "Europe/Madrid")
    newsletter = factories.newsletter(at=community)
    with time_machine.travel(utc(11, 24, 12), tick=False):
        schedule.schedule_local(newsletter, wall=WALL, zone="Europe/Madrid")
    living_in(community, "Pacific/Auckland")
    with time_machine.travel(AUCKLAND_8 - timedelta(minutes=1), tick=False):
        assert (schedule.due(), newsletter.send_at) == ([], AUCKLAND_8)
    with time_machine.travel(AUCKLAND_8, tick=False):
        assert schedule.due() == [newsletter]


def test_somebody_whose_hour_has_passed_does_not_make_it_late(app: Flask) -> None:
    community = factories.community()
    living_in(community, "Europe/Madrid")
    newsletter = factories.newsletter(at=community)
    with time_machine.travel(utc(11, 24, 12), tick=False):
        schedule.schedule_local(newsletter, wall=WALL, zone="Europe/Madrid")
    living_in(community, "Pacific/Auckland")
    with time_machine.travel(MADRID_8 - timedelta(hours=1), tick=False):
        assert (schedule.due(), newsletter.send_at) == ([], MADRID_8)
    with time_machine.travel(MADRID_8, tick=False):
        assert schedule.due() == [newsletter]


def test_an_hour_that_has_passed_on_every_clock_is_refused(app: Flask) -> None:
    community = factories.community()
    living_in(community, "Europe/Madrid", "Pacific/Auckland")
    for moment in (MADRID_8 + timedelta(minutes=6), MADRID_8 + timedelta(days=9000)):
        with time_machine.travel(moment, tick=False), pytest.raises(TooEarly):
            schedule.schedule_local(factories.newsletter(at=community), wall=WALL, zone="Europe/Madrid")
    newsletter = factories.newsletter(at=community)
    with time_machine.travel(MADRID_8 + timedelta(minutes=4), tick=False):
        schedule.schedule_local(newsletter, wall=WALL, zone="Europe/Madrid")
        assert schedule.due() == [newsletter]


def test_what_went_out_cannot_be_scheduled_again(app: Flask) -> None:
    newsletter = factories.newsletter(addressed_at=utc(11, 1, 0), send_at=utc(11, 1, 0))
    with pytest.raises(AlreadySending):
        schedule.schedule_local(newsletter, wall=WALL, zone="Europe/Madrid")


def test_a_draft_again_forgets_the_clocks(app: Flask) -> None:
    newsletter = factories.newsletter()
    with time_machine.travel(utc(11, 24, 12), tick=False):
        schedule.schedule_local(newsletter, wall=WALL, zone="Europe/Madrid")
        schedule.unschedule(newsletter)
    assert (newsletter.state, newsletter.send_local, newsletter.send_wall) == ("draft", False, "")


def test_a_first_hour_that_was_missed_asks_once_and_then_goes(app: Flask) -> None:
    community = factories.community()
    living_in(community, "Europe/Madrid", "Pacific/Auckland")
    newsletter = factories.newsletter(at=community)
    with time_machine.travel(utc(11, 24, 12), tick=False):
        schedule.schedule_local(newsletter, wall=WALL, zone="Europe/Madrid")
    with time_machine.travel(AUCKLAND_8 + starts.LATE, tick=False):
        assert (schedule.due(), newsletter.held_reason) == ([], "late")
        schedule.confirm_late(newsletter)
        assert schedule.due() == [newsletter]


def test_now_outside_allowed_hours_starts_when_they_open(app: Flask) -> None:
    community = factories.community(send_from=time(9), send_until=time(17), send_days="12345")
    newsletter = factories.newsletter(at=community)
    with time_machine.travel(utc(11, 28, 12), tick=False):
        schedule.send_now(newsletter)
        assert schedule.due() == []
    assert newsletter.send_at == utc(11, 30, 9)
    with time_machine.travel(utc(11, 30, 9), tick=False):
        assert schedule.due() == [newsletter]


def test_a_clock_that_jumps_back_after_the_start_starts_nothing_twice(app: Flask) -> None:
    newsletter = factories.newsletter()
    with time_machine.travel(utc(11, 24, 12), tick=False):
        schedule.schedule(newsletter, at=MADRID_8)
    with time_machine.travel(MADRID_8, tick=False):
        assert schedule.due() == [newsletter]
        newsletter.addressed_at = MADRID_8
    for moment in (MADRID_8 - timedelta(days=1), MADRID_8, MADRID_8 + timedelta(days=1)):
        with time_machine.travel(moment, tick=False):
            assert schedule.due() == []


def test_a_clock_that_leaps_far_over_the_start_asks_instead_of_sending(app: Flask) -> None:
    newsletter = factories.newsletter()
    with time_machine.travel(utc(11, 24, 12), tick=False):
        schedule.schedule(newsletter, at=MADRID_8)
    with time_machine.travel(MADRID_8 + timedelta(days=30), tick=False):
        assert (schedule.due(), newsletter.held_reason) == ([], "late")


def test_the_plan_counts_people_by_clock_the_first_first(app: Flask) -> None:
    community = factories.community()
    living_in(community, "Europe/Madrid", "Pacific/Auckland", "", "America/Los_Angeles")
    living_in(community, "Europe/Madrid", "Europe/Paris")
    newsletter = factories.newsletter(at=community)
    with time_machine.travel(utc(11, 24, 12), tick=False):
        schedule.schedule_local(newsletter, wall=WALL, zone="Europe/Madrid")
        planned = plans.planned(newsletter)
    assert [(start.zone, start.people, start.at, start.wall) for start in planned] == [
        ("Pacific/Auckland", 1, AUCKLAND_8, WALL),
        ("Europe/Madrid", 3, MADRID_8, WALL),
        ("Europe/Paris", 1, MADRID_8, WALL),
        ("America/Los_Angeles", 1, utc(12, 1, 16), WALL),
    ]


def test_the_plan_says_who_is_moved_by_hours_and_who_gets_it_a_day_later(app: Flask) -> None:
    community = factories.community(send_from=time(8, 30), send_until=time(17))
    living_in(community, "Europe/Madrid", "Pacific/Auckland")
    newsletter = factories.newsletter(at=community)
    with time_machine.travel(utc(12, 1, 6), tick=False):
        schedule.schedule_local(newsletter, wall=WALL, zone="Europe/Madrid")
        planned = plans.planned(newsletter)
    assert [(start.zone, start.wall, start.is_moved, start.days_later) for start in planned] == [
        ("Europe/Madrid", datetime(2026, 12, 1, 8, 30), True, 0),
        ("Pacific/Auckland", datetime(2026, 12, 2, 8, 30), True, 1),
    ]


def test_the_plan_for_one_moment_is_one_start(app: Flask) -> None:
    community = factories.community()
    living_in(community, "Europe/Madrid", "Pacific/Auckland")
    newsletter = factories.newsletter(at=community)
    with time_machine.travel(utc(11, 24, 12), tick=False):
        schedule.schedule(newsletter, at=MADRID_8, wall="2026-12-01T08:00", zone="Europe/Madrid")
        planned = plans.planned(newsletter)
    assert [(start.zone, start.people, start.at, start.until) for start in planned] == [
        ("Europe/Madrid", 2, MADRID_8, None)
    ]
