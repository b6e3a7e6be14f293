"""Letters on their way: claimed, sent at least once, tried again soon, dropped where they would come too late."""

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import select, update

from portal import clock
from portal.extensions import db
from portal.models import Letter
from portal.services.sending import backoff

_SOON = timedelta(minutes=1)
_TRIES_SOON = 10


def claim(worker_id: int, *, limit: int) -> list[int]:
    """Take up to `limit` due letters for this worker and return their ids, oldest first."""
    now = clock.now()
    due = select(Letter.id).where(Letter.due_at <= now, Letter.claimed_by.is_(None))
    due = due.order_by(Letter.due_at, Letter.id).limit(limit).with_for_update(skip_locked=True)
    ids = sorted(db.session.scalars(due).all())
    db.session.execute(update(Letter).where(Letter.id.in_(ids)).values(claimed_by=worker_id, claimed_at=now))
    return ids


def get(letter_id: int) -> Letter:
    """Return a letter as it stands in the database now."""
    return db.session.get_one(Letter, letter_id, populate_existing=True)


def sent(letter_id: int, *, reply: str) -> None:
    """Record that the server took it."""
    _settle(get(letter_id), reply).sent_at = clock.now()


def failed(letter_id: int, *, reply: str) -> None:
    """Record that it cannot be sent."""
    _settle(get(letter_id), reply).failed_at = clock.now()


def dropped(letter_id: int) -> None:
    """Record that nobody wants or may get it any more."""
    _settle(get(letter_id), "").dropped_at = clock.now()


def try_later(letter_id: int, *, reply: str) -> None:
    """Put it back: a person waits, so the first tries come within a minute; too late is a failure."""
    letter, now = get(letter_id), clock.now()
    letter.tries += 1
    wait = min(_SOON, backoff.longest(letter.tries)) if letter.tries < _TRIES_SOON else backoff.wait(letter.tries - 8)
    if now + wait >= letter.give_up_at:
        _settle(letter, reply).failed_at = now
        return
    letter.due_at, letter.claimed_by, letter.claimed_at = now + wait, None, None
    letter.last_reply = reply[:500]


def give_back(ids: Iterable[int], *, worker_id: int) -> None:
    """Return letters this worker claimed and did not finish."""
    mine = (Letter.id.in_(list(ids)), Letter.claimed_by == worker_id)
    db.session.execute(update(Letter).where(*mine).values(claimed_by=None, claimed_at=None))


def free_dropped(worker_id: int, *, in_hand: set[int]) -> None:
    """Free letters this worker claimed and lost sight of after an error."""
    mine = (Letter.claimed_by == worker_id, Letter.id.not_in(in_hand))
    db.session.execute(update(Letter).where(*mine).values(claimed_by=None, claimed_at=None))


def _settle(letter: Letter, reply: str) -> Letter:
    letter.due_at, letter.claimed_by = None, None
    letter.last_reply = reply[:500]
    return letter
