"""People at the desk for tests: browsers that are signed in already."""

from flask.testing import FlaskClient

from portal import clock
from portal.extensions import db
from portal.models import Recruiter
from portal.services.staff import desk_sessions
from tests import factories
from tests.pages import Browser


def signed_in(browser: Browser, recruiter: Recruiter | None = None, *, role: str = "owner") -> Recruiter:
    """Sign the browser in as this recruiter (or a new one of that role) past both factors; commits."""
    recruiter = recruiter or factories.recruiter(role=role)
    if not recruiter.has_second_factor:
        recruiter.tf_primary_method, recruiter.tf_totp_secret = "authenticator", "set up elsewhere"
    secret = desk_sessions.open_for(recruiter)
    uniquifier = recruiter.fs_uniquifier
    db.session.commit()
    _carry(browser.client, secret=secret, uniquifier=uniquifier)
    return recruiter


def _carry(client: FlaskClient, *, secret: str, uniquifier: str) -> None:
    now = clock.now().timestamp()
    with client.session_transaction() as cookie:
        cookie.clear()
        cookie.update(_user_id=uniquifier, _fresh=True, fs_paa=now, desk=secret, desk_seen=now)
