"""Refusals of a newsletter: a table by provider, every number with its people, and the account still balances."""

import csv
import io

import pytest

from portal import clock
from portal.extensions import db
from portal.models import Delivery, Member, Newsletter
from portal.services.sending import accounts
from tests import factories
from tests.desk.newsletters.rows import draft
from tests.desk.people import signed_in
from tests.pages import Browser, Page


def _sent() -> Newsletter:
    now = clock.now()
    newsletter = draft(addressed_at=now, send_at=now, sent_at=now, planned=6)
    back = {"bounced_at": now, "bounce_kind": "hard"}
    told = _mail(newsletter, "Amara", "gmail.com", **back)
    factories.report(about=told, reply="550 5.1.1 gone since")
    _mail(newsletter, "Bo", "googlemail.com")
    _mail(newsletter, "Chidi", "example.org", state="failed", reason="refused", reply="554 5.7.1 no")
    _mail(newsletter, "Dana", "example.org", complained_at=now)
    _mail(newsletter, "", "", bounced_at=now, bounce_kind="soft")
    _mail(newsletter, "Ebele", "example.org", state="excluded", reason="muted")
    db.session.commit()
    return newsletter


def _mail(newsletter: Newsletter, name: str, domain: str, **values: object) -> Delivery:
    person: Member | None = factories.member(name=name, email=f"{name.lower()}@{domain}") if name else None
    return factories.delivery(newsletter=newsletter, to=person, **values)


def _table(page: Page) -> list[list[str]]:
    rows = [row for row in page.tree.iter() if row.tag.endswith("}tr")]
    return [[" ".join("".join(cell.itertext()).split()) for cell in row] for row in rows]


def test_the_table_leads_to_the_people(browser: Browser) -> None:
    newsletter = _sent()
    signed_in(browser, role="viewer")
    page = browser.open(f"/desk/newsletters/{newsletter.id}").follow("Refusals by provider")
    assert page.h1 == "Refusals by provider"
    assert _table(page) == [
        ["Provider", "Mails", "Refused", "Came back for good", "Came back this time", "Complained", "Share"],
        ["example.org", "2", "1", "0", "0", "1", "100 %"],
        ["Gmail", "2", "0", "1", "0", "0", "50 %"],
        ["Unknown: someone erased", "1", "0", "0", "1", "0", "100 %"],
        ["All", "5", "1", "1", "1", "1", "80 %"],
    ]
    people = page.follow("Gmail, Came back for good: 1")
    assert (people.h1, "Amara" in people.text) == ("1 person: Came back for good", True)
    assert "Only mails to: Gmail." in people.text
    refused = page.follow("example.org, Refused: 1")
    assert ("Chidi" in refused.text, "554 5.7.1 no" in refused.text) == (True, True)
    assert "Someone erased" in page.follow("Unknown: someone erased, Came back this time: 1").text
    assert page.follow("All mails, Complained: 1").h1 == "1 person: Complained"


def test_what_came_back_is_a_fate_of_the_sent(browser: Browser) -> None:
    newsletter = _sent()
    signed_in(browser)
    page = browser.open(f"/desk/newsletters/{newsletter.id}")
    assert "6 planned = 4 sent + 0 waiting + 1 failed + 0 in doubt + 1 left out. Nobody is missing." in page.text
    assert "Of 4 sent: 2 came back, 1 reader complained" in page.text
    assert page.follow("2 came back").h1 == "2 people: Came back"
    assert page.follow("1 reader complained").h1 == "1 person: Complained"
    assert accounts.account(newsletter).balances
    missing = page.follow("Who did not get it")
    assert "Sent, and came back" in missing.text
    assert missing.follow("1 person: Came back this time").h1 == "1 person: Came back this time"


def test_the_sheet_holds_what_came_back_and_what_the_server_said(browser: Browser) -> None:
    newsletter = _sent()
    signed_in(browser)
    page = browser.open(f"/desk/newsletters/{newsletter.id}/not-sent").follow("Download as a sheet")
    _heading, *rows = csv.reader(io.StringIO(page.html.removeprefix("\ufeff")))
    assert [row[:5] for row in rows] == [
        ["Ebele", "ebele@example.org", "Left out", "Muted", ""],
        ["Chidi", "chidi@example.org", "Failed", "Refused", "554 5.7.1 no"],
        ["Amara", "amara@gmail.com", "Sent", "Came back for good", "550 5.1.1 gone since"],
        ["Someone erased", "", "Sent", "Came back this time", ""],
    ]


def test_where_all_arrived_that_is_said(browser: Browser) -> None:
    now = clock.now()
    newsletter = draft(addressed_at=now, send_at=now, sent_at=now, planned=1)
    path = f"/desk/newsletters/{newsletter.id}/refusals"
    signed_in(browser, role="viewer")
    assert "No mail has left yet" in browser.open(path).text
    _mail(newsletter, "Amara", "gmail.com")
    db.session.commit()
    assert "Of 1 mail none was refused" in browser.open(path).text
    assert "came back" not in browser.open(f"/desk/newsletters/{newsletter.id}").text
    assert "Nobody here" in browser.open(f"{path}/people?what=hard").text


def test_before_it_goes_there_is_nothing_to_tell(browser: Browser) -> None:
    newsletter = draft()
    signed_in(browser)
    assert browser.open(f"/desk/newsletters/{newsletter.id}/refusals").path == f"/desk/newsletters/{newsletter.id}"


@pytest.mark.parametrize("asked", ["", "what=lost", "what=muted", "what=hard&provider=nobody.example"])
def test_numbers_nobody_stands_behind_are_not_found(browser: Browser, asked: str) -> None:
    newsletter = _sent()
    signed_in(browser)
    browser.open(f"/desk/newsletters/{newsletter.id}/refusals/people?{asked}", status=404)


@pytest.mark.parametrize(
    ("evidence", "words"),
    [
        ("clicked", "but a link in it was followed, so it arrived"),
        ("replied", "but it was answered, so it arrived"),
        ("complained", "but it was complained about, so it arrived"),
        ("delivered", "but its arrival was reported"),
        ("bounced", "but it came back, so it had left"),
        ("opened", "but it was opened, so it arrived"),
    ],
)
def test_what_shows_that_a_doubtful_mail_had_left_is_said(browser: Browser, evidence: str, words: str) -> None:
    newsletter = draft(addressed_at=clock.now(), send_at=clock.now(), planned=1)
    _mail(newsletter, "Amara", "example.org", reply=evidence)
    signed_in(browser)
    assert words in browser.open(f"/desk/newsletters/{newsletter.id}/people?state=sent").text


def test_a_page_warns_before_complaints_hold(browser: Browser) -> None:
    now = clock.now()
    newsletter = draft(addressed_at=now, send_at=now, sent_at=now, planned=200)
    for number in range(200):
        _mail(newsletter, f"Reader{number}", "example.org", complained_at=None if number else now)
    db.session.commit()
    signed_in(browser, role="viewer")
    assert "Many readers call it spam." in browser.open(f"/desk/newsletters/{newsletter.id}").text
    db.session.query(Delivery).update({"complained_at": None})
    db.session.commit()
    assert "Many readers call it spam." not in browser.open(f"/desk/newsletters/{newsletter.id}").text
