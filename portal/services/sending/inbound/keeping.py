"""Keeping what comes in as it came, once, before anything is done about it."""

import hashlib

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from portal import clock
from portal.extensions import db
from portal.models import Incoming

LARGEST = 10 * 1024 * 1024
"""Bytes of one mail or event; a larger one is refused at the door."""


class TooLarge(ValueError):
    """More than `LARGEST` bytes."""


def keep(way: str, raw: bytes, *, sender: str = "", recipient: str = "") -> Incoming:
    """Keep a mail or event and make it due at once; commit before saying that it was taken.

    What came before, to the same recipient and byte for byte the same, is returned as it stands: a sender who missed
    our answer tells it again. Raise `TooLarge`.
    """
    if len(raw) > LARGEST:
        raise TooLarge
    now = clock.now()
    digest = hashlib.sha256(recipient.lower().encode(errors="replace") + b"\0" + raw).hexdigest()
    row = Incoming(
        way=way,
        envelope_sender=_fitting(sender),
        envelope_recipient=_fitting(recipient),
        raw=raw,
        digest=digest,
        received_at=now,
        due_at=now,
    )
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError:
        return db.session.scalars(select(Incoming).where(Incoming.digest == digest)).one()
    return row


def _fitting(address: str) -> str:
    """Return an envelope address as a column takes it: no NUL, which PostgreSQL refuses, no lone surrogate, no end."""
    return address.encode(errors="replace").decode().replace("\0", "")[:1000]
