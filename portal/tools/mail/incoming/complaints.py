"""Complaints as RFC 5965 writes them: a reader pressed “spam”, or wants no more; reports about signatures are none."""

from email.message import Message
from email.utils import getaddresses

from portal.tools.mail.incoming import mime
from portal.tools.mail.incoming.findings import Finding

_BY_A_READER = frozenset({"abuse", "fraud", "opt-out", "opt-out-list", "miscategorized", "complaint", "virus", "other"})
_MOST = 50


def read(message: Message, message_id: str) -> list[Finding]:
    """Return a finding for each reader who complained, none where this is no such report."""
    for part in mime.parts(message):
        if part.get_content_type() == "message/feedback-report":
            return _read(part, message, message_id)
    return []


def _read(part: Message, message: Message, message_id: str) -> list[Finding]:
    fields = _fields(part)
    kind = "complaint" if fields.get("feedback-type", ["abuse"])[0].lower() in _BY_A_READER else "ignored"
    told = fields.get("original-rcpt-to", []) + fields.get("removal-recipient", [])
    recipients = list(dict.fromkeys(filter(None, map(mime.find_address, told)))) or _written_to(message) or [""]
    return [Finding(kind, recipient=recipient, message_id=message_id) for recipient in recipients[:_MOST]]


def _fields(part: Message) -> dict[str, list[str]]:
    payload = part.get_payload()
    inner = payload[0] if isinstance(payload, list) and payload else None
    text = inner.as_string() if isinstance(inner, Message) else mime.text(part) or str(payload)
    found: dict[str, list[str]] = {}
    for line in text.splitlines()[:200]:
        name, colon, value = line.partition(":")
        if colon and " " not in name.strip():
            found.setdefault(name.strip().lower(), []).append(value.strip())
    return found


def _written_to(message: Message) -> list[str]:
    """Return whom the mail in the report was for."""
    for part in mime.parts(message):
        payload = part.get_payload()
        inner = payload[0] if isinstance(payload, list) and payload else None
        if part.get_content_type() == "message/rfc822" and isinstance(inner, Message):
            return [found for _, found in getaddresses([str(inner.get("To", ""))]) if "@" in found]
    return []
