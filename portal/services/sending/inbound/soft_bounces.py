"""Soft bounces: on how many days a mailbox took no mail since one was last delivered."""

from datetime import datetime, timedelta

from sqlalchemy import func, select

from portal import clock
from portal.extensions import db
from portal.models import Delivery, Report

TOO_MANY = 5
"""Days; above this the address is suppressed. A day counts once, however much was refused on it."""
_SILENCE = timedelta(days=5)
"""A mail of which nothing came back for so long has arrived: mail servers try for five days at most."""
_MOST = 500


def are_too_many(member_id: int) -> bool:
    """Tell whether the address has failed softly on more than `TOO_MANY` days with no delivery in between.

    It is counted from what was told, not kept, so the order in which it is told makes no difference.
    """
    rows = select(Report.happened_at).where(Report.member_id == member_id, Report.kind == "soft")
    if last := _last_delivered_at(member_id):
        rows = rows.where(Report.happened_at > last)
    moments = db.session.scalars(rows.order_by(Report.happened_at.desc()).limit(_MOST))
    return len({moment.date() for moment in moments}) > TOO_MANY


def _last_delivered_at(member_id: int) -> datetime | None:
    told = (Delivery.delivered_at, Delivery.opened_at, Delivery.clicked_at, Delivery.replied_at)
    mine = Delivery.member_id == member_id
    known = db.session.execute(select(*(func.max(moment) for moment in told)).where(mine)).one()
    silent = select(func.max(Delivery.handed_over_at)).where(
        mine, Delivery.state == "sent", Delivery.bounced_at.is_(None), Delivery.settled_at < clock.now() - _SILENCE
    )
    return max((moment for moment in (*known, db.session.scalar(silent)) if moment), default=None)
