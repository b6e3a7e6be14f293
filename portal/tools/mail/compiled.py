"""A delivery encoded once for a whole newsletter: what differs from member to member is filled in as bytes.

`compose` and `Compiled.fill` write the same headers and parts; only the place of soft line breaks differs.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from markupsafe import escape

from portal.tools.mail.folding import fold_mailbox, fold_token, fold_uris
from portal.tools.mail.message import Mail, body, delivery_headers, head, mailbox, when
from portal.tools.mail.slots import SlottedText, quoted

_IN_HTML, _IN_TEXT = 0, 1
_PERSONAL = ("To", "Date", "Message-ID", "Reply-To", "List-Unsubscribe")


@dataclass(frozen=True, slots=True)
class Personal:
    """What one member's mail has of its own; `words` holds what `slot` made for each slot by its name."""

    recipient: tuple[str, str]
    date: datetime
    message_id: str
    reply_to: tuple[str, str]
    unsubscribe_uris: list[str]
    words: dict[str, tuple[bytes, bytes]]


class Compiled:
    """One newsletter in one form, ready to be filled."""

    def __init__(self, mail: Mail, markers: dict[str, str]) -> None:
        """Encode a mail whose texts carry markers (marker to slot name); its own recipient, date and ids are left out.

        Raise `UnsafeHeader` where a header cannot be written.
        """
        start, boundary = head(delivery_headers(mail), language=mail.language)
        text, html = SlottedText(mail.text, markers), SlottedText(mail.html, markers)
        self._template = _with_places(start) + body(boundary, text=text.template, html=html.template)
        self._slots = [(name, _IN_TEXT) for name in text.slots] + [(name, _IN_HTML) for name in html.slots]

    def fill(self, personal: Personal) -> bytes:
        """Return the message, unsigned; raise `UnsafeHeader` or `NeedsSmtpUtf8` as `compose` does."""
        words = personal.words
        own = (
            fold_mailbox("To", personal.recipient[0], mailbox("", personal.recipient[1])[1:-1]),
            _date_line(personal.date.replace(microsecond=0)),
            fold_token("Message-ID", personal.message_id),
            _reply_to(personal.reply_to),
            fold_uris("List-Unsubscribe", personal.unsubscribe_uris),
        )
        return self._template % (
            *(line.encode("ascii") for line in own),
            *[words[name][part] for name, part in self._slots],
        )


def slot(in_html: str, in_text: str) -> tuple[bytes, bytes]:
    """Return the bytes for one slot: escaped for HTML, plain in text, both quoted-printable."""
    escaped = str(escape(in_html))
    text = quoted(in_text)
    return (text if escaped == in_text else quoted(escaped)), text


def _with_places(start: bytes) -> bytes:
    """Return the headers with a place for each personal one, in the order they stand in."""
    safe = start.replace(b"%", b"%%")
    for name in _PERSONAL:
        line = re.compile(rb"^" + name.encode() + rb": [^\r\n]*(?:\r\n[ \t][^\r\n]*)*(?=\r\n)", re.MULTILINE)
        safe, found = line.subn(b"%b", safe)
        assert found == 1, name
    return safe


@lru_cache(maxsize=4)
def _reply_to(reply_to: tuple[str, str]) -> str:
    return fold_mailbox("Reply-To", reply_to[0], mailbox("", reply_to[1])[1:-1])


@lru_cache(maxsize=4)
def _date_line(date: datetime) -> str:
    return f"Date: {when(date)}"
