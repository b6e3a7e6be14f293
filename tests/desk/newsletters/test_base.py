"""The overview, roles, and newsletters that are not there."""

from datetime import timedelta

import pytest

from portal import clock
from portal.extensions import db
from portal.models import Delivery
from tests import factories
from tests.desk.newsletters.rows import draft, robots
from tests.desk.people import signed_in
from tests.pages import Browser


def test_an_empty_room_shows_the_one_next_step(browser: Browser) -> None:
    signed_in(browser)
    page = browser.open("/desk/newsletters/")
    assert "No newsletter yet" in page.text
    assert page.follow("Write the first one").h1 == "Write a newsletter"


def test_the_overview_shows_each_newsletter_in_its_state(browser: Browser) -> None:
    place, now = robots(), clock.now()
    draft(place, title="A draft")
    draft(place, slug="b", title="Waits", send_at=now + timedelta(days=2))
    draft(place, slug="c", title="Leaves", send_at=now, addressed_at=now, planned=4)
    sent = draft(place, slug="d", title="Went", send_at=now, addressed_at=now, sent_at=now, planned=1)
    db.session.add(Delivery(newsletter=sent, member=factories.member(), state="sent", planned_at=now))
    signed_in(browser)
    page = browser.open("/desk/newsletters/")
    for words in ("Drafts A draft", "Scheduled Waits", "Going out Leaves", "0 of 4 sent", "Sent"):
        assert words in page.text
    assert page.follow("1").h1 == "1 person: Sent"


def test_a_viewer_reads_a_recruiter_writes_a_publisher_sends(browser: Browser) -> None:
    newsletter = draft()
    pages = {"": "viewer", "/audience": "viewer", "/send": "viewer", "/preview": "viewer", "/write": "recruiter"}
    acts = {"/write": "recruiter", "/test": "recruiter", "/audience": "recruiter", "/preview": "recruiter"}
    acts |= dict.fromkeys(("/send", "/schedule", "/unschedule", "/confirm-late", "/hold", "/release"), "publisher")
    acts |= dict.fromkeys(("/cancel", "/publish", "/unpublish"), "publisher")
    order = ("viewer", "recruiter", "publisher", "owner")
    browser.app.config["WTF_CSRF_ENABLED"] = False
    try:
        for role in order:
            signed_in(browser, role=role)
            for method, needed in (("GET", pages), ("POST", acts)):
                for path, least in needed.items():
                    answer = browser.client.open(f"/desk/newsletters/{newsletter.id}{path}", method=method)
                    refused = answer.status_code == 403
                    assert refused == (order.index(role) < order.index(least)), (role, method, path, answer.status)
                    db.session.rollback()
    finally:
        browser.app.config["WTF_CSRF_ENABLED"] = True


def test_whoever_may_not_publish_may_not_change_what_the_public_reads(browser: Browser) -> None:
    newsletter = draft(published_at=clock.now())
    signed_in(browser, role="recruiter")
    assert browser.open(f"/desk/newsletters/{newsletter.id}/write").path == f"/desk/newsletters/{newsletter.id}"


@pytest.mark.parametrize("path", ["", "/write", "/preview", "/audience", "/send", "/people", "/cancel", "/discard"])
def test_a_newsletter_that_is_not_there_is_not_found(browser: Browser, path: str) -> None:
    signed_in(browser)
    for key in (1, 2**63, 10**40):
        browser.open(f"/desk/newsletters/{key}{path}", status=404)
