"""Addresses and names as people type them, made safe to keep, to compare and to put on the wire."""

import re
import unicodedata
from functools import lru_cache

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, ValidatedEmail, validate_email
from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from portal.tools.mail.folding import UnsafeHeader, refuse_unsafe

LONGEST_NAME = 200
LONGEST_TYPED = 400
LONGEST_LOCAL_PART = 64

_BLANKS = " \t\u00a0\u2007\u202f\u3000"
_INVISIBLE_ENDS = "\u200b\u200c\u200d\u2060\ufeff\u200e\u200f"
_NAME_AND_ADDRESS = re.compile(r'\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>.*?))\s*<(?P<address>[^<>]+)>\s*')
_LABEL = r"[a-z0-9](?:[a-z0-9]|-(?!-)){0,60}[a-z0-9]\."
_PLAIN = re.compile(rf"[a-z0-9_+-]{{1,40}}(?:\.[a-z0-9_+-]{{1,20}}){{0,1}}@(?:{_LABEL}){{1,4}}[a-z]{{2,24}}", re.ASCII)
_LONGEST_PLAIN = 120
_RESERVED = {name.rpartition(".")[2] for name in SPECIAL_USE_DOMAIN_NAMES}
_TWO_ADDRESSES = re.compile(r"@[^@\"]*[,;\s][^@\"]*@")


class BadAddress(ValueError):
    """This is no address we can write to; `sentence` tells the person what to do."""

    def __init__(self, sentence: LazyString) -> None:
        super().__init__(sentence)
        self.sentence = sentence

    def __str__(self) -> str:
        return str(self.sentence)


class BadName(ValueError):
    """This cannot stand as a name in a mail; `sentence` tells the person what to do."""

    def __init__(self, sentence: LazyString) -> None:
        super().__init__(sentence)
        self.sentence = sentence

    def __str__(self) -> str:
        return str(self.sentence)


def normalise(address: str) -> str:
    """Return the address as it is kept and shown: trimmed, NFC, domain in its own script; or raise `BadAddress`."""
    return _validated(address).normalized


def key(address: str) -> str:
    """Return the unique lookup key: local part NFKC and casefolded, domain as lower-case A-labels."""
    found = _validated(address)
    local = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", found.local_part).casefold())
    return f"{local}@{found.ascii_domain.lower()}"


@lru_cache(maxsize=64)
def wire_form(address: str) -> str:
    """Return the address as the envelope and the headers carry it: the domain as A-labels, the local part untouched."""
    if _is_plain(address):  # Nearly all are, and a sender asks this for every mail.
        return address
    found = _validated(address)
    return f"{found.local_part}@{found.ascii_domain}"


def clean_name(name: str) -> str:
    """Return a display name trimmed, NFC, with single spaces; "" stays ""; or raise `BadName`."""
    tidy = re.sub(r"[^\S\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+", " ", unicodedata.normalize("NFC", name))
    tidy = tidy.strip(" " + _INVISIBLE_ENDS)
    try:
        refuse_unsafe(tidy)
    except UnsafeHeader as error:
        raise BadName(_("Write the name on one line, without control characters")) from error
    if len(tidy) > LONGEST_NAME:
        raise BadName(_("Shorten the name to %(longest)d characters", longest=LONGEST_NAME))
    return tidy


def parse(text: str) -> tuple[str, str]:
    """Split a setting `Name <address>`, or a bare address, into (clean name, address as on the wire)."""
    if "<" not in text:
        return "", wire_form(text)
    found = _NAME_AND_ADDRESS.fullmatch(text)
    if not found:
        raise BadAddress(_("Write it like Name <name@example.org>"))
    name = found["plain"] if found["quoted"] is None else re.sub(r"\\(.)", r"\1", found["quoted"])
    return clean_name(name), wire_form(found["address"])


def _is_plain(address: str) -> bool:
    """Tell whether the validator would take this address and change nothing; False where it has to be asked."""
    if len(address) > _LONGEST_PLAIN or not _PLAIN.fullmatch(address):
        return False
    return address.rpartition(".")[2] not in _RESERVED


def _validated(address: str) -> ValidatedEmail:
    typed = _tidy(address)
    _refuse_plain_mistakes(typed)
    try:
        found = validate_email(typed, check_deliverability=False, allow_quoted_local=True, strict=True)
    except EmailNotValidError as error:
        raise BadAddress(_("Enter an email address like name@example.org")) from error
    as_typed = unicodedata.normalize("NFC", typed.rpartition("@")[0])
    if len(as_typed) > LONGEST_LOCAL_PART:  # Quotes and escapes count, too.
        raise BadAddress(_("Enter an email address like name@example.org"))
    return found


def _tidy(address: str) -> str:
    trimmed = address.strip(_BLANKS + _INVISIBLE_ENDS)
    return trimmed[len("mailto:") :] if trimmed.lower().startswith("mailto:") else trimmed


def _refuse_plain_mistakes(typed: str) -> None:
    if not typed:
        raise BadAddress(_("Enter an email address"))
    if len(typed) > LONGEST_TYPED:
        raise BadAddress(_("This address is too long; check that it is only one address"))
    try:
        refuse_unsafe(typed)
    except UnsafeHeader as error:
        raise BadAddress(_("Enter the address on one line, without control characters")) from error
    if set(typed) & set("<>"):
        raise BadAddress(_("Enter only the address, without a name or angle brackets"))
    if _TWO_ADDRESSES.search(typed):
        raise BadAddress(_("Enter one address only"))
