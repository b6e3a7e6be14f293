"""What Flask-Security says to recruiters, in our words; its own sentences never show."""


def _(words: str) -> str:
    """Mark words for the catalogues; Flask-Security looks them up when it shows them."""
    return words


MESSAGES: dict[str, tuple[str, str]] = {
    "API_ERROR": (_("Your browser sent something we could not read. Please try again."), "danger"),
    "GENERIC_AUTHN_FAILED": (_("The address and the password do not fit together. Check both."), "danger"),
    "USER_DOES_NOT_EXIST": (_("The address and the password do not fit together. Check both."), "danger"),
    "INVALID_PASSWORD": (_("This is not your password"), "danger"),
    "DISABLED_ACCOUNT": (_("This account is closed. Ask an owner."), "danger"),
    "PASSWORD_INVALID_LENGTH": (_("Use at least %(length)s characters"), "danger"),
    "PASSWORD_IS_THE_SAME": (_("This is the password you have already"), "danger"),
    "PASSWORD_CHANGE": (_("Your password is changed, and every other browser is signed out."), "ok"),
    "UNAUTHENTICATED": (_("Sign in to go on."), "warn"),
    "UNAUTHORIZED": (_("Your role does not include this."), "danger"),
    "REAUTHENTICATION_REQUIRED": (_("This matters, so show once more that it is you."), "warn"),
    "REAUTHENTICATION_SUCCESSFUL": (_("Thank you, it is you. Go on."), "ok"),
    "ANONYMOUS_USER_REQUIRED": (_("You are signed in already."), "ok"),
    "INVALID_REDIRECT": (_("We only lead to pages of this site."), "warn"),
    "TWO_FACTOR_INVALID_TOKEN": (_("This code does not fit. Type the one your app shows now"), "danger"),
    "TWO_FACTOR_LOGIN_SUCCESSFUL": (_("You are signed in."), "ok"),
    "TWO_FACTOR_CHANGE_METHOD_SUCCESSFUL": (_("Your authenticator app is set up."), "ok"),
    "TWO_FACTOR_PERMISSION_DENIED": (_("That took too long. Please sign in again."), "warn"),
    "TWO_FACTOR_METHOD_NOT_AVAILABLE": (_("Choose one of the ways shown"), "danger"),
    "TWO_FACTOR_SETUP_EXPIRED": (_("That took longer than %(within)s. Please start over."), "warn"),
    "INVALID_RECOVERY_CODE": (_("This is not one of your codes, or it was used before"), "danger"),
    "NO_RECOVERY_CODES_SETUP": (_("You have no recovery codes yet."), "warn"),
    "WEBAUTHN_EXPIRED": (_("That took longer than %(within)s. Please start over."), "warn"),
    "WEBAUTHN_NAME_REQUIRED": (_("Enter a name, so that you know it again"), "danger"),
    "WEBAUTHN_NAME_INUSE": (_("You have a passkey called %(name)s already. Choose another name"), "danger"),
    "WEBAUTHN_NAME_NOT_FOUND": (_("You have no passkey called %(name)s."), "danger"),
    "WEBAUTHN_NAME_DISALLOWED_CHARACTERS": (_("Use letters, digits, spaces, hyphens and underscores"), "danger"),
    "WEBAUTHN_CREDENTIAL_DELETED": (_("The passkey %(name)s is removed. It no longer signs in."), "ok"),
    "WEBAUTHN_REGISTER_SUCCESSFUL": (_("The passkey %(name)s is set up."), "ok"),
    "WEBAUTHN_CREDENTIAL_ID_INUSE": (_("This passkey is set up already."), "warn"),
    "WEBAUTHN_UNKNOWN_CREDENTIAL_ID": (_("We do not know this passkey. Sign in with your password."), "danger"),
    "WEBAUTHN_ORPHAN_CREDENTIAL_ID": (_("We do not know this passkey. Sign in with your password."), "danger"),
    "WEBAUTHN_NO_VERIFY": (_("This passkey could not be checked. Please try again."), "danger"),
    "WEBAUTHN_CREDENTIAL_WRONG_USAGE": (_("This passkey cannot be used here."), "danger"),
    "WEBAUTHN_MISMATCH_USER_HANDLE": (_("This passkey belongs to another person."), "danger"),
    "INVALID_INPUT": (_("This cannot be kept. Use plain letters and digits"), "danger"),
    "INVALID_INPUT_LENGTH": (_("Use fewer than %(length)s characters"), "danger"),
    "INVALID_CODE": (_("This code does not fit"), "danger"),
    "PASSWORD_NOT_PROVIDED": (_("Enter your password"), "danger"),
    "EMAIL_NOT_PROVIDED": (_("Enter your email address"), "danger"),
    "INVALID_EMAIL_ADDRESS": (_("Enter an email address like name@example.org"), "danger"),
    "RETYPE_PASSWORD_MISMATCH": (_("This is not the same as above"), "danger"),
}
