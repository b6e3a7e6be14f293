"""Answers wait until the mailed link is confirmed; then they become a member, and never take anything away."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from portal import clock
from portal.extensions import db
from portal.models import Community, Consent, Join, Letter, Member, Membership, Touchpoint, wording_version
from portal.services.people import joins
from portal.services.people.consents import Circumstances
from portal.tools import links
from tests import factories

MAIL = "Northwind Robotics may email me the newsletters."
MATCHING = "A recruiter may write to me."


def held(at: Community, email: str = "Amara.Okafor@Example.org", **answers: Any) -> Join:
    answers = {"name": "Amara", "interests": ["motion"], "consents": {"mail": MAIL}, **answers}
    said = Circumstances(language="en", source="join form", page="http://localhost/c/x", ip_prefix="203.0.113.0/24")
    return joins.hold(at, email, joins.Answers(**answers), said=said, secret=links.new_secret())


def count(model: type) -> int:
    return db.session.execute(select(func.count()).select_from(model)).scalar_one()


def test_nobody_is_a_member_before_confirming(app: Flask) -> None:
    join = held(factories.community())
    assert (count(Member), count(Membership), count(Consent)) == (0, 0, 0)
    assert (join.state(clock.now()), join.expires_at - join.created_at) == ("waiting", timedelta(hours=72))


def test_the_letter_is_due_at_once_and_given_up_when_the_join_expires(app: Flask) -> None:
    join = held(factories.community())
    letter = db.session.execute(select(Letter)).scalar_one()
    assert (letter.kind, letter.join, letter.due_at, letter.give_up_at) == (
        "confirm",
        join,
        letter.created_at,
        join.expires_at,
    )


def test_confirming_makes_member_membership_receipt_and_touchpoint(app: Flask) -> None:
    community = factories.community(interests=("motion", "force"))
    membership = joins.confirm(held(community, frequency="quarterly"))
    member = membership.member
    assert (member.email, member.email_key, member.name) == (
        "Amara.Okafor@example.org",
        "amara.okafor@example.org",
        "Amara",
    )
    assert (membership.frequency, membership.source, [i.slug for i in membership.interests]) == (
        "quarterly",
        "join form",
        ["motion"],
    )
    touchpoint = db.session.execute(select(Touchpoint)).scalar_one()
    assert (touchpoint.kind, touchpoint.member, touchpoint.community) == ("joined", member, community)


def test_the_receipt_keeps_words_version_language_page_and_network(app: Flask) -> None:
    membership = joins.confirm(held(factories.community()))
    receipt = membership.mail_consent
    assert receipt is not None
    kept = (receipt.wording, receipt.version, receipt.language, receipt.page, receipt.ip_prefix, receipt.decision)
    assert kept == (MAIL, wording_version(MAIL), "en", "http://localhost/c/x", "203.0.113.0/24", "agreed")
    assert receipt.membership == membership


def test_each_purpose_gets_its_own_receipt(app: Flask) -> None:
    membership = joins.confirm(held(factories.community(), consents={"mail": MAIL, "matching": MATCHING}))
    receipts = db.session.execute(select(Consent).order_by(Consent.id)).scalars().all()
    assert [(r.purpose, r.wording, r.membership) for r in receipts] == [
        ("mail", MAIL, membership),
        ("matching", MATCHING, None),
    ]


def test_without_consent_to_mail_the_membership_rests_on_nothing(app: Flask) -> None:
    assert joins.confirm(held(factories.community(), consents={"matching": MATCHING})).mail_consent is None


def test_confirming_twice_changes_nothing_the_second_time(app: Flask) -> None:
    join = held(factories.community())
    joins.confirm(join)
    with pytest.raises(joins.NotWaiting, match="confirmed"):
        joins.confirm(join)
    assert (count(Membership), count(Consent), count(Touchpoint)) == (1, 1, 1)


def test_joining_again_adds_and_never_downgrades(app: Flask) -> None:
    community = factories.community(interests=("motion", "force"))
    first = joins.confirm(held(community, consents={"mail": MAIL, "matching": MATCHING}))
    rests_on = first.mail_consent
    again = joins.confirm(
        held(community, name="", interests=["force"], frequency="monthly", consents={"matching": MATCHING})
    )
    assert again == first
    assert (again.mail_consent, again.member.name, again.frequency) == (rests_on, "Amara", "monthly")
    assert sorted(i.slug for i in again.interests) == ["force", "motion"]
    assert count(Touchpoint) == 1


def test_agreeing_to_mail_again_ends_a_mute_and_rests_on_the_newest_receipt(app: Flask) -> None:
    community = factories.community()
    first = joins.confirm(held(community))
    first.mute(clock.now())
    again = joins.confirm(held(community, consents={"mail": "New words."}))
    assert (again.muted_at, again.mail_consent.wording if again.mail_consent else "") == (None, "New words.")


def test_whoever_left_joins_with_a_new_membership(app: Flask) -> None:
    community = factories.community()
    first = joins.confirm(held(community))
    first.end(clock.now())
    again = joins.confirm(held(community))
    assert (again.id != first.id, again.member, first.ended_at is not None) == (True, first.member, True)


def test_one_person_has_one_row_however_the_address_is_written(app: Flask) -> None:
    community = factories.community()
    joins.confirm(held(community, "amara@bücher.example"))
    joins.confirm(held(community, "AMARA@xn--bcher-kva.example"))
    assert count(Member) == 1


def test_interests_no_longer_offered_are_left_out(app: Flask) -> None:
    community = factories.community(interests=("motion", "force"))
    join = held(community, interests=["motion", "force"])
    community.interests[0].retire(clock.now())
    assert [i.slug for i in joins.confirm(join).interests] == ["force"]


def test_after_72_hours_it_is_too_late(app: Flask) -> None:
    join = held(factories.community())
    with time_machine.travel(clock.now() + timedelta(hours=72)), pytest.raises(joins.NotWaiting, match="expired"):
        joins.confirm(join)
    assert count(Member) == 0


def test_a_refused_join_is_never_confirmed_and_its_letter_stays_unsent(app: Flask) -> None:
    join = held(factories.community())
    joins.refuse(join)
    with pytest.raises(joins.NotWaiting, match="refused"):
        joins.confirm(join)
    letter = db.session.execute(select(Letter)).scalar_one()
    assert (letter.due_at, letter.dropped_at is not None, count(Member)) == (None, True, 0)


def test_a_confirmed_join_is_not_refused(app: Flask) -> None:
    join = held(factories.community())
    joins.confirm(join)
    with pytest.raises(joins.NotWaiting, match="confirmed"):
        joins.refuse(join)
    assert join.refused_at is None


def test_the_letter_is_sent_once_more_and_not_a_third_time(app: Flask) -> None:
    join = held(factories.community())
    joins.resend(join)
    with pytest.raises(joins.AlreadyResent):
        joins.resend(join)
    assert count(Letter) == 2


def test_three_letters_in_six_hours_then_silence(app: Flask) -> None:
    community = factories.community()
    for _ in range(5):
        held(community)
    held(community, "somebody.else@example.org")
    mailed = db.session.execute(select(Letter.dropped_at).order_by(Letter.id)).scalars().all()
    assert [dropped is None for dropped in mailed] == [True, True, True, False, False, True]


def test_the_six_hours_roll(app: Flask) -> None:
    community, start = factories.community(), clock.now()
    for minutes in (0, 358, 359, 361, 362):
        with time_machine.travel(start + timedelta(minutes=minutes)):
            held(community)
    mailed = db.session.execute(select(Letter.dropped_at).order_by(Letter.id)).scalars().all()
    assert [dropped is None for dropped in mailed] == [True, True, True, True, False]


def test_unconfirmed_joins_are_forgotten_after_seven_days(app: Flask) -> None:
    community = factories.community()
    joins.confirm(held(community, "stays@example.org"))
    joins.refuse(held(community, "refused@example.org"))
    held(community, "expired@example.org")
    with time_machine.travel(clock.now() + timedelta(days=6)):
        assert joins.purge_unconfirmed() == 0
    with time_machine.travel(clock.now() + timedelta(days=7, minutes=1)):
        assert joins.purge_unconfirmed() == 2
    assert db.session.execute(select(Join.email)).scalars().all() == ["stays@example.org"]
    assert count(Letter) == 1
