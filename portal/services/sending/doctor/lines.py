"""The lines to the outside: to the mail server, and to our own site as everybody else reaches it."""

import contextlib
import errno
import socket
import ssl
from collections.abc import Iterator

from portal import clock
from portal.services.sending.doctor.case import Case
from portal.services.sending.doctor.findings import Finding, not_checked, ok, problem, warning
from portal.tools import certificates, sites
from portal.tools.certificates import Certificate
from portal.tools.mail.errors import RelayBusy
from portal.tools.mail.relay import Opened, Relay, connect

_PATIENCE = 4.0
_NO_WAY = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL}


def look_at_server(case: Case) -> Iterator[Finding]:
    """Look whether the mail server lets us in, and how well the line to it is kept from others."""
    if case.relay is None:
        yield not_checked("mail server", "None is set: mails go to the outbox.")
        return
    try:
        opened = connect(case.relay, local_hostname=None, timeout=_PATIENCE)
    except RelayBusy as error:
        yield _shut(case.relay.host, f"{error}.", error.__cause__, case)
        return
    with contextlib.closing(opened.sock) as line:
        with contextlib.suppress(OSError):
            line.sendall(b"QUIT\r\n")
        signed_in = ", and signs us in" if case.relay.user else ""
        yield ok("mail server", f"{case.relay.host}:{case.relay.port} answers{signed_in}.")
        yield _encryption(opened, case.relay)


def look_at_site(case: Case) -> Iterator[Finding]:
    """Look whether the base URL leads to this portal, over https, with a certificate browsers trust."""
    base = case.settings.base_url
    if case.settings.on_loopback:
        yield not_checked("site", f"{base} is this very machine; there is nothing on the way to look at.")
        return
    try:
        answer = sites.ask(f"{base}/healthz", timeout=_PATIENCE)
    except sites.NotReached as error:
        yield _site_shut(base, error, case)
        return
    if answer.status != 200 or b'"alive"' not in answer.body:
        where = f", and sends us to {answer.elsewhere}" if answer.elsewhere else ""
        yield problem(
            "site",
            f"{base} answers (status {answer.status}{where}), but not as this portal does.",
            "Point the name, or the web server in front, at the portal.",
        )
        return
    yield _lifetime("site", f"{base} leads to this portal", answer.certificate)


def _shut(host: str, why: str, cause: BaseException | None, case: Case) -> Finding:
    if isinstance(cause, socket.gaierror):
        return _unknown_name("mail server", host, case)
    if isinstance(cause, OSError) and cause.errno in _NO_WAY:
        return not_checked("mail server", why, "Is this machine on the network?")
    if isinstance(cause, TimeoutError):
        todo = "Check host and port. Many networks close port 25 on the way out; 587 or 465 is mostly open."
        return problem("mail server", why, todo)
    return problem("mail server", why, "Check PORTAL_SMTP_URL and the mail server.")


def _unknown_name(check: str, host: str, case: Case) -> Finding:
    """Tell a name that is none from one that could not be looked up; or raise `CouldNotAsk`."""
    if case.dns.addresses(host):
        return not_checked(check, f"This machine could not look {host} up.")
    return problem(check, f"There is no host {host}.", "Check how it is written, and its A or AAAA record.")


def _encryption(opened: Opened, relay: Relay) -> Finding:
    check = "mail server's TLS"
    if isinstance(opened.sock, ssl.SSLSocket):
        if relay.verify:
            return _lifetime(check, "The line is encrypted", certificates.shown_on(opened.sock))
        why = "The line is encrypted, but verify=no in PORTAL_SMTP_URL takes any certificate, an eavesdropper's too."
        return warning(check, why, "Take verify=no out.")
    if relay.is_here:
        return ok(check, "The mail server is on this machine, so nothing is read on the way to it.")
    if relay.starttls == "never":
        why = "Mails can be read on the way to it: PORTAL_SMTP_URL says starttls=never."
        return warning(check, why, "Say starttls=required.")
    why = "Mails can be read on the way to it: it does not offer STARTTLS."
    return warning(check, why, "Switch STARTTLS on there, then say starttls=required in PORTAL_SMTP_URL.")


def _site_shut(base: str, error: sites.NotReached, case: Case) -> Finding:
    cause = error.__cause__
    if isinstance(cause, socket.gaierror):
        return _unknown_name("site", case.settings.host, case)
    if isinstance(cause, TimeoutError) or (isinstance(cause, OSError) and cause.errno in _NO_WAY):
        todo = "Open it in a browser elsewhere: some networks do not let a machine reach its own outside."
        return not_checked("site", f"{base} cannot be reached from here: {error}.", todo)
    return problem("site", f"{base} cannot be used: {error}.", "Mend the web server in front of the portal.")


def _lifetime(check: str, what: str, certificate: Certificate) -> Finding:
    ends = f"{certificate.ends_at:%Y-%m-%d %H:%M} UTC"
    if certificate.is_ending(clock.now()):
        return warning(check, f"{what}; its certificate ends soon, on {ends}.", "See why it was not renewed.")
    return ok(check, f"{what}; its certificate is trusted until {ends}.")
