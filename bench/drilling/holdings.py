"""Workers and what they hold, as the database knows it: asked from outside while they work or are cut off."""

from collections import Counter
from typing import Any

from sqlalchemy import func, select, text

from portal.extensions import db
from portal.models import Delivery, Worker

_OPEN = text(
    "SELECT count(*) FROM pg_stat_activity WHERE client_addr = CAST(:address AS inet)"
    " AND state = 'idle in transaction' AND query LIKE 'UPDATE deliveries%'"
)


def workers() -> int:
    """Return how many workers have begun, whatever became of them."""
    return int(_one(select(func.count(Worker.id))))


def latest_worker(host: str) -> int:
    """Return the worker that began last on the machine of this name."""
    return int(_one(select(Worker.id).where(Worker.host.startswith(f"{host} ")).order_by(Worker.id.desc())))


def held_by(worker: int) -> Counter[str]:
    """Return how many deliveries it holds by their state."""
    rows = select(Delivery.state, func.count()).where(Delivery.claimed_by == worker).group_by(Delivery.state)
    counted: dict[str, int] = dict(db.session.execute(rows).all())
    db.session.rollback()
    return Counter(counted)


def is_buried(worker: int) -> bool:
    """Tell whether others took it for dead and freed all it held."""
    return _one(select(Worker.ended_at).where(Worker.id == worker)) is not None and not held_by(worker)


def buried() -> set[int]:
    """Return the workers that were taken for dead, or ended."""
    ended = set(db.session.scalars(select(Worker.id).where(Worker.ended_at.is_not(None))))
    db.session.rollback()
    return ended


def beats(worker: int) -> int:
    """Return how often its heart has beaten."""
    return int(_one(select(Worker.beats).where(Worker.id == worker)))


def in_doubt() -> int:
    """Return how many deliveries are in doubt."""
    return int(_one(select(func.count()).where(Delivery.state == "in_doubt")))


def has_transaction(address: str) -> bool:
    """Tell whether somebody at this address has changed deliveries and not committed."""
    try:
        return bool(db.session.scalar(_OPEN, {"address": address}))
    finally:
        db.session.rollback()


def _one(question: Any) -> Any:
    try:
        return db.session.scalars(question.limit(1)).one()
    finally:
        db.session.rollback()
