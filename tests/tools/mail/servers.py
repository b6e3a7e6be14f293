"""Mail servers for tests: a real one, and one that misbehaves by script in place of other people's."""

import contextlib
import datetime
import ipaddress
import socket
import ssl
import threading
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.sink import started

DROP = "drop"
HANG = "hang"
DRIP = "drip"


class Letterbox:
    """What a real server took: envelope sender, recipient and the bytes as they came; some recipients are refused."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, list[str], bytes]] = []
        self.options: list[list[str]] = []
        self.refusals: dict[str, str] = {}

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        self.options.append(options)
        return "250 2.1.0 go on"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 known"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.original_content
        assert isinstance(content, bytes)
        self.taken.append((envelope.mail_from or "", envelope.rcpt_tos, content))
        return "250 2.0.0 taken"


@contextlib.contextmanager
def real_server(
    box: Letterbox,
    *,
    password: str | None = None,
    tls: ssl.SSLContext | None = None,
    host: str = "127.0.0.1",
    **options: Any,
) -> Iterator[int]:
    """Run aiosmtpd on a free port of this machine and give the port."""

    def is_known(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
        known = isinstance(data, LoginPassword) and data.password == (password or "").encode()
        return AuthResult(success=known, handled=False)

    if password:
        options |= {"authenticator": is_known, "auth_required": True, "auth_require_tls": tls is not None}
    options = {"enable_SMTPUTF8": True, **options}
    controller = started(lambda port: Controller(box, hostname=host, port=port, tls_context=tls, **options))
    try:
        yield controller.port
    finally:
        controller.stop()


class ScriptedServer:
    """Answers each verb from its script, in order, the last answer again; DOT is the reply to the closing dot.

    An answer is the bytes to send, `DROP`, `HANG` or `DRIP`; a number for BODY drops the line after that many bytes.
    """

    def __init__(self, **script: list[bytes | str | int]) -> None:
        self._script: dict[str, list[bytes | str | int]] = defaultdict(lambda: [b"250 ok\r\n"])
        self._script |= {"GREETING": [b"220 here\r\n"], "DATA": [b"354 go\r\n"], "BODY": [-1], "QUIT": [b"221 bye\r\n"]}
        self._script |= script
        self.commands: list[str] = []
        self.bodies: list[bytes] = []
        self.connections = 0
        self._ended = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self._socket.getsockname()[1]}"

    def __enter__(self) -> "ScriptedServer":
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
                line, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            with line, contextlib.suppress(OSError), line.makefile("rb") as stream:
                self._talk(line, stream)

    def _talk(self, line: socket.socket, stream: Any) -> None:
        alive = self._answer(line, "GREETING")
        while alive and (command := stream.readline()):
            self.commands.append(command.decode().strip())
            verb = self.commands[-1].split(" ")[0].upper()
            alive = self._answer(line, verb) and verb != "QUIT"
            if alive and verb == "DATA" and self._last == b"354 go\r\n":
                alive = self._take_body(line, stream)

    def _take_body(self, line: socket.socket, stream: Any) -> bool:
        most = self._next("BODY")
        if isinstance(most, int) and most >= 0:
            stream.read(most)
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            return False
        body = b""
        while not body.endswith(b"\r\n.\r\n"):
            received = stream.readline()
            if not received:
                return False
            body += received
        self.bodies.append(body)
        return self._answer(line, "DOT")

    def _answer(self, line: socket.socket, verb: str) -> bool:
        self._last = self._next(verb)
        if self._last == HANG:
            self._ended.wait(20)
        while self._last == DRIP and not self._ended.wait(0.05):
            line.sendall(b"250-more\r\n")
        if not isinstance(self._last, bytes):
            return False
        line.sendall(self._last)
        return True

    def _next(self, verb: str) -> bytes | str | int:
        answers = self._script[verb]
        return answers.pop(0) if len(answers) > 1 else answers[0]


def certificate(folder: Path, host: str = "127.0.0.1", *, days: tuple[int, int] = (-1, 1)) -> ssl.SSLContext:
    """Write a certificate for this host to `folder/trusted.pem` and return a server's context that shows it.

    It is good from one day to the other, counted from now.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    now = datetime.datetime.now(datetime.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + datetime.timedelta(days=days[0]))
        .not_valid_after(now + datetime.timedelta(days=days[1]))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "trusted.pem").write_bytes(built.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "trusted.pem", folder / "key.pem")
    return context
