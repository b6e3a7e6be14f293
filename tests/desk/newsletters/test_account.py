"""The account: every number opens its people."""

from portal import clock
from portal.extensions import db
from portal.models import Delivery
from tests import factories
from tests.desk.newsletters.rows import draft
from tests.desk.people import signed_in
from tests.pages import Browser


def test_every_number_of_the_account_opens_its_people(browser: Browser) -> None:
    newsletter, now = draft(), clock.now()
    fates = [("sent", ""), ("sent", ""), ("failed", "refused"), ("in_doubt", "line_lost"), ("handed_over", ""),
             ("excluded", "paused"), ("excluded", "left")]  # fmt: skip
    for n, (state, reason) in enumerate(fates):
        person = factories.member(name=f"Person {n}")
        values = {"reply": "550 no such box"} if state == "failed" else {}
        db.session.add(
            Delivery(newsletter=newsletter, member=person, state=state, reason=reason, planned_at=now, **values)
        )
    newsletter.addressed_at = newsletter.send_at = now
    newsletter.planned = len(fates)
    signed_in(browser)
    page = browser.open(f"/desk/newsletters/{newsletter.id}")
    assert "7 planned = 2 sent + 1 waiting + 1 failed + 1 in doubt + 2 left out. Nobody is missing." in page.text
    assert "it may have arrived or not" in page.text
    counts = {"sent": 2, "pending": 1, "failed": 1, "in_doubt": 1, "excluded": 2}
    for state, count in counts.items():
        people = browser.open(f"/desk/newsletters/{newsletter.id}/people?state={state}")
        assert people.text.count("Person ") == count
    assert "550 no such box" in browser.open(f"/desk/newsletters/{newsletter.id}/people?state=failed").text
    paused = browser.open(f"/desk/newsletters/{newsletter.id}/people?state=excluded&reason=paused")
    assert paused.h1 == "1 person: Paused"
    browser.open(f"/desk/newsletters/{newsletter.id}/people?state=lost", status=404)


def test_numbers_that_do_not_add_up_are_said_aloud(browser: Browser) -> None:
    newsletter = draft(addressed_at=clock.now(), send_at=clock.now(), planned=3)
    signed_in(browser)
    assert "The numbers do not add up to 3." in browser.open(f"/desk/newsletters/{newsletter.id}").text
