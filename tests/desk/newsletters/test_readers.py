"""Who read it: sums over ten measured members or more, each opening its people; below that nothing."""

import pytest

from portal import clock
from portal.extensions import db
from portal.models import Delivery, Newsletter
from tests import factories
from tests.desk.newsletters.rows import draft
from tests.desk.people import signed_in
from tests.pages import Browser


def read(*, measured: int, opened: int = 0, clicked: int = 0, others: int = 0) -> Newsletter:
    """A newsletter that so many measured and so many other members got."""
    now = clock.now()
    newsletter = draft(addressed_at=now, send_at=now, sent_at=now, planned=measured + others)
    for number in range(measured + others):
        at = {"measured_at": now} if number < measured else {}
        at |= {"opened_at": now} if number < opened else {}
        at |= {"clicked_at": now} if number < clicked else {}
        person = factories.member(name=f"Person {number:02}")
        db.session.add(
            Delivery(newsletter=newsletter, member=person, state="sent", planned_at=now, settled_at=now, **at)
        )
    db.session.commit()
    return newsletter


def test_every_sum_opens_its_people(browser: Browser) -> None:
    newsletter = read(measured=12, opened=3, clicked=1, others=5)
    signed_in(browser)
    page = browser.open(f"/desk/newsletters/{newsletter.id}")
    for link, h1, people in (
        ("Opened: 3 of 12", "3 people: Opened", 3),
        ("Followed a link: 1 of 12", "1 person: Followed a link", 1),
        ("See who is measured", "12 people: Agreed to measuring", 12),
    ):
        shown = page.follow(link)
        assert (shown.h1, shown.text.count("Person ")) == (h1, people)


def test_what_nobody_did_leads_nowhere(browser: Browser) -> None:
    newsletter = read(measured=10)
    signed_in(browser)
    page = browser.open(f"/desk/newsletters/{newsletter.id}")
    assert page.text.count("0 of 10") == 2
    assert not [link for link in page.links if "what=opened" in link or "what=clicked" in link]
    assert browser.open(f"/desk/newsletters/{newsletter.id}/readers?what=opened").h1 == "0 people: Opened"


@pytest.mark.parametrize("measured", [0, 1, 9])
def test_too_few_are_not_shown(browser: Browser, measured: int) -> None:
    newsletter = read(measured=measured, opened=measured, others=20)
    signed_in(browser)
    page = browser.open(f"/desk/newsletters/{newsletter.id}")
    assert "Too few to show: fewer than 10 of those who got it agreed to measuring." in page.text
    assert not [link for link in page.links if "/readers" in link]
    for what in ("measured", "opened", "clicked"):
        browser.open(f"/desk/newsletters/{newsletter.id}/readers?what={what}", status=404)


def test_other_questions_are_not_answered(browser: Browser) -> None:
    newsletter = read(measured=10)
    signed_in(browser)
    browser.open(f"/desk/newsletters/{newsletter.id}/readers?what=slept", status=404)
    browser.open(f"/desk/newsletters/{newsletter.id + 1}/readers", status=404)


@pytest.mark.parametrize(("evidence", "words"), [("opened", "it was opened"), ("clicked", "a link in it was followed")])
def test_a_mail_known_to_have_arrived_says_how(browser: Browser, evidence: str, words: str) -> None:
    newsletter = read(measured=1)
    db.session.query(Delivery).one().reply = evidence
    db.session.commit()
    signed_in(browser)
    page = browser.open(f"/desk/newsletters/{newsletter.id}/people?state=sent")
    assert f"The server’s answer was lost, but {words}, so it arrived." in page.text
    assert "The server said" not in page.text
