"""A mailbox over IMAP, read oldest first: what is unread, one mail after the other, marked as read and left there."""

import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import unquote, urlsplit

from portal.config import LOOPBACK

_TIMEOUT = 60
_PORT, _TLS_PORT = 143, 993
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")


class MailboxTrouble(Exception):
    """The mailbox cannot be read; the text says why, without the password."""


@contextmanager
def open_mailbox(url: str) -> Iterator["Mailbox"]:
    """Open `imaps://user:password@host/FOLDER`; `imap://` asks for STARTTLS, except on this machine."""
    parts = urlsplit(url)
    folder = unquote(parts.path.strip("/")) or "INBOX"
    try:
        connection = _connect(parts.scheme, parts.hostname or "", parts.port)
    except (OSError, imaplib.IMAP4.error) as error:
        raise MailboxTrouble(f"{parts.hostname} cannot be reached ({error})") from error
    try:
        connection.login(unquote(parts.username or ""), unquote(parts.password or ""))
        _expect(connection.select(_quoted(folder)), f"there is no folder {folder}")
        yield Mailbox(connection)
    except (OSError, imaplib.IMAP4.error) as error:
        raise MailboxTrouble(f"{parts.hostname} said: {error}") from error
    finally:
        with suppress(OSError, imaplib.IMAP4.error):
            connection.logout()


class Mailbox:
    """An open folder; numbers are IMAP's UIDs, which stay the same while it is open to others, too."""

    def __init__(self, connection: imaplib.IMAP4) -> None:
        self._connection = connection

    def unread(self, *, limit: int) -> list[str]:
        """Return the oldest unread mails' numbers."""
        found = _expect(self._connection.uid("SEARCH", "UNSEEN"), "it cannot be searched")
        return [number.decode("ascii") for number in (found[0] or b"").split()][:limit]

    def fetch(self, number: str, *, largest: int) -> bytes | None:
        """Return a mail without marking it, or None where it has more bytes than `largest`."""
        told = _expect(self._connection.uid("FETCH", number, "(RFC822.SIZE)"), "it tells no sizes")
        size = _SIZE.search(b" ".join(part if isinstance(part, bytes) else part[0] for part in told if part))
        if size and int(size[1]) > largest:
            return None
        parts = _expect(self._connection.uid("FETCH", number, "(BODY.PEEK[])"), "a mail cannot be fetched")
        return next((bytes(part[1]) for part in parts if isinstance(part, tuple)), b"")

    def mark_read(self, number: str) -> None:
        """Mark a mail as read, so that it is not fetched again."""
        _expect(self._connection.uid("STORE", number, "+FLAGS", "(\\Seen)"), "a mail cannot be marked")


def _connect(scheme: str, host: str, port: int | None) -> imaplib.IMAP4:
    if scheme == "imaps":
        return imaplib.IMAP4_SSL(host, port or _TLS_PORT, ssl_context=ssl.create_default_context(), timeout=_TIMEOUT)
    connection = imaplib.IMAP4(host, port or _PORT, timeout=_TIMEOUT)
    if host not in LOOPBACK:
        connection.starttls(ssl.create_default_context())
    return connection


def _expect(answer: tuple[str, list[Any]], trouble: str) -> list[Any]:
    status, data = answer
    if status != "OK":
        raise imaplib.IMAP4.error(trouble)
    return data


def _quoted(folder: str) -> str:
    escaped = folder.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
