"""Delivery rows for the tests of this room."""

from portal import clock
from portal.extensions import db
from portal.models import Delivery, Worker
from portal.services.sending import deliveries
from tests import factories


def worker() -> int:
    """A worker at work."""
    row = Worker(host="here", process="1", started_at=clock.now(), beat_at=clock.now())
    db.session.add(row)
    db.session.flush()
    return row.id


def delivery(**values: object) -> Delivery:
    """A delivery to somebody, each of its own newsletter."""
    membership = factories.membership()
    newsletter = factories.newsletter(at=membership.community, send_at=clock.now(), addressed_at=clock.now())
    now = clock.now()
    defaults = {"state": "pending", "planned_at": now, "due_at": now, "consent_id": membership.mail_consent_id}
    row = Delivery(newsletter=newsletter, member=membership.member, membership=membership, **{**defaults, **values})
    db.session.add(row)
    db.session.flush()
    return row


def claimed(count: int) -> tuple[list[int], int]:
    """Deliveries in the hands of one worker."""
    rows, me = [delivery().id for _ in range(count)], worker()
    assert deliveries.claim(me, limit=count) == rows
    return rows, me


def state_of(delivery_id: int) -> tuple[str, str]:
    """The state and the reason, as they stand in the database."""
    row = db.session.get_one(Delivery, delivery_id, populate_existing=True)
    return row.state, row.reason
