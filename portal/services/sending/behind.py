"""The people behind a number, a page at a time: of a forecast, and of an account."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, func, select

from portal.extensions import db
from portal.models import Delivery, Member, Newsletter
from portal.services.sending import accounts, addressing


def forecast(newsletter: Newsletter, reason: str, *, page: int, size: int) -> tuple[Sequence[Member], int]:
    """Return a page of those forecast with this reason (`""`: who get it), and how many there are."""
    rows = addressing.people(newsletter, reason)
    return db.session.scalars(_page(rows, page, size)).all(), _count(rows)


def account(
    newsletter: Newsletter, *, state: str, reason: str, page: int, size: int, span: accounts.Span = accounts.ALWAYS
) -> tuple[Sequence[Row[tuple[Delivery, Member]]], int]:
    """Return a page of deliveries in this state with their members, and how many there are; of a span, where given."""
    rows = accounts.people(newsletter, state=state, reason=reason, span=span)
    return db.session.execute(_page(rows, page, size)).all(), _count(rows)


def _page(rows: Select[*tuple[Any, ...]], page: int, size: int) -> Select[Any]:
    return rows.limit(size).offset((page - 1) * size)


def _count(rows: Select[*tuple[Any, ...]]) -> int:
    return db.session.scalar(select(func.count()).select_from(rows.order_by(None).subquery())) or 0
