"""Two machines over one PostgreSQL send a newsletter, and in the middle of it one of them is cut off.

`python -m bench.machines --members 1000 --cuts 10`, as root on Linux: each machine is a network namespace with a host
name and processes of its own. What the machine that was cut off had claimed must go back and be sent by the other, what
it had handed over must be in doubt, and when the line is back nobody may get it twice. Exits with 1 where a promise was
broken.
"""

import argparse
import json
import logging
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from sqlalchemy import text

from bench import portal_data, record
from bench.broken import FAULTS
from bench.drilling import entries, holdings
from bench.drilling.books import Bounds, Looks, reckon
from bench.drilling.crew import environment, free_ports
from bench.drilling.databases import OwnPostgres, own_postgres
from bench.drilling.ledger import Ledger
from bench.drilling.machines import Machine, NotHere, Switch, switch
from portal.extensions import db, only_reading, queue
from portal.models import Community
from portal.worker.sending import WINDOW

SEED = 20261126
MACHINES = 2
BASE_URL = "http://localhost:8000"
START = 300.0
"""Seconds for the workers to begin, however busy this machine is."""
QUIET = 5.0
"""Seconds more than a cut lasted, after which a machine whose line is back has said all it had to say."""


@dataclass
class Cut:
    """One cut: when others saw it, and what became of the rows that the machine held."""

    machine: int
    inside_a_transaction: bool
    claimed: int
    handed_over: int
    seconds_to_bury: float = 0.0
    seconds_to_finish: float = 0.0
    in_doubt_while_cut: int = 0
    in_doubt_for_good: int = 0


class Drill:
    """One run, from an empty database to the reckoning."""

    def __init__(self, asked: argparse.Namespace, folder: Path, base: OwnPostgres, net: Switch) -> None:
        self._asked, self._folder, self._base, self._net = asked, folder, base, net
        self._ports = free_ports(MACHINES)
        self._dice = random.Random(f"{asked.seed} cuts")
        self.ledger = Ledger(folder / "ledger.tsv")
        self._looks = Looks()
        self._cuts: list[Cut] = []
        self._buried_alive: set[int] = set()
        self._away: set[int] = set()
        self._woken = self._looked = 0.0

    def run(self) -> dict[str, Any]:
        """Plan, send, cut, mend, reckon."""
        here = self._environment(self._base.url, 0)
        settings = {"database_url": self._base.url, "base_url": BASE_URL}
        with portal_data.portal(self._folder, **settings, secret_keys=[here["PORTAL_SECRET_KEYS"]]):
            community = portal_data.fill(self._asked.members)
            version = db.session.scalar(text("SHOW server_version"))
            only_reading.set(True)
            with self._all_up():
                self._drive("see both begin", lambda: holdings.workers() == MACHINES, patience=START)
                late = self._send_and_cut(community)
            bounds = Bounds(WINDOW, Counter(worker=len(self._cuts)), MACHINES, resend=False)
            figures = reckon(self.ledger.entries(), [], self._looks, bounds)
        figures["broken"] += late
        figures["broken"] += [f"taken for dead with its line in order: worker {each}" for each in self._buried_alive]
        return {
            "database": f"PostgreSQL {version}",
            "machines": MACHINES,
            "cuts": [asdict(cut) for cut in self._cuts],
            "lines_of": dict(Counter(entry.slot for entry in self.ledger.entries())),
            "buried_alive": len(self._buried_alive),
            **figures,
        }

    def _send_and_cut(self, community: Community) -> list[str]:
        """Cut as often as was asked for, and return what took too long, after which nothing more is done."""
        try:
            for _ in range(self._asked.cuts):
                self._see_both_send(community)
                self._cut_one()
            self._see_both_send(community)
            self._drive("finish after the last cut", lambda: self._looks.open == 0)
        except TimeoutError as error:
            return [str(error)]
        return []

    def _see_both_send(self, community: Community) -> None:
        """Send until both machines have sent, as often as it takes, and some share of a newsletter is through.

        The mail server's side of a line that was cut waits about as long as it has waited before it speaks again.
        """
        begun, mark = time.time(), self._looks.settled + int(self._asked.members * self._dice.uniform(0.15, 0.6))

        def both_sent() -> bool:
            if self._looks.open == 0:
                self._plan(community)
            return self._looks.settled >= mark and self._both_sent_since(begun)

        self._looks.open = 0
        self._drive("see both send", both_sent)

    def _cut_one(self) -> None:
        slot, worker = self._one_that_sends()
        machine, inside = self._net.machines[slot], len(self._cuts) % 2 == 0
        self._await_a_moment(machine, inside=inside)
        self._away.add(worker)
        machine.cut()
        at = time.monotonic()
        held, doubted = holdings.held_by(worker), holdings.in_doubt()
        cut = Cut(slot, inside, held["claimed"], held["handed_over"])
        self._cuts.append(cut)
        self._drive("bury the one cut off", lambda: holdings.is_buried(worker))
        cut.seconds_to_bury = round(time.monotonic() - at, 1)
        self._drive("finish without the one cut off", lambda: self._looks.open == 0)
        cut.seconds_to_finish = round(time.monotonic() - at, 1)
        cut.in_doubt_while_cut = holdings.in_doubt() - doubted
        beats = holdings.beats(worker)
        machine.mend()
        settled = 2 * time.monotonic() - at + QUIET
        self._drive("hear from it again", lambda: holdings.beats(worker) > beats and self._is_told(doubted, settled))
        cut.in_doubt_for_good = holdings.in_doubt() - doubted
        self._away.discard(worker)

    def _one_that_sends(self) -> tuple[int, int]:
        """Return the place and the worker of a machine that holds rows, whichever the dice say first."""
        slots = self._dice.sample(range(MACHINES), MACHINES)
        found = [(slot, holdings.latest_worker(self._net.machines[slot].name)) for slot in slots]
        return next(((slot, worker) for slot, worker in found if holdings.held_by(worker)), found[0])

    def _await_a_moment(self, machine: Machine, *, inside: bool) -> None:
        """Let a little time pass, or wait until the machine has a transaction open: nobody hears how that ends."""
        time.sleep(self._dice.uniform(0, 0.2))
        until = time.monotonic() + QUIET  # It may have come to its last mail.
        while inside and time.monotonic() < until and not holdings.has_transaction(machine.address):
            pass

    def _drive(self, what: str, until: Callable[[], bool], *, patience: float | None = None) -> None:
        """Wake chores and look at the books until it is so."""
        deadline = time.monotonic() + (patience or self._asked.patience)
        while not until():
            if time.monotonic() > deadline:
                raise TimeoutError(f"not in time: {what}")
            now = time.monotonic()
            self.ledger.catch_up()
            if now > self._looked:
                self._looks.look()
                self._buried_alive |= holdings.buried() - self._away
                self._looked = time.monotonic() + 0.1
            if now > self._woken + 1:
                self._woken = now
                queue.wake_all()
            time.sleep(0.02)

    def _plan(self, community: Community) -> None:
        token = only_reading.set(False)
        try:
            portal_data.plan(community)
        finally:
            only_reading.reset(token)
        self._looks.open = -1

    def _both_sent_since(self, begun: float) -> bool:
        return all(self.ledger.last_seen.get(slot, 0.0) > begun for slot in range(MACHINES))

    def _is_told(self, doubted: int, settled: float) -> bool:
        return holdings.in_doubt() == doubted or time.monotonic() > settled

    @contextmanager
    def _all_up(self) -> Iterator[None]:
        sink = self._start_sink()
        started = [self._start_worker(slot, machine) for slot, machine in enumerate(self._net.machines)]
        try:
            yield
            if gone := [slot for slot, each in enumerate(started) if each.poll() is not None]:
                raise SystemExit(f"workers ended by themselves on machines {gone}")
        finally:
            sink.kill()
            sink.join()
            for each in started:
                each.kill()
                each.wait()

    def _start_sink(self) -> ForkServerProcess:
        words = ["bench.drilling.sink", "--calm", "--ledger", str(self.ledger.path), "--seed", str(self._asked.seed)]
        words += ["--pace", str(self._asked.pace), "--host", self._net.address, "--ports", *map(str, self._ports)]
        return entries.start(words, self._environment(self._base.url, 0), self._folder / "sink.log", cold=False)

    def _start_worker(self, slot: int, machine: Machine) -> "subprocess.Popen[bytes]":
        words = ["portal", "worker"]
        if self._asked.fault or self._asked.linger:
            words = ["bench.broken", "--linger", str(self._asked.linger)]
            words += ["--fault", self._asked.fault] if self._asked.fault else []
        url = f"postgresql://postgres@{self._net.address}/postgres"
        return machine.start(words, self._environment(url, slot), self._folder / f"{machine.name}.log")

    def _environment(self, database_url: str, slot: int) -> dict[str, str]:
        smtp_url = f"smtp://{self._net.address}:{self._ports[slot]}"
        return environment(self._folder, database_url=database_url, smtp_url=smtp_url, base_url=BASE_URL, more={})


def main() -> None:
    """Drill, tell, keep the figures, and say by the status whether the promises were kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--members", type=int, default=1000)
    parser.add_argument("--cuts", type=int, default=10, help="a newsletter for each, and one more")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--pace", type=float, default=0.003, help="seconds before each 250")
    parser.add_argument(
        "--linger",
        type=float,
        default=0.05,
        help="seconds a hand-over stays open, so that every other cut can be inside",
    )
    parser.add_argument("--fault", choices=sorted(FAULTS), help="break the workers on purpose: the drill must fail")
    parser.add_argument("--patience", type=float, default=300, help="seconds after which a step has failed")
    parser.add_argument("--out", type=Path, help="bench/results/<name>.json")
    parser.add_argument("--keep", type=Path, help="keep logs and ledger in this folder")
    asked = parser.parse_args()
    logging.disable(logging.WARNING)
    begun = time.monotonic()
    try:
        figures = _drill(asked)
    except NotHere as error:
        raise SystemExit(f"no machines can be made here: {error}") from error
    figures["seconds"] = round(time.monotonic() - begun, 1)
    print(json.dumps(figures, indent=2))
    if asked.out:
        print(record.write(str(asked.out.resolve().with_suffix("")), figures, seed=asked.seed))
    sys.exit(1 if figures["broken"] else 0)


def _drill(asked: argparse.Namespace) -> dict[str, Any]:
    with (
        tempfile.TemporaryDirectory(prefix="machines-") as name,
        switch(MACHINES) as net,
        own_postgres(net=net.net) as base,
    ):
        try:
            return Drill(asked, Path(name), base, net).run()
        finally:
            if asked.keep:
                shutil.copytree(name, asked.keep)


if __name__ == "__main__":
    main()
