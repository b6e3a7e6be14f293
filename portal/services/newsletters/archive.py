"""The archive: what is published, in the order it appeared; drafts never leave the desk."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import contains_eager

from portal.extensions import db
from portal.models import Community, Member, Membership, Newsletter

PAGE = 20


@dataclass(frozen=True)
class Shelf:
    """One page of the archive, newest first."""

    newsletters: Sequence[Newsletter]
    number: int
    size: int
    total: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // self.size))

    @property
    def first(self) -> int:
        """The place of the first newsletter on this page."""
        return (self.number - 1) * self.size + 1

    @property
    def last(self) -> int:
        """The place of the last newsletter on this page."""
        return self.first + len(self.newsletters) - 1


def may_read(community: Community, member: Member | None) -> bool:
    """Tell whether this person may read: everybody, or members only where the community is private."""
    if community.state != "private":
        return True
    if member is None:
        return False
    inside = select(Membership.id).where(
        Membership.member_id == member.id, Membership.community_id == community.id, Membership.is_active
    )
    return db.session.scalar(inside.limit(1)) is not None


def shelf(community: Community, number: int, *, size: int = PAGE) -> Shelf:
    """Return a page of the archive; a page beyond the end is empty."""
    total = db.session.scalar(select(func.count()).select_from(_published(community).subquery())) or 0
    rows = _newest_first(_published(community)).limit(size).offset((number - 1) * size)
    return Shelf(db.session.scalars(rows).all(), number, size, total)


def find(community: Community, slug: str) -> Newsletter | None:
    """Return the published newsletter at this address."""
    if not slug.isprintable():
        return None
    return db.session.scalar(_published(community).where(Newsletter.slug == slug))


def neighbours(newsletter: Newsletter) -> tuple[Newsletter | None, Newsletter | None]:
    """Return the published newsletter before and the one after this one."""
    at, key = newsletter.published_at, newsletter.id
    earlier = (Newsletter.published_at < at) | ((Newsletter.published_at == at) & (Newsletter.id < key))
    later = (Newsletter.published_at > at) | ((Newsletter.published_at == at) & (Newsletter.id > key))
    rows = _published(newsletter.community)
    before = db.session.scalar(_newest_first(rows.where(earlier)).limit(1))
    after = db.session.scalar(rows.where(later).order_by(Newsletter.published_at, Newsletter.id).limit(1))
    return before, after


def latest(community: Community, count: int) -> Sequence[Newsletter]:
    """Return the newest published newsletters, newest first."""
    return db.session.scalars(_newest_first(_published(community)).limit(count)).all()


def _published(community: Community) -> Select[Newsletter]:
    rows = select(Newsletter).join(Newsletter.community).options(contains_eager(Newsletter.community))
    return rows.where(Newsletter.community_id == community.id, Newsletter.is_published)


def _newest_first(rows: Select[Newsletter]) -> Select[Newsletter]:
    return rows.order_by(Newsletter.published_at.desc(), Newsletter.id.desc())
