"""Text of unknown encoding, as other programs save it, read with as few wrong letters as can be."""

import re
from dataclasses import dataclass

from charset_normalizer import from_bytes

_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_WESTERN = "cp1252"
_OTHERS = ["cp1250", "cp1251", "cp1253", "cp1255", "cp1256", "cp932", "gb18030", "big5", "cp949"]
_ENOUGH = 500_000
_LETTERS = re.compile(r"[^\W\d_]+")
# Signs between letters, or many accents in a row: no Western name, so another alphabet read as if it were one.
_ODD = re.compile(r"[A-Za-zÀ-ÿ][£¥ª¯³¹¼¾¿¢¤¦¨´¸¬±][a-zà-ÿ]|[£¥¯³¼¾¢¤¦¬±][a-zà-ÿ]{2}|[à-ÿ]{3}|[^\x00-\x7f]{4}|\ufffd")
_ODD_SHARE = 0.02


@dataclass(frozen=True)
class Decoded:
    """The text; where its encoding was guessed, also the guess and a word to judge it by."""

    text: str
    guess: str = ""
    sample: str = ""


def decode(raw: bytes) -> Decoded:
    """Read UTF-8 and UTF-16 for what they are, and guess among the old code pages; never fail."""
    for bom, encoding in _BOMS:
        if raw.startswith(bom):
            return Decoded(raw.decode(encoding, errors="replace"))
    try:
        return Decoded(raw.decode("utf-8"))
    except UnicodeDecodeError:
        return _guessed(raw)


def _guessed(raw: bytes) -> Decoded:
    guess = "utf-8 and cp1252 mixed" if _is_mostly_utf8(raw) else _code_page(raw)
    text = _line_by_line(raw) if guess.startswith("utf-8") else raw.decode(guess, errors="replace")
    words = (found[0] for found in _LETTERS.finditer(text))
    return Decoded(text, guess, next((word[:60] for word in words if not word.isascii()), ""))


def _is_mostly_utf8(raw: bytes) -> bool:
    foreign = [line for line in raw.splitlines() if not line.isascii()]
    return sum(_is_utf8(line) for line in foreign) * 2 >= len(foreign)


def _line_by_line(raw: bytes) -> str:
    lines = raw.splitlines(keepends=True)
    return "".join(line.decode("utf-8" if _is_utf8(line) else _WESTERN, errors="replace") for line in lines)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _code_page(raw: bytes) -> str:
    # A statistic over letters alone takes Spanish and French lists of names for Polish ones, so Western goes first.
    words = [word for word in raw.decode(_WESTERN, errors="replace").split() if not word.isascii()]
    if sum(bool(_ODD.search(word)) for word in words) <= len(words) * _ODD_SHARE:
        return _WESTERN
    best = from_bytes(raw[:_ENOUGH], cp_isolation=_OTHERS).best()
    return best.encoding if best else _WESTERN
