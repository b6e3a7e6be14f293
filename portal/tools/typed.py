"""What came in from outside a form, made fit to be shown on a page."""

import re

_INVISIBLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


def visible(value: str | None) -> str:
    """Return the text with a mark where a character cannot stand on a page or in a database; None becomes ""."""
    return _INVISIBLE.sub("\N{REPLACEMENT CHARACTER}", value or "")
