"""What a member agrees to or withdraws in the preference centre leaves a receipt with the sentence they read."""

import pytest
from flask import Flask
from sqlalchemy import select

from portal import clock
from portal.extensions import db
from portal.models import Consent, Membership
from portal.services.people import consents
from portal.services.sending import eligibility
from portal.tools import wording
from tests import factories
from tests.pages import Browser, Page
from tests.public.people import everything, signed_in

SENTENCES = {"matching": wording.matching, "measuring": wording.measuring}


@pytest.fixture
def membership(browser: Browser, app: Flask) -> Membership:
    """Amara's membership, signed in in `browser`."""
    at = factories.community(slug="robotics", name="Robotics software")
    row = factories.membership(of=factories.member(email="amara@example.org"), at=at)
    signed_in(browser, row.member)
    return row


def preferences(browser: Browser) -> Page:
    return browser.open("/preferences")


def receipts(purpose: str) -> list[Consent]:
    return list(db.session.scalars(select(Consent).where(Consent.purpose == purpose).order_by(Consent.id)))


@pytest.mark.parametrize("purpose", SENTENCES)
def test_nothing_is_agreed_to_until_the_button_is_pressed(
    browser: Browser, membership: Membership, purpose: str
) -> None:
    page = preferences(browser)
    assert (page.text.count("You have not agreed to this."), receipts(purpose)) == (2, [])
    page = page.press(f"Agree: {purpose}", status=200)
    receipt = receipts(purpose)[0]
    assert (receipt.decision, receipt.source, receipt.ip_prefix) == ("agreed", "preferences", "127.0.0.0/24")
    assert f"You agreed: “{receipt.wording}”" in page.text
    assert receipt.wording in preferences(browser).text
    assert consents.find_live(membership.member, purpose) == receipt


@pytest.mark.parametrize("purpose", SENTENCES)
def test_withdrawing_is_as_easy_and_appends_a_receipt(browser: Browser, membership: Membership, purpose: str) -> None:
    page = preferences(browser).press(f"Agree: {purpose}").press(f"Withdraw: {purpose}")
    assert "From now on this no longer holds: “" in page.text
    assert [receipt.decision for receipt in receipts(purpose)] == ["agreed", "withdrawn"]
    assert consents.find_live(membership.member, purpose) is None


def test_pressing_twice_leaves_one_receipt(browser: Browser, membership: Membership) -> None:
    offering = preferences(browser)
    holding = offering.press("Agree: matching")
    offering.press("Agree: matching")
    holding.press("Withdraw: matching")
    holding.press("Withdraw: matching")
    assert [receipt.decision for receipt in receipts("matching")] == ["agreed", "withdrawn"]


def test_a_purpose_we_do_not_have_is_not_found(browser: Browser, membership: Membership) -> None:
    token = preferences(browser).values("Agree: matching")["csrf_token"]
    for purpose in ("mail", "selling", "matching ", "%00"):
        browser.post(f"/preferences/agreements/{purpose}", {"csrf_token": token, "decision": "agreed"}, status=404)
    assert receipts("matching") + receipts("mail")[1:] == []


@pytest.mark.parametrize("version", ["", "x", "0" * 64])
def test_a_sentence_that_was_not_the_one_shown_is_read_again(
    browser: Browser, membership: Membership, version: str
) -> None:
    page = preferences(browser).press("Agree: matching", version=version)
    assert "The sentence has changed since you opened this page" in page.text
    factories.community(slug="field", name="Field engineering")
    db.session.commit()
    before = everything()
    assert "has changed" in preferences(browser).press("Agree and join Field", version=version).text
    assert everything() == before


def test_withdrawing_from_newsletters_stops_them_and_keeps_the_membership(
    browser: Browser, membership: Membership
) -> None:
    page = preferences(browser).press("Withdraw: Robotics software")
    assert "You get no newsletters from Robotics software: you have not agreed to them." in page.text
    assert (membership.is_active, membership.mail_consent_id) == (True, None)
    assert eligibility.reason(membership.member, membership, today=clock.now().date()) == "no_consent"
    assert [receipt.decision for receipt in receipts("mail")] == ["agreed", "withdrawn"]
    page.press("Agree: Robotics software")
    last = receipts("mail")[-1]
    assert (last.decision, last.wording) == ("agreed", wording.mail("Robotics software"))
    assert membership.mail_consent_id == last.id


def test_agreeing_anew_lets_stopped_newsletters_come(browser: Browser, membership: Membership) -> None:
    page = preferences(browser).press("Stop the newsletters of Robotics software")
    page = page.press("Withdraw: Robotics software").press("Agree: Robotics software")
    assert "You get the Robotics software newsletters as they come out." in page.text


def test_a_receipt_keeps_the_old_sentence_after_the_community_was_renamed(
    browser: Browser, membership: Membership
) -> None:
    old = membership.mail_consent
    assert old is not None
    membership.community.name = "Machines that move"
    db.session.commit()
    assert old.wording in preferences(browser).text
    preferences(browser).press("Withdraw: Machines that move")
    assert receipts("mail")[-1].wording == old.wording
