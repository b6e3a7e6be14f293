"""Communities people can join, and the interests each one offers."""

from __future__ import annotations

from datetime import datetime, time

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.base import Base, BigId, Key, one_of

STATES = ("open", "closed", "private")
CADENCES = ("weekly", "fortnightly", "monthly", "two_months", "quarterly")


class Community(Base):
    """A named circle people can join; it is also the publication.

    Its newsletters leave from `send_from` until `send_until` on `send_days` (1 for Monday); None is no limit.
    """

    __tablename__ = "communities"
    __table_args__ = (one_of("state", STATES), one_of("cadence", CADENCES))

    id: Mapped[Key]
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    summary: Mapped[str] = mapped_column(String(300), default="")
    about: Mapped[str] = mapped_column(Text, default="")
    written_by: Mapped[str] = mapped_column(String(300), default="")
    cadence: Mapped[str] = mapped_column(String(20), default="monthly")
    state: Mapped[str] = mapped_column(String(20), default="open")
    language: Mapped[str] = mapped_column(String(20), default="en")
    brand_color: Mapped[str | None] = mapped_column(String(7))
    send_from: Mapped[time | None]
    send_until: Mapped[time | None]
    send_days: Mapped[str | None] = mapped_column(String(7))
    created_at: Mapped[datetime]

    interests: Mapped[list[Interest]] = relationship(
        back_populates="community", order_by="Interest.position", cascade="all, delete-orphan"
    )

    @hybrid_property
    def is_open(self) -> bool:
        """True while anyone may join."""
        return self.state == "open"

    @property
    def offered(self) -> list[Interest]:
        """The interests a member can pick today."""
        return [interest for interest in self.interests if interest.retired_at is None]


class Interest(Base):
    """A topic a community offers and a member picks; a retired one stays with those who picked it."""

    __tablename__ = "interests"
    __table_args__ = (UniqueConstraint("community_id", "slug"),)

    id: Mapped[Key]
    community_id: Mapped[int] = mapped_column(BigId, ForeignKey("communities.id", ondelete="CASCADE"))
    slug: Mapped[str] = mapped_column(String(80))
    name: Mapped[str] = mapped_column(String(80))
    position: Mapped[int] = mapped_column(default=0)
    retired_at: Mapped[datetime | None]

    community: Mapped[Community] = relationship(back_populates="interests")

    def retire(self, at: datetime) -> None:
        """Stop offering this interest; picks of it stay where they are."""
        self.retired_at = at
