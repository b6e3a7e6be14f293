"""The page about one person: where they belong, what they agreed to, what they were sent, and what was noted."""

from flask import abort, flash, make_response, redirect, render_template, url_for
from flask_babel import lazy_gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse
from wtforms import TextAreaField

from portal.desk.members.base import room
from portal.extensions import db
from portal.models import Member
from portal.services.people import members
from portal.services.people.members import LONGEST_NOTE, LONGEST_STORY
from portal.tools.forms import AtMost, Form, Needed
from portal.tools.policy import allow


class NoteForm(Form):
    """What a recruiter wants remembered."""

    note = TextAreaField(
        _("Add a note"),
        description=_("They can read every note if they ask. Write what you would say to them."),
        validators=[Needed(_("Write the note first")), AtMost(LONGEST_NOTE)],
        render_kw={"rows": 3},
    )


@room.get("/<int:key>")
@allow("viewer")
def show(key: int) -> AnyResponse:
    """Tell one person's story."""
    return _shown(_get(key), NoteForm())


@room.post("/<int:key>/notes")
@allow("recruiter")
def note(key: int) -> AnyResponse:
    """Keep a note about this person."""
    member, form = _get(key), NoteForm()
    if not form.validate():
        return _shown(member, form)
    members.add_note(member, form.note.data or "", current_user)
    db.session.commit()
    flash(_("The note is kept."), "ok")
    return redirect(url_for(".show", key=key), code=303)


def _get(key: int) -> Member:
    return members.find(key) or abort(404)


def _shown(member: Member, form: NoteForm) -> AnyResponse:
    active = [membership for membership in member.memberships if membership.is_active]
    page = render_template(
        "desk/members/show.html",
        member=member,
        form=form,
        active=active,
        ended=[membership for membership in member.memberships if not membership.is_active],
        receipts=members.receipts(member),
        deliveries=members.deliveries(member),
        story=members.story(member),
        longest=LONGEST_STORY,
    )
    return make_response(page)
