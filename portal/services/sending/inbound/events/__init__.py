"""What mail providers tell by their events, each about one recipient; their signature was checked before."""

import json
from collections.abc import Callable
from typing import Any

from portal.services.sending.inbound.events import fields, mailgun, postmark, sendgrid, ses
from portal.services.sending.inbound.told import Told

PROVIDERS: dict[str, Callable[[Any], list[Told]]] = {
    "ses": ses.read,
    "postmark": postmark.read,
    "mailgun": mailgun.read,
    "sendgrid": sendgrid.read,
}


def read(way: str, raw: bytes) -> list[Told]:
    """Return what a body tells; what makes no sense is one thing of kind `unknown`. Never raises."""
    try:
        told = PROVIDERS[way](json.loads(raw))
    except (ValueError, RecursionError, TypeError, AttributeError, KeyError, OverflowError):
        told = []
    return told or [fields.nonsense(way, raw)]
