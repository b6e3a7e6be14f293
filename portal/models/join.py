"""Joins: answers to a join form, held apart until the mailed link's button is pressed."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.base import Base, BigId, Key

if TYPE_CHECKING:
    from portal.models.community import Community


class Join(Base):
    """One answered form. `answers` holds name, interests (slugs), frequency and the wording of each ticked purpose."""

    __tablename__ = "joins"

    id: Mapped[Key]
    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    community_id: Mapped[int] = mapped_column(BigId, ForeignKey("communities.id"))
    email: Mapped[str] = mapped_column(String(320))
    email_key: Mapped[str] = mapped_column(String(320), index=True)
    answers: Mapped[dict[str, Any]]
    language: Mapped[str] = mapped_column(String(20))
    page: Mapped[str] = mapped_column(String(300), default="")
    ip_prefix: Mapped[str] = mapped_column(String(64), default="")
    pending_hash: Mapped[str] = mapped_column(String(64), default="")
    created_at: Mapped[datetime] = mapped_column(index=True)
    expires_at: Mapped[datetime]
    resent_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    refused_at: Mapped[datetime | None]

    community: Mapped[Community] = relationship()

    def state(self, now: datetime) -> str:
        """The glossary's word: waiting, confirmed, refused or expired."""
        if self.confirmed_at:
            return "confirmed"
        if self.refused_at:
            return "refused"
        return "expired" if now >= self.expires_at else "waiting"

    def refuse(self, at: datetime) -> None:
        """Record “this wasn’t me”; a confirmed join stays confirmed."""
        if self.confirmed_at is None:
            self.refused_at = self.refused_at or at
