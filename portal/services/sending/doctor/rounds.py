"""The doctor's rounds: what is looked at, in which order, and for how long at most."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from portal.services.sending.doctor import leaving, lines, sender_records, settings, spf_record, upkeep
from portal.services.sending.doctor.case import Case
from portal.services.sending.doctor.findings import Finding, not_checked
from portal.tools.dns import CouldNotAsk
from portal.tools.patience import TookTooLong, within

LIMIT = 5.0
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Check:
    """One stop. Those that ask the network are left after `LIMIT` seconds; some need a sender to ask about."""

    name: str
    look: Callable[[Case], Iterator[Finding]]
    asks_network: bool = True
    needs_sender: bool = False


CHECKS = (
    Check("settings", settings.look, asks_network=False),
    Check("database", upkeep.look, asks_network=False),
    Check("SPF", spf_record.look, needs_sender=True),
    Check("DKIM", sender_records.look_at_keys, needs_sender=True),
    Check("DMARC", sender_records.look_at_policy, needs_sender=True),
    Check("alignment", sender_records.look_at_alignment, needs_sender=True),
    Check("MX", sender_records.look_at_mail_hosts, needs_sender=True),
    Check("PTR", leaving.look_at_names, needs_sender=True),
    Check("mail server", lines.look_at_server),
    Check("site", lines.look_at_site),
)


def look(check: Check, case: Case) -> list[Finding]:
    """Return what a check finds; whatever the world answers, nothing is raised and nothing waits for ever."""
    if check.needs_sender and not case.domain:
        return [not_checked(check.name, "PORTAL_MAIL_FROM is not set, so there is no domain to ask about.")]
    if not check.asks_network:
        return list(check.look(case))
    found: list[Finding] = []

    def walk() -> None:
        for finding in check.look(case):
            found.append(finding)

    try:
        within(LIMIT, walk)
        return found
    except CouldNotAsk as error:
        why = f"{error}."
    except TookTooLong:
        why = f"It took longer than {LIMIT:.0f} seconds."
    except Exception:
        log.debug("The check %s broke.", check.name, exc_info=True)
        why = "The answer was one that this check does not understand."
    return [*found, not_checked(check.name, why)]
