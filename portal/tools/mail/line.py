"""The line to a mail server: opened when it is needed, written and read in order, dropped when it breaks."""

import contextlib
import socket
import ssl

from portal.tools.mail.errors import LineLost, MailError
from portal.tools.mail.relay import Relay, connect
from portal.tools.mail.replies import Reply, ReplyReader

_COMMAND_TIMEOUT = 300
_BODY_TIMEOUT = 180
_QUIT_TIMEOUT = 5
_TLS_RECORD = 16_384
_DOT = len(b".\r\n")


class Line:
    """One connection to one server; when it breaks it closes itself, says so by `LineLost`, and may be opened again."""

    def __init__(
        self, relay: Relay, *, local_hostname: str | None, connect_timeout: float, reply_timeout: float
    ) -> None:
        self._relay = relay
        self._local_hostname = local_hostname
        self._connect_timeout = connect_timeout
        self._reply_timeout = reply_timeout
        self._command_timeout = min(_COMMAND_TIMEOUT, reply_timeout)
        self._body_timeout = min(_BODY_TIMEOUT, reply_timeout)
        self._sock: socket.socket | None = None
        self._reader: ReplyReader | None = None
        self._lost_its_step = False
        self.offers: frozenset[str] = frozenset()
        self.has_served = False

    @property
    def is_open(self) -> bool:
        """True while nothing is known to have broken it."""
        return self._sock is not None

    @property
    def pipelines(self) -> bool:
        """True where several commands may be written at once."""
        return "pipelining" in self.offers and not self._lost_its_step

    @property
    def has_unread(self) -> bool:
        """True when a reply has come that nobody asked for yet."""
        return self._reader is not None and self._reader.has_more

    def open(self) -> None:
        """Connect where there is no connection, or raise `RelayBusy`."""
        if self._sock is None:
            opened = connect(self._relay, local_hostname=self._local_hostname, timeout=self._connect_timeout)
            self._sock, self.offers, self._reader = opened.sock, opened.offers, ReplyReader(opened.sock)
            self.has_served = False

    def write(self, data: bytes, *, dot_ends: int = 0) -> None:
        """Write it all; a mail's dot ends at byte `dot_ends` of it, 0 without a dot.

        A line that breaks once the dot may have left is no error yet: its reply may still be read, or not.
        """
        if self._sock is None:
            raise LineLost("the line is closed", dot_sent=False)
        sent = 0
        try:
            self._sock.settimeout(self._body_timeout if dot_ends else self._command_timeout)
            sent = self._sock.send(data)
            while sent < len(data):
                sent += self._sock.send(memoryview(data)[sent:])
        except OSError as error:
            # What an encrypted line was given last may have left, too, though it says otherwise.
            may_have_left = sent + (_TLS_RECORD if isinstance(self._sock, ssl.SSLSocket) else 0)
            if dot_ends and may_have_left > dot_ends - _DOT:
                return
            self.drop()
            raise LineLost(f"the line broke ({error})", dot_sent=False) from error

    def read(self, *, dot_sent: bool = False, within: float | None = None) -> Reply:
        """Return the next reply, waiting as long as its kind may take; `dot_sent` says it answers a mail's dot."""
        if self._reader is None:
            raise LineLost("the line is closed", dot_sent=dot_sent)
        try:
            return self._reader.read(
                within or (self._reply_timeout if dot_sent else self._command_timeout), dot_sent=dot_sent
            )
        except LineLost:
            self.drop()
            raise

    def walk_in_step(self) -> None:
        """From now on write one command at a time, whatever the server offers."""
        self._lost_its_step = True

    def quit(self) -> None:
        """Say QUIT, without waiting long for the answer, and close; never raises."""
        if self._sock is not None:
            with contextlib.suppress(MailError):
                self.write(b"QUIT\r\n")
                self.read(within=min(_QUIT_TIMEOUT, self._command_timeout))
        self.drop()

    def drop(self) -> None:
        """Close without a word."""
        if self._sock is not None:
            with contextlib.suppress(OSError):
                self._sock.close()
        self._sock = self._reader = None
        self.has_served = False
