"""Quoted-printable text with slots: encoded once, then filled for each person by one substitution of bytes.

A soft line break stands on both sides of a slot, so a value never makes a line too long. No line begins with a dot or
with "From ", so nothing has to be stuffed or mangled on the way.
"""

import re
import secrets
from functools import lru_cache

WIDTH = 76
_SOFT = b"=\r\n"
_PLAIN = re.compile(rb"(?!\.|From )[!-<>-~](?:[ -<>-~]{0,71}[!-<>-~])?")
_ROOM = WIDTH - 3  # For the = of a soft break, and for a first sign that grows by two.
_ENCODED = [bytes([n]) if (33 <= n <= 126 and n != 61) or n in (9, 32) else b"=%02X" % n for n in range(256)]


def new_marker() -> str:
    """Return a word that stands in for a value while a text is made; it survives HTML and occurs in no real text."""
    return f"slot{secrets.token_hex(12)}"


class SlottedText:
    """An encoded text: `parts` alternates constant bytes (ready for `%`) with the names of slots."""

    def __init__(self, text: str, markers: dict[str, str]) -> None:
        """Cut `text` at the markers; `markers` maps each marker to the name of its slot."""
        pieces = re.split("(" + "|".join(map(re.escape, markers)) + ")", text) if markers else [text]
        self.slots = [markers[piece] for piece in pieces[1::2]]
        constants = [encode(piece).replace(b"%", b"%%") for piece in pieces[::2]]
        self.template = (_SOFT + b"%b" + _SOFT).join(constants)


def quoted(value: str) -> bytes:
    """Return a slot's value as quoted-printable lines of at most 76 columns, without a last line end."""
    data = value.encode()
    return data if _PLAIN.fullmatch(data) else _encoded(value)


@lru_cache(maxsize=4096)
def _encoded(value: str) -> bytes:
    """Keep what many mails share: the reason of all who joined on one day, the names of half a country."""
    return encode(value)


def encode(text: str) -> bytes:
    """Return a text as quoted-printable, its line ends as CRLF."""
    rows = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return b"\r\n".join(_row(row.encode()) for row in rows)


def _row(row: bytes) -> bytes:
    units = [_ENCODED[byte] for byte in row]
    if units and units[-1] in (b" ", b"\t"):
        units[-1] = b"=%02X" % row[-1]
    lines, line = [], b""
    for unit in units:
        if len(line) + len(unit) > _ROOM:
            lines.append(_guarded(line))
            line = b""
        line += unit
    return _SOFT.join([*lines, _guarded(line)])


def _guarded(line: bytes) -> bytes:
    if line.startswith((b".", b"From ")):
        return b"=%02X" % line[0] + line[1:]
    return line
