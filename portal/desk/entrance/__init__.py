"""How recruiters come in: Flask-Security told what it may do, which words to use and where its pages live."""

from datetime import timedelta
from typing import Any

from flask import Flask
from flask_security import Security, SQLAlchemyUserDatastore

from portal import clock, config
from portal.desk.entrance import factors, forms, policies, sessions
from portal.desk.entrance.words import MESSAGES
from portal.extensions import db
from portal.models import Passkey, Recruiter
from portal.tools import passwords


def bind(app: Flask) -> None:
    """Add Flask-Security's pages under /desk, and only those of features that are on."""
    settings = config.current()
    app.config.update({f"SECURITY_{name}": value for name, value in _told(settings).items()})
    app.config.update({f"SECURITY_MSG_{name}": words for name, words in MESSAGES.items()})
    security = Security(
        app,
        SQLAlchemyUserDatastore(db, Recruiter, None, Passkey),  # type: ignore[arg-type]
        totp_cls=factors.App,
        webauthn_util_cls=factors.PasskeyRules,
        mf_recovery_codes_util_cls=factors.RecoveryCodes,
        login_form=forms.SignInForm,
        verify_form=forms.ProveForm,
        change_password_form=forms.ChangePasswordForm,
        two_factor_setup_form=forms.SetUpAppForm,
        two_factor_rescue_form=forms.HelpForm,
        two_factor_verify_code_form=forms.CodeForm,
        two_factor_select_form=forms.ChooseFactorForm,
        mf_recovery_form=forms.RecoveryCodeForm,
        wan_register_form=forms.NamePasskeyForm,
        wan_register_response_form=forms.NewPasskeyForm,
        wan_signin_response_form=forms.PasskeyAnswerForm,
        wan_delete_form=forms.RemovePasskeyForm,
    )
    security.want_json(lambda _request: False)
    sessions.hang_on(app)
    policies.declare(app)


def _told(settings: config.Settings) -> dict[str, Any]:
    return {
        "URL_PREFIX": "/desk",
        "STATIC_FOLDER": None,
        "LOGIN_URL": "/sign-in",
        "LOGOUT_URL": "/sign-out",
        "LOGOUT_CSRF": True,
        "POST_LOGIN_VIEW": "/desk/",
        "POST_LOGOUT_VIEW": "/desk/sign-in",
        "VERIFY_URL": "/prove",
        "POST_VERIFY_VIEW": "/desk/settings",
        "CHANGEABLE": True,
        "CHANGE_URL": "/settings/password",
        "POST_CHANGE_VIEW": "/desk/settings",
        "SEND_PASSWORD_CHANGE_EMAIL": False,
        "TWO_FACTOR_SETUP_URL": "/second-factor/app",
        "TWO_FACTOR_TOKEN_VALIDATION_URL": "/sign-in/code",
        "TWO_FACTOR_RESCUE_URL": "/sign-in/help",
        "TWO_FACTOR_SELECT_URL": "/sign-in/choose",
        "TWO_FACTOR_POST_SETUP_VIEW": "/desk/second-factor/done",
        "TWO_FACTOR_ERROR_VIEW": "/desk/sign-in",
        "MULTI_FACTOR_RECOVERY_CODES_URL": "/second-factor/recovery-codes",
        "MULTI_FACTOR_RECOVERY_URL": "/sign-in/recovery-code",
        "WAN_REGISTER_URL": "/second-factor/passkeys",
        "WAN_DELETE_URL": "/second-factor/passkeys/remove",
        "WAN_SIGNIN_URL": "/sign-in/passkey",
        "WAN_VERIFY_URL": "/prove/passkey",
        "WAN_POST_REGISTER_VIEW": "/desk/second-factor/done",
        "CLI_USERS_NAME": None,
        "CLI_ROLES_NAME": None,
        "I18N_DOMAIN": "messages",
        "I18N_DIRNAME": [str(config.resource("translations"))],
        "API_ENABLED_METHODS": ["session"],
        "JOIN_USER_ROLES": False,
        "DATETIME_FACTORY": clock.now,
        "FRESHNESS": timedelta(minutes=15),
        "FRESHNESS_GRACE_PERIOD": timedelta(minutes=15),
        "PASSWORD_HASH": "argon2",
        "PASSWORD_SCHEMES": ["argon2"],
        "PASSWORD_SINGLE_HASH": True,
        "PASSWORD_LENGTH_MIN": passwords.SHORTEST,
        "TWO_FACTOR": True,
        "TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
        "TWO_FACTOR_AUTHENTICATOR_VALIDITY": 30,
        "TWO_FACTOR_RESCUE_EMAIL": False,
        "TWO_FACTOR_IMPLEMENTATIONS": {
            "code": "portal.desk.entrance.factors.AppFactor",
            "webauthn": "portal.desk.entrance.factors.PasskeyFactor",
        },
        "TOTP_SECRETS": factors.wrapping_keys(settings.secret_keys),
        "TOTP_ISSUER": settings.company_name,
        "MULTI_FACTOR_RECOVERY_CODES": True,
        "MULTI_FACTOR_RECOVERY_CODES_N": 10,
        "MULTI_FACTOR_RECOVERY_CODES_KEYS": factors.recovery_keys(settings.secret_keys),
        "WEBAUTHN": True,
        "WAN_RP_NAME": settings.company_name,
        "WAN_SIGNIN_WITHIN": timedelta(minutes=5),
        "WAN_REGISTER_WITHIN": timedelta(minutes=5),
        "WAN_ALLOW_USER_HINTS": False,
        "WAN_ALLOW_AS_VERIFY": ["first"],
        "WAN_NAME_MAX_LENGTH": 60,
        "WAN_NAME_ALLOWED_CHARS": ["L", "M", "N", "P", "S", "Zs"],
        "INPUT_NORMALIZE_FORM": "NFC",
    }
