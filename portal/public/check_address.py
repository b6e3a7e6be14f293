"""The link of the letter that asks whether an address works: a button, which shows that it does."""

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from portal.extensions import db
from portal.models import Letter
from portal.services.people import address_checks
from portal.tools import headers, links
from portal.tools.policy import allow

room = Blueprint("check_address", __name__)
room.after_request(headers.personal)


@room.route("/check-address/<token>", methods=["GET", "POST"])
@allow("link")
def prove(token: str) -> AnyResponse:
    """Show a button; pressed, the newsletters that were stopped for the address come again."""
    letter = _get(token)
    state = address_checks.state(letter)
    if state != "waiting":
        return _settled(state)
    if request.method == "POST":
        address_checks.prove(letter)
        db.session.commit()
        return redirect(url_for(".prove", token=token), code=303)
    return make_response(render_template("public/check_address/prove.html"))


@room.errorhandler(links.BadLink)
def explain_broken(_error: links.BadLink) -> AnyResponse:
    """Answer a link that was cut, changed or forgotten, with the other way back."""
    return _settled("", status=404)


def _get(token: str) -> Letter:
    letter = address_checks.find(links.read_letter(token))
    if letter is None:
        raise links.BadLink
    return letter


def _settled(state: str, *, status: int = 0) -> Response:
    too_late = request.method == "POST" and state != "works"
    page = render_template("public/check_address/settled.html", state=state)
    return make_response(page, status or (410 if too_late else 200))
