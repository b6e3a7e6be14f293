"""What a mail server answers: read whole, within a time limit, whatever bytes it is made of."""

import re
import socket
import time
from dataclasses import dataclass
from functools import lru_cache

from portal.tools.mail.errors import LineLost

LONGEST_REPLY = 65_536

_LINE = re.compile(rb"([2-5][0-9][0-9])([ -]?)(.*)", re.DOTALL)
_ENHANCED = re.compile(r"([245]\.[0-9]{1,3}\.[0-9]{1,3})(?:\s+|$)")


@dataclass(frozen=True)
class Reply:
    """A reply: code 250, enhanced "2.0.0" or "", text in one line."""

    code: int
    enhanced: str
    text: str

    def __str__(self) -> str:
        return " ".join(part for part in (str(self.code), self.enhanced, self.text) if part)

    @property
    def is_good(self) -> bool:
        """True for 2xx."""
        return 200 <= self.code < 300


class ReplyReader:
    """Reads the replies that arrive on one socket, one whole reply at a time."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._buffer = b""

    @property
    def has_more(self) -> bool:
        """True when something has come beyond the replies read so far."""
        return bool(self._buffer)

    def read(self, within: float, *, dot_sent: bool = False) -> Reply:
        """Return the next reply, or raise `LineLost` when none is complete after `within` seconds."""
        line, end, rest = self._buffer.partition(b"\n")
        if end and (reply := _whole(line)):
            self._buffer = rest
            return reply
        return self._wait(time.monotonic() + within, dot_sent=dot_sent)

    def _wait(self, deadline: float, *, dot_sent: bool) -> Reply:
        code, texts, size = 0, [], 0
        while True:
            line = self._line(deadline, dot_sent=dot_sent)
            if not code and (reply := _whole(line)):
                return reply
            found = _LINE.fullmatch(line.rstrip(b"\r"))
            size += len(line)
            if not found or size > LONGEST_REPLY or (code and int(found[1]) != code):
                raise LineLost("the server's answer makes no sense", dot_sent=dot_sent)
            code = int(found[1])
            texts.append(found[3])
            if found[2] != b"-":
                return _reply(code, texts)

    def _line(self, deadline: float, *, dot_sent: bool) -> bytes:
        while b"\n" not in self._buffer:
            if len(self._buffer) > LONGEST_REPLY:
                raise LineLost("the server's answer has no end", dot_sent=dot_sent)
            self._buffer += self._receive(deadline, dot_sent=dot_sent)
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line

    def _receive(self, deadline: float, *, dot_sent: bool) -> bytes:
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            raise LineLost("the server did not answer in time", dot_sent=dot_sent)
        self._sock.settimeout(remaining)
        try:
            received = self._sock.recv(LONGEST_REPLY)
        except TimeoutError as error:
            raise LineLost("the server did not answer in time", dot_sent=dot_sent) from error
        except OSError as error:
            raise LineLost(f"the line broke ({error})", dot_sent=dot_sent) from error
        if not received:
            raise LineLost("the server closed the line", dot_sent=dot_sent)
        return received


@lru_cache(maxsize=16)
def _whole(line: bytes) -> Reply | None:
    """Return the reply that this line is all of, None for a part; most replies are the same few lines again."""
    found = _LINE.fullmatch(line.rstrip(b"\r"))
    return _reply(int(found[1]), [found[3]]) if found and found[2] != b"-" else None


def _reply(code: int, texts: list[bytes]) -> Reply:
    """Join the lines; the enhanced code of the first line is taken off every line that repeats it."""
    lines = [_readable(text) for text in texts]
    found = _ENHANCED.match(lines[0])
    enhanced = found[1] if found else ""
    bare = [line.removeprefix(enhanced).strip() for line in lines]
    return Reply(code, enhanced, " ".join(line for line in bare if line))


def _readable(text: bytes) -> str:
    decoded = text.decode("utf-8", "replace")
    return "".join(c if c.isprintable() else " " for c in decoded).strip()
