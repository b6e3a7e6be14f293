"""A mail server that keeps the rules of SMTP but where its table says otherwise, and a ledger of what it took."""

import contextlib
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Iterable
from typing import Literal, NoReturn

Style = Literal["at once", "byte by byte", "held back", "slow"]

DROP = "closes without an answer"
RESET = "resets the connection"
HANG = "never answers"
TAKE_AND_DROP = "takes the mail and closes without an answer"
TAKE_AND_RESET = "takes the mail and resets the connection"
TAKE_AND_BABBLE = "takes the mail and answers nonsense"

Act = bytes | str


class LedgerServer:
    """Answers by the rules; acts override them, by the mail's letter (its sender's local part) and the command.

    Each act serves once, then the rules hold again. An act is the bytes to answer with, or one of the words above;
    bytes that begin with 421 close the line after them.
    """

    def __init__(
        self,
        acts: dict[tuple[str, str], Iterable[Act]] | None = None,
        *,
        pipelines: bool = True,
        style: Style = "at once",
        takes_nobody: bool = False,
    ) -> None:
        self._acts = defaultdict[tuple[str, str], list[Act]](list)
        for place, given in (acts or {}).items():
            self._acts[place] = list(given)
        self._offers = [b"here", *([b"PIPELINING"] if pipelines else []), b"8BITMIME"]
        self._style = style
        self._takes_nobody = takes_nobody
        self.taken: list[tuple[str, ...]] = []
        self.bodies: list[bytes] = []
        self.commands: list[str] = []
        self.packets: list[bytes] = []
        self.connections = 0
        self._ended = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def url(self) -> str:
        """The SMTP URL of this server."""
        return f"smtp://127.0.0.1:{self._socket.getsockname()[1]}"

    def act(self, letter: str, command: str) -> Act | None:
        """Return what is done instead of what the rules say, None for nothing else."""
        given = self._acts[letter, command]
        return given.pop(0) if given else None

    def __enter__(self) -> "LedgerServer":
        self._thread.start()
        return self

    def __exit__(self, *outcome: object) -> None:
        self._ended.set()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5)

    def _serve(self) -> None:
        while not self._ended.is_set():
            try:
                sock, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            with sock, contextlib.suppress(OSError):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                _Talk(self, sock, self._offers, self._style, self._takes_nobody).run()


class _Gone(Exception):
    """The server leaves the line."""


class _Talk:
    """One connection."""

    def __init__(
        self,
        server: LedgerServer,
        sock: socket.socket,
        offers: list[bytes],
        style: Style,
        takes_nobody: bool,
    ) -> None:
        self._server, self._sock, self._offers, self._style = server, sock, offers, style
        self._takes_nobody = takes_nobody
        self._unread = b""
        self._held = b""
        self._letter = ""
        self._sender: str | None = None
        self._recipients: list[str] = []

    def run(self) -> None:
        with contextlib.suppress(_Gone):
            self._answer("GREETING", b"220 here\r\n")
            while True:
                line = self._line().decode().strip()
                self._server.commands.append(line)
                self._obey(line)

    def _obey(self, line: str) -> None:
        verb, _, rest = line.partition(" ")
        verb = verb.upper()
        if verb == "EHLO":
            lines = [b"250-%s\r\n" % offer for offer in self._offers[:-1]]
            self._answer("EHLO", b"".join(lines) + b"250 %s\r\n" % self._offers[-1])
        elif verb == "MAIL":
            self._letter = rest.removeprefix("FROM:<").partition("@")[0]
            nested = self._sender is not None
            if self._answer("MAIL", b"503 nested\r\n" if nested else b"250 ok\r\n").startswith(b"2"):
                self._sender, self._recipients = rest, []
        elif verb == "RCPT":
            if self._answer("RCPT", b"503 MAIL first\r\n" if self._sender is None else b"250 ok\r\n").startswith(b"2"):
                self._recipients.append(rest.removeprefix("TO:<").partition(">")[0])
        elif verb == "DATA":
            goes = bool(self._recipients) or self._takes_nobody
            if self._answer("DATA", b"354 go\r\n" if goes else b"554 no valid recipients\r\n").startswith(b"354"):
                self._take_body()
        elif verb == "RSET":
            if self._answer("RSET", b"250 ok\r\n").startswith(b"2"):
                self._sender, self._recipients = None, []
        elif verb == "QUIT":
            self._answer("QUIT", b"221 bye\r\n")
            raise _Gone
        else:
            self._answer(verb, b"500 what?\r\n")

    def _take_body(self) -> None:
        body = b""
        while not (body == b".\r\n" or body.endswith(b"\r\n.\r\n")):
            body += self._line()
        self._dot = body
        self._answer("DOT", b"250 taken\r\n")
        self._sender, self._recipients = None, []

    def _answer(self, command: str, answer: bytes) -> bytes:
        act = self._server.act(self._letter, command)
        if isinstance(act, bytes):
            answer = act
        if command == "DOT" and (act in {TAKE_AND_DROP, TAKE_AND_RESET, TAKE_AND_BABBLE} or self._is_good(answer, act)):
            self._server.taken.append(tuple(self._recipients))
            self._server.bodies.append(self._dot)
        if act in {DROP, TAKE_AND_DROP}:
            self._leave()
        if act in {RESET, TAKE_AND_RESET}:
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            raise _Gone
        if act == HANG:
            self._read_to_the_end()
        self._say(b"what?\r\n" if act == TAKE_AND_BABBLE else answer)
        if answer.startswith(b"421"):
            self._leave()
        return answer

    def _is_good(self, answer: bytes, act: Act | None) -> bool:
        return (act is None or isinstance(act, bytes)) and answer.startswith(b"2")

    def _leave(self) -> NoReturn:
        """Close our half, and read on until the other side has closed its own, so that nothing said is lost."""
        self._flush()
        self._sock.shutdown(socket.SHUT_WR)
        self._read_to_the_end()

    def _read_to_the_end(self) -> NoReturn:
        self._flush()
        self._sock.settimeout(5)
        while self._sock.recv(65_536):
            pass
        raise _Gone

    def _say(self, answer: bytes) -> None:
        if self._style == "held back":
            self._held += answer
            return
        if self._style == "slow":
            time.sleep(0.005)
        pieces = [answer[i : i + 1] for i in range(len(answer))] if self._style == "byte by byte" else [answer]
        for piece in pieces:
            self._sock.sendall(piece)

    def _flush(self) -> None:
        held, self._held = self._held, b""
        if held:
            self._server.packets.append(held)
            self._sock.sendall(held)

    def _line(self) -> bytes:
        while b"\n" not in self._unread:
            self._flush()
            received = self._sock.recv(65_536)
            if not received:
                raise _Gone
            self._unread += received
        line, end, self._unread = self._unread.partition(b"\n")
        return line + end
