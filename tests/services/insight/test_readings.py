"""Readings: only measured mails count, the sums agree with the people behind them, and few are not shown."""

import pytest
from flask import Flask

from portal import clock
from portal.extensions import db
from portal.models import Delivery, Newsletter
from portal.services.insight import readings
from tests import factories

NOW = clock.now()
CASES: list[tuple[dict[str, object], tuple[bool, bool, bool]]] = [
    ({}, (False, False, False)),
    ({"opened_at": NOW, "clicked_at": NOW}, (False, False, False)),
    ({"measured_at": NOW}, (True, False, False)),
    ({"measured_at": NOW, "opened_at": NOW}, (True, True, False)),
    ({"measured_at": NOW, "clicked_at": NOW}, (True, False, True)),
    ({"measured_at": NOW, "opened_at": NOW, "clicked_at": NOW}, (True, True, True)),
    ({"measured_at": NOW, "opened_at": NOW, "member": None}, (True, True, False)),
    ({"measured_at": NOW, "opened_at": NOW, "state": "failed"}, (False, False, False)),
    ({"measured_at": NOW, "state": "in_doubt"}, (False, False, False)),
]


def sent(newsletter: Newsletter, **values: object) -> Delivery:
    given = {"member": factories.member(), "state": "sent", "planned_at": NOW, **values}
    row = Delivery(newsletter=newsletter, **given)
    db.session.add(row)
    db.session.flush()
    return row


def test_each_sum_agrees_with_its_people(app: Flask) -> None:
    newsletter = factories.newsletter()
    sent(factories.newsletter(), measured_at=NOW, opened_at=NOW, clicked_at=NOW)
    rows = [(sent(newsletter, **values), counts) for values, counts in CASES]
    found = readings.of(newsletter)
    for place, (what, total) in enumerate(
        zip(readings.WHAT, (found.measured, found.opened, found.clicked), strict=True)
    ):
        people, count = readings.people(newsletter, what, page=1, size=50)
        expected = {row.id for row, counts in rows if counts[place]}
        assert ({row.id for row, _member in people}, count, total) == (expected, len(expected), len(expected))


def test_people_come_page_by_page_and_by_name(app: Flask) -> None:
    newsletter = factories.newsletter()
    for name in "CAB":
        sent(newsletter, member=factories.member(name=name), measured_at=NOW)
    pages = [readings.people(newsletter, "measured", page=number, size=2) for number in (1, 2, 3)]
    assert [([member.name for _row, member in rows], total) for rows, total in pages] == [
        (["A", "B"], 3),
        (["C"], 3),
        ([], 3),
    ]


@pytest.mark.parametrize(("measured", "too_few"), [(0, True), (9, True), (10, False)])
def test_a_sum_over_fewer_than_ten_is_not_shown(measured: int, too_few: bool) -> None:
    assert readings.Readings(measured=measured, opened=measured).are_too_few is too_few
