"""A worker process: the heartbeat beside the queue's consumer, until it is told to stop."""

import logging
import signal
import threading
from typing import TYPE_CHECKING, Any

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from huey import Huey
from huey.consumer import Consumer

from portal import config
from portal.extensions import db, queue
from portal.services.sending import workers
from portal.services.staff import health
from portal.worker import shift

if TYPE_CHECKING:
    from portal.worker.listening import Ear

THREADS = 3

log = logging.getLogger(__name__)


@click.command("worker")
@with_appcontext
def worker_command() -> None:
    """Do the work that rows ask for: letters, newsletters, clean-up."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    for chatty in ("huey", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    if not health.migrated():
        raise click.ClickException("The database is not at the latest migration. Run: portal db upgrade")
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    db.session.remove()
    run(app)


def run(app: Flask) -> None:
    """Work until a signal says stop; what is in hand is finished first."""
    stop = threading.Event()
    with app.app_context():
        mine = shift.current()
        log.info("Worker %s works.", mine.worker_id)
    heart = threading.Thread(target=_beat, args=(app, mine.worker_id, stop), name="heart", daemon=True)
    heart.start()
    ear = _ear(app)
    assert queue.huey is not None
    queue.wake_all()
    try:
        _Consumer(queue.huey, mine, workers=THREADS, backoff=1.1, max_delay=1.0, initial_delay=0.05).run()
    finally:
        if ear:
            ear.close()
        stop.set()
        heart.join(timeout=5)
        with app.app_context():
            shift.end()


def _ear(app: Flask) -> "Ear | None":
    if not config.current().inbound_listen:
        return None
    from portal.worker import listening  # A mail server that nobody asked for need not be loaded.

    return listening.open_ear(app)


class _Consumer(Consumer):
    """Huey's consumer, which ends in good order on both signals: the shift hears of it, then the chores are waited for.

    A second signal does not wait.
    """

    def __init__(self, huey: Huey, mine: shift.Shift, **options: Any) -> None:
        self._shift = mine
        super().__init__(huey, **options)
        self._signal_actions |= {signal.SIGTERM: (False, True), signal.SIGINT: (False, True)}

    def stop(self, graceful: bool = False) -> None:
        self._shift.ending.set()
        super().stop(graceful=graceful)


def _beat(app: Flask, worker_id: int, stop: threading.Event) -> None:
    while not stop.wait(config.current().heartbeat_seconds / 3):
        try:
            with app.app_context():
                workers.beat(worker_id)
                db.session.commit()
        except Exception:
            log.warning("The heartbeat could not be written; trying again.", exc_info=True)
