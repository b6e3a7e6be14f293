"""Desk sessions: they rotate, idle out, end, and end the others when a lock changes."""

from datetime import UTC, datetime, timedelta

import time_machine
from flask import Flask
from passlib.totp import TOTP

from portal import clock
from portal.extensions import db
from portal.models import DeskSession, Recruiter
from portal.tools import links
from tests.desk.entering import PASSWORD, come_in, rosa
from tests.desk.people import signed_in
from tests.pages import Browser


def test_signing_out_ends_the_session_for_a_copied_cookie_too(browser: Browser, app: Flask) -> None:
    signed_in(browser)
    page = browser.open("/desk/")
    copy = Browser(app)
    stolen = browser.client.get_cookie("session", domain="localhost")
    assert stolen is not None
    copy.client.set_cookie("session", stolen.value, domain="localhost")
    assert copy.open("/desk/").h1 == "Good to see you, Rosa Iglesias"
    assert page.press("Sign out").h1 == "Sign in to the desk"
    assert browser.open("/desk/").h1 == "Sign in to the desk"
    assert copy.open("/desk/").h1 == "Sign in to the desk"


def test_a_form_sent_after_signing_out_leads_to_sign_in(browser: Browser) -> None:
    signed_in(browser)
    page = browser.open("/desk/settings/")
    page.press("Sign out")
    assert page.press("Keep this name", name="Somebody else").h1 == "Sign in to the desk"
    assert db.session.scalars(db.select(Recruiter.name)).all() == ["Rosa Iglesias"]


def test_signing_in_from_an_old_page_leads_home_when_signed_in_already(browser: Browser) -> None:
    rosa()
    old = browser.open("/desk/sign-in")
    come_in(browser)
    page = old.press("Sign in", email="rosa@northwind.example", password=PASSWORD)
    assert page.h1 == "Good to see you, Rosa Iglesias"


def test_a_session_gets_a_new_secret_at_sign_in(browser: Browser) -> None:
    rosa()
    browser.open("/desk/sign-in")
    with browser.client.session_transaction() as before:
        token = before["csrf_token"]
    come_in(browser)
    with browser.client.session_transaction() as after:
        assert after.get("csrf_token") != token
        assert not {"tf_user_id", "tf_state", "tf_totp_secret"} & set(after)
        first = after["desk"]
    assert db.session.scalars(db.select(DeskSession.secret_hash)).all() == [links.fingerprint(first)]


def test_a_session_ends_after_half_an_hour_of_idling(browser: Browser) -> None:
    start = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
    with time_machine.travel(start, tick=False) as time:
        signed_in(browser)
        for _ in range(3):
            time.shift(timedelta(minutes=29))
            assert browser.open("/desk/").h1 == "Good to see you, Rosa Iglesias"
        time.shift(timedelta(minutes=31))
        assert browser.open("/desk/").h1 == "Sign in to the desk"


def test_a_session_ends_after_twelve_hours_however_busy(browser: Browser) -> None:
    with time_machine.travel(datetime(2026, 5, 4, 9, 0, tzinfo=UTC), tick=False) as time:
        signed_in(browser)
        for _ in range(28):
            time.shift(timedelta(minutes=25))
            browser.open("/desk/")
        assert browser.open("/desk/").h1 == "Good to see you, Rosa Iglesias"
        time.shift(timedelta(minutes=25))
        assert browser.open("/desk/").h1 == "Sign in to the desk"


def test_a_changed_password_signs_every_other_browser_out(browser: Browser, app: Flask) -> None:
    recruiter = rosa()
    other = Browser(app)
    signed_in(other, recruiter)
    signed_in(browser, recruiter)
    page = browser.open("/desk/settings/password")
    wrong = page.press("Change it", password="wrong", new_password="too short", new_password_confirm="other")
    assert "Use at least 12 characters" in wrong.text
    new = "another four quiet words"
    page = page.press("Change it", password=PASSWORD, new_password=new, new_password_confirm=new)
    assert page.h1 == "Settings"
    assert other.open("/desk/").h1 == "Sign in to the desk"
    assert browser.open("/desk/").h1 == "Good to see you, Rosa Iglesias"


def test_a_new_app_signs_every_other_browser_out(browser: Browser, app: Flask) -> None:
    recruiter = rosa()
    other = Browser(app)
    signed_in(other, recruiter)
    signed_in(browser, recruiter)
    page = browser.open("/desk/second-factor/app")
    letters = next(e for e in page.tree.iter() if "secret" in (e.get("class") or "")).text or ""
    page.press("Set it up", code=TOTP(key=letters.replace("-", ""), format="base32").generate(clock.now()).token)
    assert other.open("/desk/").h1 == "Sign in to the desk"


def test_locks_change_only_soon_after_signing_in(browser: Browser) -> None:
    with time_machine.travel(datetime(2026, 5, 4, 9, 0, tzinfo=UTC), tick=False) as time:
        signed_in(browser, rosa())
        time.shift(timedelta(minutes=20))
        page = browser.open("/desk/second-factor/app")
        assert page.h1 == "Show that it is you"
        assert "This is not your password" in page.press("Go on", password="nonsense").text
        assert page.press("Go on", password=PASSWORD).h1 == "Set up an authenticator app"
