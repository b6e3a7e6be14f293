"""The guard of the desk: closed by default, it asks who comes, counts tries, and holds each view to its policy."""

from datetime import datetime

from flask import (
    Flask,
    Response,
    abort,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.wrappers import Response as AnyResponse

from portal import clock, config
from portal.extensions import db
from portal.models import ROLES, Recruiter
from portal.services.staff import recruiters
from portal.tools import headers, limits, links, same_site
from portal.tools.policy import allowed

TRIES = "10 per 5 minutes"
HOME = "/desk/"

_TRIED = {
    "security.login": "password",
    "security.verify": "password",
    "security.change_password": "password",
    "security.two_factor_token_validation": "code",
    "security.mf_recovery": "code",
    "security.wan_signin_response": "passkey",
    "security.wan_verify_response": "passkey",
    "desk.session.set_up": "set-up",
}
_WHILE_SETTING_UP = {
    "security.logout",
    "security.verify",
    "security.wan_verify",
    "security.wan_verify_response",
    "security.two_factor_setup",
    "security.wan_register",
    "security.wan_register_response",
    "desk.session.second_factor",
    "desk.session.later",
}


def stand_at(app: Flask) -> None:
    """Ask at every request for the desk, and see every answer off."""
    app.before_request(ask)
    app.after_request(leave)
    app.register_error_handler(CSRFError, explain_stale_form)
    app.context_processor(_about_here)


def ask() -> AnyResponse | None:
    """Let a request through to the desk, or send it to sign in, to set up a second factor, or away."""
    if not guards():
        return None
    who = allowed(current_app.view_functions[request.endpoint or ""])
    if who is None:
        abort(500, f"{request.endpoint} declares no policy")
    if request.mimetype == "application/json":
        abort(415)
    if (refusal := _count_tries()) is not None:
        return refusal
    if who not in ROLES:
        return None
    if (person := signed_in()) is None:
        return _to_sign_in()
    if _must_set_up(person):
        return redirect(url_for("desk.session.second_factor"), code=303)
    if not person.may(who):
        abort(403)
    return None


def signed_in() -> Recruiter | None:
    """Return the recruiter behind this request, or None."""
    return current_user._get_current_object() if current_user.is_authenticated else None


def leave(response: Response) -> Response:
    """Keep desk pages out of every cache, and redirects of the entrance on this site."""
    if not guards():
        return response
    if (request.endpoint or "").startswith("security.") and response.location:
        response.location = same_site.path_or(response.location, default=HOME)
    return headers.personal(response)


def explain_stale_form(error: CSRFError) -> AnyResponse:
    """Answer a form whose page is too old: go on where that is plain, else say what to do."""
    if not guards():
        return make_response(render_template("errors/400.html", error=error), 400)
    if signed_in() is None:
        return _to_sign_in()
    if request.endpoint == "security.login":
        return redirect(HOME, code=303)
    return make_response(render_template("desk/session/stale.html"), 400)


def may_go_without() -> bool:
    """Tell whether the second factor may wait: only in a demo, only on the machine it runs on."""
    settings = config.current()
    return settings.demo and settings.on_loopback


def guards() -> bool:
    """Tell whether the request is for the desk."""
    return request.blueprint is not None and request.blueprint.split(".")[0] in {"desk", "security"}


def _about_here() -> dict[str, object]:
    if not guards():
        return {"current_recruiter": None}
    # Browsers keep passkeys by name: a site that is only a number cannot have any.
    named = any(c.isalpha() for c in request.host.partition(":")[0]) and not request.host.startswith("[")
    return {"current_recruiter": signed_in(), "passkeys_work": named}


def _to_sign_in() -> AnyResponse:
    # Only a page can be returned to; a form sent after signing out would be sent again by nobody.
    wanted = request.full_path.rstrip("?") if request.method in {"GET", "HEAD"} else None
    wanted = None if wanted in {HOME, None} else same_site.path_or(wanted, default=HOME)
    return redirect(url_for("security.login", next=wanted), code=303)


def _must_set_up(person: Recruiter) -> bool:
    if person.has_second_factor or request.endpoint in _WHILE_SETTING_UP:
        return False
    return not (session.get("second_factor_later") and may_go_without())


def _count_tries() -> AnyResponse | None:
    step = _TRIED.get(request.endpoint or "")
    if request.method != "POST" or step is None:
        return None
    keys = [(step, "network", links.fingerprint(request.remote_addr or ""))]
    if whose := _account():
        keys.append((step, "account", links.fingerprint(whose)))
    refused = [key for key in keys if not limits.hit(TRIES, "desk", *key)]
    until = max((limits.free_at(TRIES, "desk", *key) for key in refused), default=None)
    # A try counts whatever comes of it, so it is kept before anything else can fail.
    db.session.commit()
    return _ask_to_wait(until) if until else None


def _account() -> str:
    if request.endpoint == "security.login":
        typed = request.form.get("email", "")
        known = recruiters.find(typed)
        return str(known.id) if known else typed.strip().casefold()
    person = signed_in()
    return str(person.id) if person else session.get("tf_user_id", "")


def _ask_to_wait(until: datetime) -> AnyResponse:
    response = make_response(render_template("desk/session/wait.html", until=until), 429)
    response.headers["Retry-After"] = str(max(1, round((until - clock.now()).total_seconds())))
    return response
