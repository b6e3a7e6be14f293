"""The communities and interests there are, by slug, read once so that rules can be checked and said in words."""

from dataclasses import dataclass, field

from sqlalchemy import select

from portal.extensions import db
from portal.models import Community, Interest


@dataclass
class Names:
    """What each slug is called; an interest is found by its community's slug and its own."""

    communities: dict[str, str] = field(default_factory=dict)
    interests: dict[tuple[str, str], str] = field(default_factory=dict)

    def community(self, slug: str) -> str:
        """Return a community's name; one that is gone is called by its slug."""
        return self.communities.get(slug, slug)

    def interest(self, community: str, slug: str) -> str:
        """Return an interest's name; one that is gone is called by its slug."""
        return self.interests.get((community, slug), slug)


def load() -> Names:
    """Read every community's and interest's name, retired ones too, since picks of them stay."""
    rows = db.session.execute(
        select(Community.slug, Community.name, Interest.slug, Interest.name)
        .outerjoin(Interest, Interest.community_id == Community.id)
        .order_by(Community.name, Interest.position)
    )
    names = Names()
    for community, name, interest, interest_name in rows:
        names.communities[community] = name
        if interest is not None:
            names.interests[community, interest] = interest_name
    return names
