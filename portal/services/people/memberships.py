"""Memberships after joining: heard more or less often, muted, left; every act can be repeated without harm."""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from portal import clock
from portal.extensions import db
from portal.models import Community, Member, Membership, Touchpoint
from portal.models.membership import FREQUENCIES

LONGEST_PAUSE_DAYS = 3 * 365
_HIGHEST_ID = 2**63 - 1


class PauseTooShort(ValueError):
    """A pause ends on a day to come."""


class PauseTooLong(ValueError):
    """A pause this long is a leaving; `LONGEST_PAUSE_DAYS` is the longest."""


@dataclass(frozen=True)
class Standing:
    """Whom and what a standing link speaks of; None for what was erased, has ended or never was."""

    member: Member | None
    community: Community | None
    membership: Membership | None


@dataclass(frozen=True)
class Choice:
    """How often, and about what (interests by slug), somebody wants to read."""

    frequency: str
    interests: frozenset[str]


def standing(member_id: int, community_id: int) -> Standing:
    """Return what is still there of what a standing link names."""
    if not all(0 < number <= _HIGHEST_ID for number in (member_id, community_id)):
        return Standing(None, None, None)
    member = db.session.get(Member, member_id)
    member = None if member is None or member.erased_at else member
    community = db.session.get(Community, community_id)
    return Standing(member, community, _find(member, community) if member and community else None)


def active_of(member: Member) -> list[Membership]:
    """Return the communities this person is in now, by name."""
    active = [membership for membership in member.memberships if membership.is_active]
    return sorted(active, key=lambda membership: (membership.community.name.casefold(), membership.id))


def find_active(member: Member, slug: str) -> Membership | None:
    """Return this person's active membership in a community, or None."""
    return next((m for m in member.memberships if m.is_active and m.community.slug == slug), None)


def begin(member: Member, community: Community, *, source: str) -> Membership:
    """Return this person's active membership in the community, beginning one where there is none."""
    if found := _find(member, community):
        return found
    now = clock.now()
    membership = Membership(member_id=member.id, community_id=community.id, source=source, started_at=now)
    try:
        with db.session.begin_nested():
            db.session.add(membership)
    except IntegrityError:
        # The same person joined in another tab at the same moment.
        found = _find(member, community)
        assert found is not None
        return found
    db.session.add(Touchpoint(member=member, community=community, kind="joined", happened_at=now))
    return membership


def mute(membership: Membership) -> None:
    """Stop this community's newsletters now; the membership stays."""
    _lock(membership)
    if membership.muted_at is None:
        membership.mute(clock.now())
        _record("note", membership, "stopped the newsletters")
    db.session.flush()


def explain(membership: Membership, reason: str) -> None:
    """Keep, once, the reason a person gave for stopping; it changes nothing."""
    note = f"stopped the newsletters: {reason}"
    said = select(Touchpoint.id).where(
        Touchpoint.member_id == membership.member_id,
        Touchpoint.community_id == membership.community_id,
        Touchpoint.note == note,
        Touchpoint.happened_at >= (membership.muted_at or membership.started_at),
    )
    if db.session.scalars(said.limit(1)).first() is None:
        _record("note", membership, note)
        db.session.flush()


def unmute(membership: Membership) -> None:
    """Let this community's newsletters come again: only ever the signed-in person's own act."""
    membership.unmute()
    db.session.flush()


def leave(membership: Membership, *, reason: str = "") -> None:
    """End the membership; a second leaving changes nothing."""
    _lock(membership)
    if membership.is_active:
        membership.end(clock.now(), reason=reason)
        _record("left", membership, reason)
        db.session.flush()


def leave_all(member: Member, *, reason: str = "") -> int:
    """End every membership of this person and return how many that was."""
    leaving = active_of(member)
    for membership in leaving:
        leave(membership, reason=reason)
    return len(leaving)


def chosen(membership: Membership) -> Choice:
    """Return how often and about what this person wants to read now, as a form shows it."""
    return Choice(membership.frequency, frozenset(i.slug for i in membership.interests if i.retired_at is None))


def choose(membership: Membership, *, interests: Iterable[str], frequency: str, shown: Choice | None = None) -> None:
    """Take the interests, by slug, and the frequency a person chose; retired interests they had stay with them.

    With `shown`, what the form said before they changed it, only their changes are taken: an older page does not
    undo what a newer one saved.
    """
    _lock(membership)
    now = chosen(membership)
    before = shown or now
    ticked = frozenset(interests)
    wanted = (now.interests | (ticked - before.interests)) - (before.interests - ticked)
    kept = [interest for interest in membership.interests if interest.retired_at is not None]
    membership.interests = kept + [i for i in membership.community.offered if i.slug in wanted]
    membership.frequency = frequency if shown is None or frequency != shown.frequency else now.frequency
    db.session.flush()


def fewer_than(frequency: str) -> tuple[str, ...]:
    """Return the frequencies that mean less mail than this one."""
    return FREQUENCIES[FREQUENCIES.index(frequency) + 1 :]


def hear_less(membership: Membership, frequency: str) -> bool:
    """Lower the frequency, never raise it; return whether anything changed."""
    _lock(membership)
    if frequency not in fewer_than(membership.frequency):
        return False
    membership.frequency = frequency
    db.session.flush()
    return True


def pause(member: Member, until_on: date, *, reason: str = "") -> None:
    """Stop every delivery until that day begins (UTC); raise `PauseTooShort` or `PauseTooLong`."""
    days = (until_on - clock.now().date()).days
    if days < 1:
        raise PauseTooShort
    if days > LONGEST_PAUSE_DAYS:
        raise PauseTooLong
    member.pause(until_on, reason=reason)
    note = f"until {until_on.isoformat()}" + (f": {reason}" if reason else "")
    db.session.add(Touchpoint(member=member, kind="paused", note=note, happened_at=clock.now()))
    db.session.flush()


def pause_longer(member: Member, until_on: date) -> bool:
    """Pause, or prolong a pause, never shorten one: what a forwarded link may do. Return whether anything changed."""
    db.session.refresh(member, with_for_update=True)
    if member.paused_until_on is not None and member.paused_until_on >= until_on:
        return False
    pause(member, until_on)
    return True


def resume(member: Member) -> None:
    """End a pause now."""
    member.resume()
    db.session.flush()


def in_months(months: int) -> date:
    """Return the day so many months from today, or the last of its month where that has no such day."""
    today = clock.now().date()
    year, month = divmod(today.year * 12 + today.month - 1 + months, 12)
    return date(year, month + 1, min(today.day, monthrange(year, month + 1)[1]))


def introduce(member: Member, *, name: str, language: str | None = None) -> None:
    """Take the name, and the language if one was chosen, that this person goes by."""
    member.name = name
    member.language = language or member.language
    db.session.flush()


def _find(member: Member, community: Community) -> Membership | None:
    active = (Membership.member_id == member.id) & (Membership.community_id == community.id) & Membership.is_active
    return db.session.scalars(select(Membership).where(active)).one_or_none()


def _lock(membership: Membership) -> None:
    # Two presses at the same moment come one after the other, and the second sees what the first one did.
    db.session.refresh(membership, with_for_update=True)


def _record(kind: str, membership: Membership, note: str) -> None:
    db.session.add(
        Touchpoint(
            member_id=membership.member_id,
            community_id=membership.community_id,
            kind=kind,
            note=note,
            happened_at=clock.now(),
        )
    )
