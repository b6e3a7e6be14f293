"""Rows for tests: functions with defaults, flushed so that they have ids."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from portal import clock
from portal.extensions import db
from portal.models import (
    Community,
    Consent,
    Delivery,
    Incoming,
    Interest,
    Letter,
    Member,
    Membership,
    Newsletter,
    Recruiter,
    Report,
    Suppression,
    Touchpoint,
    wording_version,
)

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


def delivery(*, newsletter: Newsletter, to: Member | None, **values: Any) -> Delivery:
    """A mail of a newsletter to somebody, which the server took unless told otherwise."""
    now = clock.now()
    defaults = {"state": "sent", "planned_at": now, "handed_over_at": now, "settled_at": now}
    return _kept(Delivery(newsletter=newsletter, member=to, **{**defaults, **values}))


def incoming(raw: bytes = b"From: someone@example.net\r\nSubject: Hello\r\n\r\nWords.\r\n", **values: Any) -> Incoming:
    """A mail that came in and was worked on, without being understood."""
    now = clock.now()
    facts = {"way": "smtp", "kind": "unknown", "sender": "someone@example.net", "subject": "Hello"}
    moments = {"received_at": now, "worked_at": now}
    return _kept(Incoming(raw=raw, digest=f"digest-{next(_numbers)}", **{**facts, **moments, **values}))


def report(*, kind: str = "hard", about: Delivery | None = None, **values: Any) -> Report:
    """What is told about a mail of ours, that its address does not exist unless told otherwise."""
    moments = {"happened_at": clock.now(), "recorded_at": clock.now()}
    whose = {"delivery": about, "member": about.member if about else None}
    return _kept(Report(kind=kind, key=f"report-{next(_numbers)}", **{**whose, **moments, **values}))


def letter(*, kind: str, **values: Any) -> Letter:
    """A letter that was sent."""
    at = values.get("created_at", clock.now())
    facts = {"language": "en", "message_id": f"<letter-{next(_numbers)}@localhost>", "created_at": at, "sent_at": at}
    return _kept(Letter(kind=kind, **{**facts, "give_up_at": at + timedelta(days=1), **values}))


def suppression(*, of: Member | None = None, kind: str = "bounced", **values: Any) -> Suppression:
    """What stops somebody now, with the mark it leaves on the member."""
    person = of or member()
    facts = {"reason": "no_mailbox" if kind == "bounced" else "complaint", "since_at": clock.now()}
    row = _kept(Suppression(member=person, kind=kind, **{**facts, **values}))
    if row.lifted_at is None:
        setattr(person, f"{kind}_at", row.since_at)
        db.session.flush()
    return row


def reply(*, of: Member | None = None, about: Delivery | None = None, **values: Any) -> Touchpoint:
    """Somebody's answer to a newsletter, which waits for a recruiter."""
    facts = {"note": "Is the role in Rotterdam open to part time?", "happened_at": clock.now()}
    return _kept(Touchpoint(member=of or member(), delivery=about, **{"kind": "reply", **facts, **values}))


def _kept(row: Any) -> Any:
    db.session.add(row)
    db.session.flush()
    return row
