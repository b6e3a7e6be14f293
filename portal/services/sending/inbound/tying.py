"""Tying what is told to one of our deliveries, by what only we and those we told can know."""

import re
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from portal import clock, config
from portal.extensions import db
from portal.models import Delivery, Member
from portal.services.sending.inbound.told import Told
from portal.tools.mail import return_address
from portal.tools.mail.address import key as address_key
from portal.tools.mail.return_address import BadReturnAddress

_MESSAGE_ID = re.compile(r"<(delivery\.([1-9][0-9]{0,18})\.[0-9]{1,12})@([A-Za-z0-9.-]+)>")
_RECENT = timedelta(days=30)
"""A provider that tells only an address speaks of the latest mail to it, as long as that is not long ago."""


@dataclass(frozen=True)
class Tie:
    """The delivery and the person that something is about; None for what cannot be known, or is gone."""

    delivery: Delivery | None = None
    member: Member | None = None


def tie(told: Told, *, proved: bool) -> Tie:
    """Return what it is about; `proved` is True where the teller signed it, so that its words are believed, too."""
    delivery_id = told.delivery_id or (_told_id(told) if proved else None)
    delivery = db.session.get(Delivery, delivery_id) if delivery_id else None
    if delivery is not None:
        return Tie(delivery, delivery.member)
    return _by_address(told.recipient) if proved and told.recipient else Tie()


def is_about(told: Told, member: Member | None) -> bool:
    """True where no recipient is told, or this person's own address: where they forward to is another mailbox."""
    return not told.recipient or (member is not None and _key(told.recipient) == member.email_key)


def _told_id(told: Told) -> int | None:
    try:
        return return_address.read(told.return_path)[1]
    except BadReturnAddress:
        pass
    found = _MESSAGE_ID.fullmatch(told.message_id.strip())
    if not found or found[3].lower() != config.current().host:
        return None
    delivery = db.session.get(Delivery, int(found[2]))
    return delivery.id if delivery is not None and delivery.message_key == found[1] else None


def _by_address(recipient: str) -> Tie:
    member = db.session.scalars(select(Member).where(Member.email_key == _key(recipient))).one_or_none()
    if member is None:
        return Tie()
    sent = (Delivery.member_id == member.id, Delivery.handed_over_at > clock.now() - _RECENT)
    latest = select(Delivery).where(*sent).order_by(Delivery.handed_over_at.desc()).limit(1)
    return Tie(db.session.scalars(latest).one_or_none(), member)


def _key(address: str) -> str:
    try:
        return address_key(address)
    except ValueError:
        return ""
