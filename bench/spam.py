"""What SpamAssassin thinks of the mails of real newsletters, of the demo's, and of the letters; without any network.

`python -m bench.spam` needs Debian's `spamassassin`. Each mail is made as the worker makes it, measured and not, signed
with both kinds of key, and has come in from outside. Newsletters of `EVERGREEN_DATA` join in where that is set. Exits
with 1 where the points against a mail are 1 or more: 5 is what counts as spam.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from bench import portal_data, record
from bench.awkward.judging import unstuffed
from bench.messages import settings
from portal import clock, config
from portal.extensions import db
from portal.models import Community, Delivery, Member, Newsletter
from portal.services.exchange import demo
from portal.services.newsletters import imports
from portal.services.people import consents, joins, magic_links
from portal.services.people.consents import Circumstances
from portal.services.sending import numbered_links, windows
from portal.services.sending.pressing import Press
from portal.tools.mail import outbox
from portal.worker import chores, shift
from tests import factories

MOST = 1.0
MISSING = "spamassassin is missing: apt install --no-install-recommends spamassassin"
# No network, no training, no preferences of whoever runs it: the same verdict everywhere.
WORDS = (
    "spamassassin",
    "--local",
    "--mbox",
    "--test-mode",
    "--nocreate-prefs",
    "--cf=use_bayes 0",
    "--cf=report_safe 0",
)
_FROM = b"From talent@example.net Thu Jan  1 00:00:00 2026"
_RULE = re.compile(r"^ ?(-?\d+\.\d+) ([A-Z0-9_]+) ", re.MULTILINE)
_SCORE = re.compile(rb"^X-Spam-Status: \w+, score=(-?\d+\.\d+)", re.MULTILINE)


@dataclass(frozen=True)
class Verdict:
    """What a mail scores, and by which rules, each with its points."""

    name: str
    score: float
    rules: dict[str, float]

    @property
    def against(self) -> float:
        """The points against it, whatever speaks for it."""
        return round(sum(points for points in self.rules.values() if points > 0), 1)


def mails(data: Path | None) -> Iterator[tuple[str, bytes]]:
    """Yield the mails of all newsletters in both forms, and the letters, by name; the portal must be empty."""
    demo.load()
    if data:
        community = factories.community(slug="systems", name="Systems people")
        for path in sorted((data / "newsletters").glob("[0-9]*.md")):
            imports.import_markdown(path.read_text(encoding="utf-8"), filename=path.name, community=community)
    people = {"plain": factories.member(email="zoe@example.org", name="Zoë Ohara")}
    people["measured"] = factories.member(email="taro@example.org", name="日本 太郎")
    said = Circumstances(language="en", source="bench")
    consents.agree(people["measured"], "measuring", "You may see what I open.", said=said)
    for newsletter in db.session.scalars(db.select(Newsletter).order_by(Newsletter.id)).all():
        for form, member in people.items():
            yield f"{newsletter.slug} {form}", _from_outside(_mail(newsletter, member))
    yield from ((f"letter {name}", _from_outside(raw)) for name, raw in _letters(newsletter.community))


def judge(named: Sequence[tuple[str, bytes]]) -> list[Verdict]:
    """Ask SpamAssassin about mails, all at once, as starting it takes seconds."""
    box = b"".join(_FROM + b"\n" + raw.replace(b"\r\n", b"\n") + b"\n" for _name, raw in named)
    done = subprocess.run(WORDS, input=box, capture_output=True, check=True)
    # It takes them in an order of its own.
    told = {_message_id(each): each for each in re.split(rb"^(?=From \S)", done.stdout, flags=re.MULTILINE)[1:]}
    assert len(told) == len(named)
    return [_verdict(name, told[_message_id(raw)]) for name, raw in named]


def _message_id(raw: bytes) -> bytes:
    found = re.search(rb"^Message-ID: (\S+)", raw, re.MULTILINE)
    assert found
    return found[1]


def _verdict(name: str, told: bytes) -> Verdict:
    found = _SCORE.search(told)
    assert found, told[:2000].decode(errors="replace")
    rules = {rule: float(points) for points, rule in _RULE.findall(told.decode(errors="replace"))}
    return Verdict(name, float(found[1]), rules)


def undated(raw: bytes) -> bytes:
    """Break it: the mail does not say when it was written."""
    return re.sub(rb"\r\nDate: [^\r]*", b"", raw, count=1)


FAULTS: dict[str, Callable[[bytes], bytes]] = {"undated": undated}


def _mail(newsletter: Newsletter, member: Member) -> bytes:
    membership = next((each for each in member.memberships if each.community_id == newsletter.community_id), None)
    now = clock.now()
    row = Delivery(
        newsletter=newsletter,
        member=member,
        membership=membership or factories.membership(at=newsletter.community, of=member),
        state="pending",
        planned_at=now,
        due_at=now,
    )
    db.session.add(row)
    numbered_links.write(newsletter)
    db.session.flush()
    return unstuffed(Press().envelope(windows.read([row.id])[0]))


def _letters(community: Community) -> Iterator[tuple[str, bytes]]:
    """Post a confirm letter and a sign-in letter; without a mail server they land in the outbox."""
    answers = joins.Answers(name="Ngozi Okafor", interests=[], frequency="every", consents={})
    said = Circumstances(language="en", source="join form")
    joins.hold(community, "ngozi@example.org", answers, said=said, secret="x" * 43)
    magic_links.ask("zoe@example.org", language="en", secret="x" * 43)
    db.session.commit()
    chores.post_letters()
    shift.end()
    folder = config.current().outbox
    for entry in outbox.list_mails(folder).entries:
        yield entry.subject, outbox.read_mail(folder, entry.key).raw


def _from_outside(raw: bytes) -> bytes:
    """Let a mail server write above it where it came from; an address kept for documents would count against it."""
    arrived = format_datetime(clock.now())
    return (
        "Return-Path: <talent@xn--frgwerft-0za.example.org>\r\n"
        "Received: from mail.example.net (mail.example.net [9.9.9.9])\r\n"
        "\tby mx.example.org (Postfix) with ESMTPS id 4Zk3Qv1x2yz9\r\n"
        f"\tfor <zoe@example.org>; {arrived}\r\n"
    ).encode() + raw


def main() -> None:
    """Judge all mails, print each with its rules, and say by the status whether all scored low."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fault", choices=sorted(FAULTS), help="break the mails on purpose: this must fail")
    parser.add_argument("--out", type=Path, help="bench/results/<name>.json")
    asked = parser.parse_args()
    if shutil.which("spamassassin") is None:
        raise SystemExit(MISSING)
    data = os.environ.get("EVERGREEN_DATA")
    begun = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="spam-") as name,
        portal_data.portal(Path(name), **settings(Path(name))),
    ):
        spoil = FAULTS.get(asked.fault, lambda raw: raw)
        verdicts = judge([(each, spoil(raw)) for each, raw in mails(Path(data) if data else None)])
    figures = _figures(verdicts) | {"real_newsletters": bool(data), "seconds": round(time.monotonic() - begun, 1)}
    print(json.dumps(figures, indent=2))
    if asked.out:
        print(record.write(str(asked.out.resolve().with_suffix("")), figures))
    sys.exit(1 if figures["too_high"] else 0)


def _figures(verdicts: list[Verdict]) -> dict[str, Any]:
    version = subprocess.run(["spamassassin", "--version"], capture_output=True, text=True, check=True).stdout
    return {
        "spamassassin": version.split("\n")[0].rpartition(" ")[2],
        "mails": len(verdicts),
        "highest": max(verdict.score for verdict in verdicts),
        "most_against": max(verdict.against for verdict in verdicts),
        "too_high": [verdict.name for verdict in verdicts if verdict.against >= MOST],
        "scores": {verdict.name: {"score": verdict.score, "rules": verdict.rules} for verdict in verdicts},
    }


if __name__ == "__main__":
    main()
