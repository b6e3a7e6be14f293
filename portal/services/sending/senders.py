"""Whom our mails come from and where what they cause comes back, as the settings say.

Settings that name no address are our fault and nobody else's.
"""

from collections.abc import Callable
from dataclasses import dataclass

from portal import config
from portal.tools.mail import return_address
from portal.tools.mail.address import parse
from portal.tools.mail.errors import OurFault
from portal.tools.mail.return_address import Use


def sender() -> tuple[str, str]:
    """Return the From of every mail as (name, address), or raise `OurFault`."""
    return _parsed(config.current().sender, "PORTAL_MAIL_FROM")


def reply_to() -> tuple[str, str] | None:
    """Return where replies go, None where that is the sender; or raise `OurFault`."""
    written = config.current().reply_to
    return _parsed(written, "PORTAL_REPLY_TO") if written else None


@dataclass(frozen=True, slots=True)
class WaysBack:
    """Where what a delivery causes comes back: bounces, replies, and wishes to leave where mail can be taken."""

    envelope: str
    reply_to: tuple[str, str]
    leave: str | None = None


def ways_back() -> Callable[[int], WaysBack]:
    """Return a maker of these for a delivery's id; raise `OurFault` where the settings name no sender.

    With `PORTAL_BOUNCE_DOMAIN` they are signed addresses of the delivery's own; a `PORTAL_REPLY_TO` is believed instead
    of ours. Without it, everything comes back to the sender.
    """
    name, address = sender()
    replies = reply_to()
    if not config.current().bounce_domain:
        everywhere = WaysBack(envelope=address, reply_to=replies or (name, address))
        return lambda _delivery_id: everywhere
    bounce, reply, leave = (return_address.mint(use) for use in (Use.BOUNCE, Use.REPLY, Use.LEAVE))

    def make(delivery_id: int) -> WaysBack:
        return WaysBack(
            envelope=bounce(delivery_id),
            reply_to=replies or (name, reply(delivery_id)),
            leave=f"mailto:{leave(delivery_id)}?subject=unsubscribe",
        )

    return make


def _parsed(written: str, setting: str) -> tuple[str, str]:
    try:
        return parse(written)
    except ValueError as error:
        raise OurFault(f"{setting} is no sender: {error}") from error
