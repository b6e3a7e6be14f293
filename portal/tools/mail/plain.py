"""A mail from anywhere as plain text: its headers and its words, whatever its sender did to it."""

from contextlib import suppress
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage, Message
from email.parser import BytesParser
from html import unescape

import nh3

from portal.tools.decoding import decode
from portal.tools.text import printable

LONGEST = 20_000
"""Characters of a text that are shown."""

_READ = 1_048_576
_MOST_HEADERS = 100
_LONGEST_HEADER = 1000
# What the standard library raises on mails made to break it.
_BROKEN = (ValueError, LookupError, TypeError, AttributeError, RecursionError, AssertionError)


@dataclass(frozen=True)
class Plain:
    """Headers in their order, and the text; `is_cut` where there is more than is shown."""

    headers: list[tuple[str, str]]
    text: str
    is_cut: bool = False


def plain_mail(raw: bytes) -> Plain:
    """Return a mail's headers and its text parts; of one that has only HTML the bare words. Never fails."""
    try:
        message: EmailMessage = BytesParser(policy=policy.default).parsebytes(raw[:_READ])
        headers = [(name, _header(name, str(value))) for name, value in message.raw_items()]
        words = _words(message)
    except _BROKEN:
        return plain_text(raw)
    shown = _cut(words, was_cut=len(raw) > _READ)
    return Plain(headers[:_MOST_HEADERS], shown.text, shown.is_cut)


def plain_text(raw: bytes) -> Plain:
    """Return what is no mail, such as a provider's event, as it came."""
    return _cut(decode(raw[:_READ]).text, was_cut=len(raw) > _READ)


def _header(name: str, value: str) -> str:
    value = value.encode(errors="surrogateescape").decode(errors="replace")
    with suppress(*_BROKEN):
        value = str(policy.default.header_fetch_parse(name, value))
    return printable(" ".join(value.split()))[:_LONGEST_HEADER]


def _words(message: Message) -> str:
    parts = [part for part in message.walk() if not part.is_multipart() and not part.get_filename()]
    texts = [_text(part) for part in parts if part.get_content_type() == "text/plain"]
    if not texts:
        texts = [_bare(_text(part)) for part in parts if part.get_content_type() == "text/html"]
    reports = [str(part) for part in message.walk() if part.get_content_type() == "message/delivery-status"]
    return "\n\n".join(text.strip() for text in [*texts, *reports])


def _text(part: Message) -> str:
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    try:
        return content.decode(part.get_content_charset() or "utf-8")
    except (LookupError, ValueError):
        return decode(content).text


def _bare(html: str) -> str:
    words = unescape(nh3.clean(html, tags=set()))
    return "\n".join(line for line in (" ".join(line.split()) for line in words.splitlines()) if line)


def _cut(text: str, *, was_cut: bool) -> Plain:
    text = printable(text.encode(errors="replace").decode()).strip()
    return Plain([], text[:LONGEST], was_cut or len(text) > LONGEST)
