"""Limits: counters that survive restarts and are shared by every process."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base


class LimitCount(Base):
    """How often something was done within one window; the key carries the window's start."""

    __tablename__ = "limit_counts"

    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    hits: Mapped[int]
    expires_at: Mapped[datetime] = mapped_column(index=True)
