"""Suppressions: why someone is not mailed whatever they chose, until the address is proved again or they come back."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.base import Base, BigId, Key, one_of

if TYPE_CHECKING:
    from portal.models.incoming import Report
    from portal.models.member import Member

SUPPRESSED = ("bounced", "complained")
WHY = ("no_mailbox", "too_often", "complaint")


class Suppression(Base):
    """One stop for one member, from `since_at` until `lifted_at`; meanwhile the member row carries the moment."""

    __tablename__ = "suppressions"
    __table_args__ = (
        one_of("kind", SUPPRESSED),
        one_of("reason", WHY),
        Index("ix_suppressions_lifted_at_since_at", "lifted_at", "since_at"),
    )

    id: Mapped[Key]
    member_id: Mapped[int] = mapped_column(BigId, ForeignKey("members.id", ondelete="CASCADE"), index=True)
    report_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("reports.id", ondelete="SET NULL"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(20))
    reply: Mapped[str] = mapped_column(String(500), default="")
    since_at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]

    member: Mapped[Member] = relationship()
    report: Mapped[Report | None] = relationship()
