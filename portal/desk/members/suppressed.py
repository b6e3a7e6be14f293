"""Who is stopped whatever they chose, why, and how each comes back: only by an act of their own."""

from typing import Any

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from portal import clock
from portal.desk.members.base import page_number, room
from portal.extensions import db, queue
from portal.models.suppression import SUPPRESSED
from portal.services.people import address_checks, members, suppressions
from portal.tools.policy import allow

KINDS = {"bounced": _("Address bounces"), "complained": _("Complained")}
WHY = {
    "no_mailbox": _("The address does not exist."),
    "too_often": _("The mailbox took no mail on six days, with nothing delivered in between."),
    "complaint": _("They told their mail provider that a newsletter was unwanted."),
}


@room.get("/suppressed")
@allow("viewer")
def suppressed() -> AnyResponse:
    """List them, the latest first, of one kind or of both."""
    kind, counts = _kind(), suppressions.count_live()
    total = counts.get(kind, 0) if kind else sum(counts.values())
    pages = max(1, -(-total // suppressions.PAGE))
    number = min(page_number(), pages)
    rows = suppressions.live(kind, number=number)
    asked_at = address_checks.asked_at([row.member_id for row in rows])
    rest_began = clock.now() - address_checks.REST
    page = render_template(
        "desk/members/suppressed.html",
        kind=kind,
        kinds=KINDS,
        why=WHY,
        counts=counts,
        total=total,
        rows=rows,
        asked_at=asked_at,
        resting={key for key, at in asked_at.items() if at > rest_began},
        rest=address_checks.REST.days,
        page=number,
        pages=pages,
        size=suppressions.PAGE,
    )
    return make_response(page)


@room.post("/<int:key>/check-address")
@allow("recruiter")
def check_address(key: int) -> AnyResponse:
    """Ask somebody whose address bounced whether it works, by one letter."""
    member = members.find(key) or abort(404)
    try:
        address_checks.ask(member, current_user)
    except address_checks.NotToBeAsked:
        db.session.rollback()
        return _said(_("Their address does not bounce now, or they complained, so no letter was written."), "warn")
    except address_checks.AskedLately:
        db.session.rollback()
        return _said(_("They were asked within the last 30 days, so no letter was written."), "warn")
    db.session.commit()
    queue.wake("letters")
    return _said(_("One letter is on its way. If they press its button, their newsletters come again."), "ok")


def _kind() -> str:
    wanted = request.args.get("kind", "")
    return wanted if wanted in SUPPRESSED else ""


def _said(words: Any, kind: str) -> AnyResponse:
    flash(words, kind)
    number = page_number()
    return redirect(url_for(".suppressed", kind=_kind() or None, page=number if number > 1 else None), code=303)
