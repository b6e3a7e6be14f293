"""Changes of the clocks: what is scheduled round one leaves at the instant that is right, by a reckoning apart.

`python -m bench.transitions` asks the same about every change in every zone for ten years.
"""

from datetime import UTC, datetime

import pytest

from bench import transitions

SINCE = datetime(2026, 11, 26, tzinfo=UTC)
# An hour, half an hour, two hours; north and south; at midnight and away from it; by Ramadan; and never.
ZONES = (
    *("Europe/Berlin", "Australia/Lord_Howe", "Antarctica/Troll", "America/Santiago", "Africa/Cairo", "Asia/Beirut"),
    *("America/Havana", "Africa/Casablanca", "America/Scoresbysund", "Pacific/Chatham", "Asia/Kathmandu"),
)


@pytest.mark.parametrize("zone", ZONES)
def test_a_year_of_changes_of_the_clocks(zone: str) -> None:
    tally = transitions.reckon(zone, since=SINCE, years=1)
    assert tally.shown == []
    assert sum(tally.changes.values()) == (0 if zone == "Asia/Kathmandu" else 2)


@pytest.mark.parametrize(
    ("fault", "kind"), [("second-pass", "moment"), ("leap-along", "moment"), ("no-jumps", "hours")]
)
def test_a_broken_twin_is_seen(fault: str, kind: str) -> None:
    tally = transitions.reckon("Europe/Berlin", since=SINCE, years=1, fault=fault)
    assert tally.wrong[kind] > 0
