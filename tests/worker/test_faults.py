"""Whatever goes wrong with the mail server: nobody is lost, nobody gets it twice, and the fault stays told apart."""

from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

import pytest
import time_machine
from flask import Flask

from portal import clock, config
from portal.extensions import db
from portal.models import Delivery, Letter, Newsletter
from portal.services.people import magic_links
from portal.services.sending import accounts, backoff, schedule
from portal.tools.mail.transport import SmtpTransport
from portal.worker import chores, shift
from tests import factories
from tests.worker.faulty import DROP, HANG, SLOW, TAKE_AND_DROP, TAKE_AND_HANG, FaultyServer, Trouble, serving

PATIENCE = 0.6
"""Seconds a test waits for a reply; the product waits minutes."""


class Fate(NamedTuple):
    """What becomes of the first mail, which meets the trouble, and of the two after it; None: as it happens."""

    state: str
    reason: str = ""
    tries: int | None = None
    others: str | None = "sent"
    is_held: bool = False


LEFT_ALONE = Fate("pending", others="pending")
LATER = Fate("pending", tries=1)
REFUSED = Fate("failed", "refused")
NO_MAILBOX = Fate("failed", "no_mailbox")
OURS = Fate("pending", tries=1, others=None, is_held=True)
LOST = Fate("pending", tries=1, others="pending")
DOUBTFUL = Fate("in_doubt", "line_lost", tries=1, others="pending")

FATES: dict[Trouble, Fate] = {
    ("GREETING", HANG): LEFT_ALONE,
    ("GREETING", DROP): LEFT_ALONE,
    ("GREETING", b"421 4.3.2 not now\r\n"): LEFT_ALONE,
    ("MAIL", b"421 4.3.2 closing\r\n"): LEFT_ALONE,
    ("MAIL", b"451 4.3.0 in a moment\r\n"): LATER,
    ("MAIL", b"550 5.7.1 not from you\r\n"): OURS,
    ("RCPT", b"421 4.3.2 closing\r\n"): LEFT_ALONE,
    ("RCPT", b"450 4.2.0 greylisted\r\n"): LATER,
    ("RCPT", b"451 4.2.1 busy mailbox\r\n"): LATER,
    ("RCPT", b"550 5.1.1 no such person\r\n"): NO_MAILBOX,
    ("RCPT", b"551 5.1.6 moved away\r\n"): NO_MAILBOX,
    ("RCPT", b"550 5.2.1 switched off\r\n"): NO_MAILBOX,
    ("RCPT", b"552 5.2.2 mailbox full\r\n"): Fate("failed", "mailbox_full"),
    ("RCPT", b"550 no such person\r\n"): REFUSED,
    ("RCPT", b"550 5.7.1 your network is blocked\r\n"): OURS,
    ("DATA", HANG): LOST,
    ("DATA", DROP): LOST,
    ("DATA", b"421 4.3.2 closing\r\n"): LEFT_ALONE,
    ("DATA", b"451 4.3.0 in a moment\r\n"): LATER,
    ("DOT", HANG): DOUBTFUL,
    ("DOT", TAKE_AND_HANG): DOUBTFUL,
    ("DOT", DROP): DOUBTFUL,
    ("DOT", TAKE_AND_DROP): DOUBTFUL,
    ("DOT", b"421 4.3.2 closing\r\n"): LEFT_ALONE,
    ("DOT", b"451 4.3.0 in a moment\r\n"): LATER,
    ("DOT", b"552 5.3.4 too big for me\r\n"): OURS,
    ("DOT", b"99 gibberish\r\n"): DOUBTFUL,
    ("DOT", SLOW): Fate("sent"),
}


@pytest.fixture(autouse=True)
def _impatient(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Lines to the real server that the settings name, with less patience."""

    def line(_relay: shift.Relay) -> SmtpTransport:
        return SmtpTransport(config.current().smtp_url or "", connect_timeout=PATIENCE, reply_timeout=PATIENCE)

    monkeypatch.setattr(shift.Relay, "line", line)
    yield
    shift.end()


@pytest.mark.parametrize("pipelines", [False, True], ids=["in step", "pipelined"])
@pytest.mark.parametrize("trouble", FATES, ids=[f"{when} {what!r}"[:24] for when, what in FATES])
def test_one_trouble_has_its_fate_and_the_rest_arrives(app: Flask, trouble: Trouble, pipelines: bool) -> None:
    fate = FATES[trouble]
    with serving(trouble, pipelines=pipelines) as server:
        newsletter = _ready(server)
        _work(newsletter)
        first, *others = _rows()
        assert (first.state, first.reason) == (fate.state, fate.reason)
        assert fate.tries in {None, first.tries}
        assert fate.others is None or [row.state for row in others] == [fate.others] * 2
        assert shift.current().relay.is_resting is (fate.others == "pending")
        assert (newsletter.held_at is not None) is fate.is_held
        _balances(newsletter, server)
        _work_again(newsletter)
        assert [row.state for row in _rows()] == [fate.state if fate.state != "pending" else "sent", "sent", "sent"]
        _balances(newsletter, server)
        assert newsletter.state == "sent"


@pytest.mark.parametrize("pipelines", [False, True], ids=["in step", "pipelined"])
def test_a_line_reset_inside_a_mail_repeats_nothing(app: Flask, pipelines: bool) -> None:
    with serving(("BODY", DROP), pipelines=pipelines) as server:
        newsletter = _ready(server)
        _work(newsletter)
        # The dot may have left this machine before the reset was heard of; then nobody can know.
        assert _rows()[0].state in {"pending", "in_doubt"}
        _balances(newsletter, server)
        _work_again(newsletter)
        assert [row.state for row in _rows()][1:] == ["sent", "sent"]
        _balances(newsletter, server)


def test_a_server_that_loses_every_line_costs_one_doubt_a_try_and_not_one_a_member(app: Flask) -> None:
    with serving(*[("DOT", DROP)] * 99) as server:
        newsletter = _ready(server, members=9)
        _work(newsletter)
        assert [row.state for row in _rows()] == ["in_doubt"] + ["pending"] * 8
        _work_again(newsletter)
        assert [row.state for row in _rows()] == ["in_doubt"] * 2 + ["pending"] * 7
        _balances(newsletter, server)


def test_a_row_that_waits_keeps_what_the_server_said(app: Flask) -> None:
    with serving(("RCPT", b"451 4.2.1 busy mailbox\r\n")) as server:
        _work(_ready(server))
        row, now = _rows()[0], clock.now()
        assert row.reply == "451 4.2.1 busy mailbox"
        assert row.due_at and now - timedelta(seconds=5) <= row.due_at <= now + backoff.longest(1)


def test_a_server_that_always_defers_is_given_up_after_three_days(app: Flask) -> None:
    with serving(*[("RCPT", b"451 4.2.1 busy mailbox\r\n")] * 9999) as server:
        newsletter = _ready(server, members=1)
        begun, waits = clock.now(), []
        with time_machine.travel(begun, tick=False) as traveller:
            _work(newsletter)
            while (row := _rows()[0]).due_at is not None and len(waits) < 400:
                waits.append((row.tries, row.due_at - clock.now()))
                traveller.move_to(row.due_at)
                _work(newsletter)
            assert timedelta(days=3) < clock.now() - begun < timedelta(days=3) + backoff.longest(99)
    assert (row.state, row.reason, server.taken) == ("failed", "gave_up", [])
    assert [tries for tries, _wait in waits] == list(range(1, len(waits) + 1))
    assert [wait for tries, wait in waits if wait > backoff.longest(tries)] == []
    assert max(wait for _tries, wait in waits) > timedelta(hours=1)
    assert newsletter.state == "sent"


def test_doubtful_mails_are_repeated_only_where_the_settings_ask_for_it(app: Flask) -> None:
    with serving(("DOT", TAKE_AND_DROP)) as server:
        newsletter = _ready(server, in_doubt="resend")
        _work(newsletter)
        _work_again(newsletter)
    first = _addresses(newsletter)[0]
    assert server.times == {address: 1 + (address == first) for address in _addresses(newsletter)}
    assert len(server.message_ids) - len(set(server.message_ids)) == 1
    assert accounts.account(newsletter).sent == 3


def test_a_sender_that_is_no_address_holds_the_newsletter_and_the_worker_goes_on(app: Flask) -> None:
    with serving() as server:
        newsletter = _ready(server, mail_from="Northwind <nowhere>")
        _work(newsletter)
        assert {row.state for row in _rows()} == {"pending"}
        assert newsletter.held_reason.startswith("PORTAL_MAIL_FROM is no sender: ")
        config.use(config.current().model_copy(update={"mail_from": "Northwind <talent@northwind.example>"}))
        _work_again(newsletter)
        assert (accounts.account(newsletter).sent, newsletter.state) == (3, "sent")


@pytest.mark.parametrize(
    "trouble", [("RCPT", b"550 5.1.1 no such person\r\n"), ("RCPT", b"421 4.3.2 closing\r\n"), ("DOT", TAKE_AND_DROP)]
)
def test_letters_go_whatever_a_newsletter_meets(app: Flask, trouble: Trouble) -> None:
    with serving(trouble) as server:
        newsletter = _ready(server)
        _work(newsletter)
        letter = _letter()
        chores.post_letters()
        assert db.session.get_one(Letter, letter.id, populate_existing=True).sent_at is not None
        assert server.times["zoe@example.org"] == 1
        _balances(newsletter, server)


@pytest.mark.parametrize(
    ("trouble", "times"),
    [
        (("GREETING", HANG), 1),
        (("RCPT", b"450 4.2.0 greylisted\r\n"), 1),
        (("DATA", HANG), 1),
        (("DOT", b"552 5.3.4 too big for me\r\n"), 1),
        (("DOT", TAKE_AND_HANG), 2),
    ],
)
def test_a_letter_comes_again_within_a_minute_even_where_it_may_have_arrived(
    app: Flask, trouble: Trouble, times: int
) -> None:
    with serving(trouble) as server:
        _use(server)
        letter = _letter()
        chores.post_letters()
        assert db.session.get_one(Letter, letter.id, populate_existing=True).sent_at is None
        with time_machine.travel(clock.now() + timedelta(minutes=1), tick=True):
            chores.post_letters()
        assert db.session.get_one(Letter, letter.id, populate_existing=True).sent_at is not None
        assert server.times == {"zoe@example.org": times}
        assert len(set(server.message_ids)) == 1


def test_the_books_notice_a_server_that_gets_a_mail_twice(app: Flask) -> None:
    with serving(("DOT", TAKE_AND_DROP)) as server:
        newsletter = _ready(server, in_doubt="resend")
        _work(newsletter)
        _work_again(newsletter)
        with pytest.raises(AssertionError):
            _balances(newsletter, server)


def _addresses(newsletter: Newsletter) -> list[str]:
    rows = db.session.query(Delivery).filter_by(newsletter_id=newsletter.id).order_by(Delivery.id)
    return [row.member.email or "" for row in rows if row.member]


def _ready(server: FaultyServer, *, members: int = 3, **settings: str) -> Newsletter:
    _use(server, **settings)
    community = factories.community(name="Robotics software")
    for _ in range(members):
        factories.membership(at=community)
    newsletter = factories.newsletter(at=community, title="The gripper that learned to let go")
    schedule.send_now(newsletter)
    db.session.commit()
    return newsletter


def _use(server: FaultyServer, **settings: str) -> None:
    config.use(config.current().model_copy(update={"smtp_url": server.url, **settings}))


def _letter() -> Letter:
    member = factories.member(email="zoe@example.org")
    magic_links.ask(member.email or "", language="en", secret="x" * 43)
    db.session.commit()
    return db.session.query(Letter).one()


def _work(newsletter: Newsletter) -> None:
    """Do what a worker's schedule would do, until nothing is left to do now."""
    chores.address()
    while chores.send():
        pass
    chores.close()
    db.session.refresh(newsletter)


def _work_again(newsletter: Newsletter) -> None:
    """A person lets it go on, the server is well again and every wait is over."""
    schedule.release(newsletter)
    db.session.commit()
    with time_machine.travel(clock.now() + timedelta(hours=1), tick=True):
        shift.current().relay.answered()
        _work(newsletter)


def _rows() -> list[Delivery]:
    db.session.rollback()
    return db.session.query(Delivery).order_by(Delivery.id).populate_existing().all()


def _balances(newsletter: Newsletter, server: FaultyServer) -> None:
    """Everybody is somewhere, and nobody got more than their row says."""
    assert accounts.account(newsletter).balances
    most = {"sent": (1, 1), "in_doubt": (0, 1), "pending": (0, 0), "failed": (0, 0)}
    for row in _rows():
        assert row.member
        low, high = most[row.state]
        assert low <= server.times[row.member.email or ""] <= high, (row.state, server.times)
