"""The company's one colour as a style sheet, so that no page needs a style of its own."""

from flask import Blueprint, abort, request
from werkzeug.wrappers import Response

from portal import config
from portal.services.communities import showcase
from portal.tools.colors import brand_css
from portal.tools.policy import allow

room = Blueprint("brand", __name__)

KEPT = 300


@room.get("/brand.css")
@allow("anyone")
def site() -> Response:
    """Give the colour of the whole site."""
    return _sheet(config.current().brand_color)


@room.get("/c/<slug>/brand.css")
@allow("anyone")
def community(slug: str) -> Response:
    """Give a community's own colour, or the site's where it has none."""
    found = showcase.find(slug) or abort(404)
    return _sheet(found.brand_color or config.current().brand_color)


def _sheet(color: str) -> Response:
    response = Response(brand_css(color), mimetype="text/css")
    response.cache_control.public = True
    response.cache_control.max_age = KEPT
    response.add_etag()
    return response.make_conditional(request)
