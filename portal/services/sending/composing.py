"""Composing: what a member gets, the same for preview, test mail and delivery, down to the bytes on the wire."""

from dataclasses import dataclass, replace
from datetime import date

from babel.core import UnknownLocaleError
from babel.dates import format_date

from portal import clock, config
from portal.models import Delivery, Member, Membership, Newsletter
from portal.services.sending import numbered_links, senders
from portal.tools import links
from portal.tools.mail.address import wire_form
from portal.tools.mail.errors import NeedsSmtpUtf8
from portal.tools.mail.message import Mail, compose, make_message_id
from portal.tools.rendering import markdown
from portal.tools.rendering.mail import NewsletterMail, Parts, reason, render_newsletter
from portal.tools.rendering.measuring import with_measured_links
from portal.tools.rendering.words import gettext, gettext_noop


class Unmailable(Exception):
    """No mail can be made for this delivery, whatever the server says; the text says why."""


@dataclass(frozen=True)
class Outgoing:
    """A delivery ready for the wire: envelope addresses and the message as bytes."""

    sender: str
    recipient: str
    data: bytes
    needs_utf8: bool


@dataclass(frozen=True, slots=True)
class Measured:
    """The measured form, for a member who agreed: the address of the pixel, and of each web link by its target.

    Only the HTML part is measured. The text part keeps plain links: it is written to be read as it stands, and whoever
    reads it sees where a link leads.
    """

    pixel_url: str
    addresses: dict[str, str]


@dataclass(frozen=True, slots=True)
class Own:
    """What a newsletter says to one person only."""

    greeting_name: str
    reason: str
    manage_url: str
    unsubscribe_url: str
    measured: Measured | None = None


def measured(newsletter_id: int, *, click: str, pixel: str) -> Measured:
    """Return the measured form of a newsletter for these two tokens; its links were numbered before."""
    numbers = numbered_links.read(newsletter_id)
    return Measured(links.pixel(pixel), {url: links.click(click, number) for url, number in numbers.items()})


def parts(
    newsletter: Newsletter,
    *,
    member: Member | None = None,
    membership: Membership | None = None,
    delivery_id: int | None = None,
    measured: Measured | None = None,
) -> Parts:
    """Render a newsletter for a member. Without a delivery its links carry empty tokens, which open nothing.

    Previews and test mails are never `measured`.
    """
    community = newsletter.community
    if membership is None and member is not None:
        membership = next((m for m in member.memberships if m.community_id == community.id and m.is_active), None)
    ids = (member.id, community.id, delivery_id) if member is not None and delivery_id else (0, 0, 0)
    joined_on = (membership.started_at if membership else clock.now()).date()
    own = Own(
        greeting_name=member.first_name if member else "",
        reason=why(newsletter.language, community.name, joined_on, membership.frequency if membership else "every"),
        manage_url=links.manage(*ids),
        unsubscribe_url=links.unsubscribe(*ids),
        measured=measured,
    )
    return render_newsletter(view(newsletter, own))


def view(newsletter: Newsletter, own: Own) -> NewsletterMail:
    """Return a newsletter with one person's own words in it, as plain values to render."""
    settings, community = config.current(), newsletter.community
    body = markdown.render(newsletter.body)
    if own.measured:
        body = replace(body, html=with_measured_links(body.html, own.measured.addresses))
    return NewsletterMail(
        title=newsletter.title,
        preheader=newsletter.summary,
        body=body,
        company=settings.company_name,
        community=community.name,
        brand=community.brand_color or settings.brand_color,
        logo_url=links.to("/logo") if settings.logo else None,
        archive_url=links.newsletter(community.slug, newsletter.slug),
        manage_url=own.manage_url,
        unsubscribe_url=own.unsubscribe_url,
        postal_address=settings.postal_address,
        reason=own.reason,
        greeting_name=own.greeting_name,
        pixel_url=own.measured.pixel_url if own.measured else "",
        language=newsletter.language,
    )


def why(language: str, community: str, joined_on: date, frequency: str) -> str:
    """Return the sentence that says which joining brought a mail; `language` is the newsletter's."""
    wanted = gettext(language, _FREQUENCIES[frequency])
    return reason(language, community=community, joined_on=_day(joined_on, language), frequency=wanted)


def mail(
    newsletter: Newsletter,
    body: Parts,
    *,
    recipient: tuple[str, str],
    key: str,
    unsubscribe_url: str,
    ways_back: senders.WaysBack,
) -> Mail:
    """Return a delivery in plain values; raise `OurFault` where the settings name no sender."""
    settings, community = config.current(), newsletter.community
    return Mail(
        sender=senders.sender(),
        recipient=recipient,
        reply_to=ways_back.reply_to,
        subject=newsletter.title,
        date=clock.now(),
        message_id=make_message_id(key, settings.host),
        list_id=(community.name, f"{community.slug}.{settings.host}"),
        unsubscribe_url=unsubscribe_url,
        unsubscribe_mailto=ways_back.leave,
        archive_url=links.archive(community.slug),
        feedback_id=f"{newsletter.id}:{community.id}:newsletter:{_label(settings.host)}",
        html=body.html,
        text=body.text,
        language=newsletter.language,
    )


def mail_of(delivery: Delivery, *, smtputf8: bool, measured: Measured | None = None) -> Outgoing:
    """Make one delivery's message whole, the same on every try but for its date.

    It is ASCII, which every server on its way takes, but for an address that cannot be: only that asks for SMTPUTF8.
    Raise `Unmailable`, or `OurFault` where the settings name no sender.
    """
    member, newsletter = delivery.member, delivery.newsletter
    if member is None or not member.email:
        raise Unmailable("the person was erased")
    body = parts(newsletter, member=member, membership=delivery.membership, delivery_id=delivery.id, measured=measured)
    url = links.unsubscribe(member.id, newsletter.community_id, delivery.id)
    ways_back = senders.ways_back()(delivery.id)
    try:
        whole = mail(
            newsletter,
            body,
            recipient=(member.name, member.email),
            key=delivery.message_key,
            unsubscribe_url=url,
            ways_back=ways_back,
        )
        data = compose(whole, smtputf8=smtputf8)
        recipient = wire_form(member.email)
    except (ValueError, NeedsSmtpUtf8) as error:
        raise Unmailable(str(error)) from error
    return Outgoing(sender=ways_back.envelope, recipient=recipient, data=data, needs_utf8=not data.isascii())


_FREQUENCIES = {
    "every": gettext_noop("every newsletter"),
    "monthly": gettext_noop("a monthly digest"),
    "quarterly": gettext_noop("a digest four times a year"),
}


def _day(joined_on: date, language: str) -> str:
    try:
        return format_date(joined_on, format="d MMMM y", locale=language.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return joined_on.isoformat()


def _label(host: str) -> str:
    """Return the sender's name for Feedback-ID, which knows four fields of 5 to 15 letters in its last one."""
    return ("".join(c for c in host if c.isalnum()) + "portal")[:15]
