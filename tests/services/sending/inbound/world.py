"""A mail that was sent, for tests of what comes back of it."""

from datetime import date, timedelta
from typing import Any

from portal import clock, config
from portal.extensions import db
from portal.models import Delivery
from tests import factories

DOMAIN = "bounces.northwind.example"


def listen_for_bounces() -> None:
    """Let the settings name a domain for what comes back."""
    config.use(config.current().model_copy(update={"bounce_domain": DOMAIN}))


def sent(**values: Any) -> Delivery:
    """A delivery that the server took an hour ago, or with other `values`; `member` and `membership` may be given."""
    membership = values.pop("membership", None) or factories.membership()
    hour = clock.now() - timedelta(hours=1)
    defaults = {
        "state": "sent",
        "planned_at": hour,
        "handed_over_at": hour,
        "settled_at": hour,
        "reply": "250 2.0.0 ok",
    }
    row = Delivery(
        newsletter=values.pop("newsletter", None) or factories.newsletter(at=membership.community),
        member=membership.member,
        membership=membership,
        consent_id=membership.mail_consent_id,
        **{**defaults, **values},
    )
    db.session.add(row)
    db.session.flush()
    return row


def today() -> date:
    """The day by the portal's clock."""
    return clock.now().date()
