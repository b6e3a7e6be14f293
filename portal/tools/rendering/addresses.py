"""Which link and picture addresses may stand in a mail, and how they are written."""

import re
import unicodedata
from urllib.parse import quote, urljoin, urlsplit

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
SPOKEN = frozenset(
    {"ftp", "ftps", "geo", "git", "irc", "ircs", "matrix", "news", "sip", "sips", "sms", "ssh", "webcal", "xmpp"}
)
"""Schemes of harmless places that few readers can open: such an address is kept in words."""

_WEB = frozenset({"http", "https"})
_ALLOWED = _WEB | {"mailto", "tel"}
_UNWRITTEN = re.compile(r"[\x00-\x20\x7f-\x9f\"<>`\u2028\u2029]")


class BadAddress(ValueError):
    """The address leads nowhere a mail may lead: a script, a file, hidden characters, no host."""


class OnlyInWords(ValueError):
    """The address is harmless, but no mail client can be trusted to open it: it is written out instead."""


class NoSite(ValueError):
    """The address is relative and nothing says to which site."""


def link(address: str, *, base_url: str | None = None) -> str:
    """Return the absolute http, https, mailto or tel address of a link.

    Raises `BadAddress` for any other scheme, also one that hides behind white space, invisible or full-width
    characters; `OnlyInWords` for one of `SPOKEN`; and `NoSite` for a relative address without a base. Apart from
    characters that cannot stand in an attribute or a plain text, an address is left as it was written.
    """
    written = _UNWRITTEN.sub(_percent, address.strip(" \t\r\n\f"))
    if not written or _hides_a_scheme(address):
        raise BadAddress(address)
    if written.startswith("//"):
        written = "https:" + written
    if not _SCHEME.match(written):
        if base_url is None:
            raise NoSite(address)
        written = _joined(base_url, written)
    return _checked(written)


def picture(address: str, *, base_url: str | None = None) -> str:
    """Return the absolute http or https address of a picture; raises as `link` does."""
    found = link(address, base_url=base_url)
    if scheme(found) not in _WEB:
        raise BadAddress(address)
    return found


def is_secure(address: str) -> bool:
    """Tell whether a picture may be loaded from there: https, or this very machine."""
    parts = urlsplit(address)
    return parts.scheme.lower() == "https" or parts.hostname in LOOPBACK


def scheme(address: str) -> str:
    """Return the scheme in lower case, or nothing."""
    match = _SCHEME.match(address)
    return match[1].lower() if match else ""


def _hides_a_scheme(address: str) -> bool:
    # Browsers drop tabs, line ends and controls; people do not see the rest. So a scheme is plain ASCII or nothing.
    head = re.split(r"[/?#]", address.strip(" \t\r\n\f"), maxsplit=1)[0]
    if ":" not in unicodedata.normalize("NFKC", head):
        return any(_unseen(char) for char in head[:1])
    name = head.partition(":")[0]
    return not name.isascii() or any(_unseen(char) for char in name)


def _unseen(char: str) -> bool:
    return unicodedata.category(char) in {"Cc", "Cf", "Zs", "Zl", "Zp", "Cn", "Co", "Cs"}


def _percent(match: re.Match[str]) -> str:
    return "" if match[0] in "\t\r\n" else quote(match[0])


def _joined(base_url: str, written: str) -> str:
    try:
        return urljoin(base_url, written)
    except ValueError as error:
        raise BadAddress(written) from error


def _checked(address: str) -> str:
    kind = scheme(address)
    if kind in SPOKEN:
        raise OnlyInWords(address)
    if kind not in _ALLOWED:
        raise BadAddress(address)
    if kind in _WEB:
        _check_host(address)
    elif not address.partition(":")[2].strip():
        raise BadAddress(address)
    return address


def _check_host(address: str) -> None:
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        raise BadAddress(address) from error
    if not host or "\\" in parts.netloc or "%" in host or not address.partition(":")[2].startswith("//"):
        raise BadAddress(address)
