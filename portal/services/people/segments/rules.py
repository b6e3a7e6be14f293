"""The rules a segment is made of: what each one holds, and the condition over members it stands for."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, exists, not_, select
from sqlalchemy.orm import aliased

from portal.models import Community, Interest, Member, Membership, membership_interests

STATUSES = ("active", "muted", "paused", "bounced", "complained", "ended")


@dataclass(frozen=True)
class InCommunity:
    """An active membership of a community, or none."""

    community: str
    negated: bool = False

    def condition(self, at: datetime) -> ColumnElement[bool]:
        """Return the rule as SQL over Member."""
        found = _membership(self.community)
        return not_(found) if self.negated else found


@dataclass(frozen=True)
class HasInterest:
    """An interest picked in an active membership of its community, or not picked."""

    community: str
    interest: str
    negated: bool = False

    def condition(self, at: datetime) -> ColumnElement[bool]:
        """Return the rule as SQL over Member."""
        mine, where, topic = aliased(Membership), aliased(Community), aliased(Interest)
        picked = (
            select(mine.id)
            .join(where, where.id == mine.community_id)
            .join(membership_interests, membership_interests.c.membership_id == mine.id)
            .join(topic, topic.id == membership_interests.c.interest_id)
            .where(mine.member_id == Member.id, mine.ended_at.is_(None), where.slug == self.community)
            .where(topic.community_id == mine.community_id, topic.slug == self.interest)
        )
        found = picked.correlate(Member).exists()
        return not_(found) if self.negated else found


@dataclass(frozen=True)
class HasStatus:
    """How things stand: with one community where it is named, else anywhere."""

    status: str
    community: str = ""

    def condition(self, at: datetime) -> ColumnElement[bool]:
        """Return the rule as SQL over Member."""
        if self.status == "ended":
            return _membership(self.community, ended=True) & not_(_membership(self.community))
        if self.status == "muted":
            return _membership(self.community, muted=True)
        if self.status == "active":
            return _membership(self.community)
        holds = {
            "paused": _paused(at.date()),
            "bounced": Member.bounced_at.is_not(None),
            "complained": Member.complained_at.is_not(None),
        }[self.status]
        return holds & _membership(self.community) if self.community else holds


@dataclass(frozen=True)
class HasFrequency:
    """How often somebody hears: from one community where it is named, else from any."""

    frequency: str
    community: str = ""

    def condition(self, at: datetime) -> ColumnElement[bool]:
        """Return the rule as SQL over Member."""
        return _membership(self.community, frequency=self.frequency)


@dataclass(frozen=True)
class Joined:
    """When an active membership began: of one community where it is named, else of any."""

    how: str
    value: date | int
    community: str = ""

    def condition(self, at: datetime) -> ColumnElement[bool]:
        """Return the rule as SQL over Member."""
        limit = self.moment(at)
        after = self.how in {"since", "within_days"}
        return _membership(self.community, since=limit if after else None, before=None if after else limit)

    def moment(self, at: datetime) -> datetime:
        """Return the instant that parts those who came before from those who came since."""
        if isinstance(self.value, date):
            return datetime.combine(self.value, time(), UTC)
        return at - timedelta(days=self.value)


Rule = InCommunity | HasInterest | HasStatus | HasFrequency | Joined


def _paused(today: date) -> ColumnElement[bool]:
    return Member.paused_until_on.is_not(None) & (Member.paused_until_on > today)


def _membership(
    community: str,
    *,
    ended: bool = False,
    muted: bool = False,
    frequency: str = "",
    since: datetime | None = None,
    before: datetime | None = None,
) -> ColumnElement[bool]:
    # Aliases keep the question whole when the statement around it reads memberships or communities too.
    mine = aliased(Membership)
    holds: list[Any] = [mine.member_id == Member.id, mine.ended_at.is_not(None) if ended else mine.ended_at.is_(None)]
    if community:
        where = aliased(Community)
        named = select(where.id).where(where.slug == community).correlate(None).scalar_subquery()
        holds.append(mine.community_id == named)
    if muted:
        holds.append(mine.muted_at.is_not(None))
    if frequency:
        holds.append(mine.frequency == frequency)
    if since is not None:
        holds.append(mine.started_at >= since)
    if before is not None:
        holds.append(mine.started_at < before)
    return exists().where(*holds).correlate(Member)
