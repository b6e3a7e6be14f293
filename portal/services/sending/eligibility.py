"""Who may be mailed now, and if not, why: one rule, asked as SQL when addressing and of the rows just before a mail."""

from datetime import date
from typing import Any

from sqlalchemy import and_, case
from sqlalchemy.sql import ColumnElement

from portal.models import Member, Membership


def reason(member: Member | None, membership: Membership | None, *, today: date) -> str:
    """Return why this person does not get the community's newsletter today, or `""` when they do."""
    if member is None or member.erased_at:
        return "erased"
    if membership is None or not membership.is_active:
        return "left"
    for name, holds in (
        ("complained", member.complained_at is not None),
        ("bounced", member.bounced_at is not None),
        ("muted", membership.muted_at is not None),
        ("no_consent", membership.mail_consent_id is None),
        ("paused", member.is_paused(today)),
        ("not_due_yet", membership.frequency != "every"),
    ):
        if holds:
            return name
    return ""


def reason_expression(*, today: date | ColumnElement[date]) -> ColumnElement[str]:
    """Return the same answer as SQL over Member joined to Membership."""
    whens: list[tuple[ColumnElement[bool], Any]] = [
        (Member.erased_at.is_not(None), "erased"),
        (Membership.ended_at.is_not(None), "left"),
        (Member.complained_at.is_not(None), "complained"),
        (Member.bounced_at.is_not(None), "bounced"),
        (Membership.muted_at.is_not(None), "muted"),
        (Membership.mail_consent_id.is_(None), "no_consent"),
        (and_(Member.paused_until_on.is_not(None), Member.paused_until_on > today), "paused"),
        (Membership.frequency != "every", "not_due_yet"),
    ]
    return case(*whens, else_="")
