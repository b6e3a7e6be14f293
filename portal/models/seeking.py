"""How people are looked for: letters without case and accents, so that “Moller” finds Møller on every engine."""

import unicodedata

_SPELLED = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"})


def folded(text: str) -> str:
    """Return the text without case and accents, words parted by single spaces."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    bare = "".join(char for char in plain if not unicodedata.combining(char))
    return " ".join(bare.translate(_SPELLED).replace("\0", "").split())
