"""A window of deliveries: read together, handed over together by one change that asks again, settled together."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import ColumnElement, Date, Table, bindparam, case, exists, or_, select, true, update

from portal import clock
from portal.extensions import db
from portal.models import Delivery, Member, Membership, Newsletter
from portal.services.people import consents
from portal.services.sending import eligibility


@dataclass(frozen=True, slots=True)
class Planned:
    """A delivery with all that its mail is filled with; `member_id` is None for someone erased."""

    id: int
    newsletter_id: int
    planned_at: datetime
    member_id: int | None
    name: str
    email: str
    joined_at: datetime | None
    frequency: str
    measured: bool = False
    """True while the member agrees to measuring; any other mail must not hold a byte of it."""


def read(ids: Sequence[int]) -> list[Planned]:
    """Return what the mails of these deliveries are filled with, in the order of the ids."""
    rows = db.session.execute(_PLANNED, {"ids": ids}).all()
    found = {
        row[0]: Planned(*row[:4], row[4] or "", row[5] or "", row[6], row[7] or "every", bool(row[8])) for row in rows
    }
    return [found[delivery_id] for delivery_id in ids if delivery_id in found]


def hand_over(ids: Sequence[int], *, worker_id: int, measured: Collection[int] = ()) -> set[int]:
    """Ask again and pass the point of no return; return those still wanted. Commit before their `DATA`.

    Who is not wanted any more is excluded with the reason; what a person holds, what has run out of allowed hours, and
    what was made in the `measured` form for somebody who has withdrawn that since, goes back. Newsletters, members and
    memberships are locked while asking (PostgreSQL; SQLite has one writer at a time), so a leaving or withdrawal that
    was acknowledged before this commit is always seen by it.
    """
    if not ids:
        return set()
    now = clock.now()
    _lock(ids)
    asked = {"ids": ids, "measured": [*measured], "me": worker_id, "now": now, "today": now.date()}
    handed = set(db.session.connection().scalars(_HAND_OVER, asked))
    if len(handed) < len(ids):
        mine = (Delivery.id.in_(ids), Delivery.state == "claimed", Delivery.claimed_by == worker_id)
        _turn_away(mine, now)
    return handed


def sent(replies: Iterable[tuple[int, str]]) -> None:
    """Record the server's 250 for each (delivery id, reply)."""
    now = clock.now()
    rows = [{"row": delivery_id, "said": reply[:500], "now": now} for delivery_id, reply in replies]
    if rows:
        db.session.connection().execute(_SENT, rows)


def put_back(ids: Sequence[int]) -> None:
    """Return rows that were handed over but never reached the server: not one byte of their text was sent."""
    if not ids:
        return
    back = update(Delivery).where(Delivery.id.in_(ids), Delivery.state == "handed_over")
    back = back.values(state="pending", claimed_by=None, claimed_at=None, handed_over_at=None, measured_at=None)
    back = back.values(tries=Delivery.tries - 1)
    db.session.execute(back.execution_options(synchronize_session=False))


_TABLE = cast(Table, Delivery.__table__)
_PLANNED = (
    select(
        Delivery.id,
        Delivery.newsletter_id,
        Delivery.planned_at,
        Member.id,
        Member.name,
        Member.email,
        Membership.started_at,
        Membership.frequency,
        consents.is_live(Member.id, "measuring"),
    )
    .outerjoin(Member, Member.id == Delivery.member_id)
    .outerjoin(Membership, Membership.id == Delivery.membership_id)
    .where(Delivery.id.in_(bindparam("ids", expanding=True)))
)
_OPEN = or_(_TABLE.c.closes_at.is_(None), _TABLE.c.closes_at > bindparam("now"))
_FREE = exists().where(
    Newsletter.id == _TABLE.c.newsletter_id, Newsletter.held_at.is_(None), Newsletter.cancelled_at.is_(None)
)
_WANTED = exists().where(
    Member.id == _TABLE.c.member_id,
    Membership.id == _TABLE.c.membership_id,
    eligibility.reason_expression(today=bindparam("today", type_=Date)) == "",
)
_MEASURED = _TABLE.c.id.in_(bindparam("measured", expanding=True))
# Not NOT IN: an empty list is written out once for both operators, and turns IN into yes (SQLAlchemy 2.1, PostgreSQL).
_AS_AGREED = case((_MEASURED, consents.is_live(_TABLE.c.member_id, "measuring")), else_=true())
_HAND_OVER = (
    update(_TABLE)
    .where(_TABLE.c.id.in_(bindparam("ids", expanding=True)), _TABLE.c.state == "claimed")
    .where(_TABLE.c.claimed_by == bindparam("me"), _OPEN, _FREE, _WANTED, _AS_AGREED)
    .values(state="handed_over", handed_over_at=bindparam("now"), tries=_TABLE.c.tries + 1)
    .values(measured_at=case((_MEASURED, bindparam("now", type_=_TABLE.c.measured_at.type)), else_=None))
    .returning(_TABLE.c.id)
)
# A row that somebody took for lost meanwhile is settled by this, too: no evidence is better than the server's answer.
_SENT = (
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("row"), or_(_TABLE.c.state == "handed_over", _TABLE.c.state == "in_doubt"))
    .values(state="sent", reason="", reply=bindparam("said"), settled_at=bindparam("now"), due_at=None, claimed_by=None)
)


def _lock(ids: Sequence[int]) -> None:
    """Lock what the answer rests on before reading it, in one order everywhere: newsletter, member, membership."""
    if db.session.get_bind().dialect.name == "sqlite":
        return
    of = Delivery.id.in_(ids)
    for model, key in (
        (Newsletter, Delivery.newsletter_id),
        (Member, Delivery.member_id),
        (Membership, Delivery.membership_id),
    ):
        rows = select(model.id).where(model.id.in_(select(key).where(of))).order_by(model.id)
        db.session.execute(rows.with_for_update(read=True)).all()


def _turn_away(mine: tuple[ColumnElement[bool], ...], now: datetime) -> None:
    open_now = Delivery.is_open(now)
    why, back = eligibility.reason_expression(today=now.date()), {"state": "pending", "claimed_by": None}
    rows = (
        select(Delivery.id, why, Member.id, Membership.id, Newsletter.held_at, Newsletter.cancelled_at, open_now)
        .join(Newsletter, Newsletter.id == Delivery.newsletter_id)
        .outerjoin(Member, Member.id == Delivery.member_id)
        .outerjoin(Membership, Membership.id == Delivery.membership_id)
        .where(*mine)
    )
    for delivery_id, reason, member_id, membership_id, held_at, cancelled_at, is_open in db.session.execute(rows).all():
        said = "erased" if member_id is None else "left" if membership_id is None else reason
        if held_at or cancelled_at or not is_open or not said:
            db.session.execute(update(Delivery).where(Delivery.id == delivery_id).values(back))
            continue
        gone = {"state": "excluded", "reason": said, "settled_at": now, "due_at": None, "claimed_by": None}
        db.session.execute(update(Delivery).where(Delivery.id == delivery_id).values(gone))
