"""Which addresses mail leaves this house from, and what the world thinks of them."""

import ipaddress
import socket
from collections.abc import Iterator
from dataclasses import dataclass

import dns.reversename

from portal.services.sending.doctor.case import Case
from portal.services.sending.doctor.findings import Finding, not_checked, ok, problem
from portal.tools.dns import Record
from portal.tools.mail import dmarc
from portal.tools.mail.relay import Relay

NAME_THEM = "If you know the address: portal doctor --address IP"

_INSIDE = [
    ipaddress.ip_network(written)
    for written in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16",
        "::/127", "fc00::/7", "fe80::/10",
    )
]  # fmt: skip
_FAR_AWAY = ((socket.AF_INET, "198.51.100.1"), (socket.AF_INET6, "2001:db8::1"))
_DISCARD = 9


@dataclass(frozen=True)
class Leaving:
    """The addresses mail leaves from; without any, `unknown` says why nobody here can tell."""

    addresses: tuple[str, ...]
    unknown: str = ""
    by_others: bool = False


def find(case: Case) -> Leaving:
    """Return the addresses somebody named, or those of a mail server that is ours; or raise `CouldNotAsk`."""
    relay = case.relay
    if case.addresses:
        return Leaving(case.addresses)
    if relay is None:
        return Leaving((), "No mail leaves this machine while PORTAL_SMTP_URL is not set.")
    if not (relay.is_here or _is_address(relay.host) or _is_ours(relay, case)):
        why = f"{relay.host} is not yours by its name; it sends from addresses that only its owner knows."
        return Leaving((), why, by_others=True)
    found = _of_this_machine() if relay.is_here else _of(relay, case)
    seen = tuple(address for address in found if not _is_inside(address))
    if seen:
        return Leaving(seen)
    where = "This machine" if relay.is_here else relay.host
    return Leaving((), f"{where} has no address of its own that the world sees.")


def look_at_names(case: Case) -> Iterator[Finding]:
    """Look whether each address has a name that leads back to it (PTR)."""
    leaving = find(case)
    if leaving.unknown:
        whose = " They see to the names of them, too." if leaving.by_others else ""
        yield not_checked("PTR", leaving.unknown + whose, NAME_THEM if case.relay else "")
    for address in leaving.addresses:
        yield _name_of(address, case)


def _name_of(address: str, case: Case) -> Finding:
    names = case.dns.names_of(address)
    if any(address in _plain(case.dns.addresses(name)) for name in names):
        return ok("PTR", f"{address} is named {' and '.join(names)}, and that leads back to it.")
    wanted = names[0] if names else _good_name(case)
    kind = "AAAA" if ":" in address else "A"
    forward = Record(wanted, kind, address)
    backward = Record(str(dns.reversename.from_address(address)).rstrip("."), "PTR", f"{wanted}.")
    if names:
        return problem(
            "PTR",
            f"{address} is named {' and '.join(names)}, which does not lead back to it; "
            "large mailboxes refuse such mail.",
            "Publish this, or have whoever gave you the address name it otherwise.",
            forward,
        )
    is_known = address in _plain(case.dns.addresses(wanted))
    return problem(
        "PTR",
        f"{address} has no name; large mailboxes refuse mail from it.",
        "Whoever gave you the address publishes its name, often by a field of their control panel.",
        *([backward] if is_known else [backward, forward]),
    )


def _good_name(case: Case) -> str:
    relay = case.relay
    named = relay is not None and not relay.is_here and not _is_address(relay.host) and _is_ours(relay, case)
    if relay is not None and named:
        return relay.host
    return f"mail.{case.domain}" if _is_address(case.settings.host) else case.settings.host


def _is_ours(relay: Relay, case: Case) -> bool:
    """Tell by the name of a mail server whether it belongs to us: it stands below our domain, or has none."""
    if "." not in relay.host:
        return True
    return (
        _stands_below(case.settings.host, relay)
        or _stands_below(case.domain, relay)
        or _stands_below(dmarc.organisation(case.domain, case.dns), relay)
    )


def _stands_below(name: str, relay: Relay) -> bool:
    return f".{relay.host}".endswith(f".{name}")


def _of(relay: Relay, case: Case) -> list[str]:
    return [relay.host] if _is_address(relay.host) else case.dns.addresses(relay.host)


def _of_this_machine() -> list[str]:
    """Return the addresses lines to the world go out from; nothing is sent to find them."""
    found = []
    for family, far_away in _FAR_AWAY:
        with socket.socket(family, socket.SOCK_DGRAM) as line:
            try:
                line.connect((far_away, _DISCARD))
                found.append(str(line.getsockname()[0]))
            except OSError:
                continue
    return found


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_inside(address: str) -> bool:
    where = ipaddress.ip_address(address.partition("%")[0])
    return any(where in network for network in _INSIDE)


def _plain(addresses: list[str]) -> set[str]:
    return {str(ipaddress.ip_address(address)) for address in addresses}
