"""The interests of a community: added, renamed, put in order, and no longer offered."""

from flask import abort, flash, make_response, redirect, render_template, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response as AnyResponse
from wtforms import StringField

from portal.desk.communities.base import KEY, get, room
from portal.extensions import db
from portal.models import Interest
from portal.services.communities import communities
from portal.tools.forms import AtMost, Form, Needed, refuse
from portal.tools.policy import allow

_INTEREST = f"/{KEY}/interests/<int(max=9223372036854775807):interest>"


class InterestForm(Form):
    """What an interest is called."""

    name = StringField(
        _("Interest"),
        validators=[Needed(_("Enter what members can be interested in")), AtMost(communities.LONGEST["interest"])],
        render_kw={"autocomplete": "off"},
    )


@room.route(f"/{KEY}/interests", methods=["GET", "POST"])
@allow("owner")
def interests(key: int) -> AnyResponse:
    """Tend the interests of a community; a POST adds one."""
    community = get(key)
    form = InterestForm()
    if form.validate_on_submit():
        try:
            communities.offer(community, form.name.data)
        except communities.InterestThere:
            refuse(form.name, _("The community offers this already"))
        else:
            db.session.commit()
            return redirect(url_for(".interests", key=key), code=303)
    picked = communities.picked(community)
    page = render_template("desk/communities/interests.html", community=community, form=form, picked=picked)
    return make_response(page, 422 if form.errors else 200)


@room.route(_INTEREST, methods=["GET", "POST"])
@allow("owner")
def rename_interest(key: int, interest: int) -> AnyResponse:
    """Call an interest something else."""
    row = _get_interest(key, interest)
    form = InterestForm(obj=row)
    if form.validate_on_submit():
        try:
            communities.rename(row, form.name.data)
        except communities.InterestThere:
            refuse(form.name, _("Another interest has this name"))
        else:
            db.session.commit()
            return redirect(url_for(".interests", key=key), code=303)
    page = render_template("desk/communities/rename_interest.html", community=row.community, interest=row, form=form)
    return make_response(page, 422 if form.errors else 200)


@room.post(f"{_INTEREST}/<any(up, down):way>")
@allow("owner")
def move_interest(key: int, interest: int, way: str) -> AnyResponse:
    """Let an interest change places with its neighbour."""
    communities.move(_get_interest(key, interest), up=way == "up")
    db.session.commit()
    return redirect(url_for(".interests", key=key), code=303)


@room.post(f"{_INTEREST}/retire")
@allow("owner")
def retire_interest(key: int, interest: int) -> AnyResponse:
    """Stop offering an interest."""
    row = _get_interest(key, interest)
    communities.retire(row)
    db.session.commit()
    words = gettext(
        "%(name)s is no longer offered. Those who picked it keep it. Add it again to bring it back.", name=row.name
    )
    flash(words, "ok")
    return redirect(url_for(".interests", key=key), code=303)


def _get_interest(key: int, interest: int) -> Interest:
    row = db.session.get(Interest, interest)
    if row is None or row.community_id != key or row.retired_at is not None:
        abort(404)
    return row
