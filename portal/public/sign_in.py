"""Signing in without a password: ask for a link, press its button or type its code, sign out."""

import re
import unicodedata

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, session, url_for
from flask_babel import get_locale
from flask_babel import lazy_gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse
from wtforms import EmailField, HiddenField, StringField, ValidationError

from portal import clock
from portal.extensions import db, queue
from portal.models import MagicLink
from portal.services.people import magic_links, pending, sessions
from portal.tools import cookies, headers, limits, links, same_site, text
from portal.tools.forms import Address, Form, refuse
from portal.tools.policy import allow

room = Blueprint("sign_in", __name__)
room.after_request(headers.personal)

ASKS_PER_NETWORK_ADDRESS = "30 per hour"
PENDING_LIFE = 72 * 3600
AFTERWARDS = "/preferences"


class AskForm(Form):
    """The address to mail a link to."""

    next = HiddenField()
    email = EmailField(_("Email address"), validators=[Address()])


@room.route("/sign-in", methods=["GET", "POST"])
@allow("anyone")
def ask() -> AnyResponse:
    """Mail a link to a member, and say the same to everyone."""
    form = AskForm(next=same_site.path_or(request.args.get("next"), default=""))
    if not form.validate_on_submit():
        return _asking(form, 422 if form.errors else 200)
    if not limits.hit(ASKS_PER_NETWORK_ADDRESS, "ask", links.fingerprint(request.remote_addr or "")):
        form.form_errors.append(_("Many links were asked for from your network in the last hour. Try again later."))
        return _asking(form, 429)
    secret = pending.secret_for(cookies.read(cookies.PENDING))
    link = magic_links.ask(form.email.data, language=str(get_locale()), secret=secret)
    db.session.commit()
    queue.wake("letters")
    session["typed"] = link.public_id
    session["next"] = same_site.path_or(form.next.data, default=AFTERWARDS)
    response = redirect(url_for(".code"), code=303)
    cookies.give(response, cookies.PENDING, secret, seconds=PENDING_LIFE)
    return response


class CodeForm(Form):
    """The six digits of the letter, however they were typed."""

    code = StringField(_("6-digit code"), filters=[lambda value: _digits(value)])

    def validate_code(self, field: StringField) -> None:
        """Take six digits."""
        if not re.fullmatch(r"[0-9]{6}", field.data):
            raise ValidationError(_("Type the 6-digit code from the email"))


@room.route("/sign-in/code", methods=["GET", "POST"])
@allow("anyone")
def code() -> AnyResponse:
    """Say where the link went, and sign in whoever types its code in the browser that asked."""
    secret = cookies.read(cookies.PENDING)
    link = magic_links.find_asked_by(secret) if secret else None
    if link is None:
        return redirect(url_for(".ask"), code=303)
    form = CodeForm()
    if form.validate_on_submit():
        try:
            return _signed_in(magic_links.use_code(form.code.data, secret=secret))
        except magic_links.WrongCode:
            _refuse_code(form)
        except magic_links.NotUsable as error:
            return _gone(error.state)
    # Whoever asked by a link in a mail, which can be forwarded, did not type the address and does not get to see it.
    shown = link.email_key if session.get("typed") == link.public_id else text.mask_address(link.email_key)
    page = render_template("public/sign_in/code.html", form=form, address=shown)
    return make_response(page, 422 if form.errors else 200)


class UseForm(CodeForm):
    """A button; in a browser that did not ask it also takes the code, which a scanner does not know to type."""

    def __init__(self, link: MagicLink) -> None:
        super().__init__()
        self.asked_here = pending.is_asking_browser(link.pending_hash, cookies.read(cookies.PENDING))
        if self.asked_here:
            del self.code


@room.route("/sign-in/<token>", methods=["GET", "POST"])
@allow("link")
def use(token: str) -> AnyResponse:
    """Show a button; pressed in the browser that asked, or with the code, sign in."""
    link = _get(token)
    if (state := link.state(clock.now())) != "usable":
        return _gone(state)
    form = UseForm(link)
    if form.validate_on_submit():
        try:
            return _signed_in(
                magic_links.use(link) if form.asked_here else magic_links.use_code(form.code.data, link=link)
            )
        except magic_links.WrongCode:
            _refuse_code(form)
        except magic_links.NotUsable as error:
            return _gone(error.state)
    return make_response(render_template("public/sign_in/use.html", form=form), 422 if form.errors else 200)


@room.post("/sign-out")
@allow("anyone")
def leave() -> AnyResponse:
    """Sign this browser out; pages still open in it can no longer send anything."""
    sessions.end(cookies.read(cookies.MEMBER))
    db.session.commit()
    _forget_visitor()
    response = redirect(url_for(".left"), code=303)
    cookies.take_back(response, cookies.MEMBER)
    return response


@room.get("/signed-out")
@allow("anyone")
def left() -> str:
    """Say that the person is signed out."""
    return render_template("public/sign_in/left.html")


@room.errorhandler(links.BadLink)
def explain_broken(_error: links.BadLink) -> AnyResponse:
    """Answer a link that was cut, changed or forgotten, with a way to a new one."""
    return _gone("", status=404)


def _get(token: str) -> MagicLink:
    link = magic_links.find(links.read(links.Purpose.SIGN_IN, token))
    if link is None:
        raise links.BadLink
    return link


def _asking(form: AskForm, status: int) -> Response:
    return make_response(render_template("public/sign_in/ask.html", form=form), status)


def _gone(state: str, *, status: int = 410) -> Response:
    db.session.rollback()
    form = AskForm(formdata=None)
    return make_response(render_template("public/sign_in/gone.html", form=form, state=state), status)


def _refuse_code(form: CodeForm) -> None:
    # The try was counted; forgetting that would give endless tries.
    db.session.commit()
    refuse(form.code, _("This is not the code of a link that still works. Check the newest email, or ask again"))


def _signed_in(secret: str) -> Response:
    sessions.end(cookies.read(cookies.MEMBER))
    db.session.commit()
    wanted = session.get("next")
    _forget_visitor()
    response = redirect(same_site.path_or(wanted, default=AFTERWARDS), code=303)
    cookies.give(response, cookies.MEMBER, secret, seconds=int(sessions.LIFE.total_seconds()))
    cookies.take_back(response, cookies.PENDING)
    return response  # type: ignore[return-value]


def _forget_visitor() -> None:
    """Drop what this door keeps in the browser; a recruiter signed in beside it stays so, with their open pages."""
    for name in ("next", "typed", "_flashes"):
        session.pop(name, None)
    if not current_user.is_authenticated:
        # Pages left open by the person before can no longer send anything.
        session.pop("csrf_token", None)
        g.pop("csrf_token", None)


def _digits(typed: str) -> str:
    return re.sub(r"[\s.\-\u2010-\u2015]", "", unicodedata.normalize("NFKC", typed))
