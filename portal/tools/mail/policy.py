"""The one e-mail policy of the house: headers leave as `folding` folds them, whatever this Python's own folder does.

Python's policies encode `List-Unsubscribe` as soon as its address outgrows a line, which hides the unsubscribe button
in several mail programs, and some releases let two encoded-words touch, which Yahoo refuses. They also read a value
such as `=?utf-8?q?=0d=0aBcc?=` as what it encodes. Here a value is kept as it was given and folded once, at the end.
"""

import re
from collections.abc import Callable
from email.policy import EmailPolicy
from typing import Any

from portal.tools.mail.folding import CRLF, UnsafeHeader, fold_mailbox, fold_text, fold_token, fold_uris, refuse_unsafe

_MAILBOX = re.compile(r"(?P<display>.*?) ?<(?P<bracketed>[^<>]*)>", re.DOTALL)


class WirePolicy(EmailPolicy):
    """An `email.policy.EmailPolicy` for messages we write; `utf8=True` only where SMTPUTF8 was offered."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"linesep": CRLF, "max_line_length": 76, "cte_type": "7bit", **options})

    def header_max_count(self, name: str) -> int | None:
        """Every header once: a second one is an error, never a second line."""
        return 1

    def header_store_parse(self, name: str, value: Any) -> tuple[str, Any]:
        """Keep our own headers as plain text, unread; the MIME ones keep Python's parsed form."""
        if _is_mime(name):
            return super().header_store_parse(name, value)
        return name, refuse_unsafe(str(value))

    def header_fetch_parse(self, name: str, value: Any) -> Any:
        """Give back what was put in."""
        return super().header_fetch_parse(name, value) if _is_mime(name) else value

    def fold(self, name: str, value: Any) -> str:
        """Return the header as lines; each kind of value has its own way of breaking."""
        if _is_mime(name):
            return super().fold(name, value)
        return _FOLDERS.get(name.lower(), fold_text)(name, str(value)) + CRLF

    def fold_binary(self, name: str, value: Any) -> bytes:
        """Return the header as bytes: ASCII, or UTF-8 in the addresses where SMTPUTF8 was offered."""
        try:
            return self.fold(name, value).encode("utf-8" if self.utf8 else "ascii")
        except UnicodeEncodeError as error:
            raise UnsafeHeader(f"{name} would not be ASCII") from error


def _is_mime(name: str) -> bool:
    return name.lower().startswith("content-")


def _mailbox(name: str, value: str) -> str:
    found = _MAILBOX.fullmatch(value)
    if not found:
        raise UnsafeHeader(f"{name} needs one address in angle brackets")
    return fold_mailbox(name, found["display"], found["bracketed"])


def _uris(name: str, value: str) -> str:
    bracketed = value.split(", ")
    if not all(uri.startswith("<") and uri.endswith(">") for uri in bracketed):
        raise UnsafeHeader(f"{name} needs its addresses in angle brackets")
    return fold_uris(name, [uri[1:-1] for uri in bracketed])


def _as_is(name: str, value: str) -> str:
    return f"{name}: {refuse_unsafe(value)}"


_FOLDERS: dict[str, Callable[[str, str], str]] = {
    "from": _mailbox,
    "to": _mailbox,
    "reply-to": _mailbox,
    "list-id": _mailbox,
    "list-unsubscribe": _uris,
    "list-archive": _uris,
    "list-unsubscribe-post": _as_is,
    "date": _as_is,
    "message-id": fold_token,
    "feedback-id": fold_token,
    "precedence": fold_token,
    "auto-submitted": fold_token,
    "mime-version": fold_token,
}

WIRE = WirePolicy()
WIRE_UTF8 = WirePolicy(utf8=True)
