"""A real SMTP server for tests: keeps what it takes, and misbehaves on demand."""

from __future__ import annotations

import email
import email.policy
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

Verdict = str | None


@dataclass
class Sink:
    """What the server took, in order; `at_rcpt` and `at_data` may answer instead of taking, `after_data` watches."""

    port: int = 0
    mails: list[Envelope] = field(default_factory=list)
    at_rcpt: Callable[[str], Verdict] = lambda _address: None
    at_data: Callable[[Envelope], Verdict] = lambda _envelope: None
    after_data: Callable[[int], None] = lambda _taken: None

    @property
    def url(self) -> str:
        """The SMTP_URL of this server."""
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def messages(self) -> list[EmailMessage]:
        """The mails as parsed messages."""
        return [email.message_from_bytes(raw, policy=email.policy.default) for raw in self.raw]

    @property
    def raw(self) -> list[bytes]:
        """The mails byte for byte."""
        return [bytes(e.content) for e in self.mails if isinstance(e.content, bytes)]

    def to(self, address: str) -> list[EmailMessage]:
        """The messages one address got."""
        return [m for m, e in zip(self.messages, self.mails, strict=True) if e.rcpt_tos == [address]]

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take the recipient, or answer what `at_rcpt` says."""
        verdict = self.at_rcpt(address)
        if verdict is None:
            envelope.rcpt_tos.append(address)
        return verdict or "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Take the mail, or answer what `at_data` says."""
        verdict = self.at_data(envelope)
        if verdict is None:
            self.mails.append(envelope)
            self.after_data(len(self.mails))
        return verdict or "250 2.0.0 taken"


@contextmanager
def running(**options: Any) -> Iterator[Sink]:
    """Run a server on a free port of this machine."""
    sink = Sink(**options)
    controller = started(lambda port: Controller(sink, hostname="127.0.0.1", port=port, enable_SMTPUTF8=True))
    sink.port = controller.port
    try:
        yield sink
    finally:
        controller.stop()


def started(make: Callable[[int], Controller]) -> Controller:
    """Start a server on a port that is free: one below those the system gives to lines that go out."""
    for _ in range(50):
        controller = make(random.randrange(20_000, 32_000))
        try:
            controller.start()
        except OSError:
            continue
        return controller
    raise OSError("no port is free")
