"""One-time links by which a recruiter comes in first, or comes back after losing a password or a phone."""

import uuid
from datetime import timedelta

from sqlalchemy import CursorResult, select, update

from portal import clock
from portal.extensions import db
from portal.models import Recruiter, SetUpLink
from portal.services.staff import desk_sessions
from portal.tools import links, passwords
from portal.tools.mail import address

LIFE = timedelta(days=7)


class LinkUsed(Exception):
    """Somebody chose a password with this link already, or a newer link took its place."""


def invite(recruiter: Recruiter) -> SetUpLink:
    """Make the one link that lets this person choose a password within seven days; older links stop working."""
    now = clock.now()
    older = update(SetUpLink).where(SetUpLink.recruiter_id == recruiter.id, SetUpLink.used_at.is_(None))
    db.session.execute(older.values(used_at=now))
    link = SetUpLink(public_id=links.new_public_id(), recruiter=recruiter, created_at=now, expires_at=now + LIFE)
    db.session.add(link)
    db.session.flush()
    return link


def get(public_id: str) -> SetUpLink:
    """Return a link that still opens something; raise `links.BadLink`, `links.LinkExpired` or `LinkUsed`."""
    link = db.session.scalar(select(SetUpLink).where(SetUpLink.public_id == public_id))
    if link is None or not link.recruiter.active:
        raise links.BadLink
    if link.used_at is not None:
        raise LinkUsed
    if link.expires_at <= clock.now():
        raise links.LinkExpired
    return link


def claim(link: SetUpLink, *, name: str, password: str) -> Recruiter:
    """Use the link once: keep name and password, forget older factors and browsers. Return who came in.

    Raise `passwords.BadPassword`, `address.BadName`, or `LinkUsed` when another request was quicker.
    """
    recruiter = link.recruiter
    tidy = address.clean_name(name)
    passwords.check(password, words=(recruiter.email, recruiter.email.split("@")[0], tidy))
    hashed = passwords.hashed(password)
    _use_up(link)
    recruiter.name, recruiter.password, recruiter.set_up_at = tidy, hashed, clock.now()
    _forget_factors(recruiter)
    desk_sessions.end_others(recruiter, but="")
    return recruiter


def _use_up(link: SetUpLink) -> None:
    now = clock.now()
    unused = (SetUpLink.id == link.id, SetUpLink.used_at.is_(None), SetUpLink.expires_at > now)
    result = db.session.execute(update(SetUpLink).where(*unused).values(used_at=now))
    assert isinstance(result, CursorResult)
    if result.rowcount == 0:
        raise LinkUsed


def _forget_factors(recruiter: Recruiter) -> None:
    # A link is also how somebody who lost a phone comes back; a factor they cannot use any more must not bar the way.
    recruiter.fs_uniquifier = uuid.uuid4().hex
    recruiter.tf_primary_method = recruiter.tf_totp_secret = recruiter.tf_last_counter = None
    recruiter.mf_recovery_codes = None
    recruiter.webauthn.clear()
    db.session.flush()
