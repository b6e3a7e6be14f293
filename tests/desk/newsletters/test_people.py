"""Who did not get it: a page by reason, every number opens its people, and owners get all of them as a sheet."""

import csv
import io

import pytest

from portal import clock
from portal.extensions import db
from portal.models import Newsletter
from tests import factories
from tests.desk.newsletters.rows import draft
from tests.desk.people import signed_in
from tests.pages import Browser
from tests.services.sending.outcomes import add


def test_who_did_not_get_it_stands_on_one_page_by_reason(browser: Browser) -> None:
    newsletter = _on_its_way()
    signed_in(browser)
    page = browser.open(f"/desk/newsletters/{newsletter.id}").follow("Who did not get it")
    assert page.h1 == "Who did not get it"
    assert "8 of 10 planned. Everyone stands here once, with the reason." in page.text
    assert "The mail server says that this address does not exist" in page.text
    assert "Chidi, Dana, Ebele and 1 more" in page.text
    for what, count in {"No such address": 1, "Refused": 1, "Muted": 4, "In doubt": 1, "Waiting": 1}.items():
        people = page.follow(f"{count} {'person' if count == 1 else 'people'}: {what}")
        assert people.h1 == f"{count} {'person' if count == 1 else 'people'}: {what}"
        assert people.text.count("@example.org") == count


def test_when_everyone_got_it_that_is_said(browser: Browser) -> None:
    newsletter = draft(addressed_at=clock.now(), send_at=clock.now(), sent_at=clock.now(), planned=0)
    add(newsletter, "sent", count=3)
    signed_in(browser)
    assert "Who did not get it" not in browser.open(f"/desk/newsletters/{newsletter.id}").text
    page = browser.open(f"/desk/newsletters/{newsletter.id}/not-sent")
    assert ("Everyone got it" in page.text, "Download as a sheet" in page.text) == (True, False)


def test_before_it_goes_there_is_nobody_to_tell_of(browser: Browser) -> None:
    newsletter = draft()
    signed_in(browser)
    assert browser.open(f"/desk/newsletters/{newsletter.id}/not-sent").path == f"/desk/newsletters/{newsletter.id}"
    browser.open("/desk/newsletters/999/not-sent", status=404)


def test_an_owner_gets_them_as_a_sheet_that_no_spreadsheet_runs(browser: Browser) -> None:
    newsletter = _on_its_way()
    signed_in(browser)
    page = browser.open(f"/desk/newsletters/{newsletter.id}/not-sent").follow("Download as a sheet")
    assert page.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert page.headers["Content-Disposition"] == f"attachment; filename=newsletter-{newsletter.id}-not-sent.csv"
    assert page.headers["Cache-Control"] == "no-store"
    assert "Content-Length" not in page.headers
    heading, *rows = csv.reader(io.StringIO(page.html.removeprefix("\ufeff")))
    assert heading == ["name", "email", "state", "reason", "server_said", "settled_at"]
    assert sorted(row[0] for row in rows) == ["'=1+1", "Amara", "Bo", "Chidi", "Dana", "Ebele", "Femi", "Gina"]
    assert {tuple(row[2:5]) for row in rows if row[0] == "Amara"} == {("Failed", "No such address", "550 5.1.1 gone")}


@pytest.mark.parametrize("role", ["viewer", "recruiter", "publisher"])
def test_only_owners_take_people_out(browser: Browser, role: str) -> None:
    newsletter = _on_its_way()
    signed_in(browser, role=role)
    page = browser.open(f"/desk/newsletters/{newsletter.id}/not-sent")
    assert "Download as a sheet" not in page.text
    browser.open(f"/desk/newsletters/{newsletter.id}/not-sent.csv", status=403)


def test_numbers_nobody_stands_behind_are_not_found(browser: Browser) -> None:
    newsletter = _on_its_way()
    signed_in(browser)
    for asked in ("state=lost", "state=failed&reason=muted", "state=excluded&reason=no_mailbox", "state=sent&reason=x"):
        browser.open(f"/desk/newsletters/{newsletter.id}/people?{asked}", status=404)


def _on_its_way() -> Newsletter:
    newsletter = draft(addressed_at=clock.now(), send_at=clock.now(), planned=0)
    outcomes = {
        "Amara": ("failed", "no_mailbox"),
        "Bo": ("failed", "refused"),
        "Chidi": ("excluded", "muted"),
        "Dana": ("excluded", "muted"),
        "Ebele": ("excluded", "muted"),
        "Femi": ("excluded", "muted"),
        "Gina": ("in_doubt", "line_lost"),
        "=1+1": ("pending", ""),
        "Hana": ("sent", ""),
        "Ida": ("sent", ""),
    }
    for name, (state, reason) in outcomes.items():
        reply = "550 5.1.1 gone" if state == "failed" else ""
        add(newsletter, state, reason, member_id=factories.member(name=name).id, reply=reply)
    db.session.commit()
    return newsletter
