"""What visitors may know about communities: which are open, what they publish, and how often they really did."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Row, func, select

from portal import clock
from portal.extensions import db
from portal.models import Community, Newsletter
from portal.tools.rendering import rings

A_YEAR = timedelta(days=365)
_LATEST = 3


@dataclass(frozen=True)
class Figures:
    """Counted from published newsletters: all, those of the last 12 months, and the first and last moment."""

    published: int = 0
    last_year: int = 0
    first_at: datetime | None = None
    latest_at: datetime | None = None


class Drawing(NamedTuple):
    """A community's growth rings, one for each published newsletter: SVG paths, and the box that shows them whole."""

    paths: list[str]
    view_box: str


def open_communities() -> list[Community]:
    """Return the communities that anyone may join, by name."""
    return list(db.session.execute(select(Community).where(Community.is_open).order_by(Community.name)).scalars())


def find(slug: str) -> Community | None:
    """Return a community by the name in its address, whatever its state, or None."""
    if not slug.isprintable():
        return None
    return db.session.execute(select(Community).where(Community.slug == slug)).scalar_one_or_none()


def figures(communities: list[Community]) -> dict[int, Figures]:
    """Return the figures of each community by its id."""
    since = clock.now() - A_YEAR
    question = (
        select(
            Newsletter.community_id,
            func.count(Newsletter.id),
            func.count(Newsletter.id).filter(Newsletter.published_at > since),
            func.min(Newsletter.published_at),
            func.max(Newsletter.published_at),
        )
        .where(Newsletter.community_id.in_([community.id for community in communities]), Newsletter.is_published)
        .group_by(Newsletter.community_id)
    )
    counted = {row[0]: Figures(*row[1:]) for row in db.session.execute(question)}
    return {community.id: counted.get(community.id, Figures()) for community in communities}


def drawing(community: Community, published: int | None = None) -> Drawing:
    """Draw a community's rings; how many newsletters it published is asked when it is not given.

    What a private community publishes is nobody's business, so it has no rings.
    """
    if community.state == "private":
        return Drawing([], rings.view_box([]))
    paths = rings.rings(
        community.slug, figures([community])[community.id].published if published is None else published
    )
    return Drawing(paths, rings.view_box(paths))


def latest(community: Community, *, limit: int = _LATEST) -> list[Row[tuple[str, str, str, datetime]]]:
    """Return slug, title, summary and published_at of the newest published newsletters, newest first."""
    question = (
        select(Newsletter.slug, Newsletter.title, Newsletter.summary, Newsletter.published_at)
        .where(Newsletter.community_id == community.id, Newsletter.is_published)
        .order_by(Newsletter.published_at.desc(), Newsletter.id.desc())
        .limit(limit)
    )
    return list(db.session.execute(question))
