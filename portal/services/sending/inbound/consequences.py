"""Consequences of what is told: the delivery's fate, and who may still be mailed. Told twice, it happens once."""

from datetime import datetime

from sqlalchemy import ColumnElement, case, or_, update
from sqlalchemy.exc import IntegrityError

from portal import clock
from portal.extensions import db
from portal.models import Delivery, Incoming, Member, Report, Touchpoint
from portal.services.people import memberships, suppressions
from portal.services.sending import deliveries, holding
from portal.services.sending.inbound import soft_bounces, tying
from portal.services.sending.inbound.told import Told

LONGEST_WORDS = 20_000
_FATES = {
    "hard": "bounced_at",
    "soft": "bounced_at",
    "policy": "bounced_at",
    "complaint": "complained_at",
    "delivered": "delivered_at",
    "auto_reply": "delivered_at",
    "reply": "replied_at",
}
_GRAVITY = ("policy", "soft", "hard")


def apply(told: Told, *, incoming: Incoming | None = None, proved: bool = False) -> Report | None:
    """Write down what is told and act upon it; None where it was told before. The caller commits.

    `proved` is True for what a provider signed: its word about an address counts without a signed address of ours.
    """
    tie = tying.tie(told, proved=proved)
    told_kind = "soft" if told.kind == "hard" and not tying.is_about(told, tie.member) else told.kind
    report = _write(told, told_kind, tie, incoming)
    if report is None:
        return None
    if tie.delivery is not None:
        _tell_fate(tie.delivery, told_kind, told.happened_at)
    if tie.member is not None:
        _act(report, told, tie.member)
    db.session.flush()
    return report


def _write(told: Told, kind: str, tie: tying.Tie, incoming: Incoming | None) -> Report | None:
    report = Report(
        incoming_id=incoming.id if incoming else None,
        delivery_id=tie.delivery.id if tie.delivery else None,
        member_id=tie.member.id if tie.member else None,
        kind=kind,
        status=told.status[:20],
        reply=told.reply.replace("\0", "")[:500],
        key=told.key[:200],
        happened_at=told.happened_at,
        recorded_at=clock.now(),
    )
    try:
        with db.session.begin_nested():
            db.session.add(report)
    except IntegrityError:
        return None
    return report


def _tell_fate(delivery: Delivery, kind: str, at: datetime) -> None:
    """Keep the first moment of this fate, the gravest bounce, and that a doubtful mail had left."""
    name = _FATES.get(kind)
    if name is None:
        return
    moment = getattr(Delivery, name)
    values: dict[str, object] = {name: case((or_(moment.is_(None), moment > at), at), else_=moment)}
    if name == "bounced_at":
        values["bounce_kind"] = case((_is_graver(kind), kind), else_=Delivery.bounce_kind)
    # What the server refused at once has failed already, and never bounced.
    db.session.execute(update(Delivery).where(Delivery.id == delivery.id, Delivery.state != "failed").values(values))
    deliveries.arrived(Delivery.id == delivery.id, Delivery.state.in_(("pending", "in_doubt")))
    db.session.expire(delivery)


def _is_graver(kind: str) -> ColumnElement[bool]:
    return Delivery.bounce_kind.in_(["", *_GRAVITY[: _GRAVITY.index(kind)]])


def _act(report: Report, told: Told, member: Member) -> None:
    match report.kind:
        case "hard" if _still_counts(report):
            suppressions.suppress(member.id, "bounced", reason="no_mailbox", reply=report.reply, report=report)
        case "soft" if _still_counts(report) and soft_bounces.are_too_many(member.id):
            suppressions.suppress(member.id, "bounced", reason="too_often", reply=report.reply, report=report)
        case "complaint" if _still_counts(report):
            suppressions.suppress(member.id, "complained", reason="complaint", reply=report.reply, report=report)
            if report.delivery_id:
                holding.hold_for_complaints(db.session.get_one(Delivery, report.delivery_id).newsletter)
        case "delivered" | "auto_reply" if not soft_bounces.are_too_many(member.id):
            suppressions.withdraw(member.id, reason="too_often")
        case "reply":
            _keep_reply(report, told, member)
        case "leave":
            _leave(report)


def _still_counts(report: Report) -> bool:
    """False for what is told of a mail from before the member came back: the address was proved since."""
    back_at = suppressions.last_lifted_at(report.member_id) if report.member_id else None
    delivery = db.session.get(Delivery, report.delivery_id) if report.delivery_id else None
    told_of = (delivery.handed_over_at if delivery else None) or report.happened_at
    return back_at is None or told_of > back_at


def _keep_reply(report: Report, told: Told, member: Member) -> None:
    delivery = db.session.get(Delivery, report.delivery_id) if report.delivery_id else None
    words, quoted = (text.replace("\0", "")[:LONGEST_WORDS] for text in (told.words, told.quoted))
    db.session.add(
        Touchpoint(
            member_id=member.id,
            community_id=delivery.newsletter.community_id if delivery else None,
            delivery_id=report.delivery_id,
            kind="reply",
            note=words,
            quoted=quoted,
            happened_at=told.happened_at,
        )
    )


def _leave(report: Report) -> None:
    """Stop the newsletters of the community whose mail was answered so, as its unsubscribe link does."""
    delivery = db.session.get(Delivery, report.delivery_id) if report.delivery_id else None
    if delivery is None or report.member_id is None:
        return
    standing = memberships.standing(report.member_id, delivery.newsletter.community_id)
    if standing.membership:
        memberships.mute(standing.membership)
