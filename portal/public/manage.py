"""The manage link every newsletter carries: hear less, pause or leave without signing in, or ask to sign in."""

from collections.abc import Callable

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from flask_babel import format_date, get_locale
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from portal.extensions import csrf, db, queue
from portal.models import Community, Member, Membership
from portal.services.people import magic_links, memberships, pending, sessions
from portal.tools import cookies, headers, limits, links, text
from portal.tools.policy import allow

room = Blueprint("manage", __name__)
room.after_request(headers.personal)

ASKS_PER_NETWORK_ADDRESS = "30 per hour"
PENDING_LIFE = 72 * 3600
PAUSES = {"pause-3": 3, "pause-6": 6}


@room.get("/m/<token>")
@allow("link")
def show(token: str) -> AnyResponse:
    """Show what can be done without signing in; the person themself goes on to their preferences."""
    standing = _spoken_of(token)
    signed_in = sessions.find(cookies.read(cookies.MEMBER))
    if standing.member and signed_in and signed_in.member_id == standing.member.id:
        return redirect("/preferences", code=303)
    return _page(token, standing)


@room.post("/m/<token>")
@csrf.exempt
@allow("link")
def change(token: str) -> AnyResponse:
    """Lower what we send, or mail a sign-in link; a forwarded mail can never raise anything."""
    standing, wanted = _spoken_of(token), request.form.get("do", "")
    if standing.member is None:
        return _page(token, standing)
    if wanted == "sign-in":
        return _mail_a_link(token, standing, standing.member)
    done = _lower(wanted, standing, standing.member)
    db.session.commit()
    problem = "" if done else _("Choose one of the options below.")
    return _page(token, standing, done=done, problem=problem, status=200 if done else 422)


@room.errorhandler(links.BadLink)
def explain_broken(_error: links.BadLink) -> AnyResponse:
    """Answer a link that was cut or changed, with another way in."""
    return make_response(render_template("public/manage/explain_broken.html"), 404)


def _spoken_of(token: str) -> memberships.Standing:
    member_id, community_id, _delivery = links.read_standing(links.Purpose.MANAGE, token)
    standing = memberships.standing(member_id, community_id)
    g.language = standing.member.language if standing.member else None
    return standing


def _lower(wanted: str, standing: memberships.Standing, member: Member) -> str:
    """Do what was asked for and return what is true now, or "" for something this link cannot do."""
    if wanted in PAUSES:
        return _pause(member, PAUSES[wanted])
    if wanted == "leave-all":
        memberships.leave_all(member)
        return _("You have left all our communities. We send you nothing more.")
    act = _ACTS.get(wanted)
    if act is None or standing.community is None:
        return ""
    if standing.membership is None:
        return _("You are not in %(community)s any more, so it sends you nothing.", community=standing.community.name)
    return act(standing.membership, standing.community)


def _pause(member: Member, months: int) -> str:
    until_on = memberships.in_months(months)
    if memberships.pause_longer(member, until_on):
        return _("We send you nothing before %(day)s.", day=format_date(until_on, "d MMMM y"))
    return _("You have paused for longer than that already, so nothing changed.")


def _mute(membership: Membership, community: Community) -> str:
    memberships.mute(membership)
    return _("You get no more newsletters from %(community)s.", community=community.name)


def _leave(membership: Membership, community: Community) -> str:
    memberships.leave(membership)
    return _("You have left %(community)s. It sends you nothing more.", community=community.name)


def _hear_less(frequency: str) -> Callable[[Membership, Community], str]:
    def act(membership: Membership, community: Community) -> str:
        memberships.hear_less(membership, frequency)
        words = {
            "every": _("every newsletter"),
            "monthly": _("at most once a month"),
            "quarterly": _("at most four times a year"),
        }
        return _(
            "For %(community)s your choice is now: %(often)s.",
            community=community.name,
            often=words[membership.frequency],
        )

    return act


_ACTS: dict[str, Callable[[Membership, Community], str]] = {
    "monthly": _hear_less("monthly"),
    "quarterly": _hear_less("quarterly"),
    "mute": _mute,
    "leave": _leave,
}


def _mail_a_link(token: str, standing: memberships.Standing, member: Member) -> AnyResponse:
    if not limits.hit(ASKS_PER_NETWORK_ADDRESS, "ask", links.fingerprint(request.remote_addr or "")):
        problem = _("Many links were asked for from your network in the last hour. Try again later.")
        return _page(token, standing, problem=problem, status=429)
    secret = pending.secret_for(cookies.read(cookies.PENDING))
    magic_links.ask(member.email or "", language=str(get_locale()), secret=secret)
    db.session.commit()
    queue.wake("letters")
    response = redirect(url_for("public.sign_in.code"), code=303)
    cookies.give(response, cookies.PENDING, secret, seconds=PENDING_LIFE)
    return response


def _page(
    token: str, standing: memberships.Standing, *, done: str = "", problem: str = "", status: int = 200
) -> Response:
    member, membership = standing.member, standing.membership
    if membership is not None and not membership.is_active:
        membership = None
    return make_response(
        render_template(
            "public/manage/show.html",
            token=token,
            community=standing.community,
            member=member,
            membership=membership,
            address=text.mask_address(member.email) if member and member.email else "",
            fewer=memberships.fewer_than(membership.frequency) if membership else (),
            pauses={key: memberships.in_months(months) for key, months in PAUSES.items()},
            done=done,
            problem=problem,
        ),
        status,
    )
