"""SPF (RFC 7208), read without a mail on its way: can a domain's record be followed, and whom does it let in?"""

import ipaddress
import re
from dataclasses import dataclass

from portal.tools.dns import Resolver

MOST_LOOKUPS = 10

_MARK = "v=spf1"
_TERM = re.compile(r"(?P<how>[+~?-]?)(?P<what>[a-z0-9]+)(?::(?P<value>[^/]+))?(?P<bits>(?:/[0-9]+)?(?://[0-9]+)?)")
_BY_MACRO = re.compile(r"(?P<how>[+~?-]?)(?P<what>include|a|mx|ptr|exists)(?::(?P<value>.*%.*))(?P<bits>)")
_MODIFIER = re.compile(r"(?P<name>[a-z][a-z0-9_.-]*)=(?P<value>.*)")
_ALL = re.compile(r"[+~?-]?all", re.IGNORECASE)
_ASKING = {"include", "a", "mx", "ptr", "exists"}

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class BrokenSpf(Exception):
    """Servers cannot follow the record and treat it as an error; the text says why."""


@dataclass(frozen=True)
class Policy:
    """A domain's record: what it does with everybody else (`-`, `~`, `?`, `+`, or "" where it does not say).

    `is_whole` is False where some of it can only be judged with a mail in hand.
    """

    record: str
    ending: str
    networks: tuple[Network, ...]
    lookups: int
    is_whole: bool

    def lets_in(self, address: str) -> bool:
        """Tell whether mail from this IP address passes."""
        where = ipaddress.ip_address(address)
        return self.ending == "+" or any(where in network for network in self.networks)

    @property
    def lets_everybody_in(self) -> bool:
        """Tell whether it lets in the whole world, as `+all` does."""
        return self.ending == "+" or any(network.prefixlen == 0 for network in self.networks)


def read(domain: str, dns: Resolver) -> Policy | None:
    """Return the policy of a domain, None without one; raise `BrokenSpf`, or `CouldNotAsk`."""
    walk = _Walk(dns)
    record = walk.record_of(domain)
    if record is None:
        return None
    ending = walk.follow(domain, record)
    return Policy(record, ending, tuple(walk.networks), walk.lookups, walk.is_whole)


def letting_in(policy: Policy | None, *addresses: str) -> str:
    """Return a record that lets in these IP addresses as well."""
    terms = [f"ip{ipaddress.ip_address(address).version}:{address}" for address in addresses]
    if policy is None:
        return " ".join([_MARK, *terms, "~all"])
    words = policy.record.split()
    return " ".join([words[0], *terms, *words[1:]])


def with_soft_ending(policy: Policy) -> str | None:
    """Return the record ending in `~all`, None where it has another domain's ending."""
    words = policy.record.split()
    if any(word.lower().startswith("redirect=") for word in words):
        return None
    return " ".join([*(word for word in words if not _ALL.fullmatch(word)), "~all"])


class _Walk:
    def __init__(self, dns: Resolver) -> None:
        self._dns = dns
        self.networks: list[Network] = []
        self.lookups = 0
        self.is_whole = True

    def record_of(self, domain: str) -> str | None:
        """Return the SPF record of a domain, None without one."""
        found = [text for text in self._dns.texts(domain) if text.lower().split(" ")[0] == _MARK]
        if len(found) > 1:
            raise BrokenSpf(f"{domain} has {len(found)} SPF records, and only one may stand there")
        return found[0] if found else None

    def follow(self, domain: str, record: str) -> str:
        """Take in everybody a record lets in, and return what it does with the others."""
        elsewhere = ""
        for term in record.lower().split()[1:]:
            if modifier := _MODIFIER.fullmatch(term):
                elsewhere = modifier["value"] if modifier["name"] == "redirect" else elsewhere
                continue
            read = _BY_MACRO.fullmatch(term) or _TERM.fullmatch(term)
            if not read:
                raise BrokenSpf(f"“{term}” is nothing SPF knows")
            if read["what"] == "all":
                return read["how"] or "+"
            self._take(read, domain)
        if not elsewhere:
            return ""
        self._count()
        return self.follow(elsewhere, self._needed(elsewhere, "redirect="))

    def _take(self, read: re.Match[str], domain: str) -> None:
        what, value, counts = read["what"], read["value"], read["how"] in {"", "+"}
        if what in _ASKING:
            self._count()
        if what in {"ptr", "exists"} or "%" in (value or ""):
            self.is_whole = False
        elif what == "include" and value:
            self._include(value, counts=counts)
        elif what in {"ip4", "ip6", "a", "mx"}:
            found = self._networks(read, domain)
            self.networks += found if counts else []
        else:
            raise BrokenSpf(f"“{read[0]}” is nothing SPF knows")

    def _include(self, domain: str, *, counts: bool) -> None:
        before = len(self.networks)
        ending = self.follow(domain, self._needed(domain, "include:"))
        if ending == "+" and counts:
            self.networks += [ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0")]
        if not counts:
            del self.networks[before:]

    def _networks(self, read: re.Match[str], domain: str) -> list[Network]:
        try:
            if read["what"] in {"ip4", "ip6"}:
                found = ipaddress.ip_network(f"{read['value']}{read['bits']}", strict=False)
                if f"ip{found.version}" != read["what"]:
                    raise ValueError("the other kind")
                return [found]
            return [
                _network(address, read["bits"]) for address in self._addresses(read["what"], read["value"] or domain)
            ]
        except ValueError as error:
            raise BrokenSpf(f"“{read[0]}” names no network") from error

    def _addresses(self, what: str, name: str) -> list[str]:
        hosts = [name] if what == "a" else [host for host in self._dns.mail_hosts(name) if host]
        return [address for host in hosts for address in self._dns.addresses(host)]

    def _needed(self, domain: str, why: str) -> str:
        record = self.record_of(domain)
        if record is None:
            raise BrokenSpf(f"{why}{domain} leads nowhere: {domain} has no SPF record")
        return record

    def _count(self) -> None:
        self.lookups += 1
        if self.lookups > MOST_LOOKUPS:
            raise BrokenSpf(f"it needs more than {MOST_LOOKUPS} look-ups, and servers stop there")


def _network(address: str, bits: str) -> Network:
    four, _, six = bits.partition("//")
    own = (f"/{six}" if six else "") if ":" in address else four
    return ipaddress.ip_network(f"{address}{own}", strict=False)
