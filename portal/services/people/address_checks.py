"""Asking whether an address that bounced works again: one letter, whose button shows that mail arrives there."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from portal import clock
from portal.extensions import db
from portal.models import Letter, Member, Recruiter
from portal.services.people import letters, suppressions

REST = timedelta(days=30)
"""After one letter nobody is asked again for so long."""

LIFE = timedelta(days=14)
"""For so long the letter's button works, while what it asks about has not happened anew."""


class NotToBeAsked(Exception):
    """Their address does not bounce, or they complained: then no letter of ours is wanted."""


class AskedLately(Exception):
    """They got such a letter within `REST`."""


def ask(member: Member, by: Recruiter) -> Letter:
    """Write the letter to somebody whose address bounced; raise `NotToBeAsked` or `AskedLately`.

    The member's row is locked until the commit, so that two who ask at once write one letter.
    """
    bounces = (Member.bounced_at.is_not(None), Member.complained_at.is_(None))
    is_there = (Member.id == member.id, Member.erased_at.is_(None), Member.email.is_not(None))
    lock = update(Member).where(*is_there, *bounces).values(bounced_at=Member.bounced_at)
    if db.session.execute(lock, execution_options={"synchronize_session": False}).rowcount == 0:  # type: ignore[attr-defined]
        raise NotToBeAsked
    last = asked_at([member.id]).get(member.id)
    if last is not None and last > clock.now() - REST:
        raise AskedLately
    return letters.ask_whether_works(member, by, give_up_at=clock.now() + LIFE)


def asked_at(member_ids: Iterable[int]) -> dict[int, datetime]:
    """Return when each of these was last asked, for those who ever were."""
    last = select(Letter.member_id, func.max(Letter.created_at)).where(Letter.member_id.in_(list(member_ids)))
    last = last.where(Letter.kind == "check_address").group_by(Letter.member_id)
    return {member_id: at for member_id, at in db.session.execute(last) if member_id is not None}


def find(letter_id: int) -> Letter | None:
    """Return the letter a link stands in, or None where it or its reader is gone."""
    letter = db.session.get(Letter, letter_id) if 0 < letter_id < 2**63 else None
    if letter is None or letter.kind != "check_address" or letter.member is None or letter.member.erased_at:
        return None
    return letter


def state(letter: Letter) -> str:
    """Return what the button would do: waiting, works (nothing to prove), complained, or expired."""
    member = letter.member
    if member is None or clock.now() >= letter.created_at + LIFE:
        return "expired"
    if member.complained_at is not None:
        return "complained"
    if member.bounced_at is None:
        return "works"
    # A mailbox that failed after this letter came is not proved by it.
    return "waiting" if member.bounced_at <= letter.created_at else "expired"


def prove(letter: Letter) -> None:
    """Take the press of the button: mail arrives there, so what was stopped for it comes again."""
    if letter.member is not None and state(letter) == "waiting":
        suppressions.prove_address(letter.member)
