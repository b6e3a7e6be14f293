"""What comes back, all at once, into a worker killed with -9 over and over: each is worked on once, none is lost.

`python -m bench.inbound --mails 5000 --kills 5`. Senders behave as mail servers do: who got no 250 comes again.
"""

import argparse
import json
import os
import random
import smtplib
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from sqlalchemy import func, insert, select

from bench import portal_data, record
from bench.drilling.databases import Database, database
from bench.sinks import free_port
from portal import clock
from portal.extensions import db
from portal.models import Delivery, Incoming, Report, Suppression, Touchpoint
from portal.tools.mail import return_address
from portal.tools.mail.return_address import Use

DOMAIN = "bounces.pontwright.example.org"
SENDERS = 8
KINDS = ("hard", "soft", "auto_reply", "reply", "leave")
USES = {"hard": Use.BOUNCE, "soft": Use.BOUNCE, "auto_reply": Use.BOUNCE, "reply": Use.REPLY, "leave": Use.LEAVE}


def main() -> None:
    """Run the drill, print what it found; exit 1 where a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--mails", type=int, default=5000)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--seed", type=int, default=20261126)
    parser.add_argument("--fault", default="", help="break the worker: answer-early or work-twice")
    parser.add_argument("--patience", type=float, default=600.0)
    parser.add_argument("--out", type=Path, help="bench/results/<name>.json")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, database(asked.engine, Path(folder)) as base:
        figures = Drill(asked, Path(folder), base).run()
    print(json.dumps(figures, indent=2))
    if asked.out:
        print(record.write(str(asked.out.resolve().with_suffix("")), figures, seed=asked.seed))
    raise SystemExit(1 if figures["broken"] else 0)


class Drill:
    """One worker with an open ear, many senders, and somebody who kills."""

    def __init__(self, asked: argparse.Namespace, folder: Path, base: Database) -> None:
        self._asked, self._folder, self._base = asked, folder, base
        self._port = free_port()
        self._dice = random.Random(asked.seed)
        self._waiting: SimpleQueue[tuple[str, str]] = SimpleQueue()
        self._kept, self._again = Counter[str](), 0
        self._lock = threading.Lock()
        self._worker: subprocess.Popen[bytes] | None = None

    def run(self) -> dict[str, Any]:
        """Send, kill, wait, reckon."""
        settings = {"database_url": self._base.url, "bounce_domain": DOMAIN}
        with portal_data.portal(self._folder, **settings):
            mails = self._mails(_sent(self._asked.mails))
            db.session.remove()
            begun = time.monotonic()
            try:
                kills, in_time = self._drive(mails)
            finally:
                self._kill()
            return self._reckon(mails, kills, in_time, time.monotonic() - begun)

    def _mails(self, ids: Sequence[int]) -> list[tuple[str, str, str]]:
        """Return a kind, an address and a mail for each delivery."""
        make = {use: return_address.mint(use) for use in Use}
        kinds = [self._dice.choice(KINDS) for _ in ids]
        return [(kind, make[USES[kind]](key), _mail(kind, key)) for kind, key in zip(kinds, ids, strict=True)]

    def _drive(self, mails: list[tuple[str, str, str]]) -> tuple[int, bool]:
        for _, address, mail in mails:
            self._waiting.put((address, mail))
        self._start()
        senders = [threading.Thread(target=self._send, daemon=True) for _ in range(SENDERS)]
        for sender in senders:
            sender.start()
        deadline, kills = time.monotonic() + self._asked.patience, 0
        marks = sorted(self._dice.uniform(0.02, 0.9) for _ in range(self._asked.kills))
        while time.monotonic() < deadline:
            share, is_over = self._progress(len(mails))
            if kills < len(marks) and share >= marks[kills]:
                self._kill()
                self._start()
                kills += 1
            elif is_over and kills == len(marks):
                return kills, True
            time.sleep(0.02)
        return kills, False

    def _progress(self, mails: int) -> tuple[float, bool]:
        """Return how much has been worked on, and whether all is kept and worked on as far as anybody can tell."""
        worked = db.session.scalar(select(func.count()).where(Incoming.worked_at.is_not(None))) or 0
        due = db.session.scalar(select(func.count()).where(Incoming.due_at.is_not(None))) or 0
        db.session.rollback()
        with self._lock:
            taken = self._kept.total()
        return (worked + taken) / (2 * mails), taken == mails and not due

    def _send(self) -> None:
        """Tell mails one by one; who hears no 250 tells it again."""
        while True:
            try:
                address, mail = self._waiting.get_nowait()
            except Empty:
                return
            while not self._told(address, mail):
                with self._lock:
                    self._again += 1
                time.sleep(0.05)
            with self._lock:
                self._kept[address] += 1

    def _told(self, address: str, mail: str) -> bool:
        try:
            with smtplib.SMTP("127.0.0.1", self._port, timeout=30) as line:
                line.sendmail("", address, mail)
        except (OSError, smtplib.SMTPException):
            return False
        return True

    def _start(self) -> None:
        words = ["bench.broken", "--fault", self._asked.fault] if self._asked.fault else ["portal", "worker"]
        given = portal_data.settings(self._folder)
        own = {
            "PATH": os.environ["PATH"],
            "PORTAL_INSTANCE": str(self._folder),
            "PORTAL_DATABASE_URL": self._base.url,
            "PORTAL_QUEUE_URL": f"sqlite:///{self._folder / 'queue.sqlite3'}",
            "PORTAL_SECRET_KEYS": given.secret_keys[0],
            "PORTAL_MAIL_FROM": given.mail_from,
            "PORTAL_POSTAL_ADDRESS": given.postal_address,
            "PORTAL_BASE_URL": given.base_url,
            "PORTAL_BOUNCE_DOMAIN": DOMAIN,
            "PORTAL_INBOUND_LISTEN": f"smtp://127.0.0.1:{self._port}",
            "PORTAL_HEARTBEAT_SECONDS": "3",
        }
        with (self._folder / "worker.log").open("ab") as log:
            self._worker = subprocess.Popen([sys.executable, "-m", *words], env=own, stdout=log, stderr=log)

    def _kill(self) -> None:
        if self._worker is not None:
            self._worker.kill()
            self._worker.wait()

    def _reckon(self, mails: list[tuple[str, str, str]], kills: int, in_time: bool, seconds: float) -> dict[str, Any]:
        expected = Counter(kind for kind, _, _ in mails)
        reports = dict(db.session.execute(select(Report.kind, func.count()).group_by(Report.kind)).all())
        rows = db.session.scalar(select(func.count()).select_from(Incoming)) or 0
        worked = db.session.scalar(select(func.count()).where(Incoming.worked_at.is_not(None))) or 0
        replies = db.session.scalar(select(func.count()).where(Touchpoint.kind == "reply")) or 0
        stopped = db.session.scalar(select(func.count()).select_from(Suppression)) or 0
        checks = {
            "lost": len(mails) - rows,
            "not worked on": rows - worked,
            "reports beside the mails": sum(abs(reports.get(kind, 0) - expected[kind]) for kind in KINDS)
            + sum(number for kind, number in reports.items() if kind not in KINDS),
            "replies beside the mails": replies - expected["reply"],
            "suppressions beside the mails": stopped - expected["hard"],
        }
        broken = [f"{name}: {number}" for name, number in checks.items() if number]
        waited = select(Incoming.received_at, Incoming.worked_at).where(Incoming.worked_at.is_not(None))
        slowest = max(((done - came).total_seconds() for came, done in db.session.execute(waited).all()), default=0.0)
        return {
            "mails": len(mails),
            "kinds": dict(expected),
            "kills": kills,
            "told_again": self._again,
            "slowest_seconds": round(slowest, 1),
            **{name.replace(" ", "_"): number for name, number in checks.items()},
            "broken": broken if in_time else [*broken, "not finished in time"],
            "seconds": round(seconds, 1),
            "per_second": round(len(mails) / seconds, 1),
        }


def _sent(mails: int) -> list[int]:
    """Make members to whom a newsletter was sent, and return its deliveries."""
    community = portal_data.fill(mails)
    newsletter = portal_data.plan(community)
    now = clock.now()
    own = {"newsletter_id": newsletter.id, "state": "sent", "planned_at": now, "handed_over_at": now, "settled_at": now}
    newsletter.addressed_at, newsletter.sent_at, newsletter.planned = now, now, mails
    rows = [{"id": n, "member_id": n, "membership_id": n, "consent_id": n, **own} for n in range(1, mails + 1)]
    db.session.execute(insert(Delivery), rows)
    db.session.commit()
    return [row["id"] for row in rows]  # type: ignore[misc]


def _mail(kind: str, key: int) -> str:
    name = f"member{key}@example.org"
    if kind in {"hard", "soft"}:
        status = "5.1.1" if kind == "hard" else "4.2.2"
        return (
            f"From: MAILER-DAEMON@mx.example.org\r\nSubject: Undelivered Mail Returned to Sender\r\n"
            f"Message-ID: <{kind}-{key}@mx.example.org>\r\nMIME-Version: 1.0\r\n"
            'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
            "--b\r\nContent-Type: text/plain\r\n\r\nThe mail could not be delivered.\r\n"
            "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.org\r\n\r\n"
            f"Final-Recipient: rfc822; {name}\r\nAction: failed\r\nStatus: {status}\r\n--b--\r\n"
        )
    more = "Auto-Submitted: auto-replied\r\n" if kind == "auto_reply" else ""
    words = {"auto_reply": "I am away until Monday.", "reply": f"I would like to talk, says {key}.", "leave": "Please."}
    return (
        f"From: {name}\r\nSubject: Re: What the river taught the winch\r\nMessage-ID: <{kind}-{key}@example.org>\r\n"
        f"{more}\r\n{words[kind]}\r\n"
    )


if __name__ == "__main__":
    main()
