"""The figures of an open page: those of the account, cheap, 304 while nothing changed, and no sign of life."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from portal import clock
from portal.extensions import db
from portal.models import Newsletter
from portal.services.sending import schedule
from tests import factories
from tests.desk.newsletters.rows import again, draft
from tests.desk.people import signed_in
from tests.pages import Browser
from tests.services.sending.outcomes import add


def test_the_page_tells_how_it_goes(browser: Browser) -> None:
    newsletter = _going()
    signed_in(browser)
    page = browser.open(f"/desk/newsletters/{newsletter.id}")
    assert "240 of 1,000 are through (24 %). About 240 mails a minute lately; about 3 minutes to go." in page.text
    assert "41 people wait for a later moment" in page.text
    assert (
        "1,000 planned = 230 sent + 760 waiting + 8 failed + 0 in doubt + 2 left out. Nobody is missing." in page.text
    )
    assert "No such address" in page.text and "Mailbox full" in page.text
    assert page.follow("Look again").path == page.path


def test_the_figures_agree_with_the_account_on_the_page(browser: Browser) -> None:
    newsletter = _going()
    signed_in(browser)
    page, told = browser.open(f"/desk/newsletters/{newsletter.id}"), _ask(browser, newsletter)
    assert _squeezed(told.json["figures"]) in _squeezed(page.html)
    assert told.json["said"] == "230 of 1,000 sent. About 3 minutes to go."
    assert told.json["turn"] == "sending" and 'data-turn="sending"' in page.html
    assert told.headers["Cache-Control"] == "no-store"


def test_what_has_not_changed_is_not_sent_again(browser: Browser) -> None:
    newsletter = _going()
    signed_in(browser)
    first = _ask(browser, newsletter)
    second = _ask(browser, newsletter, seen=first.headers["ETag"])
    assert (second.status_code, second.data, second.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert second.headers["Cache-Control"] == "no-store"
    with time_machine.travel(clock.now() + timedelta(seconds=3), tick=False):
        schedule.hold(again(newsletter), reason="person")
        db.session.commit()
        third = _ask(browser, newsletter, seen=first.headers["ETag"])
    assert (third.status_code, third.json["turn"][:5]) == (200, "held-")


def test_every_turn_has_its_word(browser: Browser) -> None:
    newsletter = draft(send_at=clock.now() - timedelta(seconds=1))
    signed_in(browser)
    turns = [_turn(browser, newsletter)]
    assert "data-look" in browser.open(f"/desk/newsletters/{newsletter.id}").html
    newsletter.addressed_at, newsletter.planned = clock.now(), 0
    add(newsletter, "pending")
    turns.append(_turn(browser, newsletter))
    newsletter.cancelled_at = clock.now()
    turns.append(_turn(browser, newsletter))
    newsletter.cancelled_at, newsletter.sent_at = None, clock.now()
    turns.append(_turn(browser, newsletter))
    assert turns == ["scheduled", "sending", "cancelled", "sent"]
    assert "data-look" not in browser.open(f"/desk/newsletters/{newsletter.id}").html


def test_a_page_that_will_not_change_by_itself_asks_nothing(browser: Browser) -> None:
    signed_in(browser)
    for values in ({}, {"send_at": clock.now() + timedelta(days=1)}):
        newsletter = draft(factories.community(), **values)
        db.session.commit()
        page = browser.open(f"/desk/newsletters/{newsletter.id}")
        assert "newsletters_progress" not in page.html and "data-look" not in page.html


def test_where_nothing_leaves_the_page_says_what_to_look_at(browser: Browser) -> None:
    newsletter = draft(addressed_at=clock.now() - timedelta(minutes=5), send_at=clock.now(), planned=0)
    add(newsletter, "pending", count=3)
    db.session.commit()
    signed_in(browser)
    assert "No mail has left for a minute or more" in browser.open(f"/desk/newsletters/{newsletter.id}").text
    newsletter.addressed_at = clock.now()
    db.session.commit()
    assert "It has just begun" in browser.open(f"/desk/newsletters/{newsletter.id}").text


def test_a_page_that_asks_by_itself_keeps_nobody_signed_in(browser: Browser) -> None:
    newsletter, now = _going(), clock.now()
    signed_in(browser)
    for minutes in range(0, 33, 2):
        with time_machine.travel(now + timedelta(minutes=minutes), tick=False):
            status = _ask(browser, newsletter).status_code
    assert status == 303
    with time_machine.travel(now + timedelta(minutes=33), tick=False):
        assert browser.open(f"/desk/newsletters/{newsletter.id}").h1 == "Sign in to the desk"


def test_somebody_who_looks_stays_signed_in(browser: Browser) -> None:
    newsletter = _going()
    signed_in(browser)
    now = clock.now()
    for minutes in range(0, 60, 20):
        with time_machine.travel(now + timedelta(minutes=minutes), tick=False):
            assert browser.open(f"/desk/newsletters/{newsletter.id}").h1 == "Cucumbers roll"


def test_figures_are_for_the_desk_alone(browser: Browser) -> None:
    newsletter = _going()
    assert _ask(browser, newsletter).status_code == 303
    signed_in(browser, role="viewer")
    assert _ask(browser, newsletter).status_code == 200
    browser.open("/desk/newsletters/999/progress", status=404)


def test_too_many_addresses_that_do_not_exist_are_told_with_their_people(browser: Browser) -> None:
    newsletter = draft(addressed_at=clock.now(), send_at=clock.now(), planned=0)
    add(newsletter, "failed", "no_mailbox", ago=90, member_id=factories.member(name="Before").id)
    newsletter.released_at = clock.now() - timedelta(seconds=60)
    add(newsletter, "sent", count=389, ago=30)
    for number in range(23):
        add(newsletter, "failed", "no_mailbox", ago=20, member_id=factories.member(name=f"Person {number}").id)
    newsletter.hold(clock.now() - timedelta(seconds=10), reason="addresses")
    add(newsletter, "failed", "no_mailbox", ago=5, member_id=factories.member(name="On the way already").id)
    add(newsletter, "pending", count=100)
    db.session.commit()
    signed_in(browser)
    page = browser.open(f"/desk/newsletters/{newsletter.id}")
    assert "23 of 412 addresses do not exist: 5.6 %. Look at where these addresses come from before" in page.text
    people = page.follow("See these 23 people")
    assert (people.h1, people.text.count("Person ")) == ("23 people: No such address", 23)
    assert "Counted since it was last let go on." in people.text
    assert page.follow("25 people: No such address").text.count("Someone") == 0
    gone_on = page.press("Let it go on")
    assert "addresses do not exist" not in gone_on.text
    assert again(newsletter).released_at and not again(newsletter).held_at
    assert "waits for your word" not in browser.open("/desk/").text


def test_answers_that_came_in_since_do_not_contradict_the_hold(browser: Browser) -> None:
    newsletter = draft(addressed_at=clock.now(), send_at=clock.now(), planned=0)
    add(newsletter, "sent", count=289, ago=30)
    add(newsletter, "failed", "no_mailbox", count=11, ago=30)
    newsletter.hold(clock.now(), reason="addresses")
    db.session.commit()
    signed_in(browser)
    text = browser.open(f"/desk/newsletters/{newsletter.id}").text
    assert "11 of 300 addresses do not exist: 3.7 %. It was more than 5 % when it was held;" in text


def test_home_says_why_it_waits(browser: Browser) -> None:
    newsletter = draft(addressed_at=clock.now(), send_at=clock.now(), planned=0)
    newsletter.hold(clock.now(), reason="addresses")
    signed_in(browser)
    assert "Too many of its addresses do not exist, so it waits for your word." in browser.open("/desk/").text


@pytest.mark.parametrize(("gone", "warns"), [(3, False), (4, True), (10, True)])
def test_from_two_in_a_hundred_on_the_page_warns(browser: Browser, gone: int, warns: bool) -> None:
    newsletter = draft(addressed_at=clock.now(), send_at=clock.now(), planned=0)
    add(newsletter, "sent", count=200 - gone)
    add(newsletter, "failed", "no_mailbox", count=gone)
    add(newsletter, "pending")
    db.session.commit()
    signed_in(browser)
    page = browser.open(f"/desk/newsletters/{newsletter.id}")
    assert (f"{gone} of 200 addresses do not exist" in page.text) is warns


def test_doubts_that_come_while_it_goes_lead_to_their_people(browser: Browser) -> None:
    newsletter = _going()
    add(newsletter, "in_doubt", "line_lost", member_id=factories.member(name="Gina").id)
    db.session.commit()
    signed_in(browser, role="publisher")
    page = browser.open(f"/desk/newsletters/{newsletter.id}")
    assert "1 mail is in doubt." in page.text
    assert page.follow("See whose").follow("Send again").h1 == "Send “Cucumbers roll” again to Gina?"


def _going() -> Newsletter:
    newsletter = draft(addressed_at=clock.now(), send_at=clock.now(), planned=0)
    add(newsletter, "sent", count=100, ago=62)
    add(newsletter, "sent", count=130, ago=2.5)
    add(newsletter, "failed", "no_mailbox", count=3, ago=20)
    add(newsletter, "failed", "mailbox_full", count=5, ago=20)
    add(newsletter, "excluded", "muted", count=2)
    add(newsletter, "pending", count=719)
    add(newsletter, "pending", count=41, ago=-3600)
    db.session.commit()
    return newsletter


def _ask(browser: Browser, newsletter: Newsletter, *, seen: str = "") -> Any:
    headers = {"If-None-Match": seen} if seen else {}
    answer = browser.client.get(f"/desk/newsletters/{newsletter.id}/progress", headers=headers)
    db.session.rollback()
    return answer


def _turn(browser: Browser, newsletter: Newsletter) -> str:
    db.session.commit()
    return str(_ask(browser, newsletter).json["turn"])


def _squeezed(html: str) -> str:
    return " ".join(html.split())
