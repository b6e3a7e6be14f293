"""A magic link opens one session, for the browser that asked or for whoever reads its code."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from portal import clock
from portal.extensions import db
from portal.models import Letter, MagicLink, MemberSession
from portal.services.people import magic_links, sessions
from portal.tools import links
from tests import factories

SECRET = "s" * 43


def asked(email: str = "amara@example.org", *, secret: str = SECRET) -> MagicLink:
    return magic_links.ask(email, language="en", secret=secret)


def wrong_code(link: MagicLink) -> str:
    return f"{(int(links.code_for(link.public_id)) + 1) % 1_000_000:06d}"


def open_sessions() -> int:
    return db.session.execute(select(func.count(MemberSession.id))).scalar_one()


def test_a_member_gets_a_letter_and_a_stranger_an_equal_row_that_is_never_mailed(app: Flask) -> None:
    member = factories.member(email="amara@example.org")
    known, stranger = asked("Amara@Example.ORG"), asked("nobody@example.org")
    assert (known.member_id, stranger.member_id) == (member.id, None)
    letters = db.session.execute(select(Letter).order_by(Letter.id)).scalars().all()
    assert [(letter.due_at is None, letter.dropped_at is None) for letter in letters] == [(False, True), (True, False)]


def test_the_link_opens_a_session_once(app: Flask) -> None:
    member = factories.member(email="amara@example.org")
    link = asked()
    found = sessions.find(magic_links.use(link))
    assert (found and found.member) == member
    with pytest.raises(magic_links.NotUsable, match="claimed"):
        magic_links.use(link)
    assert open_sessions() == 1


def test_the_code_opens_a_session_in_the_asking_browser(app: Flask) -> None:
    factories.member(email="amara@example.org")
    link = asked()
    magic_links.use_code(links.code_for(link.public_id), secret=SECRET)
    assert (open_sessions(), link.state(clock.now())) == (1, "claimed")


def test_the_code_of_an_earlier_letter_works_too(app: Flask) -> None:
    factories.member(email="amara@example.org")
    first, _second = asked(), asked()
    magic_links.use_code(links.code_for(first.public_id), secret=SECRET)
    assert open_sessions() == 1


def test_a_code_is_worth_nothing_in_another_browser(app: Flask) -> None:
    factories.member(email="amara@example.org")
    link = asked()
    with pytest.raises(magic_links.NotUsable):
        magic_links.use_code(links.code_for(link.public_id), secret="t" * 43)


def test_five_wrong_codes_end_code_and_link(app: Flask) -> None:
    factories.member(email="amara@example.org")
    link = asked()
    for _ in range(5):
        with pytest.raises(magic_links.WrongCode):
            magic_links.use_code(wrong_code(link), secret=SECRET)
    with pytest.raises(magic_links.NotUsable):
        magic_links.use_code(links.code_for(link.public_id), secret=SECRET)
    with pytest.raises(magic_links.NotUsable):
        magic_links.use(link)
    assert open_sessions() == 0


def test_the_fifth_try_may_still_be_right(app: Flask) -> None:
    factories.member(email="amara@example.org")
    link = asked()
    for _ in range(4):
        with pytest.raises(magic_links.WrongCode):
            magic_links.use_code(wrong_code(link), link=link)
    magic_links.use_code(links.code_for(link.public_id), link=link)
    assert open_sessions() == 1


def test_an_old_link_expires(app: Flask) -> None:
    factories.member(email="amara@example.org")
    link = asked()
    with (
        time_machine.travel(clock.now() + timedelta(minutes=10)),
        pytest.raises(magic_links.NotUsable, match="expired"),
    ):
        magic_links.use(link)
    with time_machine.travel(clock.now() + timedelta(minutes=10)), pytest.raises(magic_links.NotUsable):
        magic_links.use_code(links.code_for(link.public_id), secret=SECRET)


def test_the_link_of_a_stranger_opens_nothing(app: Flask) -> None:
    link = asked("nobody@example.org")
    with pytest.raises(magic_links.NotUsable):
        magic_links.use(link)
    with pytest.raises(magic_links.WrongCode):
        magic_links.use_code(links.code_for(link.public_id), secret=SECRET)


def test_past_the_limit_of_an_address_links_open_nothing(app: Flask) -> None:
    factories.member(email="amara@example.org")
    opens = [asked().member_id is not None for _ in range(12)]
    assert opens == [True] * 10 + [False] * 2


def test_old_links_are_forgotten_with_their_letters(app: Flask) -> None:
    asked()
    with time_machine.travel(clock.now() + timedelta(days=1, minutes=11)):
        assert magic_links.forget_old() == 1
    assert db.session.execute(select(func.count(Letter.id))).scalar_one() == 0
