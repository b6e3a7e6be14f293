"""One answer for many: asked for once, kept for a little while, and never another key's."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from portal.tools.sharing import Shared


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """The clock of this process, in seconds, to be moved by hand."""
    moment = [1000.0]
    monkeypatch.setattr("portal.tools.sharing.time.monotonic", lambda: moment[0])
    yield moment


def test_many_who_ask_at_once_share_one_answer() -> None:
    shared: Shared[str, int] = Shared(60)
    asked, begun = count(1), threading.Barrier(20)

    def ask() -> int:
        time.sleep(0.1)
        return next(asked)

    def come(_who: int) -> int:
        begun.wait()
        return shared.get("figures", ask)

    with ThreadPoolExecutor(20) as crowd:
        assert list(crowd.map(come, range(20))) == [1] * 20


def test_an_answer_is_good_for_a_while(now: list[float]) -> None:
    shared: Shared[str, float] = Shared(2)
    assert shared.get("a", lambda: now[0]) == 1000
    now[0] += 1.9
    assert (shared.get("a", lambda: now[0]), shared.get("b", lambda: now[0])) == (1000, 1001.9)
    now[0] += 0.2
    assert shared.get("a", lambda: now[0]) == 1002.1


def test_a_dear_answer_is_kept_in_keeping(now: list[float]) -> None:
    shared: Shared[str, str] = Shared(2)

    def ask() -> str:
        now[0] += 3
        return f"at {now[0]}"

    assert shared.get("a", ask) == "at 1003.0"
    now[0] += 14
    assert shared.get("a", ask) == "at 1003.0"
    now[0] += 2
    assert shared.get("a", ask) == "at 1022.0"


def test_who_asked_in_vain_keeps_nobody_from_asking(now: list[float]) -> None:
    shared: Shared[str, int] = Shared(2)
    with pytest.raises(ZeroDivisionError):
        shared.get("a", lambda: 1 // 0)
    assert shared.get("a", lambda: 1) == 1


def test_old_answers_are_let_go(now: list[float]) -> None:
    shared: Shared[int, int] = Shared(2)
    for key in range(1000):
        now[0] += 0.1
        assert shared.get(key, lambda key=key: key) == key  # type: ignore[misc]
    assert len(shared._slots) <= 122
