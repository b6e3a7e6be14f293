"""Breaks lines of plain text at spaces, counting columns as a terminal or mail client shows them."""

import re
import unicodedata

_WORD = re.compile(r"(?:\{\{[^{}]{0,400}\}\}|\{%[^{}]{0,400}%\}|[^ ])+")
"""A word; what stands in the braces of a template language stays in one piece."""


def columns(text: str) -> int:
    """Return how many columns a text takes: two for wide signs, none for marks."""
    if text.isascii():
        return len(text)
    return sum(_columns_of(char) for char in text)


def wrap(text: str, width: int) -> str:
    """Break one paragraph into lines of at most `width` columns; a longer word keeps a line of its own."""
    rows: list[str] = []
    row, taken = "", 0
    for word in _WORD.findall(text):
        size = columns(word)
        if row and taken + 1 + size > width:
            rows.append(row)
            row, taken = "", 0
        row, taken = (f"{row} {word}", taken + 1 + size) if row else (word, size)
    return "\n".join([*rows, row])


def wrap_all(text: str, width: int = 72) -> str:
    """Wrap every line of a written text by itself."""
    return "\n".join(wrap(row.rstrip(), width) for row in text.split("\n"))


def _columns_of(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1
