"""A signed-in browser is remembered for a day, and forgotten when the person signs out."""

from datetime import timedelta

import time_machine
from flask import Flask
from sqlalchemy import select

from portal import clock
from portal.extensions import db
from portal.models import MemberSession
from portal.services.people import sessions
from tests import factories


def test_the_secret_opens_the_session_and_is_not_kept(app: Flask) -> None:
    member = factories.member()
    secret = sessions.open_for(member)
    found = sessions.find(secret)
    assert (found and found.member) == member
    assert secret not in db.session.execute(select(MemberSession.secret_hash)).scalars().all()


def test_a_guessed_secret_opens_nothing(app: Flask) -> None:
    sessions.open_for(factories.member())
    assert [sessions.find(secret) for secret in ("", "x" * 43)] == [None, None]


def test_signing_out_ends_one_browser_and_leaves_the_other(app: Flask) -> None:
    member = factories.member()
    here, there = sessions.open_for(member), sessions.open_for(member)
    sessions.end(here)
    sessions.end(here)
    assert sessions.find(here) is None
    assert sessions.find(there) is not None


def test_all_browsers_of_a_person_can_be_signed_out(app: Flask) -> None:
    member, other = factories.member(), factories.member()
    secrets, kept = [sessions.open_for(member) for _ in range(2)], sessions.open_for(other)
    sessions.end_all(member)
    assert [sessions.find(secret) for secret in secrets] == [None, None]
    assert sessions.find(kept) is not None


def test_a_session_ends_after_a_day_and_is_swept_away(app: Flask) -> None:
    secret = sessions.open_for(factories.member())
    with time_machine.travel(clock.now() + timedelta(hours=24, seconds=1)):
        assert sessions.find(secret) is None
        assert sessions.forget_old() == 1


def test_an_erased_person_is_signed_in_nowhere(app: Flask) -> None:
    member = factories.member()
    secret = sessions.open_for(member)
    member.erased_at = clock.now()
    db.session.flush()
    assert sessions.find(secret) is None
