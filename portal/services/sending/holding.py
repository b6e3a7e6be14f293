"""The breaker: a newsletter that would do harm by going on stops at once, says why, and waits for a person."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select, update

from portal import clock
from portal.extensions import db
from portal.models import Delivery, Newsletter
from portal.services.sending import accounts, fates
from portal.services.sending.accounts import Account

ENOUGH = 200
"""Answers before a share of them says anything."""

TOO_MANY = 5
"""In a hundred: above this the newsletter is held."""

WORRYING = 2
"""In a hundred: from this on the page warns."""


@dataclass(frozen=True)
class Answers:
    """What servers said about the addresses of a newsletter: how many they answered for, and how many do not exist."""

    mails: int = 0
    no_mailbox: int = 0

    @property
    def share(self) -> float:
        """The part that does not exist, from 0 to 1."""
        return self.no_mailbox / self.mails if self.mails else 0.0

    @property
    def are_too_bad(self) -> bool:
        """True when it is held for them."""
        return self.mails >= ENOUGH and self.no_mailbox * 100 > self.mails * TOO_MANY

    @property
    def are_worrying(self) -> bool:
        """True when somebody should hear of them."""
        return self.mails >= ENOUGH and self.no_mailbox * 100 >= self.mails * WORRYING


@dataclass(frozen=True)
class Complaints:
    """How many were mailed a newsletter, and how many of them told their provider that it is spam."""

    mails: int = 0
    complained: int = 0

    @property
    def are_too_many(self) -> bool:
        """True from three in a thousand on: mailbox providers then turn against all our mail."""
        return self.mails >= ENOUGH and self.complained * 1000 >= self.mails * 3

    @property
    def are_worrying(self) -> bool:
        """True from one in a thousand on."""
        return self.mails >= ENOUGH and self.complained * 1000 >= self.mails


@dataclass(frozen=True)
class Finding:
    """Too many addresses that do not exist, as counted at a moment since a release."""

    newsletter_id: int
    at: datetime
    released_at: datetime | None
    answers: Answers


def hold_for_fault(newsletter: Newsletter, *, reply: str) -> None:
    """Hold the newsletter with the server's own words, or ours where it was not asked; nobody's address is blamed."""
    newsletter.hold(clock.now(), reason=(f"server: {reply}" if reply[:3].isdigit() else reply)[:500])
    db.session.flush()


def span(newsletter: Newsletter) -> accounts.Span:
    """Return since when and until when answers count: from the last release on, and not beyond a hold."""
    return newsletter.released_at, newsletter.held_at


def answers(newsletter: Newsletter, *, until: datetime | None = None) -> Answers:
    """Count what servers said since a person last let the newsletter go on."""
    since, held_at = span(newsletter)
    said = (Delivery.state.in_(("sent", "failed")), Delivery.reason.in_(("", *fates.REFUSED)))
    rows = select(Delivery.reason, func.count()).where(Delivery.newsletter_id == newsletter.id, *said)
    rows = rows.where(*accounts.settled((since, until or held_at))).group_by(Delivery.state, Delivery.reason)
    counts = dict(db.session.execute(rows).all())
    return Answers(sum(counts.values()), counts.get("no_mailbox", 0))


def answers_within(account: Account) -> Answers:
    """Return what servers said of everyone in an account, without counting again."""
    refused = sum(account.failures.get(reason, 0) for reason in fates.REFUSED)
    return Answers(account.sent + refused, account.failures.get("no_mailbox", 0))


def in_question(delivery_ids: list[int]) -> set[int]:
    """Return the newsletters that these deliveries belong to."""
    return set(db.session.scalars(select(Delivery.newsletter_id).where(Delivery.id.in_(delivery_ids)).distinct()))


def look(newsletter_id: int) -> Finding | None:
    """Return what a newsletter has to be held for by now, or None where it may go on or does not go anyway."""
    newsletter, now = db.session.get_one(Newsletter, newsletter_id, populate_existing=True), clock.now()
    if newsletter.held_at or newsletter.cancelled_at or newsletter.sent_at:
        return None
    found = answers(newsletter, until=now)
    return Finding(newsletter_id, now, newsletter.released_at, found) if found.are_too_bad else None


def complaints(newsletter: Newsletter) -> Complaints:
    """Count who complained among those mailed since a person last let the newsletter go on."""
    since, _held_at = span(newsletter)
    sent = (Delivery.newsletter_id == newsletter.id, Delivery.state == "sent")
    told = func.count(Delivery.complained_at)
    if since:
        told = func.count(case((Delivery.complained_at > since, 1)))
    rows = select(func.count(), told).where(*sent, *accounts.settled((since, None)))
    return Complaints(*db.session.execute(rows).one())


def hold_for_complaints(newsletter: Newsletter) -> bool:
    """Hold a newsletter that still goes out while too many of its readers call it spam; say whether it is held now."""
    on_its_way = newsletter.addressed_at and not newsletter.sent_at
    if not on_its_way or newsletter.held_at or newsletter.cancelled_at or not complaints(newsletter).are_too_many:
        return False
    newsletter.hold(clock.now(), reason="complaints")
    db.session.flush()
    return True


def hold_for_addresses(finding: Finding) -> bool:
    """Hold a newsletter for its addresses; False when somebody held, released or cancelled it since that look."""
    same = (Newsletter.id == finding.newsletter_id, Newsletter.released_at.is_not_distinct_from(finding.released_at))
    free = (Newsletter.held_at.is_(None), Newsletter.cancelled_at.is_(None))
    held = update(Newsletter).where(*same, *free).values(held_at=finding.at, held_reason="addresses")
    return bool(db.session.execute(held).rowcount)  # type: ignore[attr-defined]
