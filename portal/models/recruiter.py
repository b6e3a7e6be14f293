"""People who work at the desk, their passkeys, and the one-time links that let them in first."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_security import AsaList, UserMixin, WebAuthnMixin
from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.ext.mutable import MutableList
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal import clock
from portal.models.base import Base, BigId, Key, one_of

ROLES = ("viewer", "recruiter", "publisher", "owner")


class Recruiter(Base, UserMixin):
    """Someone who works at the desk; Flask-Security reads the column names it knows."""

    __tablename__ = "recruiters"
    __table_args__ = (one_of("role", ROLES),)

    id: Mapped[Key]
    email: Mapped[str] = mapped_column(String(255), unique=True)
    name: Mapped[str] = mapped_column(String(200), default="")
    role: Mapped[str] = mapped_column(String(20))
    password: Mapped[str | None] = mapped_column(String(255))
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    fs_webauthn_user_handle: Mapped[str | None] = mapped_column(  # type: ignore[assignment]
        String(64), unique=True
    )
    tf_primary_method: Mapped[str | None] = mapped_column(String(64))
    tf_totp_secret: Mapped[str | None] = mapped_column(String(255))
    tf_last_counter: Mapped[int | None] = mapped_column(BigId)
    mf_recovery_codes: Mapped[list[str] | None] = mapped_column(MutableList.as_mutable(AsaList()))
    created_at: Mapped[datetime]
    set_up_at: Mapped[datetime | None]

    webauthn: Mapped[list[Passkey]] = relationship(  # type: ignore[assignment]
        back_populates="user", cascade="all, delete-orphan"
    )

    @property
    def roles(self) -> list[Any]:  # type: ignore[override]
        """Flask-Security's name for groups; Evergreen has one `role` per person instead."""
        return []

    @property
    def has_app(self) -> bool:
        """True when an authenticator app is set up."""
        return bool(self.tf_primary_method and self.tf_totp_secret)

    @property
    def has_second_factor(self) -> bool:
        """True when more than a password guards this person's account."""
        return self.has_app or bool(self.webauthn)

    def may(self, role: str) -> bool:
        """Tell whether this person's role includes what `role` allows."""
        return ROLES.index(self.role) >= ROLES.index(role)

    def check_tf_required(
        self, tf_setup_methods: list[tuple[str, str]], tf_fresh: bool
    ) -> tuple[bool, list[tuple[str, str]]]:
        """Ask for a second factor at every sign-in, once there is one; the desk lets nobody in without."""
        return bool(tf_setup_methods), tf_setup_methods

    def check_tf_required_setup(self) -> bool:
        """Never offer to switch the second factor off."""
        return True


class Passkey(Base, WebAuthnMixin):
    """A passkey or security key of a recruiter."""

    __tablename__ = "passkeys"

    id: Mapped[Key]
    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("recruiters.id", ondelete="CASCADE"), index=True)
    credential_id: Mapped[bytes] = mapped_column(LargeBinary(1024), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int | None] = mapped_column(default=0)  # type: ignore[assignment]
    transports: Mapped[list[str] | None] = mapped_column(MutableList.as_mutable(AsaList()))
    backup_state: Mapped[bool]
    device_type: Mapped[str] = mapped_column(String(64))
    extensions: Mapped[str | None] = mapped_column(String(255))
    create_datetime: Mapped[datetime] = mapped_column(default=clock.now)
    lastuse_datetime: Mapped[datetime]
    name: Mapped[str] = mapped_column(String(64))
    usage: Mapped[str] = mapped_column(String(64))

    user: Mapped[Recruiter] = relationship(back_populates="webauthn")

    def get_user_mapping(self) -> dict[str, Any]:
        """Return how Flask-Security finds the owner."""
        return {"id": self.user_id}


class SetUpLink(Base):
    """A one-time link with which a recruiter chooses a password."""

    __tablename__ = "set_up_links"

    id: Mapped[Key]
    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    recruiter_id: Mapped[int] = mapped_column(BigId, ForeignKey("recruiters.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    recruiter: Mapped[Recruiter] = relationship()


class DeskSession(Base):
    """A recruiter's signed-in browser; its cookie carries a secret, the row only the hash of it."""

    __tablename__ = "desk_sessions"

    id: Mapped[Key]
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    recruiter_id: Mapped[int] = mapped_column(BigId, ForeignKey("recruiters.id", ondelete="CASCADE"), index=True)
    browser: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    recruiter: Mapped[Recruiter] = relationship()
