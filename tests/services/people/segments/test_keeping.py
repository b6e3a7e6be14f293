"""Segments are kept by name, and not deleted while a scheduled newsletter goes to them."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.exc import NoResultFound

from portal import clock
from portal.extensions import db
from portal.services.communities import communities
from portal.services.people import segments
from portal.services.people.segments import BadRules, BadSegmentName, NameTaken, SegmentInUse, keeping
from tests import factories

ACTIVE = {"version": 1, "all": [{"rule": "status", "is": "active"}]}


def test_a_segment_is_saved_changed_and_deleted(app: Flask) -> None:
    rosa = factories.recruiter()
    segment = segments.save("  Robotics   people ", ACTIVE, rosa)
    assert (segment.name, segment.rules, segment.created_by) == ("Robotics people", ACTIVE, rosa)
    paused = {"version": 1, "all": [{"rule": "status", "is": "paused"}]}
    segments.change(segment, name="Robotics people", rules=paused)
    assert segments.get(segment.id).rules == paused
    segments.delete(segment)
    assert segments.every() == []
    with pytest.raises(NoResultFound):
        segments.get(segment.id)


def test_two_segments_never_share_a_name(app: Flask) -> None:
    segments.save("Welders", ACTIVE)
    other = segments.save("Painters", ACTIVE)
    with pytest.raises(NameTaken):
        segments.save("welders", ACTIVE)
    with pytest.raises(NameTaken):
        segments.change(other, name="WELDERS", rules=ACTIVE)
    assert [segment.name for segment in segments.every()] == ["Painters", "Welders"]


def test_a_name_taken_at_the_same_moment_is_refused_too(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    segments.save("Welders", ACTIVE)
    db.session.commit()
    # The other one is saved between the look for the name and the writing.
    monkeypatch.setattr(keeping, "_free_name", lambda name, **_but: name)
    with pytest.raises(NameTaken):
        segments.save("Welders", ACTIVE)
    db.session.rollback()
    assert [segment.name for segment in segments.every()] == ["Welders"]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "missing"),
        (" \t", "missing"),
        ("x" * 121, "too_long"),
        ("x" * 999, "too_long"),
        ("a\nb", "unsafe"),
        ("a\u202eb", "unsafe"),
    ],
)
def test_a_name_is_needed_and_fits_on_a_line(app: Flask, name: str, why: str) -> None:
    with pytest.raises(BadSegmentName) as refused:
        segments.save(name, ACTIVE)
    assert refused.value.why == why


def test_bad_rules_are_not_kept(app: Flask) -> None:
    with pytest.raises(BadRules):
        segments.save("Nobody", {"version": 1, "all": [{"rule": "community", "is": "nowhere"}]})
    assert segments.every() == []


def test_a_scheduled_newsletter_keeps_its_segment(app: Flask) -> None:
    segment = segments.save("Welders", ACTIVE)
    draft = factories.newsletter(segment=segment)
    waiting = factories.newsletter(segment=segment, send_at=clock.now() + timedelta(days=1))
    with pytest.raises(SegmentInUse) as refused:
        segments.delete(segment)
    assert refused.value.newsletters == [waiting]
    waiting.addressed_at = clock.now()
    segments.delete(segment)
    db.session.expire_all()
    assert (draft.segment, waiting.segment) == (None, None)


def test_rules_follow_a_community_to_its_new_address(app: Flask) -> None:
    robotics = factories.community(slug="robotics", interests=("force",))
    rules = {
        "version": 1,
        "all": [
            {"rule": "community", "is_not": "robotics"},
            {"rule": "interest", "community": "robotics", "has": "force"},
            {"rule": "joined", "within_days": 30, "community": "robotics"},
            {"rule": "status", "is": "active"},
        ],
    }
    segment = segments.save("Welders", rules)
    newsletter = factories.newsletter(audience_rules=rules, send_at=clock.now())
    communities.describe(robotics, slug="robots", name="Robots")
    followed = [
        {"rule": "community", "is_not": "robots"},
        {"rule": "interest", "community": "robots", "has": "force"},
        {"rule": "joined", "within_days": 30, "community": "robots"},
        {"rule": "status", "is": "active"},
    ]
    assert segment.rules["all"] == followed
    assert newsletter.audience_rules == {"version": 1, "all": followed}
    assert segments.validate(segment.rules) == segment.rules
