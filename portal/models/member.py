"""Members: people, one row per address."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import String, Text, and_, event
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.sql import ColumnElement

from portal.models.base import Base, Key
from portal.models.seeking import folded

if TYPE_CHECKING:
    from portal.models.consent import Consent
    from portal.models.membership import Membership


def _sought(context: Any) -> str:
    given = context.get_current_parameters()
    return folded(f"{given.get('name') or ''} {given.get('email') or ''}")


class Member(Base):
    """A person who joined at least one community; an empty `time_zone` is one we do not know."""

    __tablename__ = "members"

    id: Mapped[Key]
    email: Mapped[str | None] = mapped_column(String(320))
    email_key: Mapped[str | None] = mapped_column(String(320), unique=True)
    name: Mapped[str] = mapped_column(String(200), default="")
    sought: Mapped[str] = mapped_column(Text, default=_sought)
    language: Mapped[str] = mapped_column(String(20), default="en")
    time_zone: Mapped[str] = mapped_column(String(64), default="")
    source: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime] = mapped_column(index=True)
    paused_until_on: Mapped[date | None]
    pause_reason: Mapped[str] = mapped_column(String(300), default="")
    bounced_at: Mapped[datetime | None]
    complained_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]

    memberships: Mapped[list[Membership]] = relationship(back_populates="member", order_by="Membership.started_at")
    consents: Mapped[list[Consent]] = relationship(back_populates="member", order_by="Consent.id")

    @hybrid_property
    def is_reachable(self) -> bool:
        """True while there is an address that takes mail."""
        return self.bounced_at is None and self.erased_at is None

    @is_reachable.inplace.expression
    @classmethod
    def _is_reachable(cls) -> ColumnElement[bool]:
        return and_(cls.bounced_at.is_(None), cls.erased_at.is_(None))

    @property
    def state(self) -> str:
        """The glossary's word for this person: reachable, bounced or erased."""
        if self.erased_at:
            return "erased"
        return "bounced" if self.bounced_at else "reachable"

    @property
    def first_name(self) -> str:
        """The name to greet with, or nothing."""
        return self.name.split()[0] if self.name.split() else ""

    def pause(self, until_on: date, *, reason: str = "") -> None:
        """Stop every delivery until that day begins; letters still go out."""
        self.paused_until_on, self.pause_reason = until_on, reason

    def resume(self) -> None:
        """End a pause now."""
        self.paused_until_on, self.pause_reason = None, ""

    def is_paused(self, today: date) -> bool:
        """Tell whether a pause is running on that day."""
        return self.paused_until_on is not None and self.paused_until_on > today


@event.listens_for(Member, "before_insert")
@event.listens_for(Member, "before_update")
def _keep_findable(_mapper: object, _connection: object, member: Member) -> None:
    # The words to look for follow the name and the address, and are gone with them.
    member.sought = folded(f"{member.name or ''} {member.email or ''}")
