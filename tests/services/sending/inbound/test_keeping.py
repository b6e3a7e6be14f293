"""What comes in is kept as it came, once."""

import pytest
from flask import Flask

from portal.extensions import db
from portal.models import Incoming
from portal.services.sending.inbound import keeping


def test_a_mail_is_kept_byte_for_byte_and_is_due_at_once(app: Flask) -> None:
    raw = b"From: a@example.org\r\n\r\n\x00\xff bytes\r\n"
    row = keeping.keep("smtp", raw, sender="a@example.org", recipient="b@example.org")
    db.session.commit()
    db.session.expire_all()
    assert (row.raw, row.way, row.envelope_sender, row.envelope_recipient) == (
        raw, "smtp", "a@example.org", "b@example.org",
    )  # fmt: skip
    assert row.due_at == row.received_at


def test_told_again_it_is_kept_once(app: Flask) -> None:
    first = keeping.keep("smtp", b"mail", recipient="a@example.org")
    again = keeping.keep("imap", b"mail", recipient="A@example.org")
    other = keeping.keep("smtp", b"mail", recipient="b@example.org")
    assert (again, db.session.query(Incoming).count()) == (first, 2)
    assert other != first


def test_what_is_too_large_is_refused(app: Flask) -> None:
    keeping.keep("pipe", b"x" * keeping.LARGEST)
    with pytest.raises(keeping.TooLarge):
        keeping.keep("pipe", b"x" * (keeping.LARGEST + 1))


def test_no_envelope_is_too_odd_to_keep(app: Flask) -> None:
    row = keeping.keep("smtp", b"mail", sender="\udcff\0" + "x" * 3000, recipient="ü@example.org")
    db.session.commit()
    assert (len(row.envelope_sender), row.envelope_sender[:2]) == (1000, "?x")
