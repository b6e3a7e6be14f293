"""Home leads a newcomer, and tells everyone else what needs them."""

from datetime import timedelta

import pytest

from portal import clock, config
from portal.extensions import db
from portal.models import Delivery, Worker
from tests import factories
from tests.desk.people import signed_in
from tests.pages import Browser


def test_a_newcomer_is_led_step_by_step(browser: Browser) -> None:
    signed_in(browser)
    page = browser.open("/desk/")
    assert "Three steps to your first newsletter" in page.text
    page = page.follow("Begin one").press("Begin it", name="Robotics software")
    assert page.h1 == "Robotics software"
    page = browser.open("/desk/")
    assert "Get the link" in page.text
    community = db.session.scalars(db.select(factories.Community)).one()
    factories.membership(at=community)
    factories.newsletter(at=community)
    db.session.commit()
    assert "Three steps" not in browser.open("/desk/").text


def test_a_viewer_is_not_offered_what_owners_do(browser: Browser) -> None:
    signed_in(browser, role="viewer")
    page = browser.open("/desk/")
    assert "Begin one" not in page.text
    assert "An owner does this." in page.text


def test_what_blocks_sending_stands_on_top(browser: Browser) -> None:
    config.use(config.current().model_copy(update={"postal_address": " "}))
    signed_in(browser)
    page = browser.open("/desk/")
    for words in ("Newsletters wait for a postal address", "No worker is running", "Mail stays on this machine"):
        assert words in page.text


def test_nothing_needs_anybody_when_all_is_well(browser: Browser) -> None:
    config.use(config.current().model_copy(update={"smtp_url": "smtp://mail.example:587"}))
    db.session.add(Worker(host="here", process="1", started_at=clock.now(), beat_at=clock.now()))
    signed_in(browser)
    assert "Nothing right now." in browser.open("/desk/").text


def test_each_number_of_people_who_joined_opens_them(browser: Browser) -> None:
    robotics = factories.community(slug="robotics", name="Robotics")
    design = factories.community(slug="design", name="Design")
    both = factories.membership(at=robotics).member
    factories.membership(at=robotics)
    factories.membership(of=both, at=design)
    factories.membership(at=design, since=clock.now() - timedelta(days=8))
    factories.membership(at=design, ended_at=clock.now())
    signed_in(browser)
    page = browser.open("/desk/")
    assert "2 people in the last 7 days" in page.text
    assert "/desk/members?community=robotics&joined=7d&status=active" in page.links
    assert "Robotics2" in page.text
    assert "Design1" in page.text


def test_drafts_holds_doubts_and_plans_are_shown(browser: Browser) -> None:
    now = clock.now()
    community = factories.community(name="Robotics")
    factories.newsletter(at=community, title="A draft")
    factories.newsletter(at=community, title="Planned", send_at=now + timedelta(days=2))
    factories.newsletter(at=community, title="Late", send_at=now - timedelta(days=1), held_at=now, held_reason="late")
    factories.newsletter(at=community, title="Only in the archive", published_at=now)
    sent = factories.newsletter(at=community, title="Gone out", send_at=now, addressed_at=now, sent_at=now, planned=4)
    for state, reason in (("sent", ""), ("sent", ""), ("in_doubt", ""), ("excluded", "paused")):
        row = Delivery(newsletter=sent, member=factories.member(), state=state, reason=reason, planned_at=now)
        db.session.add(row)
    signed_in(browser)
    text = browser.open("/desk/").text
    assert "A draft, last changed on" in text
    assert "It was about to go out late" in text
    assert text.count("Late") == 1
    assert "1 mail is in doubt" in text
    assert "2 sent 1 in doubt 1 left out" in text
    assert text.index("What is next") < text.index("Planned")
    assert "Only in the archive" not in text


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "Zoë ‮ 𝒳", "a" * 200])
def test_any_name_can_stand_on_home(browser: Browser, name: str) -> None:
    factories.newsletter(at=factories.community(name=name[:120]), title=name)
    signed_in(browser)
    assert name in browser.open("/desk/").text
