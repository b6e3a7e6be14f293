"""Progress while a newsletter goes out: how fast it goes, what is left and when that ends, from one question.

Many who ask within a moment share one answer, so that open pages cost the database nothing each.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from portal import clock
from portal.extensions import db
from portal.models import Delivery, Newsletter
from portal.services.sending import accounts, fates, holding
from portal.services.sending.accounts import Account
from portal.services.sending.holding import Answers
from portal.tools.sharing import Shared

LOOKS_BACK = timedelta(minutes=5)
"""The rate is what was answered in this time, or since sending went on within it."""

IDLE = timedelta(minutes=1)
"""After so long without an answer there is no rate to tell."""

SHORTEST = timedelta(seconds=10)
"""In less time than this a rate would be chance."""

FRESH = 2.0
"""Seconds for which one answer is good for all who ask."""


@dataclass(frozen=True)
class Pace:
    """How a newsletter moves: mails answered lately, and what is left, now or later."""

    lately: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    later: int = 0
    """Those left whose hour has not come: allowed hours, their own clock, or another try."""
    last_due_at: datetime | None = None

    def per_minute(self, now: datetime) -> float | None:
        """Return mails answered in a minute, or None where nothing went lately or it is too soon to tell."""
        if self.first_at is None or self.last_at is None or now - self.last_at > IDLE:
            return None
        span = self.last_at - self.first_at
        return self.lately / (span / timedelta(minutes=1)) if span >= SHORTEST else None


@dataclass(frozen=True)
class Progress:
    """Where a newsletter stands while it goes out."""

    account: Account
    pace: Pace
    answers: Answers
    since: datetime
    """Since when it goes: from its start or from when a person last let it go on."""
    at: datetime

    @property
    def due(self) -> int:
        """Everyone whose hour has come and whose mail has not come to its end."""
        return max(0, self.account.pending - self.pace.later)

    @property
    def is_beginning(self) -> bool:
        """True when it goes, and has not done so for long enough to tell a rate."""
        return self.per_minute is None and self.at - (self.pace.last_at or self.since) <= IDLE

    @property
    def settled(self) -> int:
        """Everyone whose mail has come to its end."""
        return self.account.planned - self.account.pending

    @property
    def share(self) -> int:
        """How many in a hundred have come to their end; 100 only when all have."""
        return self.settled * 100 // self.account.planned if self.account.planned else 100

    @property
    def per_minute(self) -> int | None:
        """Mails a minute to two figures, which is as exact as it is; None where there is no rate to tell."""
        rate = self.pace.per_minute(self.at)
        return None if rate is None else max(1, _two_figures(rate))

    @property
    def time_left(self) -> timedelta | None:
        """How long those take whose hour has come, at this rate."""
        return timedelta(minutes=self.due / self.per_minute) if self.per_minute and self.due else None


_shared: Shared[tuple[object, ...], Progress] = Shared(FRESH)


def of(newsletter: Newsletter) -> Progress:
    """Count it now."""
    account, now = accounts.account(newsletter), clock.now()
    pace = _pace(newsletter, now) if newsletter.state == "sending" else Pace()
    since = newsletter.released_at or newsletter.addressed_at or now
    return Progress(account, pace, _answers(newsletter, account), since, now)


def shared(newsletter: Newsletter) -> Progress:
    """Count it, or take what somebody else counted a moment ago since it was last held or let go on."""
    key = (newsletter.id, newsletter.addressed_at, newsletter.held_at, newsletter.released_at, newsletter.cancelled_at)
    return _shared.get(key, lambda: of(newsletter))


def _pace(newsletter: Newsletter, now: datetime) -> Pace:
    mine = Delivery.newsletter_id == newsletter.id
    said = (Delivery.state.in_(("sent", "failed")), Delivery.reason.in_(("", *fates.REFUSED)))
    since = max(now - LOOKS_BACK, newsletter.released_at or now - LOOKS_BACK)
    lately = select(func.count(), func.min(Delivery.settled_at), func.max(Delivery.settled_at))
    lately = lately.where(mine, *said, Delivery.settled_at > since)
    # A row that waits has no reason and was never settled; saying so lets the index find those due later at once.
    waits = (Delivery.state.in_(("pending", "claimed")), Delivery.reason == "", Delivery.settled_at.is_(None))
    later = select(func.count(), func.max(Delivery.due_at)).where(mine, *waits, Delivery.due_at > now)
    return Pace(*db.session.execute(lately).one(), *db.session.execute(later).one())


def _answers(newsletter: Newsletter, account: Account) -> Answers:
    return holding.answers(newsletter) if any(holding.span(newsletter)) else holding.answers_within(account)


def _two_figures(number: float) -> int:
    return round(round(number, -max(0, int(math.log10(max(number, 1))) - 1)))
