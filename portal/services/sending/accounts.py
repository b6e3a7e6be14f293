"""The account of a newsletter: everyone planned is somewhere, and the sum shows it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from portal import clock
from portal.extensions import db
from portal.models import Delivery, Member, Newsletter
from portal.models.delivery import UNSETTLED
from portal.services.sending import fates

Span = tuple[datetime | None, datetime | None]
ALWAYS: Span = (None, None)


@dataclass(frozen=True)
class Account:
    """Counts of deliveries; `planned` was frozen at addressing, the others are counted now."""

    planned: int = 0
    pending: int = 0
    sent: int = 0
    in_doubt: int = 0
    failures: dict[str, int] = field(default_factory=dict)
    excluded: dict[str, int] = field(default_factory=dict)

    @property
    def failed(self) -> int:
        """Everyone whose mail failed, for whatever reason."""
        return sum(self.failures.values())

    @property
    def excluded_total(self) -> int:
        """Everyone who did not get it for a reason."""
        return sum(self.excluded.values())

    @property
    def not_sent(self) -> int:
        """Everyone who did not get it, or not yet."""
        return self.pending + self.failed + self.in_doubt + self.excluded_total

    @property
    def balances(self) -> bool:
        """True when planned = sent + failed + excluded + in doubt + pending."""
        return self.planned == self.sent + self.not_sent

    def as_dict(self) -> dict[str, Any]:
        """Return the account for scripts."""
        return {
            "planned": self.planned,
            "pending": self.pending,
            "sent": self.sent,
            "failed": self.failed,
            "in_doubt": self.in_doubt,
            "excluded": self.excluded,
            "balances": self.balances,
        }


def account(newsletter: Newsletter) -> Account:
    """Count where everyone planned stands now."""
    rows = select(Delivery.state, Delivery.reason, func.count()).where(Delivery.newsletter_id == newsletter.id)
    counts: dict[tuple[str, str], int] = {}
    for state, reason, count in db.session.execute(rows.group_by(Delivery.state, Delivery.reason)):
        counts[state, reason] = count
    return reckon(newsletter.planned or 0, counts)


def reckon(planned: int, counts: Mapping[tuple[str, str], int]) -> Account:
    """Return the account that counts by (state, reason) make."""
    totals = dict.fromkeys(fates.FATES, 0)
    reasons: dict[str, dict[str, int]] = {"failed": {}, "excluded": {}}
    for (state, reason), count in sorted(counts.items(), key=lambda pair: -pair[1]):
        fate = fates.of_state(state)
        totals[fate] += count
        if fate in reasons:
            reasons[fate][reason] = count
    return Account(
        planned=planned,
        pending=totals["pending"],
        sent=totals["sent"],
        in_doubt=totals["in_doubt"],
        failures=reasons["failed"],
        excluded=reasons["excluded"],
    )


def people(newsletter: Newsletter, *, state: str, reason: str = "", span: Span = ALWAYS) -> Select[Delivery, Member]:
    """Return deliveries in a state (`pending` covers claimed and handed over) with their members, in a stable order.

    With a span only those that were settled within it.
    """
    states = UNSETTLED if state == "pending" else (state,)
    rows = select(Delivery, Member).outerjoin(Member, Delivery.member_id == Member.id)
    rows = rows.where(Delivery.newsletter_id == newsletter.id, Delivery.state.in_(states), *settled(span))
    return (rows.where(Delivery.reason == reason) if reason else rows).order_by(Member.name, Delivery.id)


def settled(span: Span) -> list[ColumnElement[bool]]:
    """Return the conditions on a delivery that was settled after the one moment and no later than the other."""
    since, until = span
    after = [] if since is None else [Delivery.settled_at > since]
    return after if until is None else [*after, Delivery.settled_at <= until]


def close_finished() -> list[Newsletter]:
    """Mark newsletters as sent where nothing is pending and the sum balances; return them."""
    unsettled = select(Delivery.id).where(Delivery.newsletter_id == Newsletter.id, Delivery.state.in_(UNSETTLED))
    rows = select(Newsletter).where(
        Newsletter.addressed_at.is_not(None), Newsletter.sent_at.is_(None), ~unsettled.exists()
    )
    closed = [newsletter for newsletter in db.session.scalars(rows) if account(newsletter).balances]
    for newsletter in closed:
        newsletter.sent_at = clock.now()
    db.session.flush()
    return closed
