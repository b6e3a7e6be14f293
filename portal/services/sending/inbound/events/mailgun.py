"""Events of Mailgun, of the webhooks of today and of the flat ones before them."""

from email.utils import parseaddr
from typing import Any

from portal.services.sending.inbound.events import fields
from portal.services.sending.inbound.told import Told
from portal.tools.mail.incoming import statuses

_KINDS = {"delivered": "delivered", "complained": "complaint", "unsubscribed": "leave", "rejected": "policy"}
_REFUSED_BEFORE = {"suppress-bounce", "suppress-complaint", "suppress-unsubscribe", "hardfail", "espblock"}


def read(body: Any) -> list[Told]:
    """Return what an event tells."""
    event = body.get("event-data", body)
    name = fields.text(event, "event").lower()
    address = fields.text(event, "recipient") or parseaddr(fields.text(event, "message", "headers", "to"))[1]
    if not name:
        return []
    code = fields.text(event, "delivery-status", "code") or fields.text(event, "code")
    words = _words(event)
    at = fields.text(event, "timestamp")
    message_id = fields.text(event, "message", "headers", "message-id") or fields.text(event, "Message-Id")
    return [
        Told(
            kind=_kind(event, name, code, words),
            key=fields.key("mailgun", fields.text(event, "id") or f"{name} {at} {message_id} {code} {words}", address),
            happened_at=fields.moment(at),
            recipient=address[:320],
            status=statuses.precise(_enhanced(event, code), words)[:20],
            reply=words,
            return_path=fields.text(event, "envelope", "sender"),
            message_id=fields.bracketed(message_id),
        )
    ]


def _kind(event: Any, name: str, code: str, words: str) -> str:
    if name == "failed" and fields.text(event, "severity").lower() == "temporary":
        return "delayed"
    if name in {"failed", "bounced", "dropped"}:
        reason = fields.text(event, "reason").lower()
        if name == "dropped" or reason in _REFUSED_BEFORE or code in {"605", "606", "607"}:
            return "policy"
        return statuses.kind(_enhanced(event, code), action="failed", words=f"{code} {words}")
    return _KINDS.get(name, "ignored")


def _enhanced(event: Any, code: str) -> str:
    return fields.text(event, "delivery-status", "enhanced-code") or (code if code.count(".") == 2 else "")


def _words(event: Any) -> str:
    places = (
        ("reject", "reason"),
        ("delivery-status", "message"),
        ("delivery-status", "description"),
        ("error",),
        ("description",),
    )
    return next(filter(None, (fields.text(event, *place) for place in places)), "")
