"""What keeps an installation from doing its work."""

from datetime import timedelta

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, select
from sqlalchemy.exc import SQLAlchemyError

from portal import clock, config
from portal.extensions import db
from portal.models import Worker

_STALE_BEATS = 4


def what_is_missing() -> list[str]:
    """Return a plain sentence for everything that is not ready; empty when all is well."""
    try:
        missing = [] if migrated() else ["The database is not at the latest migration: run portal db upgrade."]
        if not a_worker_beats():
            missing.append("No worker is running: run portal worker.")
    except SQLAlchemyError:
        return ["The database does not answer."]
    return missing


def migrated(on: Connection | None = None) -> bool:
    """Tell whether the database stands at the newest migration; asks over the session where no connection is given."""
    heads = ScriptDirectory(str(config.resource("migrations"))).get_heads()
    return set(MigrationContext.configure(on or db.session.connection()).get_current_heads()) == set(heads)


def a_worker_beats(on: Connection | None = None) -> bool:
    """Tell whether some worker showed that it lives within the last few heartbeats."""
    patience = timedelta(seconds=config.current().heartbeat_seconds * _STALE_BEATS)
    alive = select(Worker.id).where(Worker.ended_at.is_(None), Worker.beat_at > clock.now() - patience)
    return (on or db.session).execute(alive.limit(1)).first() is not None
