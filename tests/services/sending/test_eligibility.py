"""Who may be mailed: the truth table holds for rows and for SQL alike."""

from datetime import date, timedelta
from itertools import product

import pytest
from flask import Flask
from sqlalchemy import select

from portal import clock
from portal.extensions import db
from portal.models import Member, Membership
from portal.services.sending import eligibility
from tests import factories

TODAY = date(2026, 11, 24)

CASES = [
    ({}, {}, True, ""),
    ({"paused_until_on": TODAY + timedelta(1)}, {}, True, "paused"),
    ({"paused_until_on": TODAY}, {}, True, ""),
    ({}, {"muted_at": "now"}, True, "muted"),
    ({}, {"ended_at": "now"}, True, "left"),
    ({}, {"frequency": "monthly"}, True, "not_due_yet"),
    ({}, {"frequency": "quarterly"}, True, "not_due_yet"),
    ({}, {}, False, "no_consent"),
    ({"bounced_at": "now"}, {}, True, "bounced"),
    ({"erased_at": "now"}, {}, True, "erased"),
    ({"complained_at": "now", "bounced_at": "now"}, {"muted_at": "now"}, True, "complained"),
    ({"complained_at": "now"}, {"ended_at": "now"}, True, "left"),
    ({"bounced_at": "now"}, {"muted_at": "now", "frequency": "monthly"}, False, "bounced"),
    ({"paused_until_on": TODAY + timedelta(9)}, {"muted_at": "now"}, True, "muted"),
]


@pytest.mark.parametrize(("person", "place", "mail", "expected"), CASES)
def test_the_truth_table(app: Flask, person: dict, place: dict, mail: bool, expected: str) -> None:
    membership = _membership(person, place, mail)
    assert eligibility.reason(membership.member, membership, today=TODAY) == expected
    assert _by_sql(membership) == expected


def test_rows_and_sql_agree_on_every_combination(app: Flask) -> None:
    moments = (None, "now")
    for erased, ended, complained, bounced, muted, mail, paused, frequency in product(
        moments, moments, moments, moments, moments, (True, False), (None, TODAY + timedelta(2)), ("every", "monthly")
    ):
        membership = _membership(
            {"erased_at": erased, "complained_at": complained, "bounced_at": bounced, "paused_until_on": paused},
            {"ended_at": ended, "muted_at": muted, "frequency": frequency},
            mail,
        )
        assert _by_sql(membership) == eligibility.reason(membership.member, membership, today=TODAY)


def test_somebody_who_is_gone_gets_nothing(app: Flask) -> None:
    assert eligibility.reason(None, None, today=TODAY) == "erased"


def _membership(person: dict, place: dict, mail: bool) -> Membership:
    person = {name: clock.now() if value == "now" else value for name, value in person.items()}
    place = {name: clock.now() if value == "now" else value for name, value in place.items()}
    return factories.membership(of=factories.member(**person), mail=mail, **place)


def _by_sql(membership: Membership) -> str:
    why = select(eligibility.reason_expression(today=TODAY)).join_from(
        Member, Membership, Membership.member_id == Member.id
    )
    return db.session.execute(why.where(Membership.id == membership.id)).scalar_one()
