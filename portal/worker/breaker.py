"""When to look whether too many addresses do not exist: soon after one did not, and never for much of the time."""

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

_DEAR = 20
"""Looking at a newsletter may take a twentieth of the time …"""

_CREDIT = 1.0
"""… and this many seconds on top, so that one that is quick to count is looked at after every window."""


class Breaker:
    """Remembers, for all lines of this process, which newsletters want looking at and how dear that was lately."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wanted: set[int] = set()
        self._paid_until: dict[int, float] = {}

    def hear(self, newsletter_ids: Iterable[int]) -> None:
        """Note newsletters in which an address turned out not to exist."""
        with self._lock:
            self._wanted |= set(newsletter_ids)

    def due(self) -> list[int]:
        """Return newsletters to look at now; nobody else is told the same until there is news of them."""
        with self._lock:
            latest = time.monotonic() + _CREDIT * _DEAR
            due = [key for key in self._wanted if self._paid_until.get(key, 0.0) <= latest]
            self._wanted -= set(due)
            return due

    @contextmanager
    def looking(self, newsletter_id: int) -> Iterator[None]:
        """Look at one, and remember how long that took."""
        begun = time.monotonic()
        try:
            yield
        finally:
            now = time.monotonic()
            with self._lock:
                paid_until = max(self._paid_until.get(newsletter_id, 0.0), now)
                self._paid_until[newsletter_id] = paid_until + _DEAR * (now - begun)
