"""Rows that came in are worked on once, put off where that fails, and left for people in the end."""

from datetime import timedelta

import pytest
from flask import Flask

from portal import clock
from portal.extensions import db
from portal.models import Incoming
from portal.services.sending.inbound import keeping, unclear, working


@pytest.fixture(autouse=True)
def _in_the_app(app: Flask) -> None:
    pass


def test_the_oldest_due_row_comes_first() -> None:
    rows = [keeping.keep("smtp", f"mail {n}".encode()) for n in range(2)]
    assert working.next_due() == rows[0]
    working.work(rows[0])
    assert (working.next_due(), rows[0].worked_at is not None) == (rows[1], True)


def test_what_fails_is_put_off_and_left_for_people_at_last() -> None:
    row = keeping.keep("smtp", b"mail")
    for tries in range(1, working.MOST_TRIES):
        working.try_later(row.id)
        assert (row.tries, row.failed_at) == (tries, None)
        assert row.due_at is not None
        assert row.due_at > clock.now()
    working.try_later(row.id)
    assert (row.due_at, row.failed_at is not None) == (None, True)
    assert list(unclear.page()) == [row]
    unclear.try_again(row)
    assert (working.next_due(), row.tries, list(unclear.page())) == (row, 0, [])


def test_what_nobody_understood_waits_until_it_is_dismissed() -> None:
    row = keeping.keep("smtp", b"\xff\xfe")
    working.work(row)
    assert (row.kind, list(unclear.page())) == ("unknown", [row])
    unclear.dismiss(row)
    assert list(unclear.page()) == []


def test_what_came_in_weeks_ago_is_removed() -> None:
    now = clock.now()
    kept = {}
    for name, days, kind, dismissed in (
        ("read", 31, "delayed", False),
        ("fresh", 29, "delayed", False),
        ("unclear", 31, "unknown", False),
        ("dismissed", 31, "unknown", True),
        ("old unclear", 91, "unknown", False),
        ("not worked on", 91, "", False),
    ):
        row = keeping.keep("smtp", name.encode())
        row.received_at, row.kind = now - timedelta(days=days), kind
        row.due_at = now if name == "not worked on" else None
        row.dismissed_at = now if dismissed else None
        kept[row.id] = name
    db.session.flush()
    working.forget_old()
    left = {kept[key] for key in db.session.scalars(db.select(Incoming.id))}
    assert left == {"fresh", "unclear", "not worked on"}
