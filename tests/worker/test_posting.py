"""Letters over a real SMTP server: signed like every mail where the settings name keys."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dkim
import pytest
from flask import Flask

from portal import config
from portal.extensions import db
from portal.services.people import magic_links
from portal.services.sending import signing
from portal.tools.mail.dkim import make_key
from portal.worker import chores, shift
from tests import factories, sink, wire


@pytest.fixture(autouse=True)
def _own_shift(app: Flask) -> Iterator[None]:
    yield
    shift.end()


def test_a_letter_is_signed_by_each_key(app: Flask, tmp_path: Path) -> None:
    for kind in ("rsa", "ed25519"):
        (tmp_path / kind).write_bytes(make_key(kind=kind))
    [raw] = _letter(dkim_key_file=[tmp_path / "rsa", tmp_path / "ed25519"], dkim_selector=["r1", "e1"])
    assert wire.check_letter(raw) == []
    records = {f"{each.record_name}.".encode(): each.record.encode() for each in signing.signers()}
    assert {name.decode() for name in records} == {
        "r1._domainkey.northwind.example.",
        "e1._domainkey.northwind.example.",
    }
    message = dkim.DKIM(raw)
    for place in (0, 1):
        assert message.verify(idx=place, dnsfunc=lambda name, timeout=5: records.get(name))
    assert b"auto-submitted" in raw.partition(b"bh=")[0]


def test_without_keys_nothing_is_signed(app: Flask) -> None:
    [raw] = _letter()
    assert b"DKIM-Signature" not in raw


def _letter(**settings: Any) -> list[bytes]:
    member = factories.member()
    assert member.email
    magic_links.ask(member.email, language="en", secret="x" * 43)
    db.session.commit()
    with sink.running() as server:
        config.use(config.current().model_copy(update={"smtp_url": server.url, **settings}))
        chores.post_letters()
        return server.raw
