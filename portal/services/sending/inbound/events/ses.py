"""Events of Amazon SES, as SNS carries them: a JSON text within a JSON object."""

import json
from typing import Any

from portal.services.sending.inbound.events import fields
from portal.services.sending.inbound.told import Told
from portal.tools.mail.incoming import statuses

_LISTS = {"bounce": "bouncedRecipients", "complaint": "complainedRecipients", "delivery": "recipients"}
_LISTS |= {"deliverydelay": "delayedRecipients"}
_KINDS = {"complaint": "complaint", "delivery": "delivered", "deliverydelay": "delayed", "reject": "policy"}


def read(envelope: Any) -> list[Told]:
    """Return what an event tells about each of its recipients."""
    event = json.loads(envelope["Message"])
    name = fields.text(event, "notificationType") or fields.text(event, "eventType")
    kind = name.lower()
    about = event.get("deliveryDelay" if kind == "deliverydelay" else kind)
    told = fields.listed(about, _LISTS[kind]) if kind in _LISTS else fields.listed(event, "mail", "destination")
    return [_told(event, kind, about, recipient) for recipient in told]


def _told(event: dict[str, Any], kind: str, about: Any, recipient: Any) -> Told:
    address = fields.text(recipient, "emailAddress") or (recipient if isinstance(recipient, str) else "")
    status, reply = fields.text(recipient, "status"), fields.text(recipient, "diagnosticCode")
    at = fields.text(about, "timestamp") or fields.text(event, "mail", "timestamp")
    return Told(
        kind=_bounce(about, status, reply) if kind == "bounce" else _KINDS.get(kind, "ignored"),
        key=fields.key("ses", kind, fields.text(event, "mail", "messageId"), at, address),
        happened_at=fields.moment(at),
        recipient=address[:320],
        status=status[:20],
        reply=reply,
        return_path=fields.text(event, "mail", "source"),
        message_id=_message_id(event),
    )


def _bounce(about: Any, status: str, reply: str) -> str:
    whether = fields.text(about, "bounceType").lower()
    if whether == "permanent" and fields.text(about, "bounceSubType") in {"Suppressed", "OnAccountSuppressionList"}:
        return "policy"
    if whether == "permanent":
        found = statuses.kind(status, action="failed", words=reply)
        return "hard" if found == "unknown" or not (status or reply) else found
    return "soft"


def _message_id(event: dict[str, Any]) -> str:
    """Return our own Message-ID; the provider's own stands beside it under another name."""
    written = [
        fields.text(header, "value")
        for header in fields.listed(event, "mail", "headers")
        if fields.text(header, "name").lower() == "message-id"
    ]
    return fields.bracketed(written[0] if written else fields.text(event, "mail", "commonHeaders", "messageId"))
