"""Joining: answers are held apart until the person presses the mailed link's button, and only then become a member."""

from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.exc import IntegrityError

from portal import clock
from portal.extensions import db
from portal.models import Community, Join, Member, Membership
from portal.services.people import consents, letters, memberships, suppressions
from portal.services.people.consents import Circumstances
from portal.tools import links
from portal.tools.mail import address

LIFE = timedelta(hours=72)
KEPT_UNCONFIRMED = timedelta(days=7)
SOURCE = "join form"


class NotWaiting(Exception):
    """The join was confirmed, refused or has expired, so this can no longer be done; `state` says which."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


class AlreadyResent(Exception):
    """The confirm letter was sent a second time already."""


@dataclass(frozen=True)
class Answers:
    """What the form said: interests by slug, and for each ticked purpose the sentence exactly as it was shown."""

    name: str = ""
    interests: list[str] = field(default_factory=list)
    frequency: str = "every"
    consents: dict[str, str] = field(default_factory=dict)


def hold(community: Community, email: str, answers: Answers, *, said: Circumstances, secret: str) -> Join:
    """Keep the answers apart and write the confirm letter; who is known is not asked, so it costs the same for all.

    `email` is a valid address; `secret` is the asking browser's pending cookie.
    """
    now, email_key = clock.now(), address.key(email)
    join = Join(
        public_id=links.new_public_id(),
        community=community,
        email=address.normalise(email),
        email_key=email_key,
        answers={
            "name": answers.name,
            "interests": answers.interests,
            "frequency": answers.frequency,
            "consents": answers.consents,
        },
        language=said.language,
        page=said.page[:300],
        ip_prefix=said.ip_prefix,
        pending_hash=links.fingerprint(secret),
        created_at=now,
        expires_at=now + LIFE,
    )
    db.session.add(join)
    letters.ask_to_confirm(join, mailed=letters.may_confirm(email_key))
    return join


def find(public_id: str) -> Join | None:
    """Return the join that a link names, or None once it was purged."""
    return db.session.execute(select(Join).where(Join.public_id == public_id)).scalar_one_or_none()


def resend(join: Join) -> None:
    """Write the confirm letter once more; raise `AlreadyResent` the next time, `NotWaiting` when it is too late."""
    _refuse_unless_waiting(join)
    first_time = update(Join).where(Join.id == join.id, Join.resent_at.is_(None)).values(resent_at=clock.now())
    if db.session.execute(first_time).rowcount == 0:  # type: ignore[attr-defined]
        raise AlreadyResent
    letters.ask_to_confirm(join, mailed=letters.may_confirm(join.email_key))


def is_address_of(join: Join, typed: str) -> bool:
    """Tell whether someone typed the address the join was made with."""
    try:
        return address.key(typed) == join.email_key
    except address.BadAddress:
        return False


def confirm(join: Join) -> Membership:
    """Turn the answers into a member, membership, receipts and touchpoint; raise `NotWaiting` the second time."""
    _settle(join, {"confirmed_at": clock.now()})
    member = _find_member(join.email_key) or _new_member(join)
    membership = memberships.begin(member, join.community, source=SOURCE)
    _merge(join, membership)
    _record_consents(join, membership)
    return membership


def refuse(join: Join) -> None:
    """Record “this wasn’t me” and forget whose address it was; raise `NotWaiting` when it was settled before."""
    forgotten = {"email": "", "email_key": "", "answers": {}, "ip_prefix": "", "pending_hash": ""}
    _settle(join, {"refused_at": clock.now(), **forgotten})
    letters.drop_waiting(join)


def purge_unconfirmed() -> int:
    """Forget, after seven days, every join that nobody confirmed, with its letters; return how many."""
    old = delete(Join).where(Join.confirmed_at.is_(None), Join.created_at < clock.now() - KEPT_UNCONFIRMED)
    return db.session.execute(old).rowcount  # type: ignore[attr-defined]


def _refuse_unless_waiting(join: Join) -> None:
    if (state := join.state(clock.now())) != "waiting":
        raise NotWaiting(state)


def _settle(join: Join, fate: dict[str, object]) -> None:
    # One conditional UPDATE decides between two tabs; whoever comes second learns what the first one did.
    claimed = db.session.execute(update(Join).where(Join.id == join.id, _waiting()).values(**fate))
    db.session.refresh(join)
    if claimed.rowcount == 0:  # type: ignore[attr-defined]
        raise NotWaiting(join.state(clock.now()))


def _waiting() -> ColumnElement[bool]:
    return Join.confirmed_at.is_(None) & Join.refused_at.is_(None) & (Join.expires_at > clock.now())


def _find_member(email_key: str) -> Member | None:
    return db.session.execute(select(Member).where(Member.email_key == email_key)).scalar_one_or_none()


def _new_member(join: Join) -> Member:
    member = Member(
        email=join.email,
        email_key=join.email_key,
        language=join.language,
        source=SOURCE,
        created_at=clock.now(),
    )
    try:
        with db.session.begin_nested():
            db.session.add(member)
    except IntegrityError:
        # Another join of the same address was confirmed at the same moment.
        return db.session.execute(select(Member).where(Member.email_key == join.email_key)).scalar_one()
    return member


def _merge(join: Join, membership: Membership) -> None:
    """Add what is new and change what was chosen anew; nothing a confirmed member has is taken away."""
    member, answers = membership.member, join.answers
    member.name = answers["name"] or member.name
    suppressions.lift(member)  # The letter arrived, and they want to hear from us.
    membership.frequency = answers["frequency"]
    chosen = set(answers["interests"])
    known = {interest.slug for interest in membership.interests}
    membership.interests += [i for i in join.community.offered if i.slug in chosen - known]
    db.session.flush()


def _record_consents(join: Join, membership: Membership) -> None:
    said = Circumstances(language=join.language, source=SOURCE, page=join.page, ip_prefix=join.ip_prefix)
    for purpose, wording in join.answers["consents"].items():
        if purpose == "mail":
            consents.agree_to_mail(membership, wording, said=said)
            membership.unmute()
        else:
            consents.agree(membership.member, purpose, wording, said=said)
