"""Previews: through whose eyes a recruiter looks at a newsletter before anyone gets it."""

from collections.abc import Sequence

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import contains_eager

from portal import clock
from portal.extensions import db
from portal.models import Community, Member, Membership, Newsletter

MOST = 50
"""How many people a choice shows at once; a search narrows it."""


def readers(community: Community, *, words: str = "", count: int = MOST) -> Sequence[Membership]:
    """Return active memberships whose person's name or address holds all these words, by name."""
    rows = _memberships(community)
    for word in words.split()[:5]:
        like = f"%{word.translate(_LITERALLY)}%"
        rows = rows.where(or_(Member.name.ilike(like, escape="\\"), Member.email.ilike(like, escape="\\")))
    return db.session.scalars(rows.order_by(Member.name, Member.email, Member.id).limit(count)).all()


def reader(newsletter: Newsletter, member_id: int | None = None) -> Membership:
    """Return the chosen person's membership, else the first one's, else that of an example reader."""
    if member_id is not None and 0 < member_id < 2**63:
        chosen = db.session.scalar(_memberships(newsletter.community).where(Member.id == member_id))
        if chosen is not None:
            return chosen
    first = readers(newsletter.community, count=1)
    return first[0] if first else _example(newsletter)


def as_typed(newsletter: Newsletter, **words: str) -> Newsletter:
    """Return a copy with words that are not saved yet; it is never kept."""
    with db.session.no_autoflush:
        columns = {name: getattr(newsletter, name) for name in _COLUMNS}
        return Newsletter(**{**columns, **words}, community=newsletter.community)


_COLUMNS = tuple(column.key for column in Newsletter.__table__.columns)
_LITERALLY = str.maketrans({"\\": "\\\\", "%": "\\%", "_": "\\_"})


def _memberships(community: Community) -> Select[Membership]:
    rows = select(Membership).join(Membership.member).options(contains_eager(Membership.member))
    return rows.where(Membership.community_id == community.id, Membership.is_active, Member.erased_at.is_(None))


def _example(newsletter: Newsletter) -> Membership:
    # Nobody has joined yet. These two rows are never added to the session, so they are never kept.
    with db.session.no_autoflush:
        now = clock.now()
        member = Member(id=0, email="reader@example.org", name="", language=newsletter.language, created_at=now)
        return Membership(
            id=0,
            member=member,
            member_id=0,
            community=newsletter.community,
            community_id=newsletter.community_id,
            frequency="every",
            source="",
            started_at=now,
        )
