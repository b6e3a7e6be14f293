"""The schedule: when a newsletter starts, and how a person holds, releases or cancels it."""

from datetime import datetime, timedelta

from sqlalchemy import Select, select, update

from portal import clock, config
from portal.extensions import db
from portal.models import Delivery, Newsletter
from portal.services.sending import plans, starts
from portal.services.sending.errors import (
    AlreadySending,
    NoPostalAddress,
    NothingToSend,
    NotScheduled,
    TooEarly,
)

_LOOK_AHEAD = timedelta(days=2)


def schedule(newsletter: Newsletter, *, at: datetime, wall: str = "", zone: str = "") -> None:
    """Start at that moment, or when the community's hours open after it. Raise a `SendingRefused`.

    `wall` and `zone` keep what the person typed; the hours are meant in that zone, and without one in the company's.
    """
    _refuse_unsendable(newsletter)
    if at < clock.now() - starts.GRACE:
        raise TooEarly
    _keep(newsletter, at=starts.next_opening(newsletter.community, zone, at=at).at, wall=wall, zone=zone, local=False)


def schedule_local(newsletter: Newsletter, *, wall: datetime, zone: str) -> None:
    """Start when each person's own clock shows this; `zone` stands in where we do not know theirs.

    Whose clock has passed it already gets it a day later. Raise a `SendingRefused`, `TooEarly` when that is everyone.
    """
    _refuse_unsendable(newsletter)
    wanted = starts.Timing(starts.home(zone), starts.allowed_hours(newsletter.community), wall=wall)
    if wanted.is_long_past(clock.now()):
        raise TooEarly
    _freeze_rules(newsletter)
    planned = plans.plan(newsletter, wanted)
    if all(start.days_later for start in planned):
        raise TooEarly
    _keep(newsletter, at=planned[0].at, wall=wall.isoformat(timespec="minutes"), zone=zone, local=True)


def send_now(newsletter: Newsletter) -> None:
    """Start as soon as a worker looks; a second click finds `AlreadySending`."""
    schedule(newsletter, at=clock.now())


def unschedule(newsletter: Newsletter) -> None:
    """Make it a draft again; raise `NotScheduled` when it is not waiting."""
    if newsletter.state != "scheduled":
        raise NotScheduled
    newsletter.send_at, newsletter.send_wall, newsletter.send_zone = None, "", ""
    newsletter.send_local, newsletter.audience_rules = False, None
    newsletter.release(clock.now())
    db.session.flush()


def confirm_late(newsletter: Newsletter) -> None:
    """Let a newsletter that missed its hour start after all, or go on where the hour of some has been missed."""
    if newsletter.state not in {"scheduled", "sending"}:
        raise NotScheduled
    newsletter.late_confirmed_at = clock.now()
    newsletter.release(clock.now())
    db.session.flush()


def hold(newsletter: Newsletter, *, reason: str = "") -> None:
    """Pause: nothing more is handed over until a person releases it."""
    if newsletter.state not in {"scheduled", "sending"}:
        raise NotScheduled
    newsletter.hold(clock.now(), reason=reason)
    db.session.flush()


def release(newsletter: Newsletter) -> None:
    """Let a held newsletter go on; whose hour passed meanwhile is not asked about again."""
    if newsletter.state == "sending":
        newsletter.late_confirmed_at = clock.now()
    newsletter.release(clock.now())
    db.session.flush()


def cancel(newsletter: Newsletter) -> int:
    """Stop for good: what was not yet handed over is excluded as cancelled. Return how many rows that was."""
    if newsletter.state != "sending":
        raise NotScheduled
    now = clock.now()
    newsletter.cancelled_at = newsletter.cancelled_at or now
    newsletter.release(now)
    waiting = (Delivery.newsletter_id == newsletter.id) & (Delivery.state.in_(("pending", "claimed")))
    stopped = (
        update(Delivery)
        .where(waiting)
        .values(state="excluded", reason="cancelled", settled_at=now, due_at=None, claimed_by=None)
    )
    return int(db.session.execute(stopped).rowcount)  # type: ignore[attr-defined]


def due() -> list[Newsletter]:
    """Return the newsletters whose moment has come; one that is hours late is held and asks instead."""
    now = clock.now()
    _bring_forward(now)
    rows = db.session.scalars(_waiting().where(Newsletter.send_at <= now).with_for_update()).all()
    return [newsletter for newsletter in rows if not _held_as_late(newsletter, now)]


def _waiting() -> Select[Newsletter]:
    rows = select(Newsletter).where(Newsletter.addressed_at.is_(None), Newsletter.send_at.is_not(None))
    return rows.where(Newsletter.held_at.is_(None), Newsletter.cancelled_at.is_(None)).order_by(Newsletter.send_at)


def _bring_forward(now: datetime) -> None:
    """Start local newsletters sooner where somebody came in whose clock is ahead of all others."""
    soon = (Newsletter.send_local, Newsletter.send_at > now, Newsletter.send_at <= now + _LOOK_AHEAD)
    for newsletter in db.session.scalars(_waiting().where(*soon)):
        first = plans.plan(newsletter, starts.timing(newsletter))[0].at
        if newsletter.send_at is not None and first < newsletter.send_at:
            newsletter.send_at = first
    db.session.flush()


def _held_as_late(newsletter: Newsletter, now: datetime) -> bool:
    assert newsletter.send_at is not None
    if newsletter.late_confirmed_at is not None or now - newsletter.send_at < starts.LATE:
        return False
    newsletter.hold(now, reason="late")
    db.session.flush()
    return True


def _refuse_unsendable(newsletter: Newsletter) -> None:
    if newsletter.state in {"sending", "sent"} or newsletter.cancelled_at:
        raise AlreadySending
    if not config.current().postal_address.strip():
        raise NoPostalAddress
    if not newsletter.title.strip() or not newsletter.body.strip():
        raise NothingToSend


def _keep(newsletter: Newsletter, *, at: datetime, wall: str, zone: str, local: bool) -> None:
    newsletter.send_at, newsletter.send_wall, newsletter.send_zone = at, wall, zone
    newsletter.send_local, newsletter.late_confirmed_at = local, None
    _freeze_rules(newsletter)
    newsletter.release(clock.now())
    db.session.flush()


def _freeze_rules(newsletter: Newsletter) -> None:
    newsletter.audience_rules = newsletter.segment.rules if newsletter.segment else None
