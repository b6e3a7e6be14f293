"""Addressing: turning a newsletter into deliveries, once, with everyone who does not get it as a row with a reason."""

from datetime import datetime
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, String, case, column, func, insert, literal, null, select, values

from portal import clock
from portal.extensions import db
from portal.models import Delivery, Member, Membership, Newsletter
from portal.services.people import segments
from portal.services.sending import eligibility, starts
from portal.services.sending.errors import AlreadyAddressed


def audience(newsletter: Newsletter) -> ColumnElement[bool]:
    """Return the condition over Member joined to Membership: active in the community, and in the segment if any."""
    active = (Membership.community_id == newsletter.community_id) & Membership.is_active
    rules = newsletter.audience_rules or (newsletter.segment.rules if newsletter.segment else None)
    return active if rules is None else active & segments.criterion(rules, clock.now())


def forecast(newsletter: Newsletter) -> dict[str, Any]:
    """Return who would get it if it were addressed now: `planned`, `pending`, and `excluded` by reason."""
    why = eligibility.reason_expression(today=clock.now().date()).label("why")
    rows = select(why, func.count()).join_from(Member, Membership, Membership.member_id == Member.id)
    counted = db.session.execute(rows.where(audience(newsletter)).group_by(why)).all()
    counts = dict(counted)
    pending = counts.pop("", 0)
    return {"planned": pending + sum(counts.values()), "pending": pending, "excluded": counts}


def clocks(newsletter: Newsletter) -> dict[str, int]:
    """Return how many would get it now by time zone; people who share no zone we know of stand under `""`."""
    why = eligibility.reason_expression(today=clock.now().date())
    rows = select(Member.time_zone, func.count()).join(Membership, Membership.member_id == Member.id)
    counted = db.session.execute(rows.where(audience(newsletter), why == "").group_by(Member.time_zone)).all()
    return dict(counted)


def people(newsletter: Newsletter, reason: str) -> Select[Member]:
    """Return the members forecast with this reason, `""` meaning those who get it; ordered by name and address."""
    why = eligibility.reason_expression(today=clock.now().date())
    rows = select(Member).join(Membership, Membership.member_id == Member.id)
    return rows.where(audience(newsletter), why == reason).order_by(Member.name, Member.email, Member.id)


def address(newsletter: Newsletter) -> int:
    """Freeze the audience into deliveries in one statement, publish, and return how many rows were planned.

    Each row is due when its hour comes: now, on the member's own clock, or when the community's hours open.
    """
    if newsletter.addressed_at is not None:
        raise AlreadyAddressed
    now = clock.now()
    db.session.execute(insert(Delivery).from_select(_COLUMNS, _frozen(newsletter, now)))
    written = select(func.count()).where(Delivery.newsletter_id == newsletter.id)
    newsletter.planned = db.session.execute(written).scalar_one()
    newsletter.addressed_at = now
    newsletter.publish(now)
    db.session.flush()
    return newsletter.planned


_COLUMNS = [
    Delivery.newsletter_id,
    Delivery.member_id,
    Delivery.membership_id,
    Delivery.consent_id,
    Delivery.state,
    Delivery.reason,
    Delivery.reply,
    Delivery.tries,
    Delivery.planned_at,
    Delivery.due_at,
    Delivery.closes_at,
    Delivery.settled_at,
]


def _frozen(newsletter: Newsletter, now: datetime) -> Select[Any]:
    why = eligibility.reason_expression(today=now.date())
    moment = literal(now, Delivery.planned_at.type)
    asked, since = starts.timing(newsletter), starts.reference(newsletter.send_at, now)
    usual = asked.start("", since=since, now=now)
    known = {zone: asked.start(zone, since=since, now=now) for zone in clocks(newsletter)} if asked.is_local else {}
    own = _own_starts(known or {"": usual})
    due_at = case((own.c.zone.is_(None), literal(usual.at, Delivery.due_at.type)), else_=own.c.due_at)
    closes_at = case((own.c.zone.is_(None), literal(usual.until, Delivery.closes_at.type)), else_=own.c.closes_at)
    rows = select(
        literal(newsletter.id),
        Member.id,
        Membership.id,
        Membership.mail_consent_id,
        case((why == "", "pending"), else_="excluded"),
        why,
        literal(""),
        literal(0),
        moment,
        case((why == "", due_at), else_=null()),
        case((why == "", closes_at), else_=null()),
        case((why == "", null()), else_=moment),
    )
    rows = rows.select_from(Member).join(Membership, Membership.member_id == Member.id)
    return rows.outerjoin(own, own.c.zone == Member.time_zone).where(audience(newsletter))


def _own_starts(known: dict[str, starts.Start]) -> CTE:
    """Return a small table of the starts by time zone; who has another one by now starts as usual."""
    columns = (
        column("zone", String(64)),
        column("due_at", Delivery.due_at.type),
        column("closes_at", Delivery.closes_at.type),
    )
    rows = [(zone, start.at, literal(start.until, Delivery.closes_at.type)) for zone, start in known.items()]
    return values(*columns, name="starts_by_zone").data(rows).cte("own")
