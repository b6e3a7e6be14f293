"""Records made of tags, `v=DKIM1; k=rsa; p=…`, as DKIM and DMARC publish them (RFC 6376, section 3.2)."""

import re

_TAG = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


class BadTags(ValueError):
    """This is no list of tags; the text says where it goes wrong."""


def read(record: str) -> dict[str, str]:
    """Return the values by name, in the order they stand there; or raise `BadTags`."""
    found: dict[str, str] = {}
    for part in record.split(";"):
        if not part.strip():
            continue
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals or not _TAG.fullmatch(name):
            raise BadTags(f"“{part.strip()}” is no tag of the form name=value")
        if name in found:
            raise BadTags(f"{name}= stands there twice")
        found[name] = value
    return found
