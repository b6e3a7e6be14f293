"""A link by mail signs in the browser that asked, or whoever types its code; scanners get nothing."""

import re
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import Client

from portal import clock
from portal.extensions import db
from portal.models import Letter, MagicLink, Member, MemberSession
from portal.services.people import suppressions
from portal.tools import links
from tests import factories
from tests.pages import Browser
from tests.public.test_communities import seen


@pytest.fixture
def member(app: Flask) -> Member:
    row = factories.member(email="amara@example.org", name="Amara Okafor")
    db.session.commit()
    return row


@pytest.fixture
def elsewhere(app: Flask) -> Browser:
    return Browser(app)


def asked(browser: Browser, email: str = "amara@example.org", address: str = "/sign-in") -> MagicLink:
    page = browser.open(address).press("Send me a link", email=email)
    assert page.h1 == "Check your email"
    return db.session.execute(select(MagicLink).order_by(MagicLink.id.desc()).limit(1)).scalar_one()


def code_of(link: MagicLink) -> str:
    return links.code_for(link.public_id)


def open_sessions() -> int:
    live = select(func.count(MemberSession.id)).where(MemberSession.ended_at.is_(None))
    return db.session.execute(live).scalar_one()


def signed_in(browser: Browser) -> bool:
    return browser.client.get("/preferences").status_code != 303


def press(client: Client, address: str, **data: str) -> int:
    """Open a link's page and press its button, as a thread of its own may do."""
    path = address.removeprefix("http://localhost")
    token = re.search(r'name="csrf_token"[^>]*value="([^"]*)"', client.get(path).text)
    return client.post(path, data={"csrf_token": token[1] if token else "", **data}).status_code


def test_the_asking_browser_signs_in_with_one_press(browser: Browser, member: Member) -> None:
    link = asked(browser)
    response = browser.client.get(links.sign_in(link.public_id))
    assert (response.status_code, open_sessions()) == (200, 0)
    assert press(browser.client, links.sign_in(link.public_id)) == 303
    cookie = browser.client.get_cookie("member")
    assert (open_sessions(), cookie is not None and cookie.http_only, cookie and cookie.same_site) == (1, True, "Lax")
    assert browser.client.get_cookie("pending") is None


def test_opening_the_link_never_uses_it(browser: Browser, elsewhere: Browser, member: Member) -> None:
    link = asked(browser)
    for opener in (browser, elsewhere, browser):
        opener.open(links.sign_in(link.public_id))
    assert (link.state(clock.now()), open_sessions()) == ("usable", 0)


def test_a_scanner_that_presses_the_button_gets_no_session(
    browser: Browser, elsewhere: Browser, member: Member
) -> None:
    link = asked(browser)
    page = elsewhere.open(links.sign_in(link.public_id)).press("Sign in", status=422)
    assert ("6-digit code" in page.text, link.state(clock.now()), link.wrong_codes) == (True, "usable", 0)
    assert press(browser.client, links.sign_in(link.public_id)) == 303


def test_another_browser_signs_in_with_the_code(browser: Browser, elsewhere: Browser, member: Member) -> None:
    link = asked(browser)
    assert press(elsewhere.client, links.sign_in(link.public_id), code=code_of(link)) == 303
    assert (open_sessions(), link.state(clock.now())) == (1, "claimed")


@pytest.mark.parametrize("written", [str, lambda c: f" {c[:3]} {c[3:]}", lambda c: f"{c[:3]}-{c[3:]}"])
def test_the_code_is_typed_where_it_was_asked_for(
    browser: Browser, member: Member, written: Callable[[str], str]
) -> None:
    link = asked(browser)
    assert press(browser.client, "/sign-in/code", code=written(code_of(link))) == 303
    assert open_sessions() == 1


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "１２３", "\x00" * 6, "9" * 5000])
def test_what_is_no_code_costs_no_try(browser: Browser, member: Member, typed: str) -> None:
    link = asked(browser)
    browser.open("/sign-in/code").press("Sign in", code=typed, status=422)
    assert link.wrong_codes == 0


def test_five_wrong_codes_end_code_and_link(browser: Browser, member: Member) -> None:
    link = asked(browser)
    wrong = f"{(int(code_of(link)) + 1) % 1_000_000:06d}"
    for _ in range(5):
        browser.open("/sign-in/code").press("Sign in", code=wrong, status=422)
    page = browser.open("/sign-in/code").press("Sign in", code=code_of(link), status=410)
    assert "five wrong codes" in page.text
    browser.open(links.sign_in(link.public_id), status=410)
    assert open_sessions() == 0


def test_a_used_link_is_told_so_with_a_way_to_a_new_one(browser: Browser, member: Member) -> None:
    link = asked(browser)
    press(browser.client, links.sign_in(link.public_id))
    page = browser.open(links.sign_in(link.public_id), status=410)
    assert page.h1 == "This link has been used"
    assert page.press("Send me a link", email="amara@example.org").h1 == "Check your email"


def test_an_old_link_expires(browser: Browser, member: Member) -> None:
    link = asked(browser)
    page = browser.open(links.sign_in(link.public_id))
    with time_machine.travel(clock.now() + timedelta(minutes=10, seconds=1)):
        assert page.press("Sign in", status=410).h1 == "This link is too old"
    assert open_sessions() == 0


@pytest.mark.parametrize("token", ["x", "x" * 900, "%00", "%ff", "a.b"])
def test_a_link_we_did_not_make_is_refused(browser: Browser, token: str) -> None:
    assert browser.open(f"/sign-in/{token}", status=404).h1 == "This link doesn’t work"


def test_a_link_of_another_purpose_signs_nobody_in(browser: Browser, member: Member) -> None:
    link = asked(browser)
    for purpose in set(links.Purpose) - {links.Purpose.SIGN_IN}:
        browser.open(f"/sign-in/{links.sign(purpose, link.public_id)}", status=404)


def test_known_and_unknown_addresses_get_the_same_answer(app: Flask) -> None:
    def answers() -> list[object]:
        browser = Browser(app)
        token = re.search(r'name="csrf_token"[^>]*value="([^"]*)"', browser.client.get("/sign-in").text)
        assert token
        data = {"csrf_token": token[1], "email": "amara@example.org"}
        posted = browser.client.post("/sign-in", data=data)
        return [seen(posted), seen(browser.client.get("/sign-in/code"))]

    with time_machine.travel(clock.now(), tick=False):
        unknown = answers()
        member = factories.member(email="amara@example.org")
        db.session.commit()
        assert answers() == unknown
        for kind in ("bounced", "complained"):
            factories.suppression(of=member, kind=kind)
            db.session.commit()
            assert answers() == unknown
    mailed = db.session.execute(select(Letter.dropped_at).order_by(Letter.id)).scalars().all()
    assert [dropped is None for dropped in mailed] == [False, True, True, True]


@pytest.mark.parametrize("by_code", [False, True])
@pytest.mark.parametrize(("kinds", "left"), [(["bounced"], {}), (["complained"], {"complained": 1})])
def test_signing_in_proves_the_address_and_leaves_a_complaint(
    browser: Browser, member: Member, kinds: list[str], left: dict[str, int], by_code: bool
) -> None:
    for kind in kinds:
        factories.suppression(of=member, kind=kind)
    db.session.commit()
    link = asked(browser)
    browser.open(links.sign_in(link.public_id))
    assert sum(suppressions.count_live().values()) == 1
    pressed = "/sign-in/code" if by_code else links.sign_in(link.public_id)
    assert press(browser.client, pressed, **({"code": code_of(link)} if by_code else {})) == 303
    db.session.rollback()
    assert (suppressions.count_live(), member.bounced_at) == (left, None)


@pytest.mark.parametrize(
    "email", ["", "amara", "a@b@c.example", "amara@example.org\r\nBcc: x@example.org", "\x00@x.org"]
)
def test_an_address_nothing_reaches_is_asked_for_again(browser: Browser, email: str) -> None:
    browser.open("/sign-in").press("Send me a link", email=email, status=422)


def test_many_asks_from_one_network_address_are_stopped_visibly(browser: Browser) -> None:
    for n in range(30):
        asked(browser, f"p{n}@example.org")
    page = browser.open("/sign-in").press("Send me a link", email="amara@example.org", status=429)
    assert ("from your network" in page.text, 'value="amara@example.org"' in page.html) == (True, True)


def test_the_code_page_sends_a_browser_that_never_asked_to_the_beginning(browser: Browser) -> None:
    assert browser.open("/sign-in/code").h1 == "Sign in"


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [("/c/robotics", "/c/robotics"), ("//evil.example", "/preferences"), ("https://evil.example", "/preferences")],
)
def test_afterwards_people_land_where_they_wanted_on_this_site(
    browser: Browser, member: Member, wanted: str, reached: str
) -> None:
    link = asked(browser, address=f"/sign-in?next={wanted}")
    path = links.sign_in(link.public_id).removeprefix("http://localhost")
    token = re.search(r'name="csrf_token"[^>]*value="([^"]*)"', browser.client.get(path).text)
    assert token
    assert browser.client.post(path, data={"csrf_token": token[1]}).headers["Location"] == reached


def test_signing_out_ends_the_session(browser: Browser, member: Member) -> None:
    link = asked(browser)
    press(browser.client, links.sign_in(link.public_id))
    token = re.search(r'name="csrf_token"[^>]*value="([^"]*)"', browser.client.get("/sign-in").text)
    assert token
    page = browser.post("/sign-out", {"csrf_token": token[1]})
    assert (page.h1, open_sessions(), browser.client.get_cookie("member")) == ("You are signed out", 0, None)


def test_signing_in_again_ends_the_earlier_session_of_this_browser(browser: Browser, member: Member) -> None:
    for _ in range(2):
        press(browser.client, links.sign_in(asked(browser).public_id))
    assert open_sessions() == 1


def in_parallel(acts: list[Callable[[], int]]) -> list[int]:
    """Run every act in a thread of its own, all released at once."""
    gate, results = threading.Barrier(len(acts)), []

    def run(act: Callable[[], int]) -> None:
        gate.wait()
        results.append(act())

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_forty_gets_and_two_hundred_posts_open_exactly_one_session(
    app: Flask, browser: Browser, member: Member
) -> None:
    link = asked(browser)
    path = links.sign_in(link.public_id).removeprefix("http://localhost")
    pending = browser.client.get_cookie("pending")
    assert pending
    db.session.rollback()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]*)"', browser.client.get(path).text)
    session = browser.client.get_cookie("session")
    assert token and session

    def reader() -> int:
        return app.test_client().get(path).status_code

    def presser(*, asking: bool) -> Callable[[], int]:
        client = app.test_client()
        client.set_cookie("session", session.value)
        if asking:
            client.set_cookie("pending", pending.value)
        return lambda: client.post(path, data={"csrf_token": token[1]}).status_code

    scanners = in_parallel([presser(asking=False) for _ in range(20)])
    assert (set(scanners), open_sessions()) == ({422}, 0)
    db.session.rollback()
    found = in_parallel([reader for _ in range(40)] + [presser(asking=n % 2 == 0) for n in range(200)])
    assert found.count(303) == 1
    assert set(found) <= {200, 303, 410, 422}
    assert open_sessions() == 1
