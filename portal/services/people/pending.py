"""The browser that asked for a link: known by a secret in its cookie, kept only as a hash."""

import hmac

from portal.tools import links


def secret_for(cookie: str) -> str:
    """Return the browser's own secret, or a fresh one; keeping it lets two tabs of one browser both go on."""
    return cookie or links.new_secret()


def is_asking_browser(pending_hash: str, cookie: str) -> bool:
    """Tell whether this cookie is the one the link was asked with."""
    return bool(cookie and pending_hash) and hmac.compare_digest(links.fingerprint(cookie), pending_hash)
