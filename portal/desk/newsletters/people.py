"""The people behind the numbers of an account: a page for every number, and one for all who did not get it."""

from flask import Response, abort, make_response, redirect, render_template, request, stream_with_context, url_for
from werkzeug.wrappers import Response as AnyResponse

from portal.desk.newsletters.base import PAGE, get, page_number, room
from portal.services.insight import refusals
from portal.services.sending import accounts, behind, fates, holding
from portal.services.sending import not_sent as missing
from portal.tools import tabular
from portal.tools.policy import allow


@room.get("/<int:key>/people")
@allow("viewer")
def people(key: int) -> Response:
    """List the people behind one number of the account."""
    newsletter, number = get(key), page_number()
    state, reason = request.args.get("state", "sent"), request.args.get("reason", "")
    if state not in fates.FATES or (reason and reason not in fates.REASONS_OF.get(state, ())):
        abort(404)
    held = newsletter.held_at is not None and request.args.get("held") == "yes"
    span = holding.span(newsletter) if held else accounts.ALWAYS
    rows, total = behind.account(newsletter, state=state, reason=reason, span=span, page=number, size=PAGE)
    page = render_template(
        "desk/newsletters/people.html",
        newsletter=newsletter,
        state=state,
        reason=reason,
        held=held,
        rows=rows,
        total=total,
        page=number,
        size=PAGE,
    )
    return make_response(page)


@room.get("/<int:key>/not-sent")
@allow("viewer")
def not_sent(key: int) -> AnyResponse:
    """Tell who did not get it, by reason."""
    newsletter = get(key)
    if newsletter.addressed_at is None:
        return redirect(url_for(".show", key=key))
    account = accounts.account(newsletter)
    groups = missing.groups(newsletter, account)
    page = render_template(
        "desk/newsletters/not_sent.html",
        newsletter=newsletter,
        account=account,
        groups=groups,
        returned=refusals.returned(newsletter),
        bounces=fates.BOUNCES,
        bounces_explained=fates.BOUNCES_EXPLAINED,
    )
    return make_response(page)


@room.get("/<int:key>/not-sent.csv")
@allow("owner")
def not_sent_csv(key: int) -> Response:
    """Give the same people as a sheet, piece by piece, so that a large one costs no memory."""
    newsletter = get(key)
    pieces = tabular.lines(missing.rows(newsletter))
    answer = Response(stream_with_context(pieces), mimetype="text/csv")
    answer.headers.set("Content-Disposition", "attachment", filename=f"newsletter-{key}-not-sent.csv")
    return answer
