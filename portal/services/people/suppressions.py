"""Suppressions: who is not mailed whatever they chose, why, and how that ends: by an act of their own."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.orm import InstrumentedAttribute, joinedload

from portal import clock
from portal.extensions import db
from portal.models import Delivery, Member, Report, Suppression, Touchpoint

PAGE = 50


def suppress(
    member_id: int, kind: str, *, reason: str, reply: str = "", report: Report | None = None
) -> Suppression | None:
    """Stop newsletters to a member, `bounced` or `complained`; None where that stands already or the person is gone.

    The member row is changed first and decides: told twice, or by two at once, it is written down once. An address that
    does not exist is a graver reason than one that failed too often, and takes its place.
    """
    now, mark = clock.now(), _mark(kind)
    stop = update(Member).where(Member.id == member_id, mark.is_(None), Member.erased_at.is_(None)).values({mark: now})
    if db.session.execute(stop).rowcount == 0:  # type: ignore[attr-defined]
        _make_graver(member_id, reason)
        return None
    row = Suppression(member_id=member_id, kind=kind, reason=reason, reply=reply[:500], report=report, since_at=now)
    db.session.add_all([row, Touchpoint(member_id=member_id, kind=kind, note=reply[:500], happened_at=now)])
    db.session.flush()
    return row


def lift(member: Member) -> bool:
    """End every suppression by the member's own act, which proves the address; say whether there was one."""
    now = clock.now()
    live = update(Suppression).where(Suppression.member_id == member.id, Suppression.lifted_at.is_(None))
    db.session.execute(live.values(lifted_at=now))
    db.session.flush()
    db.session.refresh(member, ["bounced_at", "complained_at"])  # Another process may have written them.
    if member.bounced_at is None and member.complained_at is None:
        return False
    member.bounced_at = member.complained_at = None
    db.session.add(Touchpoint(member=member, kind="returned", happened_at=now))
    db.session.flush()
    return True


def prove_address(member: Member) -> bool:
    """End what rests on bounces: mail arrives there. A complaint stands until they ask for newsletters again."""
    return member.bounced_at is not None and member.complained_at is None and lift(member)


def withdraw(member_id: int, *, reason: str) -> None:
    """Take back a suppression that rested on this reason alone, which does not hold any more."""
    mine = (Suppression.member_id == member_id, Suppression.reason == reason, Suppression.lifted_at.is_(None))
    if db.session.execute(delete(Suppression).where(*mine)).rowcount:  # type: ignore[attr-defined]
        db.session.execute(update(Member).where(Member.id == member_id).values(bounced_at=None))


def last_lifted_at(member_id: int) -> datetime | None:
    """Return when this member last came back; what is told about mail from before that counts no more."""
    return db.session.scalar(select(func.max(Suppression.lifted_at)).where(Suppression.member_id == member_id))


def live(kind: str = "", *, number: int = 1, size: int = PAGE) -> Sequence[Suppression]:
    """Return one page of the suppressions that stand, the newest first, of one kind or of all."""
    rows = _live(kind).order_by(Suppression.since_at.desc(), Suppression.id.desc())
    told_of = joinedload(Suppression.report).joinedload(Report.delivery).joinedload(Delivery.newsletter)
    rows = rows.options(joinedload(Suppression.member), told_of)
    return db.session.scalars(rows.limit(size).offset((number - 1) * size)).all()


def count_live() -> dict[str, int]:
    """Return how many stand of each kind that has any."""
    kinds = select(Suppression.kind, func.count()).where(Suppression.lifted_at.is_(None)).group_by(Suppression.kind)
    return dict(db.session.execute(kinds).all())


def find_live(member: Member) -> Suppression | None:
    """Return what stops this member now, a complaint before a bounce, or None."""
    rows = _live("").where(Suppression.member_id == member.id).order_by(Suppression.kind.desc()).limit(1)
    return db.session.scalars(rows).one_or_none()


def _make_graver(member_id: int, reason: str) -> None:
    if reason == "no_mailbox":
        lighter = (Suppression.member_id == member_id, Suppression.reason == "too_often")
        graver = update(Suppression).where(*lighter, Suppression.lifted_at.is_(None)).values(reason=reason)
        db.session.execute(graver)


def _live(kind: str) -> Select[Suppression]:
    rows = select(Suppression).where(Suppression.lifted_at.is_(None))
    return rows.where(Suppression.kind == kind) if kind else rows


def _mark(kind: str) -> InstrumentedAttribute[datetime | None]:
    return {"bounced": Member.bounced_at, "complained": Member.complained_at}[kind]
