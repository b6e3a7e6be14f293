"""How long to wait before trying again: 1, 5, 15, 60 minutes, then doubling to 4 hours, with full jitter."""

import random
from datetime import timedelta

PATIENCE = timedelta(days=3)
_STEPS = (1, 5, 15, 60, 120, 240)


def longest(tries: int) -> timedelta:
    """Return the upper bound of the wait after that many tries (1 for the first)."""
    return timedelta(minutes=_STEPS[min(max(tries, 1), len(_STEPS)) - 1])


def wait(tries: int) -> timedelta:
    """Return a random wait between nothing and the bound, so that many rows do not return at once."""
    return longest(tries) * random.random()  # noqa: S311 - spreading load is not a secret
