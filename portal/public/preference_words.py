"""What a member gets from a community today, in one breath: the sending side's own answer, in words."""

from flask_babel import LazyString, format_date
from flask_babel import lazy_gettext as _

from portal import clock
from portal.models import Membership
from portal.services.sending import eligibility


def what_comes(membership: Membership) -> LazyString:
    """Say what comes from this community, or why nothing does."""
    member, name = membership.member, membership.community.name
    why = eligibility.reason(member, membership, today=clock.now().date())
    if why == "complained":
        return _(
            "Nothing comes from %(community)s: you told your mail provider that a newsletter of ours was unwanted.",
            community=name,
        )
    if why == "bounced":
        return _(
            "Nothing comes from %(community)s: our last emails could not be delivered to your address.", community=name
        )
    if why == "no_consent":
        return _("You get no newsletters from %(community)s: you have not agreed to them.", community=name)
    if why == "muted":
        day = format_date(membership.muted_at, "d MMMM y")
        return _("You get no newsletters from %(community)s: you stopped them on %(day)s.", community=name, day=day)
    if why == "paused":
        day = format_date(member.paused_until_on, "d MMMM y")
        return _(
            "You paused, so nothing comes from %(community)s before %(day)s. What you chose below holds from then on.",
            community=name,
            day=day,
        )
    return _at_this_pace(membership)


def _at_this_pace(membership: Membership) -> LazyString:
    name = membership.community.name
    if membership.frequency == "every":
        return _("You get the %(community)s newsletters as they come out.", community=name)
    if membership.frequency == "monthly":
        return _(
            "You get the %(community)s newsletters once a month, in one email. "
            "We don’t make these emails yet: until we do, nothing comes.",
            community=name,
        )
    return _(
        "You get the %(community)s newsletters four times a year, in one email. "
        "We don’t make these emails yet: until we do, nothing comes.",
        community=name,
    )
