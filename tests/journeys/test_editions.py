"""Real newsletters, and hand-made ones for what those lack: imported, sent, and read in both parts and the archive."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from portal import config
from portal.extensions import db
from portal.models import Community, Newsletter
from portal.services.newsletters import imports
from portal.services.sending import accounts, checks, schedule
from portal.tools.rendering import front_matter
from portal.worker import chores, shift
from tests import factories, sink, wire
from tests.journeys.reading import Source, missing_in_html, missing_in_text, read
from tests.pages import Browser

EDITIONS = Path(__file__).parent / "editions"
OWN = sorted(EDITIONS.glob("*.md"))
PUBLISHED = [f"{number:02}" for number in range(1, 13)]
PEOPLE = {"zoe@example.org": "Zoë Ohara", "taro@example.org": "日本 太郎", "nobody@example.org": ""}
STARTS = (
    ".com is how", "From here on", "...and three dots", "From: nobody@example.org", "Subject: neither", "> From behind",
    "--", "=2E is an equals sign", "--=_0123456789abcdef0123456789abcdef--", "=?utf-8?q?This_is_no_encoded_word?=",
)  # fmt: skip
BRACES = "{{ member.first_name }} {{ unsubscribe_url }} {% if x %}y{% endif %} {{ config }}"
CLIPPED = "html: 102 KB or more, clipped"


@pytest.fixture
def server(app: Flask) -> Iterator[sink.Sink]:
    """A server that takes everything, settings that point at it, and a worker of our own."""
    with sink.running() as running:
        config.use(config.current().model_copy(update={"smtp_url": running.url}))
        yield running
    shift.end()


@pytest.mark.parametrize("number", PUBLISHED)
def test_a_published_edition_arrives_whole(server: sink.Sink, browser: Browser, shared_data: Path, number: str) -> None:
    (edition,) = (shared_data / "newsletters").glob(f"{number}-*.md")
    _goes_all_the_way(edition, server, browser)


def test_an_edition_that_mail_programs_would_cut_is_reported_and_goes_out_whole(
    server: sink.Sink, browser: Browser, shared_data: Path, tmp_path: Path
) -> None:
    weeks = sorted((shared_data / "newsletters").glob("0[34]-*.md"))
    year = tmp_path / "year.md"
    year.write_text("\n\n".join(front_matter.split(week.read_text())[1] for week in weeks))
    _goes_all_the_way(year, server, browser, is_clipped=True)


@pytest.mark.parametrize("edition", OWN, ids=lambda path: path.stem)
def test_a_hand_made_edition_arrives_whole(server: sink.Sink, browser: Browser, edition: Path) -> None:
    _goes_all_the_way(edition, server, browser)


def test_lines_that_mail_servers_have_opinions_about_come_through(server: sink.Sink) -> None:
    _sent(EDITIONS / "06-dots-and-from.md", server)
    _subject, text, _html = read(server.raw[0])
    rows = text.split("\n")
    for start in STARTS:
        assert [row for row in rows if row.startswith(start)], start
    assert "100 %, 100% of it, %s %b %d %% and %(name)s; {{ name }}, {% raw %} and ${name} stay" in " ".join(
        text.split()
    )
    assert {".", "..", ".and a dot begins this one.", ".And this one."} <= set(rows)


def test_an_edition_written_from_the_right_is_mailed_from_the_right(server: sink.Sink, browser: Browser) -> None:
    newsletter = _sent(EDITIONS / "01-right-to-left.md", server)
    html = read(server.raw[0])[2]
    assert newsletter.language == "ar"
    assert re.search(r'<html[^>]* lang="ar"[^>]* dir="rtl"|<html[^>]* dir="rtl"[^>]* lang="ar"', html)
    assert 'lang="ar" dir="rtl"' in browser.open(_address(newsletter)).html


def test_a_hostile_edition_does_nothing_anywhere(server: sink.Sink, browser: Browser, shared_data: Path) -> None:
    newsletter = _sent(shared_data / "newsletters" / "made-nasty.md", server)
    for raw in server.raw:
        assert _faults(raw, newsletter) == []
        _subject, text, html = read(raw)
        for shown in (text, html):
            assert "comment with secret" not in shown
            assert BRACES in " ".join(shown.split())
        assert "<script>shown, not run</script>" in text
        assert "&lt;script&gt;shown, not run&lt;/script&gt;" in html
    page = browser.open(_address(newsletter))
    assert "comment with secret" not in page.html
    assert "<iframe" not in page.html


def _goes_all_the_way(edition: Path, server: sink.Sink, browser: Browser, *, is_clipped: bool = False) -> None:
    newsletter = _sent(edition, server)
    assert checks.look(newsletter).is_clipped is is_clipped
    source = Source.of(newsletter.body)
    assert source.words
    assert len(server.raw) == len(PEOPLE)
    for raw in server.raw:
        assert _faults(raw, newsletter) == [CLIPPED] * is_clipped
        subject, text, html = read(raw)
        assert subject == newsletter.title
        assert (missing_in_text(source, text), missing_in_html(source, html)) == ([], [])
    page = browser.open(_address(newsletter))
    assert page.h1 == " ".join(newsletter.title.split())
    assert missing_in_html(source, page.html) == []


def _sent(edition: Path, server: sink.Sink) -> Newsletter:
    """Import an edition as a recruiter does, and send it as the worker does."""
    community: Community = factories.community(slug="robots", name="Robotics software")
    for email, name in PEOPLE.items():
        factories.membership(at=community, of=factories.member(email=email, name=name))
    text = edition.read_text(encoding="utf-8")
    newsletter = imports.import_markdown(text, filename=edition.name, community=community)
    assert newsletter.body == front_matter.split(text)[1]
    schedule.send_now(newsletter)
    db.session.commit()
    chores.address()
    while chores.send():
        pass
    chores.close()
    db.session.refresh(newsletter)
    assert (accounts.account(newsletter).sent, newsletter.state) == (len(PEOPLE), "sent")
    assert {envelope.rcpt_tos[0] for envelope in server.mails} == set(PEOPLE)
    return newsletter


def _faults(raw: bytes, newsletter: Newsletter) -> list[str]:
    why = f"You get this because you joined {newsletter.community.name} on "
    postal = config.current().postal_address
    return wire.check_delivery(raw, reason=why, postal_address=postal, own_hosts={"localhost"})


def _address(newsletter: Newsletter) -> str:
    return f"/c/{newsletter.community.slug}/newsletters/{newsletter.slug}"
