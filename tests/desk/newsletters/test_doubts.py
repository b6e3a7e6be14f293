"""Doubtful mails: listed with their people, and sent again by a person's click alone."""

import pytest

from portal import clock
from portal.extensions import db
from portal.models import Delivery, Member, Newsletter, Touchpoint
from portal.services.sending import accounts, deliveries, windows, workers
from tests import factories
from tests.desk.newsletters.rows import again, draft, join
from tests.desk.people import signed_in
from tests.pages import Browser


def test_a_doubtful_mail_is_sent_again_after_asking(browser: Browser) -> None:
    newsletter, row = _in_doubt()
    recruiter = signed_in(browser)
    page = browser.open(f"/desk/newsletters/{newsletter.id}")
    assert "1 mail is in doubt." in page.text
    asked = page.follow("Send again")
    assert asked.h1 == "Send “Cucumbers roll” again to Amara?"
    assert _state(row) == "in_doubt"
    done = asked.press("Send it again")
    assert "It goes out again now." in done.text
    assert "1 planned = 0 sent + 1 waiting + 0 failed + 0 in doubt + 0 left out." in done.text
    kept = db.session.query(Delivery).one()
    assert (kept.state, kept.reason, kept.settled_at, again(newsletter).sent_at) == ("pending", "", None, None)
    note = db.session.query(Touchpoint).filter_by(kind="note").one()
    assert (note.member_id, note.recruiter_id) == (row.member_id, recruiter.id)
    assert note.note == "Sent “Cucumbers roll” again; whether the first mail arrived is not known."


def test_a_second_click_sends_nothing(browser: Browser) -> None:
    newsletter, _row = _in_doubt()
    signed_in(browser)
    asked = browser.open(f"/desk/newsletters/{newsletter.id}").follow("Send again")
    asked.press("Send it again")
    assert "Nothing was sent." in asked.press("Send it again").text
    assert "Nothing was sent." in browser.open(asked.path).text
    assert db.session.query(Touchpoint).filter_by(kind="note").count() == 1


def test_evidence_that_came_meanwhile_settles_it(browser: Browser) -> None:
    newsletter, row = _in_doubt()
    signed_in(browser)
    asked = browser.open(f"/desk/newsletters/{newsletter.id}").follow("Send again")
    windows.sent([(row.id, "250 it was taken after all")])
    db.session.commit()
    assert "Nothing was sent." in asked.press("Send it again").text
    assert _state(row) == "sent"


def test_whoever_left_meanwhile_is_not_mailed(browser: Browser) -> None:
    newsletter, row = _in_doubt()
    signed_in(browser)
    row.membership.end(clock.now())  # type: ignore[union-attr]
    db.session.commit()
    browser.open(f"/desk/newsletters/{newsletter.id}").follow("Send again").press("Send it again")
    worker = workers.start().id
    assert deliveries.claim(worker, limit=1) == [row.id]
    assert windows.hand_over([row.id], worker_id=worker) == set()
    assert accounts.account(newsletter).excluded == {"left": 1}


@pytest.mark.parametrize("role", ["viewer", "recruiter"])
def test_who_may_not_send_sees_the_doubt_and_no_button(browser: Browser, role: str) -> None:
    newsletter, row = _in_doubt()
    signed_in(browser, role=role)
    for path in ("", "/people?state=in_doubt"):
        page = browser.open(f"/desk/newsletters/{newsletter.id}{path}")
        assert "Amara" in page.text
        assert "Send again" not in page.text
    browser.open(f"/desk/newsletters/{newsletter.id}/doubts/{row.id}", status=403)


def test_the_page_of_people_leads_there_too(browser: Browser) -> None:
    newsletter, _row = _in_doubt()
    signed_in(browser, role="publisher")
    page = browser.open(f"/desk/newsletters/{newsletter.id}/people?state=in_doubt")
    assert page.follow("Send again").h1 == "Send “Cucumbers roll” again to Amara?"


def test_nothing_of_a_cancelled_newsletter_or_an_erased_person_goes_again(browser: Browser) -> None:
    newsletter, row = _in_doubt()
    signed_in(browser)
    newsletter.cancelled_at = clock.now()
    db.session.commit()
    assert "Send again" not in browser.open(f"/desk/newsletters/{newsletter.id}").text
    newsletter.cancelled_at, row.member = None, None
    db.session.commit()
    page = browser.open(f"/desk/newsletters/{newsletter.id}")
    assert ("Someone erased" in page.text, "Send again" in page.text) == (True, False)
    assert "Nothing was sent." in browser.open(f"/desk/newsletters/{newsletter.id}/doubts/{row.id}").text


def test_another_newsletters_mail_is_not_found(browser: Browser) -> None:
    newsletter, row = _in_doubt()
    other = draft(newsletter.community, slug="other")
    signed_in(browser)
    for key, delivery_id in ((other.id, row.id), (newsletter.id, row.id + 1), (newsletter.id, 2**63)):
        browser.open(f"/desk/newsletters/{key}/doubts/{delivery_id}", status=404)


def test_many_doubts_are_shown_in_part_and_counted_whole(browser: Browser) -> None:
    newsletter, _row = _in_doubt()
    for number in range(24):
        _doubtful(newsletter, factories.member(name=f"Person {number}"))
    signed_in(browser)
    page = browser.open(f"/desk/newsletters/{newsletter.id}")
    assert "25 mails are in doubt." in page.text
    assert page.text.count("Send again") == 20
    assert page.follow("See all").h1 == "25 people: In doubt"


def _in_doubt() -> tuple[Newsletter, Delivery]:
    """A newsletter that is out, but for Amara's mail, of which nobody knows."""
    newsletter, now = draft(), clock.now()
    join(newsletter.community, Amara="every")
    newsletter.send_at = newsletter.addressed_at = newsletter.sent_at = now
    newsletter.planned = 1
    row = _doubtful(newsletter, db.session.query(Member).filter_by(name="Amara").one())
    db.session.commit()
    return newsletter, row


def _doubtful(newsletter: Newsletter, member: Member) -> Delivery:
    now = clock.now()
    fate = {"state": "in_doubt", "reason": "line_lost", "planned_at": now, "handed_over_at": now, "settled_at": now}
    membership = member.memberships[0] if member.memberships else None
    row = Delivery(newsletter=newsletter, member=member, membership=membership, **fate)
    db.session.add(row)
    db.session.flush()
    return row


def _state(row: Delivery) -> str:
    db.session.rollback()
    return db.session.get_one(Delivery, row.id, populate_existing=True).state
