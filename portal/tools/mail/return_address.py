"""Addresses that bring back what a delivery causes: signed, so that nobody can speak for another's mail.

`bounce-17-<signature>@bounces.example.org` is the envelope sender, `reply-…` stands in Reply-To, `leave-…` in
List-Unsubscribe. Mail servers may change the case of a local part, so it is lower case and read in any.
"""

import hashlib
import hmac
import re
from base64 import b32encode
from collections.abc import Callable
from enum import StrEnum

from portal import config

_BYTES = 10
"""Of the signature: 80 bits in 16 letters; guessing one takes mails to us, each of which is a whole try."""
_LOCAL = re.compile(r"(bounce|reply|leave)-([1-9][0-9]{0,18})-([a-z2-7]{16})")


class Use(StrEnum):
    """What an address brings back; one made for one use is none for another."""

    BOUNCE = "bounce"
    REPLY = "reply"
    LEAVE = "leave"


class BadReturnAddress(ValueError):
    """No address of ours: of another form, another domain, or not signed by any listed key."""


def mint(use: Use) -> Callable[[int], str]:
    """Return a fast maker of addresses, one for each delivery, signed by the newest key."""
    settings = config.current()
    key, domain = _key(settings.secret_keys[0], use), settings.bounce_domain

    def make(delivery_id: int) -> str:
        return f"{use}-{delivery_id}-{_signature(key, delivery_id)}@{domain}"

    return make


def read(address: str) -> tuple[Use, int]:
    """Return what an address is for and its delivery's id, or raise `BadReturnAddress`."""
    settings = config.current()
    local, _, domain = address.strip().lower().rpartition("@")
    found = _LOCAL.fullmatch(local)
    if not found or not settings.bounce_domain or domain != settings.bounce_domain:
        raise BadReturnAddress(address)
    use, delivery_id = Use(found[1]), int(found[2])
    made = [_signature(_key(secret, use), delivery_id) for secret in settings.secret_keys]
    if not any([hmac.compare_digest(found[3], good) for good in made]):  # noqa: C419  Every key is compared.
        raise BadReturnAddress(address)
    return use, delivery_id


def _key(secret: str, use: Use) -> bytes:
    return hmac.digest(secret.encode(), f"portal.return.{use}".encode(), "sha256")


def _signature(key: bytes, delivery_id: int) -> str:
    made = hmac.new(key, str(delivery_id).encode(), hashlib.sha256).digest()[:_BYTES]
    return b32encode(made).decode().lower()
