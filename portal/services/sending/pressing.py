"""Pressing: a newsletter is made once in each of its forms, and a member's mail is a matter of filling it in."""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache

from portal import clock, config
from portal.extensions import db
from portal.models import Newsletter
from portal.models.delivery import message_key
from portal.services.sending import composing, deliveries, senders
from portal.services.sending.composing import Own, Unmailable
from portal.services.sending.signing import signatures
from portal.services.sending.windows import Planned
from portal.tools import links
from portal.tools.links import Purpose
from portal.tools.mail.address import wire_form
from portal.tools.mail.compiled import Compiled, Personal, slot
from portal.tools.mail.envelope import CLOSING_DOT, Envelope, stuffed
from portal.tools.mail.errors import MailError, NeedsSmtpUtf8
from portal.tools.mail.message import make_message_id
from portal.tools.mail.slots import new_marker
from portal.tools.rendering.mail import render_newsletter
from portal.tools.rendering.wrapping import wrap_all


class NotPrintable(Exception):
    """No mail can be made of this newsletter for anybody; the text says why."""


class Press:
    """Makes mails for one run of the worker; what it compiled is forgotten with it."""

    def __init__(self) -> None:
        self._plates: dict[tuple[int, bool, bool], Plate] = {}
        self._numbered: set[int] = set()

    def unnumbered(self, planned: Iterable[Planned]) -> set[int]:
        """Return the newsletters that are to be measured for the first time in this run, each told once.

        Their links must be numbered, and that committed, before a mail of them is made.
        """
        found = {each.newsletter_id for each in planned if each.measured} - self._numbered
        self._numbered |= found
        return found

    def envelope(self, planned: Planned) -> Envelope:
        """Return the mail of a delivery, ready for the wire; raise `Unmailable` or `NotPrintable`."""
        if planned.member_id is None or not planned.email:
            raise Unmailable("the person was erased")
        plate = self._plate(planned)
        try:
            return plate.envelope(planned)
        except NeedsSmtpUtf8:
            return _whole(planned)
        except ValueError as error:
            raise Unmailable(str(error)) from error

    def _plate(self, planned: Planned) -> "Plate":
        form = planned.newsletter_id, bool(planned.name.split()), planned.measured
        if form not in self._plates:
            newsletter = db.session.get_one(Newsletter, planned.newsletter_id)
            try:
                self._plates[form] = Plate(newsletter, greets=form[1], measured=form[2])
            except MailError:
                raise
            except Exception as error:
                raise NotPrintable(str(error)) from error
        return self._plates[form]


class Plate:
    """One newsletter in one form: with a greeting or without, measured or not."""

    def __init__(self, newsletter: Newsletter, *, greets: bool, measured: bool = False) -> None:
        """Compile it; raise `UnsafeHeader` or `BadAddress` where no mail can be made of it."""
        self._host = config.current().host
        self._community_id = newsletter.community_id
        self._why = newsletter.language, newsletter.community.name
        markers = {slot: new_marker() for slot in _SLOTS}
        own = Own(
            greeting_name=markers["name"] if greets else "",
            reason=markers["reason"],
            manage_url=links.to(f"/m/{markers['manage']}"),
            unsubscribe_url=links.to(f"/u/{markers['unsubscribe']}"),
            measured=(
                composing.measured(newsletter.id, click=markers["click"], pixel=markers["pixel"]) if measured else None
            ),
        )
        body = render_newsletter(composing.view(newsletter, own))
        self._ways_back = senders.ways_back()
        nobody = ("", "nobody@example.org")  # Each member's own line takes its place.
        mail = composing.mail(
            newsletter, body, recipient=nobody, key="0", unsubscribe_url=links.to("/u/0"), ways_back=self._ways_back(0)
        )
        self._compiled = Compiled(mail, {marker: slot for slot, marker in markers.items()})
        self._manage, self._unsubscribe = links.mint(Purpose.MANAGE), links.mint(Purpose.UNSUBSCRIBE)
        self._measuring = {name: links.mint(purpose) for name, purpose in _MEASURING.items()} if measured else {}

    def envelope(self, planned: Planned) -> Envelope:
        """Fill it for one member."""
        assert planned.member_id is not None
        ids = links.standing(planned.member_id, self._community_id, planned.id)
        manage, unsubscribe = self._manage(ids), self._unsubscribe(ids)
        name = planned.name.split()[0] if planned.name.split() else ""
        joined_on = (planned.joined_at or clock.now()).date()
        reason = _reason(*self._why, joined_on, planned.frequency)
        back = self._ways_back(planned.id)
        data = self._compiled.fill(
            Personal(
                recipient=(planned.name, planned.email),
                date=clock.now(),
                message_id=make_message_id(message_key(planned.id, planned.planned_at), self._host),
                reply_to=back.reply_to,
                unsubscribe_uris=[links.to(f"/u/{unsubscribe}"), *([back.leave] if back.leave else [])],
                words={
                    "name": slot(name, name),
                    "reason": reason,
                    "manage": (manage.encode(), manage.encode()),
                    "unsubscribe": (unsubscribe.encode(), unsubscribe.encode()),
                    **{name: (mint(str(planned.id)).encode(), b"") for name, mint in self._measuring.items()},
                },
            )
        )
        # No line of a filled mail begins with a dot, so nothing has to be stuffed.
        return Envelope(back.envelope, wire_form(planned.email), b"".join((signatures(data), data, CLOSING_DOT)))


_MEASURING = {"click": Purpose.CLICK, "pixel": Purpose.PIXEL}
_SLOTS = ("name", "reason", "manage", "unsubscribe", *_MEASURING)


@lru_cache(maxsize=4096)
def _reason(language: str, community: str, joined_on: date, frequency: str) -> tuple[bytes, bytes]:
    """Return the sentence for HTML and, in lines, for text."""
    reason = composing.why(language, community, joined_on, frequency)
    return slot(reason, wrap_all(reason))


def _whole(planned: Planned) -> Envelope:
    """Make a mail that needs SMTPUTF8 by itself: its headers are in another alphabet."""
    tokens = {name: links.sign(purpose, str(planned.id)) for name, purpose in _MEASURING.items()}
    measured = composing.measured(planned.newsletter_id, **tokens) if planned.measured else None
    outgoing = composing.mail_of(deliveries.get(planned.id), smtputf8=True, measured=measured)
    signed = signatures(outgoing.data) + outgoing.data
    return Envelope(outgoing.sender, outgoing.recipient, stuffed(signed), needs_utf8=True)
