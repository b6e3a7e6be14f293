"""Mail that came in, read: what it reports about whom, or what a person says. It never fails, whatever it is given."""

import logging
import re
from dataclasses import dataclass
from datetime import datetime
from email.message import Message

from portal.tools.mail.incoming import (
    automatic,
    complaints,
    delivery_reports,
    mime,
    provider_notices,
    replies,
    returned,
)
from portal.tools.mail.incoming.findings import KINDS, Finding

__all__ = ["KINDS", "Finding", "Reading", "read"]

log = logging.getLogger(__name__)

_MESSAGE_ID = re.compile(r"<[^<>\s]{1,300}>")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a mail says. `findings` has one for each recipient it speaks of, at least one.

    `text` and `quoted` are of a reply: the person's own words and the history below; `wants_to_leave` where subject or
    words say that and nothing else.
    """

    findings: tuple[Finding, ...]
    sender: str = ""
    sender_name: str = ""
    subject: str = ""
    sent_at: datetime | None = None
    text: str = ""
    quoted: str = ""
    wants_to_leave: bool = False


def read(raw: bytes) -> Reading:
    """Return what a mail says; one that cannot be read at all is `unknown`."""
    try:
        return _read(mime.parse(raw))
    except Exception:  # Whoever sends us something unforeseen must not stop what others sent.
        log.warning("A mail that came in could not be read.", exc_info=True)
        return Reading((Finding("unknown"),))


def _read(message: Message) -> Reading:
    sender_name, sender = mime.address(message, "From")
    subject, words = mime.header(message, "Subject", longest=300), replies.words(message)
    told = _told(message, words)
    text, quoted = ("", "") if told else replies.own(words)
    if not told:
        told = [Finding("reply" if sender and (text or subject) else "unknown")]
    return Reading(
        findings=tuple(told),
        sender=sender,
        sender_name=sender_name,
        subject=subject,
        sent_at=mime.moment(message),
        text=text,
        quoted=quoted,
        wants_to_leave=told[0].kind == "reply" and replies.wants_to_leave(subject, text),
    )


def _told(message: Message, words: str) -> list[Finding]:
    """Return what a machine tells, nothing where a person wrote it: the form that says most stands first."""
    about = _returned_id(message)
    if (
        found := complaints.read(message, about)
        or delivery_reports.read(message, about)
        or provider_notices.read(words)
    ):
        return found
    if returned.looks_returned(message, words):
        return returned.read(message, words, about) or (
            [Finding("auto_reply")] if automatic.is_answer(message, words) else [Finding("unknown", message_id=about)]
        )
    return [Finding("auto_reply")] if automatic.is_answer(message, words) else []


def _returned_id(message: Message) -> str:
    """Return the Message-ID of the mail that a report brings back."""
    for part in mime.parts(message):
        payload = part.get_payload()
        inner = payload[0] if isinstance(payload, list) and payload else None
        if part.get_content_type() in {"message/rfc822", "message/global"} and isinstance(inner, Message):
            found = _MESSAGE_ID.search(str(inner.get("Message-ID", "")))
        elif part.get_content_type() == "text/rfc822-headers":
            found = _MESSAGE_ID.search(re.sub(r"(?is).*^message-id:", "", mime.text(part)[:20_000], count=1))
        else:
            continue
        if found:
            return found[0]
    return ""
