"""Hits: what the pixel and the links of measured mails tell, kept only while the member agrees."""

from sqlalchemy import ColumnElement, and_, func, select, update

from portal import clock
from portal.extensions import db
from portal.models import Delivery, Hit, Member, Newsletter
from portal.services.people import consents
from portal.services.sending import deliveries

KEPT = 10
"""Hits kept of one pixel or one link in one mail: enough to tell a person from a machine later, and one token that is
asked for without end fills no disk."""


def newsletter_of(delivery_id: int) -> Newsletter | None:
    """Return the newsletter that a delivery carried; it stays known when its member is erased."""
    return db.session.scalar(select(Newsletter).join(Delivery).where(Delivery.id == delivery_id))


def is_wanted(delivery_id: int, number: int | None = None) -> bool:
    """Tell, without changing anything, whether a hit on the pixel (no number) or on a link would be kept now."""
    wanted = select(Delivery.id).where(Delivery.id == delivery_id, _MAY_BE_MEASURED)
    return db.session.scalar(wanted) is not None and _kept(delivery_id, number) < KEPT


def keep(delivery_id: int, number: int | None = None) -> bool:
    """Keep a hit, its first time on the delivery, and that a doubtful mail arrived; False where it is not wanted.

    The member is locked while asking (PostgreSQL; SQLite has one writer at a time), so a withdrawal that was
    acknowledged is always seen. The delivery is locked by its change, so hits at the same moment are counted right.
    """
    now, clicked = clock.now(), number is not None
    owner = select(Member.id).join(Delivery, Delivery.member_id == Member.id).where(Delivery.id == delivery_id)
    db.session.execute(owner.with_for_update(read=True, of=Member))
    first = Delivery.clicked_at if clicked else Delivery.opened_at
    change = update(Delivery).where(Delivery.id == delivery_id, _MAY_BE_MEASURED)
    change = change.values({first: func.coalesce(first, now)}).execution_options(synchronize_session=False)
    if db.session.execute(change).rowcount == 0 or _kept(delivery_id, number) >= KEPT:  # type: ignore[attr-defined]
        return False
    db.session.add(Hit(delivery_id=delivery_id, kind="click" if clicked else "open", number=number, hit_at=now))
    deliveries.arrived(Delivery.id == delivery_id, Delivery.state.in_(("pending", "in_doubt")))
    db.session.flush()
    return True


_AGREED: ColumnElement[bool] = (
    select(Member.id)
    .where(Member.id == Delivery.member_id, Member.erased_at.is_(None))
    .where(consents.is_live(Member.id, "measuring"))
    .exists()
)
_MAY_BE_MEASURED = and_(Delivery.measured_at.is_not(None), _AGREED)


def _kept(delivery_id: int, number: int | None) -> int:
    of = (Hit.delivery_id == delivery_id, Hit.kind == ("open" if number is None else "click"), Hit.number == number)
    return db.session.scalar(select(func.count()).select_from(Hit).where(*of)) or 0
