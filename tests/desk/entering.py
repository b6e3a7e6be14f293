"""Ways into the desk that several tests walk: a set-up person, their codes, and coming in."""

from datetime import datetime
from typing import Any

from passlib.totp import TOTP

from portal import clock, config
from portal.desk.entrance import factors
from portal.extensions import db
from portal.models import Recruiter
from portal.tools import passwords
from tests import factories
from tests.pages import Browser, Page

PASSWORD = "four unusual quiet words"
LETTERS = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def rosa(**values: Any) -> Recruiter:
    """A recruiter with a password, and an app unless told otherwise."""
    secret = factory_of_codes()(key=LETTERS, format="base32").to_json(encrypt=True)
    facts = {"email": "rosa@northwind.example", "password": passwords.hashed(PASSWORD), "set_up_at": clock.now()}
    app = {"tf_primary_method": "authenticator", "tf_totp_secret": secret}
    recruiter = factories.recruiter(**{**facts, **app, **values})
    db.session.commit()
    return recruiter


def factory_of_codes() -> type[TOTP]:
    keys = factors.wrapping_keys(config.current().secret_keys)
    return TOTP.using(issuer="Northwind Robotics", secrets=keys, default_tag=next(iter(keys)))


def code(at: datetime | None = None) -> str:
    """What the app of `rosa` shows."""
    return str(TOTP(key=LETTERS, format="base32").generate(at or clock.now()).token)


def come_in(browser: Browser, *, wanted: str = "/desk/") -> Page:
    """Sign in with password and code."""
    page = browser.open(wanted)
    page = page.press("Sign in", email="rosa@northwind.example", password=PASSWORD)
    assert page.h1 == "Enter the code from your app"
    return page.press("Sign in", code=code())


def token_in(page: Page) -> str:
    return next(e.get("value") or "" for e in page.tree.iter() if e.get("name") == "csrf_token")
