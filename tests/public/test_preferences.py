"""The preference centre: every change is small, takes effect at once, and is said back in words that are true."""

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from portal import clock
from portal.extensions import db
from portal.models import Community, Consent, Member, Membership, Touchpoint
from portal.services.people import memberships
from portal.services.sending import eligibility
from tests import factories
from tests.pages import Browser, Page
from tests.public.people import everything, signed_in

TODAY = "2026-11-24 12:00:00+00:00"


@pytest.fixture(autouse=True)
def today() -> Any:
    with time_machine.travel(TODAY) as traveller:
        yield traveller


@pytest.fixture
def robotics(app: Flask) -> Community:
    return factories.community(slug="robotics", name="Robotics software", interests=("motion", "force", "light"))


@pytest.fixture
def membership(browser: Browser, robotics: Community) -> Membership:
    """Amara's membership, signed in in `browser`."""
    row = factories.membership(of=factories.member(email="amara@example.org", name="Amara Okafor"), at=robotics)
    row.interests = robotics.interests[:1]
    signed_in(browser, row.member)
    return row


def preferences(browser: Browser) -> Page:
    return browser.open("/preferences")


def slugs(membership: Membership) -> set[str]:
    return {interest.slug for interest in membership.interests}


def active(member: Member) -> list[str]:
    db.session.expire_all()
    return [m.community.slug for m in memberships.active_of(member)]


def why_not(membership: Membership) -> str:
    return eligibility.reason(membership.member, membership, today=clock.now().date())


def test_the_page_shows_what_is_true_and_is_nobody_elses(browser: Browser, membership: Membership) -> None:
    page = preferences(browser)
    assert ("amara@example.org" in page.text, page.headers["Cache-Control"]) == (True, "no-store")
    values = page.values("Save for Robotics software")
    assert (values["interests"], values["frequency"]) == (["motion"], ["every"])
    assert page.values("Pause everything")["until"] == ""
    assert "You get the Robotics software newsletters as they come out" in page.text


@pytest.mark.parametrize(
    ("frequency", "said"),
    [
        ("every", "You get the Robotics software newsletters as they come out."),
        ("monthly", "You get the Robotics software newsletters once a month"),
        ("quarterly", "You get the Robotics software newsletters four times a year"),
    ],
)
def test_interests_and_frequency_are_taken_and_said_back(
    browser: Browser, membership: Membership, frequency: str, said: str
) -> None:
    page = preferences(browser).press("Save for Robotics software", interests=["force", "light"], frequency=frequency)
    assert said in page.text
    assert (slugs(membership), membership.frequency) == ({"force", "light"}, frequency)


def test_all_interests_can_be_given_up(browser: Browser, membership: Membership) -> None:
    preferences(browser).press("Save for Robotics software", interests=None)
    assert slugs(membership) == set()


@pytest.mark.parametrize("frequency", [None, "", "daily", "EVERY", "every\x00"])
def test_a_frequency_we_do_not_offer_changes_nothing(
    browser: Browser, membership: Membership, frequency: str | None
) -> None:
    before = everything()
    page = preferences(browser).press(
        "Save for Robotics software", status=422, interests=["force"], frequency=frequency
    )
    assert page.title.startswith("Error:")
    assert everything() == before
    assert page.values("Save for Robotics software")["interests"] == ["force"]


def test_an_interest_of_another_community_is_left_out(browser: Browser, membership: Membership) -> None:
    factories.community(slug="field", interests=("cranes",))
    db.session.commit()
    preferences(browser).press("Save for Robotics software", interests=["cranes", "force", "'; drop"])
    assert slugs(membership) == {"force"}


def test_two_tabs_each_change_what_they_change(browser: Browser, membership: Membership) -> None:
    older, newer = preferences(browser), preferences(browser)
    newer.press("Save for Robotics software", interests=["motion", "force"], frequency="quarterly")
    page = older.press("Save for Robotics software", interests=["motion", "light"])
    assert (slugs(membership), membership.frequency) == ({"motion", "force", "light"}, "quarterly")
    assert "four times a year" in page.text


def test_an_older_tab_gives_back_nothing_that_was_given_up(browser: Browser, membership: Membership) -> None:
    older, newer = preferences(browser), preferences(browser)
    newer.press("Save for Robotics software", interests=None)
    older.press("Save for Robotics software")
    assert slugs(membership) == set()


def test_an_older_tab_does_not_start_what_was_stopped_or_left(browser: Browser, membership: Membership) -> None:
    older = preferences(browser)
    preferences(browser).press("Stop the newsletters of Robotics software")
    page = older.press("Save for Robotics software", interests=["force"])
    assert ("you stopped them" in page.text, membership.muted_at is not None) == (True, True)
    preferences(browser).press("Leave Robotics software")
    for button in ("Save for Robotics software", "Stop the newsletters", "Leave Robotics software", "Withdraw: Rob"):
        assert "You are not in that community any more, so nothing was changed" in older.press(button).text
    assert active(membership.member) == []


def test_a_form_without_what_it_showed_is_taken_whole(browser: Browser, membership: Membership) -> None:
    preferences(browser).press("Save for Robotics software", shown="", interests=["force"], frequency="monthly")
    assert (slugs(membership), membership.frequency) == ({"force"}, "monthly")


def test_newsletters_are_stopped_and_come_again(browser: Browser, membership: Membership) -> None:
    page = preferences(browser).press("Stop the newsletters of Robotics software")
    assert "You get no newsletters from Robotics software: you stopped them on 24 November 2026." in page.text
    assert why_not(membership) == "muted"
    page = page.press("Let the newsletters of Robotics software come again")
    assert "You get the Robotics software newsletters as they come out." in page.text
    assert why_not(membership) == ""


def test_leaving_asks_for_one_press_and_leaves_the_others(browser: Browser, membership: Membership) -> None:
    factories.membership(of=membership.member, at=factories.community(slug="field", name="Field engineering"))
    db.session.commit()
    page = preferences(browser).press("Leave Robotics software")
    assert "You have left Robotics software. It sends you nothing more." in page.text
    assert active(membership.member) == ["field"]


def test_leaving_all_asks_again_and_names_what_goes(browser: Browser, membership: Membership) -> None:
    factories.membership(of=membership.member, at=factories.community(slug="field", name="Field engineering"))
    db.session.commit()
    asking = preferences(browser).follow("Leave all communities")
    assert all(name in asking.text for name in ("Robotics software", "Field engineering"))
    assert len(active(membership.member)) == 2
    page = asking.press("Leave all")
    assert "You have left all our communities. We send you nothing more." in page.text
    assert "You are in none of our communities now" in page.text
    assert active(membership.member) == []
    assert "You are in none of our communities now" in browser.open("/preferences/leave-all").text
    asking.press("Leave all")
    assert db.session.query(Touchpoint).filter_by(kind="left").count() == 2


def test_joining_again_takes_one_press_and_a_receipt(browser: Browser, membership: Membership) -> None:
    left = preferences(browser).press("Leave Robotics software")
    page = left.press("Agree and join Robotics software")
    assert "You have joined Robotics software. You get the Robotics software newsletters as they come out." in page.text
    again = db.session.scalars(select(Membership).where(Membership.ended_at.is_(None))).one()
    receipt = again.mail_consent
    assert (again.id != membership.id, again.source, why_not(again)) == (True, "preferences", "")
    assert receipt is not None and (receipt.wording in left.text, receipt.source) == (True, "preferences")
    assert (receipt.decision, receipt.language, receipt.page) == ("agreed", "en", "http://localhost/preferences")


def test_joining_twice_makes_one_membership(browser: Browser, membership: Membership) -> None:
    factories.community(slug="field", name="Field engineering")
    db.session.commit()
    page = preferences(browser)
    for _ in range(2):
        page.press("Agree and join Field engineering")
    assert active(membership.member) == ["field", "robotics"]
    assert db.session.query(Consent).count() == 2


@pytest.mark.parametrize("state", ["closed", "private"])
def test_only_open_communities_can_be_joined(browser: Browser, membership: Membership, state: str) -> None:
    field = factories.community(slug="field", name="Field engineering")
    db.session.commit()
    page = preferences(browser)
    field.state = state
    db.session.commit()
    assert "takes no new members now" in page.press("Agree and join Field engineering").text
    assert "Field engineering" not in preferences(browser).text
    assert active(membership.member) == ["robotics"]


@pytest.mark.parametrize("days", [1, 90, memberships.LONGEST_PAUSE_DAYS])
def test_a_pause_is_taken_and_said_back(browser: Browser, membership: Membership, days: int) -> None:
    until = date(2026, 11, 24) + timedelta(days=days)
    page = preferences(browser).press("Pause everything", until=until.isoformat(), reason=" Exams ")
    assert f"We send you nothing before {until.day} {until:%B %Y}." in page.text
    assert "so nothing comes from Robotics software before" in page.text
    assert (membership.member.paused_until_on, membership.member.pause_reason) == (until, "Exams")
    assert why_not(membership) == "paused"
    page = page.press("End the pause now")
    assert ("The pause is over" in page.text, why_not(membership)) == (True, "")


@pytest.mark.parametrize(
    ("until", "said"),
    [
        ("", "Choose a day, like 2026-05-21"),
        ("2026-11-24", "Choose a day after today"),
        ("1999-01-01", "Choose a day after today"),
        ("0001-01-01", "Choose a day after today"),
        ("2029-11-24", "Choose a day within the next three years"),
        ("9999-12-31", "Choose a day within the next three years"),
        ("2027-02-30", "2026-05-21"),
        ("24/12/2026", "2026-05-21"),
        ("2026-12-24\r\nBcc: x@example.org", "2026-05-21"),
        ("x" * 5000, "2026-05-21"),
    ],
)
def test_a_pause_out_of_range_says_what_to_do(browser: Browser, membership: Membership, until: str, said: str) -> None:
    page = preferences(browser).press("Pause everything", status=422, until=until, reason="Exams")
    assert (said in page.text, page.title[:6], "#pause-until" in page.links) == (True, "Error:", True)
    assert page.values("Pause everything")["reason"] == "Exams"
    assert membership.member.paused_until_on is None


def test_a_reason_has_room_for_three_hundred_characters(browser: Browser, membership: Membership) -> None:
    page = preferences(browser).press("Pause everything", status=422, until="2027-01-01", reason="x" * 301)
    assert "Shorten this to 300 characters; it has 301" in page.text
    page.press("Pause everything", reason="x" * 300)
    assert membership.member.pause_reason == "x" * 300


def test_a_pause_can_be_moved_by_the_person_themself(browser: Browser, membership: Membership) -> None:
    page = preferences(browser).press("Pause everything", until="2027-06-01")
    assert "#pause-h" in page.links
    page.press("Move the pause", until="2027-01-01")
    assert membership.member.paused_until_on == date(2027, 1, 1)


def test_a_pause_ends_by_itself(browser: Browser, membership: Membership, today: Any) -> None:
    preferences(browser).press("Pause everything", until="2026-12-24")
    signed_in(browser, membership.member)
    today.move_to("2026-12-24 00:00:01+00:00")
    signed_in(browser, membership.member)
    page = preferences(browser)
    assert ("You paused" in page.text, why_not(membership)) == (False, "")


def test_an_address_that_bounced_is_told(browser: Browser, membership: Membership) -> None:
    membership.member.bounced_at = clock.now()
    db.session.commit()
    assert "could not be delivered to your address" in preferences(browser).text


def test_who_complained_is_told_calmly_and_comes_back_by_a_button(browser: Browser, membership: Membership) -> None:
    factories.suppression(of=membership.member, kind="complained")
    factories.suppression(of=membership.member)
    db.session.commit()
    page = preferences(browser)
    assert "so we stopped all of them" in page.text
    assert "Nothing comes from Robotics software: you told your mail provider" in page.text
    page = page.press("Send me newsletters again")
    assert "You get our newsletters again." in page.text
    assert ("Send me newsletters again" in page.text, why_not(membership)) == (False, "")
