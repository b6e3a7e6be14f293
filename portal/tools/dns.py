"""Questions to the DNS, with little patience, and records as they are published there."""

import ipaddress
import re
from dataclasses import dataclass
from typing import Any

import dns.exception
import dns.resolver
import dns.reversename

PORT = 53
PATIENCE = 3.0
_LONGEST_STRING = 255


class CouldNotAsk(Exception):
    """The DNS gave no answer, neither yes nor no; the text says why."""


class BadResolver(ValueError):
    """This names no server that could be asked; the text says how it should look."""


@dataclass(frozen=True)
class Record:
    """A record to publish; `name` without its last dot, `value` in one piece."""

    name: str
    kind: str
    value: str

    @property
    def strings(self) -> list[str]:
        """The value in strings of at most 255 signs, as the DNS holds texts."""
        return [self.value[n : n + _LONGEST_STRING] for n in range(0, len(self.value), _LONGEST_STRING)] or [""]

    def __str__(self) -> str:
        """Return it as a zone file has it."""
        if self.kind != "TXT":
            return f"{self.name}. {self.kind} {self.value}"
        escaped = [part.replace("\\", "\\\\").replace('"', '\\"') for part in self.strings]
        return f"{self.name}. TXT " + " ".join(f'"{part}"' for part in escaped)


class Resolver:
    """Asks this machine's DNS servers, or the one named `HOST[:PORT]`; a server that is silent is not asked again."""

    def __init__(self, server: str | None = None, *, patience: float = PATIENCE) -> None:
        """Raise `BadResolver` where `server` names none."""
        self._kept: dict[tuple[str, str], list[Any]] = {}
        self._silent: CouldNotAsk | None = None
        self._has_answered = False
        self._is_cut_off: bool | None = None
        self._patience = patience
        if server:
            self._inner = dns.resolver.Resolver(configure=False)
            self._inner.nameservers, self._inner.port = _server(server)
        else:
            self._inner = self._of_this_machine()
        self._inner.use_edns(0, 0, 1232)

    def texts(self, name: str) -> list[str]:
        """Return the TXT records of a name, each in one piece; none where there is no such name."""
        return [b"".join(record.strings).decode("utf-8", "replace") for record in self._ask(name, "TXT")]

    def addresses(self, name: str) -> list[str]:
        """Return the IPv4 and IPv6 addresses of a name."""
        return [record.address for kind in ("A", "AAAA") for record in self._ask(name, kind)]

    def mail_hosts(self, name: str) -> list[str]:
        """Return the hosts that take mail for a domain, the preferred one first; "" says that it takes none."""
        found = sorted(self._ask(name, "MX"), key=lambda record: record.preference)
        return [_plain(record.exchange) for record in found]

    def names_of(self, address: str) -> list[str]:
        """Return the names an IP address says it has (PTR)."""
        return [_plain(record.target) for record in self._ask(str(dns.reversename.from_address(address)), "PTR")]

    def _ask(self, name: str, kind: str) -> list[Any]:
        asked = name.lower().rstrip("."), kind
        if asked not in self._kept:
            self._kept[asked] = self._asked(*asked)
        return self._kept[asked]

    def _asked(self, name: str, kind: str) -> list[Any]:
        if self._silent:
            raise self._silent
        try:
            answer = self._inner.resolve(
                f"{name}.", kind, raise_on_no_answer=False, lifetime=self._patience, search=False
            )
        except dns.resolver.NXDOMAIN:
            self._has_answered = True
            self._refuse_cut_off()
            return []
        except (dns.exception.SyntaxError, dns.exception.FormError, UnicodeError):
            return []  # No name the DNS could hold, so nothing stands there.
        except (dns.exception.DNSException, OSError) as error:
            failure = CouldNotAsk(f"{_servers(self._inner)} gave no answer about {name}")
            self._silent = None if self._has_answered else failure
            raise failure from error
        self._has_answered = True
        return list(answer.rrset or [])

    def _refuse_cut_off(self) -> None:
        """Believe a no only where the root is known: a server in a closed network says no to whatever it is asked."""
        if self._is_cut_off is None:
            try:
                self._inner.resolve(".", "NS", raise_on_no_answer=False, lifetime=self._patience)
                self._is_cut_off = False
            except dns.resolver.NXDOMAIN:
                self._is_cut_off = True
            except (dns.exception.DNSException, OSError):
                self._is_cut_off = False  # Servers that keep one domain only do not answer this.
        if self._is_cut_off:
            raise CouldNotAsk(f"{_servers(self._inner)} knows no names of the world, as if cut off from it")

    def _of_this_machine(self) -> dns.resolver.Resolver:
        try:
            return dns.resolver.Resolver()
        except (dns.exception.DNSException, OSError):
            self._silent = CouldNotAsk("this machine names no DNS server")
            return dns.resolver.Resolver(configure=False)


def _server(written: str) -> tuple[list[str], int]:
    found = re.fullmatch(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<four>[0-9.]+))(?::(?P<port>[0-9]{1,5}))?", written)
    host = (found["six"] or found["four"]) if found else written
    port = int(found["port"] or PORT) if found else PORT
    try:
        address = str(ipaddress.ip_address(host))
    except ValueError as error:
        raise BadResolver("Name the DNS server by its IP address, such as 9.9.9.9 or 127.0.0.1:5353") from error
    if not 0 < port < 65536:
        raise BadResolver("A port is a number from 1 to 65535")
    return [address], port


def _servers(inner: dns.resolver.Resolver) -> str:
    return " and ".join(str(server) for server in inner.nameservers) or "no DNS server"


def _plain(name: Any) -> str:
    return str(name).rstrip(".").lower()
