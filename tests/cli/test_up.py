"""`portal up` as people start it: a process of its own, with its worker, and plain words where it cannot start."""

import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest

_PATIENCE = 120.0
_LINK = re.compile(r"http://127\.0\.0\.1:\d+/desk/set-up/\S+")
_AS_NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
POSTGRESQL = {"PORTAL_DATABASE_URL": "postgresql://127.0.0.1:1/x", "PORTAL_SECRET_KEYS": "k" * 40}


@dataclass(frozen=True)
class Portal:
    """A portal that runs: where, as which process, and the file that holds what it told."""

    process: subprocess.Popen[bytes]
    url: str
    log: Path

    @property
    def told(self) -> str:
        """Everything on the screen so far."""
        return self.log.read_text(encoding="utf-8")

    @property
    def worker(self) -> int | None:
        """The process id of the worker, or None while there is none."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text(encoding="utf-8")
        watched = (_children_of_threads(self.process.pid) or children).split()
        return int(watched[0]) if watched else None

    def stop(self, by: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal, wait for the end and return the status."""
        self.process.send_signal(by)
        return self.process.wait(_PATIENCE)


def test_the_first_start_leads_the_owner_in_and_the_end_takes_both_processes(tmp_path: Path) -> None:
    with up(tmp_path) as portal:
        assert get(f"{portal.url}/healthz")[0] == 200
        until(lambda: get(f"{portal.url}/readyz")[0] == 200, "ready")
        link = _LINK.search(portal.told)
        assert link and link[0].startswith(portal.url)
        status, page = get(link[0])
        assert status == 200 and "owner@portal.example" in page
        for told in (f"{portal.url}/desk/", f"{portal.url}/outbox", "PORTAL_POSTAL_ADDRESS", "Stop with Ctrl-C"):
            assert told in portal.told
        first, web = portal.worker, portal.process.pid
        assert first and os.getpgid(first) != os.getpgid(web), "Ctrl-C must reach the worker once, not twice"
        os.kill(first, signal.SIGKILL)
        until(lambda: portal.worker not in {None, first}, "a new worker")
        assert "The worker stopped (status -9); starting it again." in portal.told
        second = portal.worker
        assert second
        assert portal.stop() == 0
        assert not is_running(second) and get(portal.url) == (0, "")
        assert "Traceback" not in portal.told and "Aborted" not in portal.told
    assert (tmp_path / "instance" / "secret_key").stat().st_mode & 0o077 == 0


def test_the_demo_twice_is_the_demo_once_and_the_link_is_a_fresh_one(tmp_path: Path) -> None:
    with up(tmp_path, "--demo") as portal:
        first = _LINK.search(portal.told)
        assert "Demo loaded: 3 communities, 300 members" in portal.told
        assert "PORTAL_POSTAL_ADDRESS" not in portal.told
        assert get(f"{portal.url}/")[1].count("/c/") >= 3
        assert portal.stop(signal.SIGINT) == 0
    before = counts(tmp_path)
    assert before["members"] == 300
    with up(tmp_path, "--demo") as portal:
        second = _LINK.search(portal.told)
        assert "Demo loaded" not in portal.told
        assert first and second and first[0].rsplit("/")[-1] != second[0].rsplit("/")[-1]
        assert portal.stop(signal.SIGHUP) == 0
    assert counts(tmp_path) == before


def test_a_taken_port_is_told_before_anything_is_made(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        ran = fail(tmp_path, "--port", port)
    assert ran.returncode == 1
    assert f"Error: Port {port} is taken by another program." in ran.stderr and f"--port {port + 1}" in ran.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="root may write everywhere")
def test_a_folder_it_cannot_write_is_named(tmp_path: Path) -> None:
    os.chmod(tmp_path, 0o555)  # noqa: PTH101 - pathlib's chmod reads the same
    ran = fail(tmp_path, "--port", free_port(), as_nobody=os.geteuid() == 0)
    os.chmod(tmp_path, 0o755)  # noqa: PTH101
    assert ran.returncode == 2
    assert f"Evergreen cannot write to {tmp_path / 'instance'} (Permission denied)" in ran.stderr
    assert "PORTAL_INSTANCE" in ran.stderr and "Traceback" not in ran.stderr


@pytest.mark.parametrize(
    ("settings", "status", "named"),
    [
        ({"PORTAL_BASE_URL": "talent.example.org"}, 2, "PORTAL_BASE_URL must look like https://"),
        ({"PORTAL_BASE_URL": "http://talent.example.org"}, 2, "PORTAL_BASE_URL must start with https://"),
        ({"PORTAL_SMTP_URL": "smtp://mail.example.org"}, 2, "PORTAL_MAIL_FROM is needed too"),
        ({"PORTAL_SEND_CONNECTIONS": "many"}, 2, "PORTAL_SEND_CONNECTIONS: "),
        ({"PORTAL_SECRET_KEYS": "short"}, 2, "PORTAL_SECRET_KEYS needs at least 32 characters"),
        ({"PORTAL_SECRET_KEYS_FILE": "/nowhere/keys"}, 2, "PORTAL_SECRET_KEYS_FILE names /nowhere/keys"),
        ({"PORTAL_DATABASE_URL": "mysql://localhost/x"}, 2, "PORTAL_DATABASE_URL must begin with one of: sqlite"),
        ({"PORTAL_QUEUE_URL": "nonsense"}, 2, "PORTAL_QUEUE_URL must begin with one of: sqlite"),
        (POSTGRESQL, 2, "PORTAL_DATABASE_URL where that is not set"),
        ({"PORTAL_DATABASE_URL": "sqlite:////dev/null"}, 1, "The database cannot be used: "),
    ],
)
def test_bad_settings_are_named(tmp_path: Path, settings: dict[str, str], status: int, named: str) -> None:
    ran = fail(tmp_path, "--port", free_port(), **settings)
    assert ran.returncode == status, ran.stderr
    assert named in ran.stderr and "Traceback" not in ran.stderr
    assert ran.stdout == ""


def test_an_owner_without_an_address_is_refused(tmp_path: Path) -> None:
    ran = fail(tmp_path, "--port", free_port(), "--owner", "rosa")
    assert ran.returncode == 1
    assert "Error: --owner rosa: Enter " in ran.stderr and "Traceback" not in ran.stderr


@contextmanager
def up(folder: Path, *words: str) -> Iterator[Portal]:
    """Start `portal up` in a folder and wait until it answers; at the end nothing of it is left."""
    port, log = free_port(), folder / "screen.log"
    with log.open("wb") as screen:
        process = subprocess.Popen(
            command("--port", port, *words),
            cwd=folder,
            env=environment(),
            stdout=screen,
            stderr=screen,
            preexec_fn=_hear_ctrl_c,
        )
    portal = Portal(process, f"http://127.0.0.1:{port}", log)
    try:
        until(lambda: process.poll() is not None or get(f"{portal.url}/healthz")[0] == 200, "an answer")
        assert process.poll() is None, portal.told
        yield portal
    finally:
        left = portal.worker if process.poll() is None else None
        if process.poll() is None:
            process.kill()
            process.wait()
        if left:
            with suppress(ProcessLookupError):
                os.kill(left, signal.SIGKILL)


def _hear_ctrl_c() -> None:
    """Undo what a shell does to what it starts in the background: there Ctrl-C is not heard."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def fail(folder: Path, *words: Any, as_nobody: bool = False, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run `portal up` where it cannot start."""
    for parent in folder.parents if as_nobody else ():
        if Path(tempfile.gettempdir()) in parent.parents and parent.stat().st_uid == os.geteuid():
            parent.chmod(parent.stat().st_mode | 0o011)
    return subprocess.run(
        [*(_AS_NOBODY if as_nobody else ()), *command(*words)],
        cwd=folder,
        env=environment(**settings),
        capture_output=True,
        text=True,
        timeout=_PATIENCE,
        check=False,
    )


def command(*words: Any) -> list[str]:
    """The words of the command line."""
    return [sys.executable, "-m", "portal", "up", *(str(word) for word in words)]


def environment(**settings: str) -> dict[str, str]:
    """The environment without settings of ours, but these."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    return {**kept, "PYTHONDONTWRITEBYTECODE": "1", **settings}


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def get(url: str) -> tuple[int, str]:
    """Open an address: the status, 0 where nobody answers, and what came."""
    try:
        with urlopen(url, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        return error.code, ""
    except (URLError, ConnectionError, TimeoutError):
        return 0, ""


def is_running(pid: int) -> bool:
    """Tell whether this process is there, and no mere entry in the table."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except FileNotFoundError:
        return False


def counts(folder: Path) -> dict[str, int]:
    """How many rows the demo's tables hold."""
    with sqlite3.connect(folder / "instance" / "portal.sqlite3") as database:
        tables = ("communities", "members", "memberships", "newsletters", "recruiters")
        return {table: database.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}


def until(happened: Any, what: str) -> None:
    """Wait for something."""
    ends = time.monotonic() + _PATIENCE
    while not happened():
        assert time.monotonic() < ends, f"waited {_PATIENCE:.0f} s for {what}"
        time.sleep(0.05)


def _children_of_threads(pid: int) -> str:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return " ".join((task / "children").read_text(encoding="utf-8") for task in tasks).strip()
