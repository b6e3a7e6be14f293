"""Hits: what would be kept is what is kept, and who is counting waits for a withdrawal."""

import threading

from flask import Flask
from sqlalchemy import func, select

from portal import clock
from portal.extensions import db
from portal.models import Delivery, Hit
from portal.services.sending import hits
from tests.services.sending.measuring import agree, agreeing, withdraw
from tests.services.sending.rows import delivery


def test_what_is_wanted_is_kept_and_nothing_else(app: Flask) -> None:
    now = clock.now()
    rows = [agreeing(measured_at=now), agreeing(), delivery(measured_at=now), agreeing(measured_at=now)]
    withdraw(rows[3])
    for number in (None, 0):
        wanted = [hits.is_wanted(row.id, number) for row in rows]
        assert wanted == [hits.keep(row.id, number) for row in rows] == [True, False, False, False]
    assert db.session.scalar(select(func.count()).select_from(Hit)) == 2
    assert [hits.is_wanted(10**9), hits.keep(10**9), hits.newsletter_of(10**9)] == [False, False, None]


def test_each_pixel_and_link_has_its_own_share(app: Flask) -> None:
    row = agreeing(measured_at=clock.now())
    for number in (None, 0, 1):
        kept = [hits.keep(row.id, number) for _ in range(12)]
        assert (kept, hits.is_wanted(row.id, number)) == ([True] * 10 + [False] * 2, False)
    assert hits.is_wanted(row.id, 2)


def test_who_counts_waits_for_a_withdrawal_and_hears_it(app: Flask) -> None:
    row = delivery(measured_at=clock.now())
    agree(row)
    key = row.id
    db.session.commit()
    withdraw(db.session.get_one(Delivery, key))
    kept: list[bool] = []

    def count() -> None:
        with app.app_context():
            kept.append(hits.keep(key))
            db.session.commit()

    counting = threading.Thread(target=count)
    counting.start()
    counting.join(0.5)
    assert (counting.is_alive(), kept) == (True, [])
    db.session.commit()
    counting.join()
    assert kept == [False]
