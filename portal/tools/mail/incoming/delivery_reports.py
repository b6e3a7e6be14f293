"""Delivery reports as RFC 3464 writes them: a block of fields for each recipient."""

from email.message import Message

from portal.tools.mail.incoming import mime, statuses
from portal.tools.mail.incoming.findings import Finding, one_line

_MOST = 50


def read(message: Message, message_id: str) -> list[Finding]:
    """Return a finding for each recipient of a report, none where this is no report."""
    found: list[Finding] = []
    for part in mime.parts(message):
        if part.get_content_type() in {"message/delivery-status", "message/global-delivery-status"}:
            found += [_of(block, message_id, _words(message)) for block in _recipients(part)]
    return found[:_MOST]


def _recipients(part: Message) -> list[Message]:
    blocks = part.get_payload()
    listed = [block for block in blocks if isinstance(block, Message)] if isinstance(blocks, list) else []
    return [block for block in listed if block.get("Final-Recipient") or block.get("Original-Recipient")][:_MOST]


def _of(block: Message, message_id: str, words: str) -> Finding:
    diagnostic = mime.header(block, "Diagnostic-Code", longest=2000)
    status, action = mime.header(block, "Status"), mime.header(block, "Action")
    address = _address(block)
    said = diagnostic.partition(";")[2] or diagnostic or _about(address, words)
    return Finding(
        kind=statuses.kind(status, action=action, words=said),
        recipient=address,
        status=statuses.precise(status, said)[:20],
        reply=one_line(said),
        message_id=message_id,
    )


def _address(block: Message) -> str:
    """Return the address that was written to, where it is told, else the one it led to."""
    for name in ("Original-Recipient", "Final-Recipient"):
        _kind, _, written = mime.header(block, name).rpartition(";")
        if address := mime.find_address(written):
            return address
    return ""


def _about(address: str, words: str) -> str:
    """Return what the text for people says of an address: a report without a diagnosis often has it there."""
    places = [place for place, found in mime.find_addresses(words) if found == address]
    return words[places[0] :].partition("\n")[0] if places else ""


def _words(message: Message) -> str:
    first = next((part for part in mime.parts(message) if part.get_content_type() == "text/plain"), None)
    return mime.text(first)[:3000] if first is not None else ""
