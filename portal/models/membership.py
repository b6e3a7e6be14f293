"""Memberships: a member in a community, from joining to leaving; they end, they are not edited away."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Column, ForeignKey, Index, String, Table
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.sql import ColumnElement

from portal.models.base import Base, BigId, Key, one_of

if TYPE_CHECKING:
    from portal.models.community import Community, Interest
    from portal.models.consent import Consent
    from portal.models.member import Member

FREQUENCIES = ("every", "monthly", "quarterly")

membership_interests = Table(
    "membership_interests",
    Base.metadata,
    Column("membership_id", BigId, ForeignKey("memberships.id", ondelete="CASCADE"), primary_key=True),
    Column("interest_id", BigId, ForeignKey("interests.id", ondelete="CASCADE"), primary_key=True, index=True),
)


class Membership(Base):
    """A member in a community: how often they hear, what interests them, and the receipt their mail rests on."""

    __tablename__ = "memberships"
    __table_args__ = (
        one_of("frequency", FREQUENCIES),
        Index(
            "uq_memberships_active",
            "member_id",
            "community_id",
            unique=True,
            sqlite_where=Column("ended_at").is_(None),
            postgresql_where=Column("ended_at").is_(None),
        ),
        Index("ix_memberships_community_id_ended_at", "community_id", "ended_at"),
    )

    id: Mapped[Key]
    member_id: Mapped[int] = mapped_column(BigId, ForeignKey("members.id", ondelete="CASCADE"), index=True)
    community_id: Mapped[int] = mapped_column(BigId, ForeignKey("communities.id"))
    frequency: Mapped[str] = mapped_column(String(20), default="every")
    source: Mapped[str] = mapped_column(String(200))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_reason: Mapped[str] = mapped_column(String(300), default="")
    muted_at: Mapped[datetime | None]
    mail_consent_id: Mapped[int | None] = mapped_column(
        BigId, ForeignKey("consents.id", use_alter=True, ondelete="SET NULL")
    )

    member: Mapped[Member] = relationship(back_populates="memberships")
    community: Mapped[Community] = relationship()
    interests: Mapped[list[Interest]] = relationship(secondary=membership_interests, order_by="Interest.position")
    mail_consent: Mapped[Consent | None] = relationship(foreign_keys=[mail_consent_id], post_update=True)

    @hybrid_property
    def is_active(self) -> bool:
        """True from joining until leaving."""
        return self.ended_at is None

    @is_active.inplace.expression
    @classmethod
    def _is_active(cls) -> ColumnElement[bool]:
        return cls.ended_at.is_(None)

    def end(self, at: datetime, *, reason: str = "") -> None:
        """Leave the community; a second leaving changes nothing."""
        if self.ended_at is None:
            self.ended_at, self.ended_reason = at, reason

    def mute(self, at: datetime) -> None:
        """Stop this community's newsletters while the membership stays; a second mute changes nothing."""
        self.muted_at = self.muted_at or at

    def unmute(self) -> None:
        """Let this community's newsletters come again."""
        self.muted_at = None
