"""Rows for tests: functions with defaults, flushed so that they have ids."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from portal import clock
from portal.extensions import db
from portal.models import Community, Consent, Interest, Member, Membership, Newsletter, Recruiter, wording_version

_numbers = count(1)
WORDING = "Northwind Robotics may email me its newsletters. I can stop at any time."


def community(*, slug: str | None = None, interests: tuple[str, ...] = ("motion", "force"), **values: Any) -> Community:
    """A community with the interests named by their slugs."""
    slug = slug or f"community-{next(_numbers)}"
    row = Community(slug=slug, **{"name": slug.title(), "created_at": clock.now(), **values})
    row.interests = [Interest(slug=s, name=s.title(), position=i) for i, s in enumerate(interests)]
    return _kept(row)


def member(*, email: str | None = None, **values: Any) -> Member:
    """A reachable member."""
    email = email or f"member{next(_numbers)}@example.org"
    return _kept(Member(email=email, email_key=email.casefold(), **{"created_at": clock.now(), **values}))


def membership(
    *,
    of: Member | None = None,
    at: Community | None = None,
    mail: bool = True,
    since: datetime | None = None,
    **values: Any,
) -> Membership:
    """An active membership, with a live mail receipt unless told otherwise."""
    started_at = since or clock.now() - timedelta(days=1)
    row = _kept(
        Membership(
            member=of or member(),
            community=at or community(),
            **{"source": "join form", "started_at": started_at, **values},
        )
    )
    if mail:
        row.mail_consent = consent(membership=row, recorded_at=started_at)
        db.session.flush()
    return row


def consent(*, membership: Membership, purpose: str = "mail", decision: str = "agreed", **values: Any) -> Consent:
    """A receipt for a membership."""
    defaults = {"wording": WORDING, "language": "en", "source": "join form", "recorded_at": clock.now()}
    values = {**defaults, **values}
    return _kept(
        Consent(
            member=membership.member,
            membership=membership,
            purpose=purpose,
            decision=decision,
            version=wording_version(values["wording"]),
            **values,
        )
    )


def recruiter(*, email: str | None = None, role: str = "owner", **values: Any) -> Recruiter:
    """Someone at the desk, without a password unless given a hash."""
    n = next(_numbers)
    defaults = {"name": "Rosa Iglesias", "fs_uniquifier": f"uniquifier-{n}", "created_at": clock.now()}
    return _kept(Recruiter(email=email or f"recruiter{n}@example.org", role=role, **{**defaults, **values}))


def newsletter(*, at: Community | None = None, **values: Any) -> Newsletter:
    """A draft newsletter."""
    n = next(_numbers)
    defaults = {"slug": f"newsletter-{n}", "title": f"Newsletter {n}", "body": "Hello from the workshop."}
    moments = {"created_at": clock.now(), "changed_at": clock.now()}
    return _kept(Newsletter(community=at or community(), **{**defaults, **moments, **values}))


def _kept(row: Any) -> Any:
    db.session.add(row)
    db.session.flush()
    return row
