"""Members who stop the newsletters while they go out, by the link in their mail, through the web process."""

import http.client
import random
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from portal.extensions import db, only_reading
from portal.models import Delivery
from portal.tools import links

MARKED = ("handed_over", "sent", "failed", "in_doubt", "excluded")
POOL = 300


@dataclass
class Leaver:
    """A member whose unsubscribe was answered, and the rows that were seen unmarked after the answer."""

    member_id: int
    acknowledged_at: datetime
    unmarked: list[int] = field(default_factory=list)


class Leavers:
    """Unsubscribes in step with the sending; mostly people whose row some worker has claimed already."""

    def __init__(self, app: Flask, *, wanted: int, port: int, community_id: int, seed: int) -> None:
        self.gone: list[Leaver] = []
        self.unanswered = 0
        self._app, self._wanted, self._port, self._community_id = app, wanted, port, community_id
        self._random = random.Random(f"{seed} leavers")
        self._asked: set[int] = set()
        self._share = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="leavers", daemon=True)

    def start(self) -> None:
        """Begin to leave."""
        self._thread.start()

    def keep_step(self, share: float) -> None:
        """Say how much of the sending is done, from 0 to 1."""
        self._share = share

    def end(self) -> None:
        """Leave no more."""
        self._over.set()
        self._thread.join(timeout=30)

    @property
    def _due(self) -> int:
        return min(self._wanted, 1 + int(self._wanted * self._share * 1.1)) if self._wanted else 0

    def _run(self) -> None:
        with self._app.app_context():
            only_reading.set(True)
            while not self._over.is_set() and len(self.gone) < self._wanted:
                pool = self._pool() if len(self.gone) < self._due else []
                if not pool:
                    time.sleep(0.02)
                for member_id in pool[: max(0, self._due - len(self.gone))][:20]:
                    if not self._over.is_set():
                        self._leave(member_id)

    def _pool(self) -> list[int]:
        """Return members in a random order who may still get a mail: the claimed ones mostly."""
        state = "claimed" if self._random.random() < 0.7 else "pending"
        rows = select(Delivery.member_id).where(Delivery.state == state, Delivery.member_id.is_not(None))
        try:
            found = {row for row in db.session.scalars(rows.limit(POOL + len(self._asked))) if row is not None}
        except DBAPIError:
            found = set()
        finally:
            _let_go()
        pool = sorted(found - self._asked)
        self._random.shuffle(pool)
        return pool

    def _leave(self, member_id: int) -> None:
        self._asked.add(member_id)
        token = links.sign(links.Purpose.UNSUBSCRIBE, links.standing(member_id, self._community_id, 0))
        while not self._over.is_set():
            if self._post(f"/u/{token}"):
                leaver = Leaver(member_id, datetime.now(UTC))
                leaver.unmarked = self._unmarked(member_id)
                self.gone.append(leaver)
                return
            self.unanswered += 1
            time.sleep(0.1)

    def _post(self, path: str) -> bool:
        line = http.client.HTTPConnection("localhost", self._port, timeout=30)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        try:
            line.request("POST", path, body="List-Unsubscribe=One-Click", headers=headers)
            answer = line.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            return False
        finally:
            line.close()
        return answer.status == 200

    def _unmarked(self, member_id: int) -> list[int]:
        """Return this member's rows that nobody has marked: none of them may ever be, whatever the clocks say."""
        rows = select(Delivery.id).where(Delivery.member_id == member_id, Delivery.state.not_in(MARKED))
        try:
            return list(db.session.scalars(rows))
        except DBAPIError:
            return []
        finally:
            _let_go()


def _let_go() -> None:
    try:
        db.session.rollback()
    except DBAPIError:
        db.session.remove()
