"""Communities as owners begin and describe them, and as everyone at the desk reads and shares them."""

from typing import Any

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response as AnyResponse
from wtforms import Field, RadioField, SelectField, StringField, TextAreaField, ValidationError

from portal.desk.communities.base import CADENCES, KEY, STATES, get, languages, room
from portal.extensions import db
from portal.models import Community
from portal.services.communities import communities, showcase
from portal.services.communities.communities import LONGEST
from portal.tools import colors, links
from portal.tools.forms import AtMost, Form, Needed, choices, refuse
from portal.tools.policy import allow


class CommunityForm(Form):
    """What a community is called, where it lives, and what it promises."""

    name = StringField(_("Name"), validators=[Needed(_("Enter a name")), AtMost(LONGEST["name"])])
    slug = StringField(
        _("Address"),
        description=_("The last part of its address. Left empty, it is made from the name."),
        validators=[AtMost(LONGEST["slug"])],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    summary = StringField(
        _("In one sentence"),
        description=_("For whom it is and what they get. It stands on your first page and in previews."),
        validators=[AtMost(LONGEST["summary"])],
    )
    about = TextAreaField(
        _("About"),
        description=_("A few paragraphs, in Markdown if you like: what members read here, and who writes it."),
        validators=[AtMost(LONGEST["about"])],
        render_kw={"rows": 8},
    )
    written_by = StringField(
        _("Written by"),
        description=_("Real people, for instance “Mara Jansen and the gripper team”."),
        validators=[AtMost(LONGEST["written_by"])],
    )
    cadence = SelectField(
        _("How often you plan to write"),
        description=_("Shown beside how often you really did."),
        choices=choices(CADENCES.items()),
        default="monthly",
    )
    state = RadioField(_("Who may join"), choices=choices(STATES.items()), default="open")
    language = SelectField(
        _("Language"), description=_("The one its newsletters are written in."), choices=lambda: choices(languages())
    )
    brand_color = StringField(
        _("Colour"),
        description=_("Like #17694e. Left empty, it has the company’s. Text on it stays readable whatever you choose."),
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )

    def validate_brand_color(self, field: Field) -> None:
        """Take a colour like #17694e, or none."""
        try:
            field.data = colors.parse_hex(field.data) if field.data else None
        except colors.BadColor as error:
            raise ValidationError(_("Write the colour like #17694e, or leave this empty")) from error

    def facts(self) -> dict[str, Any]:
        """Return what the service keeps."""
        return {name: value for name, value in self.data.items() if name != "csrf_token"}


@room.get("/")
@allow("viewer")
def index() -> str:
    """List all communities with how many are in them."""
    rows = communities.everyone()
    return render_template(
        "desk/communities/index.html",
        communities=rows,
        members=communities.members_in(rows),
        figures=showcase.figures(rows),
        states=STATES,
        cadences=CADENCES,
    )


@room.route("/new", methods=["GET", "POST"])
@allow("owner")
def begin() -> AnyResponse:
    """Begin a community."""
    form = CommunityForm()
    if _only_looks() or not form.validate_on_submit():
        return _editing(form, None)
    try:
        community = communities.begin(**form.facts())
    except communities.SlugTaken:
        return _taken(form, None)
    db.session.commit()
    flash(
        gettext("%(name)s is there. Add what members can be interested in, then share it.", name=community.name), "ok"
    )
    return redirect(url_for(".show", key=community.id), code=303)


@room.get(f"/{KEY}")
@allow("viewer")
def show(key: int) -> str:
    """Show a community with its addresses to share and its interests."""
    community = get(key)
    return render_template(
        "desk/communities/show.html",
        community=community,
        members=communities.members_in([community])[community.id],
        picked=communities.picked(community),
        page=links.community(community.slug),
        feed=links.feed(community.slug),
        states=STATES,
        cadences=CADENCES,
        languages=dict(languages()),
    )


@room.route(f"/{KEY}/edit", methods=["GET", "POST"])
@allow("owner")
def edit(key: int) -> AnyResponse:
    """Change what a community says about itself."""
    community = get(key)
    form = CommunityForm(obj=community)
    if communities.has_published(community):
        del form.slug
    if _only_looks() or not form.validate_on_submit():
        return _editing(form, community)
    try:
        communities.describe(community, **{"slug": "", **form.facts()})
    except communities.SlugTaken:
        return _taken(form, community)
    db.session.commit()
    flash(gettext("%(name)s is up to date, on its public page too.", name=community.name), "ok")
    return redirect(url_for(".show", key=community.id), code=303)


def _only_looks() -> bool:
    return request.method == "POST" and "look" in request.form


def _taken(form: CommunityForm, community: Community | None) -> AnyResponse:
    refuse(form.slug, _("Another community lives at this address. Choose another last part"))
    return _editing(form, community)


def _editing(form: CommunityForm, community: Community | None) -> AnyResponse:
    wanted = form.slug.data if form.slug else ""
    slug = communities.address_for(form.name.data or "", wanted=wanted or "") if form.slug else ""
    page = render_template(
        "desk/communities/edit.html",
        form=form,
        community=community,
        address=links.community(slug or community.slug if community else slug),
    )
    return make_response(page, 422 if form.errors else 200)
