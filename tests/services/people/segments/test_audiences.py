"""Whatever is asked of whomever, the database finds the people that a plain Python filter finds."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, select

from portal import clock
from portal.extensions import db
from portal.models import Community, Member, Membership
from portal.services.people import segments
from tests import factories
from tests.services.people.segments import people


@given(
    crowd=st.lists(people.members, min_size=2, max_size=9),
    documents=st.lists(people.documents, min_size=10, max_size=20),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_question_finds_whom_a_plain_filter_finds(
    app: Flask, crowd: list[Any], documents: list[dict[str, Any]]
) -> None:
    with time_machine.travel(people.NOW, tick=False):
        everybody = _settle(crowd)
        for document in documents:
            expected = sorted(member.id for member in everybody if people.belongs(member, document))
            assert sorted(db.session.scalars(segments.audience(document))) == expected
            assert segments.count(document) == len(expected)
            assert segments.matches(document, everybody[0]) == (everybody[0].id in expected)
    db.session.rollback()


@pytest.mark.parametrize(
    ("how", "value", "limit"),
    [
        ("since", "2026-05-03", datetime(2026, 5, 3, tzinfo=UTC)),
        ("before", "2026-05-03", datetime(2026, 5, 3, tzinfo=UTC)),
        ("within_days", 7, people.NOW - timedelta(days=7)),
        ("before_days", 7, people.NOW - timedelta(days=7)),
    ],
)
@pytest.mark.parametrize("where", [{}, {"community": "robotics"}])
def test_the_first_instant_belongs_to_since(
    app: Flask, how: str, value: str | int, limit: datetime, where: dict[str, str]
) -> None:
    community = factories.community(slug="robotics")
    exact = factories.membership(at=community, since=limit).member_id
    just_before = factories.membership(at=community, since=limit - timedelta(microseconds=1)).member_id
    document = {"version": 1, "all": [{"rule": "joined", how: value, **where}]}
    with time_machine.travel(people.NOW, tick=False):
        found = db.session.scalars(segments.audience(document)).all()
    assert found == [exact if how in {"since", "within_days"} else just_before]


def test_it_narrows_a_question_that_reads_memberships_and_communities_itself(app: Flask) -> None:
    here, there = factories.community(slug="here"), factories.community(slug="there")
    both, one = factories.member(), factories.member()
    factories.membership(of=both, at=here)
    factories.membership(of=both, at=there)
    factories.membership(of=one, at=here)
    document = {"version": 1, "all": [{"rule": "community", "is": "there"}]}
    question = (
        select(Member.id)
        .join(Membership, Membership.member_id == Member.id)
        .join(Community, Community.id == Membership.community_id)
        .where(Community.slug == "here", segments.criterion(document, clock.now()))
    )
    assert db.session.scalars(question).all() == [both.id]


def test_one_count_is_one_statement(app: Flask) -> None:
    factories.membership(at=factories.community(slug="robotics"))
    document = {"version": 1, "all": [{"rule": "community", "is": "robotics"}, {"rule": "status", "is": "active"}]}
    seen: list[str] = []
    listener = lambda *args: seen.append(args[2])  # noqa: E731
    db.session.flush()
    event.listen(db.engine, "before_cursor_execute", listener)
    try:
        assert segments.count(document) == 1
    finally:
        event.remove(db.engine, "before_cursor_execute", listener)
    assert len(seen) == 1


@pytest.mark.parametrize("slug", ["x' OR '1'='1", "robotics'; DROP TABLE members; --", "%", "_______", "\\", "“”"])
def test_a_hostile_slug_is_only_a_slug(app: Flask, slug: str) -> None:
    factories.membership(at=factories.community(slug="robotics"))
    assert segments.count({"version": 1, "all": [{"rule": "community", "is": slug}]}) == 0
    assert segments.count({"version": 1, "all": [{"rule": "community", "is_not": slug}]}) == 1


def test_a_sample_shows_those_who_came_last(app: Flask) -> None:
    with time_machine.travel(people.NOW, tick=False):
        rows = [factories.member(created_at=moment) for moment in people.MOMENTS[:4]]
        assert segments.sample(segments.everyone(), 2) == rows[:2]


def _settle(crowd: list[dict[str, Any]]) -> list[Member]:
    communities = {slug: factories.community(slug=slug, interests=people.INTERESTS) for slug in people.COMMUNITIES}
    return [_member(facts, communities) for facts in crowd]


def _member(facts: dict[str, Any], communities: dict[str, Community]) -> Member:
    member = factories.member(**{key: value for key, value in facts.items() if key != "memberships"})
    for given_facts in facts["memberships"]:
        values = dict(given_facts)
        community, picked = communities[values.pop("community")], values.pop("interests")
        row = factories.membership(of=member, at=community, mail=False, since=values.pop("started_at"), **values)
        row.interests = [interest for interest in community.interests if interest.slug in picked]
    db.session.flush()
    return member
