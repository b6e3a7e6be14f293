"""The ear of a worker: a small mail server for what comes back, which keeps each mail before it says so."""

import asyncio
import logging
import threading
from urllib.parse import urlsplit

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Flask

from portal import config
from portal.extensions import db, queue
from portal.services.sending.inbound import keeping
from portal.tools.mail import return_address
from portal.tools.mail.return_address import BadReturnAddress

_LINE_TIMEOUT = 120.0
_PEOPLE = frozenset({"postmaster", "abuse"})
"""Read by people and by machines that tell complaints; every domain has the first (RFC 5321)."""

log = logging.getLogger(__name__)


class Ear:
    """Listens in a thread of its own. Several workers of one machine share the port, and the living ones its mail."""

    def __init__(self, app: Flask, address: str) -> None:
        parts = urlsplit(address)
        self._app, self._host, self._port = app, parts.hostname, parts.port or 0
        self._protocol = LMTP if parts.scheme == "lmtp" else SMTP
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="ear", daemon=True)

    def open(self) -> None:
        """Begin to listen; raise `OSError` where the address cannot be had."""
        self._server = self._loop.run_until_complete(
            self._loop.create_server(self._line, self._host, self._port, reuse_port=True)
        )
        self._thread.start()

    def close(self) -> None:
        """Stop listening; a mail that is not kept yet is told again by its sender."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)

    def _run(self) -> None:
        self._loop.run_forever()
        self._server.close()

    def _line(self) -> SMTP:
        return self._protocol(
            _Keeper(self._app),
            hostname=config.current().bounce_domain,
            ident="Evergreen",
            data_size_limit=keeping.LARGEST,
            timeout=_LINE_TIMEOUT,
            loop=self._loop,
        )


class _Keeper:
    """What is said on one line: for whom a mail may come, and that it is kept."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take mail for our signed addresses, one recipient at a time, and for nobody else."""
        if envelope.rcpt_tos:
            return "452 4.5.3 One recipient for each mail, please"
        if not _is_ours(address):
            return "550 5.1.1 There is no such address"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Say 250 once the mail is committed, and not before."""
        content = envelope.content or b""
        raw = content if isinstance(content, bytes) else content.encode()
        try:
            await asyncio.to_thread(self._keep, raw, (envelope.mail_from or "").strip("<>"), envelope.rcpt_tos[0])
        except Exception:
            log.exception("A mail that came in could not be kept; its sender was asked to come back.")
            return "451 4.3.0 It cannot be kept just now, please come back"
        return "250 2.0.0 Kept"

    def _keep(self, raw: bytes, sender: str, recipient: str) -> None:
        with self._app.app_context():
            keeping.keep("smtp", raw, sender=sender, recipient=recipient)
            db.session.commit()
            queue.wake("hear")

    async def handle_exception(self, error: Exception) -> str:
        """Answer what nobody foresaw without telling anything."""
        log.error("A line with a mail that came in broke.", exc_info=error)
        return "451 4.3.0 Something went wrong, please come back"


def open_ear(app: Flask) -> Ear | None:
    """Open the ear the settings ask for, None where another program has the address; the log says so."""
    address = config.current().inbound_listen
    ear = Ear(app, address)
    try:
        ear.open()
    except OSError as error:
        log.error("Nothing is heard at %s: %s", address, error)
        return None
    log.info("Hears what comes back at %s.", address)
    return ear


def _is_ours(address: str) -> bool:
    local, _, domain = address.lower().rpartition("@")
    if domain == config.current().bounce_domain and local in _PEOPLE:
        return True
    try:
        return bool(return_address.read(address))
    except BadReturnAddress:
        return False
