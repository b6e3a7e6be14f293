"""Sending: the page that says what will happen, now or at a chosen time, and taking it back before it does."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from flask import flash, make_response, redirect, render_template, url_for
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response as AnyResponse
from wtforms import DateField, HiddenField, SelectField, TimeField
from wtforms.validators import InputRequired

from portal.desk.newsletters.base import get, room
from portal.extensions import db, queue
from portal.models import Newsletter
from portal.services.newsletters import writing
from portal.services.sending import checks, forecasts, hours, schedule
from portal.services.sending import errors as refusals
from portal.tools.forms import Form, choices, refuse
from portal.tools.policy import allow

WHY = {
    refusals.NoPostalAddress: _("Nothing was sent. Set a postal address first: every newsletter has to carry one."),
    refusals.NothingToSend: _("Nothing was sent. The newsletter has no title or no text yet."),
    refusals.AlreadySending: _("It is already on its way. Each newsletter goes out once."),
    refusals.NotScheduled: _("It is not waiting any more, so there was nothing to change."),
    refusals.TooEarly: _("This moment has passed. Choose a later one, or send it now."),
    refusals.NobodyToSendTo: _("Nothing was sent. Nobody would get it."),
}


class NowForm(Form):
    """The button that sends at once; `seen` is the saving whose words were on the page."""

    seen = HiddenField()


class LaterForm(NowForm):
    """A day, a time of day, and the time zone they are meant in."""

    day = DateField(_("Day"), [InputRequired(_("Enter a day"))])
    time = TimeField(_("Time"), [InputRequired(_("Enter a time, like 09:30"))])
    zone = SelectField(_("Time zone"))

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.zone.choices = choices((name, name.replace("_", " ")) for name in zones())

    @property
    def wall(self) -> datetime:
        """What the clocks there will show."""
        return datetime.combine(self.day.data, self.time.data)


@room.get("/<int:key>/send")
@allow("viewer")
def send(key: int) -> AnyResponse:
    """Say what happens when it is sent, and ask when."""
    newsletter = get(key)
    if newsletter.state in {"sending", "sent"}:
        return redirect(url_for(".show", key=key))
    return _page(newsletter, _later(newsletter, formdata=None))


@room.post("/<int:key>/send")
@allow("publisher")
def send_now(key: int) -> AnyResponse:
    """Start sending as soon as a worker looks; a second click changes nothing."""
    newsletter, form = get(key), NowForm()
    if newsletter.state in {"sending", "sent"}:
        return redirect(url_for(".show", key=key), code=303)
    if not form.validate() or form.seen.data != writing.mark(newsletter):
        return _ask_again(newsletter, _later(newsletter, formdata=None))
    return _start(newsletter, lambda: schedule.send_now(newsletter))


@room.post("/<int:key>/schedule")
@allow("publisher")
def schedule_for(key: int) -> AnyResponse:
    """Start sending at a day and time in a time zone."""
    newsletter = get(key)
    form = _later(newsletter)
    if not form.validate():
        return _page(newsletter, form, status=422)
    if form.seen.data != writing.mark(newsletter):
        return _ask_again(newsletter, form)
    try:
        at = hours.moment(form.wall, ZoneInfo(form.zone.data))
    except (ValueError, OverflowError):
        refuse(form.day, _("Enter a day in this century"))
        return _page(newsletter, form, status=422)
    wall = form.wall.isoformat(timespec="minutes")
    try:
        schedule.schedule(newsletter, at=at, wall=wall, zone=form.zone.data)
    except refusals.TooEarly:
        refuse(form.day, WHY[refusals.TooEarly])
        return _page(newsletter, form, status=422)
    except refusals.SendingRefused as error:
        return _refuse(newsletter, error)
    db.session.commit()
    flash(_("It is scheduled. Until then you can take it back."), "ok")
    return redirect(url_for(".show", key=key), code=303)


@room.post("/<int:key>/unschedule")
@allow("publisher")
def unschedule(key: int) -> AnyResponse:
    """Make it a draft again."""
    newsletter = get(key)
    try:
        schedule.unschedule(newsletter)
    except refusals.SendingRefused as error:
        return _refuse(newsletter, error)
    db.session.commit()
    flash(_("It is a draft again. Nothing was sent."), "ok")
    return redirect(url_for(".show", key=key), code=303)


@room.post("/<int:key>/confirm-late")
@allow("publisher")
def confirm_late(key: int) -> AnyResponse:
    """Let a newsletter that missed its hour go out after all."""
    newsletter = get(key)
    return _start(newsletter, lambda: schedule.confirm_late(newsletter))


@lru_cache
def zones() -> list[str]:
    """Return the time zones people name, by region and city."""
    regions = (
        "Africa",
        "America",
        "Antarctica",
        "Arctic",
        "Asia",
        "Atlantic",
        "Australia",
        "Europe",
        "Indian",
        "Pacific",
    )
    return ["UTC", *sorted(name for name in available_timezones() if name.split("/")[0] in regions)]


def _start(newsletter: Newsletter, act: Any) -> AnyResponse:
    try:
        act()
    except refusals.SendingRefused as error:
        return _refuse(newsletter, error)
    db.session.commit()
    queue.wake("address")
    flash(_("It is going out. This page shows where everyone stands."), "ok")
    return redirect(url_for(".show", key=newsletter.id), code=303)


def _refuse(newsletter: Newsletter, error: refusals.SendingRefused) -> AnyResponse:
    db.session.rollback()
    flash(WHY[type(error)], "danger")
    page = ".send" if newsletter.state == "draft" else ".show"
    return redirect(url_for(page, key=newsletter.id), code=303)


def _ask_again(newsletter: Newsletter, form: LaterForm) -> AnyResponse:
    flash(_("Somebody changed the newsletter after you opened this page. Read it once more before it goes."), "warn")
    form.seen.data = writing.mark(newsletter)
    return _page(newsletter, form, status=409)


def _later(newsletter: Newsletter, **options: Any) -> LaterForm:
    wall = datetime.fromisoformat(newsletter.send_wall) if newsletter.send_wall else None
    zone = newsletter.send_zone if newsletter.send_zone in zones() else "UTC"
    seen = writing.mark(newsletter)
    return LaterForm(day=wall and wall.date(), time=wall and wall.time(), zone=zone, seen=seen, **options)


def _page(newsletter: Newsletter, form: LaterForm, *, status: int = 200) -> AnyResponse:
    page = render_template(
        "desk/newsletters/send.html",
        newsletter=newsletter,
        form=form,
        forecast=forecasts.forecast(newsletter),
        checks=checks.look(newsletter),
        today=datetime.now(UTC).date(),
    )
    return make_response(page, status)
