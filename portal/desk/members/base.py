"""What the pages about members share: the words for how things stand, for mails and for what happened."""

from datetime import date
from typing import Any

from flask import Blueprint, request
from flask_babel import format_date, gettext
from flask_babel import lazy_gettext as _

from portal import clock
from portal.desk.wording import FREQUENCIES, STATUSES
from portal.models import Member
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
