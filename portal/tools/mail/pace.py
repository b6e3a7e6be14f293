"""A pace: at most so many mails a second, however many lines share it."""

import threading
import time


class Pace:
    """A token bucket of one second; without a rate it never waits."""

    def __init__(self, per_second: float | None) -> None:
        self._rate = per_second
        self._lock = threading.Lock()
        self._room = self._size
        self._at = time.monotonic()

    @property
    def _size(self) -> float:
        return max(1.0, self._rate) if self._rate else 0.0

    def most(self, wanted: int) -> int:
        """Return how many mails may go in one burst: no more than a second's worth."""
        return min(wanted, max(1, int(self._rate))) if self._rate else wanted

    def wait(self, mails: int) -> None:
        """Sleep until that many mails (at most `most`) may go."""
        if self._rate:
            time.sleep(self._reserve(mails))

    def _reserve(self, mails: int) -> float:
        """Take the room now, even on credit, and return the seconds until it would have been there."""
        assert self._rate
        with self._lock:
            now = time.monotonic()
            self._room = min(self._size, self._room + (now - self._at) * self._rate) - mails
            self._at = now
            return max(0.0, -self._room / self._rate)
