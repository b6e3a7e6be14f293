"""A strict reader of produced mails: raw bytes in, a list of broken promises out, independent of the email package."""

import re
from collections import Counter
from collections.abc import Callable
from urllib.parse import urlsplit

from tests import wire_bodies as bodies
from tests import wire_headers as heads
from tests.wire_headers import Header

COMMON = ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type")
DELIVERY = (
    *COMMON, "Reply-To", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "List-Archive", "Feedback-ID",
    "Precedence",
)  # fmt: skip
LETTER = (*COMMON, "Auto-Submitted")
ONE_CLICK = "List-Unsubscribe-Post: List-Unsubscribe=One-Click"
EXACT = {
    "list-unsubscribe-post": ONE_CLICK,
    "precedence": "Precedence: bulk",
    "mime-version": "MIME-Version: 1.0",
    "auto-submitted": "Auto-Submitted: auto-generated",
}
CHECKS: dict[str, Callable[[Header], list[str]]] = {
    "date": heads.check_date,
    "message-id": heads.check_message_id,
    "list-id": heads.check_list_id,
    "list-unsubscribe": heads.check_list_unsubscribe,
    "list-archive": heads.check_list_archive,
}


def check_delivery(
    raw: bytes,
    *,
    reason: str | None = None,
    postal_address: str | None = None,
    own_hosts: set[str] | None = None,
    signed: bool = False,
    smtputf8: bool = False,
) -> list[str]:
    """Return what a delivery breaks; an empty list is the right answer.

    `reason` (why this person gets it) and `postal_address` must stand in both parts; `own_hosts` are our host names,
    beside the one of the unsubscribe address; `signed` asks for DKIM-Signature.
    """
    needed = (*DELIVERY, "DKIM-Signature") if signed else DELIVERY
    headers, parts, faults = _read(raw, needed=needed, optional={"content-language"}, smtputf8=smtputf8)
    unsubscribe = _unsubscribe_address(headers)
    hosts = (own_hosts or set()) | {urlsplit(unsubscribe).hostname or ""}
    faults += bodies.check_html(parts.html, own_hosts=hosts)
    faults += _missing_link(unsubscribe, parts)
    for what, wanted in (("the reason", reason), ("the postal address", postal_address)):
        if wanted is not None:
            faults += _missing_words(what, wanted, parts)
    return faults


def check_letter(raw: bytes, *, own_hosts: set[str] | None = None, smtputf8: bool = False) -> list[str]:
    """Return what a letter breaks: the same wire, no List-*, marked as automatic, nothing that tracks."""
    optional = {"reply-to", "content-language", "dkim-signature"}
    _, parts, faults = _read(raw, needed=LETTER, optional=optional, smtputf8=smtputf8)
    faults += bodies.check_html(parts.html, own_hosts=own_hosts or set())
    if re.search(r"/o/[^/\s\"']+\.gif|/l/[^/\s\"']+/[0-9]+", parts.html + parts.text):
        faults.append("letter: tracks")
    return faults


def _read(
    raw: bytes, *, needed: tuple[str, ...], optional: set[str], smtputf8: bool
) -> tuple[list[Header], bodies.Parts, list[str]]:
    head, separator, body = raw.partition(b"\r\n\r\n")
    if not separator:
        return [], bodies.Parts(), ["message: no empty line after the headers"]
    headers, faults = heads.split_headers(head)
    faults += _check_bytes(raw, head, smtputf8=smtputf8)
    faults += _check_presence(headers, needed=needed, optional=optional)
    for header in headers:
        faults += _check_header(header, smtputf8=smtputf8)
    content_type = next((h.value for h in headers if h.name.lower() == "content-type"), "")
    parts, part_faults = bodies.read_parts(content_type, body)
    if not parts.text.strip():
        faults.append("text: the text part is empty")
    return headers, parts, faults + part_faults


def _check_bytes(raw: bytes, head: bytes, *, smtputf8: bool) -> list[str]:
    faults = []
    if re.search(rb"\r(?!\n)|(?<!\r)\n", raw):
        faults.append("message: a bare CR or LF")
    if b"\0" in raw:
        faults.append("message: NUL")
    if not raw.endswith(b"\r\n"):
        faults.append("message: does not end with CRLF")
    if any(len(line) > 998 for line in raw.split(b"\r\n")):
        faults.append("message: a line above 998")
    if not raw[len(head) :].isascii() or not (smtputf8 or head.isascii()):
        faults.append("message: not ASCII")
    return faults


def _check_presence(headers: list[Header], *, needed: tuple[str, ...], optional: set[str]) -> list[str]:
    count = Counter(header.name.lower() for header in headers)
    faults = [f"{name}: missing" for name in needed if not count[name.lower()]]
    # One signature for each key may stand there.
    faults += [f"{name}: more than once" for name, times in count.items() if times > 1 and name != "dkim-signature"]
    known = {name.lower() for name in needed} | optional
    return faults + [f"{name}: does not belong here" for name in count if name not in known]


def _check_header(header: Header, *, smtputf8: bool) -> list[str]:
    name = header.name.lower()
    faults = heads.check_lines(header) + heads.check_encoded_words(header)
    if name in {"from", "to", "reply-to"}:
        faults += heads.check_mailbox(header, smtputf8=smtputf8)
    if name in heads.MAY_ENCODE:
        faults += heads.check_shown(header.name, heads.decode(header.value))
    if name == "subject" and not header.value:
        faults.append("Subject: empty")
    if name == "feedback-id" and not re.fullmatch(r"[!-9;-~]*(:[!-9;-~]*){2}:[!-9;-~]{5,15}", header.value):
        faults.append("Feedback-ID: not a:b:c:sender")
    if name in EXACT and header.lines != [EXACT[name]]:
        faults.append(f"{header.name}: not byte for byte {EXACT[name]!r}")
    return faults + (CHECKS[name](header) if name in CHECKS else [])


def _unsubscribe_address(headers: list[Header]) -> str:
    value = next((h.value for h in headers if h.name.lower() == "list-unsubscribe"), "")
    found = re.match(r"<([^<>]*)>", value)
    return found[1] if found else ""


def _missing_link(unsubscribe: str, parts: bodies.Parts) -> list[str]:
    faults = [] if unsubscribe and unsubscribe in parts.text else ["text: the unsubscribe link is missing"]
    return faults if unsubscribe in bodies.links(parts.html) else [*faults, "html: the unsubscribe link is missing"]


def _missing_words(what: str, wanted: str, parts: bodies.Parts) -> list[str]:
    bare = bodies.single_spaced(wanted)
    faults = [] if bare in bodies.single_spaced(parts.text) else [f"text: {what} is missing"]
    return faults if bare in bodies.shown(parts.html) else [*faults, f"html: {what} is missing"]
