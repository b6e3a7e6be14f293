"""The extensions: lines to PostgreSQL notice at both ends, within two heartbeats, that the other end is gone."""

import pytest
from flask import Flask
from sqlalchemy import text

from portal import config
from portal.extensions import db, impatience


@pytest.mark.one_engine
@pytest.mark.parametrize("heartbeat", [1.0, 0.5, 10.0, 30.0])
def test_a_line_that_broke_is_noticed_before_a_worker_is_taken_for_dead(app: Flask, heartbeat: float) -> None:
    config.use(config.current().model_copy(update={"heartbeat_seconds": heartbeat}))
    told = impatience()
    seconds = told["keepalives_idle"] + told["keepalives_interval"] * told["keepalives_count"]
    assert seconds <= max(4, 2 * heartbeat)
    assert told["tcp_user_timeout"] == 1000 * max(2, 2 * heartbeat)


def test_a_database_on_another_machine_is_told_so(app: Flask) -> None:
    if db.engine.dialect.name != "postgresql":
        pytest.skip("SQLite has no lines")
    if db.session.scalar(text("SELECT inet_client_addr()")) is None:
        assert db.session.scalar(text("SHOW tcp_user_timeout")) == "0"  # A socket on this machine has no such thing.
    else:
        assert db.session.scalar(text("SHOW tcp_keepalives_count")) == "3"
