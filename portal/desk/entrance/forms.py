"""Forms of the entrance: what Flask-Security asks for, in our words and with our limits."""

from collections.abc import Callable
from typing import Any

from flask_babel import lazy_gettext as _
from flask_login import current_user
from flask_security import (
    ChangePasswordForm as _ChangePasswordForm,
)
from flask_security import LoginForm, VerifyForm
from flask_security.forms import TwoFactorRescueForm, TwoFactorSetupForm, TwoFactorVerifyCodeForm
from flask_security.recovery_codes import MfRecoveryForm
from flask_security.tf_plugin import TwoFactorSelectForm
from flask_security.utils import get_message
from flask_security.webauthn import (
    WebAuthnDeleteForm,
    WebAuthnRegisterForm,
    WebAuthnRegisterResponseForm,
    WebAuthnSigninResponseForm,
)
from webauthn.helpers.exceptions import WebAuthnException
from wtforms import EmailField, HiddenField, PasswordField, RadioField, StringField, ValidationError
from wtforms.validators import InputRequired, Length

from portal.services.staff import recruiters
from portal.tools import passwords, same_site
from portal.tools.forms import choices

HOME = "/desk/"
_TOO_LONG = _("No password here is longer than %(longest)d characters", longest=passwords.LONGEST)


def _password(label: Any, autocomplete: str) -> PasswordField:
    return PasswordField(
        label,
        render_kw={"autocomplete": autocomplete},
        validators=[InputRequired(_("Enter your password")), Length(max=passwords.LONGEST, message=_TOO_LONG)],
    )


class SignInForm(LoginForm):
    """Address and password; nothing here tells whether an address is known."""

    email = EmailField(
        _("Email address"),
        render_kw={"autocomplete": "username"},
        filters=[lambda value: "".join(c for c in value or "" if c.isprintable()).strip()],
        validators=[InputRequired(_("Enter your email address"))],
    )
    password = _password(_("Password"), "current-password")
    remember = None

    def validate_next(self, field: HiddenField) -> None:
        """Go nowhere but to pages of this site."""
        field.data = same_site.path_or(field.data, default=HOME)

    def validate_password(self, field: PasswordField) -> None:
        """Refuse what no password can hold before it reaches the hash."""
        if "\x00" in (field.data or ""):
            raise ValidationError(get_message("GENERIC_AUTHN_FAILED")[0])

    def validate_email(self, field: EmailField) -> None:
        """Look the person up by any way of writing the address; unknown ones are found out with the password."""
        self.ifield = field
        self.user = recruiters.find(field.data or "")

    def validate(self, **kwargs: Any) -> bool:
        """Answer an unknown address, a wrong password and a closed account in the same words."""
        fits = super().validate(**kwargs)
        if not fits and self.email.data and self.password.data:
            self.email.errors, self.password.errors = [], []
            self.form_errors = [get_message("GENERIC_AUTHN_FAILED")[0]]
        return fits


class ProveForm(VerifyForm):
    """The password once more, before something that matters."""

    password = _password(_("Password"), "current-password")

    def validate_next(self, field: HiddenField) -> None:
        """Go nowhere but to pages of this site."""
        field.data = same_site.path_or(field.data, default=HOME)

    def validate_password(self, field: PasswordField) -> None:
        """Refuse what no password can hold before it reaches the hash."""
        if "\x00" in (field.data or ""):
            raise ValidationError(get_message("INVALID_PASSWORD")[0])


class ChangePasswordForm(_ChangePasswordForm):
    """The password so far, and the new one typed twice."""

    password = _password(_("Password so far"), "current-password")
    new_password = _password(_("New password"), "new-password")
    new_password_confirm = _password(_("New password again"), "new-password")

    def validate_password(self, field: PasswordField) -> None:
        """Refuse what no password can hold before it reaches the hash."""
        if "\x00" in (field.data or ""):
            raise ValidationError(get_message("INVALID_PASSWORD")[0])

    def validate_new_password(self, field: PasswordField) -> None:
        """Take a password that is hard to guess."""
        try:
            passwords.check(field.data or "", words=(current_user.email, current_user.name))
        except passwords.BadPassword as error:
            raise ValidationError(str(error)) from error

    def validate_new_password_confirm(self, field: PasswordField) -> None:
        """Take the same one twice."""
        if field.data != self.new_password.data:
            raise ValidationError(_("This is not the same as above"))


class CodeForm(TwoFactorVerifyCodeForm):
    """Six digits from the app, however they were typed."""

    code = StringField(
        _("6-digit code"),
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric"},
        validators=[InputRequired(_("Enter the 6-digit code your app shows")), Length(max=40)],
    )


class SetUpAppForm(TwoFactorSetupForm):
    """The one way to get codes here: an app."""

    setup = RadioField(choices=choices([("authenticator", _("An authenticator app"))]), validate_choice=False)


class HelpForm(TwoFactorRescueForm):
    """What somebody without their phone may ask for."""

    help_setup = RadioField(choices=choices([("help", _("Ask an owner for a new link"))]))


class ChooseFactorForm(TwoFactorSelectForm):
    """Which of several second factors to use now."""

    which = RadioField(_("How do you want to go on?"), default="webauthn")


class RecoveryCodeForm(MfRecoveryForm):
    """One of the codes put away for the day the phone is lost."""

    code = StringField(
        _("Recovery code"),
        render_kw={"autocomplete": "off", "spellcheck": "false"},
        filters=[lambda value: _grouped(value or "")],
        validators=[InputRequired(_("Enter one of your recovery codes")), Length(max=100)],
    )


class NamePasskeyForm(WebAuthnRegisterForm):
    """What to call a new passkey."""

    name = StringField(
        _("Name of this passkey"),
        render_kw={"autocomplete": "off"},
        validators=[InputRequired(_("Enter a name, so that you know it again"))],
    )
    usage = HiddenField()

    def validate(self, **kwargs: Any) -> bool:
        """Make every passkey one that signs in by itself."""
        self.usage.data = "first"
        return super().validate(**kwargs)


class NewPasskeyForm(WebAuthnRegisterResponseForm):
    """What the browser says about a passkey it has just made."""

    def validate(self, **kwargs: Any) -> bool:
        """Refuse what is no answer of a browser, and keep nothing of it that is not needed."""
        fits = _answers(super().validate, self.credential, **kwargs)
        self.extensions = None  # type: ignore[assignment]
        return fits


class PasskeyAnswerForm(WebAuthnSigninResponseForm):
    """What the browser says after asking the passkey."""

    def validate_next(self, field: HiddenField) -> None:
        """Go nowhere but to pages of this site."""
        field.data = same_site.path_or(field.data, default=HOME)

    def validate(self, **kwargs: Any) -> bool:
        """Refuse what is no answer of a browser, and let nobody in whose account is closed."""
        fits = _answers(super().validate, self.credential, **kwargs)
        return fits and self.user is not None and self.user.is_active


class RemovePasskeyForm(WebAuthnDeleteForm):
    """A passkey to forget, unless it is all that guards the account."""

    def validate(self, **kwargs: Any) -> bool:
        """Keep the last second factor."""
        if not super().validate(**kwargs):
            return False
        if len(current_user.webauthn) == 1 and not current_user.has_app:
            self.name.errors = [_("This is your only second factor. Add another one first.")]
            return False
        return True


def _answers(validate: Callable[..., bool], field: HiddenField, **kwargs: Any) -> bool:
    try:
        return validate(**kwargs)
    except (WebAuthnException, ValueError, TypeError, AttributeError, KeyError):
        field.errors = [get_message("API_ERROR")[0]]
        return False


def _grouped(typed: str) -> str:
    # The codes are twelve hexadecimal digits in groups of four, however somebody copies them from paper.
    plain = "".join(c for c in typed.lower() if c in "0123456789abcdef")
    return "-".join(plain[i : i + 4] for i in range(0, len(plain), 4))
