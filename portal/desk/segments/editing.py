"""Making, changing and deleting segments: a plain form whose rules come and go by its own buttons."""

import re
from typing import Any

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from portal.desk.segments.base import KEY, get, room
from portal.desk.segments.forms import SegmentForm, rows_of
from portal.desk.segments.rule_form import KINDS
from portal.extensions import db
from portal.models import Segment
from portal.services.people import members, segments
from portal.services.people.members import Question
from portal.services.people.segments import BadRules, BadSegmentName, NameTaken, SegmentInUse
from portal.tools.forms import refuse
from portal.tools.policy import allow

_NAMES = {
    "missing": _("Enter a name"),
    "too_long": _("Shorten the name"),
    "unsafe": _("Write the name on one line, without control characters"),
}


@room.route("/new", methods=["GET", "POST"])
@allow("recruiter")
def begin() -> AnyResponse:
    """Make a segment; the address may bring the filters of the members list along."""
    form = SegmentForm(data=None if request.method == "POST" else {"rules": _brought()})
    if not _wants_saving(form):
        return _editing(form, None)
    try:
        segment = segments.save(form.name.data or "", form.document, current_user)
    except (BadRules, BadSegmentName, NameTaken) as no:
        db.session.rollback()
        return _refused(form, None, no)
    db.session.commit()
    flash(gettext("%(name)s is kept. It updates by itself as people change.", name=segment.name), "ok")
    return redirect(url_for(".show", key=segment.id), code=303)


@room.route(f"/{KEY}/edit", methods=["GET", "POST"])
@allow("recruiter")
def edit(key: int) -> AnyResponse:
    """Change a segment's name and rules."""
    segment = get(key)
    form = SegmentForm(data=None if request.method == "POST" else {"name": segment.name, "rules": _rows(segment)})
    if not _wants_saving(form):
        return _editing(form, segment)
    try:
        segments.change(segment, name=form.name.data or "", rules=form.document)
    except (BadRules, BadSegmentName, NameTaken) as no:
        db.session.rollback()
        return _refused(form, segment, no)
    db.session.commit()
    flash(gettext("%(name)s is changed.", name=segment.name), "ok")
    return redirect(url_for(".show", key=key), code=303)


@room.post("/count")
@allow("recruiter")
def count() -> Response:
    """Answer a form being filled in with how many people it finds now; the part of the page that shows it."""
    return make_response(render_template("desk/segments/_count.html", **_counted(SegmentForm())))


@room.route(f"/{KEY}/delete", methods=["GET", "POST"])
@allow("recruiter")
def delete(key: int) -> AnyResponse:
    """Ask once more, then forget a segment."""
    segment = get(key)
    if request.method == "POST":
        try:
            segments.delete(segment)
        except SegmentInUse:
            db.session.rollback()
        else:
            db.session.commit()
            flash(gettext("%(name)s is deleted.", name=segment.name), "ok")
            return redirect(url_for(".index"), code=303)
    newsletters = segments.scheduled_with(segment)
    return make_response(render_template("desk/segments/delete.html", segment=segment, newsletters=newsletters))


def _wants_saving(form: SegmentForm) -> bool:
    """Do what another button than “Save” asked of the form, and tell whether it is to be saved and can be."""
    if request.method != "POST":
        return False
    if "add" in request.form:
        form.begin_rule(request.form["add"])
        return False
    if "remove" in request.form:
        form.take_away(request.form["remove"])
        return False
    sound = form.validate()
    try:
        segments.validate(form.document)
    except BadRules as bad:
        form.refuse_rules(bad)
        return False
    return sound and "count" not in request.form


def _brought() -> list[dict[str, Any]]:
    days = re.fullmatch(r"([0-9]{1,5})d", request.args.get("joined", ""))
    question = Question(
        community=request.args.get("community", ""),
        status=request.args.get("status", ""),
        joined_days=int(days[1]) if days else 0,
    )
    try:
        return rows_of(question.rules)
    except BadRules:
        return []


def _rows(segment: Segment) -> list[dict[str, Any]]:
    try:
        return rows_of(segment.rules)
    except BadRules as bad:
        flash(str(bad), "warn")
        return []


def _refused(form: SegmentForm, segment: Segment | None, no: Exception) -> AnyResponse:
    if isinstance(no, BadRules):
        form.refuse_rules(no)
    elif isinstance(no, BadSegmentName):
        refuse(form.name, _NAMES[no.why])
    else:
        refuse(form.name, _("Another segment has this name. Choose another"))
    return _editing(form, segment)


def _editing(form: SegmentForm, segment: Segment | None) -> AnyResponse:
    form.offer()
    return make_response(
        render_template("desk/segments/edit.html", form=form, segment=segment, kinds=KINDS, **_counted(form))
    )


def _counted(form: SegmentForm) -> dict[str, Any]:
    """Return what the rules say and find now, or nothing while they cannot be asked yet."""
    try:
        rules = form.document
        segments.validate(rules)
    except BadRules:
        return {"found": None, "everybody": members.count(Question()), "sentence": ""}
    return {
        "found": segments.count(rules),
        "everybody": members.count(Question()),
        "sentence": segments.sentence(rules),
    }
