"""Magic links, short-lived keys to sign in that are used once, and the sessions they open."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.base import Base, BigId, Key

if TYPE_CHECKING:
    from portal.models.member import Member


class MagicLink(Base):
    """A row a signed link names; an unknown address costs an equal row with no member, which opens nothing."""

    __tablename__ = "magic_links"

    id: Mapped[Key]
    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    email_key: Mapped[str] = mapped_column(String(320), index=True)
    member_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("members.id", ondelete="CASCADE"), index=True)
    language: Mapped[str] = mapped_column(String(20))
    pending_hash: Mapped[str] = mapped_column(String(64), index=True)
    wrong_codes: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    claimed_at: Mapped[datetime | None]

    member: Mapped[Member | None] = relationship()

    def state(self, now: datetime) -> str:
        """The glossary's word: usable, claimed or expired."""
        if self.claimed_at:
            return "claimed"
        return "expired" if now >= self.expires_at else "usable"


class MemberSession(Base):
    """A member's signed-in browser; the cookie's secret is kept only as a hash."""

    __tablename__ = "member_sessions"

    id: Mapped[Key]
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    member_id: Mapped[int] = mapped_column(BigId, ForeignKey("members.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    member: Mapped[Member] = relationship()
