"""The manage link lets whoever holds the mail lower what we send, and raises nothing but a sign-in link by mail."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from portal import clock
from portal.extensions import db
from portal.models import Letter, MagicLink, Membership
from portal.models.membership import FREQUENCIES
from portal.services.people import memberships
from portal.tools import links
from tests import factories
from tests.pages import Browser
from tests.public.people import everything, signed_in

ACTS = ("monthly", "quarterly", "mute", "leave", "leave-all", "pause-3", "pause-6")
STATES: list[dict[str, Any]] = [{}, {"frequency": "monthly"}, {"frequency": "quarterly"}, {"muted_at": clock.now()}]


@pytest.fixture
def membership(app: Flask) -> Membership:
    return kept()


@pytest.fixture
def elsewhere(app: Flask) -> Browser:
    """Another browser, such as the one of whoever the mail was forwarded to."""
    return Browser(app)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without cookies."""
    return app.test_client(use_cookies=False)


def kept(**values: Any) -> Membership:
    """A membership of Amara in Robotics software, committed."""
    person = factories.member(email="amara.okafor@example.org", name="Amara Okafor")
    at = factories.community(slug="robotics", name="Robotics software")
    row = factories.membership(of=person, at=at, **values)
    db.session.commit()
    return row


def path_of(membership: Membership) -> str:
    return path_for(membership.member_id, membership.community_id)


def path_for(member_id: int, community_id: int) -> str:
    return links.manage(member_id, community_id, 7).removeprefix("http://localhost")


def do(client: FlaskClient, path: str, wanted: str) -> int:
    status = client.post(path, data={"do": wanted}).status_code
    db.session.rollback()
    db.session.expire_all()
    return status


def amount(membership: Membership) -> tuple[Any, ...]:
    """How much mail this membership means: a larger tuple, place by place, is never more mail."""
    until = membership.member.paused_until_on
    return (
        not membership.is_active,
        membership.muted_at is not None,
        FREQUENCIES.index(membership.frequency),
        until.toordinal() if until else 0,
        membership.mail_consent_id is None,
    )


def test_the_page_names_the_community_and_a_masked_address(browser: Browser, membership: Membership) -> None:
    page = browser.open(path_of(membership))
    assert ("a…r@e…e.org" in page.text, "Robotics software" in page.text) == (True, True)
    assert not re.search(r"amara|okafor", page.html, re.IGNORECASE)
    assert (page.headers["Cache-Control"], page.headers["Referrer-Policy"]) == ("no-store", "no-referrer")


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_opening_never_acts(client: FlaskClient, membership: Membership, method: str) -> None:
    before = everything()
    for wanted in ("", *ACTS, "sign-in"):
        response = client.open(f"{path_of(membership)}?do={wanted}", method=method)
        assert (response.status_code, response.headers.get("Set-Cookie")) == (200, None)
    assert everything() == before


@pytest.mark.parametrize(
    ("button", "said", "expected"),
    [
        ("Switch to monthly", "your choice is now: at most once a month", {"frequency": "monthly"}),
        ("Switch to quarterly", "your choice is now: at most four times a year", {"frequency": "quarterly"}),
        ("Stop these newsletters", "You get no more newsletters from Robotics software", {"muted": True}),
        ("Pause for three months", "We send you nothing before 24 February 2027", {"paused": 3}),
        ("Pause for six months", "We send you nothing before 24 May 2027", {"paused": 6}),
        ("Leave Robotics software", "You have left Robotics software", {"active": False}),
        ("Leave all", "You have left all our communities", {"active": False}),
    ],
)
def test_each_button_acts_at_once_and_says_so(
    browser: Browser, app: Flask, button: str, said: str, expected: dict[str, Any]
) -> None:
    with time_machine.travel("2026-11-24 09:00:00+00:00", tick=False):
        row = kept()
        page = browser.open(path_of(row)).press(button)
        until = memberships.in_months(expected["paused"]) if "paused" in expected else None
    assert (said in page.text, page.title.startswith("Your emails")) == (True, True)
    assert row.frequency == expected.get("frequency", "every")
    assert (row.muted_at is not None, row.is_active) == (expected.get("muted", False), expected.get("active", True))
    assert row.member.paused_until_on == until


@pytest.mark.parametrize("order", [1, -1], ids=["forwards", "backwards"])
@pytest.mark.parametrize("state", STATES, ids=["every", "monthly", "quarterly", "muted"])
def test_no_order_of_acts_ever_means_more_mail(
    client: FlaskClient, app: Flask, state: dict[str, Any], order: int
) -> None:
    row = kept(**state)
    path, last = path_of(row), amount(row)
    for wanted in ("quarterly", "pause-6", "monthly", "mute", "pause-3", "every", "again", "resume", "join")[::order]:
        assert do(client, path, wanted) == (200 if wanted in ACTS else 422)
        now = amount(row)
        assert all(then <= later for then, later in zip(last, now, strict=True)), wanted
        last = now


def test_after_leaving_the_link_brings_nobody_back(client: FlaskClient, membership: Membership) -> None:
    do(client, path_of(membership), "leave")
    before = everything()
    for wanted in ("monthly", "quarterly", "mute", "leave", "leave-all", "every"):
        do(client, path_of(membership), wanted)
    assert everything() == before


def test_joining_again_makes_the_old_link_speak_of_the_new_membership(browser: Browser, membership: Membership) -> None:
    path = path_of(membership)
    memberships.leave(membership)
    again = factories.membership(of=membership.member, at=membership.community)
    db.session.commit()
    browser.open(path).press("Stop these newsletters")
    assert again.muted_at is not None


def test_only_the_person_of_the_link_is_touched(client: FlaskClient, membership: Membership) -> None:
    other = factories.membership(at=membership.community)
    db.session.commit()
    before = amount(other)
    for wanted in ACTS:
        client.post(path_of(membership), data={"do": wanted, "member_id": other.member_id, "membership": other.id})
    db.session.rollback()
    assert amount(other) == before


def test_it_needs_no_cookie_and_no_form_token(client: FlaskClient, membership: Membership) -> None:
    response = client.post(path_of(membership), data={"do": "mute"})
    assert (response.status_code, response.headers.get("Set-Cookie")) == (200, None)
    db.session.rollback()
    assert membership.muted_at is not None


@pytest.mark.parametrize("wanted", ["", "every", "again", "erase", "MUTE", "mute\x00", "x" * 9000])
def test_what_the_link_cannot_do_is_refused_with_the_choices(
    browser: Browser, membership: Membership, wanted: str
) -> None:
    before = everything()
    page = browser.post(path_of(membership), {"do": wanted}, status=422)
    assert ("Choose one of the options below" in page.text, page.title[:6]) == (True, "Error:")
    assert everything() == before


def test_hostile_answers_are_refused_and_never_shown(
    client: FlaskClient, membership: Membership, shared_data: Path
) -> None:
    before = everything()
    naughty = json.loads((shared_data / "nasty" / "naughty-strings.json").read_text(encoding="utf-8"))
    for wanted in (str(string) for string in naughty[::9]):
        response = client.post(path_of(membership), data={"do": wanted})
        assert response.status_code == 422
        assert len(wanted) < 12 or wanted not in response.text
    assert everything() == before


def test_somebody_gone_is_answered_alike(client: FlaskClient, membership: Membership) -> None:
    erased = factories.membership(of=factories.member(erased_at=clock.now(), email=None), at=membership.community)
    db.session.commit()
    before, paths = everything(), [path_of(erased), path_for(10**12, membership.community_id)]
    for method in ("GET", "POST"):
        told = [client.open(path, method=method, data={"do": "sign-in"}) for path in paths]
        assert [response.status_code for response in told] == [200, 200]
        assert told[0].text.replace(paths[0], "") == told[1].text.replace(paths[1], "")
    assert "We have nothing more to send" in told[0].text
    assert everything() == before


@pytest.mark.parametrize("change", [lambda t: t[:-1], lambda t: t + "A", lambda t: "9" + t, lambda t: "x" * 500])
def test_a_changed_link_leads_to_another_way(browser: Browser, membership: Membership, change: Any) -> None:
    token, before = path_of(membership).removeprefix("/m/"), everything()
    for page in (
        browser.open(f"/m/{change(token)}", status=404),
        browser.post(f"/m/{change(token)}", {"do": "leave"}, status=404),
    ):
        assert (page.h1, "/sign-in?next=/preferences" in page.links) == ("This link doesn’t work", True)
    assert everything() == before


def test_a_link_of_another_purpose_manages_nothing(client: FlaskClient, membership: Membership) -> None:
    value, before = links.standing(membership.member_id, membership.community_id, 7), everything()
    for purpose in set(links.Purpose) - {links.Purpose.MANAGE}:
        assert do(client, f"/m/{links.sign(purpose, value)}", "leave") == 404
    for value in ("", "1", "1-2", "1-2-3-4", "a-b-c", "--", "٣-٣-x"):
        assert do(client, f"/m/{links.sign(links.Purpose.MANAGE, value)}", "leave") == 404
    assert everything() == before


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(token=st.text(min_size=1), wanted=st.text())
def test_no_text_is_a_link(client: FlaskClient, token: str, wanted: str) -> None:
    quoted = "/m/" + "".join(f"%{byte:02X}" for byte in token.encode("utf-8", "surrogatepass"))
    assert client.get(quoted).status_code in {308, 404}
    data = f"do={wanted}".encode("utf-8", "surrogatepass")
    kind = "application/x-www-form-urlencoded"
    assert client.post(quoted, data=data, content_type=kind).status_code in {308, 404}


def ask_for_a_link(browser: Browser, membership: Membership) -> MagicLink:
    page = browser.open(path_of(membership)).press("Mail me a sign-in link")
    assert page.h1 == "Check your email"
    return db.session.execute(select(MagicLink).order_by(MagicLink.id.desc()).limit(1)).scalar_one()


def test_a_sign_in_link_is_mailed_to_the_member_and_opens_only_here(
    browser: Browser, elsewhere: Browser, membership: Membership
) -> None:
    link = ask_for_a_link(browser, membership)
    letter = db.session.execute(select(Letter)).scalar_one()
    assert (letter.kind, letter.dropped_at, link.member_id) == ("sign_in", None, membership.member_id)
    assert elsewhere.open("/preferences").h1 == "Sign in"
    refused = elsewhere.open(links.sign_in(link.public_id)).press("Sign in", status=422)
    assert "6-digit code" in refused.text
    assert browser.open(links.sign_in(link.public_id)).press("Sign in").h1 == "Your preferences"


def test_whoever_got_the_mail_forwarded_sees_no_address(elsewhere: Browser, membership: Membership) -> None:
    page = elsewhere.open(path_of(membership)).press("Mail me a sign-in link")
    assert (page.h1, "a…r@e…e.org" in page.text) == ("Check your email", True)
    for shown in (page, page.press("Sign in", code="", status=422), elsewhere.open("/sign-in/code")):
        assert not re.search(r"amara|okafor", shown.html, re.IGNORECASE)
    assert elsewhere.open("/preferences").h1 == "Sign in"


def test_the_mailed_link_works_once_and_not_after_signing_out(browser: Browser, membership: Membership) -> None:
    link = ask_for_a_link(browser, membership)
    page = browser.open(links.sign_in(link.public_id)).press("Sign in")
    assert browser.open(links.sign_in(link.public_id), status=410).h1 == "This link has been used"
    old = page.press("Sign out")
    assert old.h1 == "You are signed out"
    assert browser.open(links.sign_in(link.public_id), status=410).h1 == "This link has been used"
    assert browser.post(links.sign_in(link.public_id), {}, status=400).h1 == "This page was open for too long"
    assert browser.open("/preferences").h1 == "Sign in"


def test_asking_again_and_again_is_stopped(browser: Browser, membership: Membership) -> None:
    for _ in range(30):
        ask_for_a_link(browser, membership)
    page = browser.open(path_of(membership)).press("Mail me a sign-in link", status=429)
    assert "from your network" in page.text
    mailed = select(func.count(Letter.id)).where(Letter.dropped_at.is_(None))
    assert db.session.execute(mailed).scalar_one() <= 10


def test_the_person_themself_goes_on_to_their_preferences(
    browser: Browser, elsewhere: Browser, membership: Membership
) -> None:
    signed_in(browser, membership.member)
    signed_in(elsewhere, factories.member())
    assert browser.open(path_of(membership)).h1 == "Your preferences"
    assert elsewhere.open(path_of(membership)).h1 == "Your emails"


def test_a_pause_is_prolonged_and_never_shortened(browser: Browser, membership: Membership) -> None:
    membership.member.pause(clock.now().date() + timedelta(days=400))
    db.session.commit()
    until = membership.member.paused_until_on
    page = browser.open(path_of(membership)).press("Pause for six months")
    assert "You have paused for longer than that already" in page.text
    assert membership.member.paused_until_on == until
