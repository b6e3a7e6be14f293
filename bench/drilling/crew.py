"""The processes of a drill: workers, mail server and web; killed with -9 at random and started again."""

import os
import random
import socket
import time
from collections import Counter
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from bench.drilling import entries
from bench.drilling.databases import Database
from bench.drilling.ledger import Ledger
from bench.drilling.sink import STALLS

AT_A_DOT = 0.6
"""So many of the kills of workers come between a dot and the reply to it."""
PATIENCE_FOR_A_DOT = 1.5
SHARES = {"worker": 0.84, "sink": 0.07, "web": 0.05, "database": 0.04}
SHORTEST_LIFE = 3.0
"""A worker that has not sent anything for so long may be killed all the same: not all the kills hit one that sends."""


@dataclass
class Running:
    """A process and when it began."""

    process: ForkServerProcess
    since: float = field(default_factory=time.time)


class Crew:
    """Starts everything, kills as told, and keeps everything up in between."""

    def __init__(
        self,
        folder: Path,
        database: Database,
        *,
        workers: int,
        seed: int,
        worker_words: list[str],
        cold: bool,
        calm: bool,
        more: dict[str, str],
    ) -> None:
        self.kills: Counter[str] = Counter()
        self.ended_by_themselves = 0
        self.web_port, *self._ports = free_ports(workers + 1)
        self.ledger = Ledger(folder / "ledger.tsv")
        self._folder, self._database, self._seed = folder, database, seed
        self._worker_words, self._more, self._cold, self._calm = worker_words, more, cold, calm
        self._random = random.Random(f"{seed} kills")
        self._starts: Counter[str] = Counter()
        self._up: dict[str, Running] = {}
        self._workers = [f"worker-{slot}" for slot in range(workers)]

    def environment(self, slot: int = 0) -> dict[str, str]:
        """Return what an installation would set; each worker has a port of the mail server of its own."""
        return environment(
            self._folder,
            database_url=self._database.url,
            smtp_url=f"smtp://127.0.0.1:{self._ports[slot]}",
            base_url=f"http://localhost:{self.web_port}",
            more=self._more,
        )

    def keep_up(self) -> None:
        """Start what does not run."""
        for name in ("sink", "web", *self._workers):
            running = self._up.get(name)
            if running is not None and running.process.is_alive():
                continue
            if running is not None and running.process.exitcode != -9:
                self.ended_by_themselves += 1
            self._up[name] = Running(self._start(name))

    def kill(self) -> bool:
        """Kill one of them at random; False when nobody was worth a kill."""
        shares = {name: share for name, share in SHARES.items() if name != "database" or self._database.can_be_killed}
        what = "worker" if self._calm else self._random.choices([*shares], [*shares.values()])[0]
        if what == "worker":
            return self._kill_a_worker()
        if what == "database":
            self._database.kill()
            self.kills[what] += 1
            time.sleep(self._random.uniform(0, 0.5))
            self._database.restart()
            return True
        return self._strike(what)

    def end(self) -> None:
        """Kill everything that was started."""
        for running in self._up.values():
            running.process.kill()
            running.process.join()

    def _kill_a_worker(self) -> bool:
        busy = [name for name in self._workers if self._is_worth_it(name)]
        if not busy:
            return False
        if self._random.random() >= AT_A_DOT:
            time.sleep(self._random.uniform(0, 0.05))
            return self._strike(self._random.choice(busy))
        until = time.monotonic() + PATIENCE_FOR_A_DOT
        while time.monotonic() < until:
            for what, slot in self.ledger.news():
                if what == STALLS and self._strike(self._workers[slot]):
                    self.kills["at-a-dot"] += 1
                    return True
            time.sleep(0.002)
        return self._strike(self._random.choice(busy))

    def _is_worth_it(self, name: str) -> bool:
        running = self._up.get(name)
        if running is None or not running.process.is_alive():
            return False
        has_sent = self.ledger.last_seen.get(self._workers.index(name), 0.0) > running.since
        return has_sent or time.time() - running.since > SHORTEST_LIFE * self._random.uniform(1, 3)

    def _strike(self, name: str) -> bool:
        running = self._up.get(name)
        if running is None or not running.process.is_alive():
            return False
        running.process.kill()
        running.process.join()
        self.kills[name.partition("-")[0]] += 1
        self.keep_up()
        return True

    def _start(self, name: str) -> ForkServerProcess:
        kind, _, slot = name.partition("-")
        words = {"sink": self._sink_words, "web": self._web_words}.get(kind, lambda: self._worker_words)()
        self._starts[name] += 1
        environment = self.environment(int(slot or 0))
        return entries.start(words, environment, self._folder / f"{name}.log", cold=self._cold)

    def _sink_words(self) -> list[str]:
        words = [
            "bench.drilling.sink",
            *(["--calm"] if self._calm else []),
            "--ledger",
            str(self.ledger.path),
            "--seed",
            str(self._seed),
        ]
        return [*words, "--start", str(self._starts["sink"]), "--ports", *map(str, self._ports)]

    def _web_words(self) -> list[str]:
        return ["portal", "web", "--port", str(self.web_port)]


def environment(
    folder: Path, *, database_url: str, smtp_url: str, base_url: str, more: dict[str, str]
) -> dict[str, str]:
    """Return what an installation would set."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(entries.ROOT),
        "PORTAL_DATABASE_URL": database_url,
        "PORTAL_INSTANCE": str(folder),
        "PORTAL_SECRET_KEYS": "a-key-for-drills-0123456789abcdefghij",
        "PORTAL_SMTP_URL": smtp_url,
        "PORTAL_MAIL_FROM": "Pontwright <talent@pontwright.example.org>",
        "PORTAL_POSTAL_ADDRESS": "Loswal 4, 0417 OV Ostervoorde",
        "PORTAL_BASE_URL": base_url,
        "PORTAL_HEARTBEAT_SECONDS": "1",
        **more,
    }


def free_ports(count: int) -> list[int]:
    """Return ports nobody listens on."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()
