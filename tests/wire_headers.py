"""Headers as raw bytes: lines, encoded-words, mailboxes, dates and addresses, read without the email package."""

import base64
import binascii
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
MAY_ENCODE = {"subject", "from", "to", "reply-to", "list-id"}

_NAME = re.compile(rb"([!-9;-~]+):(.*)", re.DOTALL)
_ENCODED = re.compile(r"=\?([^?\s]*)\?([^?\s]*)\?([^?\s]*)\?=")
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\x80-\U0010ffff-]+"
_DOT_ATOM = rf"{_ATOM}(?:\.{_ATOM})*"
_QUOTED = r'"(?:[^"\\\r\n]|\\[^\r\n])*"'
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = rf"{_LABEL}(?:\.{_LABEL})*"
_MAILBOX = re.compile(rf"((?:(?:{_ATOM}|{_QUOTED})\s+)*)<((?:{_DOT_ATOM}|{_QUOTED})@({_DOMAIN}))>")
_LIST_ID = re.compile(rf"((?:(?:{_ATOM}|{_QUOTED})\s+)*)<({_DOMAIN})>")
_MESSAGE_ID = re.compile(rf"<{_DOT_ATOM}@{_DOMAIN}>")
_DATE = re.compile(
    r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} "
    r"\d\d:\d\d:\d\d) ([+-]\d{4})"
)
_BIDI = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True)
class Header:
    """A header as it arrived: its name, its lines without line ends, and its value on one line."""

    name: str
    lines: list[str]

    @property
    def value(self) -> str:
        return "".join(self.lines).partition(":")[2].strip(" \t")


def split_headers(head: bytes) -> tuple[list[Header], list[str]]:
    """Return the headers of a block and what is wrong with its lines."""
    headers: list[Header] = []
    faults: list[str] = []
    for line in head.split(b"\r\n"):
        text = line.decode("utf-8", "replace")
        if not line.strip(b" \t"):
            faults.append("headers: an empty line")
        elif line[:1] in b" \t":
            headers[-1].lines.append(text) if headers else faults.append("headers: begin with a continuation")
        elif found := _NAME.fullmatch(line):
            headers.append(Header(found[1].decode(), [text]))
        else:
            faults.append(f"headers: not a header: {text[:40]!r}")
    return headers, faults


def check_lines(header: Header) -> list[str]:
    """Lines at most 998, at most 78 wherever the header could have been folded."""
    faults = []
    for line in header.lines:
        text = line.removeprefix(f"{header.name}:").strip(" \t")
        breakable = re.search(r"[ \t]", re.sub(_QUOTED, "q", text))
        if len(line) > 998:
            faults.append(f"{header.name}: a line above 998")
        elif len(line) > 78 and breakable:
            faults.append(f"{header.name}: a line above 78 that could have been folded")
    return faults


def check_encoded_words(header: Header) -> list[str]:
    """RFC 2047: where, how long, how far apart, whole characters, nothing half-encoded."""
    faults = [fault for line in header.lines for fault in _line_of_words(header.name, line)]
    if any("=?" in line for line in header.lines):
        if header.name.lower() not in MAY_ENCODE:
            faults.append(f"{header.name}: must not be encoded")
        if header.name.lower() != "subject" and any("=?" in quoted for quoted in re.findall(_QUOTED, header.value)):
            faults.append(f"{header.name}: an encoded-word inside quotes")
        if header.name.lower() != "subject" and re.search(r"<[^>]*=\?", re.sub(_QUOTED, "q", header.value)):
            faults.append(f"{header.name}: an encoded-word inside an address")
    return faults


def _line_of_words(name: str, line: str) -> list[str]:
    faults = []
    words = list(_ENCODED.finditer(line))
    if "=?" in _ENCODED.sub("", line):
        faults.append(f"{name}: a broken encoded-word")
    if words and len(line) > 76:
        faults.append(f"{name}: a line with an encoded-word above 76")
    for word in words:
        before, after = line[: word.start()], line[word.end() :]
        if before[-1:] not in {" ", "\t"} or after[:1] not in {"", " ", "\t"}:
            faults.append(f"{name}: an encoded-word touches its neighbour")
        if after.lstrip(" \t").startswith("=?"):
            faults.append(f"{name}: adjacent encoded-words on one line")
        if len(word[0]) > 75:
            faults.append(f"{name}: an encoded-word above 75")
        if _decoded(word) is None:
            faults.append(f"{name}: an encoded-word that does not decode by itself")
    return faults


def _decoded(word: re.Match[str]) -> str | None:
    charset, encoding, text = word.groups()
    try:
        if charset.lower() != "utf-8":
            return None
        if encoding.lower() == "b":
            return base64.b64decode(text, validate=True).decode()
        if encoding.lower() != "q" or re.search(r"=(?![0-9A-F]{2})|[^!-~]", text):
            return None
        return binascii.a2b_qp(text.replace("_", " ").encode()).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None


def decode(value: str) -> str:
    """Return a value as it is read: white space between encoded-words gone, each decoded."""
    joined = re.sub(r"\?=[ \t]+=\?", "?==?", value)
    return _ENCODED.sub(lambda word: _decoded(word) or "", joined)


def check_shown(name: str, text: str) -> list[str]:
    """What a person is shown holds no control, line break, lone surrogate or bidi override."""
    bad = sorted({f"U+{ord(c):04X}" for c in text if c in _BIDI or unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"}})
    return [f"{name}: shows {', '.join(bad)}"] if bad else []


def check_mailbox(header: Header, *, smtputf8: bool = False) -> list[str]:
    """Exactly one `Name <address>`, the domain in A-labels, the local part ASCII unless SMTPUTF8."""
    found = _MAILBOX.fullmatch(header.value)
    if not found:
        return [f"{header.name}: not one mailbox: {header.value[:60]!r}"]
    faults = [] if _are_labels(found[3]) else [f"{header.name}: a domain that is no A-label"]
    if not found[2].isascii() and not smtputf8:
        faults.append(f"{header.name}: needs SMTPUTF8")
    if not found[1].isascii():
        faults.append(f"{header.name}: a name that is not ASCII")
    return faults


def check_list_id(header: Header) -> list[str]:
    """`Name <slug.host>`."""
    found = _LIST_ID.fullmatch(header.value)
    return [] if found and "." in found[2] and _are_labels(found[2]) else ["List-Id: not Name <slug.host>"]


def _are_labels(domain: str) -> bool:
    try:
        for label in domain.split("."):
            if label.lower().startswith("xn--"):
                label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return False
    return len(domain) <= 253


def check_message_id(header: Header) -> list[str]:
    """`<left@right>`, nothing else."""
    return [] if _MESSAGE_ID.fullmatch(header.value) else ["Message-ID: not <left@right>"]


def check_date(header: Header) -> list[str]:
    """A real day with the right weekday, and an offset in digits."""
    found = _DATE.fullmatch(header.value)
    try:
        moment = datetime.strptime(f"{found[2]} {found[3]}", "%d %b %Y %H:%M:%S %z") if found else None
    except ValueError:
        moment = None
    if found is None or moment is None:
        return ["Date: not a date"]
    day = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[moment.weekday()]
    return [] if day == found[1] else ["Date: the wrong weekday"]


def check_list_unsubscribe(header: Header) -> list[str]:
    """https first, then mailto; plain; every line holds whole addresses."""
    faults = []
    whole = re.compile(r"<[^<>\s]+>(?:,[ \t]*<[^<>\s]+>)*,?")
    lines = [line.removeprefix(f"{header.name}:").strip(" \t") for line in header.lines]
    if not all(whole.fullmatch(line) for line in lines) or not all(line.endswith(",") for line in lines[:-1]):
        faults.append("List-Unsubscribe: broken inside an address")
    uris = re.findall(r"<([^<>]*)>", header.value)
    if not uris or not is_secure(uris[0]):
        faults.append("List-Unsubscribe: https does not come first")
    if any(not uri.startswith("mailto:") for uri in uris[1:]) or len(uris) > 2:
        faults.append("List-Unsubscribe: takes one https address, then one mailto")
    return faults


def check_list_archive(header: Header) -> list[str]:
    """One https address in angle brackets."""
    found = re.fullmatch(r"<([^<>\s]+)>", header.value)
    return [] if found and is_secure(found[1]) else ["List-Archive: not one https address"]


def is_secure(uri: str) -> bool:
    """True for https, and for http on this machine."""
    try:
        parts = urlsplit(uri)
        return bool(parts.hostname) and (
            parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
        )
    except ValueError:
        return False
