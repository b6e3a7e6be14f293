"""Refusals: what mailbox providers did not take of a newsletter, at once or afterwards, by provider and reason."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, or_, select, true

from portal.extensions import db
from portal.models import Delivery, Member, Newsletter
from portal.services.sending import fates
from portal.tools.mail import providers

LARGEST = 10
"""So many providers stand in a table by name; the rest are one row."""

OTHERS = "others"
CAME_BACK = "came_back"

_SENT = Delivery.state == "sent"
_WAS_REFUSED = and_(Delivery.state == "failed", Delivery.reason.in_(fates.ANSWERED))
_BOUNCED = and_(_SENT, Delivery.bounced_at.is_not(None))
_COMPLAINED = and_(_SENT, Delivery.complained_at.is_not(None))
_HOLDS: dict[str, ColumnElement[bool]] = {
    **{reason: and_(Delivery.state == "failed", Delivery.reason == reason) for reason in fates.ANSWERED},
    **{kind: and_(_BOUNCED, Delivery.bounce_kind == kind) for kind in fates.BOUNCES},
    "complained": _COMPLAINED,
}
_BEFORE_THE_AT = func.rtrim(Member.email_key, func.replace(Member.email_key, "@", ""))
_DOMAIN = func.substr(Member.email_key, func.length(_BEFORE_THE_AT) + 1)
"""All after the last @: everything that is no @ is taken off the end, and what is left is counted."""


@dataclass
class Provider:
    """One row of the table: mails that left for a provider, those in trouble, and how many of them for what."""

    key: str
    mails: int = 0
    troubled: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    domains: set[str] = field(default_factory=set)

    @property
    def name(self) -> str:
        """What it is called; those without a name of their own go by their key."""
        return providers.NAMES.get(self.key, self.key)

    @property
    def share(self) -> float:
        """The part of its mails that were refused, came back or were complained about."""
        return self.troubled / self.mails if self.mails else 0.0

    def take(self, other: "Provider") -> None:
        """Add another's mails to these."""
        self.mails, self.troubled = self.mails + other.mails, self.troubled + other.troubled
        self.domains |= other.domains
        for what, count in other.counts.items():
            self.counts[what] = self.counts.get(what, 0) + count


@dataclass(frozen=True)
class Table:
    """Providers, the largest first, others and unknown last; `whats` are the columns that hold anything."""

    providers: list[Provider]
    total: Provider

    @property
    def whats(self) -> list[str]:
        """Reasons and fates that happened, those of sending time first."""
        return [what for what in _HOLDS if self.total.counts.get(what)]

    def find(self, key: str) -> Provider | None:
        """Return a row by its key, or None."""
        return next((provider for provider in self.providers if provider.key == key), None)


def table(newsletter: Newsletter) -> Table:
    """Count it now, in one statement."""
    found: dict[str, Provider] = {}
    for domain, reason, bounce, complained, count in db.session.execute(_counted(newsletter)):
        what = [name for name in (reason, bounce, "complained" if complained else "") if name]
        row = Provider(providers.of_domain(domain or ""), count, count if what else 0, dict.fromkeys(what, count))
        row.domains = {domain} if domain else set()
        found.setdefault(row.key, Provider(row.key)).take(row)
    total = Provider("all")
    for row in found.values():
        total.take(row)
    return Table(_largest(found), total)


def returned(newsletter: Newsletter) -> dict[str, int]:
    """Return how many of the sent mails came back, of each kind that has any, and how many were complained about."""
    names = (*fates.BOUNCES, "complained")
    counts = [func.count(case((_HOLDS[name], 1))) for name in names]
    found = db.session.execute(select(*counts).where(Delivery.newsletter_id == newsletter.id, _SENT)).one()
    return {name: count for name, count in zip(names, found, strict=True) if count}


def came_back(newsletter: Newsletter) -> int:
    """Return how many of the sent mails came back."""
    rows = select(func.count()).select_from(Delivery)
    return db.session.scalar(rows.where(Delivery.newsletter_id == newsletter.id, _BOUNCED)) or 0


def is_known(what: str) -> bool:
    """Tell whether there are people to ask for by this word."""
    return what == CAME_BACK or what in _HOLDS


def people(
    newsletter: Newsletter, what: str, *, provider: Provider | None, besides: Iterable[str] = (), page: int, size: int
) -> tuple[Sequence[Row[tuple[Delivery, Member]]], int]:
    """Return a page of those behind one number, and how many there are; of one provider, where given.

    `besides` are the domains of the providers that stand by name, for the row of all others.
    """
    holds = _BOUNCED if what == CAME_BACK else _HOLDS[what]
    rows = select(Delivery, Member).outerjoin(Member, Delivery.member_id == Member.id)
    rows = rows.where(Delivery.newsletter_id == newsletter.id, holds, _is_of(provider, besides))
    total = db.session.scalar(select(func.count()).select_from(rows.subquery())) or 0
    return db.session.execute(_page(rows.order_by(Member.name, Delivery.id), page, size)).all(), total


def _counted(newsletter: Newsletter) -> Select[*tuple[Any, ...]]:
    each = (
        select(
            _DOMAIN.label("domain"),
            case((_WAS_REFUSED, Delivery.reason), else_="").label("reason"),
            case((_BOUNCED, Delivery.bounce_kind), else_="").label("bounce"),
            case((_COMPLAINED, 1), else_=0).label("complained"),
        )
        .outerjoin_from(Delivery, Member, Delivery.member_id == Member.id)
        .where(Delivery.newsletter_id == newsletter.id, or_(_SENT, _WAS_REFUSED))
        .subquery()
    )
    return select(*each.c, func.count()).group_by(*each.c)


def _largest(found: dict[str, Provider]) -> list[Provider]:
    unknown = found.pop(providers.UNKNOWN, None)
    rows = sorted(found.values(), key=lambda row: (-row.mails, row.key))
    # One more than the largest needs no row of others: it would stand for a single one.
    named, rest = (rows, []) if len(rows) <= LARGEST + 1 else (rows[:LARGEST], rows[LARGEST:])
    others = Provider(OTHERS)
    for row in rest:
        others.take(row)
    return [*named, *([others] if rest else []), *([unknown] if unknown else [])]


def _is_of(provider: Provider | None, besides: Iterable[str]) -> ColumnElement[bool]:
    if provider is None:
        return true()
    if provider.key == providers.UNKNOWN:
        return Member.email_key.is_(None)
    return _DOMAIN.not_in(list(besides)) if provider.key == OTHERS else _DOMAIN.in_(provider.domains)


def _page(rows: Select[*tuple[Any, ...]], page: int, size: int) -> Select[Any]:
    return rows.limit(size).offset((page - 1) * size)
