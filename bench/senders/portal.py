"""This project: a newsletter addressed and sent by workers, every delivery a row."""

import argparse
import json
import logging
import multiprocessing
import resource
import time
from multiprocessing.context import SpawnContext
from pathlib import Path
from typing import Any

from bench import portal_data
from portal import create_app
from portal.extensions import db
from portal.models import Newsletter
from portal.services.sending import accounts
from portal.tools.mail.dkim import make_key
from portal.worker import chores


def main(mails: int, port: int, folder: Path, *, workers: int, connections: int, signed: bool) -> None:
    """Send and tell how it went; anything but everyone sent is an error."""
    more: dict[str, object] = {"smtp_url": f"smtp://127.0.0.1:{port}", "send_connections": connections}
    if signed:
        key = folder / "key.pem"
        key.write_bytes(make_key(kind="ed25519"))
        more |= {"dkim_key_file": [key], "dkim_selector": ["bench"]}
    logging.disable(logging.INFO)
    with portal_data.portal(folder, **more):
        newsletter = portal_data.plan(portal_data.fill(mails))
        chores.address()
        newsletter_id = newsletter.id
        db.session.remove()
        seconds, told = _let_go(workers, folder, more)
        account = accounts.account(db.session.get_one(Newsletter, newsletter_id))
    if (account.sent, account.balances) != (mails, True):
        raise SystemExit(f"not everyone was sent: {account.as_dict()}")
    figures = {
        "mails": mails,
        "workers": workers,
        "connections": connections,
        "seconds": seconds,
        "per_second": mails / seconds,
        "cpu_us_per_mail": sum(cpu for cpu, _ in told) / mails * 1e6,
        "rss_mb": max(rss for _, rss in told),
    }
    print(json.dumps(figures))


def _let_go(workers: int, folder: Path, more: dict[str, object]) -> tuple[float, list[tuple[float, float]]]:
    """Let workers loose together; return the seconds until the last is done, and each one's CPU seconds and peak MB."""
    context: SpawnContext = multiprocessing.get_context("spawn")
    ready, told, go = context.Semaphore(0), context.SimpleQueue(), context.Event()
    processes = [context.Process(target=_work, args=(folder, more, ready, go, told)) for _ in range(workers)]
    for process in processes:
        process.start()
    for _ in processes:
        if not ready.acquire(timeout=60):
            raise SystemExit("a worker did not start")
    before = time.perf_counter()
    go.set()
    for process in processes:
        process.join()
    seconds = time.perf_counter() - before
    if any(process.exitcode for process in processes):
        raise SystemExit("a worker failed")
    return seconds, [told.get() for _ in processes]


def _work(folder: Path, more: dict[str, object], ready: Any, go: Any, told: Any) -> None:
    logging.disable(logging.INFO)
    with create_app(portal_data.settings(folder, **more)).app_context():
        ready.release()
        go.wait()
        before = time.process_time()
        while chores.send():
            pass
        told.put((time.process_time() - before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))


if __name__ == "__main__":
    asked = argparse.ArgumentParser()
    asked.add_argument("mails", type=int)
    asked.add_argument("port", type=int)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--workers", type=int, default=1)
    asked.add_argument("--connections", type=int, default=1)
    asked.add_argument("--ed25519", action="store_true", dest="signed")
    main(**vars(asked.parse_args()))
