"""The installation as the doctor finds it: settings, whom mails come from, and what carries them away."""

from collections.abc import Sequence
from dataclasses import dataclass

from portal import config
from portal.config import Settings
from portal.services.sending import senders
from portal.tools.dns import Resolver
from portal.tools.mail.relay import Relay, parse_relay


@dataclass(frozen=True)
class Case:
    """What every check starts from.

    `domain` is the one in From, "" while nobody is named; `relay` is None while mails go to the outbox; `addresses` are
    those that mail leaves from, as somebody who knows them named them.
    """

    settings: Settings
    dns: Resolver
    domain: str
    relay: Relay | None
    addresses: tuple[str, ...]

    @property
    def envelope_domain(self) -> str:
        """The domain of the envelope sender: where bounces go, and whose SPF record counts."""
        return self.settings.bounce_domain or self.domain


def open_case(dns: Resolver, *, addresses: Sequence[str] = ()) -> Case:
    """Return the case of the settings in force."""
    settings = config.current()
    domain = senders.sender()[1].rpartition("@")[2].lower() if settings.mail_from else ""
    relay = parse_relay(settings.smtp_url) if settings.smtp_url else None
    return Case(settings, dns, domain, relay, tuple(addresses))
