"""The account: where everyone a newsletter was meant for stands, and holding, releasing and cancelling it."""

from collections.abc import Callable
from typing import Any

from flask import Response, flash, make_response, redirect, render_template, url_for
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response as AnyResponse

from portal.desk.newsletters import live
from portal.desk.newsletters.base import get, room
from portal.extensions import db, queue
from portal.services.insight import readings, refusals
from portal.services.newsletters import previews
from portal.services.sending import accounts, doubts, forecasts, holding, progress, schedule
from portal.services.sending.errors import SendingRefused
from portal.tools.policy import allow


@room.get("/<int:key>")
@allow("viewer")
def show(key: int) -> Response:
    """Show a newsletter in its state: what it says, when it goes or went, and where everyone stands."""
    newsletter = get(key)
    forecast = forecasts.forecast(newsletter) if newsletter.addressed_at is None else None
    page = render_template(
        "desk/newsletters/show.html",
        newsletter=newsletter,
        standing=None if forecast else progress.of(newsletter),
        doubtful=doubts.some(newsletter) if newsletter.sent_at else [],
        forecast=forecast,
        readings=None if forecast else readings.of(newsletter),
        fewest=readings.FEWEST,
        returned={} if forecast else refusals.returned(newsletter),
        complaints=holding.complaints(newsletter),
        reader=previews.reader(newsletter),
        turn=live.turn(newsletter),
        is_moving=live.is_moving(newsletter),
    )
    return make_response(page)


@room.post("/<int:key>/hold")
@allow("publisher")
def hold(key: int) -> AnyResponse:
    """Pause: nothing more is handed over until somebody lets it go on."""
    return _act(key, lambda: schedule.hold(get(key), reason="person"), _("It is held. Nothing more is handed over."))


@room.post("/<int:key>/release")
@allow("publisher")
def release(key: int) -> AnyResponse:
    """Let a held newsletter go on."""
    return _act(key, lambda: schedule.release(get(key)), _("It goes on."))


@room.get("/<int:key>/cancel")
@allow("publisher")
def cancel(key: int) -> AnyResponse:
    """Ask again before sending is stopped for good."""
    newsletter = get(key)
    if newsletter.state != "sending":
        return redirect(url_for(".show", key=key))
    page = render_template("desk/newsletters/cancel.html", newsletter=newsletter, account=accounts.account(newsletter))
    return make_response(page)


@room.post("/<int:key>/cancel")
@allow("publisher")
def cancel_for_good(key: int) -> AnyResponse:
    """Stop sending for good; who was not mailed yet is left out as cancelled."""
    return _act(key, lambda: schedule.cancel(get(key)), _("It is cancelled. Mails that had left stay out."))


def _act(key: int, act: Callable[[], object], words: Any) -> AnyResponse:
    try:
        act()
    except SendingRefused:
        db.session.rollback()
        flash(_("It is not waiting or going out any more, so nothing was changed."), "warn")
    else:
        db.session.commit()
        queue.wake("address")
        flash(words, "ok")
    return redirect(url_for(".show", key=key), code=303)
