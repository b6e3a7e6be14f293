"""`portal inbound` keeps one mail and tells a mail server's pipe what it needs to know."""

import io
import sys

import pytest
from click.testing import CliRunner
from flask import Flask

from portal import cli
from portal.extensions import db
from portal.models import Incoming
from portal.services.sending.inbound import keeping

MAIL = b"From: amara@example.org\r\nTo: talent@example.org\r\n\r\nHello \xff\r\n"


def test_a_mail_is_kept(app: Flask) -> None:
    said = _pipe(app, MAIL, "--to", "reply-1@bounces.example.org", "--from", "amara@example.org")
    row = db.session.query(Incoming).one()
    assert (said.exit_code, row.raw, row.way) == (0, MAIL, "pipe")
    assert (row.envelope_recipient, row.envelope_sender) == ("reply-1@bounces.example.org", "amara@example.org")


def test_the_recipient_comes_from_the_mail_servers_environment(app: Flask) -> None:
    env = {"ORIGINAL_RECIPIENT": "bounce-2@bounces.example.org", "SENDER": "a@example.org"}
    assert _pipe(app, MAIL, env=env).exit_code == 0
    assert db.session.query(Incoming).one().envelope_recipient == "bounce-2@bounces.example.org"


def test_nothing_and_too_much_are_given_back(app: Flask) -> None:
    assert _pipe(app, b" \r\n").exit_code == 65
    assert _pipe(app, b"x" * (keeping.LARGEST + 1)).exit_code == 65
    assert db.session.query(Incoming).count() == 0


def test_where_it_cannot_be_kept_the_mail_server_comes_back(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("no room")

    monkeypatch.setattr(keeping, "keep", fail)
    said = _pipe(app, MAIL)
    assert (said.exit_code, "no room" in said.output) == (75, True)


def test_where_nothing_starts_the_mail_server_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["portal", "inbound"])
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(MAIL)))
    monkeypatch.setenv("PORTAL_BASE_URL", "not an address")
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 75


def _pipe(app: Flask, raw: bytes, *words: str, env: dict[str, str] | None = None):  # type: ignore[no-untyped-def]
    return CliRunner(env=env).invoke(app.cli, ["inbound", *words], input=raw)
