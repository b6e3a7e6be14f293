"""Members' signed-in browsers: opened by a magic link, found by a cookie, ended by signing out."""

from datetime import timedelta

from sqlalchemy import delete, select, update

from portal import clock
from portal.extensions import db
from portal.models import Member, MemberSession
from portal.tools import links

LIFE = timedelta(hours=24)


def open_for(member: Member) -> str:
    """Open a session and return the secret for its cookie; only its hash is kept."""
    secret, now = links.new_secret(), clock.now()
    db.session.add(
        MemberSession(secret_hash=links.fingerprint(secret), member_id=member.id, created_at=now, expires_at=now + LIFE)
    )
    db.session.flush()
    return secret


def find(secret: str) -> MemberSession | None:
    """Return the live session behind a cookie, with its member, or None."""
    if not secret:
        return None
    question = (
        select(MemberSession)
        .join(MemberSession.member)
        .where(
            MemberSession.secret_hash == links.fingerprint(secret),
            MemberSession.ended_at.is_(None),
            MemberSession.expires_at > clock.now(),
            Member.erased_at.is_(None),
        )
    )
    return db.session.execute(question).scalar_one_or_none()


def end(secret: str) -> None:
    """Sign this browser out; a second time changes nothing."""
    live = (MemberSession.secret_hash == links.fingerprint(secret)) & MemberSession.ended_at.is_(None)
    db.session.execute(update(MemberSession).where(live).values(ended_at=clock.now()))


def end_all(member: Member) -> None:
    """Sign every browser of this person out."""
    live = (MemberSession.member_id == member.id) & MemberSession.ended_at.is_(None)
    db.session.execute(update(MemberSession).where(live).values(ended_at=clock.now()))


def forget_old() -> int:
    """Remove sessions that nobody can use any more; return how many."""
    result = db.session.execute(delete(MemberSession).where(MemberSession.expires_at < clock.now()))
    return result.rowcount  # type: ignore[attr-defined]
