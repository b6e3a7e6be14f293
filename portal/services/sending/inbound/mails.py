"""Mails that came in: which of our signed addresses they came to, and what they tell about that delivery.

What a mail says counts only for the delivery whose signed address it reached: whoever was never mailed by us cannot
know one, and a report about somebody else's mail, or one that a person forwards, reaches none that is meant for it.
"""

import re
from email import message_from_bytes
from email.message import Message
from email.utils import getaddresses

from portal.models import Incoming
from portal.services.sending.inbound.told import Told
from portal.tools.mail import incoming, return_address
from portal.tools.mail.incoming import Finding, Reading
from portal.tools.mail.return_address import BadReturnAddress, Use

_HEADERS = ("Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc")
_HEAD = 65_536
_LOOKED_THROUGH = 1_048_576
_OURS = re.compile(rb"(?:bounce|reply|leave)-[1-9][0-9]{0,18}-[a-z2-7]{16}@[a-z0-9.-]{1,253}", re.IGNORECASE)
_BELIEVED: dict[Use, frozenset[str]] = {
    Use.BOUNCE: frozenset(
        {"hard", "soft", "policy", "complaint", "auto_reply", "delayed", "delivered", "ignored", "unknown"}
    ),
    Use.REPLY: frozenset({"reply", "auto_reply", "complaint", "ignored"}),
    Use.LEAVE: frozenset({"auto_reply", "ignored"}),
}
"""What a mail to each kind of address may tell: a server reports to the envelope sender, a person answers elsewhere."""


def read(row: Incoming) -> tuple[Reading, list[Told]]:
    """Return a mail as read, and what it tells."""
    reading = incoming.read(row.raw)
    use, delivery_id = _came_to(row) or _complained_of(row, reading) or (None, None)
    told = [
        Told(
            kind=_kind(finding, reading, use),
            key=f"mail:{row.digest[:40]}:{place}",
            happened_at=row.received_at,
            recipient=finding.recipient,
            status=finding.status,
            reply=finding.reply,
            delivery_id=delivery_id,
            words=reading.text if finding.kind == "reply" else "",
            quoted=reading.quoted if finding.kind == "reply" else "",
        )
        for place, finding in enumerate(reading.findings)
    ]
    return reading, told


def _kind(finding: Finding, reading: Reading, use: Use | None) -> str:
    if use is None:
        return "unknown" if finding.kind == "reply" else finding.kind
    if use is Use.LEAVE and finding.kind in {"reply", "unknown"}:
        return "leave"
    if use is Use.REPLY and finding.kind == "reply" and reading.wants_to_leave:
        return "leave"
    return finding.kind if finding.kind in _BELIEVED[use] else "unknown"


def _came_to(row: Incoming) -> tuple[Use, int] | None:
    """Return what the first signed address says: the envelope's recipient, else one the headers tell."""
    for address in (row.envelope_recipient, *_in_headers(row.raw)):
        try:
            return return_address.read(address)
        except BadReturnAddress:
            continue
    return None


def _in_headers(raw: bytes) -> list[str]:
    head: Message = message_from_bytes(raw[:_HEAD].split(b"\r\n\r\n")[0].split(b"\n\n")[0])
    given = [str(value) for name in _HEADERS for value in head.get_all(name, [])]
    return [address for _, address in getaddresses(given[:20])]


def _complained_of(row: Incoming, reading: Reading) -> tuple[Use, int] | None:
    """A mailbox provider's complaint comes to an address of its own choice; the mail in it bears our signed ones."""
    if reading.findings[0].kind != "complaint":
        return None
    for found in _OURS.findall(row.raw[:_LOOKED_THROUGH]):
        try:
            return Use.BOUNCE, return_address.read(found.decode("ascii"))[1]
        except BadReturnAddress:
            continue
    return None
