"""Newsletters: editions a recruiter writes for a community, from draft to sent."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, false
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.sql import ColumnElement

from portal.models.base import Base, BigId, Document, Key

if TYPE_CHECKING:
    from portal.models.community import Community
    from portal.models.recruiter import Recruiter
    from portal.models.segment import Segment


class NotEditable(Exception):
    """The newsletter has been scheduled or sent, so its words are fixed."""


class Newsletter(Base):
    """One edition. Its states are moments: `send_at` scheduled, `addressed_at` sending, `sent_at` sent.

    `send_wall` and `send_zone` keep what was typed; with `send_local` each member's own clock shows `send_wall`, and
    `send_at` is when the first of them does. `released_at` is when a person last let it go on.
    """

    __tablename__ = "newsletters"
    __table_args__ = (
        UniqueConstraint("community_id", "slug"),
        Index("ix_newsletters_community_id_published_at", "community_id", "published_at"),
        Index("ix_newsletters_send_at", "send_at"),
    )

    id: Mapped[Key]
    community_id: Mapped[int] = mapped_column(BigId, ForeignKey("communities.id"))
    slug: Mapped[str] = mapped_column(String(120))
    title: Mapped[str] = mapped_column(String(200))
    summary: Mapped[str] = mapped_column(String(300), default="")
    written_by: Mapped[str] = mapped_column(String(200), default="")
    body: Mapped[str] = mapped_column(Text, default="")
    language: Mapped[str] = mapped_column(String(20), default="en")
    author_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("recruiters.id", ondelete="SET NULL"))
    segment_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("segments.id", ondelete="SET NULL"))
    audience_rules: Mapped[dict[str, Any] | None] = mapped_column(Document)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    send_at: Mapped[datetime | None]
    send_wall: Mapped[str] = mapped_column(String(40), default="")
    send_zone: Mapped[str] = mapped_column(String(64), default="")
    send_local: Mapped[bool] = mapped_column(default=False, server_default=false())
    late_confirmed_at: Mapped[datetime | None]
    addressed_at: Mapped[datetime | None]
    planned: Mapped[int | None]
    held_at: Mapped[datetime | None]
    held_reason: Mapped[str] = mapped_column(String(500), default="")
    released_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]

    community: Mapped[Community] = relationship()
    author: Mapped[Recruiter | None] = relationship()
    segment: Mapped[Segment | None] = relationship()

    @property
    def state(self) -> str:
        """The glossary's word: draft, scheduled, sending or sent."""
        if self.sent_at:
            return "sent"
        if self.addressed_at:
            return "sending"
        return "scheduled" if self.send_at else "draft"

    @hybrid_property
    def is_published(self) -> bool:
        """True when the archive shows it."""
        return self.published_at is not None

    @is_published.inplace.expression
    @classmethod
    def _is_published(cls) -> ColumnElement[bool]:
        return cls.published_at.is_not(None)

    def write(self, at: datetime, **words: str) -> None:
        """Change title, summary, body and the like while it is a draft; raise `NotEditable` afterwards."""
        if self.state != "draft":
            raise NotEditable
        for name, value in words.items():
            setattr(self, name, value)
        self.changed_at = at

    def publish(self, at: datetime) -> None:
        """Show it in the archive; the first moment stays."""
        self.published_at = self.published_at or at

    def hold(self, at: datetime, *, reason: str) -> None:
        """Pause sending, saying why; a person lets it go on."""
        self.held_at, self.held_reason = self.held_at or at, reason

    def release(self, at: datetime) -> None:
        """Let a held newsletter go on; one that is not held stays as it is."""
        self.released_at = at if self.held_at else self.released_at
        self.held_at, self.held_reason = None, ""


class NewsletterLink(Base):
    """A web address that a newsletter links to, under the number its measured form uses instead; never changed."""

    __tablename__ = "newsletter_links"
    __table_args__ = (UniqueConstraint("newsletter_id", "number"),)

    id: Mapped[Key]
    newsletter_id: Mapped[int] = mapped_column(BigId, ForeignKey("newsletters.id", ondelete="CASCADE"))
    number: Mapped[int]
    url: Mapped[str] = mapped_column(Text)
