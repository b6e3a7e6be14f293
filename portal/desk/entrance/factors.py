"""Second factors: codes of an authenticator app, passkeys, recovery codes, and the keys that keep them secret."""

import base64
import hashlib
import hmac
from typing import Any
from urllib.parse import urlsplit

from flask import redirect, request, session
from flask_babel import gettext as _
from flask_security import MfRecoveryCodesUtil, Totp, WebauthnUtil, url_for_security
from flask_security.tf_plugin import TfPluginBase, tf_clean_session
from flask_security.twofactor import CodeTfPlugin
from passlib.totp import TOTP, TotpMatch, UsedTokenError
from sqlalchemy import CursorResult, or_, update
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from werkzeug.wrappers import Response

from portal.config import LOOPBACK, current
from portal.extensions import db
from portal.models import Recruiter


def wrapping_keys(secret_keys: list[str]) -> dict[str, str]:
    """Return the keys that encrypt app secrets, by a name that stays with its key when newer ones come first."""
    return {_name(key): _derived(key, "app").hex() for key in secret_keys}


def recovery_keys(secret_keys: list[str]) -> list[bytes]:
    """Return the keys that encrypt recovery codes, the newest first."""
    return [base64.urlsafe_b64encode(_derived(key, "recovery")) for key in secret_keys]


class App(Totp):
    """Codes of an authenticator app: each one is good once, and its secret is encrypted under the newest key."""

    def __init__(self, secrets: dict[str, str], issuer: str) -> None:
        super().__init__(secrets, issuer)
        self._totp = TOTP.using(issuer=issuer, secrets=secrets, default_tag=next(iter(secrets)))

    def verify_totp(self, token: str, totp_secret: str, user: Any, window: int = 0) -> bool:
        """Tell whether a code fits now, whatever was typed."""
        digits = "".join(c for c in str(token) if c.isdecimal() and c.isascii())
        return len(digits) == 6 and super().verify_totp(digits, totp_secret, user, window)

    def get_last_counter(self, user: Any) -> int | None:
        """Return the moment of the last code this person used."""
        return user.tf_last_counter

    def set_last_counter(self, user: Any, tmatch: TotpMatch) -> None:
        """Remember the code as used, unless another request was quicker with it."""
        older = or_(Recruiter.tf_last_counter.is_(None), Recruiter.tf_last_counter < tmatch.counter)
        used = update(Recruiter).where(Recruiter.id == user.id, older).values(tf_last_counter=tmatch.counter)
        result = db.session.execute(used)
        assert isinstance(result, CursorResult)
        if result.rowcount == 0:
            raise UsedTokenError


class PasskeyRules(WebauthnUtil):
    """Passkeys that name their owner and check for them, so that one passkey is both factors at once."""

    def origin(self) -> str:
        """Return where this site lives, whatever a proxy says; on this machine it goes by several names."""
        settings = current()
        here = request.host_url.rstrip("/")
        return here if settings.on_loopback and urlsplit(here).hostname in LOOPBACK else settings.base_url

    def authenticator_selection(self, user: Any, usage: str) -> AuthenticatorSelectionCriteria:
        """Ask for a passkey that the browser finds by itself and that asks for a finger, a face or a PIN."""
        return AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            require_resident_key=True,
            user_verification=UserVerificationRequirement.REQUIRED,
        )

    def user_verification(self, user: Any, usage: list[str]) -> UserVerificationRequirement:
        """Refuse a key that merely lies about; somebody must have shown that it is theirs."""
        return UserVerificationRequirement.REQUIRED


class AppFactor(CodeTfPlugin):
    """After a password, ask people who have an authenticator app for its code."""

    def get_setup_methods(self, user: Any) -> list[tuple[str, str]]:
        """Return the app as a way to go on, for those who have one."""
        return [("authenticator", _("Authenticator app"))] if user.has_app else []


class PasskeyFactor(TfPluginBase):
    """After a password, send people who have a passkey to it: it proves everything by itself."""

    def create_blueprint(self, app: Any, bp: Any, state: Any) -> None:
        """Add nothing: the passkey pages are there already."""

    def get_setup_methods(self, user: Any) -> list[tuple[str, str]]:
        """Return the passkey as a way to go on, for those who have one."""
        return [("webauthn", _("Passkey"))] if user.webauthn else []

    def tf_login(self, user: Any, json_payload: dict[str, Any], next_loc: str | None) -> Response:
        """Lead to the passkey page; remember whose password fitted, in case only a recovery code is left."""
        tf_clean_session()
        session["passkey_owner"] = user.fs_uniquifier
        return redirect(url_for_security("wan_signin", **({"next": next_loc} if next_loc else {})))


class RecoveryCodes(MfRecoveryCodesUtil):
    """Recovery codes, each good once even when two browsers send it at the same moment."""

    def check_recovery_code(self, user: Any, code: str) -> bool:
        """Tell whether the code is one of this person's, holding the row until it is used up."""
        db.session.refresh(user, with_for_update=True)
        return super().check_recovery_code(user, code)


def _name(key: str) -> str:
    return hashlib.sha256(f"portal.key.{key}".encode()).hexdigest()[:12]


def _derived(key: str, purpose: str) -> bytes:
    return hmac.new(key.encode(), f"portal.desk.{purpose}".encode(), hashlib.sha256).digest()
