"""Waiting: rows whose hours closed before their turn move to the next opening, and a missed local start asks."""

from datetime import datetime

from sqlalchemy import ColumnElement, select, update

from portal import clock
from portal.extensions import db
from portal.models import Delivery, Member, Newsletter
from portal.services.sending import starts
from portal.services.sending.hours import Span


def move_on() -> None:
    """Move every row whose hours have closed to the next opening, or hold its newsletter and ask."""
    now = clock.now()
    closed = (Delivery.state == "pending", Delivery.due_at <= now, Delivery.closes_at <= now)
    rows = select(Newsletter).where(Newsletter.id.in_(select(Delivery.newsletter_id).where(*closed)))
    rows = rows.where(Newsletter.held_at.is_(None), Newsletter.cancelled_at.is_(None)).order_by(Newsletter.id)
    for newsletter in db.session.scalars(rows).all():
        mine = (Delivery.newsletter_id == newsletter.id, *closed)
        if starts.allowed_hours(newsletter.community) is None:
            _go_on_or_ask(newsletter, mine, now)
        else:
            _wait_for_the_next_opening(newsletter, mine, now)
    db.session.flush()


def _wait_for_the_next_opening(newsletter: Newsletter, closed: tuple[ColumnElement[bool], ...], now: datetime) -> None:
    """Ask once for each clock, and move all rows that go by it together."""
    for opening, zones in _openings(newsletter, closed, now).items():
        theirs = Delivery.member_id.in_(select(Member.id).where(Member.time_zone.in_(zones)))
        _move(opening, *closed, theirs)
    usual = starts.next_opening(newsletter.community, starts.clock_for(newsletter, ""), at=now)
    _move(usual, *closed)


def _openings(newsletter: Newsletter, closed: tuple[ColumnElement[bool], ...], now: datetime) -> dict[Span, list[str]]:
    if not newsletter.send_local:
        return {}
    zones = select(Member.time_zone).join(Delivery, Delivery.member_id == Member.id).where(*closed).distinct()
    openings: dict[Span, list[str]] = {}
    for zone in db.session.scalars(zones):
        clocks = starts.clock_for(newsletter, zone)
        openings.setdefault(starts.next_opening(newsletter.community, clocks, at=now), []).append(zone)
    return openings


def _move(opening: Span, *rows: ColumnElement[bool]) -> None:
    moved = update(Delivery).where(*rows).values(due_at=opening.at, closes_at=opening.until)
    db.session.execute(moved.execution_options(synchronize_session=False))


def _go_on_or_ask(newsletter: Newsletter, closed: tuple[ColumnElement[bool], ...], now: datetime) -> None:
    """Without hours a row closes when it is hours late: a slow server goes on, a start that was missed asks."""
    for closes_at in db.session.scalars(select(Delivery.closes_at).where(*closed).distinct()).all():
        assert closes_at is not None
        if not _is_agreed(newsletter, closes_at) and not _was_moving(newsletter, closes_at):
            newsletter.hold(now, reason="late")
            return
        always = update(Delivery).where(*closed, Delivery.closes_at == closes_at).values(closes_at=None)
        db.session.execute(always.execution_options(synchronize_session=False))


def _is_agreed(newsletter: Newsletter, closes_at: datetime) -> bool:
    confirmed_at = newsletter.late_confirmed_at
    return not newsletter.send_local or (confirmed_at is not None and confirmed_at >= closes_at)


def _was_moving(newsletter: Newsletter, closes_at: datetime) -> bool:
    begun = (Delivery.handed_over_at >= closes_at - starts.LATE, Delivery.handed_over_at < closes_at)
    row = select(Delivery.id).where(Delivery.newsletter_id == newsletter.id, *begun).limit(1)
    return db.session.scalar(row) is not None
