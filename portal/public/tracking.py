"""Measured links and the pixel of mails to members who agreed: what they tell is kept, and a link always leads on."""

import logging
from base64 import b64decode
from contextlib import suppress

from flask import Blueprint, Response, make_response, redirect, render_template, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response as AnyResponse

from portal.extensions import db, only_reading
from portal.models import Newsletter
from portal.services.newsletters import archive
from portal.services.sending import hits, numbered_links
from portal.tools import headers, links
from portal.tools.links import Purpose
from portal.tools.policy import allow

room = Blueprint("tracking", __name__)
room.after_request(headers.personal)

PIXEL = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
"""The smallest transparent GIF."""

log = logging.getLogger(__name__)


@room.get("/l/<token>/<number>")
@allow("link")
def lead_on(token: str, number: str) -> AnyResponse:
    """Lead to where the newsletter's link leads, and to nowhere else."""
    delivery_id, wanted = links.read_delivery(Purpose.CLICK, token), _number(number)
    newsletter = hits.newsletter_of(delivery_id)
    url = numbered_links.find_url(newsletter.id, wanted) if newsletter else None
    if url is None:
        return _explain(newsletter)
    _keep(delivery_id, wanted)
    return redirect(url)


@room.get("/o/<token>.gif")
@allow("link")
def pixel(token: str) -> Response:
    """Give the picture, whatever the token says."""
    with suppress(links.BadLink):
        _keep(links.read_delivery(Purpose.PIXEL, token))
    return Response(PIXEL, content_type="image/gif")


@room.errorhandler(links.BadLink)
def explain_broken(_error: links.BadLink) -> AnyResponse:
    """Answer a link that was cut or changed, with where else the newsletters can be read."""
    return _explain(None)


def _keep(delivery_id: int, number: int | None = None) -> None:
    """Keep a hit where the member wants it: the one thing that a GET changes, and only a GET."""
    if request.method != "GET" or request.headers.get("Sec-GPC") == "1":
        return
    try:
        if hits.is_wanted(delivery_id, number):
            db.session.rollback()
            only_reading.set(False)
            hits.keep(delivery_id, number)
            db.session.commit()
    except SQLAlchemyError:
        # Nobody waits at a link because we could not count.
        log.warning("A hit on delivery %s could not be kept.", delivery_id, exc_info=True)
        db.session.rollback()


def _number(written: str) -> int:
    return int(written) if written.isascii() and written.isdigit() and len(written) < 7 else -1


def _explain(newsletter: Newsletter | None) -> Response:
    page = ""
    if newsletter and newsletter.is_published and archive.may_read(newsletter.community, None):
        page = links.newsletter(newsletter.community.slug, newsletter.slug)
    return make_response(render_template("public/tracking/explain_broken.html", newsletter_page=page), 404)
