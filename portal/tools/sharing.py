"""One answer for many who ask at the same moment: worked out by one of them, and good for a little while."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

Key = TypeVar("Key")
Answer = TypeVar("Answer")

_MOST = 100
_WORTH = 5
"""An answer is kept this many times as long as it took, so that a dear one is not asked for all the time."""


class Shared(Generic[Key, Answer]):
    """Keeps the answer to each key for some seconds, in this process."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._slots: dict[Key, _Slot[Answer]] = {}

    def get(self, key: Key, ask: Callable[[], Answer]) -> Answer:
        """Return the answer that is kept, or ask; whoever comes meanwhile waits for that answer."""
        with self._lock:
            if len(self._slots) > _MOST:
                self._slots = {k: slot for k, slot in self._slots.items() if not slot.is_stale}
            slot = self._slots.setdefault(key, _Slot())
        with slot.lock:
            if slot.is_stale:
                begun = time.monotonic()
                slot.answer = ask()
                now = time.monotonic()
                slot.good_until = now + max(self._seconds, _WORTH * (now - begun))
            assert slot.answer is not None
            return slot.answer


class _Slot(Generic[Answer]):
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.answer: Answer | None = None
        self.good_until = 0.0

    @property
    def is_stale(self) -> bool:
        return time.monotonic() >= self.good_until
