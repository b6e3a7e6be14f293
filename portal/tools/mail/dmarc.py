"""DMARC (RFC 9989): what a domain asks of mail in its name, and which names belong together."""

from collections.abc import Iterator
from dataclasses import dataclass

from portal.tools.dns import Resolver
from portal.tools.mail import tags

POLICIES = ("none", "quarantine", "reject")

_MARK = "DMARC1"
_MOST_LABELS = 7


class BrokenDmarc(Exception):
    """Servers pass over what stands there; the text says why."""


@dataclass(frozen=True)
class Policy:
    """What holds for a domain: `asks` is one of `POLICIES`; `at` is the name whose record says so."""

    at: str
    record: str
    asks: str
    dkim_is_strict: bool
    spf_is_strict: bool


def record_name(domain: str) -> str:
    """Return the name a domain's policy is published at."""
    return f"_dmarc.{domain}"


def read(domain: str, dns: Resolver) -> Policy | None:
    """Return the policy of a domain or else of its organisation; raise `BrokenDmarc`, or `CouldNotAsk`."""
    for at in dict.fromkeys([domain, organisation(domain, dns)]):
        if (record := _record_of(at, dns)) is not None:
            return _policy(at, record, is_above=at != domain)
    return None


def organisation(domain: str, dns: Resolver) -> str:
    """Return the highest name that speaks for a domain, itself where none does; or raise `CouldNotAsk`."""
    highest = domain
    for name in _upwards(domain):
        mark = _mark(name, dns)
        if mark == "y" and name != domain:
            return ".".join(domain.split(".")[-name.count(".") - 2 :])
        if mark is not None:
            highest = name
        if mark in {"y", "n"}:
            break
    return highest


def are_aligned(one: str, other: str, dns: Resolver, *, is_strict: bool) -> bool:
    """Tell whether two names are the same to DMARC; or raise `CouldNotAsk`."""
    return one == other or (not is_strict and organisation(one, dns) == organisation(other, dns))


def _upwards(domain: str) -> Iterator[str]:
    labels = domain.split(".")
    yield domain
    for start in range(max(1, len(labels) - _MOST_LABELS), len(labels)):
        yield ".".join(labels[start:])


def _mark(name: str, dns: Resolver) -> str | None:
    """Return what the record of a name says about being a suffix that others register under; None without a record."""
    try:
        record = _record_of(name, dns)
        return None if record is None else tags.read(record).get("psd", "u").lower()
    except (BrokenDmarc, tags.BadTags):
        return None


def _record_of(domain: str, dns: Resolver) -> str | None:
    found = [text for text in dns.texts(record_name(domain)) if _is_one(text)]
    if len(found) > 1:
        raise BrokenDmarc(f"{record_name(domain)} has {len(found)} DMARC records, and only one may stand there")
    return found[0] if found else None


def _is_one(text: str) -> bool:
    name, _, value = text.split(";")[0].partition("=")
    return (name.strip(), value.strip()) == ("v", _MARK)


def _policy(at: str, record: str, *, is_above: bool) -> Policy:
    try:
        found = {name: value.lower() for name, value in tags.read(record).items()}
    except tags.BadTags as error:
        raise BrokenDmarc(f"{error}") from error
    if "p" not in found:
        raise BrokenDmarc("it has no p=, so it asks for nothing")
    asks = found.get("sp", found["p"]) if is_above else found["p"]
    for value in (found["p"], asks):
        if value not in POLICIES:
            raise BrokenDmarc(f"“{value}” is no policy; there are {', '.join(POLICIES)}")
    return Policy(at, record, asks, found.get("adkim") == "s", found.get("aspf") == "s")
