"""An installation in good order, and everything the DNS says about it; a test spoils what it is about."""

import contextlib
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from portal import config
from portal.services.sending.doctor import case as cases
from portal.services.sending.doctor.case import Case
from portal.services.sending.doctor.findings import Finding
from portal.tools.dns import Resolver
from portal.tools.mail.dkim import make_key, make_signer
from tests.tools.name_server import NameServer, Zone, serving, text

ME = "northwind.example"
OURS, THEIRS = "192.0.2.7", "198.51.100.9"
KEY = make_key(kind="rsa")
SIGNER = make_signer(ME, "rsa2026", KEY)


def good_zone() -> Zone:
    """Return the zone of a domain that keeps its house."""
    return {
        (ME, "TXT"): ['"v=spf1 ip4:192.0.2.7 -all"'],
        (ME, "MX"): ["10 mail.northwind.example."],
        ("mail.northwind.example", "A"): [OURS],
        ("7.2.0.192.in-addr.arpa", "PTR"): ["mail.northwind.example."],
        ("_dmarc.northwind.example", "TXT"): ['"v=DMARC1; p=quarantine"'],
        (SIGNER.record_name, "TXT"): [text(SIGNER.record)],
    }


@contextlib.contextmanager
def opened(
    folder: Path, zone: Zone | None = None, *, addresses: tuple[str, ...] = (), **settings: Any
) -> Iterator[tuple[Case, NameServer]]:
    """Put settings in force that are in good order but for those given, and open the case."""
    key = folder / "rsa.pem"
    key.write_bytes(KEY)
    key.chmod(0o600)
    good = {
        "instance": folder,
        "base_url": "https://talent.northwind.example",
        "secret_keys": ["a-key-for-tests-0123456789abcdefghij"],
        "company_name": "Northwind Robotics",
        "mail_from": "Northwind <talent@northwind.example>",
        "postal_address": "Maashaven 12, 3081 AE Rotterdam",
        "smtp_url": "smtp://mail.northwind.example:587",
        "dkim_key_file": [key],
        "dkim_selector": ["rsa2026"],
        "bounce_domain": ME,
    }
    config.use(config.Settings(**{**good, **settings}))
    with serving(good_zone() if zone is None else zone) as server:
        opened = cases.open_case(Resolver(server.where, patience=1), addresses=addresses)
        yield opened, server


def seen(
    look: Callable[[Case], Iterator[Finding]],
    folder: Path,
    zone: Zone | None = None,
    *,
    addresses: tuple[str, ...] = (),
    **settings: Any,
) -> list[Finding]:
    """Return what a check finds."""
    with opened(folder, zone, addresses=addresses, **settings) as (case, _):
        return list(look(case))


def spoilt(**records: str | list[str] | None) -> Zone:
    """Return the good zone with records replaced: `TXT__northwind__example=…`, None to take one out."""
    zone = good_zone()
    for written, values in records.items():
        kind, _, name = written.partition("__")
        where = name.replace("__", ".").replace("DASH", "-"), kind
        zone.pop(where, None)
        if values is not None:
            listed = [values] if isinstance(values, str) else values
            zone[where] = [text(value) if kind == "TXT" else value for value in listed]
    return zone


def in_the_end(deed: Callable[[], object]) -> None:
    """Do this once a check should long have given up, so that one that waits for ever is red and does not hang."""
    timer = threading.Timer(10, deed)
    timer.daemon = True
    timer.start()


def results(findings: list[Finding]) -> list[tuple[str, str]]:
    """Return what was looked at and what came of it."""
    return [(finding.check, finding.result) for finding in findings]


def only(findings: list[Finding], result: str, told: str) -> Finding:
    """Return the one finding, which has this result and tells this."""
    [finding] = findings
    assert finding.result == result, finding
    assert re.search(told, finding.why), finding
    assert bool(finding.todo) or result in {"ok", "not_checked"}, "it says what to do"
    return finding
