"""Letters: mails a person's own act asked for, as rows with a kind and ids, never a secret."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.base import Base, BigId, Key, one_of

if TYPE_CHECKING:
    from portal.models.join import Join
    from portal.models.magic_link import MagicLink
    from portal.models.member import Member
    from portal.models.newsletter import Newsletter
    from portal.models.recruiter import Recruiter

KINDS = ("confirm", "sign_in", "test", "check_address")


class Letter(Base):
    """One letter: due at once, tried again until sent or too late, dropped where nobody is to be mailed."""

    __tablename__ = "letters"
    __table_args__ = (one_of("kind", KINDS), Index("ix_letters_due_at", "due_at"))

    id: Mapped[Key]
    kind: Mapped[str] = mapped_column(String(20))
    join_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("joins.id", ondelete="CASCADE"), index=True)
    magic_link_id: Mapped[int | None] = mapped_column(
        BigId, ForeignKey("magic_links.id", ondelete="CASCADE"), index=True
    )
    newsletter_id: Mapped[int | None] = mapped_column(
        BigId, ForeignKey("newsletters.id", ondelete="CASCADE"), index=True
    )
    recruiter_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("recruiters.id", ondelete="CASCADE"), index=True)
    member_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("members.id", ondelete="SET NULL"), index=True)
    language: Mapped[str] = mapped_column(String(20))
    message_id: Mapped[str] = mapped_column(String(200), unique=True)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    give_up_at: Mapped[datetime]
    claimed_at: Mapped[datetime | None]
    claimed_by: Mapped[int | None] = mapped_column(BigId, ForeignKey("workers.id", ondelete="SET NULL"))
    tries: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    dropped_at: Mapped[datetime | None]
    last_reply: Mapped[str] = mapped_column(String(500), default="")

    join: Mapped[Join | None] = relationship()
    magic_link: Mapped[MagicLink | None] = relationship()
    newsletter: Mapped[Newsletter | None] = relationship()
    recruiter: Mapped[Recruiter | None] = relationship()
    member: Mapped[Member | None] = relationship()
