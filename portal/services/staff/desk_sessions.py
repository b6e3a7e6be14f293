"""Recruiters' signed-in browsers: opened at sign-in, listed, and ended one by one or all at once."""

from datetime import timedelta

from sqlalchemy import ColumnElement, delete, select, update

from portal import clock
from portal.extensions import db
from portal.models import DeskSession, Recruiter
from portal.tools import links

IDLE = timedelta(minutes=30)
LIFE = timedelta(hours=12)


def open_for(recruiter: Recruiter, *, browser: str = "") -> str:
    """Open a session and return the secret for its cookie; only its hash is kept."""
    secret = links.new_secret()
    db.session.add(
        DeskSession(
            secret_hash=links.fingerprint(secret),
            recruiter_id=recruiter.id,
            browser=browser,
            created_at=clock.now(),
        )
    )
    db.session.flush()
    return secret


def find(secret: str) -> DeskSession | None:
    """Return the session behind a cookie, with its recruiter, while it lives; idle time is the cookie's matter."""
    if not secret:
        return None
    question = (
        select(DeskSession)
        .join(DeskSession.recruiter)
        .where(DeskSession.secret_hash == links.fingerprint(secret), _live(), Recruiter.active)
    )
    return db.session.execute(question).scalar_one_or_none()


def live(recruiter: Recruiter) -> list[DeskSession]:
    """Return the browsers this person is signed in with, newest first."""
    question = select(DeskSession).where(DeskSession.recruiter_id == recruiter.id, _live())
    return list(db.session.scalars(question.order_by(DeskSession.created_at.desc(), DeskSession.id.desc())))


def end(secret: str) -> None:
    """Sign this browser out; a second time changes nothing."""
    _end(DeskSession.secret_hash == links.fingerprint(secret))


def end_one(recruiter: Recruiter, session_id: int) -> None:
    """Sign one of this person's browsers out; somebody else's is left alone."""
    _end((DeskSession.recruiter_id == recruiter.id) & (DeskSession.id == session_id))


def end_others(recruiter: Recruiter, *, but: str) -> None:
    """Sign every browser of this person out, but the one that holds this secret."""
    _end((DeskSession.recruiter_id == recruiter.id) & (DeskSession.secret_hash != links.fingerprint(but)))


def forget_old() -> int:
    """Remove sessions that nobody can use any more; return how many."""
    result = db.session.execute(delete(DeskSession).where(DeskSession.created_at < clock.now() - LIFE))
    return result.rowcount  # type: ignore[attr-defined]


def _live() -> ColumnElement[bool]:
    return DeskSession.ended_at.is_(None) & (DeskSession.created_at > clock.now() - LIFE)


def _end(which: ColumnElement[bool]) -> None:
    db.session.execute(update(DeskSession).where(which, DeskSession.ended_at.is_(None)).values(ended_at=clock.now()))
