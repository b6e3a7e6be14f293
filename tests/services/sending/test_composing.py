"""Composing: one delivery as a message, in ASCII wherever it can be, and whose fault it is where it cannot be made."""

import pytest
from flask import Flask

from portal import clock, config
from portal.extensions import db
from portal.models import Delivery
from portal.services.sending import composing
from portal.tools.mail.errors import OurFault
from tests import factories
from tests.wire import check_delivery


def test_a_mail_in_another_script_is_ascii_whatever_the_server_offers(app: Flask) -> None:
    row = _to("Zoë Müller", "zoe@exämple.example", title="Über den Fluss: 渡し船")
    outgoing = composing.mail_of(row, smtputf8=True)
    assert (outgoing.needs_utf8, outgoing.recipient) == (False, "zoe@xn--exmple-cua.example")
    assert outgoing.data.isascii()
    assert check_delivery(outgoing.data) == []


def test_only_an_address_that_is_not_ascii_asks_for_smtputf8(app: Flask) -> None:
    row = _to("Zoë", "zoë@example.org", title="Über den Fluss")
    outgoing = composing.mail_of(row, smtputf8=True)
    assert (outgoing.needs_utf8, outgoing.recipient) == (True, "zoë@example.org")
    assert check_delivery(outgoing.data, smtputf8=True) == []
    with pytest.raises(composing.Unmailable, match=r"553 5\.6\.7 zoë@example\.org"):
        composing.mail_of(row, smtputf8=False)


@pytest.mark.parametrize(("setting", "value"), [("mail_from", "Pontwright <talent>"), ("reply_to", "a@b@c.example")])
def test_a_sender_that_is_no_address_is_our_fault(app: Flask, setting: str, value: str) -> None:
    config.use(config.current().model_copy(update={setting: value}))
    with pytest.raises(OurFault, match=f"PORTAL_{setting.upper()} is no sender: "):
        composing.mail_of(_to("Zoë", "zoe@example.org"), smtputf8=True)


def _to(name: str, address: str, **words: str) -> Delivery:
    membership = factories.membership(of=factories.member(name=name, email=address))
    newsletter = factories.newsletter(at=membership.community, **words)
    row = Delivery(newsletter=newsletter, member=membership.member, membership=membership, planned_at=clock.now())
    row.state = "claimed"
    db.session.add(row)
    db.session.flush()
    return row
