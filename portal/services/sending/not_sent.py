"""Who did not get a newsletter: by reason with a few names each, and person by person for a sheet."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask_babel import LazyString
from sqlalchemy import select

from portal.extensions import db
from portal.models import Delivery, Member, Newsletter
from portal.services.sending import accounts, fates
from portal.services.sending.accounts import Account

SAMPLE = 3
HEADINGS = ["name", "email", "state", "reason", "server_said", "settled_at"]
_BATCHES = {"yield_per": 1000}


@dataclass(frozen=True)
class Group:
    """People without the newsletter for one reason, a few of them in `people`; None is somebody erased."""

    state: str
    reason: str
    count: int
    people: Sequence[Member | None]


def groups(newsletter: Newsletter, account: Account) -> list[Group]:
    """Return everyone an account counts as not sent: what failed, what is in doubt, who was left out, who waits."""
    counted = [
        *(("failed", reason, count) for reason, count in account.failures.items()),
        ("in_doubt", "", account.in_doubt),
        *(("excluded", reason, count) for reason, count in account.excluded.items()),
        ("pending", "", account.pending),
    ]
    return [Group(*counts, _some(newsletter, *counts[:2])) for counts in counted if counts[2]]


def rows(newsletter: Newsletter) -> Iterator[list[str]]:
    """Yield the headings, then one row for each person without it, by fate and reason, read a batch at a time.

    States and reasons are in words, moments ISO 8601 in UTC; a row that still waits has none.
    """
    yield HEADINGS
    what = (Delivery.state, Delivery.reason, Delivery.tries, Delivery.reply, Delivery.settled_at)
    told = select(*what, Member.name, Member.email).outerjoin(Member, Delivery.member_id == Member.id)
    told = told.where(Delivery.newsletter_id == newsletter.id, Delivery.state != "sent")
    told = told.order_by(Delivery.state, Delivery.reason, Delivery.id)
    for state, reason, tries, reply, settled_at, name, email in db.session.execute(told, execution_options=_BATCHES):
        who = [name or "", email] if email else [str(fates.ERASED), ""]
        fate = fates.of_state(state)
        when = settled_at.isoformat(timespec="seconds") if settled_at else ""
        yield [*who, str(fates.FATES[fate]), str(_why(fate, reason, tries)), reply, when]


def _some(newsletter: Newsletter, state: str, reason: str) -> Sequence[Member | None]:
    found = accounts.people(newsletter, state=state, reason=reason).order_by(None).order_by(Delivery.id).limit(SAMPLE)
    return [member for _delivery, member in db.session.execute(found)]


def _why(fate: str, reason: str, tries: int) -> LazyString | str:
    if fate == "pending":
        return fates.TRIED if tries else fates.WAITING
    return fates.REASONS.get(reason, reason)
