"""The sending drill: everything is killed with -9 at random while newsletters go out, then the books are reckoned.

`python -m bench.drills --engine sqlite --kills 500 --deliveries 50000 --unsubscribes 2000`. Exits with 1 where a
promise was broken.
"""

import argparse
import json
import logging
import random
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bench import portal_data, record
from bench.broken import FAULTS
from bench.drilling.books import Bounds, Looks, reckon
from bench.drilling.crew import Crew
from bench.drilling.databases import Database, database
from bench.drilling.leavers import Leavers
from portal.extensions import db, only_reading, queue
from portal.models import Community
from portal.worker.sending import WINDOW

LAST_MARK = 0.95
"""No kill waits for more than this share of the mails to be settled."""
SEED = 20261124


def main() -> None:
    """Drill, tell, keep the figures, and say by the status whether the promises were kept."""
    asked = _asked()
    logging.disable(logging.WARNING)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("told to stop"))
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="drill-") as name, database(asked.engine, Path(name)) as base:
        try:
            figures = Drill(asked, Path(name), base).run()
        finally:
            if asked.keep:
                shutil.copytree(name, asked.keep)
    figures["seconds"] = round(time.monotonic() - begun, 1)
    print(json.dumps(figures, indent=2))
    if asked.out:
        asked.out.parent.mkdir(parents=True, exist_ok=True)
        print(record.write(str(asked.out.resolve().with_suffix("")), figures, seed=asked.seed))
    sys.exit(1 if figures["broken"] else 0)


class Drill:
    """One run, from an empty database to the reckoning."""

    def __init__(self, asked: argparse.Namespace, folder: Path, base: Database) -> None:
        self._asked, self._base = asked, base
        words = ["portal", "worker"]
        if asked.fault or asked.waits != 1:
            words = [
                "bench.broken",
                "--waits",
                str(asked.waits),
                *(["--fault", asked.fault] if asked.fault else []),
            ]
        more = {"PORTAL_IN_DOUBT": "resend"} if asked.resend else {}
        if asked.lanes > 1:
            more["PORTAL_SEND_CONNECTIONS"] = str(asked.lanes)
        self._crew = Crew(
            folder,
            base,
            workers=asked.workers,
            seed=asked.seed,
            worker_words=words,
            cold=asked.cold,
            calm=asked.calm,
            more=more,
        )
        self._folder = folder
        self._looks = Looks()
        self._planned = 0
        dice = random.Random(f"{asked.seed} marks")
        # The first kill may fall while the newsletters are addressed.
        self._marks = [0, *sorted(int(dice.uniform(0, asked.deliveries * LAST_MARK)) for _ in range(asked.kills - 1))]
        self._marks = self._marks[: asked.kills]

    def run(self) -> dict[str, Any]:
        """Plan, send, kill, reckon."""
        settings = {"database_url": self._base.url, "base_url": f"http://localhost:{self._crew.web_port}"}
        keys = {"secret_keys": [self._crew.environment()["PORTAL_SECRET_KEYS"]]}
        with portal_data.portal(self._folder, **settings, **keys) as app:
            self._empty()
            asked = self._asked
            community = portal_data.fill(asked.deliveries // asked.newsletters)
            self._plan(community, asked.newsletters)
            leavers = Leavers(
                app, wanted=asked.unsubscribes, port=self._crew.web_port, community_id=community.id, seed=asked.seed
            )
            only_reading.set(True)
            begun = time.monotonic()
            try:
                self._crew.keep_up()
                leavers.start()
                in_time = self._drive(leavers, community)
            finally:
                leavers.end()
                self._crew.end()
            sending = time.monotonic() - begun
            bounds = Bounds(WINDOW * asked.lanes, self._crew.kills, asked.workers, asked.resend)
            figures = reckon(self._crew.ledger.entries(), leavers.gone, self._looks, bounds)
            version = _version()
        if not in_time:
            figures["broken"].append("not finished in time")
        if len(leavers.gone) < asked.unsubscribes:
            figures["broken"].append(f"only {len(leavers.gone)} could leave: too few mails for so many")
        return {
            "database": version,
            "kills": sum(n for what, n in self._crew.kills.items() if what != "at-a-dot"),
            "kills_of": dict(self._crew.kills),
            "ended_by_themselves": self._crew.ended_by_themselves,
            "unsubscribes_unanswered": leavers.unanswered,
            "sending_seconds": round(sending, 1),
            **figures,
        }

    def _drive(self, leavers: Leavers, community: Community) -> bool:
        """Kill when it is time until all kills are done and nothing is pending; False when that takes too long."""
        deadline = time.monotonic() + self._asked.patience
        woken = looked = told = 0.0
        done = 0
        while time.monotonic() < deadline:
            now = time.monotonic()
            self._crew.keep_up()
            self._crew.ledger.catch_up()
            if now > looked:
                self._looks.look()
                took = time.monotonic() - now
                looked = time.monotonic() + max(0.1, 8 * took)
                leavers.keep_step(self._looks.settled / self._planned)
            if now > told + 15:
                told = now
                print(f"{done} kills, {self._looks.settled} of {self._planned} settled", file=sys.stderr, flush=True)
            if done < len(self._marks) and self._looks.settled >= self._marks[done]:
                done += self._crew.kill()
            if now > woken + 1:
                woken = now
                self._wake()
            if self._looks.open == 0:
                if done == len(self._marks):
                    return True
                self._plan(community, 1)  # The mails ran out before the kills did.
            time.sleep(0.02)
        return False

    def _plan(self, community: Community, newsletters: int) -> None:
        token = only_reading.set(False)
        try:
            for _ in range(newsletters):
                portal_data.plan(community)
                self._planned += self._asked.deliveries // self._asked.newsletters
        finally:
            only_reading.reset(token)
        self._looks.open = -1

    def _wake(self) -> None:
        """Do what the schedule does each minute, each second: what was put off for seconds is due again soon."""
        try:
            assert queue.huey is not None
            if queue.huey.pending_count() < 20:
                queue.wake_all()
        except Exception:
            queue.wake("send")  # Only what writes opens a lost line to the queue again.

    def _empty(self) -> None:
        if db.engine.dialect.name == "postgresql":
            tables = ", ".join(table.name for table in db.metadata.sorted_tables)
            db.session.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
            db.session.commit()


def _version() -> str:
    try:
        if db.engine.dialect.name == "sqlite":
            return f"SQLite {db.session.scalar(text('SELECT sqlite_version()'))}"
        return f"PostgreSQL {db.session.scalar(text('SHOW server_version'))}"
    except DBAPIError:
        return "unknown"


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--deliveries", type=int, default=50_000)
    parser.add_argument("--newsletters", type=int, default=5, help="the deliveries are shared by so many")
    parser.add_argument("--unsubscribes", type=int, default=0)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--lanes", type=int, default=1, help="PORTAL_SEND_CONNECTIONS")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--waits", type=float, default=0.01, help="how long waits after a refusal are; 1 is as sold")
    parser.add_argument("--calm", action="store_true", help="kill only workers, and let the mail server behave")
    parser.add_argument("--cold", action="store_true", help="start each process as an installation does: takes seconds")
    parser.add_argument(
        "--resend", action="store_true", help="PORTAL_IN_DOUBT=resend: duplicates are bounded, not none"
    )
    parser.add_argument("--fault", choices=sorted(FAULTS), help="break the workers on purpose: the drill must fail")
    parser.add_argument("--patience", type=float, default=7200, help="seconds after which the drill has failed")
    parser.add_argument("--out", type=Path, help="bench/results/<name>.json")
    parser.add_argument("--keep", type=Path, help="keep logs, ledger and an SQLite database in this folder")
    return parser.parse_args()


if __name__ == "__main__":
    main()
