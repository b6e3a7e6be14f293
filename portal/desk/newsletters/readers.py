"""Who opened a newsletter or followed a link, of those who agreed to being measured."""

from flask import Response, abort, make_response, render_template, request
from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from portal.desk.newsletters.base import PAGE, get, page_number, room
from portal.services.insight import readings
from portal.tools.policy import allow

WORDS: dict[str, LazyString] = {
    "measured": _("Agreed to measuring"),
    "opened": _("Opened"),
    "clicked": _("Followed a link"),
}


@room.get("/<int:key>/readers")
@allow("viewer")
def readers(key: int) -> Response:
    """List the people behind one number of the readings; where they are too few there is no such page."""
    newsletter, number, what = get(key), page_number(), request.args.get("what", "opened")
    if what not in readings.WHAT or readings.of(newsletter).are_too_few:
        abort(404)
    rows, total = readings.people(newsletter, what, page=number, size=PAGE)
    page = render_template(
        "desk/newsletters/readers.html",
        newsletter=newsletter,
        what=what,
        words=WORDS[what],
        rows=rows,
        total=total,
        page=number,
        size=PAGE,
    )
    return make_response(page)
