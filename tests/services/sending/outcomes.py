"""Newsletters on their way, with deliveries that came to all kinds of ends."""

from datetime import timedelta

from portal import clock
from portal.extensions import db
from portal.models import Delivery, Newsletter
from tests import factories


def going(**values: object) -> Newsletter:
    """A newsletter that goes out, and so far has nobody to go to."""
    now = clock.now()
    newsletter: Newsletter = factories.newsletter(**{"send_at": now, "addressed_at": now, "planned": 0, **values})
    return newsletter


def add(
    newsletter: Newsletter, state: str, reason: str = "", *, count: int = 1, ago: float = 0, **values: object
) -> None:
    """Plan so many more, all come to this end so many seconds ago; those who wait are due then instead."""
    now = clock.now()
    at = now - timedelta(seconds=ago)
    fate = {"due_at": at} if state in {"pending", "claimed"} else {"settled_at": at}
    fate = {"state": state, "reason": reason, "planned_at": now, **fate, **values}
    db.session.add_all(Delivery(newsletter_id=newsletter.id, **fate) for _ in range(count))
    newsletter.planned = (newsletter.planned or 0) + count
    db.session.flush()
