"""Refusals while sending: a server that does not take a recipient tells the same as a bounce, only sooner."""

from portal import clock
from portal.models import Delivery, Report
from portal.services.sending.inbound import consequences
from portal.services.sending.inbound.told import Told

_KINDS = {"no_mailbox": "hard", "mailbox_full": "soft", "gave_up": "soft", "refused": "soft"}


def tell(delivery: Delivery, *, enhanced: str, reply: str, reason: str) -> Report | None:
    """Let a mail that failed count for its address; `reason` is that of the failed row, as of `FAILED` in `fates`."""
    kind = _KINDS.get(reason)
    if kind is None or delivery.member is None:
        return None
    told = Told(
        kind=kind,
        key=f"refused:{delivery.id}:{delivery.tries}",
        happened_at=clock.now(),
        status=enhanced,
        reply=reply,
        delivery_id=delivery.id,
    )
    return consequences.apply(told)
