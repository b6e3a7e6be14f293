"""The desk's overview: drafts being written, newsletters that wait or are going out, and those that went."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from portal.extensions import db
from portal.models import Delivery, Newsletter

PAGE = 25


@dataclass(frozen=True)
class Overview:
    """Everything a recruiter has in hand, and one page of what went out."""

    drafts: Sequence[Newsletter]
    scheduled: Sequence[Newsletter]
    sending: Sequence[Newsletter]
    sent: Sequence[Newsletter]
    sent_total: int
    reached: dict[int, int]

    @property
    def is_empty(self) -> bool:
        """True when nobody has written anything yet."""
        return not (self.drafts or self.scheduled or self.sending or self.sent_total)


def overview(*, page: int = 1, size: int = PAGE) -> Overview:
    """Return what is in hand, and the given page of sent newsletters, newest first."""
    went = select(Newsletter).where(Newsletter.sent_at.is_not(None))
    sent = _all(went.order_by(Newsletter.sent_at.desc(), Newsletter.id.desc()).limit(size).offset((page - 1) * size))
    sending = _all(
        select(Newsletter)
        .where(Newsletter.addressed_at.is_not(None), Newsletter.sent_at.is_(None))
        .order_by(Newsletter.addressed_at.desc())
    )
    waiting = select(Newsletter).where(Newsletter.addressed_at.is_(None))
    return Overview(
        drafts=_all(waiting.where(Newsletter.send_at.is_(None)).order_by(Newsletter.changed_at.desc()).limit(200)),
        scheduled=_all(waiting.where(Newsletter.send_at.is_not(None)).order_by(Newsletter.send_at)),
        sending=sending,
        sent=sent,
        sent_total=db.session.scalar(select(func.count()).select_from(went.subquery())) or 0,
        reached=_reached([*sending, *sent]),
    )


def _all(rows: Select[Newsletter]) -> Sequence[Newsletter]:
    return db.session.scalars(rows.options(joinedload(Newsletter.community))).all()


def _reached(newsletters: Sequence[Newsletter]) -> dict[int, int]:
    """Return how many mails of each newsletter were sent, in one question."""
    counts = dict.fromkeys((newsletter.id for newsletter in newsletters), 0)
    rows = select(Delivery.newsletter_id, func.count()).where(
        Delivery.newsletter_id.in_(counts), Delivery.state == "sent"
    )
    for key, sent in db.session.execute(rows.group_by(Delivery.newsletter_id)):
        counts[key] = sent
    return counts
