"""Doubtful mails: asking before one is sent again, and doing so."""

from flask import abort, flash, make_response, redirect, render_template, url_for
from flask_babel import gettext, lazy_gettext
from flask_security import current_user
from werkzeug.wrappers import Response as AnyResponse

from portal.desk.newsletters.base import LARGEST_KEY, get, room
from portal.extensions import db, queue
from portal.models import Delivery
from portal.services.sending import doubts
from portal.services.sending.errors import NotInDoubt
from portal.tools.policy import allow

_SETTLED = lazy_gettext("This mail is not in doubt any more, or its newsletter was cancelled. Nothing was sent.")


@room.get("/<int:key>/doubts/<int:delivery_id>")
@allow("publisher")
def doubt(key: int, delivery_id: int) -> AnyResponse:
    """Ask before a mail that may have arrived is sent again."""
    newsletter, delivery = get(key), _get(key, delivery_id)
    if not doubts.may_be_sent_again(delivery):
        flash(_SETTLED, "warn")
        return redirect(url_for(".show", key=key))
    return make_response(render_template("desk/newsletters/doubt.html", newsletter=newsletter, delivery=delivery))


@room.post("/<int:key>/doubts/<int:delivery_id>")
@allow("publisher")
def send_again(key: int, delivery_id: int) -> AnyResponse:
    """Send one doubtful mail again."""
    newsletter, delivery = get(key), _get(key, delivery_id)
    note = gettext("Sent “%(title)s” again; whether the first mail arrived is not known.", title=newsletter.title)
    try:
        doubts.send_again(delivery, by=current_user, note=note)
    except NotInDoubt:
        db.session.rollback()
        flash(_SETTLED, "warn")
    else:
        db.session.commit()
        queue.wake("send")
        flash(gettext("It goes out again now. Their story says that you decided so."), "ok")
    return redirect(url_for(".show", key=key), code=303)


def _get(key: int, delivery_id: int) -> Delivery:
    delivery = db.session.get(Delivery, delivery_id) if delivery_id <= LARGEST_KEY else None
    return delivery if delivery is not None and delivery.newsletter_id == key else abort(404)
