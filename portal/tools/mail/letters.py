"""Letters through Flask-Mail: its messages and connections, with our headers, our time-outs and our transport."""

from collections.abc import Callable
from datetime import datetime
from typing import Self

import flask_mail
from flask import current_app

from portal.tools.mail.envelope import Envelope, stuffed
from portal.tools.mail.errors import MailError
from portal.tools.mail.message import Headers, assemble, mailbox, when
from portal.tools.mail.replies import Reply
from portal.tools.mail.transport import Transport

Mailbox = tuple[str, str]
Sign = Callable[[bytes], bytes]


def _unsigned(_message: bytes) -> bytes:
    return b""


def send_letter(
    mail: flask_mail.Mail,
    transport: Transport,
    *,
    sender: Mailbox,
    to: Mailbox,
    subject: str,
    text: str,
    html: str,
    language: str,
    message_id: str,
    date: datetime,
    reply_to: Mailbox | None = None,
    sign: Sign = _unsigned,
) -> Reply:
    """Send one letter and return the server's reply; raises as the transport does, and `UnsafeHeader`.

    Mailboxes are (name, address); `sign` returns the headers that go in front of a message.
    Needs an application context, for Flask-Mail's signal.
    """
    letter = LetterMessage(
        sender=sender, to=to, subject=subject, text=text, html=html,
        language=language, message_id=message_id, date=date, reply_to=reply_to, sign=sign,
    )  # fmt: skip
    with LetterConnection(mail, transport) as connection:
        return connection.deliver(letter)


class LetterMessage(flask_mail.Message):
    """A Flask-Mail message to one person that leaves as `message.assemble` writes it."""

    def __init__(
        self,
        *,
        sender: Mailbox,
        to: Mailbox,
        subject: str,
        text: str,
        html: str,
        language: str,
        message_id: str,
        date: datetime,
        reply_to: Mailbox | None = None,
        sign: Sign = _unsigned,
    ) -> None:
        super().__init__(subject=subject, recipients=[to], body=text, html=html, sender=sender, reply_to=reply_to)
        self.msgId = message_id
        self.mailbox_from = sender
        self.mailbox_to = to
        self.mailbox_reply_to = reply_to
        self.language = language
        self.moment = date
        self.text = text
        self.markup = html
        self.smtputf8 = False
        self.sign = sign

    def as_bytes(self) -> bytes:
        """Return the letter as it goes on the wire."""
        raw = assemble(
            self._headers(), text=self.text, html=self.markup, language=self.language, smtputf8=self.smtputf8
        )
        return self.sign(raw) + raw

    def as_string(self) -> str:
        """Return the letter as text."""
        return self.as_bytes().decode()

    def _headers(self) -> Headers:
        headers = [
            ("From", mailbox(*self.mailbox_from, smtputf8=self.smtputf8)),
            ("To", mailbox(*self.mailbox_to, smtputf8=self.smtputf8)),
            ("Subject", str(self.subject)),
            ("Date", when(self.moment)),
            ("Message-ID", self.msgId),
        ]
        if self.mailbox_reply_to:
            headers.append(("Reply-To", mailbox(*self.mailbox_reply_to, smtputf8=self.smtputf8)))
        return [*headers, ("Auto-Submitted", "auto-generated")]


class LetterConnection(flask_mail.Connection):
    """A Flask-Mail connection over our transport, which stays open for the next letter.

    Where mail goes is decided by the SMTP URL alone, so Flask-Mail's own server settings and `suppress` have no say.
    """

    def __init__(self, mail: flask_mail.Mail, transport: Transport) -> None:
        super().__init__(mail)
        self._transport = transport

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *outcome: object) -> None:
        """The transport belongs to the caller, who closes it."""

    def send(self, message: flask_mail.Message, envelope_from: str | Mailbox | None = None) -> None:
        """Send as Flask-Mail's callers expect it, without an answer."""
        if not isinstance(message, LetterMessage) or envelope_from is not None:
            raise TypeError("only letters travel here, from their own sender")
        self.deliver(message)

    def deliver(self, letter: LetterMessage) -> Reply:
        """Send the letter, tell Flask-Mail's listeners, and return the server's reply."""
        letter.smtputf8 = self._transport.offers_utf8
        data = letter.as_bytes()
        sender, recipient = letter.mailbox_from[1], letter.mailbox_to[1]
        mail = Envelope(sender, recipient, stuffed(data), needs_utf8=not data.isascii())
        [(_, reply)] = self._transport.send([mail])
        if isinstance(reply, MailError):
            raise reply
        flask_mail.email_dispatched.send(current_app._get_current_object(), message=letter)  # type: ignore[attr-defined]
        return reply
