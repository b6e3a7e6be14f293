"""Replies that wait: read, answered from the recruiter's own mail program, and said to be done."""

from flask import abort, flash, make_response, redirect, render_template, url_for
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response as AnyResponse

from portal.desk.members.base import page_number, room
from portal.extensions import db
from portal.services.people import replies as waiting
from portal.tools import links
from portal.tools.policy import allow
from portal.tools.text import beginning, printable

_FIRST_LINES = 400


@room.get("/replies")
@allow("viewer")
def replies() -> AnyResponse:
    """List what people answered and nobody has dealt with yet, the newest first."""
    total = waiting.count_waiting()
    pages = max(1, -(-total // waiting.PAGE))
    number = min(page_number(), pages)
    page = render_template(
        "desk/members/replies.html",
        rows=waiting.waiting(number),
        first_lines=lambda words: beginning(printable(words), _FIRST_LINES),
        answer_to=links.answer_by_mail,
        total=total,
        page=number,
        pages=pages,
        size=waiting.PAGE,
    )
    return make_response(page)


@room.post("/replies/<int:key>/done")
@allow("recruiter")
def settle_reply(key: int) -> AnyResponse:
    """Take one reply off the list; the person's page keeps it."""
    waiting.settle(waiting.find(key) or abort(404))
    db.session.commit()
    flash(_("Done. The words stay on the person’s page."), "ok")
    number = page_number()
    return redirect(url_for(".replies", page=number if number > 1 else None), code=303)
