"""Workers: each running process that does chores, with the beat that shows it is alive."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, Key


class Worker(Base):
    """One process. `beats` counts up while it lives; others watch it change, so no two clocks are compared."""

    __tablename__ = "workers"

    id: Mapped[Key]
    host: Mapped[str] = mapped_column(String(255))
    process: Mapped[str] = mapped_column(String(64))
    beats: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime]
    beat_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
