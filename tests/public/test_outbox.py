"""The outbox shows what would have gone out, to whoever sits at this machine or works at the desk, and runs nothing."""

import mailbox
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from portal import config
from portal.extensions import db
from portal.models import Recruiter
from portal.services.sending import schedule
from portal.worker import chores, shift
from tests import factories
from tests.desk.people import signed_in
from tests.pages import Browser
from tests.public.people import everything
from tests.public.people import signed_in as as_member
from tests.tools.mail.mails import DELIVERY

ELSEWHERE = {"REMOTE_ADDR": "203.0.113.9"}
HTML = b"Subject: %s\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n%s"


@pytest.fixture
def key(app: Flask) -> str:
    """A newsletter's mail in the outbox."""
    return keep(DELIVERY)


@pytest.fixture
def worker(app: Flask) -> Iterator[None]:
    yield
    shift.end()


def keep(raw: bytes) -> str:
    return mailbox.Maildir(config.current().outbox).add(raw)


def settle(**changes: Any) -> None:
    config.use(config.current().model_copy(update=changes))


def all_of(key: str) -> list[str]:
    return ["/outbox", f"/outbox/{key}", f"/outbox/{key}/html"]


def test_an_empty_outbox_says_what_will_be_here(browser: Browser) -> None:
    page = browser.open("/outbox")
    assert ("No mail yet" in page.text, page.headers["Cache-Control"]) == (True, "no-store")


def test_letters_arrive_with_a_link_that_works(browser: Browser, worker: None) -> None:
    factories.community(slug="robotics", name="Robotics software")
    db.session.commit()
    browser.open("/c/robotics").press("Join the community", email="amara@example.org", consent_mail="y")
    chores.post_letters()
    page = browser.open("/outbox").follow("Confirm your email address")
    assert ("amara@example.org" in page.text, "Auto-Submitted" in page.text) == (True, True)
    found = re.search(r'href="http://localhost(/confirm/[^"/]+)"', browser.client.get(f"{page.path}/html").text)
    assert found
    assert browser.open(found[1]).press("Confirm and join").h1 == "You’re in"


def test_newsletters_arrive_whole_with_links_that_work(browser: Browser, worker: None) -> None:
    at = factories.community(slug="robotics", name="Robotics software")
    membership = factories.membership(of=factories.member(email="zoe@example.org", name="Zoë Ohara"), at=at)
    schedule.send_now(factories.newsletter(at=at, title="The gripper that learned to let go"))
    db.session.commit()
    chores.address()
    chores.send()
    page = browser.open("/outbox").follow("The gripper that learned to let go")
    for shown in ("Zoë Ohara <zoe@example.org>", "List-Unsubscribe-Post", "Hello from the workshop."):
        assert shown in page.text
    frame = browser.client.get(f"{page.path}/html")
    assert frame.status_code == 200
    unsubscribe = re.search(r'href="http://localhost(/u/[^"]+)"', frame.text)
    assert unsubscribe
    browser.open(unsubscribe[1]).press("Stop these emails")
    assert membership.muted_at is not None


def test_the_newest_stands_first_and_pages_are_kept_apart(browser: Browser) -> None:
    for number in range(60):
        keep(b"Subject: number %d\r\n\r\n" % number)
    page = browser.open("/outbox")
    assert [f"number {n}" in page.text for n in (59, 10, 9)] == [True, True, False]
    assert "number 9" in page.follow("Next").text
    for number in ("0", "-3", "99", "x", "9" * 30, "1e3", ""):
        browser.open(f"/outbox?page={number}")


def test_with_a_mail_server_there_is_nothing_here(browser: Browser, key: str) -> None:
    settle(smtp_url="smtp://localhost:2525", demo=True)
    signed_in(browser)
    for path in all_of(key):
        assert browser.client.get(path).status_code == 404


def test_from_another_machine_there_is_nothing_here(browser: Browser, key: str) -> None:
    for path in all_of(key):
        assert browser.client.get(path, environ_overrides=ELSEWHERE).status_code == 404
        assert browser.client.get(path).status_code == 200


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_this_machine_has_several_addresses(browser: Browser, key: str, address: str) -> None:
    assert browser.client.get("/outbox", environ_overrides={"REMOTE_ADDR": address}).status_code == 200


@pytest.mark.parametrize("header", ["Forwarded", "X-Forwarded-For", "X-Real-IP"])
def test_behind_a_proxy_nobody_told_us_about_there_is_nothing(browser: Browser, key: str, header: str) -> None:
    for path in all_of(key):
        assert browser.client.get(path, headers={header: "203.0.113.9"}).status_code == 404


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "evil.example:80", "[::1", "", "0.0.0.0"])
def test_a_name_we_do_not_go_by_opens_nothing(browser: Browser, key: str, host: str) -> None:
    for path in all_of(key):
        assert browser.client.get(path, headers={"Host": host}).status_code in {400, 404}


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:8000", "[::1]:8000"])
def test_the_names_of_this_machine_open_it(browser: Browser, key: str, host: str) -> None:
    assert browser.client.get("/outbox", headers={"Host": host}).status_code == 200


def test_the_desk_may_look_from_anywhere_past_both_factors(browser: Browser, key: str) -> None:
    recruiter = signed_in(browser, role="viewer")
    assert browser.client.get("/outbox", environ_overrides=ELSEWHERE).status_code == 200
    recruiter.tf_primary_method = recruiter.tf_totp_secret = None
    db.session.commit()
    assert not db.session.get_one(Recruiter, recruiter.id).has_second_factor
    assert browser.client.get("/outbox", environ_overrides=ELSEWHERE).status_code == 404
    settle(demo=True)
    assert browser.client.get("/outbox", environ_overrides=ELSEWHERE).status_code == 200


def test_a_members_session_opens_nothing(browser: Browser, key: str) -> None:
    as_member(browser, factories.member())
    assert browser.client.get("/outbox", environ_overrides=ELSEWHERE).status_code == 404


@pytest.mark.parametrize(
    "name",
    ["1.M1P1Q1.nowhere", "..", "%2e%2e", "..%2Fsecret_key", "new", "x" * 3000, "1.M1P1Q1.a%00", "1.M1P1Q1.%2Fetc"],
)
def test_a_mail_nobody_kept_is_not_found(browser: Browser, key: str, name: str) -> None:
    for path in (f"/outbox/{name}", f"/outbox/{name}/html"):
        assert browser.client.get(path).status_code == 404, path


def test_the_html_is_framed_without_any_power(browser: Browser, key: str) -> None:
    page = browser.open(f"/outbox/{key}")
    frame = next(e for e in page.tree.iter() if e.tag.endswith("iframe"))
    assert frame.get("sandbox") == "allow-popups allow-popups-to-escape-sandbox"
    response = browser.client.get(frame.get("src") or "")
    rules = dict(rule.strip().partition(" ")[::2] for rule in response.headers["Content-Security-Policy"].split(";"))
    assert (rules["default-src"], rules["script-src"], rules["base-uri"]) == ("'none'",) * 3
    assert (rules["frame-ancestors"], rules["sandbox"]) == ("'self'", frame.get("sandbox"))
    assert not {"form-action", "connect-src", "frame-src", "object-src"} & set(rules)
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert (response.mimetype, '<base target="_blank">' in response.text) == ("text/html", True)


def test_a_mail_without_html_has_no_frame(browser: Browser) -> None:
    key = keep(b"Subject: plain\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nOnly <b>words</b>\r\n")
    page = browser.open(f"/outbox/{key}")
    assert ("<iframe" in page.html, "Only <b>words</b>" in page.text) == (False, True)
    assert browser.client.get(f"/outbox/{key}/html").status_code == 404


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\r\n",
        b"\x00\xff\xfe\x80" * 50,
        b"Subject: =?utf-8?b?////?= =?x-none?q?=FF?=\r\nTo: <<>>, a@@b\r\nDate: never\r\n\r\nhello \x00 \x0b \xff",
        b"Subject: <script>alert(1)</script>\r\n\r\n<script>alert(2)</script>",
        b"Subject: \xe2\x80\xae txet\r\nX-\x01: a\r\n\r\n",
        b"Content-Type: multipart/alternative; boundary=x\r\n\r\n--x\r\nContent-Type: text/html\r\n\r\n<p>cut",
        b"Content-Type: multipart/mixed\r\n\r\nno boundary",
        b"Content-Type: text/html; charset=nonsense\r\nContent-Transfer-Encoding: base64\r\n\r\n***",
        b"Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\ninner",
        HTML % (b"x" * 5000, b"<plaintext><script>alert(1)</script>" * 200),
    ],
    ids=range(11),
)
def test_whatever_lies_there_is_shown_as_text(browser: Browser, raw: bytes) -> None:
    key = keep(raw)
    browser.open("/outbox")
    page = browser.open(f"/outbox/{key}")
    assert "alert(" not in "".join(e.text or "" for e in page.tree.iter() if e.tag.endswith("script"))
    assert browser.client.get(f"/outbox/{key}/html").status_code in {200, 404}


def test_looking_changes_nothing(browser: Browser, key: str) -> None:
    folder = config.current().outbox
    kept, before = sorted(folder.rglob("*")), everything()
    for path in all_of(key):
        for method in ("GET", "HEAD", "POST", "DELETE"):
            assert browser.client.open(path, method=method).status_code in {200, 405}
    assert (sorted(folder.rglob("*")), everything()) == (kept, before)
