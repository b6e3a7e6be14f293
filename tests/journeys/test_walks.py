"""The whole walks over HTTP: from joining a community to the next newsletter, which leaves out who stopped them."""

from email.message import EmailMessage
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.extensions import db
from portal.models import Community, Member, Newsletter, Segment
from tests import factories, sink, wire
from tests.desk.entering import come_in, rosa
from tests.desk.newsletters.rows import without_tokens
from tests.journeys.reading import Source, missing_in_html, missing_in_text, read
from tests.journeys.walking import last_to, link_to, one_click, text_of, words_of, work
from tests.pages import Browser, Page

AMARA, KOFI, ROSA = "amara@example.org", "kofi@example.org", "rosa@northwind.example"


@pytest.fixture
def robotics(app: Flask) -> Community:
    """A community that Kofi is in already, for whom nobody asks about force."""
    community: Community = factories.community(slug="robotics", name="Robotics software", interests=("force", "motion"))
    factories.membership(at=community, of=factories.member(email=KOFI, name="Kofi Mensah"))
    db.session.commit()
    return community


@pytest.fixture
def editions(shared_data: Path) -> list[Path]:
    """Two real newsletters."""
    return [next((shared_data / "newsletters").glob(f"{number}-*.md")) for number in ("05", "01")]


def test_from_joining_to_the_newsletter_that_leaves_them_out(
    app: Flask, server: sink.Sink, robotics: Community, editions: list[Path]
) -> None:
    amara, recruiter = Browser(app), Browser(app)
    rosa()
    _joined(amara, server)
    _interested(amara, server, "force")
    come_in(recruiter)

    first = _written(recruiter, editions[0])
    _tested(recruiter, server, first)
    preview = _previewed(recruiter, first, _member(AMARA))
    account = _sent(recruiter, first, to=str(_segmented(recruiter).id))
    assert "1 planned = 1 sent + 0 waiting + 0 failed + 0 in doubt + 0 left out. Nobody is missing." in account.text
    assert server.to(KOFI) == []
    _arrived(server, first, preview)
    _read_in_the_archive(amara, last_to(server, AMARA), first)

    _stopped(app.test_client(use_cookies=False), last_to(server, AMARA))
    second = _written(recruiter, editions[1])
    account = _sent(recruiter, second, to="everyone")
    assert "2 planned = 1 sent + 0 waiting + 0 failed + 0 in doubt + 1 left out. Nobody is missing." in account.text
    assert "They stopped the newsletters of this community and stayed members." in account.text
    assert [m["Subject"] for m in server.to(KOFI)] == [second.title]
    assert second.title not in [m["Subject"] for m in server.to(AMARA)]
    left_out = account.follow("1 person: Muted")
    assert (left_out.h1, "Amara Okafor" in left_out.text) == ("1 person: Muted", True)
    assert "Let the newsletters come again" in amara.open("/preferences").text


def test_who_was_not_the_one_that_asked_is_forgotten_and_hears_nothing(
    app: Flask, server: sink.Sink, robotics: Community
) -> None:
    _asked(Browser(app))
    work()
    elsewhere = Browser(app)
    page = elsewhere.open(link_to(last_to(server, AMARA), "/not-me"))
    page = page.press("I didn’t ask for this", email=AMARA)
    assert page.h1 == "Nobody joined"
    assert elsewhere.open(link_to(last_to(server, AMARA), "/confirm/")).h1 == "Nobody joined"
    assert db.session.query(Member).filter_by(email=AMARA).all() == []
    assert len(server.mails) == 1


def test_joining_a_second_time_changes_nothing_for_who_is_in(
    app: Flask, server: sink.Sink, robotics: Community
) -> None:
    amara = Browser(app)
    _joined(amara, server)
    before = [(m.started_at, m.frequency, len(m.interests)) for m in _member(AMARA).memberships]
    first = len(server.mails)
    assert _asked(Browser(app)).h1 == "Check your email"
    work()
    assert [(m.started_at, m.frequency, len(m.interests)) for m in _member(AMARA).memberships] == before
    assert len(server.mails) == first + 1


def _asked(browser: Browser) -> Page:
    page = browser.open("/").follow("Robotics software")
    return page.press("Join the community", email=AMARA, name="Amara Okafor", consent_mail="y")


def _joined(amara: Browser, server: sink.Sink) -> None:
    assert _asked(amara).h1 == "Check your email"
    assert db.session.query(Member).filter_by(email=AMARA).all() == []
    work()
    letter = last_to(server, AMARA)
    asking = amara.open(link_to(letter, "/confirm/"))
    assert asking.h1 == "One last step, Amara"
    assert db.session.query(Member).filter_by(email=AMARA).all() == []
    assert asking.press("Confirm and join").h1 == "You’re in"
    assert [m.community.slug for m in _member(AMARA).memberships] == ["robotics"]


def _interested(amara: Browser, server: sink.Sink, interest: str) -> None:
    """Sign in by the link of a letter, and pick an interest."""
    asked = amara.open("/preferences").press("Send me a link", email=AMARA)
    assert asked.h1 == "Check your email"
    work()
    page = amara.open(link_to(last_to(server, AMARA), "/sign-in/")).press("Sign in")
    assert page.h1 == "Your preferences"
    page.press("Save for Robotics software", interests=[interest])
    assert [i.slug for i in _member(AMARA).memberships[0].interests] == [interest]


def _written(recruiter: Browser, edition: Path) -> Newsletter:
    """Begin it from the first page of the desk, with the words of a real one."""
    page = recruiter.open("/desk/").follow("Write").press("Save and look at it", **words_of(edition))
    assert "Your draft is saved." in page.text
    newsletter = db.session.scalars(select(Newsletter).order_by(Newsletter.id.desc())).first()
    assert newsletter is not None
    assert (page.h1, newsletter.state) == (newsletter.title, "draft")
    return newsletter


def _tested(recruiter: Browser, server: sink.Sink, newsletter: Newsletter) -> None:
    """Send it to oneself."""
    page = recruiter.open(_desk(newsletter, "write")).press("Send me a test")
    assert f"A test mail is on its way to {ROSA}." in page.text
    work()
    test = last_to(server, ROSA)
    assert newsletter.title in test["Subject"]
    assert missing_in_text(Source.of(newsletter.body), text_of(test)) == []


def _segmented(recruiter: Browser) -> Segment:
    page = recruiter.open("/desk/segments/new").press("Interest", name="Force people")
    page = page.press("Save segment", **{"rules-0-interest": "robotics/force"})
    assert "See 1 person" in page.text
    return db.session.scalars(select(Segment)).one()


def _sent(recruiter: Browser, newsletter: Newsletter, *, to: str) -> Page:
    """Choose who gets it, press the button, let the worker work, and look where everyone stands."""
    page = recruiter.open(_desk(newsletter, "write")).press("Save and choose who gets it")
    page = page.press("Go on to sending", who=to).press("Send now to 1 person")
    assert (page.h1, newsletter.state) == (newsletter.title, "scheduled")
    work()
    return recruiter.open(page.path)


def _previewed(recruiter: Browser, newsletter: Newsletter, member: Member) -> str:
    return recruiter.client.get(_desk(newsletter, "preview"), query_string={"as": member.id}).text


def _desk(newsletter: Newsletter, page: str) -> str:
    return f"/desk/newsletters/{newsletter.id}/{page}"


def _member(email: str) -> Member:
    db.session.rollback()
    return db.session.scalars(select(Member).filter_by(email=email)).one()


def _arrived(server: sink.Sink, newsletter: Newsletter, preview: str) -> None:
    """What came is right on the wire, has lost nothing, and is the preview, byte for byte but for its tokens."""
    raw = server.raw[-1]
    assert wire.check_delivery(raw, own_hosts={"localhost"}) == []
    subject, text, html = read(raw)
    source = Source.of(newsletter.body)
    assert (subject, missing_in_text(source, text), missing_in_html(source, html)) == (newsletter.title, [], [])
    assert without_tokens(html) == without_tokens(preview)


def _read_in_the_archive(amara: Browser, mail: EmailMessage, newsletter: Newsletter) -> None:
    page = amara.open(link_to(mail, "/newsletters/"))
    assert page.h1 == newsletter.title
    assert missing_in_html(Source.of(newsletter.body), page.html) == []
    assert newsletter.title in page.follow("All newsletters").text


def _stopped(machine: FlaskClient, mail: EmailMessage) -> None:
    """Press the button of a mail program: its provider's machine posts, keeps no cookies and follows nothing."""
    address = one_click(mail).removeprefix("http://localhost")
    machine.get(address)
    db.session.rollback()
    assert _member(AMARA).memberships[0].muted_at is None
    response = machine.post(address, data={"List-Unsubscribe": "One-Click"})
    db.session.rollback()
    assert (response.status_code, response.headers.getlist("Set-Cookie")) == (200, [])
    assert _member(AMARA).memberships[0].muted_at is not None
