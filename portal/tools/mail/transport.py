"""Mail handed to a server, or to the outbox, so that at every moment we know what may have been taken."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from portal.tools.mail.envelope import Envelope
from portal.tools.mail.errors import MailError
from portal.tools.mail.line import Line
from portal.tools.mail.outbox import OutboxTransport
from portal.tools.mail.pipeline import Pipeline
from portal.tools.mail.relay import parse_relay
from portal.tools.mail.replies import Reply

CONNECT_TIMEOUT = 30
REPLY_TIMEOUT = 600  # A shorter wait for the reply to the dot makes duplicates: the server may still take the mail.


class Transport(Protocol):
    """What carries mail: a real server, or the outbox."""

    def __enter__(self) -> Self: ...
    def __exit__(self, kind: type[BaseException] | None, e: BaseException | None, tb: TracebackType | None) -> None: ...

    @property
    def offers_utf8(self) -> bool:
        """True where addresses may have letters outside ASCII before the @; connects if need be."""

    def send(self, mails: Sequence[Envelope]) -> Iterator[tuple[int, Reply | MailError]]:
        """Send mails that are all marked as handed over; yield (position, what became of it) of each, in order.

        `LineLost(dot_sent=True)` is in doubt; of `NotReached` no dot went out. What is never asked for is never sent.
        """

    def close(self) -> None:
        """Say goodbye; never raises."""


def open_transport(smtp_url: str | None, outbox: Path, *, local_hostname: str | None = None) -> Transport:
    """Return the transport the settings ask for: the server at `smtp_url`, or the outbox folder without one."""
    return SmtpTransport(smtp_url, local_hostname=local_hostname) if smtp_url else OutboxTransport(outbox)


class SmtpTransport:
    """One connection to one server, opened for the first mail and again after it broke."""

    def __init__(
        self,
        url: str,
        *,
        local_hostname: str | None = None,
        connect_timeout: float = CONNECT_TIMEOUT,
        reply_timeout: float = REPLY_TIMEOUT,
    ) -> None:
        self._line = Line(
            parse_relay(url),
            local_hostname=local_hostname,
            connect_timeout=connect_timeout,
            reply_timeout=reply_timeout,
        )
        self._is_sending = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, e: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    @property
    def offers_utf8(self) -> bool:
        """True where the server offered SMTPUTF8."""
        self._line.open()
        return "smtputf8" in self._line.offers

    def send(self, mails: Sequence[Envelope]) -> Iterator[tuple[int, Reply | MailError]]:
        """Carry the mails in as few round trips as the server allows. A line that fell asleep is opened anew, once."""
        if self._is_sending:
            raise RuntimeError("one list at a time")
        self._is_sending = True
        try:
            yield from Pipeline(self._line).walk(mails)
        finally:
            self._is_sending = False

    def close(self) -> None:
        """QUIT, without waiting long for the answer; in the middle of a list, hang up."""
        if self._is_sending:
            self._line.drop()
        else:
            self._line.quit()
