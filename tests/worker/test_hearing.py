"""What came in is worked on in its own transaction, and one that fails keeps no other waiting."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from flask import Flask

from portal import config
from portal.extensions import db
from portal.models import Incoming, Report
from portal.services.sending.inbound import consequences, keeping
from portal.worker import chores, shift
from tests import mailbox


@pytest.fixture(autouse=True)
def _own_shift(app: Flask) -> Iterator[None]:
    yield
    shift.end()


def test_one_that_fails_is_kept_and_put_off(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    bad, good = (keeping.keep("smtp", raw) for raw in (b"bad", b"good"))
    db.session.commit()
    apply, ids = consequences.apply, (bad.id, good.id)

    def fail_on_bad(told: object, *, incoming: Incoming, proved: bool = False) -> Report | None:
        report = apply(told, incoming=incoming, proved=proved)  # type: ignore[arg-type]
        if incoming.id == ids[0]:
            raise RuntimeError("half done")
        return report

    monkeypatch.setattr(consequences, "apply", fail_on_bad)
    assert chores.hear() is False
    db.session.expire_all()
    assert [(row.worked_at is not None, row.tries) for row in (bad, good)] == [(False, 1), (True, 0)]
    assert [report.incoming_id for report in db.session.query(Report)] == [ids[1]]


def test_what_waits_in_a_mailbox_is_fetched_once(app: Flask) -> None:
    with mailbox.running() as port:
        mailbox.put(port, b"From: a@example.org\r\n\r\none\r\n", b"From: b@example.org\r\n\r\ntwo\r\n")
        address = f"imap://{quote(mailbox.USER)}:{quote(mailbox.PASSWORD, safe='')}@127.0.0.1:{port}/INBOX"
        config.use(config.current().model_copy(update={"imap_url": address, "bounce_domain": "b.example.org"}))
        assert [chores.fetch(), chores.fetch()] == [False, False]
        assert chores.hear() is False
    rows = db.session.query(Incoming).order_by(Incoming.id).all()
    assert [(row.way, row.raw[-5:], row.worked_at is not None) for row in rows] == [
        ("imap", b"one\r\n", True), ("imap", b"two\r\n", True),
    ]  # fmt: skip


def test_without_a_mailbox_nothing_is_fetched(app: Flask) -> None:
    assert chores.fetch() is False
