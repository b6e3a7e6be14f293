"""The outbox: mails kept as files in a Maildir while no server is configured, and read again for a page."""

import mailbox
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from types import TracebackType
from typing import Self

from portal.tools.mail.envelope import Envelope, paths, unstuffed
from portal.tools.mail.errors import MailError, NotReached, RelayBusy
from portal.tools.mail.replies import Reply

PER_PAGE = 50

# What `mailbox.Maildir` calls a file: seconds, then microseconds, process and count, then the host.
_KEY = re.compile(r"(?P<seconds>[0-9]{1,12})\.M(?P<micros>[0-9]{1,6})P[0-9]+Q(?P<count>[0-9]+)\.[A-Za-z0-9._-]{1,128}")


class MailNotFound(LookupError):
    """No mail in the outbox has this key."""


@dataclass(frozen=True)
class Entry:
    """A mail as the list shows it."""

    key: str
    kept_at: datetime
    sender: str
    to: str
    subject: str


@dataclass(frozen=True)
class Page:
    """One page of the outbox, newest first; `number` counts from 1 and stays within `pages`."""

    entries: list[Entry]
    number: int
    pages: int
    total: int


@dataclass(frozen=True)
class KeptMail:
    """A mail as it is read: decoded headers in their order, both bodies, and every byte."""

    key: str
    kept_at: datetime
    sender: str
    to: str
    subject: str
    date: str
    headers: list[tuple[str, str]]
    html: str
    text: str
    raw: bytes


class OutboxTransport:
    """Keeps each mail as a file in a Maildir, byte for byte, while no server is configured."""

    offers_utf8 = True

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, e: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def send(self, mails: Sequence[Envelope]) -> Iterator[tuple[int, Reply | MailError]]:
        """Keep each mail and yield its key; once the folder cannot be written to, the others are not reached."""
        is_full = False
        for position, mail in enumerate(mails):
            outcome = NotReached() if is_full else self._kept(mail)
            is_full = is_full or isinstance(outcome, RelayBusy)
            yield position, outcome

    def close(self) -> None:
        """Nothing is open."""

    def _kept(self, mail: Envelope) -> Reply | MailError:
        try:
            paths(mail.sender, mail.recipient)
            kept_as = self._maildir().add(unstuffed(mail.body))
        except MailError as error:
            return error
        except OSError as error:
            return RelayBusy(f"the outbox cannot be written to ({error.strerror})")
        return Reply(250, "2.0.0", f"kept as {kept_as}")

    def _maildir(self) -> mailbox.Maildir:
        """Open the Maildir; `mailbox` itself makes the inner folders only where it made the outer one."""
        for inner in ("tmp", "new", "cur"):
            (self._folder / inner).mkdir(parents=True, exist_ok=True)
        return mailbox.Maildir(self._folder, create=False)


def list_mails(folder: Path, page: int = 1, *, per_page: int = PER_PAGE) -> Page:
    """Return one page of the outbox; only the mails on it are opened."""
    keys = sorted(_keys(folder), key=_age, reverse=True)
    pages = max(1, -(-len(keys) // per_page))
    number = min(max(1, page), pages)
    shown = keys[(number - 1) * per_page : number * per_page]
    return Page([_entry(folder, key) for key in shown], number, pages, len(keys))


def read_mail(folder: Path, key: str) -> KeptMail:
    """Return the mail with this key, or raise `MailNotFound`."""
    if not _KEY.fullmatch(key):
        raise MailNotFound(key)
    try:
        raw = (folder / "new" / key).read_bytes()
    except OSError as error:
        raise MailNotFound(key) from error
    message = BytesParser(policy=policy.default).parsebytes(raw)
    headers = [(name, str(value)) for name, value in message.items()]
    html, text = (_body(message, kind) for kind in ("html", "plain"))
    sender, to, subject, date = (_header(message, name) for name in ("From", "To", "Subject", "Date"))
    return KeptMail(key, _kept_at(key), sender, to, subject, date, headers, html, text, raw)


def _keys(folder: Path) -> Iterator[str]:
    try:
        yield from (file.name for file in (folder / "new").iterdir() if _KEY.fullmatch(file.name))
    except FileNotFoundError:
        return


def _age(key: str) -> tuple[int, int, int]:
    found = _KEY.fullmatch(key)
    assert found
    return int(found["seconds"]), int(found["micros"]), int(found["count"])


def _kept_at(key: str) -> datetime:
    seconds, micros, _ = _age(key)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=micros)


def _entry(folder: Path, key: str) -> Entry:
    try:
        with (folder / "new" / key).open("rb") as file:
            message = BytesParser(policy=policy.default).parse(file, headersonly=True)
    except FileNotFoundError:
        message = EmailMessage()
    sender, to, subject = (_header(message, name) for name in ("From", "To", "Subject"))
    return Entry(key, _kept_at(key), sender, to, subject)


def _header(message: EmailMessage, name: str) -> str:
    return str(message.get(name, ""))


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    if part is None:
        return ""
    content = part.get_payload(decode=True)
    return content.decode("utf-8", "replace") if isinstance(content, bytes) else ""
