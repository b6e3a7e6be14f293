"""Waiting for the hour: nothing leaves outside allowed hours, what closed moves on, and a missed hour asks."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

import pytest
import time_machine
from flask import Flask

from portal.extensions import db
from portal.models import Community, Delivery, Newsletter
from portal.services.sending import addressing, deliveries, schedule, starts, waiting, windows
from tests import factories
from tests.services.sending import rows
from tests.services.sending.people import WALL, due, living_in, utc

MINUTE = timedelta(minutes=1)
MADRID_8 = utc(12, 1, 7)
AUCKLAND_8 = utc(11, 30, 19)
NEW_YORK_8 = utc(12, 1, 13)


@pytest.fixture
def worker(app: Flask) -> int:
    return rows.worker()


@pytest.fixture
def office(app: Flask) -> Community:
    """A community that writes from nine to five on working days."""
    return factories.community(send_from=time(9), send_until=time(17), send_days="12345")


def sending(at: Community, moment: datetime, *, zone: str = "UTC") -> Newsletter:
    """A newsletter addressed at that moment."""
    newsletter = factories.newsletter(at=at)
    with time_machine.travel(moment, tick=False):
        schedule.schedule(newsletter, at=moment, zone=zone)
        addressing.address(newsletter)
    return newsletter


def going_local(at: Community) -> Newsletter:
    """A newsletter for eight on each person's own clock, addressed when the first one shows it."""
    newsletter = factories.newsletter(at=at)
    with time_machine.travel(utc(11, 24, 12), tick=False):
        schedule.schedule_local(newsletter, wall=WALL, zone="Europe/Madrid")
    assert newsletter.send_at is not None
    with time_machine.travel(newsletter.send_at, tick=False):
        addressing.address(newsletter)
    return newsletter


def work(worker: int, moment: datetime, *, sends: bool = True) -> int:
    """Do what the chores do at that moment; return how many mails left."""
    with time_machine.travel(moment, tick=False):
        for newsletter in schedule.due():
            addressing.address(newsletter)
        waiting.move_on()
        ids = deliveries.claim(worker, limit=500) if sends else []
        handed = windows.hand_over(ids, worker_id=worker)
        windows.sent([(row, "250 ok") for row in handed])
        return len(handed)


def minutes(begin: datetime, end: datetime, step: timedelta = MINUTE) -> Iterator[datetime]:
    while begin < end:
        yield begin
        begin += step


def test_what_was_not_handed_over_by_closing_time_waits_for_the_next_opening(office: Community, worker: int) -> None:
    living_in(office, "Europe/Madrid", "Pacific/Auckland")
    newsletter = sending(office, utc(12, 4, 16, 50))
    assert work(worker, utc(12, 4, 17)) == 0
    assert set(due(newsletter.id).values()) == {(utc(12, 7, 9), utc(12, 7, 17))}
    assert work(worker, utc(12, 7, 8, 59)) == 0
    assert work(worker, utc(12, 7, 9)) == 2


def test_the_last_minute_still_counts(office: Community, worker: int) -> None:
    living_in(office, "Europe/Madrid")
    sending(office, utc(12, 4, 16, 50))
    assert work(worker, utc(12, 4, 16, 59, 59)) == 1


def test_a_claimed_row_whose_hours_close_before_it_is_handed_over_goes_back(office: Community, worker: int) -> None:
    living_in(office, "Europe/Madrid")
    newsletter = sending(office, utc(12, 4, 16, 50))
    with time_machine.travel(utc(12, 4, 16, 59), tick=False):
        ids = deliveries.claim(worker, limit=5)
    with time_machine.travel(utc(12, 4, 17), tick=False):
        assert windows.hand_over(ids, worker_id=worker) == set()
    assert rows.state_of(ids[0]) == ("pending", "")
    with time_machine.travel(utc(12, 4, 17), tick=False):
        waiting.move_on()
    assert set(due(newsletter.id).values()) == {(utc(12, 7, 9), utc(12, 7, 17))}


def test_a_retry_waits_for_the_next_opening(office: Community, worker: int) -> None:
    living_in(office, "Europe/Madrid")
    newsletter = sending(office, utc(12, 4, 16, 50))
    with time_machine.travel(utc(12, 4, 16, 59, 59), tick=False):
        (row,) = deliveries.claim(worker, limit=5)
    with time_machine.travel(utc(12, 4, 17, 0, 1), tick=False):
        deliveries.try_later(row, reply="451 later")
    assert set(due(newsletter.id).values()) == {(utc(12, 7, 9), utc(12, 7, 17))}


def test_a_retry_waits_on_the_clock_of_the_member_where_that_counts(worker: int) -> None:
    community = factories.community(send_from=time(8), send_until=time(9))
    living_in(community, "Pacific/Auckland")
    newsletter = going_local(community)
    with time_machine.travel(AUCKLAND_8, tick=False):
        (row,) = deliveries.claim(worker, limit=5)
    with time_machine.travel(AUCKLAND_8 + timedelta(hours=1), tick=False):
        deliveries.try_later(row, reply="451 later")
    tomorrow = AUCKLAND_8 + timedelta(days=1)
    assert due(newsletter.id) == {"Pacific/Auckland": (tomorrow, tomorrow + timedelta(hours=1))}


def test_waiting_over_the_weekend_costs_no_patience(office: Community, worker: int) -> None:
    living_in(office, "Europe/Madrid")
    sending(office, utc(12, 4, 16, 59))
    work(worker, utc(12, 4, 17), sends=False)
    for day, hour in ((7, 12), (8, 12), (9, 12)):
        with time_machine.travel(utc(12, day, hour), tick=False):
            waiting.move_on()
            (row,) = deliveries.claim(worker, limit=5)
            deliveries.try_later(row, reply="451 later")
            assert rows.state_of(row) == ("pending", "")
    with time_machine.travel(utc(12, 10, 12, 1), tick=False):
        waiting.move_on()
        (row,) = deliveries.claim(worker, limit=5)
        deliveries.try_later(row, reply="451 later")
    assert rows.state_of(row) == ("failed", "gave_up")


def test_rows_move_by_the_clock_of_each_member(worker: int) -> None:
    community = factories.community(send_from=time(8), send_until=time(9))
    living_in(community, "Pacific/Auckland", "Europe/Madrid", "Europe/Paris", "", "America/New_York")
    newsletter = going_local(community)
    for moment in (AUCKLAND_8, MADRID_8):
        work(worker, moment + timedelta(hours=2), sends=False)
    day, hour = timedelta(days=1), timedelta(hours=1)
    assert due(newsletter.id) == {
        "Pacific/Auckland": (AUCKLAND_8 + day, AUCKLAND_8 + day + hour),
        "Europe/Madrid": (MADRID_8 + day, MADRID_8 + day + hour),
        "Europe/Paris": (MADRID_8 + day, MADRID_8 + day + hour),
        "": (MADRID_8 + day, MADRID_8 + day + hour),
        "America/New_York": (NEW_YORK_8, NEW_YORK_8 + hour),
    }


def test_the_row_of_someone_erased_moves_as_well(office: Community, worker: int) -> None:
    living_in(office, "Europe/Madrid")
    newsletter = sending(office, utc(12, 4, 16, 50))
    row = db.session.query(Delivery).filter_by(newsletter_id=newsletter.id).one()
    row.member_id = None
    db.session.flush()
    work(worker, utc(12, 4, 17), sends=False)
    db.session.refresh(row)
    assert (row.due_at, row.closes_at) == (utc(12, 7, 9), utc(12, 7, 17))


def test_hours_that_were_taken_away_hold_nothing_back(office: Community, worker: int) -> None:
    living_in(office, "Europe/Madrid")
    sending(office, utc(12, 4, 16, 50))
    office.send_from = office.send_until = office.send_days = None
    assert work(worker, utc(12, 4, 20)) == 1


def test_a_held_newsletter_stays_as_it_is(office: Community, worker: int) -> None:
    living_in(office, "Europe/Madrid")
    newsletter = sending(office, utc(12, 4, 16, 50))
    schedule.hold(newsletter, reason="person")
    assert work(worker, utc(12, 4, 17)) == 0
    assert set(due(newsletter.id).values()) == {(utc(12, 4, 16, 50), utc(12, 4, 17))}


def test_everyone_is_mailed_once_in_their_own_minute_while_the_clock_runs_jumps_and_runs_again(worker: int) -> None:
    community = factories.community()
    zones = ("Pacific/Auckland", "Asia/Kolkata", "Europe/Madrid", "", "America/New_York", "America/Los_Angeles")
    living_in(community, *zones)
    newsletter = going_local(community)
    newsletter.addressed_at = None
    db.session.query(Delivery).delete()
    left: dict[datetime, int] = {}
    running = [*minutes(AUCKLAND_8 - MINUTE, AUCKLAND_8 + timedelta(hours=4), 10 * MINUTE)]
    again = [*minutes(AUCKLAND_8 - timedelta(hours=9), AUCKLAND_8 + timedelta(hours=25), 10 * MINUTE)]
    for moment in running + again:
        if count := work(worker, moment):
            left[moment] = count
    after = [(moment - AUCKLAND_8, count) for moment, count in sorted(left.items())]
    assert [count for _wait, count in after] == [1, 1, 2, 1, 1]
    assert [wait // timedelta(hours=1) for wait, _count in after] == [0, 7, 12, 18, 21]
    assert (newsletter.planned, len(due(newsletter.id))) == (6, 6)


def test_a_slow_server_goes_on_when_a_clock_is_hours_past(worker: int) -> None:
    community = factories.community()
    living_in(community, "Europe/Madrid", "Europe/Paris")
    newsletter = going_local(community)
    with time_machine.travel(MADRID_8 + MINUTE, tick=False):
        windows.hand_over(deliveries.claim(worker, limit=1), worker_id=worker)
    assert work(worker, MADRID_8 + timedelta(hours=5)) == 1
    assert newsletter.held_at is None


def test_an_hour_that_nobody_saw_asks_once_and_the_others_keep_theirs(worker: int) -> None:
    community = factories.community()
    living_in(community, "Pacific/Auckland", "Europe/Madrid", "America/New_York")
    newsletter = going_local(community)
    assert work(worker, AUCKLAND_8) == 1
    assert work(worker, MADRID_8 + starts.LATE) == 0
    assert (newsletter.held_reason, newsletter.state) == ("late", "sending")
    with time_machine.travel(MADRID_8 + timedelta(hours=4), tick=False):
        schedule.confirm_late(newsletter)
    assert work(worker, MADRID_8 + timedelta(hours=4)) == 1
    assert newsletter.held_at is None
    assert work(worker, NEW_YORK_8) == 1


def test_who_holds_it_and_lets_it_go_on_is_not_asked_again(worker: int) -> None:
    community = factories.community()
    living_in(community, "Pacific/Auckland", "Europe/Madrid")
    newsletter = going_local(community)
    work(worker, AUCKLAND_8)
    schedule.hold(newsletter, reason="person")
    assert work(worker, MADRID_8 + timedelta(hours=5)) == 0
    with time_machine.travel(MADRID_8 + timedelta(hours=5), tick=False):
        schedule.release(newsletter)
    assert work(worker, MADRID_8 + timedelta(hours=5)) == 1
