"""The ear takes mail for our signed addresses only, and says so once it is kept."""

import smtplib
import socket
from collections.abc import Iterator

import pytest
from flask import Flask

from portal import config
from portal.extensions import db
from portal.models import Incoming
from portal.services.sending.inbound import keeping
from portal.tools.mail import return_address
from portal.tools.mail.return_address import Use
from portal.worker import listening

DOMAIN = "bounces.northwind.example"
MAIL = "From: amara@example.org\r\nSubject: Hello\r\n\r\nHello\r\n"


@pytest.fixture(params=["smtp", "lmtp"])
def port(app: Flask, request: pytest.FixtureRequest) -> Iterator[int]:
    """An open ear, speaking SMTP or LMTP."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    own = {"bounce_domain": DOMAIN, "inbound_listen": f"{request.param}://127.0.0.1:{port}"}
    config.use(config.current().model_copy(update=own))
    ear = listening.open_ear(app)
    assert ear is not None
    yield port
    ear.close()


@pytest.fixture
def client(port: int, request: pytest.FixtureRequest) -> Iterator[smtplib.SMTP]:
    """A mail server's line to it."""
    kind = smtplib.LMTP if "lmtp" in request.node.name else smtplib.SMTP
    with kind("127.0.0.1", port) as line:
        yield line


def test_a_mail_to_a_signed_address_is_kept(client: smtplib.SMTP) -> None:
    address = return_address.mint(Use.BOUNCE)(7)
    client.sendmail("", address, MAIL)
    row = db.session.query(Incoming).one()
    assert (row.envelope_recipient, row.envelope_sender, row.way) == (address, "", "smtp")
    assert row.raw.replace(b"\r\n", b"\n") == MAIL.encode().replace(b"\r\n", b"\n")


def test_nobody_else_is_taken_for(client: smtplib.SMTP) -> None:
    forged = return_address.mint(Use.BOUNCE)(7).replace("-7-", "-8-")
    for address in (forged, "info@bounces.northwind.example", "amara@example.org"):
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            client.sendmail("", address, MAIL)
        assert refused.value.recipients[address] == (550, b"5.1.1 There is no such address")
    client.sendmail("", "postmaster@bounces.northwind.example", MAIL)
    assert db.session.query(Incoming).count() == 1


def test_a_second_recipient_is_asked_to_come_alone(client: smtplib.SMTP) -> None:
    make = return_address.mint(Use.BOUNCE)
    refused = client.sendmail("", [make(1), make(2)], MAIL)
    assert refused == {make(2): (452, b"4.5.3 One recipient for each mail, please")}


def test_what_cannot_be_kept_is_not_taken(client: smtplib.SMTP, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(keeping, "keep", fail)
    with pytest.raises(smtplib.SMTPDataError) as refused:
        client.sendmail("", return_address.mint(Use.BOUNCE)(7), MAIL)
    assert refused.value.smtp_code == 451


def test_what_is_too_large_is_refused_before_it_comes(client: smtplib.SMTP) -> None:
    client.ehlo_or_helo_if_needed()
    code, _words = client.mail("", [f"size={keeping.LARGEST + 1}"])
    assert code == 552


def test_an_address_in_use_is_told_and_harms_nothing(app: Flask, port: int, caplog: pytest.LogCaptureFixture) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        other = f"smtp://127.0.0.1:{taken.getsockname()[1]}"
        config.use(config.current().model_copy(update={"inbound_listen": other}))
        assert listening.open_ear(app) is None
    assert "Nothing is heard at" in caplog.text
