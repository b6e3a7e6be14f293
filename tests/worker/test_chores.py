"""The purge: what is kept only for a while goes, and what still opens something stays."""

from datetime import timedelta

import time_machine
from flask import Flask

from portal import clock
from portal.extensions import db
from portal.models import DeskSession, MagicLink, MemberSession, Worker
from portal.services.people import magic_links, sessions
from portal.services.staff import desk_sessions
from portal.worker import chores
from tests import factories


def test_spent_links_and_sessions_are_forgotten(app: Flask) -> None:
    _sign_everybody_in()
    with time_machine.travel(clock.now() + timedelta(days=40), tick=False):
        chores.purge()
        db.session.rollback()
    assert _kept() == {MagicLink: 0, MemberSession: 0, DeskSession: 0, Worker: 0}


def test_a_purge_signs_nobody_out(app: Flask) -> None:
    secret, desk_secret = _sign_everybody_in()
    with time_machine.travel(clock.now() + timedelta(hours=11), tick=False):
        chores.purge()
        db.session.rollback()
        assert sessions.find(secret)
        assert desk_sessions.find(desk_secret)
    assert _kept() == {MagicLink: 1, MemberSession: 1, DeskSession: 1, Worker: 1}


def _sign_everybody_in() -> tuple[str, str]:
    """A member with a link and a session, a recruiter with a session, a worker that has ended."""
    member = factories.member()
    assert member.email
    magic_links.ask(member.email, language="en", secret="x" * 43)
    now = clock.now()
    db.session.add(Worker(host="here", process="1", started_at=now, beat_at=now, ended_at=now))
    secrets = sessions.open_for(member), desk_sessions.open_for(factories.recruiter())
    db.session.commit()
    return secrets


def _kept() -> dict[type, int]:
    return {model: db.session.query(model).count() for model in (MagicLink, MemberSession, DeskSession, Worker)}
