"""Readings: how many of those who agreed to measuring opened a newsletter or followed a link, and who they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select

from portal.extensions import db
from portal.models import Delivery, Member, Newsletter

FEWEST = 10
"""Below so many measured members no sum is shown: it would point at persons."""

_MEASURED = (Delivery.state == "sent", Delivery.measured_at.is_not(None))
_DID: dict[str, tuple[ColumnElement[bool], ...]] = {
    "measured": (),
    "opened": (Delivery.opened_at.is_not(None),),
    "clicked": (Delivery.clicked_at.is_not(None),),
}
WHAT = tuple(_DID)


@dataclass(frozen=True)
class Readings:
    """Of the measured mails that were sent: how many were opened, and in how many a link was followed."""

    measured: int = 0
    opened: int = 0
    clicked: int = 0

    @property
    def are_too_few(self) -> bool:
        """True where nothing may be shown."""
        return self.measured < FEWEST


def of(newsletter: Newsletter) -> Readings:
    """Count them now."""
    counts = (func.count(), func.count(Delivery.opened_at), func.count(Delivery.clicked_at))
    rows = select(*counts).select_from(Delivery).where(Delivery.newsletter_id == newsletter.id, *_MEASURED)
    return Readings(*db.session.execute(rows).one())


def people(
    newsletter: Newsletter, what: str, *, page: int, size: int
) -> tuple[Sequence[Row[tuple[Delivery, Member]]], int]:
    """Return a page of those behind one of the sums (`WHAT`), and how many there are."""
    rows = select(Delivery, Member).outerjoin(Member, Delivery.member_id == Member.id)
    rows = rows.where(Delivery.newsletter_id == newsletter.id, *_MEASURED, *_DID[what])
    total = db.session.scalar(select(func.count()).select_from(rows.subquery())) or 0
    return db.session.execute(_page(rows.order_by(Member.name, Delivery.id), page, size)).all(), total


def _page(rows: Select[*tuple[Any, ...]], page: int, size: int) -> Select[Any]:
    return rows.limit(size).offset((page - 1) * size)
