"""The unbound parts that `create_app` binds: database, queue, languages, letters."""

import logging
import math
from collections.abc import Callable
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from flask import Flask
from flask_babel import Babel
from flask_mail import Mail
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from huey import Huey, MemoryHuey, SqliteHuey, crontab
from sqlalchemy import Engine, event

from portal import config
from portal.config import BadSettings
from portal.models import Base

log = logging.getLogger(__name__)
db = SQLAlchemy(metadata=Base.metadata)
migrate = Migrate(render_as_batch=True, compare_type=True)
csrf = CSRFProtect()
babel = Babel()
mail = Mail()

only_reading: ContextVar[bool] = ContextVar("only_reading", default=False)
"""True while a GET is answered: SQLite then opens a reading transaction instead of taking the write lock."""


class Queue:
    """Wakes chores in worker processes; it carries names only, so losing one of its messages loses nothing."""

    def __init__(self) -> None:
        self.huey: Huey | None = None
        self._chores: dict[str, Callable[[], bool]] = {}
        self._urgent: set[str] = set()
        self._ring: Callable[..., Any] | None = None

    def init(self, app: Flask, url: str) -> None:
        """Open the queue at `memory://`, `sqlite:///path`, `postgresql://…` or `redis://…`."""
        self._app = app
        self.huey = _open_huey(url)
        self._ring = self.huey.task(name="ring")(self._do)
        self.huey.periodic_task(crontab(minute="*"), name="tick")(self.wake_all)

    def chore(self, name: str, *, urgent: bool = False) -> Callable[[Callable[[], bool]], Callable[[], bool]]:
        """Register a chore: it does the next due rows and says whether to ask again."""

        def register(chore: Callable[[], bool]) -> Callable[[], bool]:
            self._chores[name] = chore
            self._urgent |= {name} if urgent else set()
            return chore

        return register

    def wake(self, name: str) -> None:
        """Ask some worker to run this chore now; where the queue is away, the schedule does it within a minute."""
        try:
            assert self._ring is not None
            self._ring(name, priority=10 if name in self._urgent else 0)
        except Exception:
            log.warning("The queue could not be reached; chore %s waits for the schedule.", name, exc_info=True)

    def wake_all(self) -> None:
        """Ask for every chore; the schedule does so each minute, so that nothing due is forgotten."""
        for name in self._chores:
            self.wake(name)

    def _do(self, name: str) -> None:
        with self._app.app_context():
            again = self._chores[name]()
        if again:
            self.wake(name)


queue = Queue()


def _open_huey(url: str) -> Huey:
    if url.startswith("memory:"):
        return MemoryHuey("portal", results=False)
    if url.startswith("sqlite:"):
        path = Path(url.removeprefix("sqlite:///"))
        path.parent.mkdir(parents=True, exist_ok=True)
        return SqliteHuey("portal", filename=str(path), results=False, journal_mode="wal", timeout=15)
    if url.startswith("redis"):
        from huey import PriorityRedisHuey

        return PriorityRedisHuey("portal", url=url, results=False)
    from huey.contrib.sql_huey import SqlHuey
    from peewee import OperationalError
    from playhouse.postgres_ext import Psycopg3Database

    try:
        database = Psycopg3Database(url.replace("+psycopg", ""), **impatience())
        return SqlHuey("portal", database=database, results=False)
    except OperationalError as error:
        where = "PORTAL_QUEUE_URL, or PORTAL_DATABASE_URL where that is not set,"
        raise BadSettings(f"{where} names a database that cannot be used: {error}") from error


def impatience() -> dict[str, int]:
    """Return how a line to PostgreSQL notices, within two heartbeats, that a database is gone without a word."""
    beat = math.ceil(config.current().heartbeat_seconds)
    third = max(1, beat // 3)
    return {
        "keepalives_idle": beat,
        "keepalives_interval": third,
        "keepalives_count": 3,
        "tcp_user_timeout": 2000 * beat,
    }


def tune_postgres(engine: Engine) -> None:
    """Let PostgreSQL notice as soon that one of us is gone: who is cut off in a transaction must not keep its locks."""
    if engine.dialect.name != "postgresql" or getattr(engine, "_tuned", False):
        return
    engine._tuned = True  # type: ignore[attr-defined]
    told = "; ".join(f"SET tcp_{name.removeprefix('tcp_')} = {value}" for name, value in impatience().items())

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.execute(told)
        connection.commit()


def tune_sqlite(engine: Engine) -> None:
    """Give SQLite a write-ahead log, patience, foreign keys, and transactions that take their lock at once."""
    if engine.dialect.name != "sqlite" or getattr(engine, "_tuned", False):
        return
    engine._tuned = True  # type: ignore[attr-defined]

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=15000", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN" if only_reading.get() else "BEGIN IMMEDIATE")
