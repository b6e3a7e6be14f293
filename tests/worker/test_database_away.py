"""The database goes away in the middle of sending and comes back: the same worker goes on, and nothing stays behind."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from portal import config
from portal.extensions import db
from portal.models import Delivery, Letter
from portal.services.people import magic_links
from portal.services.sending import accounts, schedule
from portal.worker import chores, shift
from tests import factories, sink

MEMBERS = 12


@pytest.fixture
def server(app: Flask) -> Iterator[sink.Sink]:
    with sink.running() as server:
        config.use(config.current().model_copy(update={"smtp_url": server.url}))
        yield server
        shift.end()


@pytest.mark.parametrize("taken", [1, 5, MEMBERS])
def test_a_newsletter_comes_to_its_end_with_the_same_worker(server: sink.Sink, taken: int) -> None:
    community = factories.community()
    for _ in range(MEMBERS):
        factories.membership(at=community)
    newsletter = factories.newsletter(at=community)
    schedule.send_now(newsletter)
    db.session.commit()
    chores.address()
    with _away(server, after=taken), pytest.raises(OperationalError):
        chores.send()
    _forget()
    assert {row.state for row in db.session.query(Delivery)} & {"claimed", "handed_over"}
    chores.sweep()
    chores.send()
    chores.close()
    db.session.expire_all()
    account = accounts.account(newsletter)
    assert (account.pending, account.balances, newsletter.state) == (0, True, "sent")
    times = Counter(envelope.rcpt_tos[0] for envelope in server.mails)
    assert max(times.values()) == 1
    # What the server said meanwhile was kept, so nothing is in doubt.
    assert (account.sent, account.in_doubt, len(times)) == (MEMBERS, 0, MEMBERS)


def test_a_letter_comes_again(server: sink.Sink) -> None:
    member = factories.member()
    assert member.email
    magic_links.ask(member.email, language="en", secret="x" * 43)
    db.session.commit()
    with _away(server, after=1), pytest.raises(OperationalError):
        chores.post_letters()
    _forget()
    chores.sweep()
    chores.post_letters()
    db.session.expire_all()
    assert db.session.query(Letter).one().sent_at
    assert len(server.mails) == 2


@contextmanager
def _away(server: sink.Sink, *, after: int) -> Iterator[None]:
    """Let every statement fail from the moment the mail server has taken so many mails."""

    def fail(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if len(server.mails) >= after:
            raise OperationalError(statement, {}, Exception("the database is away"))

    event.listen(db.engine, "before_cursor_execute", fail)
    try:
        yield
    finally:
        event.remove(db.engine, "before_cursor_execute", fail)


def _forget() -> None:
    db.session.rollback()
    db.session.expire_all()
