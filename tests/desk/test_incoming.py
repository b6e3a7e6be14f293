"""Mail that nobody understood waits for somebody at the desk, who reads it as plain text and decides."""

from datetime import timedelta

import pytest

from portal import clock
from portal.extensions import db
from portal.models import Incoming
from tests import factories
from tests.desk.people import signed_in
from tests.pages import Browser

PATH = "/desk/incoming/"
HTML = (
    b"From: Zoe <zoe@example.net>\r\nTo: talent@northwind.example\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n"
    b"Content-Type: text/html; charset=utf-8\r\n\r\n"
    b'<h1>Hello</h1><script>alert(1)</script><img src="https://tracker.example/x.gif"><a href="//evil.example">\r\n'
)


def _again(row: Incoming) -> Incoming:
    db.session.rollback()
    return db.session.get_one(Incoming, row.id, populate_existing=True)


def test_an_empty_room_says_what_will_stand_there(browser: Browser) -> None:
    factories.incoming(kind="hard")
    factories.incoming(dismissed_at=clock.now())
    signed_in(browser, role="publisher")
    assert "Everything was understood" in browser.open("/desk/settings/").follow("Mail we did not understand").text
    assert "did not understand" not in browser.open("/desk/").text


def test_home_leads_publishers_to_what_waits(browser: Browser) -> None:
    now = clock.now()
    factories.incoming(subject="Older", received_at=now - timedelta(days=1))
    factories.incoming(subject="", kind="hard", failed_at=now, sender="", envelope_sender="mx@example.net", way="imap")
    signed_in(browser, role="publisher")
    page = browser.open("/desk/").follow("2 mails that we did not understand")
    assert page.text.index("(no subject)") < page.text.index("Older")
    for words in ("mx@example.net", "by mail, from a mailbox", "Could not be worked on", "Not understood"):
        assert words in page.text


@pytest.mark.parametrize("role", ["viewer", "recruiter"])
def test_others_are_not_shown_strangers_mail(browser: Browser, role: str) -> None:
    row = factories.incoming()
    signed_in(browser, role=role)
    assert "did not understand" not in browser.open("/desk/").text
    assert "did not understand" not in browser.open("/desk/settings/").text
    token = browser.open("/desk/settings/").values("Keep this name")["csrf_token"]
    for path in (PATH, f"{PATH}{row.id}", f"{PATH}{row.id}/raw"):
        browser.open(path, status=403)
    for act in ("again", "dismiss"):
        browser.post(f"{PATH}{row.id}/{act}", {"csrf_token": token}, status=403)


def test_a_mail_is_only_ever_plain_text(browser: Browser) -> None:
    row = factories.incoming(raw=HTML, subject="Grüße", envelope_recipient="talent@northwind.example")
    signed_in(browser, role="publisher")
    page = browser.open(PATH).follow("Grüße")
    assert (page.h1, "Hello" in page.text, "Zoe <zoe@example.net>" in page.text) == ("Grüße", True, True)
    assert [words in page.html for words in ("alert(1)", "tracker.example", "evil.example")] == [False] * 3
    assert f"{PATH}{row.id}/raw" not in page.links
    browser.open(f"{PATH}{row.id}/raw", status=403)


@pytest.mark.parametrize(
    ("way", "raw", "words"),
    [
        ("smtp", b"\x00\xff\xfe", "It has no words."),
        ("smtp", b"Subject: x\n\n" + b"word " * 9000, "Its beginning is shown."),
        ("ses", b'{"eventType": "Odd <b>thing</b>"}', '{"eventType": "Odd <b>thing</b>"}'),
        ("smtp", b"Subject: a\n\n\x1b[31mred\x08\x00", "[31mred"),
    ],
)
def test_anything_can_be_looked_at(browser: Browser, way: str, raw: bytes, words: str) -> None:
    row = factories.incoming(way=way, raw=raw)
    signed_in(browser, role="publisher")
    page = browser.open(f"{PATH}{row.id}")
    assert words in page.text or raw == b"\x00\xff\xfe"
    assert len(page.html) < 40_000


def test_owners_get_every_byte_as_a_file(browser: Browser) -> None:
    row, event = factories.incoming(raw=HTML), factories.incoming(way="ses", raw=b"{}")
    signed_in(browser, role="owner")
    answer = browser.client.get(f"{PATH}{row.id}/raw")
    assert (answer.data, answer.mimetype) == (HTML, "message/rfc822")
    assert answer.headers["Content-Disposition"] == f"attachment; filename=incoming-{row.id}.eml"
    assert (answer.headers["Cache-Control"], answer.headers["X-Content-Type-Options"]) == ("no-store", "nosniff")
    answer = browser.client.get(f"{PATH}{event.id}/raw")
    assert answer.headers["Content-Disposition"] == f"attachment; filename=incoming-{event.id}.txt"


def test_it_is_worked_on_again(browser: Browser) -> None:
    row = factories.incoming(failed_at=clock.now(), tries=5, worked_at=None)
    signed_in(browser, role="publisher")
    page = browser.open(f"{PATH}{row.id}").press("Try again")
    assert "It is worked on again now." in page.text
    row = _again(row)
    assert (row.due_at is not None, row.failed_at, row.tries) == (True, None, 0)
    assert "Being worked on" in browser.open(f"{PATH}{row.id}").text


def test_it_is_put_aside_once(browser: Browser) -> None:
    row = factories.incoming()
    signed_in(browser, role="publisher")
    page = browser.open(f"{PATH}{row.id}")
    assert "Everything was understood" in page.press("Dismiss").text
    first = _again(row).dismissed_at
    page.press("Dismiss")
    assert (first is not None, _again(row).dismissed_at) == (True, first)
    assert "Put aside" in browser.open(f"{PATH}{row.id}").text


def test_a_long_list_comes_in_pages_and_odd_addresses_are_not_found(browser: Browser) -> None:
    for _ in range(51):
        factories.incoming()
    signed_in(browser)
    assert "51 to 51 of 51" in browser.open(PATH).follow("Next").text
    browser.open(f"{PATH}?page=x")
    browser.open(f"{PATH}?page=99")
    for key in (999, 2**70):
        browser.open(f"{PATH}{key}", status=404)
        browser.open(f"{PATH}{key}/raw", status=404)
