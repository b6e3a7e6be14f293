"""`portal recruiter …`: the first link, a fresh one for somebody locked out, and who gets none."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from portal import clock
from portal.extensions import db
from portal.models import ROLES, Recruiter
from portal.services.staff import recruiters
from tests.cli.running import run
from tests.desk import entering
from tests.pages import Browser

ROSA = "rosa@northwind.example"


@pytest.mark.parametrize("role", ROLES)
def test_somebody_added_comes_in_with_the_printed_link(app: Flask, browser: Browser, role: str) -> None:
    ran = run(app, "recruiter", "add", " Rosa@Northwind.example", "--role", role, "--name", "Rosa Iglesias")
    assert (ran.status, ran.told) == (0, "")
    assert ran.out.startswith("http://localhost/desk/set-up/") and ran.out.count("\n") == 1
    page = browser.open(ran.out.strip())
    assert ROSA in page.text
    page = page.press("Sign in", name="Rosa Iglesias", password=entering.PASSWORD)
    assert page.path.startswith("/desk/second-factor")
    assert _rosa().role == role and _rosa().set_up_at


def test_nobody_is_added_twice(app: Flask) -> None:
    assert run(app, "recruiter", "add", ROSA, "--role", "owner").status == 0
    ran = run(app, "recruiter", "add", "ROSA@northwind.example", "--role", "viewer")
    assert (ran.status, ran.out) == (1, "")
    assert "ROSA@northwind.example works at the desk already" in ran.told
    assert "portal recruiter link ROSA@northwind.example" in ran.told
    assert db.session.scalar(select(func.count()).select_from(Recruiter)) == 1
    assert _rosa().role == "owner"


@pytest.mark.parametrize("written", ["rosa", "rosa@", "Rosa <rosa@northwind.example>", "a@b.example,c@d.example", ""])
def test_a_bad_address_is_refused_in_plain_words(app: Flask, written: str) -> None:
    ran = run(app, "recruiter", "add", written, "--role", "owner")
    assert (ran.status, ran.out) == (1, "")
    assert ran.told.startswith(f"Error: {written}") and "Enter " in ran.told and "Traceback" not in ran.told
    assert recruiters.everyone() == []


def test_a_bad_name_and_a_role_that_is_none_are_refused(app: Flask) -> None:
    ran = run(app, "recruiter", "add", ROSA, "--role", "owner", "--name", "Rosa\nIglesias")
    assert ran.status == 1 and "Write the name on one line" in ran.told
    ran = run(app, "recruiter", "add", ROSA, "--role", "boss")
    assert ran.status == 2 and all(role in ran.told for role in ROLES)
    assert run(app, "recruiter", "add", ROSA).status == 2
    assert recruiters.everyone() == []


def test_an_owner_locked_out_comes_back_with_a_fresh_link(app: Flask, browser: Browser) -> None:
    entering.rosa()
    elsewhere = Browser(app)
    assert entering.come_in(elsewhere).path == "/desk/"
    ran = run(app, "recruiter", "link", " ROSA@Northwind.example ")
    assert ran.status == 0 and ran.out.startswith("http://localhost/desk/set-up/") and ran.out.count("\n") == 1
    assert "For Rosa Iglesias, once, within 7 days." in ran.told
    assert _rosa().tf_primary_method == "authenticator", "an unused link takes nothing away"
    assert elsewhere.open("/desk/").path == "/desk/"

    page = browser.open(ran.out.strip()).press("Sign in", name="Rosa Iglesias", password="another rather quiet line")
    assert page.path.startswith("/desk/second-factor")
    assert (_rosa().tf_primary_method, _rosa().tf_totp_secret, list(_rosa().webauthn)) == (None, None, [])
    assert elsewhere.open("/desk/").path == "/desk/sign-in"
    page = Browser(app).open("/desk/sign-in")
    assert page.press("Sign in", email=ROSA, password=entering.PASSWORD).path == "/desk/sign-in"
    assert Browser(app).open(ran.out.strip(), status=410).h1 == "This link has been used"


def test_a_fresh_link_ends_the_one_before_and_grows_old(app: Flask, browser: Browser) -> None:
    first = run(app, "recruiter", "add", ROSA, "--role", "owner").out.strip()
    second = run(app, "recruiter", "link", ROSA).out.strip()
    assert first != second
    browser.open(first, status=410)
    browser.open(second)
    with time_machine.travel(clock.now() + timedelta(days=7, minutes=1)):
        assert browser.open(second, status=410).h1 == "This link is too old"


@pytest.mark.parametrize("written", ["nobody@northwind.example", "rosa", ""])
def test_there_is_no_link_for_people_who_do_not_work_here(app: Flask, written: str) -> None:
    ran = run(app, "recruiter", "link", written)
    assert (ran.status, ran.out) == (1, "")
    assert f"Nobody at the desk has the address {written}" in ran.told and "portal recruiter add" in ran.told


def test_there_is_no_link_for_somebody_who_was_let_go(app: Flask) -> None:
    entering.rosa(active=False)
    ran = run(app, "recruiter", "link", ROSA)
    assert (ran.status, ran.out) == (1, "")
    assert "may not come in any more" in ran.told


def _rosa() -> Recruiter:
    return db.session.scalars(select(Recruiter)).one()
