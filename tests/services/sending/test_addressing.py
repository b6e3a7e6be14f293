"""Addressing freezes everyone in one statement, each with the moment their own mail may leave."""

from datetime import datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import event

from portal import clock, config
from portal.extensions import db
from portal.models import Community, Delivery, Newsletter
from portal.services.sending import addressing, schedule
from portal.services.sending.errors import AlreadyAddressed
from tests import factories
from tests.services.sending.people import WALL, due, living_in, utc

MADRID_8 = utc(12, 1, 7)
AUCKLAND_8 = utc(11, 30, 19)
NEW_YORK_8 = utc(12, 1, 13)
LATE = timedelta(hours=2)


def local(at: Community, *, wall: datetime = WALL, zone: str = "Europe/Madrid") -> Newsletter:
    """A newsletter scheduled a week before for its hour on each person's own clock."""
    newsletter = factories.newsletter(at=at)
    with time_machine.travel(utc(11, 24, 12), tick=False):
        schedule.schedule_local(newsletter, wall=wall, zone=zone)
    return newsletter


def addressed(newsletter: Newsletter, moment: datetime | None = None) -> dict[str, Any]:
    """Address it at its start, or at a moment."""
    assert newsletter.send_at is not None
    with time_machine.travel(moment or newsletter.send_at, tick=False):
        addressing.address(newsletter)
    return due(newsletter.id)


def test_one_moment_is_the_same_for_everyone(app: Flask) -> None:
    community = factories.community()
    living_in(community, "Europe/Madrid", "Pacific/Auckland", "")
    newsletter = factories.newsletter(at=community, send_at=MADRID_8)
    assert addressed(newsletter) == {
        "Europe/Madrid": (MADRID_8, None),
        "Pacific/Auckland": (MADRID_8, None),
        "": (MADRID_8, None),
    }


def test_each_persons_own_clock_counts(app: Flask) -> None:
    community = factories.community()
    living_in(community, "Europe/Madrid", "Pacific/Auckland", "America/New_York", "", "Mars/Phobos")
    newsletter = local(community)
    assert newsletter.send_at == AUCKLAND_8
    assert addressed(newsletter) == {
        "Pacific/Auckland": (AUCKLAND_8, AUCKLAND_8 + LATE),
        "Europe/Madrid": (MADRID_8, MADRID_8 + LATE),
        "": (MADRID_8, MADRID_8 + LATE),
        "Mars/Phobos": (MADRID_8, MADRID_8 + LATE),
        "America/New_York": (NEW_YORK_8, NEW_YORK_8 + LATE),
    }


def test_an_unknown_clock_goes_by_the_company_where_the_schedule_names_none(app: Flask) -> None:
    config.use(config.current().model_copy(update={"time_zone": "America/New_York"}))
    community = factories.community()
    living_in(community, "")
    newsletter = local(community, zone="")
    assert newsletter.send_at == NEW_YORK_8
    assert addressed(newsletter) == {"": (NEW_YORK_8, NEW_YORK_8 + LATE)}


def test_the_audience_is_frozen_in_one_statement(app: Flask) -> None:
    community = factories.community()
    living_in(community, *(f"Etc/GMT{offset:+d}" for offset in range(-14, 13)), "Europe/Madrid", "Europe/Paris")
    newsletter, written = local(community), []
    listen = (db.engine, "before_cursor_execute", lambda *args: written.append(args[2]))
    event.listen(*listen)
    try:
        rows = addressed(newsletter)
    finally:
        event.remove(*listen)
    inserts = [statement for statement in written if "INSERT INTO deliveries" in statement]
    assert (len(inserts), len(rows), newsletter.planned) == (1, 29, 29)
    assert len({at for at, _until in rows.values()}) == 27


def test_who_does_not_get_it_has_a_reason_and_no_hour(app: Flask) -> None:
    community = factories.community()
    living_in(community, "Europe/Madrid")
    living_in(community, "Pacific/Auckland", muted_at=utc(11, 1, 0))
    newsletter = local(community)
    assert newsletter.send_at == MADRID_8
    assert addressed(newsletter) == {
        "Europe/Madrid": (MADRID_8, MADRID_8 + LATE),
        "Pacific/Auckland": (None, None),
    }
    assert db.session.query(Delivery).filter_by(state="excluded").one().reason == "muted"


def test_it_is_addressed_once(app: Flask) -> None:
    community = factories.community()
    living_in(community, "Europe/Madrid")
    newsletter = local(community)
    addressed(newsletter)
    with pytest.raises(AlreadyAddressed):
        addressing.address(newsletter)
    assert db.session.query(Delivery).count() == 1


def test_a_gap_ends_before_the_mail_leaves_and_an_overlap_sends_at_its_first_pass(app: Flask) -> None:
    community = factories.community()
    living_in(community, "Europe/Madrid", "Europe/Lisbon", "Africa/Johannesburg")
    spring = local(community, wall=datetime(2027, 3, 28, 2, 30))
    autumn = local(community, wall=datetime(2027, 10, 31, 2, 30))
    assert [{zone: at for zone, (at, _until) in addressed(each).items()} for each in (spring, autumn)] == [
        {
            "Africa/Johannesburg": utc(3, 28, 0, 30, year=2027),
            "Europe/Madrid": utc(3, 28, 1, year=2027),
            "Europe/Lisbon": utc(3, 28, 1, 30, year=2027),
        },
        {
            "Africa/Johannesburg": utc(10, 31, 0, 30, year=2027),
            "Europe/Madrid": utc(10, 31, 0, 30, year=2027),
            "Europe/Lisbon": utc(10, 31, 2, 30, year=2027),
        },
    ]


def test_allowed_hours_count_on_each_clock(app: Flask) -> None:
    community = factories.community(send_from=time(9), send_until=time(17), send_days="345")
    living_in(community, "Europe/Madrid", "Pacific/Auckland")
    newsletter = local(community)
    assert addressed(newsletter) == {
        "Pacific/Auckland": (utc(12, 1, 20), utc(12, 2, 4)),
        "Europe/Madrid": (utc(12, 2, 8), utc(12, 2, 16)),
    }


def test_allowed_hours_of_one_moment_count_on_the_clock_of_the_schedule(app: Flask) -> None:
    community = factories.community(send_from=time(9), send_until=time(17))
    living_in(community, "Europe/Madrid", "Pacific/Auckland")
    newsletter = factories.newsletter(at=community)
    with time_machine.travel(utc(11, 24, 12), tick=False):
        schedule.schedule(newsletter, at=utc(12, 1, 22), zone="America/New_York")
    assert newsletter.send_at == utc(12, 2, 14)
    assert set(addressed(newsletter).values()) == {(utc(12, 2, 14), utc(12, 2, 22))}


def test_whose_clock_has_passed_the_hour_gets_it_a_day_later(app: Flask) -> None:
    community = factories.community()
    living_in(community, "Europe/Madrid", "Pacific/Auckland")
    newsletter = factories.newsletter(at=community)
    with time_machine.travel(utc(12, 1, 6), tick=False):
        schedule.schedule_local(newsletter, wall=WALL, zone="Europe/Madrid")
    assert newsletter.send_at == MADRID_8
    assert {zone: at for zone, (at, _until) in addressed(newsletter).items()} == {
        "Europe/Madrid": MADRID_8,
        "Pacific/Auckland": AUCKLAND_8 + timedelta(days=1),
    }


def test_who_comes_in_after_their_hour_gets_it_a_day_later_too(app: Flask) -> None:
    community = factories.community()
    living_in(community, "Europe/Madrid")
    newsletter = local(community)
    living_in(community, "Pacific/Auckland")
    assert addressed(newsletter, MADRID_8 + timedelta(seconds=40))["Pacific/Auckland"][0] == utc(12, 1, 19)


def test_a_start_that_a_person_let_go_late_mails_those_whose_hour_passed_now(app: Flask) -> None:
    community = factories.community()
    living_in(community, "Europe/Madrid", "Pacific/Auckland", "America/New_York")
    newsletter = local(community)
    late = AUCKLAND_8 + timedelta(hours=13)
    assert {zone: at for zone, (at, _until) in addressed(newsletter, late).items()} == {
        "Pacific/Auckland": late,
        "Europe/Madrid": late,
        "America/New_York": NEW_YORK_8,
    }


def test_the_clocks_of_an_audience_are_counted(app: Flask) -> None:
    community = factories.community()
    living_in(community, "Europe/Madrid", "Pacific/Auckland", "")
    living_in(community, "Europe/Madrid")
    living_in(community, "Asia/Tokyo", mail=False)
    assert addressing.clocks(factories.newsletter(at=community)) == {
        "Europe/Madrid": 2,
        "Pacific/Auckland": 1,
        "": 1,
    }
    assert clock.now() > utc(1, 1, 0)
