"""Deliveries: one mail to one member, written as a row before anything is sent."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, Column, ColumnElement, ForeignKey, Index, String, UniqueConstraint, or_
from sqlalchemy.ext.hybrid import hybrid_method
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.base import Base, BigId, Key, one_of

if TYPE_CHECKING:
    from portal.models.consent import Consent
    from portal.models.member import Member
    from portal.models.membership import Membership
    from portal.models.newsletter import Newsletter

STATES = ("pending", "claimed", "handed_over", "sent", "failed", "in_doubt", "excluded")
UNSETTLED = ("pending", "claimed", "handed_over")
HITS = ("open", "click")
EVIDENCE = ("clicked", "replied", "complained", "opened", "delivered", "bounced")
"""What stands in place of the server's answer where a doubtful mail was read: so it arrived."""
REASONS = ("erased", "left", "complained", "bounced", "muted", "no_consent", "paused", "not_due_yet", "cancelled")

_IS_DUE: ColumnElement[bool] = Column("due_at").is_not(None)


class Delivery(Base):
    """A row's walk: pending → claimed → handed_over → sent | failed | in_doubt, or excluded with a reason.

    `measured_at` says that its mail was handed over in the measured form; `opened_at`, `clicked_at` and
    the fates told by others (`delivered_at` … `replied_at`) are first times; `bounce_kind` is hard, soft or policy.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        one_of("state", STATES),
        UniqueConstraint("newsletter_id", "member_id"),
        # All that an account and its progress are counted from, so that counting reads no rows.
        Index("ix_deliveries_account", "newsletter_id", "state", "reason", "settled_at", "due_at"),
        # Settled rows are due no more. By state it would not serve: SQLite takes no bound value for one of the states.
        Index("ix_deliveries_due", "due_at", "id", sqlite_where=_IS_DUE, postgresql_where=_IS_DUE),
    )

    id: Mapped[Key]
    newsletter_id: Mapped[int] = mapped_column(BigId, ForeignKey("newsletters.id"))
    member_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("members.id", ondelete="SET NULL"), index=True)
    membership_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("memberships.id", ondelete="SET NULL"))
    consent_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("consents.id", ondelete="SET NULL"))
    state: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(40), default="")
    reply: Mapped[str] = mapped_column(String(500), default="")
    tries: Mapped[int] = mapped_column(default=0)
    planned_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    first_tried_at: Mapped[datetime | None]
    claimed_by: Mapped[int | None] = mapped_column(BigId, ForeignKey("workers.id", ondelete="SET NULL"), index=True)
    claimed_at: Mapped[datetime | None]
    handed_over_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    measured_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    clicked_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    bounced_at: Mapped[datetime | None]
    bounce_kind: Mapped[str] = mapped_column(String(20), default="", server_default="")
    complained_at: Mapped[datetime | None]
    replied_at: Mapped[datetime | None]

    newsletter: Mapped[Newsletter] = relationship()
    member: Mapped[Member | None] = relationship()
    membership: Mapped[Membership | None] = relationship()
    consent: Mapped[Consent | None] = relationship()

    @hybrid_method
    def is_open(self, at: datetime) -> bool:
        """True while allowed hours let it leave; one whose hours have closed waits for the next opening."""
        return self.closes_at is None or self.closes_at > at

    @is_open.inplace.expression  # type: ignore[attr-defined]
    @classmethod
    def _is_open(cls, at: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
        return or_(cls.closes_at.is_(None), cls.closes_at > at)

    @property
    def evidence(self) -> str:
        """One of `EVIDENCE` where that and no answer of the server says that it arrived, else nothing."""
        return self.reply if self.reply in EVIDENCE else ""

    @property
    def message_key(self) -> str:
        """The local part of this row's Message-ID, the same on every try."""
        return message_key(self.id, self.planned_at)


class Hit(Base):
    """One fetch of a measured mail's pixel or link, kept without address or program: we cannot tell who it was."""

    __tablename__ = "hits"
    __table_args__ = (
        one_of("kind", HITS),
        CheckConstraint("(kind = 'click') = (number IS NOT NULL)", name="number_of_click"),
        Index("ix_hits_delivery_id_kind_number", "delivery_id", "kind", "number"),
    )

    id: Mapped[Key]
    delivery_id: Mapped[int] = mapped_column(BigId, ForeignKey("deliveries.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(20))
    number: Mapped[int | None]
    hit_at: Mapped[datetime]


def message_key(delivery_id: int, planned_at: datetime) -> str:
    """Return the local part of a delivery's Message-ID."""
    return f"delivery.{delivery_id}.{int(planned_at.timestamp())}"
