"""What the pages about one newsletter share: its row, its page numbers, and the words for states and reasons."""

from typing import Any

from flask import Blueprint, abort, request
from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from portal.extensions import db
from portal.models import Newsletter
from portal.services.sending import fates

room = Blueprint("newsletters", __name__, url_prefix="/newsletters")

PAGE = 50
LARGEST_KEY = 2**63 - 1

STATES: dict[str, LazyString] = {
    "draft": _("Draft"),
    "scheduled": _("Scheduled"),
    "sending": _("Sending"),
    "sent": _("Sent"),
}


@room.context_processor
def _words() -> dict[str, Any]:
    return {
        "states": STATES,
        "fates": fates.FATES,
        "fates_explained": fates.FATES_EXPLAINED,
        "reasons": fates.REASONS,
        "reasons_explained": fates.REASONS_EXPLAINED,
    }


def get(key: int) -> Newsletter:
    """Return the newsletter, or answer 404."""
    return (db.session.get(Newsletter, key) if key <= LARGEST_KEY else None) or abort(404)


def page_number() -> int:
    """Return the wanted page of a long list, 1 when it is missing or nonsense."""
    wanted = request.args.get("page", "1")
    return int(wanted) if wanted.isascii() and wanted.isdigit() and 0 < int(wanted) < 1_000_000 else 1
