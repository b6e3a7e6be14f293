"""Working on what came in: one row at a time, each in one transaction with all it brings about."""

import logging
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, or_, select

from portal import clock
from portal.extensions import db
from portal.models import Incoming
from portal.services.sending.inbound import consequences, events, mails, unclear
from portal.services.sending.inbound.told import Told

MOST_TRIES = 5
_WAIT = timedelta(minutes=1)
_KEPT = timedelta(days=30)
_KEPT_UNKNOWN = timedelta(days=90)

log = logging.getLogger(__name__)


def next_due() -> Incoming | None:
    """Return the next row to work on, locked until the commit; None where nothing is due.

    Whoever dies before that commit leaves it due, with nothing of it done.
    """
    due = select(Incoming).where(Incoming.due_at <= clock.now()).order_by(Incoming.due_at, Incoming.id).limit(1)
    return db.session.scalars(due.with_for_update(skip_locked=True)).one_or_none()


def work(row: Incoming) -> None:
    """Read it, write down what it tells and act upon that; the caller commits, or rolls back and calls `try_later`."""
    by_provider = row.way in events.PROVIDERS
    told = events.read(row.way, row.raw) if by_provider else _read_mail(row)
    for each in told:
        consequences.apply(each, incoming=row, proved=by_provider)
    row.kind = _kind_of(told)
    row.worked_at, row.due_at, row.failed_at = clock.now(), None, None
    db.session.flush()


def try_later(row_id: int) -> None:
    """Put off a row on which work failed; after `MOST_TRIES` it is left for people to look at."""
    row = db.session.get_one(Incoming, row_id)
    row.tries += 1
    given_up = row.tries >= MOST_TRIES
    row.failed_at = clock.now() if given_up else None
    row.due_at = None if given_up else clock.now() + _WAIT * 2**row.tries
    db.session.flush()


def forget_old() -> None:
    """Remove what came in some weeks ago; its reports stay. What nobody looked at is kept longer."""
    now = clock.now()
    old = or_(
        (Incoming.received_at < now - _KEPT) & (~unclear.is_unclear() | Incoming.dismissed_at.is_not(None)),
        Incoming.received_at < now - _KEPT_UNKNOWN,
    )
    db.session.execute(delete(Incoming).where(Incoming.due_at.is_(None), old))


def _read_mail(row: Incoming) -> Sequence[Told]:
    reading, told = mails.read(row)
    row.sender, row.subject = _kept(reading.sender, 320), _kept(reading.subject, 300)
    return told


def _kind_of(told: Sequence[Told]) -> str:
    """Return what a row is shown as: unknown where anything in it is."""
    kinds = [each.kind for each in told]
    return "unknown" if "unknown" in kinds or not kinds else kinds[0]


def _kept(words: str, length: int) -> str:
    return words.encode(errors="replace").decode().replace("\0", "")[:length]
