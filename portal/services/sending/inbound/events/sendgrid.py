"""Events of SendGrid: a list of them in one body."""

from typing import Any

from portal.services.sending.inbound.events import fields
from portal.services.sending.inbound.told import Told
from portal.tools.mail.incoming import statuses

_KINDS = {
    "delivered": "delivered", "deferred": "delayed", "spamreport": "complaint", "unsubscribe": "leave",
    "group_unsubscribe": "leave",
}  # fmt: skip


def read(body: Any) -> list[Told]:
    """Return what each event tells."""
    events = body if isinstance(body, list) else [body]
    return [_told(event) for event in events[:2000] if fields.text(event, "event")]


def _told(event: Any) -> Told:
    address, at = fields.text(event, "email"), fields.text(event, "timestamp")
    reply = fields.text(event, "reason") or fields.text(event, "response")
    status = fields.text(event, "status")
    named = fields.text(event, "sg_event_id") or f"{fields.text(event, 'sg_message_id')} {at}"
    return Told(
        kind=_kind(event, status, reply),
        key=fields.key("sendgrid", fields.text(event, "event"), named, address),
        happened_at=fields.moment(at),
        recipient=address[:320],
        status=statuses.precise(status, reply)[:20],
        reply=reply,
        message_id=fields.bracketed(fields.text(event, "smtp-id")),
    )


def _kind(event: Any, status: str, reply: str) -> str:
    name, reason = fields.text(event, "event").lower(), reply.lower()
    if name == "bounce":
        is_blocked = fields.text(event, "type").lower() == "blocked"
        return "policy" if is_blocked else statuses.kind(status, action="failed", words=reply)
    if name == "dropped":
        if "unsubscribed" in reason:
            return "leave"
        return "hard" if reason == "invalid" else "policy"
    return _KINDS.get(name, "ignored")
