"""Test mails: a newsletter as a member would get it, sent to the recruiter who asked."""

import secrets
from datetime import timedelta

from portal import clock, config
from portal.extensions import db
from portal.models import Letter, Member, Newsletter, Recruiter
from portal.services.sending.errors import NothingToSend

_LIFE = timedelta(hours=2)


def ask(newsletter: Newsletter, *, to: Recruiter, as_member: Member | None = None) -> Letter:
    """Write the letter with the newsletter as that member would see it; its links open nothing of theirs."""
    if not newsletter.title.strip() or not newsletter.body.strip():
        raise NothingToSend
    now = clock.now()
    letter = Letter(
        kind="test",
        newsletter=newsletter,
        recruiter=to,
        member=as_member,
        language=newsletter.language,
        message_id=f"<{secrets.token_hex(16)}@{config.current().host}>",
        created_at=now,
        due_at=now,
        give_up_at=now + _LIFE,
    )
    db.session.add(letter)
    db.session.flush()
    return letter
