"""A window of deliveries: asked again all at once, and nobody passes who is not wanted any more."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from portal import clock
from portal.extensions import db
from portal.models import Delivery
from portal.services.sending import deliveries, eligibility, schedule, windows
from tests.services.sending.measuring import agree, agreeing, withdraw
from tests.services.sending.rows import claimed, delivery, state_of, worker

TODAY = clock.now().date()


def _left(row: Delivery) -> None:
    assert row.membership
    row.membership.end(clock.now())


def _muted(row: Delivery) -> None:
    assert row.membership
    row.membership.mute(clock.now())


def _paused(row: Delivery) -> None:
    assert row.member
    row.member.pause(clock.now().date() + timedelta(days=30))


def _bounced(row: Delivery) -> None:
    assert row.member
    row.member.bounced_at = clock.now()


def _erased(row: Delivery) -> None:
    assert row.member
    row.member.erased_at = clock.now()


def _without_consent(row: Delivery) -> None:
    assert row.membership
    row.membership.mail_consent = None


def _monthly(row: Delivery) -> None:
    assert row.membership
    row.membership.frequency = "monthly"


def _removed(row: Delivery) -> None:
    row.member = row.membership = None


CHANGES: dict[Callable[[Delivery], None], str] = {
    _left: "left",
    _muted: "muted",
    _paused: "paused",
    _bounced: "bounced",
    _erased: "erased",
    _without_consent: "no_consent",
    _monthly: "not_due_yet",
    _removed: "erased",
}


def test_wanted_mails_pass_the_point_of_no_return_together(app: Flask) -> None:
    rows, me = claimed(3)
    assert windows.hand_over(rows, worker_id=me) == set(rows)
    assert [state_of(row) for row in rows] == [("handed_over", "")] * 3
    assert db.session.get_one(Delivery, rows[0]).tries == 1


def test_nobody_at_all_is_no_window(app: Flask) -> None:
    assert windows.hand_over([], worker_id=worker()) == set()


@pytest.mark.parametrize(("change", "reason"), CHANGES.items(), ids=[reason.__name__ for reason in CHANGES])
def test_whoever_changed_their_mind_is_excluded_and_the_others_go(
    app: Flask, change: Callable[[Delivery], None], reason: str
) -> None:
    rows, me = claimed(3)
    change(db.session.get_one(Delivery, rows[1]))
    db.session.flush()
    assert windows.hand_over(rows, worker_id=me) == {rows[0], rows[2]}
    assert state_of(rows[1]) == ("excluded", reason)


def test_the_window_answers_as_the_rule_for_one_person_does(app: Flask) -> None:
    rows, me = claimed(len(CHANGES))
    for row, change in zip(rows, CHANGES, strict=True):
        change(db.session.get_one(Delivery, row))
    db.session.flush()
    found = [db.session.get_one(Delivery, row) for row in rows]
    expected = [eligibility.reason(row.member, row.membership, today=TODAY) for row in found]
    assert windows.hand_over(rows, worker_id=me) == set()
    assert [state_of(row)[1] for row in rows] == expected


def test_a_newsletter_held_meanwhile_goes_back(app: Flask) -> None:
    rows, me = claimed(2)
    schedule.hold(db.session.get_one(Delivery, rows[0]).newsletter)
    assert windows.hand_over(rows, worker_id=me) == {rows[1]}
    assert state_of(rows[0]) == ("pending", "")
    assert db.session.get_one(Delivery, rows[0]).claimed_by is None


def test_another_workers_claim_cannot_be_handed_over(app: Flask) -> None:
    rows, _me = claimed(2)
    assert windows.hand_over(rows, worker_id=worker()) == set()
    assert [state_of(row)[0] for row in rows] == ["claimed"] * 2


def test_nothing_is_handed_over_twice(app: Flask) -> None:
    rows, me = claimed(2)
    assert windows.hand_over(rows, worker_id=me) == set(rows)
    assert windows.hand_over(rows, worker_id=me) == set()
    assert [state_of(row)[0] for row in rows] == ["handed_over"] * 2


def test_the_servers_answers_are_recorded(app: Flask) -> None:
    rows, me = claimed(2)
    windows.hand_over(rows, worker_id=me)
    windows.sent([(rows[0], "250 2.0.0 taken"), (rows[1], "250 " + "x" * 900)])
    found = [db.session.get_one(Delivery, row, populate_existing=True) for row in rows]
    assert [(row.state, len(row.reply), row.claimed_by, row.due_at) for row in found] == [
        ("sent", 15, None, None),
        ("sent", 500, None, None),
    ]
    assert all(row.settled_at for row in found)


def test_a_late_answer_settles_a_doubt_but_undoes_nothing_else(app: Flask) -> None:
    rows, me = claimed(2)
    windows.hand_over(rows, worker_id=me)
    for row in rows:
        deliveries.in_doubt(row, reply="the line broke")
    deliveries.resend(deliveries.get(rows[1]))
    windows.sent([(row, "250 late") for row in rows])
    assert [state_of(row)[0] for row in rows] == ["sent", "pending"]


def test_what_never_reached_the_server_goes_back_without_a_try(app: Flask) -> None:
    rows, me = claimed(2)
    windows.hand_over(rows, worker_id=me)
    windows.put_back(rows[:1])
    row = db.session.get_one(Delivery, rows[0], populate_existing=True)
    assert (row.state, row.tries, row.claimed_by, row.handed_over_at) == ("pending", 0, None, None)
    assert state_of(rows[1]) == ("handed_over", "")


def test_a_mail_is_filled_with_what_stands_in_the_rows(app: Flask) -> None:
    rows, _me = claimed(1)
    row = db.session.get_one(Delivery, rows[0])
    assert row.member and row.membership
    assert windows.read([*rows, 10**9]) == [
        windows.Planned(
            row.id, row.newsletter_id, row.planned_at, row.member_id, row.member.name, row.member.email or "",
            row.membership.started_at, "every",
        )
    ]  # fmt: skip


def test_an_erased_person_leaves_an_empty_plan(app: Flask) -> None:
    row = delivery()
    row.member = row.membership = None
    db.session.flush()
    planned = windows.read([row.id])[0]
    assert (planned.member_id, planned.name, planned.email, planned.joined_at) == (None, "", "", None)


def test_the_last_word_on_measuring_is_read_with_the_rest(app: Flask) -> None:
    rows = [agreeing(), agreeing(), agreeing(), delivery(), delivery()]
    withdraw(rows[1])
    withdraw(rows[2])
    agree(rows[2])
    rows[4].member = rows[4].membership = None
    db.session.flush()
    assert [each.measured for each in windows.read([row.id for row in rows])] == [True, False, True, False, False]


def test_only_a_mail_made_in_the_measured_form_is_called_measured(app: Flask) -> None:
    rows, me = claimed(3)
    for row in rows[:2]:
        agree(db.session.get_one(Delivery, row))
    assert windows.hand_over(rows, worker_id=me, measured=rows[:1]) == set(rows)
    assert [db.session.get_one(Delivery, row).measured_at is not None for row in rows] == [True, False, False]


def test_a_measured_mail_for_who_withdrew_meanwhile_goes_back_and_is_made_plain(app: Flask) -> None:
    rows, me = claimed(3)
    for row in rows[:2]:
        agree(db.session.get_one(Delivery, row))
    withdraw(db.session.get_one(Delivery, rows[1]))
    assert windows.hand_over(rows, worker_id=me, measured=rows[:2]) == {rows[0], rows[2]}
    assert state_of(rows[1]) == ("pending", "")
    assert deliveries.claim(me, limit=1) == [rows[1]]
    assert windows.read(rows[1:2])[0].measured is False
    assert windows.hand_over(rows[1:2], worker_id=me) == {rows[1]}
    assert db.session.get_one(Delivery, rows[1], populate_existing=True).measured_at is None


def test_what_never_reached_the_server_was_not_measured(app: Flask) -> None:
    rows, me = claimed(1)
    agree(db.session.get_one(Delivery, rows[0]))
    windows.hand_over(rows, worker_id=me, measured=rows)
    windows.put_back(rows)
    assert db.session.get_one(Delivery, rows[0], populate_existing=True).measured_at is None


def test_a_withdrawal_waits_for_who_is_asking(app: Flask) -> None:
    if db.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    rows, me = claimed(1)
    agree(db.session.get_one(Delivery, rows[0]))
    db.session.commit()
    windows.hand_over(rows, worker_id=me, measured=rows)
    with app.app_context():
        db.session.execute(text("SET LOCAL lock_timeout = '200ms'"))
        with pytest.raises(OperationalError, match="lock timeout"):
            withdraw(db.session.get_one(Delivery, rows[0]))
        db.session.rollback()
    db.session.commit()
    withdraw(db.session.get_one(Delivery, rows[0]))
