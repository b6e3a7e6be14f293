"""Header values as the lines that go on the wire: ASCII, short, one encoded-word a line, nothing smuggled in.

RFC 2047 allows 75 characters to an encoded-word and says that a longer text continues in further ones; white space
between two of them vanishes when read. So what must be encoded becomes one run, each of its words on a line of its
own: the fold between them is the only place where two encoded-words ever follow each other.
"""

import re
import unicodedata
from base64 import b64encode

CRLF = "\r\n"
WIDTH = 76
LONGEST_WORD = 75

_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_PLAIN_IN_Q = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
_CHROME = len("=?utf-8?q?") + len("?=")


class UnsafeHeader(ValueError):
    """A value that may not reach a header: it could break out of it, or show something else than it says."""


def refuse_unsafe(text: str) -> str:
    """Return the text, or raise `UnsafeHeader` for line breaks, controls, lone surrogates and bidi overrides."""
    if text.isascii() and text.isprintable():
        return text
    for character in text:
        if unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} or character in _OVERRIDES:
            raise UnsafeHeader(f"U+{ord(character):04X} may not stand in a header")
    return text


def fold_text(name: str, text: str) -> str:
    """Fold free text (a subject) into header lines, without the last line end."""
    words = [word for word in refuse_unsafe(text).split(" ") if word]
    return _join(name, _pieces(words, WIDTH - len(name) - 2))


def fold_mailbox(name: str, display: str, bracketed: str) -> str:
    """Fold `Display <bracketed>` (an address, a List-Id) into header lines, without the last line end."""
    return _join(name, [*_phrase(refuse_unsafe(display), WIDTH - len(name) - 2), f"<{_token(bracketed)}>"])


def fold_uris(name: str, uris: list[str]) -> str:
    """Fold `<uri>, <uri>` so that a line ends only between two addresses: mail programs hide the button otherwise."""
    for uri in uris:
        if not uri.isascii() or set(uri) & set('<>, "'):
            raise UnsafeHeader(f"{name} needs a plain address")
    bracketed = [f"<{_token(uri)}>" for uri in uris]
    return _join(name, [uri + "," for uri in bracketed[:-1]] + bracketed[-1:])


def fold_token(name: str, token: str) -> str:
    """Return a header whose value is one unbreakable word (a Message-ID, a Feedback-ID)."""
    if not token.isascii():
        raise UnsafeHeader(f"{name} takes ASCII only")
    return f"{name}: {_token(token)}"


def _token(token: str) -> str:
    quoted = token.startswith('"') and '"' in token[1:]
    if not token or refuse_unsafe(token) != token.strip() or (" " in token and not quoted):
        raise UnsafeHeader("a word without spaces is needed here")
    return token


def _join(name: str, pieces: list[str]) -> str:
    """Fill lines with pieces; an encoded-word that has a successor is too long to share its line with it."""
    lines, line = [], f"{name}:"
    for position, piece in enumerate(pieces):
        if position and len(line) + 1 + len(piece) > WIDTH:
            lines.append(line)
            line = ""
        line += " " + piece
    return CRLF.join([*lines, line])


def _phrase(display: str, room: int) -> list[str]:
    words = [word for word in display.split(" ") if word]
    plain = " ".join(words)
    if not plain:
        return []
    escaped = plain.replace("\\", "\\\\").replace('"', '\\"')
    if plain.isascii() and not _looks_encoded(plain) and len(escaped) + 2 <= room:
        return [plain] if _ATOMS.fullmatch(plain) else [f'"{escaped}"']
    return _encode(plain, room)


def _pieces(words: list[str], room: int) -> list[str]:
    odd = [n for n, word in enumerate(words) if _must_be_encoded(word, room)]
    if not odd:
        return words
    first, last = odd[0], odd[-1] + 1
    before, after = words[:first], words[last:]
    return [*before, *_encode(" ".join(words[first:last]), room), *after]


def _must_be_encoded(word: str, room: int) -> bool:
    return not word.isascii() or _looks_encoded(word) or len(word) > room


def _looks_encoded(text: str) -> bool:
    """True where a reader could take part of a plain text for the start or the end of an encoded-word."""
    return "=?" in text or "?=" in text


def _encode(text: str, room: int) -> list[str]:
    """Cut text into encoded-words of whole characters; each fits on a line, the first also behind the header's name."""
    units = [_q(character) for character in text]
    in_q = sum(map(len, units))
    in_b = 4 * (len(text.encode()) + 2) // 3
    return _cut_q(units, room) if in_q <= in_b else _cut_b(text, room)


def _q(character: str) -> str:
    if character == " ":
        return "_"
    return "".join(chr(b) if b in _PLAIN_IN_Q else f"={b:02X}" for b in character.encode())


def _cut_q(units: list[str], room: int) -> list[str]:
    words: list[str] = []
    word = ""
    for unit in units:
        if word and len(word) + len(unit) + _CHROME > (LONGEST_WORD if words else min(room, LONGEST_WORD)):
            words.append(word)
            word = ""
        word += unit
    return [f"=?utf-8?q?{part}?=" for part in [*words, word]]


def _cut_b(text: str, room: int) -> list[str]:
    words: list[bytes] = []
    word = b""
    for unit in (character.encode() for character in text):
        most = ((LONGEST_WORD if words else min(room, LONGEST_WORD)) - _CHROME) // 4 * 3
        if word and len(word) + len(unit) > most:
            words.append(word)
            word = b""
        word += unit
    return [f"=?utf-8?b?{b64encode(part).decode()}?=" for part in [*words, word]]
