"""Measured links and the pixel: a link always leads on, and what is kept ends with the member's agreement."""

import re
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from werkzeug.test import TestResponse

from portal import clock
from portal.extensions import db
from portal.models import Delivery, Hit
from portal.services.people import consents
from portal.services.people.consents import Circumstances
from portal.services.sending import numbered_links
from portal.tools import links
from portal.tools.links import Purpose
from tests.pages import Browser
from tests.public.people import everything
from tests.services.sending.rows import delivery

TARGET = "https://example.org/a?b=c&d=%20#e"
BODY = f"Read [one]({TARGET}) and [two](http://example.net/x)."
KEPT = 10
SAID = Circumstances(language="en", source="preferences")
GIF = re.compile(rb"GIF89a\x01\x00\x01\x00.*;", re.DOTALL)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A mail client: it keeps no cookies and follows nothing."""
    return app.test_client(use_cookies=False)


@pytest.fixture
def row(app: Flask) -> Delivery:
    return mailed()


def mailed(**values: object) -> Delivery:
    """A delivery whose mail went out in the measured form, to a member who agreed."""
    now = clock.now()
    row = delivery(**{"state": "sent", "measured_at": now, "settled_at": now, "due_at": None, **values})
    row.newsletter.body = BODY
    assert row.member
    consents.agree(row.member, "measuring", "You may see what I read.", said=SAID)
    numbered_links.write(row.newsletter)
    db.session.commit()
    return row


def link(row: Delivery, number: object = 0) -> str:
    return f"/l/{links.sign(Purpose.CLICK, str(row.id))}/{number}"


def pixel(row: Delivery) -> str:
    return f"/o/{links.sign(Purpose.PIXEL, str(row.id))}.gif"


def get(client: FlaskClient, path: str, **options: object) -> TestResponse:
    """Ask as a mail client does, and forget what the view did not commit."""
    response = client.open(path, **{"method": "GET", **options})
    db.session.rollback()
    db.session.expire_all()
    return response


def kept() -> list[tuple[int, str, int | None]]:
    rows = select(Hit.delivery_id, Hit.kind, Hit.number).order_by(Hit.id)
    return [tuple(each) for each in db.session.execute(rows)]


def test_a_link_leads_where_it_led_and_the_click_is_kept(client: FlaskClient, row: Delivery) -> None:
    answers = [get(client, link(row, number)) for number in (0, 1)]
    assert [(a.status_code, a.headers["Location"]) for a in answers] == [(302, TARGET), (302, "http://example.net/x")]
    assert kept() == [(row.id, "click", 0), (row.id, "click", 1)]
    assert (row.clicked_at is not None, row.opened_at) == (True, None)


def test_the_pixel_is_a_picture_of_one_point_and_the_opening_is_kept(client: FlaskClient, row: Delivery) -> None:
    answer = get(client, pixel(row))
    assert (answer.status_code, answer.mimetype, bool(GIF.fullmatch(answer.data))) == (200, "image/gif", True)
    assert kept() == [(row.id, "open", None)]
    assert (row.opened_at is not None, row.clicked_at) == (True, None)


def test_nothing_but_what_was_fetched_and_when_is_kept(row: Delivery) -> None:
    assert set(Hit.__table__.columns.keys()) == {"id", "delivery_id", "kind", "number", "hit_at"}


@pytest.mark.parametrize("path", [link, pixel])
def test_no_cookie_no_copy_no_referrer(client: FlaskClient, row: Delivery, path: Callable[[Delivery], str]) -> None:
    for asked in (path(row), re.sub(r"^(/./).*(/0|\.gif)$", r"\1nonsense\2", path(row))):
        answer = get(client, asked)
        assert (answer.headers["Cache-Control"], answer.headers["Referrer-Policy"]) == ("no-store", "no-referrer")
        assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(("method", "status"), [("HEAD", None), ("OPTIONS", 200), ("POST", 405), ("PUT", 405)])
def test_only_a_get_is_kept(client: FlaskClient, row: Delivery, method: str, status: int | None) -> None:
    before = everything()
    answers = [get(client, path, method=method) for path in (link(row), pixel(row))]
    assert [a.status_code for a in answers] == ([status] * 2 if status else [302, 200])
    assert everything() == before


def test_whoever_asks_not_to_be_watched_is_led_on_unseen(client: FlaskClient, row: Delivery) -> None:
    before = everything()
    answers = [get(client, path, headers={"Sec-GPC": "1"}) for path in (link(row), pixel(row))]
    assert [(a.status_code, a.headers.get("Location")) for a in answers] == [(302, TARGET), (200, None)]
    assert everything() == before


def _withdrawn(row: Delivery) -> None:
    assert row.member
    consents.withdraw(row.member, "measuring", "You may see what I read.", said=SAID)


def _erased(row: Delivery) -> None:
    assert row.member
    row.member.erased_at = clock.now()


def _detached(row: Delivery) -> None:
    row.member = row.membership = None


def _never_measured(row: Delivery) -> None:
    row.measured_at = None


@pytest.mark.parametrize("change", [_withdrawn, _erased, _detached, _never_measured])
def test_without_agreement_nothing_is_kept_and_the_link_leads_on(
    client: FlaskClient, row: Delivery, change: Callable[[Delivery], None]
) -> None:
    change(row)
    db.session.commit()
    before = everything()
    answers = [get(client, path) for path in (link(row), pixel(row))]
    assert [(a.status_code, a.headers.get("Location")) for a in answers] == [(302, TARGET), (200, None)]
    assert everything() == before


def test_the_last_word_counts(client: FlaskClient, row: Delivery) -> None:
    _withdrawn(row)
    assert row.member
    consents.agree(row.member, "measuring", "You may see what I read.", said=SAID)
    db.session.commit()
    get(client, pixel(row))
    assert kept() == [(row.id, "open", None)]


def test_another_members_agreement_is_not_mine(client: FlaskClient, row: Delivery) -> None:
    other = mailed()
    _withdrawn(row)
    db.session.commit()
    for each in (row, other):
        get(client, pixel(each))
    assert kept() == [(other.id, "open", None)]


def test_the_first_time_stays(client: FlaskClient, row: Delivery) -> None:
    with time_machine.travel(clock.now() + timedelta(hours=1), tick=False):
        first = clock.now()
        for path in (link(row), pixel(row)):
            get(client, path)
    with time_machine.travel(first + timedelta(days=1)):
        for path in (link(row), pixel(row)):
            get(client, path)
    assert (row.opened_at, row.clicked_at, len(kept())) == (first, first, 4)


def test_one_token_fills_no_disk(client: FlaskClient, row: Delivery) -> None:
    for _ in range(KEPT + 5):
        answers = [get(client, path).status_code for path in (link(row), pixel(row))]
        assert answers == [302, 200]
    assert (len(kept()), len(set(kept()))) == (2 * KEPT, 2)
    get(client, link(row, 1))
    assert kept()[-1] == (row.id, "click", 1)


def test_hits_at_the_same_moment_are_counted_right(app: Flask, row: Delivery) -> None:
    path, begin = pixel(row), threading.Barrier(8)

    def ask() -> None:
        with app.test_client(use_cookies=False) as client:
            begin.wait()
            for _ in range(4):
                assert client.get(path).status_code == 200

    db.session.rollback()
    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert kept() == [(row.id, "open", None)] * KEPT


@pytest.mark.parametrize("number", [2, 999999, "9" * 30, -1, "x", "٣", "0.5", "00000000"])
def test_an_unknown_number_is_explained_with_the_way_to_the_newsletter(
    browser: Browser, row: Delivery, number: object
) -> None:
    row.newsletter.published_at = clock.now()
    db.session.commit()
    page = browser.open(link(row, number), status=404)
    assert page.h1 == "This link doesn’t work"
    assert page.follow("Read the newsletter").h1 == row.newsletter.title
    assert kept() == []


@pytest.mark.parametrize(("published", "state"), [(False, "open"), (True, "private")])
def test_what_not_everybody_may_read_is_not_pointed_at(
    browser: Browser, row: Delivery, published: bool, state: str
) -> None:
    row.newsletter.published_at = clock.now() if published else None
    row.newsletter.community.state = state
    db.session.commit()
    page = browser.open(link(row, 7), status=404)
    assert not [href for href in page.links if row.newsletter.slug in href]
    page.follow("See our communities")


def test_a_token_of_another_purpose_or_changed_opens_nothing(browser: Browser, row: Delivery) -> None:
    good = links.sign(Purpose.CLICK, str(row.id))
    others = [links.sign(purpose, str(row.id)) for purpose in Purpose if purpose is not Purpose.CLICK]
    changed = [good[:-1], good[:-1] + ("A" if good[-1] != "A" else "B"), f"1{good}", "x", "%00", "é" * 5, "a" * 5000]
    others += [pixel(row).removeprefix("/o/").removesuffix(".gif")]
    nobody = links.sign(Purpose.CLICK, str(2**63 - 1)), links.sign(Purpose.CLICK, "x"), links.sign(Purpose.CLICK, "1-2")
    for token in (*others, *changed, *nobody):
        page = browser.open(f"/l/{token}/0", status=404)
        assert page.h1 == "This link doesn’t work"
    assert kept() == []


def test_the_picture_comes_whatever_the_token(client: FlaskClient, row: Delivery) -> None:
    before = everything()
    others = [links.sign(purpose, str(row.id)) for purpose in Purpose if purpose is not Purpose.PIXEL]
    others += [link(row).split("/")[2]]
    for token in (*others, links.sign(Purpose.PIXEL, str(2**63 - 1)), "x", "%00", "é", "a" * 5000, "a.gif", "."):
        answer = get(client, f"/o/{token}.gif")
        assert (answer.status_code, bool(GIF.fullmatch(answer.data))) == (200, True), token
    assert everything() == before


def test_no_address_leads_anywhere_but_to_what_is_stored(client: FlaskClient, row: Delivery) -> None:
    for query in ("?url=https://evil.example", "?next=//evil.example", "//evil.example", "/https://evil.example"):
        answer = get(client, link(row) + query)
        assert answer.headers.get("Location", TARGET) == TARGET


def test_nobody_waits_because_we_cannot_count(client: FlaskClient, row: Delivery) -> None:
    db.session.execute(text("ALTER TABLE hits RENAME TO hits_away"))
    db.session.commit()
    try:
        answers = [get(client, path) for path in (link(row), pixel(row))]
    finally:
        db.session.execute(text("ALTER TABLE hits_away RENAME TO hits"))
        db.session.commit()
    assert [(a.status_code, a.headers.get("Location")) for a in answers] == [(302, TARGET), (200, None)]


@pytest.mark.parametrize(("path", "evidence"), [(link, "clicked"), (pixel, "opened")])
@pytest.mark.parametrize("state", ["in_doubt", "pending"])
def test_a_mail_that_was_read_has_arrived(
    client: FlaskClient, app: Flask, path: Callable[[Delivery], str], evidence: str, state: str
) -> None:
    row = mailed(state=state, reason="line_lost", reply="", due_at=clock.now())
    get(client, path(row))
    assert (row.state, row.reason, row.reply, row.due_at) == ("sent", "", evidence, None)


@pytest.mark.parametrize("state", ["failed", "excluded", "sent", "handed_over"])
def test_reading_unsettles_nothing(client: FlaskClient, app: Flask, state: str) -> None:
    row = mailed(state=state, reason="", reply="250 taken")
    get(client, pixel(row))
    assert (row.state, row.reply) == (state, "250 taken")


def test_a_withdrawal_is_no_evidence(client: FlaskClient, app: Flask) -> None:
    row = mailed(state="in_doubt", reason="line_lost")
    _withdrawn(row)
    db.session.commit()
    get(client, link(row))
    assert row.state == "in_doubt"
