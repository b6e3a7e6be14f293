"""The walk of deliveries over the wire, window by window: the order of these lines is the promise we make."""

import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from flask import Flask, current_app

from portal import config
from portal.extensions import db, only_reading
from portal.models import Newsletter
from portal.services.sending import composing, deliveries, fates, holding, numbered_links, windows, workers
from portal.services.sending.inbound import refusals
from portal.services.sending.pressing import NotPrintable, Press
from portal.tools.mail.envelope import Envelope
from portal.tools.mail.errors import (
    LineLost,
    MailError,
    NeedsSmtpUtf8,
    NotReached,
    OurFault,
    RecipientRefused,
    RelayBusy,
)
from portal.tools.mail.replies import Reply
from portal.tools.mail.transport import Transport
from portal.worker.shift import Shift

CLAIM = 500
"""Deliveries taken at once: enough to be quick, few enough to be given back soon."""
WINDOW = 50
"""Deliveries that pass the point of no return in one commit, at most: as many can be in doubt after a crash."""
EXPOSED = 0.5
"""Seconds of sending in one window: a slow server gets smaller ones, so that a crash leaves fewer in doubt."""
FIRST = 8
RUN = 30.0
"""Seconds after which other chores get a turn."""

log = logging.getLogger(__name__)


def send_batch(shift: Shift) -> bool:
    """Send what is due over each of this process's lines; say whether there may be more."""
    shift.relay.share(workers=workers.at_work())
    db.session.rollback()
    lanes = config.current().send_connections
    if lanes == 1:
        return _lane(shift)
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    with ThreadPoolExecutor(lanes, thread_name_prefix="lane") as pool:
        return any(list(pool.map(lambda _: _lane_within(app, shift), range(lanes))))


def _lane_within(app: Flask, shift: Shift) -> bool:
    with app.app_context():
        return _lane(shift)


def _lane(shift: Shift) -> bool:
    until = time.monotonic() + RUN
    with shift.relay.line() as line:
        walk = Walk(shift, line)
        while shift.may_send and time.monotonic() < until:
            ids = deliveries.claim(shift.worker_id, limit=shift.relay.pace.most(CLAIM))
            shift.take(ids)
            try:
                db.session.commit()
                if not ids:
                    return False
                walk.go(ids)
            finally:
                shift.drop(ids)  # Whatever went wrong, from here on the sweep finds what was left.
    return shift.may_send


def write_what_was_kept(shift: Shift) -> None:
    """Record the mails that the server took while the database was away: with that they are in doubt no longer."""
    kept = shift.kept()
    windows.sent(kept)
    db.session.commit()
    shift.forget(kept)


class Walk:
    """Claimed deliveries on their way over one line; what the server said is recorded with the next commit.

    Where that commit fails the shift keeps what the server took, and the sweep writes it once the database is back.
    """

    def __init__(self, shift: Shift, line: Transport) -> None:
        self._shift = shift
        self._line = line
        self._press = Press()
        self._known: list[tuple[int, Exception]] = []
        self._taken: list[tuple[int, str]] = []
        self._size = FIRST

    def go(self, ids: list[int]) -> None:
        """Take these to their ends as far as the server lets us; the rest goes back."""
        pace, rest = self._shift.relay.pace, ids
        try:
            while rest:
                size = pace.most(self._size)
                window, rest = rest[:size], rest[size:]
                pace.wait(len(window))
                if not self._shift.may_send:
                    return
                self._send(window)
        finally:
            try:
                db.session.rollback()
                self._record()
                deliveries.give_back(ids, worker_id=self._shift.worker_id)
                self._commit()
            finally:
                self._shift.keep(self._taken)

    def _send(self, window: list[int]) -> None:
        planned = self._read(window)
        mails = self._make(planned)
        self._record()
        self._look()
        measured = [each.id for each in planned if each.measured]
        handed = windows.hand_over(list(mails), worker_id=self._shift.worker_id, measured=measured)
        self._commit()  # The point of no return: from here on a crash leaves these rows in doubt.
        going = [delivery_id for delivery_id in mails if delivery_id in handed]
        begun = time.monotonic()
        for place, outcome in self._line.send([mails[delivery_id] for delivery_id in going]):
            self._hear(going[place], outcome)
        if going:
            quick_enough = int(len(going) * EXPOSED / max(time.monotonic() - begun, 1e-6))
            self._size = max(1, min(WINDOW, 2 * self._size, quick_enough))

    def _read(self, window: list[int]) -> list[windows.Planned]:
        """Read what the mails are filled with; links that are measured from now on get their numbers for good."""
        with _looking():
            planned = windows.read(window)
        for newsletter_id in self._press.unnumbered(planned):
            numbered_links.write(db.session.get_one(Newsletter, newsletter_id))
            db.session.commit()
        return planned

    def _make(self, planned: list[windows.Planned]) -> dict[int, Envelope]:
        """Make the mails; one that cannot be made must not keep the others waiting."""
        mails = {}
        with _looking():
            for each in planned:
                try:
                    mails[each.id] = self._press.envelope(each)
                except Exception as error:
                    self._known.append((each.id, error))
        return mails

    def _hear(self, row: int, outcome: Reply | Exception) -> None:
        if isinstance(outcome, Reply):
            self._taken.append((row, str(outcome)))
            self._shift.relay.answered()
            return
        self._known.append((row, outcome))
        if isinstance(outcome, RelayBusy | LineLost):
            # A server that loses one line may lose the next, and after a dot each costs somebody a doubt.
            log.warning("The mail server is left alone for a while: %s", outcome)
            self._shift.relay.rest()

    def _record(self) -> None:
        """Write down what is known; the caller commits."""
        known, self._known = self._known, []
        windows.sent(self._taken)
        windows.put_back([row for row, outcome in known if isinstance(outcome, RelayBusy | NotReached)])
        for row, outcome in known:
            if not isinstance(outcome, RelayBusy | NotReached):
                _settle(row, outcome)
        if gone := [row for row, outcome in known if _names_nobody(outcome)]:
            self._shift.breaker.hear(holding.in_question(gone))

    def _commit(self) -> None:
        db.session.commit()
        self._taken = []

    def _look(self) -> None:
        """Hold the newsletters of which too many addresses turned out not to exist."""
        if not (due := self._shift.breaker.due()):
            return
        self._commit()  # What is recorded counts, and counting must not keep others from writing.
        for newsletter_id in due:
            with self._shift.breaker.looking(newsletter_id), _looking():
                finding = holding.look(newsletter_id)
            if finding and holding.hold_for_addresses(finding):
                log.warning("Newsletter %s is held: %s", newsletter_id, finding.answers)
            db.session.commit()


def _names_nobody(outcome: Exception) -> bool:
    return isinstance(outcome, RecipientRefused) and fates.of_refusal(outcome.enhanced) == "no_mailbox"


def _settle(row: int, error: Exception) -> None:
    match error:
        case composing.Unmailable() | NeedsSmtpUtf8():
            deliveries.failed(row, reason="unmailable", reply=str(error))
        case RecipientRefused() as refused:
            _failed(row, refused, reason=fates.of_refusal(refused.enhanced))
        case NotPrintable():
            log.error("The newsletter of delivery %s cannot be made.", row, exc_info=error)
            holding.hold_for_fault(deliveries.get(row).newsletter, reply=f"No mail could be made of it: {error}")
        case OurFault():
            # The server refuses us, not the member: the row goes back and its newsletter stops.
            deliveries.try_later(row, reply=str(error))
            holding.hold_for_fault(deliveries.get(row).newsletter, reply=str(error))
        case LineLost(dot_sent=True) if config.current().in_doubt == "hold":
            deliveries.in_doubt(row, reply=str(error))
        case MailError() as trouble:
            if deliveries.try_later(row, reply=str(error)).state == "failed":
                refusals.tell(deliveries.get(row), enhanced=trouble.enhanced, reply=str(error), reason="gave_up")
        case _:
            log.error("Delivery %s could not be made.", row, exc_info=error)
            deliveries.try_later(row, reply="the mail could not be made; the worker's log says why")


def _failed(row: int, refused: RecipientRefused, *, reason: str) -> None:
    """Record that an address was refused, and let that count for it as a bounce would."""
    deliveries.failed(row, reason=reason, reply=str(refused))
    refusals.tell(deliveries.get(row), enhanced=refused.enhanced, reply=str(refused), reason=reason)


@contextmanager
def _looking() -> Iterator[None]:
    """Read without taking the database's write lock, and leave no transaction open."""
    token = only_reading.set(True)
    try:
        yield
    finally:
        db.session.rollback()
        only_reading.reset(token)
