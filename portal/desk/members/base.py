"""What the pages about members share: the words for how things stand, for mails and for what happened."""

from datetime import date
from typing import Any

from flask import Blueprint, request
from flask_babel import LazyString, format_date, gettext
from flask_babel import lazy_gettext as _

from portal import clock
from portal.desk.wording import FREQUENCIES, STATUSES
from portal.models import Member, Touchpoint
from portal.services.people import members
from portal.tools import text

room = Blueprint("members", __name__, url_prefix="/members")

BADGES = {"active": "ok", "muted": "", "paused": "", "bounced": "warn", "complained": "warn", "ended": "line"}

PURPOSES = {
    "mail": _("Newsletters"),
    "matching": _("Being considered for roles"),
    "measuring": _("Measuring what is read"),
}

FATES = {
    "pending": _("Waiting to be sent"),
    "claimed": _("Waiting to be sent"),
    "handed_over": _("Being sent"),
    "sent": _("Sent"),
    "failed": _("Refused by the mail server"),
    "in_doubt": _("In doubt: it may have arrived"),
    "excluded": _("Not sent"),
}
FATE_BADGES = {"sent": "ok", "failed": "danger", "in_doubt": "warn", "excluded": "line"}

REASONS = {
    "erased": _("erased"),
    "left": _("had left the community"),
    "bounced": _("the address bounces"),
    "complained": _("had complained about a newsletter"),
    "muted": _("had muted this community"),
    "no_consent": _("no consent to newsletters"),
    "paused": _("was paused"),
    "not_due_yet": _("not due yet at this frequency"),
    "cancelled": _("sending was cancelled"),
}


def page_number() -> int:
    """Return the wanted page of a long list, 1 when it is missing or nonsense."""
    wanted = request.args.get("page", "1")
    return int(wanted) if wanted.isascii() and wanted.isdigit() and 0 < int(wanted) < 1_000_000 else 1


PICTURES = {
    "joined": "user-plus",
    "left": "user-minus",
    "paused": "pause",
    "reply": "message-square",
    "bounced": "mail-x",
    "complained": "ban",
    "returned": "undo-2",
}


@room.context_processor
def _words() -> dict[str, Any]:
    return {
        "statuses": STATUSES,
        "badges": BADGES,
        "frequencies": FREQUENCIES,
        "purposes": PURPOSES,
        "fates": FATES,
        "fate_badges": FATE_BADGES,
        "reasons": REASONS,
        "standing_of": _standing_of,
        "initials_of": _initials_of,
        "said_of": _said_of,
        "pictures": PICTURES,
        "printable": text.printable,
        "happened": _happened,
    }


def _standing_of(member: Member) -> str:
    return members.standing(member, clock.now().date())


def _initials_of(member: Member) -> str:
    return text.initials(member.name, member.email or "")


def _said_of(member: Member) -> str:
    """Say how things stand in a word or two; a pause says until when."""
    standing = _standing_of(member)
    if standing == "paused":
        return gettext("Paused until %(day)s", day=_day(member.paused_until_on))
    return str(STATUSES[standing])


def _day(day: date | None) -> str:
    return format_date(day, "d MMMM y") if day else ""


def _happened(touchpoint: Touchpoint) -> str:
    """Say in a line what an entry of somebody's story is."""
    where = touchpoint.community.name if touchpoint.community else ""
    said = {
        "joined": _("Joined %(community)s", community=where),
        "left": _("Left %(community)s", community=where),
        "paused": _("Paused all newsletters"),
        "reply": _answered(touchpoint),
        "bounced": _("Mail to their address came back, so newsletters are stopped"),
        "complained": _("Told their mail provider that a newsletter was unwanted, so all are stopped"),
        "returned": _("Came back: newsletters are sent again"),
    }
    return str(said.get(touchpoint.kind) or _noted(touchpoint, where))


def _answered(touchpoint: Touchpoint) -> LazyString:
    if touchpoint.delivery is None:
        return _("Answered a newsletter")
    return _("Answered “%(title)s”", title=touchpoint.delivery.newsletter.title)


def _noted(touchpoint: Touchpoint, where: str) -> LazyString:
    by = touchpoint.recruiter
    if by is not None:
        return _("Note by %(name)s", name=by.name or by.email)
    return _("About %(community)s", community=where) if where else _("Note")
