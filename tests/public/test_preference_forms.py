"""The forms of the preference centre: whose they are, what they refuse, and strings that stay text."""

import json
import re
import unicodedata
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal import clock
from portal.extensions import db
from portal.models import Member, Membership
from portal.services.people import sessions
from portal.tools import cookies
from tests import factories
from tests.pages import Browser, Page
from tests.public.people import everything, signed_in

FORMS: dict[str, dict[str, Any]] = {
    "/preferences/about": {"name": "Somebody else"},
    "/preferences/communities/robotics": {"interests": ["force"], "frequency": "quarterly"},
    "/preferences/communities/robotics/stop": {},
    "/preferences/communities/robotics/again": {},
    "/preferences/communities/robotics/leave": {},
    "/preferences/communities/robotics/agreement": {"decision": "withdrawn"},
    "/preferences/communities/field/join": {"version": "x"},
    "/preferences/pause": {"until": "2999-01-01"},
    "/preferences/resume": {},
    "/preferences/agreements/matching": {"decision": "agreed"},
    "/preferences/come-back": {},
    "/preferences/leave-all": {},
    "/sign-out": {},
}


@pytest.fixture
def membership(app: Flask) -> Membership:
    at = factories.community(slug="robotics", name="Robotics software", interests=("motion", "force"))
    factories.community(slug="field", name="Field engineering")
    row = factories.membership(of=factories.member(email="amara@example.org", name="Amara Okafor"), at=at)
    row.interests = at.interests[:1]
    db.session.commit()
    return row


def preferences(browser: Browser) -> Page:
    return browser.open("/preferences")


def token_of(page: Page) -> str:
    return str(page.values("Save your name")["csrf_token"])


def test_every_form_of_the_room_is_in_the_table(app: Flask) -> None:
    posts = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("public.preferences.") and "POST" in (rule.methods or ())
    }
    adapter = app.url_map.bind("localhost")
    assert posts == {adapter.match(path, "POST", return_rule=True)[0].rule for path in FORMS if path != "/sign-out"}


@pytest.mark.parametrize("path", FORMS)
def test_without_a_form_token_nothing_happens(browser: Browser, membership: Membership, path: str) -> None:
    signed_in(browser, membership.member)
    before = everything()
    page = browser.post(path, FORMS[path], status=400)
    assert page.h1 == "This page was open for too long"
    assert everything() == before


@pytest.mark.parametrize("path", [path for path in FORMS if path != "/sign-out"])
def test_without_a_session_the_form_leads_to_sign_in(browser: Browser, membership: Membership, path: str) -> None:
    token = browser.open("/sign-in").values("Send me a link")["csrf_token"]
    before = everything()
    for data in (FORMS[path], {**FORMS[path], "csrf_token": token}):
        assert browser.post(path, data).h1 == "Sign in"
    assert everything() == before


@pytest.mark.parametrize("path", [path for path in FORMS if path != "/sign-out"])
def test_a_session_that_was_ended_elsewhere_changes_nothing(
    browser: Browser, membership: Membership, path: str
) -> None:
    signed_in(browser, membership.member)
    token = token_of(preferences(browser))
    sessions.end_all(membership.member)
    db.session.commit()
    before = everything()
    assert browser.post(path, {**FORMS[path], "csrf_token": token}).h1 == "Sign in"
    assert everything() == before


def test_nobody_changes_what_belongs_to_somebody_else(browser: Browser, membership: Membership) -> None:
    stranger: Member = factories.member()
    factories.membership(of=stranger)
    signed_in(browser, stranger)
    token = token_of(preferences(browser))
    before = rows_of(membership)
    foreign = {"member_id": membership.member_id, "membership": membership.id, "membership_id": membership.id}
    for act in ("", "/stop", "/again", "/leave", "/agreement"):
        data = {"csrf_token": token, "frequency": "quarterly", "decision": "withdrawn", **foreign}
        page = browser.post(f"/preferences/communities/robotics{act}", data)
        assert "You are not in that community any more, so nothing was changed" in page.text
    for path in ("/preferences/resume", "/preferences/leave-all"):
        browser.post(path, {"csrf_token": token, **foreign})
    browser.post("/preferences/about", {"csrf_token": token, "name": "Eve", "id": membership.member_id, **foreign})
    assert (rows_of(membership), stranger.name) == (before, "Eve")


def rows_of(membership: Membership) -> list[Any]:
    """What is kept of this person."""
    rows = everything()
    mine = [row for row in rows["members"] if row[0] == membership.member_id]
    mine += [row for row in rows["memberships"] if row[0] == membership.id]
    return mine + rows["membership_interests"] + rows["consents"]


@pytest.mark.parametrize("slug", ["nowhere", "ROBOTICS", "robotics%00", "..", "x" * 3000, "%F0%9F%8C%B1", "1"])
def test_a_community_nobody_knows_changes_nothing(browser: Browser, membership: Membership, slug: str) -> None:
    signed_in(browser, membership.member)
    token = token_of(preferences(browser))
    before = everything()
    for act in ("", "/leave", "/join", "/agreement"):
        path = f"/preferences/communities/{slug}{act}"
        assert browser.client.post(path, data={"csrf_token": token}).status_code in {303, 404, 405}
    assert everything() == before


def test_an_act_we_do_not_have_is_not_found(browser: Browser, membership: Membership) -> None:
    signed_in(browser, membership.member)
    token = token_of(preferences(browser))
    for act in ("erase", "end", "Leave"):
        browser.post(f"/preferences/communities/robotics/{act}", {"csrf_token": token}, status=404)


def test_a_name_is_taken_said_back_and_taken_away(browser: Browser, membership: Membership) -> None:
    signed_in(browser, membership.member)
    page = preferences(browser).press("Save your name", name="  Amara O ")
    assert ("Your name here is Amara O." in page.text, membership.member.name) == (True, "Amara O")
    page = page.press("Save your name", name="")
    assert ("We have no name for you now." in page.text, membership.member.name) == (True, "")


@pytest.mark.parametrize("name", ["Amara\r\nBcc: x@example.org", "\u202earamA", "x" * 2000, "Amara\x00"])
def test_a_hostile_name_is_refused_and_shown_clean(browser: Browser, membership: Membership, name: str) -> None:
    signed_in(browser, membership.member)
    page = preferences(browser).press("Save your name", name=name, status=422)
    assert ("There is a problem" in page.text, "#about-name" in page.links) == (True, True)
    assert membership.member.name == "Amara Okafor"
    assert not re.search("[\x00\u202e]", page.html)


def test_naughty_strings_stay_text(browser: Browser, membership: Membership, shared_data: Path) -> None:
    naughty = [str(s) for s in json.loads((shared_data / "nasty" / "naughty-strings.json").read_text("utf-8"))][::9]
    signed_in(browser, membership.member)
    page, taken = preferences(browser), 0
    answers = page.values("Save your name")
    for string in naughty:
        status = browser.client.post("/preferences/about", data={**answers, "name": string}).status_code
        assert status in {303, 422}, string
        if status == 303:
            taken += 1
            kept = preferences(browser).values("Save your name")["name"]
            assert (kept, kept.split()) == (membership.member.name, unicodedata.normalize("NFC", string).split())
    assert taken > len(naughty) / 2


def test_reasons_for_a_pause_stay_text(browser: Browser, membership: Membership, shared_data: Path) -> None:
    naughty = [str(s) for s in json.loads((shared_data / "nasty" / "naughty-strings.json").read_text("utf-8"))][::9]
    signed_in(browser, membership.member)
    until, taken = (clock.now() + timedelta(days=2)).date().isoformat(), 0
    answers = {**preferences(browser).values("Pause everything"), "until": until}
    for string in naughty:
        status = browser.client.post("/preferences/pause", data={**answers, "reason": string}).status_code
        assert status in {303, 422}, string
        db.session.expire_all()
        if status == 303:
            taken += 1
            assert membership.member.pause_reason == unicodedata.normalize("NFC", string).strip()
    assert taken > len(naughty) / 2


def test_the_right_language_is_said_where_words_are_missing(browser: Browser, membership: Membership) -> None:
    membership.member.language = "nl"
    membership.member.pause(clock.now().date().replace(year=clock.now().year + 1, month=3, day=1))
    signed_in(browser, membership.member)
    page = preferences(browser)
    assert '<html lang="en"' in page.html
    assert f"1 March {clock.now().year + 1}" in page.text


def test_a_cookie_of_the_other_kind_opens_nothing(app: Flask, membership: Membership) -> None:
    client: FlaskClient = app.test_client()
    secret = sessions.open_for(membership.member)
    db.session.commit()
    client.set_cookie(cookies.PENDING, secret)
    assert client.get("/preferences").status_code == 303
    client.set_cookie(cookies.MEMBER, secret[:-1])
    assert client.get("/preferences").status_code == 303
