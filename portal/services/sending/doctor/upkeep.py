"""Is the database there and up to date, and does somebody work?"""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from portal.extensions import db, only_reading
from portal.services.sending.doctor.case import Case
from portal.services.sending.doctor.findings import Finding, not_checked, ok, problem
from portal.services.staff import health
from portal.tools.patience import TookTooLong, within

PATIENCE = 5.0
_WHERE = "It is set by PORTAL_DATABASE_URL."


def look(case: Case) -> Iterator[Finding]:
    """Look at the database and at the workers' heartbeat in it."""
    engine = db.engine
    if _is_missing(engine):
        yield problem("database", "There is none yet.", "Run: portal db upgrade")
    else:
        try:
            # Not by the session: one that nobody waits for any more could not be closed.
            yield from within(PATIENCE, lambda: _seen(engine))
            return
        except SQLAlchemyError as error:
            said = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
            yield problem("database", f"It cannot be used: {said}", _WHERE)
        except TookTooLong:
            yield problem("database", f"It did not answer within {PATIENCE:.0f} seconds.", _WHERE)
    yield not_checked("worker", "It shows itself in the database.")


def _is_missing(engine: Engine) -> bool:
    """Tell whether SQLite would make a new file."""
    path = engine.url.database
    return engine.dialect.name == "sqlite" and bool(path) and not Path(str(path)).exists()


def _seen(engine: Engine) -> list[Finding]:
    only_reading.set(True)
    with engine.connect() as connection:
        if not health.migrated(connection):
            late = problem("database", "It is not at the newest migration.", "Run: portal db upgrade")
            return [late, not_checked("worker", "It shows itself in the database, which is not ready.")]
        beats = health.a_worker_beats(connection)
    kind = "SQLite" if engine.dialect.name == "sqlite" else "PostgreSQL"
    worker = (
        ok("worker", "One beats.")
        if beats
        else problem("worker", "None is running, so nothing goes out.", "Run: portal worker (portal up starts one)")
    )
    return [ok("database", f"{kind} answers and is at the newest migration."), worker]
