"""Consent receipts: what someone agreed to or withdrew, in which words, when; only ever appended."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.base import Base, BigId, Key, one_of

if TYPE_CHECKING:
    from portal.models.member import Member
    from portal.models.membership import Membership

PURPOSES = ("mail", "matching", "measuring")
DECISIONS = ("agreed", "withdrawn")


class Consent(Base):
    """One receipt. *Mail* belongs to a membership, *matching* and *measuring* to the member."""

    __tablename__ = "consents"
    __table_args__ = (
        one_of("purpose", PURPOSES),
        one_of("decision", DECISIONS),
        Index("ix_consents_member_id_purpose", "member_id", "purpose", "id"),
    )

    id: Mapped[Key]
    member_id: Mapped[int] = mapped_column(BigId, ForeignKey("members.id", ondelete="CASCADE"))
    membership_id: Mapped[int | None] = mapped_column(
        BigId, ForeignKey("memberships.id", ondelete="CASCADE"), index=True
    )
    purpose: Mapped[str] = mapped_column(String(20))
    decision: Mapped[str] = mapped_column(String(20))
    wording: Mapped[str] = mapped_column(Text)
    version: Mapped[str] = mapped_column(String(16))
    language: Mapped[str] = mapped_column(String(20))
    source: Mapped[str] = mapped_column(String(200))
    page: Mapped[str] = mapped_column(String(300), default="")
    ip_prefix: Mapped[str] = mapped_column(String(64), default="")
    recorded_at: Mapped[datetime]

    member: Mapped[Member] = relationship(back_populates="consents")
    membership: Mapped[Membership | None] = relationship(foreign_keys=[membership_id])


def wording_version(wording: str) -> str:
    """Return the short hash that names a wording: equal words, equal version."""
    return hashlib.sha256(wording.encode()).hexdigest()[:16]
