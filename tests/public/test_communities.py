"""Visitors see what is open, and join with one form that answers everyone alike."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import event, func, select

from portal import clock
from portal.extensions import db
from portal.models import Community, Consent, Join, Letter, Member
from portal.services.people import joins
from portal.tools import links
from tests import factories
from tests.pages import Browser, Page

ANSWERS = {"email": "amara@example.org", "interests": ["motion"], "consent_mail": "y"}
HOSTILE = [
    "amara",
    "amara@",
    "amara@example.org\r\nBcc: all@example.org",
    "Amara <amara@example.org>",
    "a@example.org, b@example.org",
    "amara\x00@example.org",
    "a" * 5000 + "@example.org",
    "‮amara@example.org",
    "",
]


@pytest.fixture
def community(app: Flask) -> Community:
    row = factories.community(slug="robotics", name="Robotics software", summary="Motion planning and more.")
    db.session.commit()
    return row


def the_join() -> Join:
    return db.session.execute(select(Join).order_by(Join.id.desc()).limit(1)).scalar_one()


def count(model: type) -> int:
    return db.session.execute(select(func.count()).select_from(model)).scalar_one()


def test_home_shows_open_communities_and_hides_the_others(browser: Browser) -> None:
    for name, state in (("Software", "open"), ("Secret", "private"), ("Finished", "closed")):
        factories.community(name=name, state=state)
    db.session.commit()
    page = browser.open("/")
    assert [name in page.text for name in ("Software", "Secret", "Finished")] == [True, False, False]


def test_home_without_communities_says_what_will_be_here(browser: Browser) -> None:
    assert "No community is open yet" in browser.open("/").text


def test_a_community_shows_its_true_cadence_and_latest_newsletters(browser: Browser, community: Community) -> None:
    for days in (3, 40, 500):
        published_at = clock.now() - timedelta(days=days)
        factories.newsletter(at=community, title=f"{days} days ago", slug=f"d{days}", published_at=published_at)
    db.session.commit()
    page = browser.open("/c/robotics")
    assert (page.h1, "Once a month is what we plan to write" in page.text) == ("Robotics software", True)
    assert "2 newsletters in the last 12 months" in page.text
    assert {"/c/robotics/newsletters/d3", "/c/robotics/newsletters", "/c/robotics/feed.atom"} <= set(page.links)


def test_a_closed_community_is_read_but_not_joined(browser: Browser, community: Community) -> None:
    community.state = "closed"
    db.session.commit()
    page = browser.open("/c/robotics")
    assert ("Closed to new people for now" in page.text, "Join the community" in page.text) == (True, False)


def test_a_private_community_shows_neither_story_nor_form(browser: Browser, community: Community) -> None:
    community.state, community.about = "private", "Inside words."
    factories.newsletter(at=community, title="Inside news", published_at=clock.now())
    db.session.commit()
    page = browser.open("/c/robotics")
    shown = ["By invitation" in page.text, "Inside" in page.text, "Join the community" in page.text]
    assert shown == [True, False, False]


@pytest.mark.parametrize("slug", ["nowhere", "%00", "%ff", "x" * 2000])
def test_an_unknown_community_is_not_found(browser: Browser, slug: str) -> None:
    browser.open(f"/c/{slug}", status=404)


def test_joining_holds_the_answers_and_sends_to_the_mailbox(browser: Browser, community: Community) -> None:
    page = browser.open("/c/robotics").press("Join the community", name="Amara", frequency="quarterly", **ANSWERS)
    assert (page.h1, "amara@example.org" in page.text) == ("Check your email", True)
    join = the_join()
    sentence = "Northwind Robotics may email me the Robotics software newsletters. I can stop at any time."
    assert join.answers == {
        "name": "Amara",
        "interests": ["motion"],
        "frequency": "quarterly",
        "consents": {"mail": sentence},
    }
    assert (join.ip_prefix, join.page, count(Member)) == ("127.0.0.0/24", "http://localhost/c/robotics", 0)


def test_every_box_is_unticked(browser: Browser, community: Community) -> None:
    assert re.search(r"<input[^>]*name=\"consent_[^>]*checked", browser.open("/c/robotics").html) is None


def test_with_neither_mail_nor_matching_it_says_what_each_does_and_asks_again(
    browser: Browser, community: Community
) -> None:
    page = browser.open("/c/robotics").press(
        "Join the community", status=422, **{**ANSWERS, "consent_mail": None}, consent_measuring="y"
    )
    assert ("With the first box we send you the newsletters" in page.text, count(Join)) == (True, 0)
    assert 'value="amara@example.org"' in page.html


def test_matching_alone_is_enough(browser: Browser, community: Community) -> None:
    browser.open("/c/robotics").press("Join the community", **{**ANSWERS, "consent_mail": None}, consent_matching="y")
    assert list(the_join().answers["consents"]) == ["matching"]


@pytest.mark.parametrize("email", HOSTILE)
def test_an_address_nothing_reaches_is_asked_for_again(browser: Browser, community: Community, email: str) -> None:
    page = browser.open("/c/robotics").press("Join the community", status=422, **{**ANSWERS, "email": email})
    assert (count(Join), "Error:" in page.title) == (0, True)


def test_a_name_that_could_break_a_header_is_refused(browser: Browser, community: Community) -> None:
    page = browser.open("/c/robotics").press(
        "Join the community", status=422, name="A\r\nBcc: b@example.org", **ANSWERS
    )
    assert ("control characters" in page.text, count(Join)) == (True, 0)


def test_interests_and_frequencies_nobody_offers(browser: Browser, community: Community) -> None:
    form = browser.open("/c/robotics")
    page = form.press("Join the community", status=422, **{**ANSWERS, "frequency": "hourly"})
    page.press("Join the community", **{**ANSWERS, "interests": ["motion", "gossip", "motion"], "frequency": "monthly"})
    assert the_join().answers["interests"] == ["motion"]


def test_a_cached_page_works_without_cookies(app: Flask, browser: Browser, community: Community) -> None:
    response = app.test_client().get("/c/robotics")
    assert "Set-Cookie" not in response.headers
    cached = Page(Browser(app), "/c/robotics", 200, response.text, {})
    cached.browser.client = app.test_client(use_cookies=False)
    assert cached.press("Join the community", **ANSWERS).h1 == "Check your email"


def test_a_stale_form_comes_back_filled_in_and_works_then(browser: Browser, community: Community) -> None:
    form = browser.open("/c/robotics")
    with time_machine.travel(clock.now() + timedelta(hours=25)):
        page = form.press("Join the community", status=422, name="Amara", **ANSWERS)
        assert "This page was open for too long" in page.text
        assert page.press("Join the community").h1 == "Check your email"
    assert (the_join().answers["name"], the_join().answers["interests"]) == ("Amara", ["motion"])


@pytest.mark.parametrize("token", ["", "nonsense", "1.en.x.y.z", "\x00", "ü" * 400])
def test_a_form_without_our_token_is_asked_for_again(app: Flask, community: Community, token: str) -> None:
    response = app.test_client().post("/c/robotics/join", data={**ANSWERS, "form_token": token})
    assert (response.status_code, count(Join)) == (422, 0)


def test_changed_sentences_are_shown_before_anyone_agrees_to_them(browser: Browser, community: Community) -> None:
    form = browser.open("/c/robotics")
    community.name = "Robots"
    db.session.commit()
    page = form.press("Join the community", status=422, **ANSWERS)
    assert (count(Join), "may email me the Robots newsletters" in page.text) == (0, True)


def test_closing_while_someone_fills_in_the_form_says_so(browser: Browser, community: Community) -> None:
    form = browser.open("/c/robotics")
    community.state = "closed"
    db.session.commit()
    page = form.press("Join the community", status=409, **ANSWERS)
    assert ("Closed to new people for now" in page.text, count(Join)) == (True, 0)


def test_many_joins_from_one_network_address_are_stopped_visibly(browser: Browser, community: Community) -> None:
    form = browser.open("/c/robotics")
    for n in range(30):
        form.press("Join the community", **{**ANSWERS, "email": f"p{n}@example.org"})
    page = form.press("Join the community", status=429, **ANSWERS)
    assert ("from your network" in page.text, 'value="amara@example.org"' in page.html, count(Join)) == (True, True, 30)


def test_the_link_is_sent_once_more_and_the_page_says_so(browser: Browser, community: Community) -> None:
    page = browser.open("/c/robotics").press("Join the community", **ANSWERS)
    again = page.press("Send the link again")
    assert ("once more" in again.text, count(Letter)) == (True, 2)
    page.press("Send the link again")
    assert count(Letter) == 2


def test_check_email_of_somebody_elses_making_is_not_found(browser: Browser, community: Community) -> None:
    browser.open("/c/robotics").press("Join the community", **ANSWERS)
    browser.open(f"/check-email/{links.sign(links.Purpose.CONFIRM, the_join().public_id)}", status=404)


def answer_to_joining(app: Flask) -> tuple[list[tuple[int, list[tuple[str, str]], str]], int]:
    """Join in a fresh browser; return status, headers and body of each answer with tokens masked, and the SQL used."""
    statements: list[Any] = []
    client = app.test_client()
    form = client.get("/c/robotics")
    token = re.search(r'name="form_token"[^>]*value="([^"]*)"', form.text)
    assert token
    listen = (db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    event.listen(*listen)
    posted = client.post("/c/robotics/join", data={**ANSWERS, "form_token": token[1]})
    event.remove(*listen)
    shown = client.get(posted.headers["Location"])
    return [seen(posted), seen(shown)], len(statements)


def seen(response: Any) -> Any:
    # A token's length varies by chance, so the length header is left to the comparison of the masked bodies.
    headers = [(name, masked(value)) for name, value in response.headers if name != "Content-Length"]
    return response.status_code, headers, masked(response.text)


def masked(text: str) -> str:
    text = re.sub(r"(/check-email/|csrf_token\"[^>]* value=\"|session=|pending=)[A-Za-z0-9_.-]+", r"\1TOKEN", text)
    return re.sub(r"Expires=[^;]+", "Expires=THEN", text)


def test_known_unknown_left_and_limited_addresses_get_the_same_answer(app: Flask, community: Community) -> None:
    with time_machine.travel(clock.now(), tick=False):
        unknown = answer_to_joining(app)
        membership = joins.confirm(the_join())
        db.session.commit()
        known = answer_to_joining(app)
        membership.end(clock.now())
        for kind in ("bounced", "complained"):
            factories.suppression(of=membership.member, kind=kind)
        db.session.commit()
        left, limited = answer_to_joining(app), answer_to_joining(app)
    assert unknown == known
    assert left == known
    assert limited == known
    assert db.session.execute(select(func.count(Letter.id)).where(Letter.dropped_at.is_not(None))).scalar_one() == 1


def test_confirmed_receipts_carry_the_sentence_that_was_shown(browser: Browser, community: Community) -> None:
    page = browser.open("/c/robotics")
    page.press("Join the community", **ANSWERS, consent_matching="y", consent_measuring="y")
    joins.confirm(the_join())
    shown = [receipt.wording in page.text for receipt in db.session.execute(select(Consent)).scalars()]
    assert shown == [True, True, True]


def test_published_addresses_and_naughty_strings_never_break_the_form(
    app: Flask, community: Community, shared_data: Path
) -> None:
    nasty = shared_data / "nasty"
    strings = [str(s) for s in json.loads((nasty / "naughty-strings.json").read_text(encoding="utf-8"))]
    for name in ("isemail", "made", "validator"):
        strings += re.findall(
            r'"(?:address|email|input)": "((?:[^"\\]|\\.)*)"',
            (nasty / f"email-addresses-{name}.json").read_text(encoding="utf-8"),
        )
    client = app.test_client()
    token = re.search(r'name="form_token"[^>]*value="([^"]*)"', client.get("/c/robotics").text)
    assert token
    found = set()
    for string in strings:
        answers = {"form_token": token[1], "consent_mail": "y", "name": string, "interests": string, "email": string}
        found.add(client.post("/c/robotics/join", data=answers).status_code)
        answers.update(email="amara@example.org", frequency=string)
        found.add(client.post("/c/robotics/join", data=answers).status_code)
    assert found <= {303, 422, 429}
