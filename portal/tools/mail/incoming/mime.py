"""A mail taken apart with care: whatever its bytes are, looking at it ends, and takes no more than it may."""

import re
from collections.abc import Iterator
from datetime import datetime
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from email.utils import getaddresses, parsedate_to_datetime

from portal.tools.decoding import decode

LOOKED_AT = 1_048_576
"""Bytes of a mail that are read: reports are short, and what follows is the mail that came back."""
_TEXT = 200_000
_MOST_PARTS = 50
_DEEPEST = 4
_ADDRESS = re.compile(r"[^\s<>,;:\"()\[\]]{1,200}@[^\s<>,;:\"()\[\]]{1,255}")


def parse(raw: bytes) -> Message:
    """Return the mail as a tree, of its first `LOOKED_AT` bytes."""
    return BytesParser(policy=compat32).parsebytes(raw[:LOOKED_AT])


def parts(message: Message) -> Iterator[Message]:
    """Yield what a mail is made of, without what lies inside of mails that it carries."""
    yield from _parts(message, 0, [_MOST_PARTS])


def header(message: Message, name: str, *, longest: int = 1000) -> str:
    """Return a header decoded in one line, "" where it is missing; encoded-words that lie are shown as they are."""
    value = message.get(name)
    if value is None:
        return ""
    written = str(value)[: 4 * longest]
    try:
        read = str(make_header(decode_header(written)))
    except (ValueError, LookupError, UnicodeError):
        read = written
    return " ".join(_sound(_japanese(read)).split())[:longest]


def address(message: Message, name: str) -> tuple[str, str]:
    """Return (name, address) of the first mailbox in a header, empty where there is none."""
    for display, found in getaddresses([header(message, name)]):
        if _ADDRESS.fullmatch(found):
            return display[:200], found
    return "", ""


def find_addresses(text: str) -> list[tuple[int, str]]:
    """Return every address in a text with the place where it stands, at most 200."""
    found = [(match.start(), match[0].strip(".'`")) for match in _ADDRESS.finditer(text)]
    return found[:200]


def find_address(text: str) -> str:
    """Return the first address in a line, or nothing."""
    found = _ADDRESS.search(text[:2000])
    return found[0].strip(".'`") if found else ""


def moment(message: Message) -> datetime | None:
    """Return when it says it was written, aware, or None."""
    try:
        written = parsedate_to_datetime(str(message.get("Date", "")))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return written if written.tzinfo else None


def text(part: Message) -> str:
    """Return a part's text, of whatever encoding it is or says it is, with plain line ends."""
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    payload = payload[:_TEXT]
    charset = str(part.get_content_charset() or "")
    try:
        read = payload.decode(charset) if charset else decode(payload).text
    except (LookupError, UnicodeError, ValueError):
        read = decode(payload).text
    return _sound(read).replace("\r\n", "\n").replace("\r", "\n")


def _parts(message: Message, depth: int, left: list[int]) -> Iterator[Message]:
    children = message.get_payload()
    if not message.is_multipart() or message.get_content_maintype() != "multipart":
        left[0] -= 1
        if left[0] >= 0:
            yield message
        return
    if depth < _DEEPEST and isinstance(children, list):
        for child in children:
            if isinstance(child, Message) and left[0] > 0:
                yield from _parts(child, depth + 1, left)


def _japanese(read: str) -> str:
    """Some servers write their words in the field as they are, in the seven-bit code of Japanese mail."""
    if "\x1b$" not in read:
        return read
    return read.encode("latin-1", "replace").decode("iso2022_jp", "replace")


def _sound(read: str) -> str:
    """Return it without NUL and halves of characters, which no database keeps."""
    return read.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
