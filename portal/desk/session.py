"""Coming in for the first time and setting up a second factor; Flask-Security shows the rest of the entrance."""

from typing import Any

from flask import (
    Blueprint,
    Flask,
    abort,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_babel import lazy_gettext as _
from flask_login import current_user
from flask_security import auth_required, login_user, tf_profile_changed, url_for_security
from werkzeug.wrappers import Response as AnyResponse
from wtforms import PasswordField, StringField

from portal.desk.entrance.forms import CodeForm
from portal.desk.guard import HOME, may_go_without, signed_in
from portal.extensions import db
from portal.services.staff import set_up as set_ups
from portal.tools import links, passwords, same_site
from portal.tools.forms import Form, Needed, PersonName, refuse
from portal.tools.policy import allow

room = Blueprint("session", __name__)

FRESH_MINUTES = 15


class SetUpForm(Form):
    """What to be called, and a password."""

    name = StringField(
        _("Your name"),
        description=_("As newsletters and colleagues show it."),
        render_kw={"autocomplete": "name"},
        validators=[Needed(_("Enter your name")), PersonName()],
    )
    password = PasswordField(
        _("Password"),
        description=_("At least %(shortest)d characters. Four unusual words do well.", shortest=passwords.SHORTEST),
        render_kw={"autocomplete": "new-password"},
        validators=[Needed(_("Choose a password"))],
    )


@room.route("/set-up/<token>", methods=["GET", "POST"])
@allow("link")
def set_up(token: str) -> AnyResponse:
    """Let the holder of a link choose name and password, sign in, and go on to the second factor."""
    link = set_ups.get(links.read(links.Purpose.SET_UP, token))
    form = SetUpForm(name=link.recruiter.name)
    if form.validate_on_submit():
        try:
            recruiter = set_ups.claim(link, name=form.name.data, password=form.password.data)
        except passwords.BadPassword as error:
            refuse(form.password, error.sentence)
        else:
            login_user(recruiter, remember=False, authn_via=["set-up"])
            db.session.commit()
            return redirect(url_for(".second_factor"), code=303)
    page = render_template("desk/session/set_up.html", form=form, person=link.recruiter)
    return make_response(page, 422 if form.errors else 200)


@room.errorhandler(links.BadLink)
@room.errorhandler(links.LinkExpired)
@room.errorhandler(set_ups.LinkUsed)
def explain_gone(error: Exception) -> AnyResponse:
    """Say why a set-up link opens nothing, and what to do."""
    db.session.rollback()
    state = {links.LinkExpired: "expired", set_ups.LinkUsed: "used"}.get(type(error), "broken")
    return make_response(render_template("desk/session/gone.html", state=state), 404 if state == "broken" else 410)


@room.get("/second-factor")
@allow("viewer")
def second_factor() -> str:
    """Offer an authenticator app or a passkey; in a demo on this machine it may wait."""
    return render_template("desk/session/second_factor.html", may_wait=may_go_without())


@room.post("/second-factor/later")
@allow("viewer")
def later() -> AnyResponse:
    """Go on without a second factor in a demo; anywhere else there is no such thing."""
    if not may_go_without():
        abort(404)
    session["second_factor_later"] = True
    return redirect(HOME, code=303)


@room.get("/second-factor/done")
@allow("viewer")
def done() -> AnyResponse:
    """Lead on after a factor was set up: to recovery codes where there are none, else to the settings."""
    if current_user.mf_recovery_codes:
        return redirect(url_for("desk.settings.index"), code=303)
    return redirect(url_for_security("mf_recovery_codes"), code=303)


@allow("viewer")
@auth_required("session", within=FRESH_MINUTES, grace=FRESH_MINUTES)
def set_up_app() -> AnyResponse:
    """Show a secret for the app as a picture and as letters, and keep it once a code proves that it arrived."""
    totp = current_app.extensions["security"].totp_factory
    secret = session.setdefault("app_secret", totp.generate_totp_secret())
    form = CodeForm()
    form.user, form.primary_method, form.tf_totp_secret, form.is_setup = signed_in(), "authenticator", secret, True
    if form.validate_on_submit():
        return _keep_app(secret)
    shown = totp.fetch_setup_values(secret, current_user)
    page = render_template("security/two_factor_setup.html", form=form, shown=shown, replaces=current_user.has_app)
    return make_response(page, 422 if form.errors else 200)


@allow("viewer")
def start_app_again(token: str) -> AnyResponse:
    """Lead the library's own address for the last step of the set-up back to ours."""
    return redirect(url_for_security("two_factor_setup"), code=303)


@allow("anyone")
def help_in() -> AnyResponse:
    """Say what to do without phone or passkey, and take those whose password fitted to their recovery codes."""
    owner = session.get("tf_user_id") or session.get("passkey_owner")
    if request.method == "POST":
        if owner is None:
            return redirect(url_for_security("login"), code=303)
        session["tf_user_id"], session["tf_state"] = owner, "ready"
        wanted = same_site.path_or(request.args.get("next"), default=HOME)
        return redirect(url_for_security("mf_recovery", next=wanted), code=303)
    return make_response(render_template("desk/session/help.html", knows_password=owner is not None))


def take_over(app: Flask) -> None:
    """Put our pages where Flask-Security would ask twice for a picture, or offer to mail somebody a code."""
    ours = {"setup": set_up_app, "setup_validate": start_app_again, "rescue": help_in}
    app.view_functions.update({f"security.two_factor_{name}": view for name, view in ours.items()})


def _keep_app(secret: str) -> AnyResponse:
    security = current_app.extensions["security"]
    person = signed_in()
    security.datastore.tf_set(person, "authenticator", totp_secret=secret)
    app: Any = current_app
    tf_profile_changed.send(app._get_current_object(), user=person, method="authenticator")
    session.pop("app_secret")
    db.session.commit()
    flash(_("Your authenticator app is set up."), "ok")
    return redirect(url_for("desk.session.done"), code=303)
