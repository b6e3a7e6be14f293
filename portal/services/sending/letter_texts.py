"""What each kind of letter says, rendered anew at every try from ids alone, so that no secret is ever stored."""

from dataclasses import dataclass

from portal import clock, config
from portal.models import Letter
from portal.services.people import address_checks, joins
from portal.services.sending import composing
from portal.tools import links
from portal.tools.rendering.mail import Parts, render_letter


class NobodyToMail(Exception):
    """The cause of the letter is settled, gone or too old, so it is not sent."""


@dataclass(frozen=True)
class LetterText:
    """A letter ready for the wire; `to` is (name, address)."""

    to: tuple[str, str]
    subject: str
    parts: Parts


def text_of(letter: Letter) -> LetterText:
    """Render the letter; raise `NobodyToMail` when it should not go out any more."""
    if clock.now() >= letter.give_up_at:
        raise NobodyToMail
    render = {"confirm": _confirm, "sign_in": _sign_in, "check_address": _check_address, "test": _test}[letter.kind]
    return render(letter)


def _confirm(letter: Letter) -> LetterText:
    join = letter.join
    if join is None or join.state(clock.now()) != "waiting":
        raise NobodyToMail
    return _render(
        letter,
        ("", join.email),
        community=join.community.name,
        email=join.email,
        url=links.confirm(join.public_id),
        not_me_url=links.not_me(join.public_id),
        days=joins.KEPT_UNCONFIRMED.days,
        hours=round((join.expires_at - join.created_at).total_seconds() / 3600),
    )


def _sign_in(letter: Letter) -> LetterText:
    link = letter.magic_link
    if link is None or link.member is None or link.member.email is None or link.state(clock.now()) != "usable":
        raise NobodyToMail
    return _render(
        letter,
        (link.member.name, link.member.email),
        url=links.sign_in(link.public_id),
        code=links.code_for(link.public_id),
        minutes=round((link.expires_at - link.created_at).total_seconds() / 60),
    )


def _check_address(letter: Letter) -> LetterText:
    member = letter.member
    if member is None or member.email is None or address_checks.state(letter) != "waiting":
        raise NobodyToMail
    url, days = links.check_address(letter.id), address_checks.LIFE.days
    return _render(letter, (member.name, member.email), url=url, days=days)


def _test(letter: Letter) -> LetterText:
    if letter.newsletter is None or letter.recruiter is None:
        raise NobodyToMail
    parts = composing.parts(letter.newsletter, member=letter.member)
    to = (letter.recruiter.name, letter.recruiter.email)
    return LetterText(to=to, subject=f"[Test] {letter.newsletter.title}", parts=parts)


def _render(letter: Letter, to: tuple[str, str], **values: object) -> LetterText:
    settings = config.current()
    parts = render_letter(
        letter.kind,
        language=letter.language,
        logo_url=links.to("/logo") if settings.logo else None,
        company=settings.company_name,
        brand=settings.brand_color,
        postal_address=settings.postal_address,
        **values,
    )
    return LetterText(to=to, subject=parts.subject, parts=parts)
