"""The guard of the candidate side: knows who is signed in, and asks the others to sign in first."""

from flask import Response, current_app, g, make_response, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.wrappers import Response as AnyResponse

from portal.services.people import sessions
from portal.tools import cookies, headers
from portal.tools.policy import allowed


def ask_who() -> AnyResponse | None:
    """Put the signed-in person in `g.member` on routes for members; send anyone else to sign in."""
    if not _for_members():
        return None
    session = sessions.find(cookies.read(cookies.MEMBER))
    if session is None:
        return _to_sign_in()
    g.member, g.member_session = session.member, session
    g.language = session.member.language
    return None


def keep_private(response: Response) -> Response:
    """Mark every page for members as personal."""
    return headers.personal(response) if _for_members() else response


def explain_stale_form(error: CSRFError) -> AnyResponse:
    """Answer a form whose page is too old: sign in first where that is needed, else say what to do."""
    if _for_members() and sessions.find(cookies.read(cookies.MEMBER)) is None:
        return _to_sign_in()
    return make_response(render_template("public/member_door/explain_stale_form.html"), 400)


def _for_members() -> bool:
    view = current_app.view_functions.get(request.endpoint or "")
    return view is not None and allowed(view) == "member"


def _to_sign_in() -> AnyResponse:
    # Only a page can be returned to; a form sent after signing out would be sent again by nobody.
    wanted = request.full_path.rstrip("?") if request.method in {"GET", "HEAD"} else None
    return redirect(url_for("public.sign_in.ask", next=wanted), code=303)
