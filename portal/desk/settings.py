"""Settings: your own account, the people at the desk, and what this installation was told."""

from flask import Blueprint, abort, flash, make_response, redirect, render_template, session, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse
from wtforms import EmailField, RadioField, SelectField, StringField

from portal import config
from portal.extensions import db
from portal.models import Recruiter
from portal.services.staff import desk_sessions, recruiters, set_up
from portal.tools import links
from portal.tools.forms import Address, Form, Needed, PersonName, choices, refuse
from portal.tools.policy import allow

room = Blueprint("settings", __name__, url_prefix="/settings")

ROLE_WORDS = {
    "viewer": _("Viewer"),
    "recruiter": _("Recruiter"),
    "publisher": _("Publisher"),
    "owner": _("Owner"),
}
WHAT_ROLES_DO = {
    "viewer": _("Reads everything, changes nothing."),
    "recruiter": _("Also tends members and segments, and drafts newsletters."),
    "publisher": _("Also publishes and sends newsletters."),
    "owner": _("Also looks after communities, people at the desk and settings."),
}
_KEY = "<int(max=9223372036854775807):key>"


class NameForm(Form):
    """What colleagues and newsletters call you."""

    name = StringField(
        _("Your name"), validators=[Needed(_("Enter your name")), PersonName()], render_kw={"autocomplete": "name"}
    )


@room.route("/", methods=["GET", "POST"])
@allow("viewer")
def index() -> AnyResponse:
    """Show your account and what the installation was told; a POST changes your name."""
    form = NameForm(obj=current_user)
    if form.validate_on_submit():
        recruiters.rename(current_user, form.name.data)
        db.session.commit()
        flash(gettext("From now on you are %(name)s here.", name=current_user.name), "ok")
        return redirect(url_for(".index"), code=303)
    page = render_template(
        "desk/settings/index.html",
        form=form,
        browsers=desk_sessions.live(current_user),
        here=desk_sessions.find(session.get("desk", "")),
        role=ROLE_WORDS[current_user.role],
        settings=config.current(),
    )
    return make_response(page, 422 if form.errors else 200)


@room.post(f"/browsers/{_KEY}/end")
@allow("viewer")
def end_browser(key: int) -> AnyResponse:
    """Sign one of your browsers out."""
    desk_sessions.end_one(current_user, key)
    db.session.commit()
    flash(gettext("That browser is signed out."), "ok")
    return redirect(url_for(".index"), code=303)


@room.post("/browsers/end-others")
@allow("viewer")
def end_other_browsers() -> AnyResponse:
    """Sign every browser of yours out but this one."""
    desk_sessions.end_others(current_user, but=session.get("desk", ""))
    db.session.commit()
    flash(gettext("Every other browser is signed out."), "ok")
    return redirect(url_for(".index"), code=303)


class InviteForm(Form):
    """Whom to let in, and what they may do."""

    email = EmailField(
        _("Email address"),
        validators=[Needed(_("Enter an email address")), Address()],
        render_kw={"autocomplete": "off"},
    )
    role = RadioField(_("Role"), choices=choices(ROLE_WORDS.items()), default="recruiter")


@room.route("/people", methods=["GET", "POST"])
@allow("owner")
def people() -> AnyResponse:
    """List who works at the desk; a POST lets somebody in and shows the link to give them."""
    form = InviteForm()
    if form.validate_on_submit():
        try:
            recruiter = recruiters.add(form.email.data, role=form.role.data)
        except recruiters.AlreadyThere:
            refuse(form.email, _("Somebody with this address works here already"))
        else:
            return _show_link(recruiter)
    page = render_template(
        "desk/settings/people.html",
        form=form,
        people=recruiters.everyone(),
        roles=ROLE_WORDS,
        about_roles=WHAT_ROLES_DO,
    )
    return make_response(page, 422 if form.errors else 200)


@room.post(f"/people/{_KEY}/link")
@allow("owner")
def new_link(key: int) -> AnyResponse:
    """Make a new set-up link for somebody who lost theirs, or a password, or a phone."""
    return _show_link(_get(key))


class RoleForm(Form):
    """What somebody may do from now on."""

    role = SelectField(_("Role"), choices=choices(ROLE_WORDS.items()))


@room.route(f"/people/{_KEY}", methods=["GET", "POST"])
@allow("owner")
def person(key: int) -> AnyResponse:
    """Show one person at the desk; a POST changes the role."""
    recruiter = _get(key)
    form = RoleForm(obj=recruiter)
    if form.validate_on_submit():
        try:
            recruiters.change_role(recruiter, form.role.data)
        except recruiters.LastOwner:
            refuse(form.role, _("This is the only owner. Make somebody else an owner first"))
        else:
            db.session.commit()
            flash(gettext("The role is changed. It counts from the next sign-in."), "ok")
            return redirect(url_for(".people"), code=303)
    page = render_template("desk/settings/person.html", form=form, person=recruiter, about_roles=WHAT_ROLES_DO)
    return make_response(page, 422 if form.errors else 200)


@room.post(f"/people/{_KEY}/<any(close, reopen):act>")
@allow("owner")
def let(key: int, act: str) -> AnyResponse:
    """Let somebody in no more, or again."""
    recruiter = _get(key)
    try:
        recruiters.close(recruiter) if act == "close" else recruiters.reopen(recruiter)
    except recruiters.LastOwner:
        flash(gettext("This is the only owner. Make somebody else an owner first."), "warn")
    else:
        db.session.commit()
        flash(gettext("Done. What this person wrote stays as it is."), "ok")
    return redirect(url_for(".people"), code=303)


def _get(key: int) -> Recruiter:
    return db.session.get(Recruiter, key) or abort(404)


def _show_link(recruiter: Recruiter) -> AnyResponse:
    address = links.set_up(set_up.invite(recruiter).public_id)
    db.session.commit()
    return make_response(render_template("desk/settings/link.html", person=recruiter, address=address))
