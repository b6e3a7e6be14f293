"""The unsubscribe link every newsletter carries: a GET shows a button, a POST stops the newsletters at once."""

from flask import Blueprint, Response, g, make_response, render_template, request
from flask_babel import lazy_gettext as _
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from portal.extensions import csrf, db
from portal.services.people import memberships
from portal.tools import headers, links, text
from portal.tools.policy import allow

room = Blueprint("unsubscribe", __name__)
room.after_request(headers.personal)

REASONS = {
    "too-many": ("too many emails", _("Too many emails")),
    "not-expected": ("not what I expected", _("Not what I expected")),
    "found-a-job": ("I found a job", _("I found a job")),
    "did-not-join": ("I didn’t join", _("I didn’t join")),
    "something-else": ("something else", _("Something else")),
}


@room.get("/u/<token>")
@allow("link")
def ask(token: str) -> Response:
    """Show a button; opening the link changes nothing."""
    return _page("ask", token, _spoken_of(token))


@room.post("/u/<token>")
@csrf.exempt
@allow("link")
def stop(token: str) -> Response:
    """Stop this community's newsletters for the person the mail went to, for mail clients and people alike."""
    standing = _spoken_of(token)
    reason = _reason()
    if standing.membership:
        memberships.mute(standing.membership)
        if reason:
            memberships.explain(standing.membership, REASONS[reason][0])
    db.session.commit()
    return _page(
        "stop", token, standing, reason=reason, reasons={key: words for key, (_kept, words) in REASONS.items()}
    )


@room.errorhandler(links.BadLink)
def explain_broken(_error: links.BadLink) -> AnyResponse:
    """Answer a link that was cut or changed, with another way to stop."""
    return make_response(render_template("public/unsubscribe/explain_broken.html"), 404)


def _spoken_of(token: str) -> memberships.Standing:
    member_id, community_id, _delivery = links.read_standing(links.Purpose.UNSUBSCRIBE, token)
    standing = memberships.standing(member_id, community_id)
    g.language = standing.member.language if standing.member else None
    return standing


def _reason() -> str:
    try:
        given = request.form.get("reason", "")
    except HTTPException:
        # A body nobody can read still means stop.
        given = ""
    return given if given in REASONS else ""


def _page(name: str, token: str, standing: memberships.Standing, **values: object) -> Response:
    member, membership = standing.member, standing.membership
    value = links.read(links.Purpose.UNSUBSCRIBE, token)
    return make_response(
        render_template(
            f"public/unsubscribe/{name}.html",
            community=standing.community,
            membership=membership,
            address=text.mask_address(member.email) if member and member.email else "",
            fewer=memberships.fewer_than(membership.frequency) if membership else (),
            pauses={f"pause-{months}": memberships.in_months(months) for months in (3, 6)} if member else {},
            manage_url=f"/m/{links.sign(links.Purpose.MANAGE, value)}",
            **values,
        )
    )
