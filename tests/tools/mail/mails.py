"""Mails written by hand for the tests of this room, and plain values to compose others from."""

from datetime import UTC, datetime
from typing import Any

from portal.tools.mail.envelope import Envelope, stuffed
from portal.tools.mail.errors import MailError
from portal.tools.mail.message import Mail, make_message_id
from portal.tools.mail.replies import Reply
from portal.tools.mail.transport import Transport

US = "talent@northwind.example"
ZOE = "zoe@example.org"
BODY = b"Subject: Hello\r\n\r\nHello\r\n"

UNSUBSCRIBE = "https://talent.example.org/u/" + "Zk3" * 20
SOFT = UNSUBSCRIBE[:60].encode() + b"=\r\n" + UNSUBSCRIBE[60:].encode()
REASON = "You get this because you joined Robotics people."
POSTAL = "Maashaven 12, 3081 AE Rotterdam"
HTML = (
    '<!doctype html>\n<html lang="en" dir="ltr"><head><title>Grippers</title></head><body>\n'
    '<p>Hello Zoë, the new grippers are out.</p>\n<img src="https://talent.example.org/a.png" alt="A gripper">\n'
    f'<p>{REASON} {POSTAL}.\n<a href="{UNSUBSCRIBE}">Unsubscribe</a></p>\n</body></html>\n'
)
TEXT = f"Hello Zoë, the new grippers are out.\n\n{REASON}\n{POSTAL}\nUnsubscribe: {UNSUBSCRIBE}\n"

DELIVERY = (
    b"From: Northwind Robotics <talent@northwind.example>\r\n"
    b"To: =?utf-8?q?Zo=C3=AB_Ohara?= <zoe@example.org>\r\n"
    b"Subject: New grippers\r\n"
    b"Date: Tue, 24 Nov 2026 09:00:00 +0000\r\n"
    b"Message-ID: <d-1@talent.example.org>\r\n"
    b"Reply-To: <people@northwind.example>\r\n"
    b"List-Id: Robotics people <robotics.talent.example.org>\r\n"
    b"List-Unsubscribe: <" + UNSUBSCRIBE.encode() + b">,\r\n"
    b" <mailto:out@talent.example.org?subject=abc>\r\n"
    b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    b"List-Archive: <https://talent.example.org/c/robotics/newsletters>\r\n"
    b"Feedback-ID: 1:robotics:newsletter:northwind\r\n"
    b"Precedence: bulk\r\n"
    b"MIME-Version: 1.0\r\n"
    b'Content-Type: multipart/alternative; boundary="=_cut"\r\n'
    b"\r\n"
    b"--=_cut\r\n"
    b'Content-Type: text/plain; charset="utf-8"\r\n'
    b"Content-Transfer-Encoding: quoted-printable\r\n"
    b"\r\n"
    b"Hello Zo=C3=AB, the new grippers are out.\r\n"
    b"You get this because you joined Robotics people.\r\n"
    b"Maashaven 12, 3081 AE Rotterdam\r\n"
    + SOFT + b"\r\n"
    b"--=_cut\r\n"
    b'Content-Type: text/html; charset="utf-8"\r\n'
    b"Content-Transfer-Encoding: quoted-printable\r\n"
    b"\r\n"
    b'<html lang=3D"en" dir=3D"ltr"><body>\r\n'
    b"<p>Hello Zo=C3=AB</p>\r\n"
    b'<img src=3D"https://talent.example.org/a.png" alt=3D"A gripper">\r\n'
    b"<p>You get this because you joined Robotics people.\r\n"
    b"Maashaven 12, 3081 AE Rotterdam\r\n"
    b"<a href=3D\"" + SOFT + b"=\r\n\">Leave</a></p>\r\n"
    b"</body></html>\r\n"
    b"--=_cut--\r\n"
)  # fmt: skip

LETTER = (
    b"From: Northwind Robotics <talent@northwind.example>\r\n"
    b"To: <zoe@example.org>\r\n"
    b"Subject: Confirm your address\r\n"
    b"Date: Tue, 24 Nov 2026 09:00:00 +0000\r\n"
    b"Message-ID: <l-1@talent.example.org>\r\n"
    b"Auto-Submitted: auto-generated\r\n"
    b"MIME-Version: 1.0\r\n" + DELIVERY[DELIVERY.index(b"Content-Type: multipart") :]
)


def envelope(recipient: str = ZOE, data: bytes = BODY, *, sender: str = US, needs_utf8: bool = False) -> Envelope:
    """A mail on its way, in plain values."""
    return Envelope(sender, recipient, stuffed(data), needs_utf8=needs_utf8)


def send(transport: Transport, mail: Envelope | None = None) -> Reply:
    """Send one mail and return the server's good reply, or raise what became of it."""
    [(position, outcome)] = transport.send([mail or envelope()])
    assert position == 0
    if isinstance(outcome, MailError):
        raise outcome
    return outcome


def mail(**changes: Any) -> Mail:
    """A delivery in plain values."""
    values: dict[str, Any] = {
        "sender": ("Northwind Robotics", "talent@northwind.example"),
        "recipient": ("Zoë Ohara", "zoe@example.org"),
        "reply_to": ("", "people@northwind.example"),
        "subject": "New grippers",
        "date": datetime(2026, 11, 24, 9, tzinfo=UTC),
        "message_id": make_message_id("d-1", "talent.example.org"),
        "list_id": ("Robotics people", "robotics.talent.example.org"),
        "unsubscribe_url": UNSUBSCRIBE,
        "archive_url": "https://talent.example.org/c/robotics/newsletters",
        "feedback_id": "1:robotics:newsletter:northwind",
        "html": HTML,
        "text": TEXT,
        "language": "en",
    }
    return Mail(**(values | changes))
