"""Plans: what will happen when, counted in people, before a newsletter starts and while parts of it wait."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, select

from portal import clock
from portal.extensions import db
from portal.models import Delivery, Newsletter
from portal.services.sending import addressing, starts
from portal.services.sending.starts import Start, Timing


def planned(newsletter: Newsletter) -> list[Start]:
    """Return the starts of a newsletter as it is scheduled now, the first one first; at least one."""
    return plan(newsletter, starts.timing(newsletter), since=starts.reference(newsletter.send_at, clock.now()))


def plan(newsletter: Newsletter, asked: Timing, *, since: datetime | None = None) -> list[Start]:
    """Return the starts it would have with this timing, the first one first; at least one, if for nobody."""
    now = clock.now()
    since = since or now - starts.GRACE
    clocks = addressing.clocks(newsletter)
    if not asked.is_local:
        return [asked.start("", since=since, now=now, people=sum(clocks.values()))]
    merged: dict[str, Start] = {}
    for zone, people in (clocks or {"": 0}).items():
        start = asked.start(zone, since=since, now=now, people=people)
        before = merged.get(start.zone, replace(start, people=0))
        merged[start.zone] = replace(start, people=before.people + people)
    return starts.by_moment(merged.values())


def waiting(newsletter: Newsletter) -> tuple[int, datetime | None, datetime | None]:
    """Return how many mails of a newsletter on its way wait for their hour, and when the next and the last are due."""
    rows = (Delivery.newsletter_id == newsletter.id, Delivery.state == "pending", Delivery.due_at > clock.now())
    unopened = Delivery.first_tried_at.is_(None)
    count = select(func.count(), func.min(Delivery.due_at), func.max(Delivery.due_at)).where(*rows, unopened)
    number, first, last = db.session.execute(count).one()
    return number, first, last
