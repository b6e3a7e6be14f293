"""Touchpoints: things that happened between us and a member."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.base import Base, BigId, Key, one_of

if TYPE_CHECKING:
    from portal.models.community import Community
    from portal.models.delivery import Delivery
    from portal.models.member import Member
    from portal.models.recruiter import Recruiter

KINDS = ("joined", "left", "paused", "note", "reply", "bounced", "complained", "returned")


class Touchpoint(Base):
    """One entry of a member's story; `recruiter` wrote it, if one did.

    A *reply* keeps in `quoted` the history under the person's own words, and waits for a recruiter until `answered_at`.
    """

    __tablename__ = "touchpoints"
    __table_args__ = (one_of("kind", KINDS), Index("ix_touchpoints_member_id_happened_at", "member_id", "happened_at"))

    id: Mapped[Key]
    member_id: Mapped[int] = mapped_column(BigId, ForeignKey("members.id", ondelete="CASCADE"))
    community_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("communities.id"))
    recruiter_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("recruiters.id", ondelete="SET NULL"))
    kind: Mapped[str] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(Text, default="")
    quoted: Mapped[str] = mapped_column(Text, default="", server_default="")
    delivery_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("deliveries.id", ondelete="SET NULL"), index=True)
    happened_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]

    member: Mapped[Member] = relationship()
    community: Mapped[Community | None] = relationship()
    delivery: Mapped[Delivery | None] = relationship()
    recruiter: Mapped[Recruiter | None] = relationship()
