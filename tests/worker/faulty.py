"""A mail server that gets into trouble: it behaves well but where its list of troubles says otherwise, each once."""

import contextlib
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from typing import BinaryIO

HANG = "hang"
DROP = "drop"
TAKE_AND_HANG = "take and hang"
TAKE_AND_DROP = "take and drop"
SLOW = "slow"

GOOD = {
    "GREETING": b"220 here\r\n",
    "MAIL": b"250 2.1.0 go on\r\n",
    "RCPT": b"250 2.1.5 known\r\n",
    "DATA": b"354 go\r\n",
    "DOT": b"250 2.0.0 taken\r\n",
    "RSET": b"250 2.0.0 ok\r\n",
    "QUIT": b"221 bye\r\n",
}

NOBODY = b"554 5.5.1 no valid recipients\r\n"

Trouble = tuple[str, bytes | str]


class FaultyServer:
    """Serves every connection in its own thread. A trouble is (when, what): the next thing to go wrong, and how.

    When: GREETING, EHLO, MAIL, RCPT, DATA, BODY or DOT. What: a reply, HANG, DROP, SLOW, or at the DOT to keep the
    mail and lose the reply. SLOW answers byte by byte; DROP at BODY resets the line once a part has come.
    """

    def __init__(self, *troubles: Trouble, pipelines: bool = False) -> None:
        self.troubles = list(troubles)
        self.taken: list[tuple[str, bytes]] = []
        self._pipelines = pipelines
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._socket = socket.create_server(("127.0.0.1", 0))

    def end(self) -> None:
        """Close the door; whoever hangs is let go."""
        self._ended.set()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    @property
    def url(self) -> str:
        """The SMTP_URL of this server."""
        return f"smtp://127.0.0.1:{self._socket.getsockname()[1]}"

    @property
    def times(self) -> Counter[str]:
        """How often each address got a mail."""
        return Counter(address for address, _body in self.taken)

    @property
    def message_ids(self) -> list[str]:
        """The Message-ID of each mail taken, in order."""
        found = [re.search(rb"^Message-ID: (\S+)", body, re.MULTILINE) for _address, body in self.taken]
        return [match[1].decode() for match in found if match]

    def serve(self) -> None:
        """Take connections until the end."""
        while not self._ended.is_set():
            with contextlib.suppress(OSError):
                line, _address = self._socket.accept()
                line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self._talk, args=(line,), daemon=True).start()

    def _talk(self, line: socket.socket) -> None:
        with line, contextlib.suppress(OSError), line.makefile("rb") as stream:
            said, recipient, known = self._answer(line, "GREETING"), "", False
            while said and (command := stream.readline().decode()):
                verb = command.split()[0].upper()
                if verb == "RCPT":
                    recipient = command[command.index("<") + 1 : command.index(">")]
                said = self._answer(line, verb) if known or verb != "DATA" else self._say(line, NOBODY, NOBODY)
                known = verb == "RCPT" and said == GOOD["RCPT"]
                if verb == "QUIT":
                    return
                if verb == "DATA" and said == GOOD["DATA"]:
                    said = self._take(line, stream, recipient)

    def _take(self, line: socket.socket, stream: BinaryIO, recipient: str) -> bytes:
        if self._next("BODY") == DROP:
            stream.read(1000)
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            return b""
        body = b""
        while not body.endswith(b"\r\n.\r\n"):
            if not (received := stream.readline()):
                return b""
            body += received
        what = self._next("DOT")
        if what in {TAKE_AND_HANG, TAKE_AND_DROP, SLOW, GOOD["DOT"]}:
            self.taken.append((recipient, body))
        return self._say(line, {TAKE_AND_HANG: HANG, TAKE_AND_DROP: DROP}.get(what, what), GOOD["DOT"])

    def _answer(self, line: socket.socket, verb: str) -> bytes:
        return self._say(line, self._next(verb), self._good(verb))

    def _say(self, line: socket.socket, what: bytes | str, good: bytes) -> bytes:
        """Do what is wanted and return what was said, nothing where the line ends here."""
        if what == HANG:
            self._ended.wait(20)
        if what in {HANG, DROP}:
            return b""
        said = good if what == SLOW else what
        assert isinstance(said, bytes)
        for piece in [said[n : n + 1] for n in range(len(said))] if what == SLOW else [said]:
            line.sendall(piece)
            time.sleep(0.005 if what == SLOW else 0)
        return said

    def _next(self, verb: str) -> bytes | str:
        with self._lock:
            if self.troubles and self.troubles[0][0] == verb:
                return self.troubles.pop(0)[1]
        return self._good(verb)

    def _good(self, verb: str) -> bytes:
        if verb == "EHLO":
            return b"250-here\r\n250-PIPELINING\r\n250 8BITMIME\r\n" if self._pipelines else b"250 here\r\n"
        return GOOD.get(verb, b"250 ok\r\n")


@contextlib.contextmanager
def serving(*troubles: Trouble, pipelines: bool = False) -> Iterator[FaultyServer]:
    """Run the server on a free port of this machine."""
    server = FaultyServer(*troubles, pipelines=pipelines)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.end()
        thread.join(5)
