"""The people who work at the desk: who they are, what their role lets them do, and that one owner always remains."""

import uuid

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from portal import clock
from portal.extensions import db
from portal.models import ROLES, Recruiter
from portal.services.staff import desk_sessions
from portal.tools.mail import address


class AlreadyThere(Exception):
    """Somebody with this address works at the desk already."""


class UnknownRole(ValueError):
    """There is no such role; the message names those there are."""

    def __init__(self, role: str) -> None:
        super().__init__(f"There is no role {role!r}: choose {', '.join(ROLES)}.")


class LastOwner(Exception):
    """The only owner cannot go or become less, since nobody could let others in any more."""


def add(email: str, *, role: str, name: str = "") -> Recruiter:
    """Let somebody work at the desk; they choose a password by a set-up link.

    Raise `AlreadyThere`, `UnknownRole`, or `address.BadAddress` and `address.BadName` with a sentence.
    """
    _refuse_unknown(role)
    recruiter = Recruiter(
        email=_tidy(email),
        name=address.clean_name(name),
        role=role,
        fs_uniquifier=uuid.uuid4().hex,
        created_at=clock.now(),
    )
    try:
        with db.session.begin_nested():
            db.session.add(recruiter)
    except IntegrityError as error:
        raise AlreadyThere from error
    return recruiter


def find(email: str) -> Recruiter | None:
    """Return the recruiter with this address, however it is written, or None."""
    try:
        return db.session.scalar(select(Recruiter).where(Recruiter.email == _tidy(email)))
    except address.BadAddress:
        return None


def find_first_owner() -> Recruiter | None:
    """Return the owner who came first, or None on a new installation."""
    owners = select(Recruiter).where(Recruiter.role == "owner", Recruiter.active)
    return db.session.scalars(owners.order_by(Recruiter.id).limit(1)).first()


def anybody_is_set_up() -> bool:
    """Tell whether somebody has chosen a password already."""
    ready = select(Recruiter.id).where(Recruiter.set_up_at.is_not(None), Recruiter.active)
    return db.session.scalar(ready.limit(1)) is not None


def everyone() -> list[Recruiter]:
    """Return all who work or worked at the desk: those who may come in first, by name."""
    return list(db.session.scalars(select(Recruiter).order_by(Recruiter.active.desc(), Recruiter.name, Recruiter.id)))


def rename(recruiter: Recruiter, name: str) -> None:
    """Change what this person is called; raise `address.BadName`."""
    recruiter.name = address.clean_name(name)
    db.session.flush()


def change_role(recruiter: Recruiter, role: str) -> None:
    """Give another role and sign the person out everywhere; raise `LastOwner` or `UnknownRole`."""
    _refuse_unknown(role)
    if role == recruiter.role:
        return
    if role != "owner":
        _refuse_last_owner(recruiter)
    recruiter.role = role
    desk_sessions.end_others(recruiter, but="")


def close(recruiter: Recruiter) -> None:
    """Let this person in no more and sign them out everywhere; raise `LastOwner`. What they wrote stays."""
    _refuse_last_owner(recruiter)
    recruiter.active = False
    desk_sessions.end_others(recruiter, but="")


def reopen(recruiter: Recruiter) -> None:
    """Let this person in again."""
    recruiter.active = True
    db.session.flush()


def _tidy(email: str) -> str:
    # Nobody at one company is told apart by capital letters, and signing in must not fail on them.
    return address.normalise(email).lower()


def _refuse_unknown(role: str) -> None:
    if role not in ROLES:
        raise UnknownRole(role)


def _refuse_last_owner(recruiter: Recruiter) -> None:
    owners = select(Recruiter.id).where(Recruiter.role == "owner", Recruiter.active).with_for_update()
    if list(db.session.scalars(owners)) == [recruiter.id]:
        raise LastOwner
