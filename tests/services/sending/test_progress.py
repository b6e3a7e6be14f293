"""Progress: how fast it goes, what is left and when that ends, told only as far as it is known."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import event

from portal import clock
from portal.extensions import db
from portal.services.sending import accounts, holding, progress
from portal.services.sending.holding import Answers
from tests.services.sending.outcomes import add, going


@pytest.fixture(autouse=True)
def _still() -> Iterator[None]:
    """The clock stands still, so that a busy machine counts what any other does."""
    with time_machine.travel(clock.now(), tick=False):
        yield


def test_the_rate_and_the_time_left_come_from_what_was_answered_lately(app: Flask) -> None:
    newsletter = going()
    add(newsletter, "sent", count=500, ago=3600)
    for second in range(0, 120, 2):
        add(newsletter, "sent", count=9, ago=second)
        add(newsletter, "failed", "no_mailbox", ago=second)
    add(newsletter, "sent", count=10, ago=60)
    add(newsletter, "failed", "unmailable", count=30, ago=60)
    add(newsletter, "pending", count=900)
    now = progress.of(newsletter)
    assert (now.pace.lately, now.per_minute, now.time_left) == (610, 310, timedelta(minutes=900 / 310))
    assert (now.settled, now.share, now.due) == (1140, 55, 900)
    assert now.account == accounts.account(newsletter) and now.account.balances


def test_who_waits_for_a_later_moment_is_not_reckoned_with_the_rate(app: Flask) -> None:
    newsletter = going()
    add(newsletter, "sent", count=50, ago=50)
    add(newsletter, "sent", count=50, ago=20)
    add(newsletter, "pending", count=100)
    add(newsletter, "claimed", count=10)
    add(newsletter, "pending", count=30, ago=-3600)
    add(newsletter, "pending", ago=-7200)
    now = progress.of(newsletter)
    assert (now.account.pending, now.due, now.pace.later) == (141, 110, 31)
    assert now.time_left == timedelta(minutes=110 / 200)
    assert now.pace.last_due_at and now.pace.last_due_at - now.at > timedelta(seconds=7190)


def test_at_first_there_is_no_rate_and_then_there_is(app: Flask) -> None:
    newsletter = going()
    add(newsletter, "pending", count=100)
    assert (_of(newsletter).per_minute, _of(newsletter).is_beginning, _of(newsletter).time_left) == (None, True, None)
    add(newsletter, "sent", count=50, ago=8)
    add(newsletter, "sent", count=50)
    assert (_of(newsletter).per_minute, _of(newsletter).is_beginning) == (None, True)
    add(newsletter, "sent", count=20, ago=20)
    assert _of(newsletter).per_minute == 360


def test_where_nothing_leaves_no_rate_is_told(app: Flask) -> None:
    newsletter = going(addressed_at=clock.now() - timedelta(minutes=9))
    add(newsletter, "sent", count=50, ago=200)
    add(newsletter, "sent", count=50, ago=90)
    add(newsletter, "pending", count=100)
    now = _of(newsletter)
    assert (now.pace.lately, now.per_minute, now.time_left, now.is_beginning) == (100, None, None, False)


def test_what_went_before_a_release_says_nothing_of_the_rate_after_it(app: Flask) -> None:
    newsletter = going(released_at=clock.now() - timedelta(seconds=30))
    add(newsletter, "sent", count=5000, ago=40)
    add(newsletter, "sent", count=10, ago=20)
    add(newsletter, "sent", count=10)
    assert (_of(newsletter).pace.lately, _of(newsletter).per_minute) == (20, 60)


def test_everybody_through_is_a_hundred_and_one_less_is_not(app: Flask) -> None:
    newsletter = going()
    add(newsletter, "sent", count=999)
    assert _of(newsletter).share == 100
    add(newsletter, "pending")
    assert _of(newsletter).share == 99


@pytest.mark.parametrize(("rate", "told"), [(0.2, 0), (4.4, 4), (47.4, 47), (474.4, 470), (4744.4, 4700), (99.6, 100)])
def test_a_rate_is_told_to_two_figures(rate: float, told: int) -> None:
    assert progress._two_figures(rate) == told


def test_answers_are_the_same_however_they_are_counted(app: Flask) -> None:
    newsletter = going()
    add(newsletter, "sent", count=380)
    add(newsletter, "failed", "no_mailbox", count=9)
    add(newsletter, "failed", "mailbox_full", count=6)
    add(newsletter, "failed", "refused", count=5)
    add(newsletter, "failed", "gave_up", count=3)
    add(newsletter, "failed", "unmailable", count=3)
    add(newsletter, "in_doubt", "line_lost", count=3)
    add(newsletter, "excluded", "muted", count=3)
    add(newsletter, "pending", count=3)
    assert _of(newsletter).answers == holding.answers(newsletter) == Answers(400, 9)
    newsletter.released_at = clock.now() - timedelta(seconds=30)
    add(newsletter, "sent", ago=60)
    assert _of(newsletter).answers == holding.answers(newsletter) == Answers(400, 9)


def test_many_who_ask_within_a_moment_cost_one_count(app: Flask) -> None:
    newsletter = going()
    add(newsletter, "sent")
    add(newsletter, "pending")
    asked: list[str] = []
    db.session.commit()

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if "FROM deliveries" in statement:
            asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        figures = [progress.shared(newsletter).account.sent for _ in range(50)]
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert (figures, len([one for one in asked if "GROUP BY" in one]), len(asked)) == ([1] * 50, 1, 3)
    newsletter.hold(clock.now(), reason="person")
    add(newsletter, "sent")
    assert progress.shared(newsletter).account.sent == 2


def test_counting_reads_an_index_and_no_rows(app: Flask) -> None:
    if db.engine.dialect.name != "sqlite":
        pytest.skip("SQLite tells in its plan whether rows are read")
    newsletter = going(released_at=clock.now())
    plans: list[str] = []

    def explain(connection: object, _cursor: object, statement: str, parameters: object, *_more: object) -> None:
        if "FROM deliveries" in statement and "EXPLAIN" not in statement:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)  # type: ignore[attr-defined]
            plans.extend(row[3] for row in rows)

    event.listen(db.engine, "before_cursor_execute", explain)
    try:
        progress.of(newsletter)
    finally:
        event.remove(db.engine, "before_cursor_execute", explain)
    assert len(plans) >= 4
    assert [plan for plan in plans if "COVERING INDEX ix_deliveries_account" not in plan] == []


def _of(newsletter: object) -> progress.Progress:
    return progress.of(newsletter)  # type: ignore[arg-type]
