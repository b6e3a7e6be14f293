"""People in several time zones, and moments, for the tests of this room."""

from datetime import UTC, datetime

from portal.extensions import db
from portal.models import Community, Delivery, Member
from tests import factories

WALL = datetime(2026, 12, 1, 8, 0)
"""A Tuesday."""


def utc(month: int, day: int, hour: int, minute: int = 0, second: int = 0, *, year: int = 2026) -> datetime:
    """A moment."""
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)


def living_in(at: Community, *zones: str, **values: object) -> list[Member]:
    """One person in each time zone."""
    people = [factories.member(time_zone=zone) for zone in zones]
    for person in people:
        factories.membership(at=at, of=person, since=utc(1, 1, 0), **values)
    return people


def due(newsletter_id: int) -> dict[str, tuple[datetime | None, datetime | None]]:
    """When each person's mail may leave and when no longer, by their time zone."""
    rows = db.select(Member.time_zone, Delivery.due_at, Delivery.closes_at).join_from(Delivery, Member)
    found = db.session.execute(rows.where(Delivery.newsletter_id == newsletter_id)).all()
    assert len({zone for zone, _at, _until in found}) == len(found)
    return {zone: (at, until) for zone, at, until in found}
