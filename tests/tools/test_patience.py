"""Patience ends, and what was done in time comes back as it is."""

import contextvars
import threading
import time

import pytest

from portal.tools.patience import TookTooLong, within

_SAID: contextvars.ContextVar[str] = contextvars.ContextVar("said", default="nothing")


def test_what_is_done_in_time_comes_back() -> None:
    assert within(5, lambda: 7) == 7
    assert within(5, lambda: None) is None


def test_what_it_raises_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        within(5, lambda: 1 // 0)


def test_what_takes_longer_is_left_behind() -> None:
    held = threading.Event()
    begun = time.monotonic()
    with pytest.raises(TookTooLong):
        within(0.1, lambda: held.wait(20))
    assert time.monotonic() - begun < 10
    held.set()


def test_it_knows_what_its_caller_knows() -> None:
    _SAID.set("something")
    assert within(5, _SAID.get) == "something"
