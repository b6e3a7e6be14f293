"""Patience with an end: what takes longer is left behind, whatever it waits for."""

import contextvars
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class TookTooLong(Exception):
    """It was not done in time; it may still be at it, and nobody waits for it any more."""


def within(seconds: float, deed: Callable[[], T]) -> T:
    """Return what the deed returns, raise what it raises, or raise `TookTooLong` after so many seconds.

    It runs in a thread of its own, which no look-up and no dripping server can hold us up by.
    """
    done: list[T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            done.append(deed())
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=contextvars.copy_context().run, args=(run,), daemon=True)
    thread.start()
    thread.join(seconds)
    if failed:
        raise failed[0]
    if not done:
        raise TookTooLong
    return done[0]
