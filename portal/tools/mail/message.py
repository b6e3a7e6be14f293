"""A mail as the bytes that go on the wire: the headers of a delivery or a letter, text first, then HTML."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from portal.tools.mail.address import wire_form
from portal.tools.mail.errors import NeedsSmtpUtf8
from portal.tools.mail.folding import UnsafeHeader
from portal.tools.mail.policy import WIRE, WIRE_UTF8
from portal.tools.mail.slots import encode

ONE_CLICK = "List-Unsubscribe=One-Click"

_MESSAGE_KEY = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")
_DOMAIN = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")

Headers = list[tuple[str, str]]


@dataclass(frozen=True)
class Mail:
    """One delivery in plain values; names and addresses are (name, address), `list_id` is (name, slug.host)."""

    sender: tuple[str, str]
    recipient: tuple[str, str]
    reply_to: tuple[str, str]
    subject: str
    date: datetime
    message_id: str
    list_id: tuple[str, str]
    unsubscribe_url: str
    archive_url: str
    feedback_id: str
    html: str
    text: str
    language: str
    unsubscribe_mailto: str | None = None


def compose(mail: Mail, *, smtputf8: bool = False) -> bytes:
    """Return the delivery as bytes; raise `UnsafeHeader`, or `NeedsSmtpUtf8` where the server did not offer it."""
    headers = delivery_headers(mail, smtputf8=smtputf8)
    return assemble(headers, text=mail.text, html=mail.html, language=mail.language, smtputf8=smtputf8)


def make_message_id(key: str, domain: str) -> str:
    """Return `<key@domain>`: the same for every try of one row. The domain may be internationalised."""
    host = a_label(domain)
    if not _MESSAGE_KEY.fullmatch(key):
        raise UnsafeHeader("a message key takes letters, digits, dots, - and _ only")
    return f"<{key}@{host}>"


def a_label(domain: str) -> str:
    """Return the domain in ASCII, labels of other scripts as A-labels; raise `UnsafeHeader` for anything else."""
    try:
        host = wire_form(f"a@{domain}").partition("@")[2] if not domain.isascii() else domain.lower()
    except ValueError as error:
        raise UnsafeHeader("this is no domain") from error
    if len(host) > 253 or not _DOMAIN.fullmatch(host):
        raise UnsafeHeader("this is no domain")
    return host


def mailbox(name: str, address: str, *, smtputf8: bool = False) -> str:
    """Return `Name <address>` for a header, or raise `NeedsSmtpUtf8`; the policy quotes, encodes and folds the name."""
    wire = wire_form(address)
    if not (wire.isascii() or smtputf8):
        raise NeedsSmtpUtf8(address)
    return f"{name} <{wire}>" if name else f"<{wire}>"


def when(date: datetime) -> str:
    """Return the moment as RFC 5322 writes it, with its offset; a naive one is refused."""
    if date.tzinfo is None:
        raise ValueError("a mail's date needs its offset")
    return format_datetime(date)


def assemble(headers: Headers, *, text: str, html: str, language: str, smtputf8: bool = False) -> bytes:
    """Return the message under our policy: the headers in this order, then text and HTML, quoted-printable."""
    start, boundary = head(headers, language=language, smtputf8=smtputf8)
    return start + body(boundary, text=encode(text), html=encode(html))


def head(headers: Headers, *, language: str, smtputf8: bool = False) -> tuple[bytes, str]:
    """Return the headers as lines, up to the empty one, and the boundary they name for the parts."""
    if not _LANGUAGE.fullmatch(language):
        raise UnsafeHeader("the language is a tag like en or pt-BR")
    if len({name.lower() for name, _ in headers}) != len(headers):
        raise UnsafeHeader("every header stands once")
    policy, boundary = WIRE_UTF8 if smtputf8 else WIRE, _boundary(headers)
    kind = f'Content-Type: multipart/alternative;\r\n boundary="{boundary}"'
    fixed = f"MIME-Version: 1.0\r\nContent-Language: {language}\r\n{kind}\r\n\r\n"
    return b"".join(policy.fold_binary(name, value) for name, value in headers) + fixed.encode(), boundary


def body(boundary: str, *, text: bytes, html: bytes) -> bytes:
    """Return both parts, given as quoted-printable, text first."""
    parts = [
        f'--{boundary}\r\nContent-Type: text/{subtype}; charset="utf-8"\r\n'.encode()
        + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
        + content
        + b"\r\n"
        for subtype, content in (("plain", text), ("html", html))
    ]
    return b"".join([*parts, f"--{boundary}--\r\n".encode()])


def delivery_headers(mail: Mail, *, smtputf8: bool = False) -> Headers:
    """Return the headers of a delivery in their order."""
    return [*_common(mail, smtputf8=smtputf8), *_list_headers(mail), ("Precedence", "bulk")]


def _common(mail: Mail, *, smtputf8: bool) -> Headers:
    return [
        ("From", mailbox(*mail.sender, smtputf8=smtputf8)),
        ("To", mailbox(*mail.recipient, smtputf8=smtputf8)),
        ("Subject", mail.subject),
        ("Date", when(mail.date)),
        ("Message-ID", mail.message_id),
        ("Reply-To", mailbox(*mail.reply_to, smtputf8=smtputf8)),
    ]


def _list_headers(mail: Mail) -> Headers:
    name, list_host = mail.list_id
    uris = [mail.unsubscribe_url, *([mail.unsubscribe_mailto] if mail.unsubscribe_mailto else [])]
    return [
        ("List-Id", f"{name} <{a_label(list_host)}>" if name else f"<{a_label(list_host)}>"),
        ("List-Unsubscribe", ", ".join(_bracketed(uri) for uri in uris)),
        ("List-Unsubscribe-Post", ONE_CLICK),
        ("List-Archive", _bracketed(mail.archive_url)),
        ("Feedback-ID", mail.feedback_id),
    ]


def _bracketed(uri: str) -> str:
    if set(uri) & set("<>, "):
        raise UnsafeHeader("an address in a header holds no brackets, commas or spaces")
    return f"<{uri}>"


def _boundary(headers: Headers) -> str:
    """Return a boundary no quoted-printable body can hold ("=_" cannot occur there), the same on every try."""
    return "=_" + hashlib.sha256(repr(headers).encode()).hexdigest()[:32]
