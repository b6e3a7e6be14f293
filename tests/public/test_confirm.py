"""Only the person who asked, in the browser they asked with or by typing their address, becomes a member."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from portal import clock
from portal.extensions import db
from portal.models import Join, Letter, Member, Membership
from portal.tools import links
from tests import factories
from tests.pages import Browser


@pytest.fixture
def join(browser: Browser) -> Join:
    """A join made in `browser`."""
    factories.community(slug="robotics", name="Robotics software")
    db.session.commit()
    form = browser.open("/c/robotics")
    form.press("Join the community", email="Amara@example.org", name="Amara Okafor", consent_mail="y")
    return db.session.execute(select(Join)).scalar_one()


@pytest.fixture
def elsewhere(app: Flask) -> Browser:
    """Another browser, such as the one of a mail scanner."""
    return Browser(app)


def count(model: type) -> int:
    return db.session.execute(select(func.count()).select_from(model)).scalar_one()


def test_opening_the_link_any_number_of_times_changes_nothing(browser: Browser, join: Join) -> None:
    for _ in range(3):
        page = browser.open(links.confirm(join.public_id))
    assert (page.h1, "Amara@example.org" in page.text, count(Member)) == ("One last step, Amara", True, 0)


def test_the_asking_browser_confirms_with_one_press(browser: Browser, join: Join) -> None:
    page = browser.open(links.confirm(join.public_id)).press("Confirm and join")
    assert (page.h1, count(Member), count(Membership)) == ("You’re in", 1, 1)
    assert browser.open(links.confirm(join.public_id)).h1 == "You’re in"


def test_another_browser_shows_no_address_and_asks_for_it(elsewhere: Browser, join: Join) -> None:
    page = elsewhere.open(links.confirm(join.public_id))
    assert ("Amara" in page.text, page.h1) == (False, "One last step")


@pytest.mark.parametrize("typed", ["", "mara@example.org", "not an address", "amara@example.org\x00", "x" * 9000])
def test_a_scanner_that_presses_the_button_joins_nobody(elsewhere: Browser, join: Join, typed: str) -> None:
    elsewhere.open(links.confirm(join.public_id)).press("Confirm and join", email=typed, status=422)
    assert count(Member) == 0


def test_the_person_confirms_on_another_device_by_typing_the_address(elsewhere: Browser, join: Join) -> None:
    page = elsewhere.open(links.confirm(join.public_id)).press("Confirm and join", email=" AMARA@EXAMPLE.ORG ")
    assert (page.h1, count(Member)) == ("You’re in", 1)


def test_a_double_click_makes_one_member(browser: Browser, join: Join) -> None:
    page = browser.open(links.confirm(join.public_id))
    assert [page.press("Confirm and join").h1 for _ in range(2)] == ["You’re in", "You’re in"]
    assert count(Membership) == 1


def test_saying_it_was_not_me_forgets_the_address_and_ends_the_link(elsewhere: Browser, join: Join) -> None:
    page = elsewhere.open(links.not_me(join.public_id)).press("I didn’t ask for this", email="amara@example.org")
    assert page.h1 == "Nobody joined"
    assert elsewhere.open(links.confirm(join.public_id)).h1 == "Nobody joined"
    assert (join.email, join.answers, count(Member)) == ("", {}, 0)
    assert db.session.execute(select(Letter.due_at)).scalar_one() is None


def test_a_scanner_refuses_nothing(elsewhere: Browser, join: Join) -> None:
    elsewhere.open(links.not_me(join.public_id)).press("I didn’t ask for this", status=422)
    assert join.state(clock.now()) == "waiting"


def test_confirming_and_refusing_in_two_tabs_keeps_what_came_first(browser: Browser, join: Join) -> None:
    confirming, refusing = browser.open(links.confirm(join.public_id)), browser.open(links.not_me(join.public_id))
    confirming.press("Confirm and join")
    assert refusing.press("I didn’t ask for this").h1 == "You’re in"
    assert join.refused_at is None


def test_an_old_link_expires_and_leads_back_to_the_form(browser: Browser, join: Join) -> None:
    with time_machine.travel(clock.now() + timedelta(hours=73)):
        page = browser.open(links.confirm(join.public_id))
        assert (page.h1, page.follow("Join again").h1) == ("This link is too old", "Robotics software")
    assert count(Member) == 0


@pytest.mark.parametrize("change", [lambda t: t[:-1], lambda t: t + "A", lambda t: "x" * 500, lambda t: "%00"])
def test_a_changed_link_says_what_to_do(browser: Browser, join: Join, change: object) -> None:
    token = links.sign(links.Purpose.CONFIRM, join.public_id)
    assert browser.open(f"/confirm/{change(token)}", status=404).h1 == "This link doesn’t work"  # type: ignore[operator]


def test_a_link_of_another_purpose_confirms_nothing(browser: Browser, join: Join) -> None:
    for purpose in set(links.Purpose) - {links.Purpose.CONFIRM}:
        browser.open(f"/confirm/{links.sign(purpose, join.public_id)}", status=404)


def test_the_page_is_nobody_elses(browser: Browser, join: Join) -> None:
    headers = browser.open(links.confirm(join.public_id)).headers
    assert (headers["Cache-Control"], headers["Referrer-Policy"]) == ("no-store", "no-referrer")


def test_a_page_left_open_for_a_day_says_what_to_do(browser: Browser, join: Join) -> None:
    page = browser.open(links.confirm(join.public_id))
    with time_machine.travel(clock.now() + timedelta(hours=24)):
        assert page.press("Confirm and join", status=400).h1 == "This page was open for too long"
        browser.open(links.confirm(join.public_id)).press("Confirm and join")
    assert count(Member) == 1
