"""The books of a drill: looked at while it runs, and reckoned against the mail server's ledger at the end."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from bench.drilling.leavers import Leaver
from bench.drilling.ledger import Entry, counts
from bench.drilling.sink import DROPPED_BEFORE_DOT, REFUSED, REPLY_DROPPED, TAKEN
from portal.extensions import db
from portal.models import Delivery, Member, Newsletter
from portal.services.sending import accounts


@dataclass
class Looks:
    """What was seen of the accounts at random moments."""

    taken: int = 0
    failed: int = 0
    unbalanced: list[str] = field(default_factory=list)
    settled: int = 0
    open: int = -1

    def look(self) -> None:
        """Look at every account now; a database that is down is looked at another time."""
        try:
            self._look()
            self.taken += 1
        except DBAPIError:
            self.failed += 1
        try:
            db.session.rollback()
        except DBAPIError:
            db.session.remove()

    def _look(self) -> None:
        settled = unsent = 0
        for newsletter in db.session.scalars(select(Newsletter).execution_options(populate_existing=True)).all():
            was_sent = newsletter.sent_at is not None
            account = accounts.account(newsletter)
            unsent += not was_sent
            settled += account.planned - account.pending
            if newsletter.addressed_at and not account.balances:
                self.unbalanced.append(f"newsletter {newsletter.id}: {account.as_dict()}")
            if was_sent and account.pending:
                self.unbalanced.append(f"newsletter {newsletter.id} is sent: {account.as_dict()}")
        self.settled, self.open = settled, unsent


@dataclass(frozen=True)
class Bounds:
    """What may be in doubt, or twice where doubtful mails are sent again: never more."""

    window: int
    kills: Counter[str]
    workers: int
    resend: bool

    def of_doubts(self, happened: dict[str, int]) -> int:
        """A killed worker leaves one window, a killed database one of each worker, a lost line one mail."""
        windows = self.kills["worker"] + self.workers * self.kills["database"]
        lines = self.workers * self.kills["sink"] + happened.get(REPLY_DROPPED, 0) + happened.get(DROPPED_BEFORE_DOT, 0)
        return windows * self.window + lines


def reckon(entries: list[Entry], leavers: list[Leaver], looks: Looks, bounds: Bounds) -> dict[str, Any]:
    """Compare ledger and database; `broken` lists the promises that were not kept."""
    rows = {row.id: row for row in db.session.execute(_ROWS)}
    taken = Counter(entry.delivery_id for entry in entries if entry.what == TAKEN)
    happened = counts(entries)
    states = Counter(row.state for row in rows.values())
    twice = {number: n for number, n in taken.items() if n > 1}
    refused = {entry.recipient for entry in entries if entry.what == REFUSED}
    most = bounds.of_doubts(happened)
    leaving = _leaving(rows, leavers, entries)
    figures: dict[str, Any] = {
        "lost": sum(1 for row in rows.values() if row.state == "sent" and not taken[row.id]),
        "unsettled": sum(states[state] for state in ("pending", "claimed", "handed_over")),
        "duplicates": sum(n - 1 for n in twice.values()),
        "most_for_one": max(taken.values(), default=0),
        "misdelivered": _misdelivered(rows, entries),
        "settled_otherwise_yet_taken": _taken_yet(rows, taken, ("failed", "excluded")),
        "failed_yet_not_refused": sum(1 for r in rows.values() if r.state == "failed" and r.email not in refused),
        "books_unbalanced": len(looks.unbalanced),
        "in_doubt": states["in_doubt"],
        "in_doubt_and_taken": _taken_yet(rows, taken, ("in_doubt",)),
        "in_doubt_at_most": most,
        **leaving,
    }
    never = ["lost", "unsettled", "misdelivered", "settled_otherwise_yet_taken", "failed_yet_not_refused"]
    never += ["books_unbalanced", "marked_after_acknowledged", "unmarked_yet_not_excluded"]
    broken = [f"{name}: {figures[name]}" for name in never if figures[name]]
    broken += [f"in_doubt: {figures['in_doubt']} > {most}"] * (figures["in_doubt"] > most)
    broken += [f"duplicates: {figures['duplicates']}"] * (figures["duplicates"] > (most if bounds.resend else 0))
    return {
        **figures,
        "rows": len(rows),
        "states": dict(states),
        "excluded": dict(Counter(row.reason for row in rows.values() if row.state == "excluded")),
        "doubts": dict(Counter(row.reason for row in rows.values() if row.state == "in_doubt")),
        "ledger": happened,
        "looks": looks.taken,
        "looks_while_database_was_down": looks.failed,
        "unbalanced": looks.unbalanced[:10],
        "broken": broken,
    }


_ROWS = select(
    Delivery.id, Delivery.member_id, Delivery.state, Delivery.reason, Delivery.handed_over_at, Member.email
).join(Member, Member.id == Delivery.member_id)


def _misdelivered(rows: dict[int, Any], entries: list[Entry]) -> int:
    taken = (entry for entry in entries if entry.what == TAKEN)
    return sum(
        1 for entry in taken if entry.delivery_id not in rows or rows[entry.delivery_id].email != entry.recipient
    )


def _taken_yet(rows: dict[int, Any], taken: Counter[int], states: tuple[str, ...]) -> int:
    return sum(1 for row in rows.values() if row.state in states and taken[row.id])


def _leaving(rows: dict[int, Any], leavers: list[Leaver], entries: list[Entry]) -> dict[str, int]:
    """Compare when each row was marked with when its member's leaving was acknowledged, all by one machine's clock."""
    left = {leaver.member_id: leaver for leaver in leavers}
    marked_before = marked_after = 0
    for row in rows.values():
        leaver = left.get(row.member_id)
        if leaver and row.handed_over_at:
            late = row.handed_over_at.astimezone(UTC) > leaver.acknowledged_at
            marked_after += late
            marked_before += not late
    unmarked = [number for leaver in leavers for number in leaver.unmarked]
    late_mail = [
        entry
        for entry in entries
        if entry.what == TAKEN
        and (row := rows.get(entry.delivery_id))
        and row.member_id in left
        and datetime.fromtimestamp(entry.at, UTC) > left[row.member_id].acknowledged_at
    ]
    return {
        "unsubscribes": len(leavers),
        "unsubscribes_with_rows_unmarked": sum(1 for leaver in leavers if leaver.unmarked),
        "rows_unmarked_at_acknowledgement": len(unmarked),
        "unmarked_yet_not_excluded": sum(1 for number in unmarked if rows[number].state != "excluded"),
        "marked_after_acknowledged": marked_after,
        "marked_before_acknowledged": marked_before,
        "taken_after_acknowledged": len(late_mail),
    }
