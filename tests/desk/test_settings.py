"""Settings: your name, your browsers, the people at the desk, and what the installation was told."""

import pytest
from flask import Flask

from portal.extensions import db
from portal.models import Recruiter
from tests import factories
from tests.desk.people import signed_in
from tests.pages import Browser


def test_a_name_is_changed(browser: Browser) -> None:
    recruiter = signed_in(browser, role="viewer")
    page = browser.open("/desk/settings/").press("Keep this name", name=" Rosa  de la Cruz ")
    assert "From now on you are Rosa de la Cruz here." in page.text
    assert db.session.get(Recruiter, recruiter.id).name == "Rosa de la Cruz"
    assert "Enter your name" in page.press("Keep this name", name=" ", status=422).text


def test_other_browsers_are_signed_out_one_by_one_or_all(browser: Browser, app: Flask) -> None:
    recruiter = signed_in(browser)
    others = [Browser(app), Browser(app), Browser(app)]
    for other in others:
        signed_in(other, recruiter)
    page = browser.open("/desk/settings/").press("Sign it out")
    assert [other.open("/desk/").path for other in others].count("/desk/sign-in") == 1
    page = page.press("Sign all others out")
    assert [other.open("/desk/").path for other in others] == ["/desk/sign-in"] * 3
    assert page.h1 == "Settings"


def test_somebody_elses_browser_is_left_alone(browser: Browser, app: Flask) -> None:
    other = Browser(app)
    signed_in(other, factories.recruiter())
    signed_in(browser, role="viewer")
    page = browser.open("/desk/settings/")
    token = next(e.get("value") for e in page.tree.iter() if e.get("name") == "csrf_token")
    browser.post("/desk/settings/browsers/1/end", {"csrf_token": token})
    assert other.open("/desk/").path == "/desk/"


def test_an_owner_lets_somebody_in(browser: Browser, app: Flask) -> None:
    signed_in(browser)
    page = browser.open("/desk/settings/people")
    page = page.press("Make a set-up link", email="New@Example.org", role="publisher")
    link = next(e.get("value") or "" for e in page.tree.iter() if e.get("readonly") is not None)
    assert "new@example.org" in Browser(app).open(link).text
    page = browser.open("/desk/settings/people")
    assert "Not set up yet" in page.text
    again = page.press("Make a set-up link", email="new@example.ORG", status=422)
    assert "Somebody with this address works here already" in again.text
    newer = page.follow("new@example.org").press("Make a set-up link")
    assert newer.h1 == "A link for new@example.org"
    assert Browser(app).open(link, status=410).h1 == "This link has been used"


def test_a_changed_role_counts_from_the_next_sign_in(browser: Browser, app: Flask) -> None:
    colleague = factories.recruiter(name="Jonas", role="owner")
    other = Browser(app)
    signed_in(other, colleague)
    signed_in(browser)
    page = browser.open("/desk/settings/people").follow("Jonas")
    assert page.press("Change the role", role="viewer").h1 == "People at the desk"
    assert other.open("/desk/").path == "/desk/sign-in"
    assert db.session.get(Recruiter, colleague.id).role == "viewer"


def test_the_last_owner_stays(browser: Browser) -> None:
    recruiter = signed_in(browser)
    page = browser.open(f"/desk/settings/people/{recruiter.id}")
    assert "This is the only owner" in page.press("Change the role", role="viewer", status=422).text
    assert "This is the only owner" in page.press("Close the account").text
    assert db.session.get(Recruiter, recruiter.id).active is True


def test_an_account_is_closed_and_opened_again(browser: Browser, app: Flask) -> None:
    colleague = factories.recruiter(name="Jonas", role="recruiter")
    other = Browser(app)
    signed_in(other, colleague)
    signed_in(browser)
    page = browser.open(f"/desk/settings/people/{colleague.id}").press("Close the account")
    assert "Closed" in page.text
    assert other.open("/desk/").path == "/desk/sign-in"
    page.follow("Jonas").press("Open it again")
    assert db.session.get(Recruiter, colleague.id).active is True


def test_the_installation_says_what_it_was_told(browser: Browser) -> None:
    signed_in(browser, role="viewer")
    text = browser.open("/desk/settings/").text
    assert "Maashaven 12, 3081 AE Rotterdam" in text
    assert "None: mail lands in the outbox" in text


@pytest.mark.parametrize("email", ["", "nobody", "a@b\r\nBcc: c@d.example", "x" * 500 + "@example.org", "a@b@c"])
def test_a_bad_address_is_told(browser: Browser, email: str) -> None:
    signed_in(browser)
    page = browser.open("/desk/settings/people")
    token = next(e.get("value") for e in page.tree.iter() if e.get("name") == "csrf_token")
    data = {"email": email, "role": "viewer", "csrf_token": token}
    assert browser.client.post("/desk/settings/people", data=data).status_code == 422
