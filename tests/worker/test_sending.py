"""The engine over a real SMTP server: every row ends somewhere, and each fault is blamed on whom it belongs to."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask

from portal import clock, config
from portal.extensions import db
from portal.models import Community, Delivery, Membership, Newsletter
from portal.services.sending import accounts, schedule
from portal.tools.mail import return_address
from portal.tools.mail.return_address import Use
from portal.worker import chores, shift
from tests import factories, sink, wire


@pytest.fixture(autouse=True)
def _own_shift(app: Flask) -> Iterator[None]:
    yield
    shift.end()


@pytest.fixture
def server(app: Flask) -> Iterator[sink.Sink]:
    """A server that takes everything, and settings that point at it."""
    with sink.running() as running:
        config.use(config.current().model_copy(update={"smtp_url": running.url}))
        yield running


def test_a_newsletter_reaches_everyone_who_wants_it(server: sink.Sink) -> None:
    newsletter = _ready(members=3, muted=1, monthly=1)
    _work(newsletter)
    account = accounts.account(newsletter)
    assert account.as_dict() == {
        "planned": 5, "pending": 0, "sent": 3, "failed": 0, "in_doubt": 0,
        "excluded": {"muted": 1, "not_due_yet": 1}, "balances": True,
    }  # fmt: skip
    assert (len(server.mails), newsletter.state) == (3, "sent")


def test_each_mail_is_right_on_the_wire(server: sink.Sink) -> None:
    newsletter = _ready(members=2)
    _work(newsletter)
    assert [wire.check_delivery(raw) for raw in server.raw] == [[], []]
    assert {m["Subject"] for m in server.messages} == {newsletter.title}


def test_each_mail_has_signed_ways_back_of_its_own(server: sink.Sink) -> None:
    config.use(config.current().model_copy(update={"bounce_domain": "bounces.northwind.example"}))
    _work(_ready(members=2))
    assert [wire.check_delivery(raw) for raw in server.raw] == [[], []]
    for envelope, message in zip(server.mails, server.messages, strict=True):
        row = db.session.query(Delivery).join(Delivery.member).filter_by(email=envelope.rcpt_tos[0]).one()
        reply_to = message["Reply-To"].addresses[0]
        leave = re.findall(r"<mailto:(.*)\?subject=unsubscribe>", message["List-Unsubscribe"])
        ways = [return_address.read(str(a)) for a in (envelope.mail_from, reply_to.addr_spec, *leave)]
        assert ways == [(Use.BOUNCE, row.id), (Use.REPLY, row.id), (Use.LEAVE, row.id)]
        assert (reply_to.display_name, message["From"].addresses[0].addr_spec) == (
            "Northwind Robotics", "talent@northwind.example",
        )  # fmt: skip


def test_replies_go_where_the_settings_say(server: sink.Sink) -> None:
    own = {"bounce_domain": "bounces.northwind.example", "reply_to": "People <people@northwind.example>"}
    config.use(config.current().model_copy(update=own))
    _work(_ready(members=1))
    assert server.messages[0]["Reply-To"] == "People <people@northwind.example>"


def test_an_address_that_does_not_exist_is_left_out_the_next_time(server: sink.Sink) -> None:
    newsletter = _ready(members=3)
    bad = newsletter.community_members[1]  # type: ignore[attr-defined]
    server.at_rcpt = lambda address: "550 5.1.1 no such person" if address == bad else None
    _work(newsletter)
    again = factories.newsletter(at=newsletter.community)
    schedule.send_now(again)
    db.session.commit()
    _work(again)
    assert accounts.account(again).as_dict()["excluded"] == {"bounced": 1}


def test_each_row_keeps_its_message_id_and_its_receipt(server: sink.Sink) -> None:
    _work(_ready(members=1))
    row = db.session.query(Delivery).one()
    assert server.messages[0]["Message-ID"] == f"<{row.message_key}@localhost>"
    assert row.consent_id == row.membership.mail_consent_id


def test_only_who_agreed_gets_the_measured_form(server: sink.Sink) -> None:
    newsletter = _ready(members=3, body="See [the film](https://example.org/film).")
    agreed, withdrew, silent = newsletter.community_members  # type: ignore[attr-defined]
    for address, decisions in ((agreed, ["agreed"]), (withdrew, ["agreed", "withdrawn"])):
        person = db.session.query(Membership).join(Membership.member).filter_by(email=address).one()
        for decision in decisions:
            factories.consent(membership=person, purpose="measuring", decision=decision)
    db.session.commit()
    _work(newsletter)
    assert [wire.check_delivery(raw) for raw in server.raw] == [[]] * 3
    forms = {address: server.to(address)[0].get_body(("html",)) for address in (agreed, withdrew, silent)}
    ours = re.compile(r'http://localhost/[lo]/[^"]*|https://example[^"]*')
    links = {address: ours.findall(str(form and form.get_content())) for address, form in forms.items()}
    assert links.pop(withdrew) == links.pop(silent) == ["https://example.org/film"]
    link, pixel = links[agreed]
    assert re.sub(r"[\w-]{43}", "TOKEN", f"{link} {pixel}") == _addresses_of(agreed)
    assert {row.member.email: row.measured_at is not None for row in db.session.query(Delivery)} == {
        agreed: True, withdrew: False, silent: False,
    }  # fmt: skip


def test_a_refused_recipient_fails_alone(server: sink.Sink) -> None:
    newsletter = _ready(members=3)
    bad = newsletter.community_members[1]  # type: ignore[attr-defined]
    server.at_rcpt = lambda address: "550 5.1.1 no such person" if address == bad else None
    _work(newsletter)
    rows = db.session.query(Delivery).filter_by(state="failed").all()
    assert [(r.member.email, r.reason, r.reply) for r in rows] == [(bad, "no_mailbox", "550 5.1.1 no such person")]
    assert accounts.account(newsletter).sent == 2


def test_a_server_that_refuses_us_holds_the_newsletter_and_blames_nobody(server: sink.Sink) -> None:
    newsletter = _ready(members=3)
    server.at_data = lambda _envelope: "554 5.7.1 your domain is blocked"
    _work(newsletter)
    account = accounts.account(newsletter)
    assert (account.failed, account.pending, account.balances) == (0, 3, True)
    assert newsletter.held_reason == "server: 554 5.7.1 your domain is blocked"
    assert (newsletter.state, server.mails) == ("sending", [])


def test_a_member_who_is_put_off_is_tried_again(server: sink.Sink) -> None:
    newsletter = _ready(members=2)
    bad = newsletter.community_members[0]  # type: ignore[attr-defined]
    server.at_rcpt = lambda address: "451 4.2.1 busy mailbox" if address == bad else None
    _work(newsletter)
    row = db.session.query(Delivery).filter_by(state="pending").one()
    assert (row.member.email, row.tries, row.reply) == (bad, 1, "451 4.2.1 busy mailbox")
    server.at_rcpt = lambda _address: None
    row.due_at = clock.now()
    db.session.commit()
    _work(newsletter)
    assert (accounts.account(newsletter).sent, newsletter.state) == (2, "sent")


def test_421_leaves_the_server_alone_and_nobody_is_charged_a_try(server: sink.Sink) -> None:
    newsletter = _ready(members=3)
    server.at_rcpt = lambda _address: "421 4.3.2 closing"
    _work(newsletter)
    rows = db.session.query(Delivery).all()
    assert {(r.state, r.tries) for r in rows} == {("pending", 0)}
    assert shift.current().relay.is_resting is True


def test_a_server_that_is_down_loses_nothing(app: Flask) -> None:
    config.use(config.current().model_copy(update={"smtp_url": "smtp://127.0.0.1:9"}))
    newsletter = _ready(members=2)
    _work(newsletter)
    account = accounts.account(newsletter)
    assert (account.pending, account.balances, shift.current().relay.is_resting) == (2, True, True)


def test_leaving_while_the_mails_go_out_is_heard(server: sink.Sink) -> None:
    newsletter = _ready(members=3)
    last = newsletter.community_members[2]  # type: ignore[attr-defined]

    chores.address()
    membership = db.session.query(Delivery).join(Delivery.member).filter_by(email=last).one().membership
    membership.mute(clock.now())
    db.session.commit()
    _work(newsletter)
    assert (accounts.account(newsletter).excluded, len(server.mails)) == ({"muted": 1}, 2)


def test_a_cancelled_newsletter_stops_and_its_account_balances(server: sink.Sink) -> None:
    newsletter = _ready(members=3)
    chores.address()
    db.session.refresh(newsletter)
    assert schedule.cancel(newsletter) == 3
    db.session.commit()
    _work(newsletter)
    assert (accounts.account(newsletter).excluded, server.mails) == ({"cancelled": 3}, [])


def test_a_newsletter_no_mail_can_be_made_of_is_held_and_the_others_go(server: sink.Sink) -> None:
    impossible, fine = _ready(members=1, body="x" * 1_000_001), _ready(members=2)
    _work(impossible)
    _work(fine)
    assert (accounts.account(impossible).pending, accounts.account(fine).sent, fine.state) == (1, 2, "sent")
    assert db.session.query(Delivery).filter_by(state="pending").one().tries == 0
    assert impossible.held_reason == "No mail could be made of it: 1000001 characters are more than 1000000"


def _addresses_of(email: str) -> str:
    key = db.session.query(Delivery).join(Delivery.member).filter_by(email=email).one().id
    return f"http://localhost/l/{key}.TOKEN/0 http://localhost/o/{key}.TOKEN.gif"


def _ready(*, members: int, muted: int = 0, monthly: int = 0, **words: str) -> Newsletter:
    community: Community = factories.community(name="Robotics software")
    addresses = []
    for _ in range(members):
        addresses.append(factories.membership(at=community).member.email)
    for _ in range(muted):
        factories.membership(at=community, muted_at=clock.now())
    for _ in range(monthly):
        factories.membership(at=community, frequency="monthly")
    newsletter = factories.newsletter(at=community, **{"title": "The gripper that learned to let go", **words})
    schedule.send_now(newsletter)
    db.session.commit()
    newsletter.community_members = addresses
    return newsletter


def _work(newsletter: Newsletter) -> None:
    """Do what a worker's schedule would do, until nothing is left."""
    chores.address()
    while chores.send():
        pass
    chores.close()
    db.session.refresh(newsletter)
