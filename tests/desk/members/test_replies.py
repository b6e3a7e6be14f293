"""Replies wait on a page of their own until somebody is done with them, and stay in the person's story."""

from datetime import UTC, datetime, timedelta

import pytest

from portal import clock
from portal.extensions import db
from portal.models import Delivery, Touchpoint
from tests import factories
from tests.desk.people import signed_in
from tests.pages import Browser

PATH = "/desk/members/replies"


def _delivery(name: str = "Amara", title: str = "Cucumbers roll") -> Delivery:
    person = factories.member(name=name, email=f"{name.lower()}+jobs@example.org")
    return factories.delivery(newsletter=factories.newsletter(title=title), to=person)


def _reply(name: str = "Amara", **values: object) -> Touchpoint:
    about = _delivery(name)
    return factories.reply(of=about.member, about=about, **values)


def test_an_empty_page_says_what_will_stand_there(browser: Browser) -> None:
    signed_in(browser, role="viewer")
    assert "No reply waits" in browser.open("/desk/members").follow("Replies").text
    assert "reply waits" not in browser.open("/desk/").text


def test_home_leads_to_the_newest_first(browser: Browser) -> None:
    now = clock.now()
    _reply("Amara", happened_at=now - timedelta(days=2))
    _reply("Bo", note="Second", happened_at=now)
    _reply("Chidi", answered_at=now)
    factories.reply(of=factories.member(erased_at=now))
    signed_in(browser)
    page = browser.open("/desk/").follow("2 replies wait")
    assert "2 replies wait for one of you." in page.text
    assert page.text.index("Bo") < page.text.index("Second") < page.text.index("Amara")
    assert "Chidi" not in page.text
    assert page.follow("Cucumbers roll").h1 == "Cucumbers roll"


def test_an_answer_is_written_in_the_recruiters_own_mail_program(browser: Browser) -> None:
    about = _delivery(title="A & B?\r\nBcc: all@example.org")
    factories.reply(of=about.member, about=about)
    factories.reply(of=factories.member(email="zoe@example.org"))
    signed_in(browser, role="recruiter")
    mails = [link for link in browser.open(PATH).links if link.startswith("mailto:")]
    assert mails == [
        "mailto:zoe@example.org",
        "mailto:amara%2Bjobs@example.org?subject=Re%3A%20A%20%26%20B%3F%0D%0ABcc%3A%20all%40example.org",
    ]


def test_done_takes_it_off_once_and_keeps_it_in_the_story(browser: Browser) -> None:
    reply = _reply()
    signed_in(browser, role="recruiter")
    page = browser.open(PATH)
    person = browser.open(f"/desk/members/{reply.member_id}")
    assert "Answered “Cucumbers roll” Waits for an answer" in person.text
    assert "No reply waits" in page.press("Done with the reply of Amara").text
    first = reply.answered_at
    page.press("Done with the reply of Amara")
    assert (first is not None, reply.answered_at) == (True, first)
    person = browser.open(f"/desk/members/{reply.member_id}")
    assert ("done on" in person.text, "Waits for an answer" in person.text) == (True, False)


def test_only_recruiters_deal_with_replies(browser: Browser) -> None:
    reply, note = _reply(), factories.reply()
    note.kind = "note"
    signed_in(browser, role="viewer")
    page = browser.open(PATH)
    assert [words in page.text for words in ("Answer by mail", "Done")] == [False, False]
    token = browser.open("/desk/settings/").values("Keep this name")["csrf_token"]
    browser.post(f"{PATH}/{reply.id}/done", {"csrf_token": token}, status=403)
    signed_in(browser, role="recruiter")
    token = browser.open("/desk/settings/").values("Keep this name")["csrf_token"]
    for key in (note.id, 999, 2**70):
        browser.post(f"{PATH}/{key}/done", {"csrf_token": token}, status=404)
    assert reply.answered_at is None


def test_a_persons_words_are_only_ever_text(browser: Browser) -> None:
    nasty = "<img src=x onerror=alert(1)><b>Bold</b>\n\n\u202eThanks, نور \x01\x0c"
    reply = _reply(note=nasty, quoted="> You wrote:\n<script>alert(2)</script>")
    _reply("Bo", note="word " * 4000)
    _reply("Dana", note=" \n", quoted="> only history")
    signed_in(browser)
    page = browser.open(PATH)
    assert ("<b>Bold</b>" in page.text, "<b>Bold</b>" in page.html, len(page.html) < 20_000) == (True, False, True)
    assert "Nothing but what they quoted." in page.text
    person = page.follow("Read all that Amara wrote")
    assert person.path == f"/desk/members/{reply.member_id}"
    assert "<script>alert(2)</script>" in person.text
    assert "What they answered to" in person.text


def test_what_became_of_each_mail_is_told_with_it(browser: Browser) -> None:
    now = clock.now()
    delivery = _delivery()
    delivery.bounced_at = delivery.complained_at = delivery.replied_at = now
    db.session.commit()
    signed_in(browser, role="viewer")
    text = browser.open(f"/desk/members/{delivery.member_id}").text
    assert [words in text for words in ("Answered", "Came back", "Complained about", "Sent")] == [
        True,
        True,
        True,
        False,
    ]


def test_a_long_list_comes_in_pages(browser: Browser) -> None:
    person, then = factories.member(name="Amara"), datetime(2026, 5, 1, tzinfo=UTC)
    for n in range(26):
        factories.reply(of=person, note=f"Words {n}.", happened_at=then + timedelta(minutes=n))
    signed_in(browser)
    page = browser.open(PATH).follow("Next")
    assert ("26 to 26 of 26" in page.text, "Words 0." in page.text) == (True, True)
    assert browser.open(f"{PATH}?page=99").text.count("Words 0.") == 1
    assert db.session.query(Touchpoint).count() == 26


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("bounced", "Mail to their address came back, so newsletters are stopped"),
        ("complained", "Told their mail provider that a newsletter was unwanted, so all are stopped"),
        ("returned", "Came back: newsletters are sent again"),
        ("reply", "Answered a newsletter"),
    ],
)
def test_the_story_says_what_came_in_words(browser: Browser, kind: str, words: str) -> None:
    row = factories.reply(kind=kind, note="550 5.1.1 gone") if kind != "reply" else factories.reply()
    signed_in(browser, role="viewer")
    page = browser.open(f"/desk/members/{row.member_id}")
    assert words in page.text
    assert ("The server said: 550 5.1.1 gone" in page.text) == (kind in {"bounced", "complained"})
