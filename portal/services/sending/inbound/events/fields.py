"""Fields of other people's JSON, read with care: whatever stands there gives a short text, a moment, or nothing."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

from portal import clock
from portal.services.sending.inbound.told import Told
from portal.tools.mail.incoming.findings import one_line

_EPOCH_ENDS = 32_503_680_000


def text(holder: Any, *path: str) -> str:
    """Return what stands at a path of objects as text in one line, "" where nothing of use does."""
    for name in path:
        holder = holder.get(name) if isinstance(holder, dict) else None
    return one_line(str(holder)) if isinstance(holder, str | int | float) and not isinstance(holder, bool) else ""


def listed(holder: Any, *path: str) -> list[Any]:
    """Return the list that stands at a path, empty where none does."""
    for name in path:
        holder = holder.get(name) if isinstance(holder, dict) else None
    return holder[:200] if isinstance(holder, list) else []


def moment(written: str) -> datetime:
    """Return a moment in ISO 8601 or seconds since 1970; now where it is neither, or in the future."""
    now = clock.now()
    try:
        seconds = float(written)
        read = datetime.fromtimestamp(seconds, UTC) if 0 < seconds < _EPOCH_ENDS else now
    except ValueError:
        try:
            read = datetime.fromisoformat(written)
        except ValueError:
            read = now
    read = read if read.tzinfo else read.replace(tzinfo=UTC)
    return read if read <= now + timedelta(minutes=5) else now


def key(provider: str, *parts: str) -> str:
    """Return the key of an event: the same parts, the same key."""
    return f"{provider}:{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()}"


def bracketed(message_id: str) -> str:
    """Return a Message-ID with its brackets, which some leave out."""
    bare = message_id.strip().strip("<>")
    return f"<{bare}>" if bare else ""


def nonsense(provider: str, raw: bytes) -> Told:
    """Return what a body tells that makes no sense: that somebody should look at it."""
    digest = hashlib.sha256(raw).hexdigest()
    return Told("unknown", f"{provider}:{digest}", clock.now())
