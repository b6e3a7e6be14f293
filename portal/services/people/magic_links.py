"""Signing in: a short-lived link with a code, used once, by the browser that asked or by whoever reads the code."""

from datetime import timedelta

from sqlalchemy import ColumnElement, delete, select, update

from portal import clock
from portal.extensions import db
from portal.models import MagicLink, Member
from portal.services.people import letters, sessions, suppressions
from portal.tools import links
from portal.tools.mail import address

LIFE = timedelta(minutes=10)
MOST_WRONG_CODES = 5
_KEPT = timedelta(days=1)


class NotUsable(Exception):
    """The link was used or has expired; `state` says which, "" when no link is known."""

    def __init__(self, state: str = "") -> None:
        super().__init__(state)
        self.state = state


class WrongCode(Exception):
    """The code belongs to no link that can be used; the try was counted and must be committed."""


def ask(email: str, *, language: str, secret: str) -> MagicLink:
    """Write a link and its letter; an unknown address costs equal rows, which open nothing and are never mailed.

    Past the limit of an address the link opens nothing either, so that nobody gets more codes to guess.
    """
    now, email_key = clock.now(), address.key(email)
    member = db.session.execute(select(Member).where(Member.email_key == email_key)).scalar_one_or_none()
    opens = letters.may_sign_in(email_key) and member is not None
    link = MagicLink(
        public_id=links.new_public_id(),
        email_key=email_key,
        member_id=member.id if member and opens else None,
        language=language,
        pending_hash=links.fingerprint(secret),
        created_at=now,
        expires_at=now + LIFE,
    )
    db.session.add(link)
    letters.offer_sign_in(link, mailed=opens)
    return link


def find(public_id: str) -> MagicLink | None:
    """Return the link that a token names, or None once it was forgotten."""
    return db.session.execute(select(MagicLink).where(MagicLink.public_id == public_id)).scalar_one_or_none()


def find_asked_by(secret: str) -> MagicLink | None:
    """Return the newest link this browser asked for, or None."""
    asked = select(MagicLink).where(MagicLink.pending_hash == links.fingerprint(secret))
    return db.session.execute(asked.order_by(MagicLink.id.desc()).limit(1)).scalar_one_or_none()


def use(link: MagicLink) -> str:
    """Claim the link for the asking browser and return the secret of its new session, or raise `NotUsable`."""
    return _claim(link)


def use_code(code: str, *, link: MagicLink | None = None, secret: str = "") -> str:
    """Claim by code the given link, or any link the browser with this secret asked for.

    Returns the secret of the new session; raises `WrongCode`, or `NotUsable` when there is nothing to try a code on.
    Every try is counted before the code is looked at, so tries at the same moment get no more than five.
    """
    tried = _count_try(MagicLink.id == link.id if link else MagicLink.pending_hash == links.fingerprint(secret))
    if not tried:
        newest = link or find_asked_by(secret)
        raise NotUsable(newest.state(clock.now()) if newest else "")
    for candidate in tried:
        if candidate.member_id is not None and links.is_code_for(candidate.public_id, code):
            return _claim(candidate)
    _end_after_too_many(tried)
    raise WrongCode


def forget_old() -> int:
    """Remove links a day after they expired, with their letters; return how many."""
    old = delete(MagicLink).where(MagicLink.expires_at < clock.now() - _KEPT)
    return db.session.execute(old).rowcount  # type: ignore[attr-defined]


def _claim(link: MagicLink) -> str:
    # One conditional UPDATE: of any number of presses at the same moment exactly one gets the session.
    claim = update(MagicLink).where(MagicLink.id == link.id, MagicLink.member_id.is_not(None), _usable())
    claimed = db.session.execute(claim.values(claimed_at=clock.now()))
    db.session.refresh(link)
    if claimed.rowcount == 0 or link.member is None:  # type: ignore[attr-defined]
        raise NotUsable(link.state(clock.now()))
    suppressions.prove_address(link.member)
    return sessions.open_for(link.member)


def _usable() -> ColumnElement[bool]:
    return MagicLink.claimed_at.is_(None) & (MagicLink.expires_at > clock.now())


def _count_try(which: ColumnElement[bool]) -> list[MagicLink]:
    counted = update(MagicLink).where(which, _usable(), MagicLink.wrong_codes < MOST_WRONG_CODES)
    counted = counted.values(wrong_codes=MagicLink.wrong_codes + 1)
    ids = db.session.execute(counted.returning(MagicLink.id)).scalars().all()
    return list(db.session.execute(select(MagicLink).where(MagicLink.id.in_(ids))).scalars())


def _end_after_too_many(links_tried: list[MagicLink]) -> None:
    ids = [link.id for link in links_tried]
    spent = (MagicLink.id.in_(ids)) & (MagicLink.wrong_codes >= MOST_WRONG_CODES)
    db.session.execute(update(MagicLink).where(spent).values(expires_at=clock.now()))
