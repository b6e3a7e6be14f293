"""The letter that asks whether an address works: opening it shows a button, and only the press proves anything."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from portal import clock
from portal.extensions import db
from portal.models import Letter, Member
from portal.services.people import address_checks, suppressions
from portal.services.sending import letter_texts
from portal.tools import links
from tests import factories
from tests.pages import Browser


@pytest.fixture
def letter(app: Flask) -> Letter:
    """A letter to Amara, whose address bounced yesterday."""
    amara = factories.member(name="Amara Okafor", email="amara@example.org")
    factories.suppression(of=amara, since_at=clock.now() - timedelta(days=1))
    row = address_checks.ask(amara, factories.recruiter())
    db.session.commit()
    return row


def _amara(letter: Letter) -> Member:
    return letter.member or pytest.fail("gone")


def test_the_letter_goes_to_the_address_with_its_link(letter: Letter) -> None:
    text = letter_texts.text_of(letter)
    assert (text.to, text.subject) == (("Amara Okafor", "amara@example.org"), "Does your email address work again?")
    assert all(links.check_address(letter.id) in part for part in (text.parts.text, text.parts.html))


def test_opening_it_lifts_nothing_and_one_press_lifts_it(browser: Browser, letter: Letter) -> None:
    for _ in range(3):
        page = browser.open(links.check_address(letter.id))
    assert (page.h1, "amara" in page.html.casefold()) == ("Does your address work again?", False)
    assert (page.headers["Cache-Control"], _amara(letter).bounced_at is not None) == ("no-store", True)
    page = page.press("Send me newsletters again")
    assert (page.h1, _amara(letter).bounced_at, suppressions.count_live()) == ("Your address works", None, {})
    assert browser.open(links.check_address(letter.id)).h1 == "Your address works"


def test_a_double_click_returns_once(browser: Browser, letter: Letter) -> None:
    page = browser.open(links.check_address(letter.id))
    assert [page.press("Send me newsletters again").h1 for _ in range(2)] == ["Your address works"] * 2


def test_who_complained_meanwhile_stays_stopped(browser: Browser, letter: Letter) -> None:
    page = browser.open(links.check_address(letter.id))
    factories.suppression(of=letter.member, kind="complained")
    db.session.commit()
    assert page.press("Send me newsletters again", status=410).h1 == "Your newsletters are stopped"
    assert suppressions.count_live() == {"bounced": 1, "complained": 1}


def test_an_old_link_and_one_from_before_the_last_bounce_expire(browser: Browser, letter: Letter) -> None:
    with time_machine.travel(clock.now() + address_checks.LIFE):
        assert browser.open(links.check_address(letter.id)).h1 == "This link is too old"
    page = browser.open(links.check_address(letter.id))
    suppressions.lift(_amara(letter))
    suppressions.suppress(_amara(letter).id, "bounced", reason="no_mailbox")
    db.session.commit()
    assert browser.open(links.check_address(letter.id)).h1 == "This link is too old"
    assert page.press("Send me newsletters again", status=410).h1 == "This link is too old"


@pytest.mark.parametrize("value", ["x", "0", "-1", "999", "99999999999999999999"])
def test_a_link_to_no_such_letter_is_refused(browser: Browser, app: Flask, value: str) -> None:
    other = factories.letter(kind="test", member=factories.member())
    db.session.commit()
    for what in (value, str(other.id)):
        token = links.sign(links.Purpose.CHECK_ADDRESS, what)
        assert browser.open(f"/check-address/{token}", status=404).h1 == "This link doesn’t work"
    browser.open("/check-address/broken", status=404)


@pytest.mark.parametrize("fate", ["lifted", "complained", "erased", "gone"])
def test_a_letter_that_is_no_longer_wanted_is_not_sent(app: Flask, letter: Letter, fate: str) -> None:
    person = _amara(letter)
    if fate == "lifted":
        suppressions.lift(person)
    elif fate == "complained":
        factories.suppression(of=person, kind="complained")
    elif fate == "erased":
        person.email = None
    else:
        letter.member = None
    with pytest.raises(letter_texts.NobodyToMail):
        letter_texts.text_of(letter)
