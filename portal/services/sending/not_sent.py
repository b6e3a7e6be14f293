"""Who did not get a newsletter: by reason with a few names each, and person by person for a sheet."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask_babel import LazyString
from sqlalchemy import case, or_, select

from portal.extensions import db
from portal.models import Delivery, Member, Newsletter, Report
from portal.services.sending import accounts, fates
from portal.services.sending.accounts import Account

SAMPLE = 3
HEADINGS = ["name", "email", "state", "reason", "server_said", "settled_at"]
_BATCHES = {"yield_per": 1000}
_REPORTED = (
    select(Report.reply)
    .where(Report.delivery_id == Delivery.id, Report.kind == Delivery.bounce_kind)
    .order_by(Report.id)
    .limit(1)
    .scalar_subquery()
)
"""What the server said that sent a mail back."""


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

    Mails that were sent and came back stand there, too. States and reasons are in words, moments ISO 8601 in UTC; a
    row that still waits has none.
    """
    yield HEADINGS
    has_left = Delivery.state == "sent"
    reason = case((has_left, Delivery.bounce_kind), else_=Delivery.reason)
    said, when = (
        case((has_left, _REPORTED), else_=Delivery.reply),
        case((has_left, Delivery.bounced_at), else_=Delivery.settled_at),
    )
    told = select(Delivery.state, reason, Delivery.tries, said, when, Member.name, Member.email)
    told = told.outerjoin(Member, Delivery.member_id == Member.id).where(Delivery.newsletter_id == newsletter.id)
    told = told.where(or_(~has_left, Delivery.bounced_at.is_not(None))).order_by(Delivery.state, reason, Delivery.id)
    for state, why, tries, reply, at, name, email in db.session.execute(told, execution_options=_BATCHES):
        who = [name or "", email] if email else [str(fates.ERASED), ""]
        fate = fates.of_state(state)
        moment = at.isoformat(timespec="seconds") if at else ""
        yield [*who, str(fates.FATES[fate]), str(_why(fate, why, tries)), reply or "", moment]


def _some(newsletter: Newsletter, state: str, reason: str) -> Sequence[Member | None]:
    found = accounts.people(newsletter, state=state, reason=reason).order_by(None).order_by(Delivery.id).limit(SAMPLE)
    return [member for _delivery, member in db.session.execute(found)]


def _why(fate: str, reason: str, tries: int) -> LazyString | str:
    if fate == "pending":
        return fates.TRIED if tries else fates.WAITING
    return {**fates.REASONS, **fates.BOUNCES}.get(reason, reason)
