"""What came in and nobody understood, or could not be worked on: it waits for a person to look at it."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, func, or_, select

from portal import clock
from portal.extensions import db
from portal.models import Incoming

PAGE = 50


def count() -> int:
    """Return how much of it waits."""
    return db.session.scalar(select(func.count()).select_from(_waiting().subquery())) or 0


def page(number: int = 1) -> Sequence[Incoming]:
    """Return one page of it, the newest first, without the mails themselves."""
    rows = _waiting().order_by(Incoming.received_at.desc(), Incoming.id.desc())
    return db.session.scalars(rows.limit(PAGE).offset((number - 1) * PAGE)).all()


def find(key: int) -> Incoming | None:
    """Return anything that came in and is still kept, or None."""
    return db.session.get(Incoming, key) if 0 < key < 2**63 else None


def try_again(row: Incoming) -> None:
    """Make it due anew, with all its tries."""
    row.tries, row.failed_at, row.due_at = 0, None, clock.now()
    db.session.flush()


def dismiss(row: Incoming) -> None:
    """Say that nothing is to be done about it; the first time counts."""
    row.dismissed_at = row.dismissed_at or clock.now()
    db.session.flush()


def is_unclear() -> ColumnElement[bool]:
    """Return what holds for a row that nobody understood, or that could not be worked on."""
    return or_(Incoming.kind == "unknown", Incoming.failed_at.is_not(None))


def _waiting() -> Select[Incoming]:
    return select(Incoming).where(is_unclear(), Incoming.dismissed_at.is_(None))
