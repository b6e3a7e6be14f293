"""Who may open each of Flask-Security's pages, and which of them are ours instead."""

from flask import Flask

from portal.tools.policy import Who, allow

POLICIES: dict[str, Who] = {
    "login": "anyone",
    "logout": "anyone",
    "two_factor_token_validation": "anyone",
    "tf_select": "anyone",
    "mf_recovery": "anyone",
    "wan_signin": "anyone",
    "wan_signin_response": "anyone",
    "verify": "viewer",
    "wan_verify": "viewer",
    "wan_verify_response": "viewer",
    "change_password": "viewer",
    "mf_recovery_codes": "viewer",
    "wan_register": "viewer",
    "wan_register_response": "viewer",
    "wan_delete": "viewer",
}


def declare(app: Flask) -> None:
    """Declare a policy for each page of Flask-Security that stays; one that a new version adds has none and is shut."""
    for name, who in POLICIES.items():
        allow(who)(app.view_functions[f"security.{name}"])
