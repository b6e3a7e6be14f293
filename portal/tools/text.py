"""Small shapes of words: slugs for addresses, initials for avatars, masked mail addresses."""

import re
import unicodedata
from collections.abc import Callable

LONGEST_SLUG = 80
_UNPRINTABLE = dict.fromkeys([*range(9), 11, 12, *range(14, 32), *range(127, 160), 65534, 65535], "�")
_SPELLED = str.maketrans(
    {
        "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i", "ħ": "h",
        "ŋ": "n",
        "а": "a", "б": "b", "в": "v", "г": "g", "ґ": "g", "д": "d", "е": "e", "є": "ie", "ж": "zh", "з": "z", "и": "i",
        "і": "i", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u",
        "ф": "f", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ы": "y", "ь": "", "э": "e",
        "ю": "yu", "я": "ya", "ђ": "dj", "ј": "j", "љ": "lj", "њ": "nj", "ћ": "c", "џ": "dz",
        "α": "a", "β": "v", "γ": "g", "δ": "d", "ε": "e", "ζ": "z", "η": "i", "θ": "th", "ι": "i", "κ": "k", "λ": "l",
        "μ": "m", "ν": "n", "ξ": "x", "ο": "o", "π": "p", "ρ": "r", "σ": "s", "ς": "s", "τ": "t", "υ": "y", "φ": "f",
        "χ": "ch", "ψ": "ps", "ω": "o", "&": " and ", "’": "", "'": "",
    }
)  # fmt: skip


def slugify(value: str, *, fallback: str = "page", longest: int = LONGEST_SLUG, ascii_only: bool = False) -> str:
    """Return a part of an address made from words: Latin, Cyrillic and Greek spelled in ASCII, other scripts kept.

    Never empty: `fallback` stands in. `ascii_only` drops other scripts, where a header or host name needs the slug.
    """
    spelled = _without_accents(unicodedata.normalize("NFKC", value).lower()).translate(_SPELLED)
    kept = "".join(char if _belongs(char, ascii_only) else "-" for char in spelled)
    slug = re.sub("-+", "-", unicodedata.normalize("NFC", kept)).strip("-")
    if len(slug) > longest:
        slug = slug[: longest + 1].rpartition("-")[0] or slug[:longest]
    return slug.strip("-") or fallback


def unique_slug(wanted: str, taken: Callable[[str], bool], *, longest: int = LONGEST_SLUG) -> str:
    """Return `wanted`, or the first of `wanted-2`, `wanted-3` … that is not taken."""
    slug, count = wanted[:longest], 1
    while taken(slug):
        count += 1
        ending = f"-{count}"
        slug = wanted[: longest - len(ending)].rstrip("-") + ending
    return slug


def initials(name: str, fallback: str = "") -> str:
    """Return one or two letters for an avatar: of the first and last word, else of `fallback`, else a dot."""
    letters = [letter for word in name.split() if (letter := _first_letter(word))]
    letters = letters or [letter for letter in [_first_letter(fallback)] if letter]
    if not letters:
        return "·"
    return letters[0] if len(letters) == 1 else letters[0] + letters[-1]


def beginning(words: str, longest: int) -> str:
    """Return words without their ends of white space, cut between two of them after at most so many characters."""
    words = words.strip()
    if len(words) <= longest:
        return words
    return (re.sub(r"\s+\S*$", "", words[: longest + 1]) or words[:longest])[:longest].rstrip() + "…"


def printable(text: str) -> str:
    """Return text as a page may hold it: one kind of line end, and a mark in place of what cannot be shown."""
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_UNPRINTABLE)


def mask_address(address: str) -> str:
    """Return an address its owner recognises and nobody else can use: `a…a@e…e.com`."""
    local, _, domain = address.rpartition("@")
    name, dot, ending = domain.rpartition(".")
    return f"{_masked(local)}@{_masked(name)}{dot}{ending}" if name else f"{_masked(local)}@{_masked(domain)}"


def _without_accents(text: str) -> str:
    """Take accents off Latin, Cyrillic and Greek letters only: in other scripts marks are part of the word."""
    kept: list[str] = []
    base = ""
    for char in unicodedata.normalize("NFD", text):
        if unicodedata.combining(char) and base and unicodedata.name(base, "").split(" ")[0] in _ACCENTED:
            continue
        base = base if unicodedata.combining(char) else char
        kept.append(char)
    return "".join(kept)


_ACCENTED = {"LATIN", "CYRILLIC", "GREEK"}


def _belongs(char: str, ascii_only: bool) -> bool:
    if ascii_only or char.isascii():
        return char.isascii() and char.isalnum()
    return unicodedata.category(char)[0] in "LNM"


def _first_letter(word: str) -> str:
    found = next((char for char in unicodedata.normalize("NFC", word) if char.isalnum()), "")
    return found.upper() if len(found.upper()) == 1 else found


def _masked(part: str) -> str:
    return f"{part[0]}…{part[-1]}" if len(part) > 2 else f"{part[:1]}…"
