"""One worker process at work: its row, its heartbeat, its line to the mail server, and what it has in hand."""

import contextlib
import random
import threading
import time
from collections.abc import Iterator

from portal import config
from portal.extensions import db
from portal.services.sending import backoff, workers
from portal.tools.mail.pace import Pace
from portal.tools.mail.transport import Transport, open_transport
from portal.worker.breaker import Breaker

_ALONE = ("send", "letters", "address", "sweep", "hear", "fetch")


class Shift:
    """What this process remembers between chores; everything that matters is in rows."""

    def __init__(self) -> None:
        self.worker_id = workers.start().id
        db.session.commit()
        self.watch = workers.Watch()
        self.in_hand: set[int] = set()
        self.letters_in_hand: set[int] = set()
        self.relay = Relay()
        self.breaker = Breaker()
        self.ending = threading.Event()
        self._hands = threading.Lock()
        self._kept: list[tuple[int, str]] = []
        self._busy = {name: threading.Lock() for name in _ALONE}

    @property
    def may_send(self) -> bool:
        """True while this process goes on and the server wants to hear from us."""
        return not self.ending.is_set() and not self.relay.is_resting

    def take(self, ids: list[int]) -> None:
        """Remember deliveries as in hand, so that the sweep leaves them alone."""
        with self._hands:
            self.in_hand = self.in_hand | set(ids)  # A new set each time: the sweep may be reading the old one.

    def drop(self, ids: list[int]) -> None:
        """Let go of deliveries that have come to their end or went back."""
        with self._hands:
            self.in_hand = self.in_hand - set(ids)

    def keep(self, taken: list[tuple[int, str]]) -> None:
        """Keep the server's replies that could not be recorded, by delivery."""
        with self._hands:
            self._kept += taken

    def kept(self) -> list[tuple[int, str]]:
        """Return what is still to be recorded."""
        with self._hands:
            return [*self._kept]

    def forget(self, recorded: list[tuple[int, str]]) -> None:
        """Forget what has been recorded."""
        with self._hands:
            self._kept = [each for each in self._kept if each not in recorded]

    @contextlib.contextmanager
    def alone(self, chore: str) -> Iterator[bool]:
        """Give True when no other thread of this process does that chore now."""
        mine = self._busy[chore].acquire(blocking=False)
        try:
            yield mine
        finally:
            if mine:
                self._busy[chore].release()


class Relay:
    """The mail server as this process knows it: a line to it, and whether it asked to be left alone."""

    def __init__(self) -> None:
        self._failures = 0
        self._rest_until = 0.0
        self._shared: tuple[float, int] | None = None
        self.pace = Pace(None)

    def share(self, *, workers: int) -> None:
        """Keep to this process's share of the rate that the settings allow all workers together."""
        rate = config.current().send_rate
        if rate and (rate, workers) != self._shared:
            self._shared, self.pace = (rate, workers), Pace(rate / workers)

    def line(self) -> Transport:
        """Return a fresh line; it connects at the first offer."""
        settings = config.current()
        return open_transport(settings.smtp_url, settings.outbox)

    @property
    def is_resting(self) -> bool:
        """True while the server is to be left alone."""
        return time.monotonic() < self._rest_until

    def rest(self) -> None:
        """Leave the server alone: a growing wait that starts at a minute, shared by all mail of this process."""
        self._failures += 1
        seconds = backoff.longest(self._failures).total_seconds()
        self._rest_until = time.monotonic() + seconds * random.uniform(0.5, 1.0)  # noqa: S311 - spreading load

    def answered(self) -> None:
        """Forget earlier trouble: the server took a mail."""
        self._failures, self._rest_until = 0, 0.0


_current: Shift | None = None
_lock = threading.Lock()


def current() -> Shift:
    """Return this process's shift, beginning it at the first chore."""
    global _current
    with _lock:
        if _current is None:
            _current = Shift()
        return _current


def end() -> None:
    """End the shift in good order: rows in hand go back, the row of this worker is closed."""
    global _current
    with _lock:
        if _current is not None:
            workers.end(_current.worker_id)
            db.session.commit()
            _current = None
