"""Receipts are appended: the last word counts, the earlier ones stay."""

from flask import Flask
from sqlalchemy import select

from portal.extensions import db
from portal.models import Consent
from portal.services.people import consents
from portal.services.people.consents import Circumstances
from tests import factories

SAID = Circumstances(language="en", source="preferences")


def test_the_last_word_counts_and_the_earlier_ones_stay(app: Flask) -> None:
    member = factories.member()
    assert consents.find_live(member, "matching") is None
    agreed = consents.agree(member, "matching", "You may write.", said=SAID)
    assert consents.find_live(member, "matching") == agreed
    consents.withdraw(member, "matching", "You may write.", said=SAID)
    assert consents.find_live(member, "matching") is None
    decisions = db.session.execute(select(Consent.decision).order_by(Consent.id)).scalars().all()
    assert decisions == ["agreed", "withdrawn"]


def test_mail_rests_on_the_newest_receipt_until_it_is_withdrawn(app: Flask) -> None:
    membership = factories.membership()
    receipt = consents.agree_to_mail(membership, "New words.", said=SAID)
    assert membership.mail_consent == receipt
    consents.withdraw_mail(membership, "New words.", said=SAID)
    assert membership.mail_consent is None
