"""This project: a newsletter addressed and sent by the worker's chores, every delivery a row."""

import argparse
import json
import logging
import resource
import time
from pathlib import Path

from bench import portal_data
from portal.services.sending import accounts
from portal.tools.mail.dkim import make_key
from portal.worker import chores


def main(mails: int, port: int, folder: Path, *, connections: int, signed: bool) -> None:
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
        before, cpu = time.perf_counter(), time.process_time()
        while chores.send():
            pass
        seconds, cpu = time.perf_counter() - before, time.process_time() - cpu
        account = accounts.account(newsletter)
    if (account.sent, account.balances) != (mails, True):
        raise SystemExit(f"not everyone was sent: {account.as_dict()}")
    figures = {
        "mails": mails,
        "connections": connections,
        "seconds": seconds,
        "per_second": mails / seconds,
        "cpu_us_per_mail": cpu / mails * 1e6,
        "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    asked = argparse.ArgumentParser()
    asked.add_argument("mails", type=int)
    asked.add_argument("port", type=int)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--connections", type=int, default=1)
    asked.add_argument("--ed25519", action="store_true", dest="signed")
    main(**vars(asked.parse_args()))
