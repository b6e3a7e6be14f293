"""Replies: what people answered to a newsletter, waiting until a recruiter says that it is done."""

from collections.abc import Sequence

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import joinedload

from portal import clock
from portal.extensions import db
from portal.models import Delivery, Member, Touchpoint

PAGE = 25


def count_waiting() -> int:
    """Return how many replies nobody has said to be done."""
    return db.session.scalar(select(func.count()).select_from(_waiting().subquery())) or 0


def waiting(number: int = 1) -> Sequence[Touchpoint]:
    """Return one page of them, the newest first, each with its person and newsletter."""
    beside = (joinedload(Touchpoint.member), joinedload(Touchpoint.delivery).joinedload(Delivery.newsletter))
    rows = _waiting().options(*beside).order_by(Touchpoint.happened_at.desc(), Touchpoint.id.desc())
    return db.session.scalars(rows.limit(PAGE).offset((number - 1) * PAGE)).all()


def find(key: int) -> Touchpoint | None:
    """Return a reply, done or not, or None."""
    found = db.session.get(Touchpoint, key) if 0 < key < 2**63 else None
    return found if found is not None and found.kind == "reply" else None


def settle(reply: Touchpoint) -> None:
    """Say that nothing is left to do about it; the first time counts."""
    first = update(Touchpoint).where(Touchpoint.id == reply.id, Touchpoint.answered_at.is_(None))
    db.session.execute(first.values(answered_at=clock.now()))


def _waiting() -> Select[Touchpoint]:
    waits = (Touchpoint.kind == "reply", Touchpoint.answered_at.is_(None), Member.erased_at.is_(None))
    return select(Touchpoint).join(Touchpoint.member).where(*waits)
