"""Events of Postmark: one object for each, told apart by its record type."""

from typing import Any

from portal.services.sending.inbound.events import fields
from portal.services.sending.inbound.told import Told
from portal.tools.mail.incoming import statuses

_BOUNCES = {
    "HardBounce": "hard", "BadEmailAddress": "hard", "SoftBounce": "soft", "Transient": "delayed", "DnsError": "soft",
    "SpamNotification": "policy", "Blocked": "policy", "ISPBlock": "policy", "DMARCPolicy": "policy",
    "ManuallyDeactivated": "policy", "TemplateRenderingFailed": "policy", "SMTPApiError": "policy",
    "SpamComplaint": "complaint", "AutoResponder": "auto_reply", "ChallengeVerification": "auto_reply",
    "AddressChange": "auto_reply", "Unsubscribe": "leave", "Subscribe": "ignored", "OpenRelayTest": "ignored",
    "VirusNotification": "policy", "Undeliverable": "soft", "InboundError": "ignored", "Unconfirmed": "policy",
}  # fmt: skip
_KINDS = {"Delivery": "delivered", "SpamComplaint": "complaint", "Open": "ignored", "Click": "ignored"}
_MOMENTS = ("BouncedAt", "DeliveredAt", "ChangedAt", "ReceivedAt")


def read(event: Any) -> list[Told]:
    """Return what an event tells."""
    record, reply = fields.text(event, "RecordType"), fields.text(event, "Details")
    address = fields.text(event, "Email") or fields.text(event, "Recipient")
    if not record or not address:
        return []
    at = next(filter(None, (fields.text(event, name) for name in _MOMENTS)), "")
    named = fields.text(event, "ID") or fields.text(event, "MessageID")
    return [
        Told(
            kind=_kind(event, record, reply),
            key=fields.key("postmark", record, named, at, address),
            happened_at=fields.moment(at),
            recipient=address[:320],
            status=statuses.precise("", reply)[:20],
            reply=reply or fields.text(event, "Description"),
            return_path=fields.text(event, "From"),
            message_id=_message_id(event),
        )
    ]


def _kind(event: Any, record: str, reply: str) -> str:
    if record == "SubscriptionChange":
        return _change(event)
    if record != "Bounce":
        return _KINDS.get(record, "ignored")
    found = _BOUNCES.get(fields.text(event, "Type"), "unknown")
    by_words = statuses.kind("", action="failed", words=reply) if reply else found
    return by_words if found == "hard" and by_words == "policy" else found


def _change(event: Any) -> str:
    """Postmark also switches an address off after a bounce or a complaint, which it tells by itself."""
    stopped = isinstance(event, dict) and event.get("SuppressSending") is True
    return "leave" if stopped and fields.text(event, "SuppressionReason") == "ManualSuppression" else "ignored"


def _message_id(event: Any) -> str:
    named = [
        fields.text(header, "Value")
        for header in fields.listed(event, "Headers")
        if fields.text(header, "Name").lower() == "message-id"
    ]
    return fields.bracketed(named[0]) if named else ""
