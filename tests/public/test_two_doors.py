"""One browser, both doors: coming and going at one leaves whoever is at the other where they are."""

import pytest

from portal.extensions import db
from portal.models import Member
from portal.tools import links
from tests import factories
from tests.desk.people import signed_in as at_the_desk
from tests.pages import Browser
from tests.public.people import signed_in
from tests.public.test_sign_in import asked

DESK = "Good to see you, Rosa Iglesias"


@pytest.fixture
def member(browser: Browser) -> Member:
    """A member signed in in `browser`, where a recruiter is too."""
    row = factories.member(email="amara@example.org")
    factories.community(slug="robotics", name="Robotics software")
    at_the_desk(browser)
    signed_in(browser, row)
    return row


def test_a_member_signing_out_leaves_the_recruiter_at_the_desk(browser: Browser, member: Member) -> None:
    writing = browser.open("/desk/newsletters/new?community=robotics")
    browser.open("/preferences").press("Sign out")
    assert browser.open("/preferences").h1 == "Sign in"
    assert browser.open("/desk/").h1 == DESK
    written = writing.press("Save", title="The gripper that learned to let go")
    assert "The gripper that learned to let go" in written.html


def test_a_member_signing_in_leaves_the_recruiter_at_the_desk(browser: Browser, member: Member) -> None:
    writing = browser.open("/desk/newsletters/new?community=robotics")
    page = browser.open(links.sign_in(asked(browser).public_id)).press("Sign in")
    assert (page.h1, browser.open("/desk/").h1) == ("Your preferences", DESK)
    assert "Let go" in writing.press("Save", title="Let go").html


def test_a_recruiter_signing_out_leaves_the_member_signed_in(browser: Browser, member: Member) -> None:
    browser.open("/desk/").press("Sign out")
    assert browser.open("/desk/").h1 == "Sign in to the desk"
    assert browser.open("/preferences").h1 == "Your preferences"


def test_a_recruiter_signing_in_leaves_the_member_signed_in(browser: Browser, member: Member) -> None:
    browser.open("/desk/").press("Sign out")
    at_the_desk(browser)
    assert [browser.open(path).h1 for path in ("/desk/", "/preferences")] == [DESK, "Your preferences"]


def test_without_a_recruiter_nothing_of_the_member_stays_behind(browser: Browser) -> None:
    member = factories.member(email="amara@example.org")
    db.session.commit()
    page = browser.open(links.sign_in(asked(browser, address="/sign-in?next=/my-data").public_id))
    with browser.client.session_transaction() as cookie:
        token = cookie["csrf_token"]
        assert {"next", "typed"} <= set(cookie)
    browser.client.post(page.path, data=page.values("Sign in"))
    with browser.client.session_transaction() as cookie:
        assert (cookie.get("csrf_token") != token, {"next", "typed"} & set(cookie)) == (True, set())
    page = browser.open("/preferences")
    browser.client.post("/preferences/about", data={**page.values("Save your name"), "name": "Amara Okafor"})
    signed_out = page.press("Sign out")
    assert (signed_out.h1, "Amara" in signed_out.html) == ("You are signed out", False)
    assert page.press("Save your name", name="Somebody else").h1 == "Sign in"
    assert (member.name, browser.client.get_cookie("member")) == ("Amara Okafor", None)
    with browser.client.session_transaction() as cookie:
        assert set(cookie) <= {"csrf_token", "_fresh"}
