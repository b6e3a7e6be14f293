"""Mailbox providers by the domain of an address: the large ones go by one name, whatever their domains."""

import re

UNKNOWN = "unknown"

NAMES = {
    "gmail": "Gmail",
    "outlook": "Outlook, Hotmail, Live, MSN",
    "yahoo": "Yahoo",
    "icloud": "iCloud",
    "gmx": "GMX",
    "web.de": "WEB.DE",
    "proton": "Proton",
}
"""What the families are called; any other provider is called by its domain."""

_EXACT = {
    "gmail.com": "gmail",
    "googlemail.com": "gmail",
    "msn.com": "outlook",
    "icloud.com": "icloud",
    "me.com": "icloud",
    "mac.com": "icloud",
    "web.de": "web.de",
    "gmx.net": "gmx",
    "proton.me": "proton",
    "protonmail.com": "proton",
    "protonmail.ch": "proton",
    "pm.me": "proton",
}
_IN_MANY_COUNTRIES = {
    "googlemail": "gmail",
    "outlook": "outlook",
    "hotmail": "outlook",
    "live": "outlook",
    "yahoo": "yahoo",
    "ymail": "yahoo",
    "gmx": "gmx",
}
_COUNTRY = re.compile(r"([a-z]+)\.(?:com|(?:com?\.)?[a-z]{2})")


def of_domain(domain: str) -> str:
    """Return the family a domain belongs to, as of `NAMES`, or the domain itself; `UNKNOWN` for none."""
    domain = domain.casefold().rstrip(".")
    if domain in _EXACT:
        return _EXACT[domain]
    found = _COUNTRY.fullmatch(domain)
    return _IN_MANY_COUNTRIES.get(found[1] if found else "", domain) or UNKNOWN
