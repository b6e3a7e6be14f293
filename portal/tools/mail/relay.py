"""The mail server an SMTP URL names: how to read the URL, and how to reach, greet, secure and sign in to it."""

import contextlib
import smtplib
import socket
import ssl
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from portal.tools.mail.errors import RelayBusy

_STARTTLS = ("required", "optional", "never")
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class BadSmtpUrl(ValueError):
    """The SMTP URL cannot be used; the message says how it should look."""


@dataclass(frozen=True)
class Relay:
    """A mail server and how to talk to it."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    tls_from_the_start: bool = False
    starttls: str = "optional"
    verify: bool = True

    @property
    def is_here(self) -> bool:
        """True for a server on this very machine."""
        return self.host in _LOOPBACK


def parse_relay(url: str) -> Relay:
    """Read `smtp://user:pass@host:587/?starttls=required` or `smtps://…`; user and password percent-encoded.

    `starttls` is required (the default where a user is named), optional or never; `verify=no` accepts any certificate.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise BadSmtpUrl(
            "The host or port in the SMTP URL cannot be read; in user and password write %40 for @ and %23 for #"
        ) from error
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname or parts.path.strip("/"):
        raise BadSmtpUrl("The SMTP URL must look like smtp://user:password@host:587/?starttls=required")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    secure = parts.scheme == "smtps"
    options = _options(parts.query, starttls="required" if user and not secure else "optional")
    return Relay(
        host=parts.hostname,
        port=port or (465 if secure else 25),
        user=user,
        password=password,
        tls_from_the_start=secure,
        starttls=options["starttls"],
        verify=options["verify"] == "yes",
    )


@dataclass(frozen=True)
class Opened:
    """An open connection: its socket and the extensions the server offered, in lower case."""

    sock: socket.socket
    offers: frozenset[str]


def connect(relay: Relay, *, local_hostname: str | None, timeout: float) -> Opened:
    """Return a greeted, secured, signed-in connection, or raise `RelayBusy` saying what stood in the way."""
    smtp: smtplib.SMTP | None = None
    try:
        smtp = _dial(relay, local_hostname=local_hostname, timeout=timeout)
        smtp.ehlo_or_helo_if_needed()
        _secure(smtp, relay)
        _sign_in(smtp, relay)
    except RelayBusy:
        _hang_up(smtp)
        raise
    except (smtplib.SMTPException, OSError, ValueError) as error:
        _hang_up(smtp)
        raise _busy(relay, error) from error
    return _take_over(smtp)


def _options(query: str, *, starttls: str) -> dict[str, str]:
    given = {name: values[-1] for name, values in parse_qs(query, keep_blank_values=True).items()}
    options = {"starttls": starttls, "verify": "yes"} | given
    if set(options) != {"starttls", "verify"} or options["starttls"] not in _STARTTLS:
        raise BadSmtpUrl("After the ? the SMTP URL takes starttls=required, optional or never, and verify=yes or no")
    if options["verify"] not in {"yes", "no"}:
        raise BadSmtpUrl("verify in the SMTP URL is yes or no")
    return options


def _dial(relay: Relay, *, local_hostname: str | None, timeout: float) -> smtplib.SMTP:
    if relay.tls_from_the_start:
        return smtplib.SMTP_SSL(
            relay.host, relay.port, local_hostname=local_hostname, timeout=timeout, context=_context(relay)
        )
    return smtplib.SMTP(relay.host, relay.port, local_hostname=local_hostname, timeout=timeout)


def _secure(smtp: smtplib.SMTP, relay: Relay) -> None:
    if relay.tls_from_the_start or relay.starttls == "never":
        return
    if smtp.has_extn("starttls"):
        smtp.starttls(context=_context(relay))
        smtp.ehlo()
    elif relay.starttls == "required":
        raise RelayBusy(f"{relay.host} does not offer STARTTLS, which the SMTP URL requires")


def _sign_in(smtp: smtplib.SMTP, relay: Relay) -> None:
    if not relay.user:
        return
    if not (isinstance(smtp.sock, ssl.SSLSocket) or relay.is_here):
        raise RelayBusy(f"no password goes to {relay.host} over an unencrypted line")
    smtp.login(relay.user, relay.password)


def _context(relay: Relay) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not relay.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _busy(relay: Relay, error: Exception) -> RelayBusy:
    where = f"{relay.host}:{relay.port}"
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return RelayBusy(f"{where} refused our user name or password", code=error.smtp_code)
    # The text of this one would tell a sign of the password.
    if isinstance(error, UnicodeEncodeError) and error.encoding == "ascii":
        return RelayBusy(f"{where} can take no user name or password with signs outside ASCII")
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error.decode("utf-8", "replace") if isinstance(error.smtp_error, bytes) else error.smtp_error
        return RelayBusy(f"{where} does not want to talk: {said}", code=max(error.smtp_code, 0))
    if isinstance(error, ssl.SSLCertVerificationError):
        return RelayBusy(f"the certificate of {where} cannot be trusted: {error.verify_message.rstrip('.')}")
    if isinstance(error, TimeoutError):
        return RelayBusy(f"{where} did not answer in time")
    return RelayBusy(f"{where} cannot be reached: {error}")


def _hang_up(smtp: smtplib.SMTP | None) -> None:
    if smtp is not None:
        with contextlib.suppress(OSError):
            smtp.close()


def _take_over(smtp: smtplib.SMTP) -> Opened:
    """Take the socket out of smtplib's hands; every answer so far has been read, so nothing waits in its buffer."""
    sock, smtp.sock = smtp.sock, None
    assert sock is not None
    smtp.close()
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return Opened(sock, frozenset(smtp.esmtp_features))
