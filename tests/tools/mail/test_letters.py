"""Letters through Flask-Mail, to a real server and into the outbox."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import flask
import flask_mail
import pytest

from portal.tools.mail.errors import LineLost, NeedsSmtpUtf8, OurFault, RecipientRefused, RelayBusy
from portal.tools.mail.folding import UnsafeHeader
from portal.tools.mail.letters import LetterConnection, LetterMessage, send_letter
from portal.tools.mail.message import make_message_id
from portal.tools.mail.outbox import OutboxTransport, list_mails, read_mail
from portal.tools.mail.transport import SmtpTransport, Transport
from tests.tools.mail.mails import HTML, TEXT
from tests.tools.mail.servers import DROP, Letterbox, ScriptedServer, real_server
from tests.wire import check_letter


@pytest.fixture
def mail() -> Iterator[flask_mail.Mail]:
    """Flask-Mail in an application of its own, testing, as the product's tests run it."""
    app = flask.Flask(__name__)
    app.testing = True
    extension = flask_mail.Mail(app)
    with app.app_context():
        yield extension


def letter(**changes: Any) -> dict[str, Any]:
    values = {
        "sender": ("Northwind Robotics", "talent@northwind.example"),
        "to": ("Zoë Ohara", "zoe@example.org"),
        "subject": "Confirm your address, Zoë",
        "text": TEXT,
        "html": HTML,
        "language": "en",
        "message_id": make_message_id("l-1", "talent.example.org"),
        "date": datetime(2026, 11, 24, 9, tzinfo=UTC),
    }
    return values | changes


def test_a_letter_reaches_a_real_server(mail: flask_mail.Mail) -> None:
    box = Letterbox()
    with real_server(box) as port, SmtpTransport(f"smtp://127.0.0.1:{port}") as line:
        reply = send_letter(mail, line, **letter(reply_to=("", "people@northwind.example")))
        send_letter(mail, line, **letter(to=("", "ana@exämple.example")))
    assert (reply.code, reply.text) == (250, "taken")
    assert [taken[:2] for taken in box.taken] == [
        ("talent@northwind.example", ["zoe@example.org"]),
        ("talent@northwind.example", ["ana@xn--exmple-cua.example"]),
    ]
    assert [check_letter(raw) for _, _, raw in box.taken] == [[], []]
    assert b"\r\nReply-To: <people@northwind.example>\r\n" in box.taken[0][2]
    assert b"\r\nAuto-Submitted: auto-generated\r\n" in box.taken[0][2]


def test_without_a_server_a_letter_goes_to_the_outbox(mail: flask_mail.Mail, tmp_path: Path) -> None:
    send_letter(mail, OutboxTransport(tmp_path), **letter())
    kept = read_mail(tmp_path, list_mails(tmp_path).entries[0].key)
    assert kept.subject == "Confirm your address, Zoë"
    assert check_letter(kept.raw) == []


def test_every_try_has_the_same_bytes() -> None:
    assert LetterMessage(**letter()).as_bytes() == LetterMessage(**letter()).as_bytes()


def test_flask_mails_listeners_hear_of_it(mail: flask_mail.Mail, tmp_path: Path) -> None:
    with mail.record_messages() as heard:
        send_letter(mail, OutboxTransport(tmp_path), **letter())
    assert [message.subject for message in heard] == ["Confirm your address, Zoë"]
    assert heard[0].as_string().startswith("From: Northwind Robotics <talent@northwind.example>\r\n")


def test_a_letter_travels_by_flask_mails_own_call(mail: flask_mail.Mail, tmp_path: Path) -> None:
    with LetterConnection(mail, OutboxTransport(tmp_path)) as connection:
        LetterMessage(**letter()).send(connection)
        with pytest.raises(TypeError):
            connection.send(flask_mail.Message("x", ["a@example.org"], "x", sender="a@example.org"))
    assert list_mails(tmp_path).total == 1


@pytest.mark.parametrize(
    ("script", "error"),
    [
        ({"RCPT": [b"550 5.1.1 unknown\r\n"]}, RecipientRefused),
        ({"MAIL": [b"550 5.7.1 no\r\n"]}, OurFault),
        ({"GREETING": [b"421 busy\r\n"]}, RelayBusy),
        ({"DOT": [DROP]}, LineLost),
    ],
)
def test_errors_are_those_of_the_transport(
    mail: flask_mail.Mail, script: dict[str, Any], error: type[Exception]
) -> None:
    with ScriptedServer(**script) as server, SmtpTransport(server.url, local_hostname="h.example") as line:
        with mail.record_messages() as heard, pytest.raises(error):
            send_letter(mail, line, **letter())
        assert heard == []


def test_an_address_that_needs_smtputf8(mail: flask_mail.Mail, tmp_path: Path) -> None:
    values = letter(to=("", "zoë@example.org"))
    with ScriptedServer() as server, pytest.raises(NeedsSmtpUtf8):
        send_letter(mail, SmtpTransport(server.url, local_hostname="h.example"), **values)
    outbox: Transport = OutboxTransport(tmp_path)
    send_letter(mail, outbox, **values)
    assert check_letter(read_mail(tmp_path, list_mails(tmp_path).entries[0].key).raw, smtputf8=True) == []


@pytest.mark.parametrize(
    "changes", [{"subject": "a\r\nBcc: b"}, {"to": ("a\nb", "zoe@example.org")}, {"to": ("\u202e", "a@b.org")}]
)
def test_nothing_is_smuggled_into_a_letter(mail: flask_mail.Mail, tmp_path: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(UnsafeHeader):
        send_letter(mail, OutboxTransport(tmp_path), **letter(**changes))
    assert list_mails(tmp_path).total == 0
