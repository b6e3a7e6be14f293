"""Consent receipts: what someone agreed to or withdrew, appended and never changed."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, ColumnExpressionArgument, false, func, select

from portal import clock
from portal.extensions import db
from portal.models import Consent, Member, Membership, wording_version


@dataclass(frozen=True)
class Circumstances:
    """Where and how something was said: the page's language, its address, and the network it was sent from."""

    language: str
    source: str
    page: str = ""
    ip_prefix: str = ""


def agree_to_mail(membership: Membership, wording: str, *, said: Circumstances) -> Consent:
    """Append a receipt for newsletters and let the membership's mail rest on it."""
    receipt = _append(membership.member, "mail", "agreed", wording, said=said, membership=membership)
    membership.mail_consent = receipt
    db.session.flush()
    return receipt


def withdraw_mail(membership: Membership, wording: str, *, said: Circumstances) -> Consent:
    """Append the withdrawal; nothing is mailed for this membership afterwards."""
    receipt = _append(membership.member, "mail", "withdrawn", wording, said=said, membership=membership)
    membership.mail_consent = None
    db.session.flush()
    return receipt


def agree(member: Member, purpose: str, wording: str, *, said: Circumstances) -> Consent:
    """Append a receipt for matching or measuring, which belong to the person."""
    return _append(member, purpose, "agreed", wording, said=said)


def withdraw(member: Member, purpose: str, wording: str, *, said: Circumstances) -> Consent:
    """Append the withdrawal of matching or measuring.

    Who acts on such a consent reads it under a lock of the member, which this waits for (PostgreSQL; SQLite has one
    writer at a time): whatever begins after this was committed sees it.
    """
    db.session.execute(select(Member.id).where(Member.id == member.id).with_for_update())
    return _append(member, purpose, "withdrawn", wording, said=said)


def find_live(member: Member, purpose: str) -> Consent | None:
    """Return the receipt that matching or measuring rests on today, or None."""
    latest = (
        select(Consent)
        .where(Consent.member_id == member.id, Consent.purpose == purpose)
        .order_by(Consent.id.desc())
        .limit(1)
    )
    receipt = db.session.execute(latest).scalar_one_or_none()
    return receipt if receipt and receipt.decision == "agreed" else None


def is_live(member_id: ColumnExpressionArgument[Any], purpose: str) -> ColumnElement[bool]:
    """Return the same answer as SQL, yes or no and never NULL, for the member with this id."""
    latest = (
        select(Consent.decision)
        .where(Consent.member_id == member_id, Consent.purpose == purpose)
        .order_by(Consent.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return func.coalesce(latest == "agreed", false())


def _append(
    member: Member,
    purpose: str,
    decision: str,
    wording: str,
    *,
    said: Circumstances,
    membership: Membership | None = None,
) -> Consent:
    receipt = Consent(
        member=member,
        membership=membership,
        purpose=purpose,
        decision=decision,
        wording=wording,
        version=wording_version(wording),
        language=said.language,
        source=said.source,
        page=said.page[:300],
        ip_prefix=said.ip_prefix,
        recorded_at=clock.now(),
    )
    db.session.add(receipt)
    db.session.flush()
    return receipt
