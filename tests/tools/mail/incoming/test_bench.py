"""The bench over broken mails is able to fail."""

import pytest

from bench import incoming as bench
from portal.tools.mail import incoming


def test_a_few_hundred_broken_mails_are_read() -> None:
    told = bench.read_all(300, seed=1)
    assert (told["failures"], told["broken"]) == (0, [])


def test_a_reader_that_fails_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(raw: bytes) -> incoming.Reading:
        if b"\0" in raw:
            raise ValueError
        return incoming.Reading((incoming.Finding("unknown"),))

    monkeypatch.setattr(incoming, "read", fail)
    assert bench.read_all(300, seed=1)["broken"] == ["failures"]
