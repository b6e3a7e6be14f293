"""How much memory a worker takes to send to few and to very many: the command a server runs, watched from outside.

`python -m bench.memory --members 10000 100000 1000000` needs Debian's `postfix` for smtp-sink, and Linux's /proc.
"""

import argparse
import multiprocessing
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench import portal_data, record
from bench.sinks import smtp_sink

INSTANCE = "instance"
STATES = "SELECT count(*), sum(state = 'sent') FROM deliveries"


def main() -> None:
    """Send one newsletter at each size with a fresh worker, print its peak, keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    runs = []
    for members in parser.parse_args().members:
        runs.append(_run(members))
        print(runs[-1], flush=True)
    peaks = [run["peak_mb"] for run in runs]
    print(record.write("memory", {"runs": runs, "largest / smallest": round(max(peaks) / min(peaks), 3)}))


def prepare(folder: Path, members: int) -> None:
    """Make the portal and its newsletter; in a process of its own, whose memory is not the worker's."""
    with portal_data.portal(folder):
        portal_data.plan(portal_data.fill(members))


def _run(members: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder, smtp_sink() as port:
        instance = Path(folder) / INSTANCE
        maker = multiprocessing.get_context("spawn").Process(target=prepare, args=(instance, members))
        maker.start()
        maker.join()
        if maker.exitcode:
            raise SystemExit("the members could not be made")
        begun = time.perf_counter()
        worker = subprocess.Popen([sys.executable, "-m", "portal", "worker"], env=_environment(instance, port))
        try:
            started_mb = 0.0
            while not _is_sent(instance, members):
                time.sleep(0.5)
                if worker.poll() is not None:
                    raise SystemExit(f"the worker ended with {worker.returncode}")
                started_mb = started_mb or _mb(worker.pid, "VmRSS")
            seconds = time.perf_counter() - begun
            return {
                "members": members,
                "per_second": members / seconds,
                "soon_after_start_mb": started_mb,
                "peak_mb": _mb(worker.pid, "VmHWM"),
            }
        finally:
            worker.kill()
            worker.wait()


def _environment(instance: Path, port: int) -> dict[str, str]:
    given = portal_data.settings(instance)
    return {
        "PATH": os.environ["PATH"],
        "PORTAL_INSTANCE": str(instance),
        "PORTAL_SMTP_URL": f"smtp://127.0.0.1:{port}",
        "PORTAL_SECRET_KEYS": given.secret_keys[0],
        "PORTAL_MAIL_FROM": given.mail_from,
        "PORTAL_POSTAL_ADDRESS": given.postal_address,
        "PORTAL_COMPANY_NAME": given.company_name,
        "PORTAL_BASE_URL": given.base_url,
    }


def _is_sent(instance: Path, members: int) -> bool:
    with sqlite3.connect(next(instance.glob("*.sqlite3")), timeout=30) as database:
        rows, sent = database.execute(STATES).fetchone()
    return bool(rows == members == sent)


def _mb(process: int, name: str) -> float:
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    found = re.search(rf"^{name}:\s+(\d+) kB", status, re.MULTILINE)
    return round(int(found[1]) / 1024, 1) if found else 0.0


if __name__ == "__main__":
    main()
