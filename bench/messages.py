"""Thousands of mails to people with awkward names, in many languages, each read byte by byte.

`python -m bench.messages --mails 10000 --seed 7`. They are made as the worker makes them, signed with RSA and Ed25519,
read by `tests.wire`, compared with the mail made whole as a preview is, and verified by dkimpy. What our rules refuse
as a name or an address is counted and not mailed. Names of `EVERGREEN_DATA` join in where that is set. Exits with 1
where anything is wrong.
"""

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from itertools import islice
from pathlib import Path
from typing import Any

from bench import portal_data, record
from bench.awkward.judging import judge, unstuffed
from bench.awkward.newsletters import Edition, editions
from bench.awkward.people import Typed, people
from portal.extensions import db
from portal.models import Community, Delivery
from portal.services.newsletters import writing
from portal.services.people import consents
from portal.services.people.consents import Circumstances
from portal.services.sending import addressing, numbered_links, pressing, schedule, signing, windows
from portal.services.sending.pressing import Plate, Press
from portal.tools.mail import address
from portal.tools.mail.dkim import make_key
from portal.tools.mail.envelope import Envelope, stuffed
from portal.tools.mail.slots import quoted
from tests import factories

SEED = 20261126
KEPT = 20
MEASURED = 3
"""Of so many members one agrees to measuring, and gets another form."""
SAID = Circumstances(language="en", source="bench")
SETTINGS = {
    "company_name": "Färgwerft & Søn",
    "mail_from": "Färgwerft & Søn <talent@färgwerft.example.org>",
    "base_url": "https://talent.färgwerft.example.org",
    "postal_address": "Loswal 4, 0417 OV Ostervoorde, Københavns Å",
}


@dataclass
class Tally:
    """What was made, refused and found wrong."""

    mails: int = 0
    bytes: int = 0
    needing_smtputf8: int = 0
    measured: int = 0
    names: set[str] = field(default_factory=set)
    languages: set[str] = field(default_factory=set)
    refused_names: int = 0
    refused_addresses: int = 0
    failing: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    shown: list[str] = field(default_factory=list)

    def judged(self, envelope: Envelope, row: Delivery, faults: list[str], *, measured: bool) -> None:
        """Count one mail."""
        assert row.member
        self.mails += 1
        self.bytes += len(envelope.body)
        self.needing_smtputf8 += envelope.needs_utf8
        self.measured += measured
        self.names.add(row.member.name)
        self.languages.add(row.newsletter.language)
        self.failing += bool(faults)
        self.faults.update(faults)
        if faults and len(self.shown) < KEPT:
            self.shown.append(f"{row.member.name!r} {row.member.email} {row.newsletter.language}: {faults}")

    def figures(self) -> dict[str, Any]:
        """Return the counts as plain values."""
        return {
            "mails": self.mails,
            "failures": self.failing,
            "faults": dict(self.faults.most_common(KEPT)),
            "first_failures": self.shown,
            "distinct_names": len(self.names),
            "languages": len(self.languages),
            "needing_smtputf8": self.needing_smtputf8,
            "measured": self.measured,
            "refused_names": self.refused_names,
            "refused_addresses": self.refused_addresses,
            "megabytes": round(self.bytes / 1e6, 1),
        }


def settings(folder: Path) -> dict[str, Any]:
    """Return settings of a company whose every name is beyond ASCII, with fresh keys kept in this folder."""
    kinds = ("rsa", "ed25519")
    for kind in kinds:
        (folder / kind).write_bytes(make_key(kind=kind))
    keys = {"dkim_key_file": [folder / kind for kind in kinds], "dkim_selector": [f"s-{kind}" for kind in kinds]}
    return {**SETTINGS, **keys}


def run(*, mails: int, seed: int, data: Path | None, some: int | None = None, fault: str | None = None) -> Tally:
    """Make the mails in an empty portal that has these settings, or in a broken twin, and judge each.

    `some` newsletters instead of all have to do.
    """
    tally, dice = Tally(), random.Random(seed)
    records = {f"{each.record_name}.".encode(): each.record.encode() for each in signing.signers()}
    typed, planned = people(dice, data), editions(dice)
    planned = dice.sample(planned, some or len(planned))
    with broken(fault) if fault else nullcontext():
        for number, edition in enumerate(planned):
            members = mails * (number + 1) // len(planned) - mails * number // len(planned)
            ids = _address(edition, list(islice(_taken(typed, tally), members)))
            press = Press()
            for plan in windows.read(ids):
                row = db.session.get_one(Delivery, plan.id)
                envelope = press.envelope(plan)
                faults = judge(envelope, row, edition, measured=plan.measured, records=records)
                tally.judged(envelope, row, faults, measured=plan.measured)
            db.session.rollback()
            db.session.expunge_all()
    return tally


def _taken(typed: Iterator[Typed], tally: Tally) -> Iterator[Typed]:
    for each in typed:
        try:
            name = address.clean_name(each.name)
        except address.BadName:
            tally.refused_names += 1
            continue
        try:
            yield Typed(name, address.normalise(each.address))
        except address.BadAddress:
            tally.refused_addresses += 1


def _address(edition: Edition, members: list[Typed]) -> list[int]:
    """Write the newsletter, let it be due, and return its deliveries."""
    community: Community = factories.community(name=edition.community, language="en")
    for number, each in enumerate(members):
        member = factories.member(email=each.address, name=each.name)
        factories.membership(at=community, of=member)
        if number % MEASURED == 0:
            consents.agree(member, "measuring", "You may see what I open.", said=SAID)
    newsletter = writing.draft(
        community, title=edition.title, summary=edition.summary, body=edition.body, language=edition.language
    )
    numbered_links.write(newsletter)
    schedule.send_now(newsletter)
    addressing.address(newsletter)
    rows = db.select(Delivery.id).where(Delivery.newsletter_id == newsletter.id, Delivery.state == "pending")
    ids = list(db.session.scalars(rows.order_by(Delivery.id)))
    assert len(ids) == len(members)
    return ids


def default_policy(sound: Callable[..., Envelope]) -> Callable[..., Envelope]:
    """Break it: the mail is written by Python's own default policy for SMTP."""

    def envelope(self: Plate, planned: windows.Planned) -> Envelope:
        made = sound(self, planned)
        raw = message_from_bytes(unstuffed(made), policy=policy.SMTP).as_bytes()
        return Envelope(made.sender, made.recipient, stuffed(raw), needs_utf8=made.needs_utf8)

    return envelope


def unescaped(_sound: object) -> Callable[[str, str], tuple[bytes, bytes]]:
    """Break it: names stand in HTML as they were typed."""
    return lambda in_html, in_text: (quoted(in_html), quoted(in_text))


def signed_too_soon(sound: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    """Break it: something changes after the mail was signed."""
    return lambda message: sound(message + b".")


FAULTS: dict[str, tuple[object, str, Callable[[Any], Any]]] = {
    "default-policy": (Plate, "envelope", default_policy),
    "unescaped": (pressing, "slot", unescaped),
    "signed-too-soon": (pressing, "signatures", signed_too_soon),
}


@contextmanager
def broken(fault: str) -> Iterator[None]:
    """Break the product on purpose for a while."""
    where, name, twin = FAULTS[fault]
    sound = getattr(where, name)
    setattr(where, name, twin(sound))
    try:
        yield
    finally:
        setattr(where, name, sound)


def main() -> None:
    """Make and judge them, print the counts, and say by the status whether all was right."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mails", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--fault", choices=sorted(FAULTS), help="break the product on purpose: this must fail")
    parser.add_argument("--out", type=Path, help="bench/results/<name>.json")
    asked = parser.parse_args()
    data = os.environ.get("EVERGREEN_DATA")
    begun = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="messages-") as name,
        portal_data.portal(Path(name), **settings(Path(name))),
    ):
        tally = run(mails=asked.mails, seed=asked.seed, data=Path(data) if data else None, fault=asked.fault)
    figures = {**tally.figures(), "hostile_names": bool(data), "seconds": round(time.monotonic() - begun, 1)}
    print(json.dumps(figures, indent=2, ensure_ascii=False))
    if asked.out:
        print(record.write(str(asked.out.resolve().with_suffix("")), figures, seed=asked.seed))
    sys.exit(1 if figures["failures"] else 0)


if __name__ == "__main__":
    main()
