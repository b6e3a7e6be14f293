"""The walks of a candidate and of a recruiter in Chromium on a phone, with scripts and without, and by keyboard."""

from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal.extensions import db
from portal.models import Community, Membership
from portal.services.sending import schedule
from tests import factories, sink
from tests.desk.entering import PASSWORD, code, rosa
from tests.journeys.hands import Keyboard, Pointer
from tests.journeys.walking import last_to, link_to, words_of, work

pytestmark = pytest.mark.one_engine

AMARA, ROSA = "amara@example.org", "rosa@northwind.example"
PHONE = {"width": 390, "height": 844}
WAYS = [
    pytest.param((Pointer, True), id="by touch"),
    pytest.param((Pointer, False), id="by touch without scripts"),
    pytest.param((Keyboard, True), id="by keyboard"),
    pytest.param((Keyboard, False), id="by keyboard without scripts"),
]


@pytest.fixture
def robotics(app: Flask) -> Community:
    community: Community = factories.community(slug="robotics", name="Robotics software", interests=("force", "motion"))
    db.session.commit()
    return community


@pytest.fixture
def hand(chromium: Any, address: str, request: pytest.FixtureRequest) -> Iterator[Pointer]:
    """Somebody's hand on a phone; when they put it away the console must have stayed empty."""
    way, scripts = request.param
    context = chromium.new_context(
        base_url=address, viewport=PHONE, has_touch=True, java_script_enabled=scripts, reduced_motion="reduce"
    )
    context.set_default_timeout(10_000)
    tab, complaints = context.new_page(), []
    tab.on("console", lambda message: complaints.append(f"{tab.url}: {message.text}"))
    tab.on("pageerror", lambda error: complaints.append(f"{tab.url}: {error}"))
    yield way(tab, runs_scripts=scripts)
    context.close()
    assert complaints == []


@pytest.mark.parametrize("hand", WAYS, indirect=True)
def test_a_candidate_joins_chooses_reads_and_stops(hand: Pointer, server: sink.Sink, robotics: Community) -> None:
    _joins(hand, server)
    _signs_in(hand, server)
    hand.tick("Force")
    hand.press("Save for Robotics software")
    assert hand.tab.get_by_label("Force", exact=True).is_checked()
    mail = _newsletter_to_amara(server, robotics)
    hand.open(link_to(mail, "/newsletters/"))
    assert hand.sees == "Cucumbers roll"
    hand.follow("All newsletters")
    hand.open(link_to(mail, "/u/"))
    hand.press("Stop these emails")
    assert hand.sees == "You get no more newsletters from Robotics software"
    assert _is_muted()
    hand.open("/preferences")
    hand.press("Let the newsletters of Robotics software come again")
    assert not _is_muted()
    hand.press("Sign out")
    assert hand.sees == "You are signed out"


@pytest.mark.parametrize("hand", WAYS, indirect=True)
def test_a_recruiter_writes_and_sends(hand: Pointer, server: sink.Sink, robotics: Community, shared_data: Path) -> None:
    words = words_of(next((shared_data / "newsletters").glob("01-*.md")))
    _two_members(robotics)
    _enters(hand)
    _makes_segment(hand)
    _goes(hand, "Newsletters")
    hand.follow("Write the first one")
    hand.fill("Title", words["title"])
    hand.fill("Text", words["body"])
    hand.press("Save and look at it")
    hand.tab.frame_locator("iframe[name=preview]").get_by_role("heading", name=words["title"]).wait_for()
    hand.press("Send me a test")
    work()
    assert words["title"] in last_to(server, ROSA)["Subject"]
    hand.press("Save and choose who gets it")
    hand.choose("Force people")
    hand.press("Go on to sending")
    hand.press("Send now to 1 person")
    work()
    _learns_that_it_went_out(hand)
    assert [m["Subject"] for m in server.to(AMARA)] == [words["title"]]
    _goes(hand, None)


def _joins(hand: Pointer, server: sink.Sink) -> None:
    hand.open("/")
    hand.follow("Robotics software")
    hand.fill("Email address", AMARA)
    hand.fill("Name (optional)", "Amara Okafor")
    hand.tick("Northwind Robotics may email me the Robotics software newsletters. I can stop at any time.")
    hand.press("Join the community")
    assert hand.sees == "Check your email"
    work()
    hand.open(link_to(last_to(server, AMARA), "/confirm/"))
    hand.press("Confirm and join")
    assert hand.sees == "You’re in"


def _signs_in(hand: Pointer, server: sink.Sink) -> None:
    hand.follow("Change your preferences")
    hand.fill("Email address", AMARA)
    hand.press("Send me a link")
    work()
    hand.open(link_to(last_to(server, AMARA), "/sign-in/"))
    hand.press("Sign in")
    assert hand.sees == "Your preferences"


def _newsletter_to_amara(server: sink.Sink, robotics: Community) -> EmailMessage:
    newsletter = factories.newsletter(at=robotics, title="Cucumbers roll")
    schedule.send_now(newsletter)
    db.session.commit()
    work()
    return last_to(server, AMARA)


def _two_members(robotics: Community) -> None:
    """Amara, who asks about force, and one who does not."""
    amara = factories.membership(at=robotics, of=factories.member(email=AMARA, name="Amara Okafor"))
    amara.interests = [interest for interest in robotics.interests if interest.slug == "force"]
    factories.membership(at=robotics)
    rosa()


def _enters(hand: Pointer) -> None:
    hand.open("/desk/")
    hand.fill("Email address", ROSA)
    hand.fill("Password", PASSWORD)
    hand.press("Sign in")
    hand.fill("6-digit code", code())
    hand.press("Sign in")
    assert hand.sees == "Good to see you, Rosa Iglesias"


def _makes_segment(hand: Pointer) -> None:
    _goes(hand, "Segments")
    hand.follow("Make the first one")
    hand.fill("Name", "Force people")
    hand.press("Interest")
    hand.pick("Interest", "Force")
    hand.press("Save segment")
    assert hand.sees == "Force people"


def _goes(hand: Pointer, room: str | None) -> None:
    """To another room of the desk, or out of it."""
    hand.unfold("Menu")
    if room:
        hand.follow(room)
    else:
        hand.press("Sign out")
    assert hand.sees == (room or "Sign in to the desk")


def _learns_that_it_went_out(hand: Pointer) -> None:
    hand.tab.reload()
    hand.tab.get_by_text("1 planned = 1 sent").wait_for()


def _is_muted() -> bool:
    muted = db.session.scalars(select(Membership)).one().muted_at is not None
    db.session.rollback()  # The server writes, so no transaction of ours may stay open.
    return muted
