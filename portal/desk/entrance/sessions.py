"""Who sits behind a browser: a session opened anew at every sign-in, ended by idling, by hand or by new locks."""

from typing import Any

from flask import Flask, current_app, g, request, session
from flask_login import user_logged_out
from flask_security import password_changed, tf_profile_changed, user_authenticated, wan_deleted, wan_registered
from flask_security.utils import set_request_attr

from portal import clock
from portal.extensions import db
from portal.models import Recruiter
from portal.services.staff import desk_sessions
from portal.tools import browsers, policy

_KEPT = ("_user_id", "_fresh", "_id", "fs_paa")
_STAMP_SECONDS = 60


def hang_on(app: Flask) -> None:
    """Make Flask-Login believe a cookie only while its row lives, and nothing but a cookie."""
    app.login_manager.user_loader(find)  # type: ignore[attr-defined]
    app.login_manager.request_loader(lambda _request: None)  # type: ignore[attr-defined]
    user_authenticated.connect(_open, app)
    user_logged_out.connect(_end, app)
    for change in (password_changed, tf_profile_changed, wan_registered, wan_deleted):
        change.connect(_renew, app)


def find(uniquifier: str) -> Recruiter | None:
    """Return the recruiter whose session this browser holds, unless it idled, was ended, or its locks changed."""
    now = clock.now().timestamp()
    seen = session.get("desk_seen", 0)
    if now - seen > desk_sessions.IDLE.total_seconds():
        return None
    row = desk_sessions.find(session.get("desk", ""))
    if row is None or row.recruiter.fs_uniquifier != uniquifier:
        return None
    if now - seen > _STAMP_SECONDS and not policy.is_unattended(current_app.view_functions.get(request.endpoint or "")):
        session["desk_seen"] = now
    set_request_attr("fs_authn_via", "session")
    set_request_attr("fs_paa", session.get("fs_paa", 0))
    return row.recruiter


def _open(_app: Flask, *, user: Recruiter, **_more: Any) -> None:
    desk_sessions.end(session.get("desk", ""))
    kept = {name: session[name] for name in _KEPT if name in session}
    session.clear()
    # The old page's form token must not outlive the person who was there before.
    g.pop("csrf_token", None)
    session.update(kept)
    _give(user)


def _end(_app: Flask, **_more: Any) -> None:
    desk_sessions.end(session.get("desk", ""))
    db.session.commit()
    session.clear()


def _renew(_app: Flask, *, user: Recruiter, **_more: Any) -> None:
    """Sign every other browser out after a change of password or factor, and give this one a new secret."""
    desk_sessions.end_others(user, but="")
    _give(user)


def _give(user: Recruiter) -> None:
    session["desk"] = desk_sessions.open_for(user, browser=browsers.name(request.user_agent.string))
    session["desk_seen"] = clock.now().timestamp()
