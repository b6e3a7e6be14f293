"""What the pages about communities share: their rows, and words for cadences, states and languages."""

from babel import Locale
from flask import Blueprint, abort
from flask_babel import get_locale
from flask_babel import lazy_gettext as _

from portal.extensions import db
from portal.models import Community

room = Blueprint("communities", __name__, url_prefix="/communities")

KEY = "<int(max=9223372036854775807):key>"

CADENCES = {
    "weekly": _("Every week"),
    "fortnightly": _("Every two weeks"),
    "monthly": _("Every month"),
    "two_months": _("Every two months"),
    "quarterly": _("Every quarter"),
}
STATES = {"open": _("Open"), "closed": _("Closed"), "private": _("Private")}

_LANGUAGES = (
    *("ar", "bg", "bn", "cs", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr", "ga", "he", "hi", "hr", "hu", "id"),
    *("is", "it", "ja", "ko", "lt", "lv", "mt", "nb", "nl", "nn", "pl", "pt", "ro", "ru", "sk", "sl", "sq", "sr", "sv"),
    *("sw", "ta", "th", "tr", "uk", "ur", "vi", "zh"),
)


def languages() -> list[tuple[str, str]]:
    """Return the languages newsletters may be written in, code and name, by their name in the page's language."""
    names = (get_locale() or Locale("en")).languages
    named = [(code, str(names.get(code, code))) for code in _LANGUAGES]
    return sorted(((code, name[:1].upper() + name[1:]) for code, name in named), key=lambda pair: pair[1])


def get(key: int) -> Community:
    """Return the community of the page, or answer 404."""
    return db.session.get(Community, key) or abort(404)
