"""The pages of a mail's links, the preference centre and the outbox in a real browser, with scripts and without."""

import mailbox
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from portal import clock, config
from portal.extensions import db
from portal.models import Membership
from portal.services.people import sessions
from portal.tools import links
from tests import factories
from tests.browsing import sideways, violations

NASTY = b"""Subject: hostile\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n
<html><head><script>top.ran = 1; window.ran = 1; document.title = "ran"</script>
<meta http-equiv="refresh" content="0; url=/preferences"></head>
<body onload="top.ran = 1"><img src="x" onerror="top.ran = 1"><svg onload="top.ran = 1"></svg>
<form action="/preferences/leave-all" method="post"><button>send</button></form>
<a href="javascript:top.ran = 1">press</a><iframe src="/preferences"></iframe></body></html>"""


@pytest.fixture
def membership(app: Flask) -> Membership:
    at = factories.community(slug="robotics", name="Robotics software", interests=("motion", "force", "light"))
    factories.community(slug="field", name="Field engineering", summary="Machines at work, far from the workshop.")
    person = factories.member(email="amara.okafor@a-rather-long-domain.example.org", name="Amara Okafor")
    row = factories.membership(of=person, at=at)
    gone = factories.membership(of=person, at=factories.community(slug="starting", name="Starting out"))
    gone.mute(clock.now())
    db.session.commit()
    return row


@pytest.fixture
def tab(chromium: Any, address: str, membership: Membership, request: pytest.FixtureRequest) -> Iterator[Any]:
    """A tab of Amara's, of the width and theme asked for, with or without scripts."""
    width, theme, scripts = getattr(request, "param", (390, "light", True))
    context = chromium.new_context(
        viewport={"width": width, "height": 800}, color_scheme=theme, base_url=address, java_script_enabled=scripts
    )
    secret = sessions.open_for(membership.member)
    db.session.commit()
    context.add_cookies([{"name": "member", "value": secret, "url": address}])
    yield context.new_page()
    context.close()


def test_what_comes_after_a_press_is_accessible_too(tab: Any, membership: Membership) -> None:
    other = factories.membership(at=membership.community)
    unsubscribe = links.unsubscribe(other.member_id, other.community_id)
    manage = links.manage(other.member_id, other.community_id)
    db.session.commit()
    for path, button in (
        (unsubscribe, "Stop these emails"),
        (manage, "Pause for three months"),
        ("/preferences", "Pause everything"),
        ("/preferences", "Agree and join Field engineering"),
    ):
        tab.goto(path)
        tab.get_by_role("button", name=button, exact=True).first.click()
        tab.wait_for_load_state()
        assert violations(tab) == [], button
        assert sideways(tab) == 0, button


@pytest.mark.parametrize("tab", [(320, "light", False)], indirect=True)
def test_everything_works_without_scripts(tab: Any, membership: Membership) -> None:
    tab.goto("/preferences")
    tab.get_by_role("group", name="What do you want to read about?").first.get_by_text("Force").click()
    tab.get_by_role("button", name="Save for Robotics software").click()
    tab.get_by_label("Send nothing until").fill(f"{clock.now().year + 1}-06-01")
    tab.get_by_role("button", name="Pause everything").click()
    tab.get_by_text("You paused everything").wait_for()
    tab.get_by_role("link", name="Leave all communities…").click()
    tab.get_by_role("button", name="Leave all", exact=True).click()
    tab.get_by_text("You have left all our communities").wait_for()
    db.session.rollback()
    assert [interest.slug for interest in membership.interests] == ["force"]
    assert (membership.is_active, membership.member.paused_until_on is not None) == (False, True)


def test_a_problem_takes_the_focus_and_leads_to_its_field(tab: Any, membership: Membership) -> None:
    tab.goto("/preferences")
    tab.get_by_role("button", name="Pause everything").click()
    tab.locator(".error-summary:focus").wait_for()
    tab.get_by_role("link", name="Choose a day, like 2026-05-21").click()
    assert tab.evaluate("document.activeElement.id") == "pause-until"


def test_a_hostile_mail_runs_nothing(tab: Any, membership: Membership) -> None:
    key = mailbox.Maildir(config.current().outbox).add(NASTY)
    for path in (f"/outbox/{key}", f"/outbox/{key}/html"):
        tab.goto(path)
        body = tab.frame_locator("iframe").first if path.endswith(key) else tab
        body.get_by_role("button", name="send").click()
        body.get_by_role("link", name="press").click()
        tab.wait_for_timeout(300)
        assert tab.evaluate("typeof window.ran") == "undefined"
        assert ("ran" in tab.title().split(), tab.url.endswith(path)) == (False, True)
    db.session.rollback()
    assert membership.is_active
