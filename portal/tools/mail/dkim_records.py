"""The public key of a signature as the DNS has it, read as a receiving server would (RFC 6376, section 3.6.1)."""

from dataclasses import dataclass

from portal.tools.mail import tags
from portal.tools.mail.dkim import Signer


class UselessRecord(Exception):
    """No server can check our signatures with this record; the text says why."""


@dataclass(frozen=True)
class Published:
    """A record that holds our key; while `is_testing` servers treat a broken signature like none at all."""

    is_testing: bool


def compare(record: str, signer: Signer) -> Published:
    """Read a record and hold it against our key; raise `UselessRecord`."""
    try:
        found = tags.read(record)
    except tags.BadTags as error:
        raise UselessRecord(f"it cannot be read: {error}") from error
    ours = tags.read(signer.record)
    if found.get("v", "DKIM1") != "DKIM1" or ("v" in found and next(iter(found)) != "v"):
        raise UselessRecord("it must begin with v=DKIM1")
    if "p" not in found:
        raise UselessRecord("it has no p=, so it holds no key")
    if not found["p"]:
        raise UselessRecord("its p= is empty, which says that the key was withdrawn")
    if found.get("k", "rsa") != ours["k"]:
        raise UselessRecord(f"it says k={found.get('k', 'rsa')}, and our key is k={ours['k']}")
    if "".join(found["p"].split()) != ours["p"]:
        raise UselessRecord("it holds another key than ours")
    _refuse_limits(found)
    return Published(is_testing="y" in _words(found.get("t", "")))


def _refuse_limits(found: dict[str, str]) -> None:
    if "h" in found and "sha256" not in _words(found["h"]):
        raise UselessRecord(f"its h={found['h']} leaves out sha256, which we sign with")
    if "s" in found and not {"*", "email"} & _words(found["s"]):
        raise UselessRecord(f"its s={found['s']} leaves out mail")


def _words(value: str) -> set[str]:
    return {word.strip() for word in value.split(":")}
