"""The measured form of a body, for members who agreed to it: web links that lead over our own address."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from werkzeug.urls import iri_to_uri

from portal import config
from portal.tools.rendering import tree

_THEIR_OWN = frozenset({"u", "m", "l", "o", "i", "confirm", "sign-in", "preferences", "my-data"})
"""Where people stop, change and see what is kept about them: such a link on our own site is never measured."""


def targets(html: str) -> list[str]:
    """Return the web addresses a body links to, each once, in reading order."""
    return list(dict.fromkeys(_href(link) for link in tree.parse(html).find_all("a") if _is_measured(_href(link))))


def with_measured_links(html: str, addresses: Mapping[str, str]) -> str:
    """Return the body with each web link that has a measured address leading there; the others stay as they are."""
    body = tree.parse(html)
    for link in body.find_all("a"):
        if _href(link) in addresses and _is_measured(_href(link)):
            link.attributes["href"] = addresses[_href(link)]
    return tree.write(body)


def _href(link: tree.Element) -> str:
    return link.attributes.get("href", "")


def _is_measured(href: str) -> bool:
    return href.lower().startswith(("http://", "https://")) and _can_be_led_to(href) and not _is_their_own(href)


def _can_be_led_to(href: str) -> bool:
    """Tell whether a redirection can name this address; what cannot be written there stays a plain link."""
    try:
        return bool(iri_to_uri(href))
    except ValueError:
        return False


def _is_their_own(href: str) -> bool:
    there = urlsplit(href)
    ours = there.hostname == config.current().host
    return ours and there.path.lstrip("/").partition("/")[0] in _THEIR_OWN
