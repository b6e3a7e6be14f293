"""When a certificate should have been renewed: by its own length, two weeks before its end at most."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.tools.certificates import Certificate

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("length", "left", "is_ending"),
    [
        (365, 15, False),
        (365, 13, True),
        (90, 15, False),
        (90, 13, True),
        (45, 10, False),
        (45, 8, True),
        (6, 2, False),
        (6, 1, True),
        (90, -1, True),
    ],
)
def test_ending(length: int, left: int, is_ending: bool) -> None:
    ends_at = NOW + timedelta(days=left)
    assert Certificate(ends_at - timedelta(days=length), ends_at).is_ending(NOW) is is_ending
