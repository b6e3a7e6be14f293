"""Mail that came back in a form of some server's own: known by who sends it and what it says."""

import logging
import re
from email.message import Message

from portal.tools.mail.incoming import mime, statuses
from portal.tools.mail.incoming.findings import Finding, one_line

_SENDER = re.compile(r"^(?:mailer-daemon|postmaster|mail-?daemon|mdaemon|mmdf|smtp|maildelivery)\b", re.IGNORECASE)
_SUBJECT = re.compile(
    r"^(?!\s*(?:re|fwd?|aw|wg)\s*:).*(?:undeliver|un-?deliverable|non[- ]?remis|returned (?:mail|to sender)"
    r"|delivery (?:status notification|failure|failed|error|report|unsuccessful|problem)|failure notice"
    r"|mail (?:delivery|failure|error)|could not (?:be delivered|deliver)|nondeliverable|unzustellbar)",
    re.IGNORECASE,
)
_SAYS = re.compile(
    r"(?:could not|couldn't|cannot|unable to|wasn't able to|not) (?:be )?deliver|undeliverable"
    r"|delivery[^.]{0,80}failed",
    re.IGNORECASE,
)
_ORIGINAL = re.compile(
    r"^\W{0,6}-{2,}.{0,80}(?:original|returned|copy of|unsent|header|message (?:text|follow)).{0,60}$"
    r"|^(?:Return-Path|Received): "
    r"|^(?:original )?message (?:headers )?follows?\b",
    re.IGNORECASE | re.MULTILINE,
)
_LATE = re.compile(
    r"will (?:keep|continue|be re)[a-z ]{0,20}(?:try|retr)|not yet been delivered|still trying", re.IGNORECASE
)
_FINAL = re.compile(r"(?<![\d.])5\d\d(?=[\s-])")
_MOST = 50


def looks_returned(message: Message, words: str) -> bool:
    """Tell whether a mail server wrote this: only then are its words searched for addresses."""
    sender = mime.address(message, "From")[1] or mime.header(message, "From")
    if _SENDER.match(sender.strip("<> ")):
        return True
    path, subject = message.get("Return-Path"), mime.header(message, "Subject")
    says = bool(_SAYS.search(words[:3000]))
    if path is not None and not str(path).strip("<> \r\n"):
        return says or bool(_SUBJECT.search(subject))
    return says and bool(_SUBJECT.search(subject)) and not (message.get("In-Reply-To") or message.get("References"))


def read(message: Message, words: str, message_id: str) -> list[Finding]:
    """Return a finding for each address that its words speak of, none where they speak of none."""
    cut = _ORIGINAL.search(words)
    said = words[: cut.start()] if cut and words[: cut.start()].strip() else words[:8000]
    return [_of(address, about, message_id) for address, about in _spoken_of(message, said)[:_MOST]]


def _spoken_of(message: Message, said: str) -> list[tuple[str, str]]:
    """Return each address with the words about it: the line it stands in, up to the next one."""
    ours = {mime.address(message, name)[1].lower() for name in ("From", "To")}
    told: dict[str, str] = {}
    found = [
        (place, address)
        for place, address in mime.find_addresses(said)
        if address.lower() not in ours and not _SENDER.match(address)
    ]
    for position, (place, address) in enumerate(found):
        later = [start for start, other in found[position + 1 :] if other != address]
        start = said.rfind("\n", 0, place) + 1
        told[address] = told.get(address, "") + " " + said[start : later[0] if later else len(said)]
    if len(told) == 1:
        return [(address, said) for address in told]
    return [*told.items()] or [(address, said) for address in _by_library(message)]


def _of(address: str, about: str, message_id: str) -> Finding:
    is_late = _LATE.search(about) and not _FINAL.search(about)
    kind = "delayed" if is_late else statuses.kind("", action="failed", words=about)
    status = statuses.precise("", about)[:20]
    return Finding(kind, recipient=address, status=status, reply=one_line(about), message_id=message_id)


def _by_library(message: Message) -> list[str]:
    """Ask a library of such forms whom a mail speaks of; what it says of them is told by the words all the same."""
    from flufl.bounce import all_failures  # Loaded with the first mail that needs it.

    logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)  # What it stumbles over is no error of ours.
    try:
        temporary, permanent = all_failures(message)
    except Exception:
        return []
    return sorted(address.decode("utf-8", "replace") for address in (*temporary, *permanent))
