"""A newsletter whose addresses do not exist is held by what a real server answers, and goes on at a person's word."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from portal import clock, config
from portal.extensions import db
from portal.models import Delivery, Newsletter
from portal.services.sending import accounts, holding, schedule
from portal.services.sending.holding import Answers
from portal.worker import chores, shift
from portal.worker.breaker import Breaker
from tests import factories, sink

GONE = "550 5.1.1 no such person"


@pytest.fixture
def server(app: Flask) -> Iterator[sink.Sink]:
    """A server that takes everything, settings that point at it, and a worker of our own."""
    with sink.running() as running:
        config.use(config.current().model_copy(update={"smtp_url": running.url}))
        yield running
    shift.end()


def every(nth: int, verdict: str) -> Callable[[str], sink.Verdict]:
    """Refuse one address in so many."""
    asked = iter(range(1_000_000))
    return lambda _address: verdict if next(asked) % nth == nth - 1 else None


@pytest.mark.parametrize("lines", [1, 3])
def test_too_many_addresses_that_do_not_exist_hold_it_within_a_window(server: sink.Sink, lines: int) -> None:
    config.use(config.current().model_copy(update={"send_connections": lines}))
    newsletter = _ready(waiting=90, sent=190)
    server.at_rcpt = every(2, GONE)
    _work(newsletter)
    found, account = holding.answers(newsletter), accounts.account(newsletter)
    assert (newsletter.held_reason, newsletter.state, found.are_too_bad) == ("addresses", "sending", True)
    # A slow machine has smaller windows, so it is not known in which of them the share is passed.
    assert 200 <= found.mails < 260
    assert account.pending > 0 and account.balances
    assert account.failures == {"no_mailbox": found.no_mailbox}
    assert len(server.mails) == account.sent - 190


def test_all_gone_holds_it_as_soon_as_there_are_enough(server: sink.Sink) -> None:
    newsletter = _ready(waiting=80, sent=180)
    server.at_rcpt = lambda _address: GONE
    _work(newsletter)
    found = holding.answers(newsletter)
    assert (newsletter.held_reason, found.mails - found.no_mailbox) == ("addresses", 180)
    assert 200 <= found.mails < 250


def test_five_in_a_hundred_are_not_too_many(server: sink.Sink) -> None:
    newsletter = _ready(waiting=20, sent=190, no_mailbox=10)
    server.at_rcpt = every(20, GONE)
    _work(newsletter)
    assert (newsletter.state, newsletter.held_at, holding.answers(newsletter)) == ("sent", None, Answers(220, 11))


def test_a_few_mails_prove_nothing(server: sink.Sink) -> None:
    newsletter = _ready(waiting=20)
    server.at_rcpt = lambda _address: GONE
    _work(newsletter)
    assert (newsletter.state, newsletter.held_at, holding.answers(newsletter)) == ("sent", None, Answers(20, 20))


@pytest.mark.parametrize("said", ["552 5.2.2 mailbox full", "550 5.1.0 address refused", "550 no such person"])
def test_other_refusals_say_nothing_about_where_addresses_come_from(server: sink.Sink, said: str) -> None:
    newsletter = _ready(waiting=30, sent=190)
    server.at_rcpt = lambda _address: said
    _work(newsletter)
    assert (newsletter.state, newsletter.held_at, holding.answers(newsletter)) == ("sent", None, Answers(220, 0))


def test_who_lets_it_go_on_is_believed_for_another_two_hundred(server: sink.Sink) -> None:
    newsletter = _ready(waiting=60, sent=190)
    server.at_rcpt = lambda _address: GONE
    _work(newsletter)
    first = holding.answers(newsletter).no_mailbox
    assert (newsletter.held_reason, first >= 10) == ("addresses", True)
    schedule.release(newsletter)
    _settled(newsletter, 140)
    _work(newsletter)
    assert (newsletter.state, newsletter.held_at) == ("sent", None)
    assert holding.answers(newsletter) == Answers(140 + 60 - first, 60 - first)


def test_after_another_two_hundred_it_is_held_again(server: sink.Sink) -> None:
    newsletter = _ready(waiting=140, sent=190)
    server.at_rcpt = lambda _address: GONE
    _work(newsletter)
    first = newsletter.held_at
    schedule.release(newsletter)
    _settled(newsletter, 190)
    _work(newsletter)
    assert newsletter.held_at and first and newsletter.held_at > first
    found = holding.answers(newsletter)
    assert (newsletter.held_reason, found.mails - found.no_mailbox) == ("addresses", 190)


def test_two_workers_hold_it_once_and_nobodys_word_is_undone(app: Flask) -> None:
    newsletter = _ready(sent=150, no_mailbox=50)
    found, again = holding.look(newsletter.id), holding.look(newsletter.id)
    assert found and again and found.answers == Answers(200, 50)
    assert (holding.hold_for_addresses(found), holding.hold_for_addresses(again)) == (True, False)
    db.session.refresh(newsletter)
    assert (newsletter.held_at, holding.look(newsletter.id)) == (found.at, None)
    schedule.release(newsletter)
    assert (holding.hold_for_addresses(again), holding.look(newsletter.id)) == (False, None)


def test_what_a_person_stopped_is_left_alone(app: Flask) -> None:
    newsletter = _ready(sent=150, no_mailbox=50)
    finding = holding.look(newsletter.id)
    schedule.hold(newsletter, reason="person")
    assert finding and holding.hold_for_addresses(finding) is False
    assert (newsletter.held_reason, holding.look(newsletter.id)) == ("person", None)


def test_looking_is_never_forgotten_and_told_to_one_line_alone() -> None:
    breaker = Breaker()
    assert breaker.due() == []
    breaker.hear({1, 2})
    assert (sorted(breaker.due()), breaker.due()) == ([1, 2], [])


def test_looking_takes_little_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr("portal.worker.breaker.time.monotonic", lambda: now[0])
    breaker, looks, looked = Breaker(), 0, 0.0
    while now[0] < 1600:
        breaker.hear({1})
        for _key in breaker.due():
            with breaker.looking(1):
                now[0] += 0.4
            looks, looked = looks + 1, looked + 0.4
        breaker.hear({2})
        assert breaker.due() == [2]  # Another one, quick to count, does not wait for the dear one.
        now[0] += 0.1
    assert looks > 60 and looked < 0.05 * 600 + 2


def _ready(*, waiting: int = 0, sent: int = 0, no_mailbox: int = 0) -> Newsletter:
    """A newsletter on its way, to so many who wait and so many whose mails came to their end before."""
    now, community = clock.now(), factories.community(name="Robotics software")
    newsletter = factories.newsletter(at=community, send_at=now, addressed_at=now, planned=waiting)
    for _ in range(waiting):
        membership = factories.membership(at=community)
        row = Delivery(newsletter=newsletter, member=membership.member, membership=membership, state="pending")
        row.planned_at = row.due_at = now
        db.session.add(row)
    _settled(newsletter, sent)
    _settled(newsletter, no_mailbox, state="failed", reason="no_mailbox")
    return newsletter


def _settled(newsletter: Newsletter, count: int, *, state: str = "sent", reason: str = "") -> None:
    now = clock.now()
    fate = {"state": state, "reason": reason, "planned_at": now, "settled_at": now}
    db.session.add_all(Delivery(newsletter_id=newsletter.id, **fate) for _ in range(count))
    newsletter.planned = (newsletter.planned or 0) + count
    db.session.commit()


def _work(newsletter: Newsletter) -> None:
    """Do what a worker's schedule would do, until nothing is left to do now."""
    while chores.send():
        pass
    chores.close()
    db.session.refresh(newsletter)
