"""`portal up`: migrate, make a first owner, then web and worker in one command, on one machine with SQLite."""

import logging
import os
import signal
import subprocess
import sys
import threading
from types import FrameType

import click
from flask import Flask
from flask_migrate import upgrade

from portal import config
from portal.extensions import db, queue
from portal.services.exchange import demo as demo_world
from portal.services.staff import recruiters, set_up
from portal.tools import links, serving
from portal.tools.mail import address
from portal.tools.screen import screen

FIRST_OWNER = "owner@portal.example"
_RESTART_AFTER = 2.0


@click.command("up")
@click.option("--demo", is_flag=True, help="Fill an empty portal with a fictional company.")
@click.option("--host", default=serving.DEFAULT_HOST, show_default=True, help="Address to listen on.")
@click.option("--port", default=serving.DEFAULT_PORT, show_default=True, type=click.IntRange(1, 65535), help="Port.")
@click.option("--owner", default=FIRST_OWNER, help="Address of the first owner, when there is none yet.")
def up(demo: bool, host: str, port: int, owner: str) -> None:
    """Start everything: migrate, then web and worker in one command."""
    try:
        serving.refuse_taken_port(host, port)
    except serving.CannotListen as error:
        raise click.ClickException(str(error)) from error
    _settle_environment(demo=demo, host=host, port=port)
    app = _migrated_app()
    with app.app_context():
        if demo:
            _load_demo()
        way_in = _way_in(owner)
    worker = Worker()
    worker.start()
    _tell(host=host, port=port, way_in=way_in)
    try:
        serving.serve(app, host=host, port=port)
    finally:
        worker.stop()


def _settle_environment(*, demo: bool, host: str, port: int) -> None:
    """Hand the choices of this command to this process and the worker's alike."""
    shown = "127.0.0.1" if host in {"0.0.0.0", "::", "::1", "localhost"} else host  # noqa: S104 - compared, not bound
    os.environ.setdefault("PORTAL_BASE_URL", f"http://{shown}:{port}")
    if demo:
        os.environ["PORTAL_DEMO"] = "true"
        for name, value in demo_world.settings().items():
            os.environ.setdefault(name, value)


def _migrated_app() -> Flask:
    from portal import create_app

    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    app = create_app()
    with app.app_context(), screen.status("Preparing the database…"):
        logging.getLogger("alembic").setLevel(logging.WARNING)
        upgrade()
    screen.print("[green]✓[/] Database ready")
    return app


def _load_demo() -> None:
    with screen.status("Filling the portal with a fictional company…"):
        loaded = demo_world.load()
        db.session.commit()
    if loaded:
        queue.wake_all()
        screen.print(f"[green]✓[/] Demo loaded: {loaded}")


def _way_in(owner: str) -> str | None:
    """Return a set-up link while nobody has finished setting up, or None."""
    if recruiters.anybody_is_set_up():
        return None
    try:
        first = recruiters.find_first_owner() or recruiters.add(owner, role="owner")
    except address.BadAddress as error:
        raise click.ClickException(f"--owner {owner}: {error}") from error
    link = set_up.invite(first)
    db.session.commit()
    return links.set_up(link.public_id)


def _tell(*, host: str, port: int, way_in: str | None) -> None:
    settings = config.current()
    screen.print(f"\n[bold]{settings.company_name}[/] is up.\n")
    screen.print(f"  For everyone    {settings.base_url}/")
    screen.print(f"  For recruiters  {settings.base_url}/desk/")
    if settings.smtp_url is None:
        screen.print(f"  Mail goes to    {settings.base_url}/outbox")
    if way_in:
        screen.print(f"\n  Set up the first owner (once, within 7 days):\n  [bold]{way_in}[/]")
    if not settings.postal_address:
        screen.print("\n  Newsletters wait until PORTAL_POSTAL_ADDRESS is set: the law wants one in each.")
    screen.print(f"\n  Listening on {host}:{port}. Stop with Ctrl-C.\n")


class Worker:
    """The worker process beside the web process, started again when it dies."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()

    def start(self) -> None:
        """Start it and keep it running from now on."""
        for ending in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(ending, _as_interrupt)
        self._launch()
        threading.Thread(target=self._keep_running, name="worker watch", daemon=True).start()

    def stop(self) -> None:
        """Ask it to finish what it has in hand, and wait."""
        self._stopping.set()
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def _launch(self) -> None:
        # In a group of its own, so that Ctrl-C reaches it once, from `stop`: asked twice it would drop what it does.
        self._process = subprocess.Popen([sys.executable, "-m", "portal", "worker"], process_group=0)

    def _keep_running(self) -> None:
        while not self._stopping.is_set():
            assert self._process is not None
            self._process.wait()
            if self._stopping.wait(_RESTART_AFTER):
                return
            screen.print(f"[yellow]The worker stopped (status {self._process.returncode}); starting it again.[/]")
            self._launch()


def _as_interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
