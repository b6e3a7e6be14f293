"""What Home shows: what waits for a person, who joined, what went out and what goes out next."""

from dataclasses import dataclass, field, fields
from datetime import timedelta

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import joinedload

from portal import clock, config
from portal.extensions import db
from portal.models import Community, Delivery, Membership, Newsletter
from portal.models.delivery import UNSETTLED
from portal.services.people import replies
from portal.services.sending.inbound import unclear
from portal.services.staff import health

RECENT_DAYS = 7
_FEW = 5


@dataclass(frozen=True)
class Needs:
    """What waits for somebody; everything empty or False when nothing does."""

    postal_address: bool = False
    smtp: bool = False
    worker: bool = False
    drafts: list[Newsletter] = field(default_factory=list)
    held: list[Newsletter] = field(default_factory=list)
    in_doubt: list[Row[tuple[Newsletter, int]]] = field(default_factory=list)
    replies: int = 0
    unclear: int = 0

    def __bool__(self) -> bool:
        return any(getattr(self, each.name) for each in fields(self))


@dataclass(frozen=True)
class Beginnings:
    """How far a new installation has come."""

    community: Community | None
    has_members: bool
    has_newsletters: bool

    @property
    def is_over(self) -> bool:
        """True when there is nothing left to be led through."""
        return self.community is not None and self.has_members and self.has_newsletters


@dataclass(frozen=True)
class WentOut:
    """A newsletter with the fate of its deliveries."""

    newsletter: Newsletter
    counts: dict[str, int]

    def of(self, fate: str) -> int:
        """Return how many deliveries met this fate: sent, failed, in_doubt, excluded or pending."""
        return self.counts.get(fate, 0)


def needs(*, publishes: bool = True) -> Needs:
    """Ask everything that may wait for a person; mail that nobody understood waits for those who publish."""
    settings = config.current()
    return Needs(
        postal_address=not settings.postal_address.strip(),
        smtp=settings.smtp_url is None,
        worker=not health.a_worker_beats(),
        drafts=_some(_drafts().order_by(Newsletter.changed_at.desc())),
        held=_some(_unsent().where(Newsletter.held_at.is_not(None)).order_by(Newsletter.held_at)),
        in_doubt=_in_doubt(),
        replies=replies.count_waiting(),
        unclear=unclear.count() if publishes else 0,
    )


def beginnings() -> Beginnings:
    """Tell whether there is a community, somebody in it, and a newsletter."""
    first = db.session.scalars(select(Community).order_by(Community.id).limit(1)).first()
    return Beginnings(first, _any(select(Membership.id)), _any(select(Newsletter.id)))


def joined() -> list[Row[tuple[Community, int]]]:
    """Return each community that somebody joined in the last days, with how many are still there, most first."""
    since = clock.now() - timedelta(days=RECENT_DAYS)
    people = func.count(Membership.id)
    question = (
        select(Community, people)
        .join(Membership, Membership.community_id == Community.id)
        .where(Membership.is_active, Membership.started_at >= since)
        .group_by(Community.id)
        .order_by(people.desc(), Community.name)
    )
    return list(db.session.execute(question))


def joined_people() -> int:
    """Return how many people that were, each counted once."""
    since = clock.now() - timedelta(days=RECENT_DAYS)
    people = select(func.count(Membership.member_id.distinct()))
    return db.session.scalar(people.where(Membership.is_active, Membership.started_at >= since)) or 0


def went_out() -> list[WentOut]:
    """Return the newsletters that are going out or went out last, with their counts."""
    rows = _some(_with_community().where(Newsletter.addressed_at.is_not(None)).order_by(Newsletter.addressed_at.desc()))
    counts = _counts([newsletter.id for newsletter in rows])
    return [WentOut(newsletter, counts.get(newsletter.id, {})) for newsletter in rows]


def coming() -> list[Newsletter]:
    """Return what is scheduled and not on hold, soonest first."""
    ahead = (Newsletter.send_at.is_not(None), Newsletter.addressed_at.is_(None), Newsletter.held_at.is_(None))
    return _some(_unsent().where(*ahead).order_by(Newsletter.send_at))


def _with_community() -> Select[Newsletter]:
    return select(Newsletter).options(joinedload(Newsletter.community))


def _unsent() -> Select[Newsletter]:
    return _with_community().where(Newsletter.sent_at.is_(None), Newsletter.cancelled_at.is_(None))


def _drafts() -> Select[Newsletter]:
    # What was only ever meant for the archive is done when it is published.
    return _unsent().where(
        Newsletter.send_at.is_(None), Newsletter.addressed_at.is_(None), Newsletter.published_at.is_(None)
    )


def _in_doubt() -> list[Row[tuple[Newsletter, int]]]:
    doubtful = func.count(Delivery.id)
    question = (
        select(Newsletter, doubtful)
        .join(Delivery, Delivery.newsletter_id == Newsletter.id)
        .where(Delivery.state == "in_doubt")
        .group_by(Newsletter.id)
        .order_by(Newsletter.id.desc())
        .limit(_FEW)
    )
    return list(db.session.execute(question))


def _counts(newsletter_ids: list[int]) -> dict[int, dict[str, int]]:
    rows = select(Delivery.newsletter_id, Delivery.state, func.count()).where(
        Delivery.newsletter_id.in_(newsletter_ids)
    )
    counts: dict[int, dict[str, int]] = {}
    for newsletter_id, state, n in db.session.execute(rows.group_by(Delivery.newsletter_id, Delivery.state)):
        fate = "pending" if state in UNSETTLED else state
        fates = counts.setdefault(newsletter_id, {})
        fates[fate] = fates.get(fate, 0) + n
    return counts


def _some(question: Select[Newsletter]) -> list[Newsletter]:
    return list(db.session.scalars(question.limit(_FEW)))


def _any(question: Select[int]) -> bool:
    return db.session.scalar(question.limit(1)) is not None
