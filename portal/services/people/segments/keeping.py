"""Keeping segments: named, changed, deleted, and kept true when a community changes its address."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from portal import clock
from portal.extensions import db
from portal.models import Newsletter, Recruiter, Segment
from portal.services.people.segments.documents import validate
from portal.tools.mail import address

LONGEST_NAME = 120


class BadSegmentName(ValueError):
    """A segment needs a name: `why` is `missing`, `too_long` or `unsafe`."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class NameTaken(Exception):
    """Another segment has this name."""


class SegmentInUse(Exception):
    """A scheduled newsletter goes to this segment; `newsletters` are those."""

    def __init__(self, newsletters: list[Newsletter]) -> None:
        super().__init__("scheduled newsletters go to this segment")
        self.newsletters = newsletters


def every() -> list[Segment]:
    """Return all segments by name."""
    return list(db.session.scalars(select(Segment).order_by(func.lower(Segment.name), Segment.id)))


def get(segment_id: int) -> Segment:
    """Return one segment, or raise `NoResultFound`."""
    return db.session.execute(select(Segment).where(Segment.id == segment_id)).scalar_one()


def save(name: str, rules: Any, by: Recruiter | None = None) -> Segment:
    """Keep a new segment. Raise `BadRules`, `BadSegmentName` or `NameTaken`."""
    now = clock.now()
    name, rules = _free_name(name), validate(rules)
    segment = Segment(name=name, rules=rules, created_by=by, created_at=now, changed_at=now)
    _keep(segment)
    return segment


def change(segment: Segment, *, name: str, rules: Any) -> None:
    """Give a segment another name and other rules; a newsletter already scheduled keeps the rules it was given."""
    segment.name, segment.rules = _free_name(name, but=segment), validate(rules)
    segment.changed_at = clock.now()
    _keep(segment)


def scheduled_with(segment: Segment) -> list[Newsletter]:
    """Return the newsletters that wait to go to this segment."""
    waiting = (Newsletter.send_at.is_not(None), Newsletter.addressed_at.is_(None), Newsletter.cancelled_at.is_(None))
    question = select(Newsletter).where(Newsletter.segment_id == segment.id, *waiting)
    return list(db.session.scalars(question.order_by(Newsletter.send_at, Newsletter.id)))


def delete(segment: Segment) -> None:
    """Forget a segment; drafts for it then go to the whole community. Raise `SegmentInUse`."""
    if newsletters := scheduled_with(segment):
        raise SegmentInUse(newsletters)
    db.session.delete(segment)
    db.session.flush()


def follow_community(old: str, new: str) -> None:
    """Let every rule that names a community by its old slug name it by the new one."""

    def follow(rule: dict[str, Any]) -> dict[str, Any]:
        keys = ("is", "is_not") if rule["rule"] == "community" else ("community",)
        return {key: new if key in keys and value == old else value for key, value in rule.items()}

    _rewrite(follow)


def _free_name(name: str, *, but: Segment | None = None) -> str:
    try:
        name = address.clean_name(name)
    except address.BadName as error:
        raise BadSegmentName("unsafe" if len(name) <= address.LONGEST_NAME else "too_long") from error
    if not name:
        raise BadSegmentName("missing")
    if len(name) > LONGEST_NAME:
        raise BadSegmentName("too_long")
    with db.session.no_autoflush:
        taken = db.session.execute(select(Segment.id, Segment.name)).all()
    # Compared here and not in SQL, whose lower() knows only ASCII on one of the engines.
    if any(other.casefold() == name.casefold() and (but is None or key != but.id) for key, other in taken):
        raise NameTaken
    return name


def _keep(segment: Segment) -> None:
    try:
        db.session.add(segment)
        db.session.flush()
    except IntegrityError as error:
        # Somebody took the name between our look and our writing; the session has to be rolled back.
        raise NameTaken from error


def _rewrite(follow: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    for segment in db.session.scalars(select(Segment)):
        segment.rules = {**segment.rules, "all": [follow(rule) for rule in segment.rules["all"]]}
    waiting = select(Newsletter).where(Newsletter.audience_rules.is_not(None), Newsletter.addressed_at.is_(None))
    for newsletter in db.session.scalars(waiting):
        # A JSON null counts as a value in SQL, yet holds no rules.
        if rules := newsletter.audience_rules:
            newsletter.audience_rules = {**rules, "all": [follow(rule) for rule in rules["all"]]}
    db.session.flush()
