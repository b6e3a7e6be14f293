"""A pace: never more than a second's worth at once, never more than the rate in the long run."""

import random
from itertools import pairwise

import pytest

from portal.tools.mail import pace
from portal.tools.mail.pace import Pace


class Clock:
    """Stands in for time: sleeping moves it."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(pace, "time", clock)
    return clock


def test_without_a_rate_nothing_waits(clock: Clock) -> None:
    free = Pace(None)
    free.wait(100_000)
    assert (free.most(50), clock.now) == (50, 0.0)


@pytest.mark.parametrize(("rate", "most"), [(14, 14), (0.5, 1), (1.9, 1), (200, 50)])
def test_a_burst_is_at_most_a_seconds_worth(clock: Clock, rate: float, most: int) -> None:
    assert Pace(rate).most(50) == most


@pytest.mark.parametrize("rate", [0.5, 3, 14, 100])
def test_over_any_stretch_the_rate_is_kept(clock: Clock, rate: float) -> None:
    steady, chance = Pace(rate), random.Random(20261125)
    sent: list[float] = []
    for _ in range(400):
        if chance.random() < 0.1:
            clock.now += chance.random() * 5
        burst = chance.randint(1, steady.most(50))
        steady.wait(burst)
        sent += [clock.now] * burst
    for start, moment in enumerate(sent):
        within = [later for later in sent[start:] if later < moment + 10]
        assert len(within) <= max(1, rate) + 10 * rate + 1e-6
    assert all(a <= b for a, b in pairwise(sent))


def test_a_busy_sender_gets_the_whole_rate(clock: Clock) -> None:
    steady = Pace(14)
    for _ in range(100):
        steady.wait(14)
    assert clock.now == pytest.approx(99, abs=0.01)
