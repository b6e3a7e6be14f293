"""Members: looked for, listed in pages, read one by one, noted about, and written out row by row."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import joinedload, selectinload

from portal import clock
from portal.extensions import db
from portal.models import Consent, Delivery, Member, Membership, Newsletter, Recruiter, Segment, Touchpoint
from portal.models.seeking import folded
from portal.services.people import segments

SIZES = (25, 50, 100)
SORTS = ("joined", "name")
LONGEST_WORDS = 200
LONGEST_NOTE = 4000
LONGEST_STORY = 200

_HIGHEST_ID = 2**63 - 1
_BATCH = 500


class NoNote(ValueError):
    """A note needs words."""


class NoteTooLong(ValueError):
    """A note is at most `LONGEST_NOTE` characters."""


@dataclass(frozen=True)
class Question:
    """What is asked of the members: words to look for, and what must hold for them."""

    words: str = ""
    community: str = ""
    status: str = ""
    joined_days: int = 0
    segment: Segment | None = None

    @property
    def is_open(self) -> bool:
        """True while nothing narrows it, so that every member is an answer."""
        return self == Question()

    @property
    def rules(self) -> dict[str, Any]:
        """The filters, without words and segment, as a segment's document."""
        where = {"community": self.community} if self.community else {}
        rules: list[dict[str, Any]] = []
        if self.community and not self.status and not self.joined_days:
            rules.append({"rule": "community", "is": self.community})
        if self.status:
            rules.append({"rule": "status", "is": self.status, **where})
        if self.joined_days:
            rules.append({"rule": "joined", "within_days": self.joined_days, **where})
        return {"version": segments.VERSION, "all": rules}


def criterion(question: Question) -> ColumnElement[bool]:
    """Return the question as one condition over Member; raise `BadRules` when its segment cannot be asked."""
    now = clock.now()
    holds = [segments.criterion(question.rules, now)]
    if question.segment is not None:
        holds.append(segments.criterion(question.segment.rules, now))
    # Every word must stand somewhere in the name or the address; autoescape keeps % and _ what they are.
    holds += [Member.sought.contains(word, autoescape=True) for word in folded(question.words).split()]
    return and_(*holds)


def count(question: Question) -> int:
    """Return how many members answer it."""
    return db.session.scalar(select(func.count()).select_from(Member).where(criterion(question))) or 0


def page(question: Question, *, sort: str = "joined", number: int = 1, size: int = SIZES[0]) -> Sequence[Member]:
    """Return one page of those who answer, newest first or by name, with their communities at hand."""
    by_name = (Member.name == "", Member.sought)
    order = by_name if sort == "name" else (Member.created_at.desc(),)
    rows = select(Member).where(criterion(question)).order_by(*order, Member.id.desc())
    return db.session.scalars(rows.options(*_with_memberships()).limit(size).offset((number - 1) * size)).all()


def find(key: int) -> Member | None:
    """Return a member with memberships and interests, or None; someone erased is not there any more."""
    if not 0 < key <= _HIGHEST_ID:
        return None
    rows = select(Member).where(Member.id == key, Member.erased_at.is_(None))
    return db.session.scalars(rows.options(*_with_memberships())).one_or_none()


def receipts(member: Member) -> Sequence[Consent]:
    """Return every consent receipt of this person with its community, the newest first."""
    rows = select(Consent).where(Consent.member_id == member.id).order_by(Consent.id.desc())
    return db.session.scalars(rows.options(joinedload(Consent.membership).joinedload(Membership.community))).all()


def deliveries(member: Member) -> Sequence[Delivery]:
    """Return what went to this person, or did not and why, the newest first, at most `LONGEST_STORY` rows."""
    rows = (
        select(Delivery).where(Delivery.member_id == member.id).order_by(Delivery.planned_at.desc(), Delivery.id.desc())
    )
    with_newsletter = joinedload(Delivery.newsletter).joinedload(Newsletter.community)
    return db.session.scalars(rows.options(with_newsletter).limit(LONGEST_STORY)).all()


def story(member: Member) -> Sequence[Touchpoint]:
    """Return what happened between us, the latest first, at most `LONGEST_STORY` entries."""
    rows = select(Touchpoint).where(Touchpoint.member_id == member.id)
    rows = rows.order_by(Touchpoint.happened_at.desc(), Touchpoint.id.desc()).limit(LONGEST_STORY)
    beside = (joinedload(Touchpoint.community), joinedload(Touchpoint.recruiter), joinedload(Touchpoint.delivery))
    return db.session.scalars(rows.options(*beside[:2], beside[2].joinedload(Delivery.newsletter))).all()


def add_note(member: Member, words: str, by: Recruiter) -> Touchpoint:
    """Keep what a recruiter noted; raise `NoNote` or `NoteTooLong`."""
    words = words.strip()
    if not words:
        raise NoNote
    if len(words) > LONGEST_NOTE:
        raise NoteTooLong
    touchpoint = Touchpoint(member=member, recruiter=by, kind="note", note=words, happened_at=clock.now())
    db.session.add(touchpoint)
    db.session.flush()
    return touchpoint


def standing(member: Member, today: date) -> str:
    """Return how things stand: complained, bounced, paused, ended (left everywhere), muted (everywhere) or active."""
    if member.complained_at:
        return "complained"
    if member.bounced_at:
        return "bounced"
    if member.is_paused(today):
        return "paused"
    active = [membership for membership in member.memberships if membership.is_active]
    if not active:
        return "ended"
    return "muted" if all(membership.muted_at for membership in active) else "active"


def export_rows(criterion: ColumnElement[bool]) -> Iterator[dict[str, str]]:
    """Yield each member who answers as a row of words, in the order they came, without holding all of them.

    Keys: name, email, state, communities, interests, frequency, joined, consent. Communities (by slug) and what belongs
    to them are parted by `; `, interests are written `community/interest`, moments are ISO 8601 in UTC; `consent` is
    when the mail receipt was recorded, empty where there is none.
    """
    today = clock.now().date()
    people = select(Member.id).where(criterion).order_by(Member.created_at, Member.id)
    keys = db.session.execute(people.execution_options(yield_per=_BATCH))
    for batch in keys.partitions():
        for member in _in_order([row[0] for row in batch]):
            yield _row(member, today)


def _with_memberships() -> list[Any]:
    memberships = selectinload(Member.memberships)
    return [memberships.joinedload(Membership.community), memberships.selectinload(Membership.interests)]


def _in_order(ids: list[int]) -> list[Member]:
    consents = selectinload(Member.memberships).joinedload(Membership.mail_consent)
    rows: Select[Member] = select(Member).where(Member.id.in_(ids)).options(*_with_memberships(), consents)
    return list(db.session.scalars(rows.order_by(Member.created_at, Member.id)))


def _row(member: Member, today: date) -> dict[str, str]:
    active = [membership for membership in member.memberships if membership.is_active]
    return {
        "name": member.name,
        "email": member.email or "",
        "state": standing(member, today),
        "communities": "; ".join(m.community.slug for m in active),
        "interests": "; ".join(f"{m.community.slug}/{i.slug}" for m in active for i in m.interests),
        "frequency": "; ".join(m.frequency for m in active),
        "joined": _iso(member.created_at),
        "consent": _consents(active),
    }


def _consents(active: list[Membership]) -> str:
    # An empty place keeps the moments in step with the communities they belong to.
    moments = [_iso(m.mail_consent.recorded_at) if m.mail_consent else "" for m in active]
    return "; ".join(moments) if any(moments) else ""


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
