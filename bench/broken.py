"""A worker as `portal worker`, with shorter waits after a refusal, and on request broken on purpose.

`python -m bench.broken --waits 0.01 --fault no-recheck`. A drill that a broken worker passes proves nothing.
"""

import argparse
import secrets
import sys
import threading
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import select, update

from portal import clock, extensions
from portal.cli import group
from portal.extensions import db
from portal.models import Delivery
from portal.services.sending import backoff, deliveries, windows, workers
from portal.services.sending.inbound import consequences
from portal.services.sending.inbound.told import Told


def mark_after_batch() -> None:
    """Break it: nothing is written before the dot, and what was sent is marked when the batch is through."""
    windows.hand_over = _everybody  # type: ignore[assignment]
    windows.sent = _mark_claimed  # type: ignore[assignment]


def no_recheck() -> None:
    """Break it: who stopped the newsletters since the row was claimed is not asked about."""
    windows.hand_over = _unasked  # type: ignore[assignment]


def cursor_at_fetch() -> None:
    """Break it: what is read counts as sent."""
    claim = deliveries.claim

    def claim_and_forget(worker_id: int, *, limit: int) -> list[int]:
        ids = claim(worker_id, limit=limit)
        _change(ids, state="sent", settled_at=clock.now(), due_at=None, claimed_by=None)
        return ids

    deliveries.claim = claim_and_forget  # type: ignore[assignment]
    windows.hand_over = _everybody  # type: ignore[assignment]
    windows.sent = lambda replies: None


def any_machine() -> None:
    """Break it: a process that is not on this machine is gone, wherever it runs."""
    workers._is_gone = lambda worker: workers._process(int(worker.process.split()[0])) != worker.process


def patient_database() -> None:
    """Break it: nobody asks whether the other end of a line to PostgreSQL is still there."""
    extensions.impatience = dict
    extensions.tune_postgres = lambda engine: None


def answer_early() -> None:
    """Break it: a mail that came in is taken before it is kept."""
    from portal.worker import listening

    keep = listening._Keeper._keep

    def keep_later(self: Any, *mail: Any) -> None:
        threading.Timer(0.5, keep, (self, *mail)).start()

    listening._Keeper._keep = keep_later  # type: ignore[method-assign]


def work_twice() -> None:
    """Break it: what a mail brings about is committed before the mail counts as worked on, and told anew each time."""
    apply = consequences.apply

    def apply_and_commit(told: Told, **words: Any) -> Any:
        report = apply(replace(told, key=secrets.token_hex(16)), **words)
        db.session.commit()
        time.sleep(0.05)
        return report

    consequences.apply = apply_and_commit


def linger(seconds: float) -> None:
    """Break nothing, but hand over as slowly as over a long line to the database."""
    hand_over = windows.hand_over

    def slowly(*ids: Sequence[int], **words: Any) -> set[int]:
        handed = hand_over(*ids, **words)
        time.sleep(seconds)
        return handed

    windows.hand_over = slowly


FAULTS = {
    "mark-after-batch": mark_after_batch,
    "no-recheck": no_recheck,
    "cursor-at-fetch": cursor_at_fetch,
    "any-machine": any_machine,
    "patient-database": patient_database,
    "answer-early": answer_early,
    "work-twice": work_twice,
}


def _everybody(ids: Sequence[int], *, worker_id: int, measured: Collection[int] = ()) -> set[int]:
    return set(ids)


def _unasked(ids: Sequence[int], *, worker_id: int, measured: Collection[int] = ()) -> set[int]:
    mine = select(Delivery.id).where(
        Delivery.id.in_(ids), Delivery.state == "claimed", Delivery.claimed_by == worker_id
    )
    handed = set(db.session.scalars(mine))
    _change([*handed], state="handed_over", handed_over_at=clock.now(), tries=Delivery.tries + 1)
    return handed


def _mark_claimed(replies: Iterable[tuple[int, str]]) -> None:
    ids = [row for row, _reply in replies]
    _change(ids, state="sent", settled_at=clock.now(), due_at=None, claimed_by=None)


def _change(ids: Sequence[int], **values: object) -> None:
    change = update(Delivery).where(Delivery.id.in_(ids)).values(**values)
    db.session.execute(change.execution_options(synchronize_session=False))


def main() -> None:
    """Break what is asked for, then work."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fault", choices=sorted(FAULTS))
    parser.add_argument("--waits", type=float, default=1.0, help="how long the waits after a refusal are; 1 is as sold")
    parser.add_argument("--linger", type=float, default=0.0, help="seconds between a hand-over and its commit")
    asked = parser.parse_args()
    if asked.waits != 1:
        # They still grow, but not to what would keep a drill of minutes waiting.
        backoff._STEPS = tuple(min(step, 5) * asked.waits for step in backoff._STEPS)  # type: ignore[assignment]
    if asked.fault:
        FAULTS[asked.fault]()
    if asked.linger:
        linger(asked.linger)
    sys.argv = ["portal", "worker"]
    group(["worker"], prog_name="portal")


if __name__ == "__main__":
    main()
