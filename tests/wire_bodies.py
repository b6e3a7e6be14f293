"""MIME parts as raw bytes: boundaries, quoted-printable and what the HTML may hold, read without the email package."""

import binascii
import re
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urlsplit

from tests.wire_headers import LOOPBACK, Header, check_lines, is_secure, split_headers

CLIPPED_FROM = 102 * 1024
ACTIVE = {
    "script", "iframe", "frame", "frameset", "object", "embed", "applet", "form", "input", "button", "textarea",
    "select", "option", "link", "base", "svg", "math", "audio", "video", "source", "track", "canvas", "template",
    "dialog", "portal", "noscript", "marquee", "isindex", "keygen",
}  # fmt: skip
ADDRESS_ATTRIBUTES = {"href", "src", "background", "cite", "longdesc", "action", "poster", "data", "formaction"}

_BOUNDARY = re.compile(r"""boundary=(?:"([^"]{1,70})"|([A-Za-z0-9'()+_,./:=?-]{1,70}))""")
_CSS_ADDRESS = re.compile(r"""url\(\s*['"]?([^'")\s]*)""", re.IGNORECASE)
_CSS_ACTIVE = re.compile(r"@import|expression\s*\(|behaviou?r\s*:|-moz-binding|javascript:|\\", re.IGNORECASE)


@dataclass
class Parts:
    """The two bodies, decoded; "" where a part could not be read."""

    text: str = ""
    html: str = ""


def read_parts(content_type: str, body: bytes) -> tuple[Parts, list[str]]:
    """Cut a multipart/alternative body and decode it; return the parts and what is wrong with them."""
    found = _BOUNDARY.search(content_type)
    if not content_type.lower().startswith("multipart/alternative") or not found:
        return Parts(), ["Content-Type: not multipart/alternative with a boundary"]
    boundary = b"--" + (found[1] or found[2]).encode()
    if not (b"\r\n" + body).endswith(b"\r\n" + boundary + b"--\r\n"):
        return Parts(), ["boundary: the closing one is not the end of the message"]
    pieces = (b"\r\n" + body).removesuffix(boundary + b"--\r\n").split(b"\r\n" + boundary + b"\r\n")
    if pieces[0] not in {b"", b"\r\n"} or len(pieces) != 3 or any(boundary in piece for piece in pieces):
        return Parts(), ["boundary: not exactly two parts and nothing else"]
    text, text_faults = _read_part("text/plain", pieces[1])
    html, html_faults = _read_part("text/html", pieces[2].removesuffix(b"\r\n"))
    return Parts(text, html), text_faults + html_faults


def _read_part(kind: str, part: bytes) -> tuple[str, list[str]]:
    head, _, body = part.partition(b"\r\n\r\n")
    headers, faults = split_headers(head)
    faults += [fault for header in headers for fault in check_lines(header)]
    given = {header.name.lower(): header.value for header in headers}
    if set(given) != {"content-type", "content-transfer-encoding"} or len(headers) != 2:
        faults.append(f"{kind}: needs Content-Type and Content-Transfer-Encoding, once each")
    if not re.fullmatch(rf'{kind}; charset="?utf-8"?', given.get("content-type", ""), re.IGNORECASE):
        faults.append(f"{kind}: a part of another kind or charset stands in its place")
    if given.get("content-transfer-encoding", "").lower() != "quoted-printable":
        return "", [*faults, f"{kind}: not quoted-printable"]
    faults += check_quoted_printable(kind, body)
    try:
        return binascii.a2b_qp(body).decode(), faults
    except UnicodeDecodeError:
        return "", [*faults, f"{kind}: not UTF-8"]


def check_quoted_printable(kind: str, body: bytes) -> list[str]:
    """Lines at most 76, only printable ASCII, = always followed by two digits or a line end, no blank before it."""
    faults = set()
    lines = body.split(b"\r\n")
    for line in lines:
        if len(line) > 76:
            faults.add(f"{kind}: a quoted-printable line above 76")
        if re.search(rb"=(?![0-9A-F]{2})", line.removesuffix(b"=")):
            faults.add(f"{kind}: = without two upper-case hex digits")
        if re.search(rb"[^\t -~]", line):
            faults.add(f"{kind}: a byte that had to be encoded")
        if line[-1:] in {b" ", b"\t"}:
            faults.add(f"{kind}: a blank at the end of a line")
    if lines[-1].endswith(b"="):
        faults.add(f"{kind}: ends in a soft line break")
    return sorted(faults)


def check_html(html: str, *, own_hosts: set[str]) -> list[str]:
    """Language and direction, alt, nothing active, safe addresses, below what gets clipped."""
    reader = _Reader(own_hosts)
    reader.feed(html)
    reader.close()
    faults = reader.faults
    if not (reader.root.get("lang") or "").strip():
        faults.append("html: no lang")
    if (reader.root.get("dir") or "").lower() not in {"ltr", "rtl", "auto"}:
        faults.append("html: no dir")
    if len(html.encode()) >= CLIPPED_FROM:
        faults.append("html: 102 KB or more, clipped")
    return list(dict.fromkeys(faults))


def shown(html: str) -> str:
    """The text of an HTML body with single spaces."""
    reader = _Reader(set())
    reader.feed(html)
    reader.close()
    return single_spaced("".join(reader.texts))


def single_spaced(text: str) -> str:
    return " ".join(text.split())


def links(html: str) -> set[str]:
    """Every href of the body."""
    reader = _Reader(set())
    reader.feed(html)
    reader.close()
    return reader.hrefs


class _Reader(HTMLParser):
    def __init__(self, own_hosts: set[str]) -> None:
        super().__init__(convert_charrefs=True)
        self._own_hosts = own_hosts
        self.faults: list[str] = []
        self.root: dict[str, str | None] = {}
        self.texts: list[str] = []
        self.hrefs: set[str] = set()
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._in_style = tag == "style"
        if tag == "html":
            self.root = given
        if tag in ACTIVE or ":" in tag or (tag == "meta" and "http-equiv" in given and _refreshes(given)):
            self.faults.append(f"html: active content <{tag}>")
        if tag == "img" and "alt" not in given:
            self.faults.append("html: an image without alt")
        for name, value in attrs:
            self._check_attribute(tag, name, value or "")
        if tag == "a" and given.get("href"):
            self.hrefs.add(given["href"] or "")
        if tag in {"p", "br", "div", "td", "li", "tr", "h1", "h2", "h3"}:
            self.texts.append(" ")

    handle_startendtag = handle_starttag

    def handle_endtag(self, tag: str) -> None:
        self._in_style = False

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self._check_css(data)
        else:
            self.texts.append(data)

    def _check_attribute(self, tag: str, name: str, value: str) -> None:
        if name.startswith("on") or name in {"srcdoc", "ping", "autofocus", "contenteditable"}:
            self.faults.append(f"html: active attribute {name}")
        if name == "style":
            self._check_css(value)
        if name == "srcset":
            for candidate in value.split(","):
                self._check_image((candidate.split() or [""])[0])
        elif (tag == "img" and name == "src") or name == "background":
            self._check_image(value)
        elif name in ADDRESS_ATTRIBUTES:
            self._check_link(value)

    def _check_css(self, css: str) -> None:
        if _CSS_ACTIVE.search(css):
            self.faults.append("html: active style")
        for address in _CSS_ADDRESS.findall(css):
            self._check_image(address)

    def _check_image(self, address: str) -> None:
        if not is_secure(address):
            self.faults.append("html: an image that is not https")

    def _check_link(self, address: str) -> None:
        bare = re.sub(r"[\s\x00-\x20\u00a0\u200b-\u200f\u2028\u2029\ufeff]", "", address)
        try:
            parts = urlsplit(bare)
        except ValueError:
            self.faults.append("html: a link that cannot be read")
            return
        if parts.scheme.lower() not in {"http", "https", "mailto", "tel"} and not bare.startswith("#"):
            self.faults.append(f"html: a link with the scheme {parts.scheme or 'none'}")
        if parts.scheme == "http" and parts.hostname in self._own_hosts - LOOPBACK:
            self.faults.append("html: one of our own addresses is not https")


def _refreshes(given: dict[str, str | None]) -> bool:
    return (given.get("http-equiv") or "").strip().lower() not in {"content-type", "x-ua-compatible"}


__all__ = ["CLIPPED_FROM", "Header", "Parts", "check_html", "links", "read_parts", "shown", "single_spaced"]
