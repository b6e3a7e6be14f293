"""Segments: saved questions about members, stored as a versioned document, never as SQL."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.base import Base, BigId, Key

if TYPE_CHECKING:
    from portal.models.recruiter import Recruiter


class Segment(Base):
    """A named question; `rules` is the document that `services.people.segments` reads and compiles."""

    __tablename__ = "segments"

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(String(120), unique=True)
    rules: Mapped[dict[str, Any]]
    created_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("recruiters.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    created_by: Mapped[Recruiter | None] = relationship()
