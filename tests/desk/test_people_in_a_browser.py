"""Members and segments in a real browser: counted live, and problems take the focus."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from portal import clock
from portal.extensions import db
from tests import factories
from tests.browsing import violations
from tests.desk.people import signed_in
from tests.pages import Browser

pytestmark = pytest.mark.one_engine


@pytest.fixture
def tab(chromium: Any, browser: Browser, address: str) -> Iterator[Any]:
    """A tab of a signed-in owner; it fails when the page complains."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, base_url=address)
    signed_in(browser)
    cookie = browser.client.get_cookie("session")
    context.add_cookies([{"name": "session", "value": cookie.value, "url": address}])
    page, complaints = context.new_page(), []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []


def settle() -> None:
    """Fill the rooms with people."""
    now = clock.now()
    robots = factories.community(slug="robotics", name="Robotics software", interests=("force", "motion"))
    field = factories.community(slug="field", name="Field engineering")
    for n, name in enumerate(("Amara Okafor", "Daniel Mensah", "Hanna Kowalczyk", "نور الهدى", "")):
        person = factories.member(name=name, email=f"person.{n}@a-rather-long-domain.example.org")
        row = factories.membership(of=person, at=robots, since=now - timedelta(days=n))
        row.interests = list(robots.interests)
        row.muted_at = now if n == 1 else None
        factories.membership(of=person, at=field, ended_at=now if n % 2 else None, ended_reason="Too much mail")
        person.bounced_at = now if n == 2 else None
        if n == 3:
            person.pause(date(2999, 1, 1), reason="Exams")
    db.session.commit()


def test_problems_stay_accessible_and_take_the_focus(tab: Any) -> None:
    settle()
    tab.goto("/desk/segments/new")
    tab.get_by_role("button", name="Interest").click()
    tab.get_by_label("Name", exact=True).fill("Half")
    tab.get_by_role("button", name="Save segment").click()
    tab.locator(".error-summary:focus").wait_for()
    assert violations(tab) == []
    tab.get_by_role("link", name="Choose an interest").click()
    assert tab.evaluate("document.activeElement.id") == "rules-0-interest"


def test_the_count_follows_the_rules_while_they_are_filled_in(tab: Any) -> None:
    settle()
    tab.goto("/desk/segments/new")
    tab.get_by_role("button", name="Status").click()
    tab.get_by_role("status").get_by_text("5 people").wait_for()
    tab.locator("#rules-0-status").select_option("muted")
    tab.get_by_role("status").get_by_text("1 person").wait_for()
    assert "People who muted the newsletters" in tab.locator("#count").inner_text()


def test_what_was_changed_before_the_script_ran_is_counted_too(tab: Any) -> None:
    settle()
    tab.goto("/desk/segments/new?status=active")
    tab.route("**/js/segments.js", lambda route: (tab.wait_for_timeout(800), route.continue_()))
    tab.goto("/desk/segments/new?status=active", wait_until="commit")
    tab.locator("#rules-0-status").select_option("muted")
    tab.get_by_role("status").get_by_text("1 person").wait_for()


def test_enter_in_the_name_saves(tab: Any) -> None:
    settle()
    tab.goto("/desk/segments/new?status=paused")
    tab.get_by_label("Name", exact=True).fill("Paused people")
    tab.get_by_label("Name", exact=True).press("Enter")
    tab.get_by_role("heading", name="Paused people").wait_for()
