"""A portal full of members, made in bulk: a database, a community, and a newsletter ready to go."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import insert, text

from bench.senders import edition
from portal import clock, config, create_app
from portal.extensions import db
from portal.models import Community, Consent, Member, Membership, Newsletter
from portal.services.sending import schedule

CHUNK = 5000


def settings(instance: Path, **more: object) -> config.Settings:
    """Return settings for a portal in this folder."""
    values: dict[str, object] = {
        "instance": instance,
        "secret_keys": ["a-key-for-measuring-0123456789abcdefghijkl"],
        "mail_from": "Pontwright <talent@pontwright.example.org>",
        "postal_address": "Loswal 4, 0417 OV Ostervoorde",
        "company_name": "Pontwright",
        "base_url": edition.SITE,
    }
    return config.Settings(**{**values, **more})  # type: ignore[arg-type]


@contextmanager
def portal(instance: Path, **more: object) -> Iterator[Flask]:
    """Open a migrated portal in this folder."""
    app = create_app(settings(instance, **more))
    with app.app_context():
        upgrade(directory=str(config.resource("migrations")))
        yield app


def fill(members: int) -> Community:
    """Add a community and this many members of it, each with a receipt for mail."""
    now = clock.now()
    community = Community(name="How ferries are made", slug="how-ferries-are-made", created_at=now)
    db.session.add(community)
    db.session.flush()
    for start in range(1, members + 1, CHUNK):
        ids = range(start, min(start + CHUNK, members + 1))
        db.session.execute(insert(Member), [_member(n) | {"created_at": now} for n in ids])
        links = {"community_id": community.id, "source": "bench", "started_at": now, "frequency": "every"}
        db.session.execute(insert(Membership), [{"id": n, "member_id": n, **links} for n in ids])
        said = {"purpose": "mail", "decision": "agreed", "wording": "w", "version": "v", "language": "en"}
        receipts = [
            {"id": n, "member_id": n, "membership_id": n, "source": "bench", "recorded_at": now, **said} for n in ids
        ]
        db.session.execute(insert(Consent), receipts)
    db.session.execute(text("UPDATE memberships SET mail_consent_id = id"))
    db.session.commit()
    return community


def plan(community: Community) -> Newsletter:
    """Add a newsletter of some 22 KB with twelve links and let it be due."""
    now = clock.now()
    newsletter = Newsletter(
        community=community, title=edition.TITLE, slug=f"edition-{now.timestamp()}", body=edition.body(),
        summary="Three winters of measuring", created_at=now, changed_at=now,
    )  # fmt: skip
    db.session.add(newsletter)
    db.session.flush()
    schedule.send_now(newsletter)
    db.session.commit()
    return newsletter


def _member(number: int) -> dict[str, object]:
    name = edition.NAMES[number % len(edition.NAMES)]
    email = f"member{number}@example.org"
    return {"id": number, "email": email, "email_key": email, "name": name, "sought": f"{name} {email}".casefold()}
