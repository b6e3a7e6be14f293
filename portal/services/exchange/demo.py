"""The demo: a fictional ferry yard with its communities, members and newsletters, one of which goes out at once."""

import random
import re
import tomllib
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import select

from portal import clock
from portal.extensions import db
from portal.models import (
    Community,
    Consent,
    Interest,
    Member,
    Membership,
    Newsletter,
    Suppression,
    Touchpoint,
    wording_version,
)
from portal.services.sending import schedule
from portal.tools import links
from portal.tools.mail import address
from portal.tools.rendering import front_matter
from portal.tools.text import slugify

CONTENT = Path(__file__).parent / "demo_content"
MEMBERS, SEED = 300, 1961
SETTINGS = {
    "PORTAL_COMPANY_NAME": "name",
    "PORTAL_POSTAL_ADDRESS": "postal_address",
    "PORTAL_CONTACT": "contact",
    "PORTAL_BRAND_COLOR": "brand_color",
    "PORTAL_TIME_ZONE": "time_zone",
}
_SOURCE = "demo"


def settings() -> dict[str, str]:
    """Return the settings of the demo's company, by environment variable."""
    company = _company()
    return {name: company[key] for name, key in SETTINGS.items()}


def load() -> str:
    """Fill an empty portal and say what came in; return "" and do nothing where there is a community already."""
    if db.session.scalar(select(Community.id).limit(1)) is not None:
        return ""
    chance = random.Random(SEED)  # noqa: S311 - the demo is the same every time
    communities = [_community(path) for path in sorted((CONTENT / "communities").glob("*.md"))]
    db.session.add_all(communities)
    db.session.flush()
    people = [_member(number, communities, chance) for number in range(MEMBERS)]
    newsletters = [_newsletter(path, communities) for path in sorted((CONTENT / "newsletters").glob("*.md"))]
    db.session.flush()
    return f"{len(communities)} communities, {len(people)} members, {len(newsletters)} newsletters"


@cache
def _company() -> dict[str, Any]:
    return tomllib.loads((CONTENT / "company.toml").read_text(encoding="utf-8"))


def _community(path: Path) -> Community:
    meta, about = _structured(path)
    community = Community(
        slug=meta["slug"],
        name=meta["name"],
        summary=meta["summary"][:300],
        about=about.strip(),
        written_by=meta["written_by"],
        cadence=meta["cadence"],
        state=meta["state"],
        language=meta["language"],
        created_at=clock.now() - timedelta(days=400),
    )
    community.interests = [
        Interest(slug=i["slug"], name=i["name"], position=place) for place, i in enumerate(meta["interests"])
    ]
    return community


def _member(number: int, communities: list[Community], chance: random.Random) -> Member:
    culture = chance.choice(_people())
    name = f"{chance.choice(culture['given'])} {chance.choice(culture['family'])}"
    email = f"{slugify(name, ascii_only=True) or 'member'}.{number}@example.org"
    joined_at = clock.now() - timedelta(days=chance.randint(2, 390), minutes=chance.randint(0, 1400))
    member = Member(
        email=email,
        email_key=address.key(email),
        name=name,
        language=culture["language"],
        source=_SOURCE,
        created_at=joined_at,
    )
    db.session.add(member)
    for community in chance.sample(communities, k=chance.choices((1, 2, 3), weights=(6, 3, 1))[0]):
        _membership(member, community, joined_at, chance)
    if chance.random() < 0.03:
        member.pause(clock.now().date() + timedelta(days=chance.randint(20, 200)), reason="a new baby in the house")
    if chance.random() < 0.02:
        _stop(member, since_at=clock.now() - timedelta(days=chance.randint(1, 60)))
    return member


def _stop(member: Member, *, since_at: datetime) -> None:
    member.bounced_at = since_at
    reply = "550 5.1.1 The mailbox does not exist"
    stopped = {"kind": "bounced", "reason": "no_mailbox", "reply": reply, "since_at": since_at}
    db.session.add(Suppression(member=member, **stopped))
    db.session.add(Touchpoint(member=member, kind="bounced", note=reply, happened_at=since_at))


def _membership(member: Member, community: Community, joined_at: datetime, chance: random.Random) -> None:
    membership = Membership(
        member=member,
        community=community,
        source=_SOURCE,
        started_at=joined_at,
        frequency=chance.choices(("every", "monthly", "quarterly"), weights=(88, 7, 5))[0],
    )
    membership.interests = chance.sample(community.offered, k=chance.randint(0, 3))
    wording = f"{_company()['name']} may email me the {community.name} newsletters. I can stop at any time."
    receipt = Consent(
        member=member,
        membership=membership,
        purpose="mail",
        decision="agreed",
        wording=wording,
        version=wording_version(wording),
        language=member.language,
        source=_SOURCE,
        recorded_at=joined_at,
    )
    db.session.add_all([membership, receipt])
    db.session.add(Touchpoint(member=member, community=community, kind="joined", happened_at=joined_at))
    db.session.flush()
    membership.mail_consent = receipt
    if chance.random() < 0.03:
        membership.mute(clock.now() - timedelta(days=chance.randint(1, 60)))
    elif chance.random() < 0.04:
        membership.end(clock.now() - timedelta(days=chance.randint(1, 60)), reason="found a job elsewhere")


def _newsletter(path: Path, communities: list[Community]) -> Newsletter:
    meta, body = _structured(path)
    now = clock.now()
    newsletter = Newsletter(
        community=next(c for c in communities if c.slug == meta["community"]),
        slug=path.stem,
        title=meta["title"],
        summary=meta["summary"][:300],
        written_by=meta["written_by"],
        body=body.strip().replace("](/c/", f"]({links.to('/c/')}"),
        language=meta.get("language", "en"),
        created_at=now,
        changed_at=now,
    )
    db.session.add(newsletter)
    if meta.get("scheduled"):
        db.session.flush()
        schedule.schedule(newsletter, at=now + timedelta(seconds=45))
    else:
        newsletter.publish(now + _ago(str(meta["published"])))
    return newsletter


def _ago(told: str) -> timedelta:
    found = re.fullmatch(r"(-\d+) days", told)
    if found is None:
        raise ValueError(f"not like “-63 days”: {told}")
    return timedelta(days=int(found[1]))


def _structured(path: Path) -> tuple[dict[str, Any], str]:
    text = path.read_text(encoding="utf-8")
    return yaml.safe_load(text.split("---\n", 2)[1]), front_matter.split(text)[1]


@cache
def _people() -> list[dict[str, Any]]:
    return tomllib.loads((CONTENT / "people.toml").read_text(encoding="utf-8"))["people"]
