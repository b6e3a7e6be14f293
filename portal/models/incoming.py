"""What comes in: mails and provider events as they came, and what each reports about one recipient."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Column, ColumnElement, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.base import Base, BigId, Key, one_of

if TYPE_CHECKING:
    from portal.models.delivery import Delivery
    from portal.models.member import Member

WAYS = ("smtp", "pipe", "imap", "ses", "postmark", "mailgun", "sendgrid")
REPORTED = (
    "hard", "soft", "policy", "complaint", "auto_reply", "delayed", "delivered", "reply", "leave", "ignored", "unknown",
)  # fmt: skip

_IS_DUE: ColumnElement[bool] = Column("due_at").is_not(None)


class Incoming(Base):
    """One mail or event, kept as it came before anything is done about it.

    Due at once; `worked_at` once its reports are written, `failed_at` when working on it failed too often. `kind` is
    that of its first report. What is `unknown` or failed is shown until somebody says it is `dismissed_at`.
    """

    __tablename__ = "incoming"
    __table_args__ = (
        one_of("way", WAYS),
        Index("ix_incoming_due", "due_at", "id", sqlite_where=_IS_DUE, postgresql_where=_IS_DUE),
        Index("ix_incoming_kind_received_at", "kind", "received_at"),
    )

    id: Mapped[Key]
    way: Mapped[str] = mapped_column(String(20))
    envelope_sender: Mapped[str] = mapped_column(String(1000), default="")
    envelope_recipient: Mapped[str] = mapped_column(String(1000), default="")
    raw: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    received_at: Mapped[datetime] = mapped_column(index=True)
    due_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    worked_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    kind: Mapped[str] = mapped_column(String(20), default="")
    sender: Mapped[str] = mapped_column(String(320), default="")
    subject: Mapped[str] = mapped_column(String(300), default="")
    dismissed_at: Mapped[datetime | None]

    reports: Mapped[list[Report]] = relationship(back_populates="incoming", order_by="Report.id")


class Report(Base):
    """What is told about one recipient of one mail of ours; `key` is the same however often it is told."""

    __tablename__ = "reports"
    __table_args__ = (
        one_of("kind", REPORTED),
        Index("ix_reports_member_id_kind_happened_at", "member_id", "kind", "happened_at"),
        Index("ix_reports_delivery_id_kind", "delivery_id", "kind"),
    )

    id: Mapped[Key]
    incoming_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("incoming.id", ondelete="SET NULL"), index=True)
    delivery_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("deliveries.id", ondelete="CASCADE"))
    member_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("members.id", ondelete="SET NULL"))
    kind: Mapped[str] = mapped_column(String(20))
    status: Mapped[str] = mapped_column(String(20), default="")
    reply: Mapped[str] = mapped_column(String(500), default="")
    key: Mapped[str] = mapped_column(String(200), unique=True)
    happened_at: Mapped[datetime]
    recorded_at: Mapped[datetime]

    incoming: Mapped[Incoming | None] = relationship(back_populates="reports")
    delivery: Mapped[Delivery | None] = relationship()
    member: Mapped[Member | None] = relationship()
