"""Deliveries on their walk: claimed, handed over, settled; every step a conditional change of one row's state."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, case, or_, select, update
from sqlalchemy.orm import joinedload

from portal import clock
from portal.extensions import db
from portal.models import Delivery, Newsletter
from portal.models.delivery import EVIDENCE
from portal.services.sending import backoff, starts
from portal.services.sending.errors import NotInDoubt


def claim(worker_id: int, *, limit: int) -> list[int]:
    """Take up to `limit` due rows for this worker and return their ids, oldest first; commit before `MAIL FROM`."""
    now = clock.now()
    due = (
        select(Delivery.id)
        .join(Newsletter)
        .where(Delivery.state == "pending", Delivery.due_at <= now, Delivery.is_open(now))
        .where(Newsletter.held_at.is_(None), Newsletter.cancelled_at.is_(None))
        .order_by(Delivery.due_at, Delivery.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=Delivery)
    )
    # The rows are locked first and changed second: inside one UPDATE, PostgreSQL may ask a limited sub-query twice.
    ids = sorted(db.session.scalars(due).all())
    taken = {"state": "claimed", "claimed_by": worker_id, "claimed_at": now}
    db.session.execute(update(Delivery).where(Delivery.id.in_(ids)).values(taken))
    return ids


def get(delivery_id: int) -> Delivery:
    """Return a delivery with all that a mail is made of."""
    row = (
        select(Delivery)
        .where(Delivery.id == delivery_id)
        .options(joinedload(Delivery.newsletter).joinedload(Newsletter.community))
        .options(joinedload(Delivery.member), joinedload(Delivery.membership), joinedload(Delivery.consent))
    )
    return db.session.scalars(row.execution_options(populate_existing=True)).one()


def failed(delivery_id: int, *, reason: str, reply: str) -> None:
    """Record that this person cannot be mailed: `refused`, `unmailable` or `gave_up`."""
    _settle(get(delivery_id), "failed", reason=reason, reply=reply)


def in_doubt(delivery_id: int, *, reply: str) -> None:
    """Record that the line broke after the dot: nobody can know, so the row is held and shown."""
    _settle(get(delivery_id), "in_doubt", reason="line_lost", reply=reply)
    arrived(Delivery.id == delivery_id, Delivery.state == "in_doubt")


def arrived(*which: ColumnElement[bool]) -> None:
    """Settle as sent those of these rows whose mail left by all that is known: it was read, answered or came back.

    In place of the server's answer they keep the evidence, one of `EVIDENCE`.
    """
    moments = [(getattr(Delivery, f"{name}_at").is_not(None), name) for name in EVIDENCE]
    evidence, read = case(*moments), or_(*(known for known, _ in moments))
    sent = {"state": "sent", "reason": "", "reply": evidence, "settled_at": clock.now(), "due_at": None}
    db.session.execute(update(Delivery).where(*which, read).values({**sent, "claimed_by": None}))


def try_later(delivery_id: int, *, reply: str) -> Delivery:
    """Put the row back with a growing wait, inside its allowed hours, or give up after three days; return it."""
    delivery = get(delivery_id)
    now = clock.now()
    delivery.first_tried_at = delivery.first_tried_at or now
    if now - delivery.first_tried_at > backoff.PATIENCE:
        _settle(delivery, "failed", reason="gave_up", reply=reply)
        return delivery
    if delivery.state == "claimed":
        delivery.tries += 1
    clocks = starts.clock_for(delivery.newsletter, delivery.member.time_zone if delivery.member else "")
    opening = starts.next_opening(delivery.newsletter.community, clocks, at=now + backoff.wait(delivery.tries))
    delivery.closes_at = opening.until
    _give_back(delivery, due_at=opening.at, reply=reply)
    return delivery


def give_back(ids: Iterable[int], *, worker_id: int) -> None:
    """Return rows this worker claimed and never offered."""
    mine = Delivery.id.in_(list(ids)) & (Delivery.state == "claimed") & (Delivery.claimed_by == worker_id)
    db.session.execute(update(Delivery).where(mine).values(state="pending", claimed_by=None, claimed_at=None))


def free_dropped(worker_id: int, *, in_hand: set[int]) -> None:
    """Free rows this living worker lost sight of after an error: claimed ones return, handed over ones are doubtful."""
    now, mine = clock.now(), (Delivery.claimed_by == worker_id, Delivery.id.not_in(in_hand))
    back = {"state": "pending", "claimed_by": None, "claimed_at": None}
    lost = {"state": "in_doubt", "reason": "lost_sight", "claimed_by": None, "due_at": None, "settled_at": now}
    db.session.execute(update(Delivery).where(*mine, Delivery.state == "claimed").values(back))
    arrived(*mine, Delivery.state == "handed_over")
    db.session.execute(update(Delivery).where(*mine, Delivery.state == "handed_over").values(lost))


def resend(delivery: Delivery) -> None:
    """Send a doubtful mail again: only ever a person's click. Raise `NotInDoubt` where there is none left to settle."""
    if delivery.newsletter.cancelled_at:
        raise NotInDoubt
    # One conditional change: evidence that comes at the same moment settles the row, and nothing is sent.
    doubtful = (Delivery.id == delivery.id, Delivery.state == "in_doubt", Delivery.member_id.is_not(None))
    back = {"state": "pending", "reason": "", "reply": "", "due_at": clock.now(), "settled_at": None}
    back |= {"first_tried_at": None}  # The days of trying count anew from the click.
    if db.session.execute(update(Delivery).where(*doubtful).values(back)).rowcount == 0:  # type: ignore[attr-defined]
        raise NotInDoubt
    delivery.newsletter.sent_at = None
    db.session.flush()


def _settle(delivery: Delivery, state: str, *, reason: str = "", reply: str = "") -> None:
    delivery.state, delivery.reason = state, reason
    delivery.reply = reply[:500]
    delivery.settled_at, delivery.due_at, delivery.claimed_by = clock.now(), None, None
    db.session.flush()


def _give_back(delivery: Delivery, *, due_at: datetime | None = None, reply: str = "") -> None:
    delivery.state, delivery.claimed_by, delivery.claimed_at = "pending", None, None
    delivery.reply = reply[:500]
    delivery.due_at = due_at or delivery.due_at or clock.now()
    db.session.flush()
