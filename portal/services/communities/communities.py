"""Communities as recruiters tend them: begun, described, opened and closed, with the interests each one offers."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from portal import clock
from portal.extensions import db
from portal.models import Community, Interest, Membership, Newsletter, membership_interests
from portal.services.people import segments
from portal.tools import text

LONGEST = {"name": 120, "slug": 80, "summary": 300, "written_by": 300, "about": 20_000, "interest": 80}


class SlugTaken(Exception):
    """Another community has this address."""


class InterestThere(Exception):
    """The community offers this interest already."""


def everyone() -> list[Community]:
    """Return all communities, whatever their state, by name."""
    return list(db.session.scalars(select(Community).order_by(func.lower(Community.name), Community.id)))


def find(slug: str) -> Community | None:
    """Return a community by the name in its address, or None."""
    if not slug.isprintable():
        return None
    return db.session.scalar(select(Community).where(Community.slug == slug))


def members_in(communities: list[Community]) -> dict[int, int]:
    """Return how many people are in each community now, by its id."""
    ids = [community.id for community in communities]
    active = select(Membership.community_id, func.count()).where(Membership.is_active, Membership.community_id.in_(ids))
    counted = {row[0]: row[1] for row in db.session.execute(active.group_by(Membership.community_id))}
    return {community.id: counted.get(community.id, 0) for community in communities}


def address_for(name: str, *, wanted: str = "") -> str:
    """Return the part of the address a community would get: what was wanted, else made from its name."""
    return text.slugify(wanted or name, fallback="community", ascii_only=True)


def begin(*, name: str, slug: str = "", **facts: Any) -> Community:
    """Begin a community at an address made from `slug` or the name; raise `SlugTaken`.

    `facts`: summary, about, written_by, cadence, state, language, brand_color.
    """
    community = Community(name=name, slug=address_for(name, wanted=slug), created_at=clock.now(), **facts)
    _keep(lambda: db.session.add(community))
    return community


def describe(community: Community, *, slug: str, **facts: Any) -> None:
    """Change what a community says about itself; raise `SlugTaken` when its new address is another one's.

    An empty slug keeps the address. Once newsletters are out the address stays, since mails point to it.
    """
    if slug and not has_published(community):
        facts["slug"] = address_for(community.name, wanted=slug)
    old = community.slug
    _keep(lambda: _set(community, facts))
    if community.slug != old:
        segments.follow_community(old, community.slug)


def has_published(community: Community) -> bool:
    """Tell whether something of this community was published or sent, so that its address is out in the world."""
    out = (Newsletter.published_at.is_not(None)) | (Newsletter.addressed_at.is_not(None))
    question = select(Newsletter.id).where(Newsletter.community_id == community.id, out)
    return db.session.scalar(question.limit(1)) is not None


def offer(community: Community, name: str) -> Interest:
    """Add an interest at the end, or offer a retired one of that name again; raise `InterestThere`."""
    known = next((each for each in community.interests if each.name.casefold() == name.casefold()), None)
    if known is not None and known.retired_at is None:
        raise InterestThere
    last = max((each.position for each in community.offered), default=-1)
    interest = known or Interest(slug=_free_slug(community, name))
    interest.name, interest.retired_at, interest.position = name, None, last + 1
    if known is None:
        _append(community, interest)
    db.session.flush()
    return interest


def rename(interest: Interest, name: str) -> None:
    """Call an interest something else; who picked it keeps it. Raise `InterestThere` when the name is another's."""
    others = [other for other in interest.community.offered if other is not interest]
    if any(other.name.casefold() == name.casefold() for other in others):
        raise InterestThere
    interest.name = name
    db.session.flush()


def move(interest: Interest, *, up: bool) -> None:
    """Let an interest change places with its neighbour; at the end of the row nothing happens."""
    row = interest.community.offered
    place = row.index(interest)
    other = place - 1 if up else place + 1
    if 0 <= other < len(row):
        row[place], row[other] = row[other], row[place]
    for position, each in enumerate(row):
        each.position = position
    db.session.flush()
    db.session.expire(interest.community, ["interests"])


def retire(interest: Interest) -> None:
    """Stop offering an interest; those who picked it keep it."""
    interest.retire(clock.now())
    db.session.flush()


def picked(community: Community) -> dict[int, int]:
    """Return how many people now in the community picked each interest, by its id."""
    count = func.count().label("people")
    question = (
        select(membership_interests.c.interest_id, count)
        .join(Membership, Membership.id == membership_interests.c.membership_id)
        .where(Membership.community_id == community.id, Membership.is_active)
        .group_by(membership_interests.c.interest_id)
    )
    counted = {row[0]: row[1] for row in db.session.execute(question)}
    return {interest.id: counted.get(interest.id, 0) for interest in community.interests}


def _free_slug(community: Community, name: str) -> str:
    # C and C++ are two interests, whatever an address makes of them.
    taken = {interest.slug for interest in community.interests}
    return text.unique_slug(text.slugify(name, fallback="interest"), taken.__contains__)


def _append(community: Community, interest: Interest) -> None:
    try:
        with db.session.begin_nested():
            community.interests.append(interest)
    except IntegrityError as error:
        raise InterestThere from error


def _set(community: Community, facts: dict[str, Any]) -> None:
    for name, value in facts.items():
        setattr(community, name, value)


def _keep(change: Callable[[], None]) -> None:
    try:
        with db.session.begin_nested():
            change()
    except IntegrityError as error:
        raise SlugTaken from error
