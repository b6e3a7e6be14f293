"""What cannot stand on a page is marked, not lost without a trace."""

import pytest

from portal.tools.typed import visible

CASES = {"Amara Okafor": "Amara Okafor", "a\x00b": "a\N{REPLACEMENT CHARACTER}b", "two\nlines": "two\nlines", "": ""}


@pytest.mark.parametrize("value", CASES)
def test_a_page_can_hold_what_comes_out(value: str) -> None:
    assert visible(value) == CASES[value]


def test_nothing_is_an_empty_text() -> None:
    assert visible(None) == ""
