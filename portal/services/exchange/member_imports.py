"""Importing members from a sheet: consent only where the row proves it, and nobody who left comes back."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from portal import clock
from portal.extensions import db
from portal.models import Community, Consent, Interest, Member, Membership, Touchpoint, wording_version
from portal.services.exchange import member_rows
from portal.services.exchange.member_rows import BadRow, Person
from portal.tools.tabular import Row

LONGEST_SOURCE = 180
_FROM = "import: "
_SAYS_NO = "The sheet says no in another row."
_IMPORTED = "Agreed outside Evergreen, before the import."


class NoReason(Exception):
    """Source and basis have to be told, the source in at most `LONGEST_SOURCE` characters."""


@dataclass
class Report:
    """What an import did, or would do: counts, and every row that was not taken with its line and reason."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    left_before: int = 0
    mailable: int = 0
    refused: list[tuple[int, str, str]] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """How many rows there were."""
        return self.added + self.changed + self.unchanged + self.left_before + len(self.refused)

    def as_dict(self) -> dict[str, int]:
        """Return the counts for scripts."""
        counts = {name: getattr(self, name) for name in ("added", "changed", "unchanged", "left_before", "mailable")}
        return {**counts, "refused": len(self.refused)}


@dataclass
class Import:
    """One import: where the people go, where they come from, and on which basis; raise `NoReason`."""

    community: Community
    source: str
    basis: str
    columns: dict[str, str]
    report: Report = field(default_factory=Report)
    seen: set[str] = field(default_factory=set)
    mailable: set[str] = field(default_factory=set)
    proved: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.source, self.basis = self.source.strip(), self.basis.strip()
        if not self.source or not self.basis or len(self.source) > LONGEST_SOURCE:
            raise NoReason


def take(work: Import, rows: Iterable[Row]) -> Report:
    """Take these rows into the session and the report; the door commits, or rolls back for a dry run.

    No row depends on an earlier one, since each address is taken once: a dry run may roll back at any time.
    """
    slug, agreed = work.community.slug, work.basis.casefold() == "consent"
    people, says_no = [], set()
    for line, cells in rows:
        try:
            person = member_rows.read(cells, work.columns, community=slug, agreed=agreed)
            if person.email_key in work.seen:
                says_no |= {person.email_key} if person.says_no else set()
                raise BadRow("the same address stands further up")
        except BadRow as error:
            typed = member_rows.visible(cells.get(work.columns["email"], ""))
            work.report.refused.append((line, typed, str(error)))
        else:
            work.seen.add(person.email_key)
            people.append(person)
    known = _known({person.email_key for person in people})
    for person in people:
        _merge(work, person, known.get(person.email_key))
    _take_back(work, says_no & work.proved)
    work.report.mailable = len(work.mailable)
    db.session.flush()
    return work.report


def _known(keys: set[str]) -> dict[str, Member]:
    memberships = selectinload(Member.memberships)
    at_hand = (memberships.selectinload(Membership.interests), selectinload(Member.consents))
    rows = db.session.scalars(select(Member).where(Member.email_key.in_(keys)).options(*at_hand))
    return {member.email_key: member for member in rows if member.email_key}


def _merge(work: Import, person: Person, member: Member | None) -> None:
    memberships = member.memberships if member else []
    membership = next((m for m in memberships if m.is_active and m.community_id == work.community.id), None)
    if membership is None and _has_left(memberships, work.community):
        work.report.left_before += 1
        return
    if membership is None:
        membership = _new_membership(work, person, member or _new_member(work, person))
        work.report.added += 1
    elif _fill_gaps(work, person, membership):
        work.report.changed += 1
    else:
        work.report.unchanged += 1
    stopped = membership.muted_at or membership.member.complained_at
    if membership.mail_consent and not stopped and membership.member.is_reachable:
        work.mailable.add(person.email_key)


def _has_left(memberships: list[Membership], community: Community) -> bool:
    """Tell whether somebody left this community, or every one they were in."""
    ended = [membership for membership in memberships if not membership.is_active]
    return bool(ended) and (len(ended) == len(memberships) or any(m.community_id == community.id for m in ended))


def _new_member(work: Import, person: Person) -> Member:
    member = Member(
        email=person.email,
        email_key=person.email_key,
        name=person.name,
        language=person.language,
        source=work.source,
        created_at=clock.now(),
    )
    db.session.add(member)
    return member


def _new_membership(work: Import, person: Person, member: Member) -> Membership:
    membership = Membership(
        member=member,
        community=work.community,
        source=_FROM + work.source,
        frequency=person.frequency,
        started_at=clock.now(),
    )
    note = f"Imported from “{work.source}”. Why we may keep this: {work.basis}"
    told = Touchpoint(member=member, community=work.community, kind="note", note=note, happened_at=clock.now())
    db.session.add_all([membership, told])
    membership.interests = _offered(work.community, person)
    db.session.flush()
    _keep_receipt(work, person, membership)
    return membership


def _fill_gaps(work: Import, person: Person, membership: Membership) -> bool:
    """A sheet adds what we did not know; what the member chose stands."""
    before = (membership.member.name, len(membership.interests), membership.mail_consent_id)
    membership.member.name = membership.member.name or person.name
    if not membership.interests:
        membership.interests = _offered(work.community, person)
    if not _has_decided(membership, person):
        _keep_receipt(work, person, membership)
    return before != (membership.member.name, len(membership.interests), membership.mail_consent_id)


def _offered(community: Community, person: Person) -> list[Interest]:
    return [i for i in community.offered if {i.slug, i.name.casefold()} & person.interests]


def _has_decided(membership: Membership, person: Person) -> bool:
    """Tell whether the member said something about mail here that stands against what the sheet says."""
    if any(c.purpose == "mail" and c.membership_id == membership.id for c in membership.member.consents):
        return True
    # Who joined by themselves saw the box for mail and left it unticked; only a later yes outweighs that.
    by_themselves = not membership.source.startswith(_FROM)
    return by_themselves and person.consented_at is not None and person.consented_at <= membership.started_at


def _keep_receipt(work: Import, person: Person, membership: Membership) -> None:
    if person.consented_at is None:
        return
    membership.mail_consent = _receipt(work, membership, "agreed", person.wording or _IMPORTED, person.consented_at)
    work.proved.add(person.email_key)
    db.session.flush()


def _receipt(work: Import, membership: Membership, decision: str, wording: str, at: datetime) -> Consent:
    receipt = Consent(
        member=membership.member,
        membership=membership,
        purpose="mail",
        decision=decision,
        wording=wording,
        version=wording_version(wording),
        language=membership.member.language,
        source=_FROM + work.source,
        recorded_at=at,
    )
    db.session.add(receipt)
    return receipt


def _take_back(work: Import, keys: set[str]) -> None:
    """Where a sheet says yes in one row and no in another about the same address, the no counts."""
    work.mailable -= keys
    for member in _known(keys).values():
        for membership in member.memberships:
            if membership.community_id == work.community.id and membership.mail_consent:
                _receipt(work, membership, "withdrawn", _SAYS_NO, clock.now())
                membership.mail_consent = None
