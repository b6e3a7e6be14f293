"""Workers that die, and workers that were only taken for dead: what they hold is freed in the end."""

import pytest
from flask import Flask

from portal import clock, config
from portal.extensions import db
from portal.models import Delivery, Worker
from portal.services.sending import deliveries, windows, workers
from tests.services.sending.rows import delivery, state_of, worker


def test_a_worker_whose_beats_stand_still_is_dead(app: Flask) -> None:
    silent, watch = worker(), workers.Watch()
    assert watch.dead(steady=0.0) == []
    assert watch.dead(steady=_patience() - 1) == []
    assert watch.dead(steady=_patience() + 1) == [silent]


def test_a_worker_that_beats_is_alive(app: Flask) -> None:
    living, watch = worker(), workers.Watch()
    watch.dead(steady=0.0)
    workers.beat(living)
    assert watch.dead(steady=_patience() + 1) == []


def test_a_dead_workers_rows_are_freed(app: Flask) -> None:
    dead, (offered, claimed) = worker(), (delivery().id, delivery().id)
    deliveries.claim(dead, limit=2)
    windows.hand_over([offered], worker_id=dead)
    assert workers.bury(dead)
    assert not workers.bury(dead), "one burial is enough"
    assert state_of(offered) == ("in_doubt", "worker_died")
    assert state_of(claimed) == ("pending", "")


@pytest.mark.parametrize("in_doubt", ["hold", "resend"])
def test_what_was_read_before_its_worker_died_is_neither_in_doubt_nor_sent_again(app: Flask, in_doubt: str) -> None:
    config.use(config.current().model_copy(update={"in_doubt": in_doubt}))
    dead, rows = worker(), [delivery().id for _ in range(2)]
    deliveries.claim(dead, limit=2)
    windows.hand_over(rows, worker_id=dead)
    db.session.get_one(Delivery, rows[0]).opened_at = clock.now()
    db.session.flush()
    workers.bury(dead)
    unread = ("in_doubt", "worker_died") if in_doubt == "hold" else ("pending", "")
    assert [state_of(row) for row in rows] == [("sent", ""), unread]


def test_what_a_worker_claims_after_it_was_taken_for_dead_is_freed_when_it_dies(app: Flask) -> None:
    """A machine that was only slow goes on with its work; then it dies before its next beat."""
    slow, watch = worker(), workers.Watch()
    workers.bury(slow)
    offered, claimed = delivery().id, delivery().id
    deliveries.claim(slow, limit=2)
    windows.hand_over([offered], worker_id=slow)
    assert watch.dead(steady=0.0) == []
    assert watch.dead(steady=_patience() + 1) == [slow]
    workers.bury(slow)
    assert state_of(offered) == ("in_doubt", "worker_died")
    assert state_of(claimed) == ("pending", "")
    assert watch.dead(steady=2 * _patience() + 2) == [], "the dead hold nothing and are left in peace"


def test_a_worker_that_was_taken_for_dead_is_at_work_again_with_its_next_beat(app: Flask) -> None:
    slow = worker()
    workers.bury(slow)
    workers.beat(slow)
    assert db.session.get_one(Worker, slow, populate_existing=True).ended_at is None
    assert workers.at_work() == 1


def _patience() -> float:
    return config.current().heartbeat_seconds * 2
