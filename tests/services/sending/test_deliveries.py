"""A delivery's walk outside its window: claimed once, tried again, given back, sent again by a click alone."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import event

from portal import clock
from portal.extensions import db
from portal.models import Delivery, Worker
from portal.services.sending import deliveries, windows
from tests import factories


def test_claiming_takes_each_due_row_once(app: Flask) -> None:
    rows = [_delivery() for _ in range(3)]
    first, second = _worker(), _worker()
    assert deliveries.claim(first, limit=2) == [rows[0].id, rows[1].id]
    assert deliveries.claim(second, limit=2) == [rows[2].id]
    assert deliveries.claim(second, limit=2) == []


@pytest.mark.one_engine
def test_claiming_reads_no_row_that_is_not_due(app: Flask) -> None:
    asked: list[tuple[str, object]] = []
    listening = (db.engine, "before_cursor_execute", lambda *said: asked.append((said[2], said[3])))
    event.listen(*listening)
    deliveries.claim(_worker(), limit=500)
    event.remove(*listening)
    statement, values = next(pair for pair in asked if "LIMIT" in pair[0])
    plan = db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()  # type: ignore[arg-type]
    steps = [str(row[-1]) for row in plan]
    assert any(step.startswith("SEARCH deliveries USING INDEX ix_deliveries_due") for step in steps), steps
    assert not any("ORDER BY" in step for step in steps), steps


def test_rows_that_are_not_due_wait(app: Flask) -> None:
    _delivery(due_at=clock.now() + timedelta(minutes=1))
    assert deliveries.claim(_worker(), limit=5) == []


def test_a_held_newsletter_is_not_claimed(app: Flask) -> None:
    row = _delivery()
    row.newsletter.hold(clock.now(), reason="a person said so")
    db.session.flush()
    assert deliveries.claim(_worker(), limit=5) == []


def test_a_deferred_mail_waits_and_is_tried_again(app: Flask) -> None:
    row, worker = _claimed()
    deliveries.try_later(row.id, reply="451 4.7.1 later")
    assert (row.state, row.tries, row.reply) == ("pending", 1, "451 4.7.1 later")
    assert clock.now() - timedelta(seconds=5) <= row.due_at <= clock.now() + timedelta(minutes=1)
    assert worker is not None


def test_after_three_days_we_give_up(app: Flask) -> None:
    row, _worker_id = _claimed(first_tried_at=clock.now() - timedelta(days=3, minutes=1))
    deliveries.try_later(row.id, reply="451 later")
    assert (row.state, row.reason) == ("failed", "gave_up")


def test_rows_never_offered_go_back(app: Flask) -> None:
    row, worker = _claimed()
    deliveries.give_back([row.id], worker_id=worker)
    db.session.refresh(row)
    assert (row.state, row.claimed_by) == ("pending", None)


def test_a_doubtful_mail_is_sent_again_only_by_a_click(app: Flask) -> None:
    row, worker = _claimed()
    windows.hand_over([row.id], worker_id=worker)
    deliveries.in_doubt(row.id, reply="the line broke")
    assert deliveries.claim(worker, limit=5) == []
    deliveries.resend(row)
    assert deliveries.claim(worker, limit=5) == [row.id]


def test_a_doubtful_mail_sent_again_after_days_is_tried_for_three_more(app: Flask) -> None:
    row, _worker_id = _claimed(first_tried_at=clock.now() - timedelta(days=9))
    deliveries.in_doubt(row.id, reply="the line broke")
    deliveries.resend(row)
    deliveries.claim(_worker(), limit=1)
    deliveries.try_later(row.id, reply="451 4.7.1 later")
    assert (row.state, row.reply) == ("pending", "451 4.7.1 later")


def test_what_a_living_worker_lost_sight_of_is_freed(app: Flask) -> None:
    claimed, worker = _claimed()
    handed_over = _delivery(state="claimed", claimed_by=worker)
    windows.hand_over([handed_over.id], worker_id=worker)
    in_hand = _delivery(state="claimed", claimed_by=worker)
    deliveries.free_dropped(worker, in_hand={in_hand.id})
    db.session.expire_all()
    assert [row.state for row in (claimed, handed_over, in_hand)] == ["pending", "in_doubt", "claimed"]


@pytest.mark.parametrize(("seen", "evidence"), [("opened_at", "opened"), ("clicked_at", "clicked")])
def test_what_was_read_before_the_line_broke_is_no_doubt(app: Flask, seen: str, evidence: str) -> None:
    row, worker = _claimed()
    dropped = _delivery(state="claimed", claimed_by=worker)
    windows.hand_over([row.id, dropped.id], worker_id=worker)
    for each in (row, dropped):
        setattr(each, seen, clock.now())
    db.session.flush()
    deliveries.in_doubt(row.id, reply="the line broke")
    deliveries.free_dropped(worker, in_hand=set())
    db.session.expire_all()
    assert [(each.state, each.reason, each.reply, each.evidence) for each in (row, dropped)] == [
        ("sent", "", evidence, evidence)
    ] * 2


def test_an_answer_of_the_server_is_no_evidence_of_reading(app: Flask) -> None:
    assert [_delivery(reply=reply).evidence for reply in ("250 taken", "", "opened")] == ["", "", "opened"]


def _worker() -> int:
    worker = Worker(host="here", process="1", started_at=clock.now(), beat_at=clock.now())
    db.session.add(worker)
    db.session.flush()
    return worker.id


def _delivery(**values: object) -> Delivery:
    membership = factories.membership()
    newsletter = factories.newsletter(at=membership.community, send_at=clock.now(), addressed_at=clock.now())
    now = clock.now()
    defaults = {"state": "pending", "planned_at": now, "due_at": now, "consent_id": membership.mail_consent_id}
    row = Delivery(newsletter=newsletter, member=membership.member, membership=membership, **{**defaults, **values})
    db.session.add(row)
    db.session.flush()
    return row


def _claimed(**values: object) -> tuple[Delivery, int]:
    row, worker = _delivery(**values), _worker()
    row.due_at = row.due_at or clock.now()
    assert deliveries.claim(worker, limit=1) == [row.id]
    db.session.refresh(row)
    return row, worker
