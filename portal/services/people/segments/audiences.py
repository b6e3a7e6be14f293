"""Audiences: a segment's document turned into one condition over members, and the people it finds now."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select

from portal import clock
from portal.extensions import db
from portal.models import Member
from portal.services.people.segments.documents import read


def criterion(document: Any, at: datetime) -> ColumnElement[bool]:
    """Return the document as one condition over Member, as things stand at that moment; raise `BadRules`."""
    return and_(Member.erased_at.is_(None), *(rule.condition(at) for rule in read(document)))


def audience(document: Any) -> Select[int]:
    """Return the question for the ids of the people it finds now."""
    return select(Member.id).where(criterion(document, clock.now()))


def count(document: Any) -> int:
    """Return how many people it finds now."""
    counted = select(func.count()).select_from(Member).where(criterion(document, clock.now()))
    return db.session.execute(counted).scalar_one()


def sample(document: Any, n: int) -> list[Member]:
    """Return a few of the people it finds, those who came last first."""
    found = select(Member).where(criterion(document, clock.now()))
    return list(db.session.scalars(found.order_by(Member.created_at.desc(), Member.id.desc()).limit(n)))


def matches(document: Any, member: Member) -> bool:
    """Tell whether this person is in the audience now; the database judges, so there is one truth."""
    return db.session.scalar(audience(document).where(Member.id == member.id)) is not None
