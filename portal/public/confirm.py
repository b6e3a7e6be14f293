"""The links of the confirm letter: a button to join, and one to say “this wasn’t me”."""

from typing import Any

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response as AnyResponse
from wtforms import EmailField, ValidationError

from portal import clock
from portal.extensions import db
from portal.models import Join
from portal.services.communities import showcase
from portal.services.people import joins, pending
from portal.tools import cookies, headers, limits, links
from portal.tools.forms import Form
from portal.tools.policy import allow

room = Blueprint("confirm", __name__)
room.after_request(headers.personal)

TRIES_PER_NETWORK_ADDRESS = "60 per hour"


class PressForm(Form):
    """A button; in a browser that did not ask it also takes the address, which a scanner does not know to type."""

    email = EmailField(_("Your email address"))

    def __init__(self, join: Join) -> None:
        super().__init__()
        self.join = join
        self.asked_here = pending.is_asking_browser(join.pending_hash, cookies.read(cookies.PENDING))
        if self.asked_here:
            del self.email

    def validate_email(self, field: EmailField) -> None:
        """Take only the address the letter went to."""
        if not limits.hit(TRIES_PER_NETWORK_ADDRESS, "confirm-typed", links.fingerprint(request.remote_addr or "")):
            abort(429)
        if not (field.data or "").strip():
            raise ValidationError(_("Type the address our email was sent to"))
        if not joins.is_address_of(self.join, field.data):
            raise ValidationError(_("Our email was sent to another address. Type the one it arrived at"))


@room.route("/confirm/<token>", methods=["GET", "POST"])
@allow("link")
def confirm(token: str) -> AnyResponse:
    """Show a button; pressed by the person who asked, make them a member."""
    join = _get(token)
    if join.state(clock.now()) != "waiting":
        return _settled(join)
    form = PressForm(join)
    if form.validate_on_submit():
        _unless_settled(joins.confirm, join)
        return redirect(url_for(".confirm", token=token), code=303)
    return _asking("public/confirm/confirm.html", join, form)


@room.route("/confirm/<token>/not-me", methods=["GET", "POST"])
@allow("link")
def not_me(token: str) -> AnyResponse:
    """Show a button; pressed by the person who got the letter, refuse the join."""
    join = _get(token)
    if join.state(clock.now()) != "waiting":
        return _settled(join)
    form = PressForm(join)
    if form.validate_on_submit():
        _unless_settled(joins.refuse, join)
        return redirect(url_for(".not_me", token=token), code=303)
    return _asking("public/confirm/not_me.html", join, form)


@room.errorhandler(links.BadLink)
def explain_broken(_error: links.BadLink) -> tuple[str, int]:
    """Answer a link that was cut, changed or forgotten."""
    return render_template("public/confirm/explain_broken.html"), 404


def _get(token: str) -> Join:
    join = joins.find(links.read(links.Purpose.CONFIRM, token))
    if join is None:
        raise links.BadLink
    return join


def _unless_settled(act: Any, join: Join) -> None:
    try:
        act(join)
    except joins.NotWaiting:
        # Another tab was first; the page we go to says what it did.
        db.session.rollback()
    db.session.commit()


def _settled(join: Join) -> Response:
    state = join.state(clock.now())
    page = _page("public/confirm/settled.html", join, state=state, answers=join.answers)
    return make_response(page, 410 if request.method == "POST" and state != "confirmed" else 200)


def _asking(template: str, join: Join, form: PressForm) -> Response:
    status = 422 if form.errors else 200
    return make_response(_page(template, join, join=join, form=form), status)


def _page(template: str, of: Join, **values: Any) -> str:
    return render_template(template, community=of.community, drawing=showcase.drawing(of.community), **values)
