"""Workers and what a dead one leaves behind: its claims return, what it handed over is in doubt."""

import os
import socket
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import CursorResult, delete, func, or_, select, update

from portal import clock, config
from portal.extensions import db
from portal.models import Delivery, Letter, Worker
from portal.services.sending import deliveries


def start() -> Worker:
    """Record that this process works from now on."""
    now = clock.now()
    worker = Worker(host=_host(), process=_process(os.getpid()), started_at=now, beat_at=now)
    db.session.add(worker)
    db.session.flush()
    return worker


def beat(worker_id: int) -> None:
    """Say that this worker lives, whatever others took it for meanwhile."""
    values: dict[str, Any] = {"beats": Worker.beats + 1, "beat_at": clock.now(), "ended_at": None}
    db.session.execute(update(Worker).where(Worker.id == worker_id).values(values))


def at_work() -> int:
    """Return how many workers have begun and not ended; at least one."""
    return db.session.scalar(select(func.count()).where(Worker.ended_at.is_(None))) or 1


def end(worker_id: int) -> None:
    """Record a worker's end and free what it held."""
    db.session.execute(update(Worker).where(Worker.id == worker_id).values(ended_at=clock.now()))
    release(worker_id)


class Watch:
    """One worker's view of the others: who has not beaten for a while by this process's own steady clock."""

    def __init__(self) -> None:
        self._seen: dict[int, tuple[int, float]] = {}

    def dead(self, *, steady: float) -> list[int]:
        """Return workers whose process is gone from this machine, or whose beats stand still for the whole patience.

        `steady` is a monotonic time in seconds; no two machines' clocks are compared.
        """
        patience = config.current().heartbeat_seconds * 2
        found = []
        # One that was taken for dead too soon may have claimed again since, so an end on paper is not believed.
        for worker in db.session.scalars(select(Worker).where(or_(Worker.ended_at.is_(None), _HOLDS_ROWS))):
            beats, since = self._seen.get(worker.id, (worker.beats, steady))
            since = since if beats == worker.beats else steady
            self._seen[worker.id] = (worker.beats, since)
            if _is_gone(worker) or steady - since > patience:
                found.append(worker.id)
        return found


def release(worker_id: int) -> None:
    """Free a dead worker's rows: claimed → pending (no dot was sent), handed over → in doubt, letters due again."""
    now = clock.now()
    mine = Delivery.claimed_by == worker_id
    back: dict[str, Any] = {"state": "pending", "claimed_by": None, "claimed_at": None}
    doubtful: dict[str, Any] = {
        "state": "in_doubt",
        "reason": "worker_died",
        "claimed_by": None,
        "due_at": None,
        "settled_at": now,
    }
    if config.current().in_doubt == "resend":
        doubtful = back
    db.session.execute(update(Delivery).where(mine, Delivery.state == "claimed").values(back))
    deliveries.arrived(mine, Delivery.state == "handed_over")
    db.session.execute(update(Delivery).where(mine, Delivery.state == "handed_over").values(doubtful))
    waiting = (Letter.claimed_by == worker_id, Letter.sent_at.is_(None), Letter.failed_at.is_(None))
    db.session.execute(update(Letter).where(*waiting).values(claimed_by=None, claimed_at=None, due_at=now))


def bury(worker_id: int) -> bool:
    """End a dead worker and free its rows; False when it had been ended before."""
    ended = update(Worker).where(Worker.id == worker_id, Worker.ended_at.is_(None)).values(ended_at=clock.now())
    result = db.session.execute(ended)
    assert isinstance(result, CursorResult)
    release(worker_id)
    return result.rowcount == 1


def forget_old() -> None:
    """Remove rows of workers that ended a month ago."""
    long_ago = clock.now() - timedelta(days=30)
    db.session.execute(delete(Worker).where(Worker.ended_at < long_ago))


_HOLDS_ROWS = or_(
    Worker.id.in_(select(Delivery.claimed_by).where(Delivery.claimed_by.is_not(None))),
    Worker.id.in_(select(Letter.claimed_by).where(Letter.claimed_by.is_not(None))),
)


def _host() -> str:
    """Name this machine and boot, so that a process number is never taken for one on another machine."""
    boot = Path("/proc/sys/kernel/random/boot_id")
    space = Path("/proc/self/ns/pid")
    parts = [socket.gethostname(), boot.read_text().strip() if boot.exists() else ""]
    return " ".join([*parts, str(space.readlink()) if space.exists() else ""])[:255]


def _process(number: int) -> str:
    """Name a process by its number and the tick it started at, since numbers are used again."""
    try:
        stat = Path(f"/proc/{number}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return str(number)
    return f"{number} {stat.rpartition(')')[2].split()[19]}"


def _is_gone(worker: Worker) -> bool:
    """Tell whether a process of this very machine has ended; False where nobody can know."""
    number = worker.process.partition(" ")[0]
    if worker.host != _host() or not Path("/proc/self/stat").exists():
        return False
    return _process(int(number)) != worker.process
