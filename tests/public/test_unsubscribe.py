"""The unsubscribe link stops the newsletters for mail clients and people alike, at once, for ever, and only lowers."""

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
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal import clock, config
from portal.extensions import db
from portal.models import Delivery, Membership, Touchpoint, Worker
from portal.services.people import memberships
from portal.services.sending import addressing, deliveries, eligibility, schedule, windows
from portal.tools import links
from tests import factories
from tests.pages import Browser
from tests.public.people import everything

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
DONE = "You get no more newsletters from Robotics software"


@pytest.fixture
def membership(app: Flask) -> Membership:
    person = factories.member(email="amara.okafor@example.org", name="Amara Okafor")
    row = factories.membership(of=person, at=factories.community(slug="robotics", name="Robotics software"))
    db.session.commit()
    return row


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A mail provider's machine: it keeps no cookies and follows nothing."""
    return app.test_client(use_cookies=False)


def path_of(membership: Membership) -> str:
    return links.unsubscribe(membership.member_id, membership.community_id, 7).removeprefix("http://localhost")


def path_for(member_id: int, community_id: int) -> str:
    return links.unsubscribe(member_id, community_id).removeprefix("http://localhost")


def post(client: FlaskClient, path: str, **options: Any) -> TestResponse:
    """Press the button as a machine does, and forget what the view did not commit."""
    response = client.post(path, **options)
    db.session.rollback()
    db.session.expire_all()
    return response


def notes() -> list[str]:
    return list(db.session.scalars(select(Touchpoint.note).order_by(Touchpoint.id)))


@pytest.mark.parametrize(
    "sent",
    [
        {"data": ONE_CLICK},
        {"data": ONE_CLICK, "content_type": "multipart/form-data"},
        {"data": b"List-Unsubscribe=One-Click", "content_type": "application/x-www-form-urlencoded"},
        {"data": b"List-Unsubscribe=One-Click"},
        {"data": b"", "content_type": "application/x-www-form-urlencoded"},
        {},
        {"data": b"{}", "content_type": "application/json"},
        {"data": b"--x\r\nbroken", "content_type": "multipart/form-data; boundary=x"},
        {"data": b"reason=\xff\xfe&reason=%00", "content_type": "application/x-www-form-urlencoded; charset=utf-7"},
        {"data": b"a=" + b"x" * 13_000_000, "content_type": "application/x-www-form-urlencoded"},
    ],
    ids=["form", "multipart", "bytes", "untyped", "empty", "nothing", "json", "broken", "other charset", "too large"],
)
def test_one_click_works_bare_twice_with_whatever_body(
    client: FlaskClient, membership: Membership, sent: dict[str, Any]
) -> None:
    for _ in range(2):
        response = post(client, path_of(membership), **sent)
        assert (response.status_code, response.history) == (200, ())
        assert not {"Set-Cookie", "Location", "WWW-Authenticate"} & set(response.headers.keys())
    assert membership.muted_at is not None
    assert (membership.is_active, notes()) == (True, ["stopped the newsletters"])


def test_the_address_in_a_mails_header_is_this_one(client: FlaskClient, membership: Membership) -> None:
    url = links.unsubscribe(membership.member_id, membership.community_id, 7)
    assert url == "http://localhost" + path_of(membership)
    assert re.fullmatch(r"http://localhost/u/[A-Za-z0-9._-]+", url)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_opening_never_acts_and_never_gives_a_cookie(client: FlaskClient, membership: Membership, method: str) -> None:
    before = everything()
    for _ in range(3):
        response = client.open(path_of(membership), method=method)
        assert (response.status_code, response.headers.get("Set-Cookie")) == (200, None)
    assert everything() == before


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_other_methods_do_nothing(client: FlaskClient, membership: Membership, method: str) -> None:
    before = everything()
    assert client.open(path_of(membership), method=method, data=ONE_CLICK).status_code == 405
    assert everything() == before


def test_a_person_presses_the_button_and_is_told_what_is_true(browser: Browser, membership: Membership) -> None:
    page = browser.open(path_of(membership))
    assert (page.h1, "a…r@e…e.org" in page.text) == ("Stop emails from Robotics software?", True)
    page = page.press("Stop these emails")
    assert (page.h1, membership.muted_at is not None) == (DONE, True)
    assert "They have stopped already" in browser.open(path_of(membership)).text
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"


def test_nothing_personal_is_shown_to_whom_the_mail_was_forwarded(browser: Browser, membership: Membership) -> None:
    page = browser.open(path_of(membership))
    for shown in (page, page.press("Stop these emails")):
        assert not re.search(r"amara|okafor", shown.html.split("<main", 1)[1], re.IGNORECASE)


def test_a_second_press_changes_nothing(client: FlaskClient, membership: Membership) -> None:
    post(client, path_of(membership), data=ONE_CLICK)
    before = everything()
    with time_machine.travel(clock.now() + timedelta(days=2)):
        answers = [post(client, path_of(membership), data=ONE_CLICK) for _ in range(2)]
    assert ([a.status_code for a in answers], everything()) == ([200, 200], before)


def test_only_this_community_stops(client: FlaskClient, membership: Membership) -> None:
    others = [factories.membership(of=membership.member), factories.membership(at=membership.community)]
    db.session.commit()
    post(client, path_of(membership), data=ONE_CLICK)
    assert [other.muted_at for other in others] == [None, None]


def test_a_reason_is_asked_for_afterwards_and_kept_once(browser: Browser, membership: Membership) -> None:
    page = browser.open(path_of(membership)).press("Stop these emails")
    thanked = page.press("Tell us", reason="too-many")
    page.press("Tell us", reason="too-many")
    assert "Thank you for telling us why" in thanked.text
    assert notes() == ["stopped the newsletters", "stopped the newsletters: too many emails"]


def test_a_reason_we_did_not_offer_is_left_out(client: FlaskClient, membership: Membership, shared_data: Path) -> None:
    naughty = json.loads((shared_data / "nasty" / "naughty-strings.json").read_text(encoding="utf-8"))
    for reason in naughty[::9]:
        assert post(client, path_of(membership), data={"reason": str(reason)}).status_code == 200
    assert notes() == ["stopped the newsletters"]


def test_the_page_offers_less_leaving_and_a_way_in(browser: Browser, membership: Membership) -> None:
    page = browser.open(path_of(membership)).press("Stop these emails")
    assert page.press("Switch to quarterly").h1 == "Your emails"
    assert membership.frequency == "quarterly"
    page.press("Leave Robotics software")
    assert membership.is_active is False


def test_instead_of_stopping_a_person_can_pause(browser: Browser, membership: Membership) -> None:
    page = browser.open(path_of(membership)).press("Pause for three months")
    assert "We send you nothing before" in page.text
    assert (membership.muted_at, membership.member.paused_until_on) == (None, memberships.in_months(3))


def test_somebody_who_left_or_was_erased_or_never_was_gets_200(client: FlaskClient, membership: Membership) -> None:
    erased = factories.membership(of=factories.member(erased_at=clock.now(), email=None), at=membership.community)
    membership.end(clock.now())
    db.session.commit()
    gone, never = path_of(erased), path_for(10**12, membership.community_id)
    before = everything()
    for path in (gone, never, path_of(membership), path_for(10**12, 10**12), path_for(0, 0)):
        for method in ("GET", "HEAD", "POST"):
            assert client.open(path, method=method).status_code == 200, path
    assert everything() == before


def test_erased_and_unknown_are_told_the_same(client: FlaskClient, membership: Membership) -> None:
    erased = factories.membership(of=factories.member(erased_at=clock.now(), email=None), at=membership.community)
    db.session.commit()
    paths = path_of(erased), path_for(10**12, membership.community_id)
    told = [re.sub(r"/[um]/[^\"]+", "", client.post(path, data=ONE_CLICK).text) for path in paths]
    assert told[0] == told[1]
    assert DONE in told[0]


def test_a_link_works_for_years_and_with_an_older_key(client: FlaskClient, membership: Membership) -> None:
    older = config.Settings(**{**config.current().model_dump(), "secret_keys": config.current().secret_keys[1:]})
    newer = config.current()
    config.use(older)
    path = path_of(membership)
    config.use(newer)
    with time_machine.travel(clock.now() + timedelta(days=3650)):
        assert post(client, path, data=ONE_CLICK).status_code == 200
    assert membership.muted_at is not None


@pytest.mark.parametrize("change", [lambda t: t[:-1], lambda t: t + "A", lambda t: "9" + t, lambda t: "x" * 500])
def test_a_changed_link_leads_to_another_way(browser: Browser, membership: Membership, change: Any) -> None:
    token, before = path_of(membership).removeprefix("/u/"), everything()
    page = browser.open(f"/u/{change(token)}", status=404)
    assert page.h1 == "This link doesn’t work"
    assert "talent@northwind.example" in page.text
    assert "/sign-in?next=/preferences" in page.links
    assert browser.post(f"/u/{change(token)}", ONE_CLICK, status=404).h1 == page.h1
    assert everything() == before


def test_a_link_of_another_purpose_stops_nothing(client: FlaskClient, membership: Membership) -> None:
    value, before = links.standing(membership.member_id, membership.community_id, 7), everything()
    for purpose in set(links.Purpose) - {links.Purpose.UNSUBSCRIBE}:
        assert client.post(f"/u/{links.sign(purpose, value)}", data=ONE_CLICK).status_code == 404
    for value in ("", "1", "1-2", "1-2-3-4", "a-b-c", "--", "1-2-" + "9" * 200):
        path = f"/u/{links.sign(links.Purpose.UNSUBSCRIBE, value)}"
        assert client.post(path, data=ONE_CLICK).status_code in {200, 404}
    assert everything() == before


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(token=st.text(min_size=1))
def test_no_text_is_a_link(client: FlaskClient, token: str) -> None:
    quoted = "/u/" + "".join(f"%{byte:02X}" for byte in token.encode("utf-8", "surrogatepass"))
    assert client.post(quoted, data=ONE_CLICK).status_code in {308, 404}


def test_a_mail_not_yet_handed_over_does_not_go_out(client: FlaskClient, membership: Membership) -> None:
    others = [factories.membership(at=membership.community) for _ in range(2)]
    worker = _sending(membership)
    mine = db.session.scalars(select(Delivery).where(Delivery.membership_id == membership.id)).one()
    assert set(deliveries.claim(worker, limit=9)) >= {mine.id}
    db.session.commit()
    assert post(client, path_of(membership), data=ONE_CLICK).status_code == 200
    assert eligibility.reason(membership.member, membership, today=clock.now().date()) == "muted"
    handed_over = windows.hand_over(list(db.session.scalars(select(Delivery.id))), worker_id=worker)
    assert (mine.state, mine.reason, len(handed_over)) == ("excluded", "muted", len(others))


def _sending(membership: Membership) -> int:
    newsletter = factories.newsletter(at=membership.community)
    worker = Worker(host="here", process="1", started_at=clock.now(), beat_at=clock.now())
    db.session.add(worker)
    schedule.send_now(newsletter)
    addressing.address(newsletter)
    db.session.commit()
    return worker.id
