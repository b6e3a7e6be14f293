"""Coming in: the set-up link, password and app, recovery codes, the demo, and the way out."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from passlib.totp import TOTP

from portal import clock, config
from portal.desk.entrance import factors
from portal.extensions import db
from portal.models import SetUpLink
from portal.services.staff import recruiters, set_up
from portal.tools import links
from tests.desk.entering import LETTERS, PASSWORD, code, come_in, rosa, token_in
from tests.pages import Browser, Page


def test_a_set_up_link_leads_to_name_password_and_second_factor_and_home(browser: Browser) -> None:
    recruiter = recruiters.add("Rosa@Northwind.example", role="owner")
    address = links.set_up(set_up.invite(recruiter).public_id)
    db.session.commit()
    page = browser.open(address)
    assert "rosa@northwind.example" in page.text
    page = page.press("Sign in", name="Rosa Iglesias", password=PASSWORD)
    assert page.h1 == "Add a second factor"
    assert browser.open("/desk/").h1 == "Add a second factor"
    page = page.follow("Set up an app")
    letters = next(e for e in page.tree.iter() if "secret" in (e.get("class") or "")).text or ""
    shown = TOTP(key=letters.replace("-", ""), format="base32").generate(clock.now()).token
    assert page.press("Set it up", code="000000" if shown != "000000" else "111111", status=422).h1 == page.h1
    page = page.press("Set it up", code=shown)
    assert page.h1 == "Recovery codes"
    page = page.press("Make ten new codes")
    assert len([e for e in page.tree.iter() if e.tag.endswith("}code")]) == 10
    assert page.follow("I have put them away").h1 == "Good to see you, Rosa Iglesias"


def test_a_set_up_link_opens_once(browser: Browser, app: Flask) -> None:
    address = links.set_up(set_up.invite(recruiters.add("rosa@northwind.example", role="owner")).public_id)
    db.session.commit()
    browser.open(address).press("Sign in", name="Rosa", password=PASSWORD)
    again = Browser(app).open(address, status=410)
    assert again.h1 == "This link has been used"


def test_an_old_set_up_link_says_so(browser: Browser) -> None:
    link = set_up.invite(recruiters.add("rosa@northwind.example", role="owner"))
    link.expires_at = clock.now() - timedelta(seconds=1)
    db.session.commit()
    assert browser.open(links.set_up(link.public_id), status=410).h1 == "This link is too old"


@pytest.mark.parametrize("token", ["nonsense", "x" * 400, "a.b.c", "%00"])
def test_a_broken_set_up_link_says_so(browser: Browser, token: str) -> None:
    assert browser.open(f"/desk/set-up/{token}", status=404).h1 == "This link doesn’t work"


def test_a_weak_password_keeps_the_link(browser: Browser) -> None:
    link = set_up.invite(recruiters.add("rosa@northwind.example", role="owner"))
    db.session.commit()
    page = browser.open(links.set_up(link.public_id)).press("Sign in", name="Rosa", password="short", status=422)
    assert "Use at least 12 characters" in page.text
    assert db.session.scalars(db.select(SetUpLink.used_at)).all() == [None]


def test_password_and_app_lead_to_the_page_that_was_wanted(browser: Browser) -> None:
    rosa()
    assert come_in(browser, wanted="/desk/communities/").path == "/desk/communities/"


def test_unknown_address_wrong_password_and_closed_account_look_the_same(app: Flask) -> None:
    rosa()
    rosa(email="gone@northwind.example", active=False)
    answers = set()
    for email, password in [
        ("rosa@northwind.example", "not the right password"),
        ("nobody@northwind.example", PASSWORD),
        ("gone@northwind.example", PASSWORD),
        ("no address at all", PASSWORD),
    ]:
        page = Browser(app).open("/desk/sign-in").press("Sign in", email=email, password=password)
        answers.add(page.text)
    assert len(answers) == 1
    assert "The address and the password do not fit together" in answers.pop()


def test_a_code_is_good_once(browser: Browser, app: Flask) -> None:
    rosa()
    with time_machine.travel(datetime(2026, 5, 4, 9, 0, tzinfo=UTC), tick=False):
        come_in(browser)
        page = come_in(Browser(app))
        assert "This code does not fit" in page.text
    with time_machine.travel(datetime(2026, 5, 4, 9, 2, tzinfo=UTC), tick=False):
        assert come_in(Browser(app)).h1 == "Good to see you, Rosa Iglesias"


def test_a_code_may_be_typed_with_spaces(browser: Browser) -> None:
    rosa()
    page = browser.open("/desk/").press("Sign in", email="ROSA@northwind.example", password=PASSWORD)
    shown = code()
    assert page.press("Sign in", code=f" {shown[:3]} {shown[3:]} ").h1 == "Good to see you, Rosa Iglesias"


def test_a_recovery_code_lets_in_once(browser: Browser, app: Flask) -> None:
    recruiter = rosa()
    with app.test_request_context():
        codes = app.extensions["security"].mf_recovery_codes_util.create_recovery_codes(recruiter)
    db.session.commit()

    def with_recovery_code(browser: Browser) -> Page:
        page = browser.open("/desk/").press("Sign in", email="rosa@northwind.example", password=PASSWORD)
        page = page.follow("How to come in again").press("Use a recovery code")
        return page.press("Sign in", code=codes[3].upper().replace("-", " "))

    assert with_recovery_code(browser).h1 == "Good to see you, Rosa Iglesias"
    assert "was used before" in with_recovery_code(Browser(app)).text
    stored = db.session.execute(db.text("SELECT mf_recovery_codes FROM recruiters")).scalar_one()
    assert not any(each in stored for each in codes)


def test_the_secret_of_an_app_is_encrypted_and_survives_a_newer_key(browser: Browser, app: Flask) -> None:
    recruiter = rosa()
    assert LETTERS not in str(recruiter.tf_totp_secret)
    kept = app.extensions["security"]._totp_factory
    newer = factors.App(
        factors.wrapping_keys(["a-newer-key-for-tests-0123456789abcd", *config.current().secret_keys]), "N"
    )
    try:
        app.extensions["security"]._totp_factory = newer
        assert come_in(browser).h1 == "Good to see you, Rosa Iglesias"
    finally:
        app.extensions["security"]._totp_factory = kept


def test_somebody_without_a_second_factor_gets_no_further(browser: Browser) -> None:
    rosa(tf_primary_method=None, tf_totp_secret=None)
    page = browser.open("/desk/communities/").press("Sign in", email="rosa@northwind.example", password=PASSWORD)
    assert page.h1 == "Add a second factor"
    assert "Not now" not in page.text
    browser.post("/desk/second-factor/later", {"csrf_token": token_in(page)}, status=404)
    assert browser.open("/desk/communities/").h1 == "Add a second factor"


def test_a_demo_on_this_machine_may_wait_with_the_second_factor(browser: Browser) -> None:
    config.use(config.current().model_copy(update={"demo": True, "base_url": "http://localhost"}))
    rosa(tf_primary_method=None, tf_totp_secret=None)
    page = browser.open("/desk/").press("Sign in", email="rosa@northwind.example", password=PASSWORD)
    assert page.press("Not now: this is a demo").h1 == "Good to see you, Rosa Iglesias"
    config.use(config.current().model_copy(update={"demo": False}))
    assert browser.open("/desk/").h1 == "Add a second factor"


def test_a_demo_elsewhere_may_not_wait(browser: Browser) -> None:
    config.use(config.current().model_copy(update={"demo": True, "base_url": "https://talent.northwind.example"}))
    rosa(tf_primary_method=None, tf_totp_secret=None)
    page = browser.open("/desk/").press("Sign in", email="rosa@northwind.example", password=PASSWORD)
    assert "Not now" not in page.text


def test_ten_wrong_passwords_make_an_account_wait(app: Flask) -> None:
    rosa()
    with time_machine.travel(datetime(2026, 5, 4, 9, 1, tzinfo=UTC), tick=False):
        for n in range(10):
            page = Browser(app).open("/desk/sign-in")
            data = {"email": "rosa@northwind.example", "password": "wrong", "csrf_token": token_in(page)}
            page.browser.post("/desk/sign-in", data, environ_overrides={"REMOTE_ADDR": f"198.51.100.{n}"})
        page = Browser(app).open("/desk/sign-in")
        page = page.press("Sign in", email=" Rosa@northwind.example", password=PASSWORD, status=429)
        assert page.h1 == "Please wait a little"
        assert "9:06" in page.text
        assert page.headers["Retry-After"] == "300"


def test_ten_tries_make_a_network_wait(app: Flask) -> None:
    rosa()
    for n in range(10):
        Browser(app).open("/desk/sign-in").press("Sign in", email=f"somebody{n}@example.org", password="wrong")
    page = Browser(app).open("/desk/sign-in")
    assert page.press("Sign in", email="rosa@northwind.example", password=PASSWORD, status=429).status == 429


def test_ten_wrong_codes_make_an_account_wait(browser: Browser) -> None:
    rosa()
    page = browser.open("/desk/").press("Sign in", email="rosa@northwind.example", password=PASSWORD)
    for _ in range(10):
        page = page.press("Sign in", code="1")
    assert page.press("Sign in", code=code(), status=429).h1 == "Please wait a little"


@pytest.mark.parametrize(
    "wanted", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "desk.home.index"]
)
def test_signing_in_never_leads_away(browser: Browser, wanted: str) -> None:
    rosa()
    page = browser.open("/desk/sign-in", query_string={"next": wanted})
    page = page.press("Sign in", email="rosa@northwind.example", password=PASSWORD, next=wanted)
    data = {"code": code(), "csrf_token": token_in(page), "next": wanted}
    response = browser.client.post("/desk/sign-in/code", data=data, query_string={"next": wanted})
    assert response.location in {"/desk/", "/desk.home.index"}


@pytest.mark.parametrize("path", ["register", "reset", "confirm", "change-email", "us-signin", "tf-rescue", "login"])
def test_what_is_off_is_no_page(browser: Browser, path: str) -> None:
    browser.open(f"/desk/{path}", status=404)
    browser.open(f"/{path}", status=404)


def test_the_entrance_speaks_forms_only(browser: Browser) -> None:
    rosa()
    headers = {"X-CSRFToken": token_in(browser.open("/desk/sign-in")), "Accept": "application/json"}
    values = {"email": "rosa@northwind.example", "password": PASSWORD}
    assert browser.client.post("/desk/sign-in", json=values, headers=headers).status_code == 415
    assert browser.client.post("/desk/sign-in", json=[], headers=headers).status_code == 415
    assert browser.client.get("/desk/sign-in", headers=headers).mimetype == "text/html"


@pytest.mark.parametrize("field", ["email", "password"])
@pytest.mark.parametrize("nonsense", ["\x00", "ﷺ" * 500, "x" * 100_000, "a@b\r\nBcc: c@d", "\ud83d", "' OR 1=1 --"])
def test_nonsense_is_only_a_wrong_password(browser: Browser, field: str, nonsense: str) -> None:
    rosa()
    values = {"email": "rosa@northwind.example", "password": PASSWORD, field: nonsense.encode("utf-8", "replace")}
    assert browser.open("/desk/sign-in").press("Sign in", **values).h1 == "Sign in to the desk"
