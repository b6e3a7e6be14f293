"""The audience: whom in the community a newsletter is for, who gets it, and who does not and why."""

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response as AnyResponse
from wtforms import RadioField

from portal.desk.newsletters.base import PAGE, get, page_number, room
from portal.extensions import db
from portal.models import NotEditable
from portal.services.newsletters import writing
from portal.services.people import segments
from portal.services.sending import behind, fates, forecasts
from portal.tools.forms import Form, choices
from portal.tools.policy import allow

EVERYONE = "everyone"


class AudienceForm(Form):
    """Everyone in the community, or those a segment finds in it."""

    who = RadioField(_("Who is it for?"))

    def __init__(self, community: str, chosen: int | None) -> None:
        super().__init__(who=str(chosen) if chosen else EVERYONE)
        self.segments = {str(segment.id): segment for segment in segments.every()}
        everyone = (EVERYONE, _("Everyone in %(community)s", community=community))
        self.who.choices = choices([everyone, *((key, segment.name) for key, segment in self.segments.items())])


@room.get("/<int:key>/audience")
@allow("viewer")
def audience(key: int) -> AnyResponse:
    """Show whom it is for, who gets it and who does not."""
    newsletter = get(key)
    if newsletter.state in {"sending", "sent"}:
        return redirect(url_for(".show", key=key))
    form = AudienceForm(newsletter.community.name, newsletter.segment_id)
    page = render_template(
        "desk/newsletters/audience.html", newsletter=newsletter, form=form, forecast=forecasts.forecast(newsletter)
    )
    return make_response(page)


@room.post("/<int:key>/audience")
@allow("recruiter")
def choose(key: int) -> AnyResponse:
    """Keep whom it is for."""
    newsletter = get(key)
    form = AudienceForm(newsletter.community.name, newsletter.segment_id)
    if not form.validate():
        flash(_("Choose whom the newsletter is for."), "danger")
        return redirect(url_for(".audience", key=key), code=303)
    try:
        writing.address_to(newsletter, form.segments.get(form.who.data))
    except NotEditable:
        db.session.rollback()
        flash(_("It is scheduled, so its audience is fixed. Take it back first to choose somebody else."), "warn")
        return redirect(url_for(".show", key=key), code=303)
    db.session.commit()
    return redirect(url_for(".send" if request.form.get("then") == "send" else ".audience", key=key), code=303)


@room.get("/<int:key>/audience/people")
@allow("viewer")
def audience_people(key: int) -> Response:
    """List the people behind one number of the forecast."""
    newsletter, reason, number = get(key), request.args.get("reason", ""), page_number()
    if reason and reason not in fates.EXCLUDED:
        abort(404)
    people, total = behind.forecast(newsletter, reason, page=number, size=PAGE)
    page = render_template(
        "desk/newsletters/audience_people.html",
        newsletter=newsletter,
        reason=reason,
        people=people,
        total=total,
        page=number,
        size=PAGE,
    )
    return make_response(page)
