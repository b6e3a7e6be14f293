"""What the desk calls how things stand with a member, wherever it says so."""

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

STATUSES: dict[str, LazyString] = {
    "active": _("Member"),
    "muted": _("Muted"),
    "paused": _("Paused"),
    "bounced": _("Address bounces"),
    "complained": _("Complained"),
    "ended": _("Left"),
}

FREQUENCIES: dict[str, LazyString] = {
    "every": _("Every newsletter"),
    "monthly": _("Monthly"),
    "quarterly": _("Quarterly"),
}
