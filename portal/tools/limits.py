"""Limits kept in the database, so that they survive restarts and every process counts together."""

from datetime import UTC, datetime, timedelta
from typing import Any

from limits import parse
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter
from sqlalchemy import case, delete, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from portal import clock
from portal.extensions import db
from portal.models import LimitCount


def hit(limit: str, *key: str) -> bool:
    """Count one use of e.g. `"3 per 6 hours"` under this key; False when the limit is used up."""
    return _limiter.hit(parse(limit), *key)


def is_used_up(limit: str, *key: str) -> bool:
    """Tell, without counting, whether the limit under this key is used up."""
    return not _limiter.test(parse(limit), *key)


def free_at(limit: str, *key: str) -> datetime:
    """Return when the window of the limit under this key ends and uses are free again."""
    return datetime.fromtimestamp(_limiter.get_window_stats(parse(limit), *key).reset_time, UTC)


def forget_old() -> int:
    """Remove counters whose window is over; return how many."""
    result = db.session.execute(delete(LimitCount).where(LimitCount.expires_at < clock.now()))
    return result.rowcount  # type: ignore[attr-defined]


class DatabaseStorage(Storage):
    """The `limits` storage over the session at hand: counts are committed with the door's commit."""

    STORAGE_SCHEME = None

    @property
    def base_exceptions(self) -> type[Exception]:
        """No error of the database is swallowed here."""
        return RuntimeError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Add to the counter in one statement and return its new value."""
        insert: Any = postgresql_insert if db.engine.dialect.name == "postgresql" else sqlite_insert
        expires_at = clock.now() + timedelta(seconds=expiry)
        statement = insert(LimitCount).values(key=key, hits=amount, expires_at=expires_at)
        live = LimitCount.expires_at >= clock.now()
        statement = statement.on_conflict_do_update(
            index_elements=[LimitCount.key],
            set_={
                "hits": _either(live, LimitCount.hits + amount, amount),
                "expires_at": _either(live, LimitCount.expires_at, expires_at),
            },
        ).returning(LimitCount.hits)
        return int(db.session.execute(statement).scalar_one())

    def get(self, key: str) -> int:
        """Return the counter, 0 when its window is over."""
        row = select(LimitCount.hits).where(LimitCount.key == key, LimitCount.expires_at >= clock.now())
        return db.session.execute(row).scalar_one_or_none() or 0

    def get_expiry(self, key: str) -> float:
        """Return when the counter's window ends, in seconds since 1970."""
        expires_at = db.session.execute(select(LimitCount.expires_at).where(LimitCount.key == key)).scalar_one_or_none()
        return (expires_at or datetime.now(UTC)).timestamp()

    def check(self) -> bool:
        """Say that the storage answers."""
        return True

    def reset(self) -> int | None:
        """Forget every counter."""
        result = db.session.execute(delete(LimitCount))
        return result.rowcount  # type: ignore[attr-defined]

    def clear(self, key: str) -> None:
        """Forget one counter."""
        db.session.execute(delete(LimitCount).where(LimitCount.key == key))


def _either(condition: Any, yes: Any, no: Any) -> Any:
    return case((condition, yes), else_=no)


_limiter = FixedWindowRateLimiter(DatabaseStorage())
