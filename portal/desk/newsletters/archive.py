"""The archive, seen from the desk: publish, take back, and throw away what nobody needs."""

from flask import flash, make_response, redirect, render_template, url_for
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response as AnyResponse

from portal.desk.newsletters.base import get, room
from portal.extensions import db
from portal.services.newsletters import writing
from portal.tools.policy import allow


@room.post("/<int:key>/publish")
@allow("publisher")
def publish(key: int) -> AnyResponse:
    """Show it in the archive; nobody is mailed."""
    try:
        writing.publish(get(key))
    except writing.BadWords:
        flash(_("There is nothing to read yet: write some text first."), "warn")
    else:
        db.session.commit()
        flash(_("It is in the archive now. Nobody was mailed."), "ok")
    return redirect(url_for(".show", key=key), code=303)


@room.post("/<int:key>/unpublish")
@allow("publisher")
def unpublish(key: int) -> AnyResponse:
    """Take it out of the archive."""
    writing.unpublish(get(key))
    db.session.commit()
    flash(_("It is no longer in the archive. Mails that went out keep their text."), "ok")
    return redirect(url_for(".show", key=key), code=303)


@room.get("/<int:key>/discard")
@allow("recruiter")
def discard(key: int) -> AnyResponse:
    """Ask again before a draft is thrown away."""
    page = render_template("desk/newsletters/discard.html", newsletter=get(key))
    return make_response(page)


@room.post("/<int:key>/discard")
@allow("recruiter")
def discard_for_good(key: int) -> AnyResponse:
    """Throw a draft away."""
    newsletter = get(key)
    title = newsletter.title
    try:
        writing.discard(newsletter)
    except writing.InUse:
        db.session.rollback()
        flash(_("It was kept: it is scheduled, sent, or in the archive."), "warn")
        return redirect(url_for(".show", key=key), code=303)
    db.session.commit()
    flash(_("“%(title)s” is thrown away.", title=title), "ok")
    return redirect(url_for(".index"), code=303)
