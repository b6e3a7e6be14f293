"""What an open page asks again and again while a newsletter goes out, answered cheaply and only where it changed."""

from flask import Response, jsonify, render_template, request
from flask_babel import format_decimal, format_timedelta, gettext
from werkzeug.wrappers import Response as AnyResponse

from portal import clock
from portal.desk.newsletters.base import get, room
from portal.models import Newsletter
from portal.services.sending import progress as standings
from portal.services.sending.progress import Progress
from portal.tools.policy import allow


@room.get("/<int:key>/progress")
@allow("viewer", unattended=True)
def progress(key: int) -> AnyResponse:
    """Give the figures as they stand now: 304 where they are those that the page has."""
    newsletter = get(key)
    told = {"turn": turn(newsletter), "figures": "", "said": ""}
    if newsletter.state == "sending":
        standing = standings.shared(newsletter)
        told["figures"] = render_template("desk/newsletters/_figures.html", newsletter=newsletter, standing=standing)
        told["said"] = _said(standing)
    answer: Response = jsonify(told)
    answer.add_etag()
    return answer.make_conditional(request)


def turn(newsletter: Newsletter) -> str:
    """Return a word that changes whenever more than the figures on the newsletter's page does."""
    if newsletter.held_at and not newsletter.sent_at:
        return f"held-{newsletter.held_at.timestamp():.0f}"
    return "cancelled" if newsletter.cancelled_at and not newsletter.sent_at else newsletter.state


def is_moving(newsletter: Newsletter) -> bool:
    """Tell whether its page will change by itself: it goes out, or is about to."""
    begins = newsletter.state == "scheduled" and newsletter.send_at is not None and newsletter.send_at <= clock.now()
    return newsletter.state == "sending" or begins


def _said(standing: Progress) -> str:
    """Return what is read out once in a while to those who do not see the figures."""
    account = standing.account
    counts = {"sent": format_decimal(account.sent), "planned": format_decimal(account.planned)}
    done = gettext("%(sent)s of %(planned)s sent.", **counts)
    left = standing.time_left
    if left is None:
        return done
    return f"{done} {gettext('About %(time)s to go.', time=format_timedelta(left, granularity='minute', threshold=2))}"
