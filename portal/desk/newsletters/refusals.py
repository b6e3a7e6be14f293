"""What mailbox providers refused of a newsletter, or sent back: a table, and the people behind its numbers."""

from flask import abort, make_response, redirect, render_template, request, url_for
from flask_babel import LazyString
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response as AnyResponse

from portal.desk.newsletters.base import PAGE, get, page_number, room
from portal.services.insight import refusals as providers
from portal.services.sending import fates
from portal.tools.policy import allow

WHATS: dict[str, LazyString] = {**fates.REASONS, **fates.BOUNCES, "came_back": _("Came back")}
EXPLAINED = {
    **fates.REASONS_EXPLAINED,
    **fates.BOUNCES_EXPLAINED,
    "came_back": _("The mail server took these mails, and they came back later."),
}
NAMES = {providers.OTHERS: _("All others"), "unknown": _("Unknown: someone erased")}


@room.get("/<int:key>/refusals")
@allow("viewer")
def refusals(key: int) -> AnyResponse:
    """Tell, provider by provider, what was not taken, and of how many mails."""
    newsletter = get(key)
    if newsletter.addressed_at is None:
        return redirect(url_for(".show", key=key))
    table = providers.table(newsletter)
    page = render_template(
        "desk/newsletters/refusals.html",
        newsletter=newsletter,
        table=table,
        whats=WHATS,
        explained=EXPLAINED,
        names=NAMES,
    )
    return make_response(page)


@room.get("/<int:key>/refusals/people")
@allow("viewer")
def refused_people(key: int) -> AnyResponse:
    """List the people behind one number of it: of one provider, or of all."""
    newsletter, number = get(key), page_number()
    what, wanted = request.args.get("what", ""), request.args.get("provider", "")
    if not providers.is_known(what):
        abort(404)
    table = providers.table(newsletter) if wanted else None
    provider = (table.find(wanted) or abort(404)) if table else None
    named = (
        {domain for row in table.providers if row.key != providers.OTHERS for domain in row.domains} if table else ()
    )
    rows, total = providers.people(newsletter, what, provider=provider, besides=named, page=number, size=PAGE)
    page = render_template(
        "desk/newsletters/refused_people.html",
        newsletter=newsletter,
        what=what,
        said=WHATS[what],
        explained=EXPLAINED[what],
        provider=provider,
        provider_name=NAMES.get(provider.key, provider.name) if provider else "",
        rows=rows,
        total=total,
        page=number,
        size=PAGE,
    )
    return make_response(page)
