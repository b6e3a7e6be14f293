"""Letters as rows: written with their cause, sent by a worker, and only written down where nobody is to be mailed."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update

from portal import clock, config
from portal.extensions import db
from portal.models import Join, Letter, MagicLink, Member, Recruiter
from portal.tools import limits, links

LETTERS_PER_ADDRESS = "3 per 6 hours"
SIGN_INS_PER_ADDRESS = "10 per 6 hours"
_WINDOW = timedelta(hours=6)
_MOST_CONFIRM = 3


def may_confirm(email_key: str) -> bool:
    """Count one confirm letter to this address; False when it had three in the last six hours.

    The counter's row is locked until the commit, so that letters asked for at the same moment are counted one by one;
    the letters themselves tell about any six hours, where the counter only knows windows.
    """
    allowed = limits.hit(LETTERS_PER_ADDRESS, "confirm", links.fingerprint(email_key))
    lately = select(func.count(Letter.id)).join(Letter.join)
    lately = lately.where(
        Join.email_key == email_key, Letter.dropped_at.is_(None), Letter.created_at > clock.now() - _WINDOW
    )
    return db.session.execute(lately).scalar_one() < _MOST_CONFIRM and allowed


def may_sign_in(email_key: str) -> bool:
    """Count one sign-in letter to this address; False when there were too many."""
    return limits.hit(SIGN_INS_PER_ADDRESS, "sign-in", links.fingerprint(email_key))


def ask_to_confirm(join: Join, *, mailed: bool) -> Letter:
    """Write the confirm letter of a join; `mailed` False writes the same row, which nobody sends."""
    return _write("confirm", join.language, mailed=mailed, give_up_at=join.expires_at, join=join)


def offer_sign_in(link: MagicLink, *, mailed: bool) -> Letter:
    """Write the letter with a magic link and its code; `mailed` False writes the same row, which nobody sends."""
    return _write("sign_in", link.language, mailed=mailed, give_up_at=link.expires_at, magic_link=link)


def ask_whether_works(member: Member, by: Recruiter, *, give_up_at: datetime) -> Letter:
    """Write the letter that asks somebody whose address bounced to show that mail arrives there."""
    cause = {"member": member, "recruiter": by}
    return _write("check_address", member.language, mailed=True, give_up_at=give_up_at, **cause)


def drop_waiting(join: Join) -> None:
    """Let the letters of this join that are not sent yet stay unsent."""
    waiting = (Letter.join_id == join.id) & Letter.sent_at.is_(None) & Letter.dropped_at.is_(None)
    db.session.execute(update(Letter).where(waiting).values(dropped_at=clock.now(), due_at=None))


def _write(
    kind: str,
    language: str,
    *,
    mailed: bool,
    give_up_at: datetime,
    **cause: Any,
) -> Letter:
    now = clock.now()
    letter = Letter(
        kind=kind,
        language=language,
        message_id=f"<{secrets.token_hex(16)}@{config.current().host}>",
        created_at=now,
        due_at=now if mailed else None,
        give_up_at=give_up_at,
        dropped_at=None if mailed else now,
        **cause,
    )
    db.session.add(letter)
    db.session.flush()
    return letter
