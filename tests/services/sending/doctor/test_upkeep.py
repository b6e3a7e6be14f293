"""The database: there, up to date, with somebody at work; or away, late, empty."""

import socket
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_migrate import upgrade

from portal import clock, config, create_app
from portal.extensions import db
from portal.models import Worker
from portal.services.sending.doctor import case, upkeep
from portal.services.sending.doctor.findings import Finding
from portal.tools.dns import Resolver
from tests.services.sending.doctor.cases import in_the_end, results

FIRST = "0001_create_the_first_tables"


def look() -> list[Finding]:
    return list(upkeep.look(case.open_case(Resolver("127.0.0.1:9"))))


def another(folder: Path, **settings: Any) -> Flask:
    return create_app(config.Settings(instance=folder, queue_url="memory://", secret_keys=["k" * 32], **settings))


def work(app: Flask, **ago: int) -> None:
    beat_at = clock.now() - timedelta(**ago)
    db.session.add(Worker(host="here", process="1", started_at=beat_at, beat_at=beat_at))
    db.session.commit()


def test_a_database_in_good_order(app: Flask) -> None:
    work(app)
    found = look()
    assert results(found) == [("database", "ok"), ("worker", "ok")]
    kind = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[db.engine.dialect.name]
    assert found[0].why == f"{kind} answers and is at the newest migration."


def test_nobody_works(app: Flask) -> None:
    found = look()
    assert results(found) == [("database", "ok"), ("worker", "problem")]
    assert "portal worker" in found[1].todo
    work(app, minutes=5)
    assert results(look()) == [("database", "ok"), ("worker", "problem")]


@pytest.mark.one_engine
def test_looking_waits_for_nobody_who_writes(app: Flask) -> None:
    work(app)
    db.session.add(Worker(host="here", process="2", started_at=clock.now(), beat_at=clock.now()))
    db.session.flush()
    assert results(look()) == [("database", "ok"), ("worker", "ok")]


def test_no_database_yet_and_none_is_made(tmp_path: Path) -> None:
    with another(tmp_path).app_context():
        found = look()
    assert results(found) == [("database", "problem"), ("worker", "not_checked")]
    assert found[0].todo == "Run: portal db upgrade"
    assert list(tmp_path.glob("*.sqlite3")) == []


def test_a_database_that_is_late(tmp_path: Path) -> None:
    with another(tmp_path).app_context():
        upgrade(revision=FIRST.partition("_")[0])
        found = look()
    assert results(found) == [("database", "problem"), ("worker", "not_checked")]
    assert (found[0].why, found[0].todo) == ("It is not at the newest migration.", "Run: portal db upgrade")


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "portal.sqlite3").write_bytes(b"no database at all" * 100)
    with another(tmp_path).app_context():
        found = look()
    assert results(found) == [("database", "problem"), ("worker", "not_checked")]
    assert "file is not a database" in found[0].why


def test_a_server_that_is_away(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with another(tmp_path, database_url=f"postgresql://us:s3cret@127.0.0.1:{port}/portal").app_context():
        found = look()
    assert results(found) == [("database", "problem"), ("worker", "not_checked")]
    assert "refused" in found[0].why and "s3cret" not in str(found) and "PORTAL_DATABASE_URL" in found[0].todo


def test_a_server_that_says_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "PATIENCE", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        in_the_end(silent.close)
        url = f"postgresql://us:s3cret@127.0.0.1:{silent.getsockname()[1]}/portal"
        with another(tmp_path, database_url=url).app_context():
            found = look()
    assert results(found) == [("database", "problem"), ("worker", "not_checked")]
    assert "did not answer" in found[0].why
