"""What a produced mail must be: right on the wire, the same as its preview, true to its member, and signed."""

import re
from collections.abc import Callable

import dkim

from bench.awkward.newsletters import Edition
from portal import config
from portal.models import Delivery
from portal.services.sending import composing, signing
from portal.tools import links
from portal.tools.links import Purpose
from portal.tools.mail.address import wire_form
from portal.tools.mail.envelope import Envelope
from tests import wire
from tests.wire_bodies import Parts, read_parts, shown
from tests.wire_headers import Header, decode, split_headers

OF_EACH_MAKING = {"date", "content-type", "dkim-signature"}
"""Headers that differ each time a mail is made."""
_MEASURED = re.compile(r"/o/[^/\s\"']+\.gif|/l/[^/\s\"']+/[0-9]+")


class Read:
    """A mail in pieces, read without the email package."""

    def __init__(self, raw: bytes) -> None:
        head, _, body = raw.partition(b"\r\n\r\n")
        self.headers: list[Header] = split_headers(head)[0]
        self.parts: Parts = read_parts(self.value("content-type"), body)[0]

    def value(self, name: str) -> str:
        """Return a header's value on one line."""
        return next((header.value for header in self.headers if header.name.lower() == name), "")

    @property
    def lasting(self) -> list[Header]:
        """The headers that are the same however often the mail is made."""
        return [header for header in self.headers if header.name.lower() not in OF_EACH_MAKING]


def judge(
    envelope: Envelope, row: Delivery, edition: Edition, *, measured: bool, records: dict[bytes, bytes]
) -> list[str]:
    """Return what is wrong with the mail of a delivery, each fault with the kind of proof before its colon."""
    raw = unstuffed(envelope)
    read = Read(raw)
    faults = [f"wire: {fault}" for fault in _on_the_wire(raw, row, needs_utf8=envelope.needs_utf8)]
    faults += [f"preview: {fault}" for fault in _unlike_the_preview(read, row, envelope, measured=measured)]
    faults += [f"words: {fault}" for fault in _untrue(read, row, edition)]
    return faults + [f"signature: {fault}" for fault in _unsigned(raw, records)]


def unstuffed(envelope: Envelope) -> bytes:
    """Return the message as the server keeps it."""
    assert envelope.body.endswith(b"\r\n.\r\n")
    return envelope.body.removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n.")


def _on_the_wire(raw: bytes, row: Delivery, *, needs_utf8: bool) -> list[str]:
    assert row.membership
    why = composing.why(
        row.newsletter.language,
        row.newsletter.community.name,
        row.membership.started_at.date(),
        row.membership.frequency,
    )
    postal = config.current().postal_address
    return wire.check_delivery(raw, reason=why, postal_address=postal, signed=True, smtputf8=needs_utf8)


def _unlike_the_preview(read: Read, row: Delivery, envelope: Envelope, *, measured: bool) -> list[str]:
    """Compare with the mail made whole, as a preview is, and with its own pixel and links where they are measured."""
    own = {"click": links.sign(Purpose.CLICK, str(row.id)), "pixel": links.sign(Purpose.PIXEL, str(row.id))}
    form = composing.measured(row.newsletter_id, **own) if measured else None
    whole = Read(composing.mail_of(row, smtputf8=envelope.needs_utf8, measured=form).data)
    same: dict[str, Callable[[Read], object]] = {
        "other HTML": lambda mail: mail.parts.html,
        "other text": lambda mail: mail.parts.text,
        "other headers": lambda mail: mail.lasting,
    }
    faults = [fault for fault, of in same.items() if of(read) != of(whole)]
    return faults + ["measured though not agreed"] * (not measured and bool(_MEASURED.search(read.parts.html)))


def _untrue(read: Read, row: Delivery, edition: Edition) -> list[str]:
    assert row.member
    assert row.member.email
    name, _, address = read.value("to").rpartition("<")
    list_name = read.value("list-id").rpartition("<")[0]
    html = shown(read.parts.html)
    right = {
        "name": _unquoted(name) == row.member.name,
        "address": address == f"{wire_form(row.member.email)}>",
        "subject": decode(read.value("subject")) == edition.title,
        "community": _unquoted(list_name) == edition.community,
        "language": read.value("content-language") == edition.language,
        "lang and dir": f'lang="{edition.language}" dir="{edition.direction}"' in read.parts.html,
        "greeting in HTML": _run(row.member.first_name) in _run(html),
        "greeting in text": _run(row.member.first_name) in _run(read.parts.text),
        "words in HTML": _run(edition.text) in _run(html),
        "words in text": _run(edition.text) in _run(read.parts.text),
    }
    return [what for what, is_right in right.items() if not is_right]


def _unquoted(phrase: str) -> str:
    phrase = phrase.strip()
    if phrase.startswith('"') and phrase.endswith('"') and len(phrase) > 1:
        return phrase[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    return decode(phrase)


def _run(text: str) -> str:
    """Return a text without any blanks: where its lines end is another question."""
    return "".join(text.split())


def _unsigned(raw: bytes, records: dict[bytes, bytes]) -> list[str]:
    """Let another program verify a signature by each key."""
    message = dkim.DKIM(raw)
    faults = []
    for place, signer in enumerate(signing.signers()):
        try:
            good = message.verify(idx=place, dnsfunc=lambda name, timeout=5: records.get(name))
        except (dkim.DKIMException, IndexError) as error:
            faults.append(f"{signer.algorithm}: {str(error).partition(' (')[0]}")
        else:
            faults += [] if good else [f"{signer.algorithm} does not verify"]
    return faults
