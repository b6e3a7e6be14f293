"""Doubtful mails: whom they were for, and sending one again, which only a person may decide."""

from collections.abc import Sequence

from sqlalchemy import Row

from portal.extensions import db
from portal.models import Delivery, Member, Newsletter, Recruiter
from portal.services.people import members
from portal.services.sending import accounts, deliveries

SHOWN = 20


def some(newsletter: Newsletter) -> Sequence[Row[Delivery, Member]]:
    """Return up to `SHOWN` doubtful deliveries of a newsletter with their members."""
    return db.session.execute(accounts.people(newsletter, state="in_doubt").limit(SHOWN)).all()


def may_be_sent_again(delivery: Delivery) -> bool:
    """Tell whether there is a doubt, somebody to mail, and a newsletter that may still go out."""
    return delivery.state == "in_doubt" and delivery.member is not None and not delivery.newsletter.cancelled_at


def send_again(delivery: Delivery, *, by: Recruiter, note: str) -> None:
    """Send it once more and keep in the member's story who decided so; raise `NotInDoubt`."""
    deliveries.resend(delivery)
    assert delivery.member is not None
    members.add_note(delivery.member, note, by)
