"""What a person can change after joining; every act may come twice, and what a link may do only ever lowers."""

from datetime import date, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from portal import clock
from portal.extensions import db
from portal.models import Membership, Touchpoint
from portal.services.people import memberships
from tests import factories

TODAY = "2027-01-31 12:00:00+00:00"


def told() -> list[tuple[str, str]]:
    """What the members' stories say, in order."""
    return [(t.kind, t.note) for t in db.session.scalars(select(Touchpoint).order_by(Touchpoint.id))]


def muted(**values: object) -> Membership:
    return factories.membership(muted_at=clock.now() - timedelta(days=3), **values)


def test_muting_twice_keeps_the_first_moment_and_says_it_once(app: Flask) -> None:
    membership = factories.membership()
    memberships.mute(membership)
    first = membership.muted_at
    memberships.mute(membership)
    assert (first is not None, membership.muted_at) == (True, first)
    assert (membership.is_active, told()) == (True, [("note", "stopped the newsletters")])


def test_unmuting_lets_the_newsletters_come_again(app: Flask) -> None:
    membership = muted()
    memberships.unmute(membership)
    memberships.unmute(membership)
    assert membership.muted_at is None


def test_a_reason_is_kept_once_for_each_stopping(app: Flask) -> None:
    membership = factories.membership()
    with time_machine.travel(TODAY, tick=False) as traveller:
        memberships.mute(membership)
        for reason in ("too many emails", "too many emails", "something else"):
            memberships.explain(membership, reason)
        memberships.unmute(membership)
        traveller.shift(timedelta(days=1))
        memberships.mute(membership)
        memberships.explain(membership, "too many emails")
    stopped, too_many = "stopped the newsletters", "stopped the newsletters: too many emails"
    other = "stopped the newsletters: something else"
    assert [note for _kind, note in told()] == [stopped, too_many, other, stopped, too_many]


def test_leaving_twice_ends_once(app: Flask) -> None:
    membership = factories.membership()
    memberships.leave(membership, reason="found a job")
    ended_at = membership.ended_at
    memberships.leave(membership, reason="again")
    assert (membership.ended_at, membership.ended_reason) == (ended_at, "found a job")
    assert told() == [("left", "found a job")]


def test_leaving_all_counts_what_ended_and_leaves_others_alone(app: Flask) -> None:
    member, ours = factories.member(), factories.community()
    for at in (ours, factories.community()):
        factories.membership(of=member, at=at)
    other = factories.membership(at=ours)
    assert [memberships.leave_all(member), memberships.leave_all(member)] == [2, 0]
    assert (memberships.active_of(member), other.is_active) == ([], True)


def test_communities_come_by_name_whatever_its_case(app: Flask) -> None:
    member = factories.member()
    for name in ("robots", "Ferries", "drives"):
        factories.membership(of=member, at=factories.community(name=name))
    factories.membership(of=member, at=factories.community(name="Ended"), ended_at=clock.now())
    assert [m.community.name for m in memberships.active_of(member)] == ["drives", "Ferries", "robots"]


def test_only_an_active_membership_of_that_person_is_found(app: Flask) -> None:
    here = factories.community(slug="here")
    member = factories.member()
    ended = factories.membership(of=member, at=here, ended_at=clock.now())
    factories.membership(at=here)
    db.session.refresh(member)
    assert memberships.find_active(member, "here") is None
    again = factories.membership(of=member, at=here)
    db.session.refresh(member)
    assert (memberships.find_active(member, "here"), ended.is_active) == (again, False)
    assert memberships.find_active(member, "") is None


def test_choosing_takes_what_is_offered_and_keeps_what_was_retired(app: Flask) -> None:
    membership = factories.membership(at=factories.community(interests=("motion", "force", "light")))
    offered = {interest.slug: interest for interest in membership.community.interests}
    membership.interests = [offered["motion"], offered["light"]]
    offered["light"].retired_at = clock.now()
    db.session.flush()
    memberships.choose(membership, interests=["force", "force", "nowhere"], frequency="quarterly")
    db.session.expire_all()
    assert [interest.slug for interest in membership.interests] == ["force", "light"]
    assert membership.frequency == "quarterly"


def test_only_what_was_changed_since_it_was_shown_is_taken(app: Flask) -> None:
    membership = factories.membership(at=factories.community(interests=("motion", "force", "light")))
    memberships.choose(membership, interests=["motion", "force"], frequency="every")
    shown = memberships.chosen(membership)
    memberships.choose(membership, interests=["light"], frequency="quarterly")
    memberships.choose(membership, interests=["force"], frequency="every", shown=shown)
    assert memberships.chosen(membership) == memberships.Choice("quarterly", frozenset({"light"}))
    memberships.choose(membership, interests=["motion", "force"], frequency="monthly", shown=shown)
    assert memberships.chosen(membership) == memberships.Choice("monthly", frozenset({"light"}))


def test_beginning_twice_makes_one_membership(app: Flask) -> None:
    member, community = factories.member(), factories.community()
    first = memberships.begin(member, community, source="preferences")
    assert memberships.begin(member, community, source="join form") == first
    assert (first.source, told()) == ("preferences", [("joined", "")])
    memberships.leave(first)
    again = memberships.begin(member, community, source="preferences")
    assert (again != first, again.is_active, [kind for kind, _note in told()]) == (
        True,
        True,
        ["joined", "left", "joined"],
    )


def test_an_interest_of_another_community_cannot_be_chosen(app: Flask) -> None:
    membership = factories.membership()
    factories.community(interests=("elsewhere",))
    memberships.choose(membership, interests=["elsewhere"], frequency="every")
    assert membership.interests == []


@pytest.mark.parametrize(
    ("now", "wanted", "then"),
    [
        ("every", "monthly", "monthly"),
        ("every", "quarterly", "quarterly"),
        ("monthly", "quarterly", "quarterly"),
        ("monthly", "every", "monthly"),
        ("quarterly", "every", "quarterly"),
        ("quarterly", "monthly", "quarterly"),
        ("monthly", "monthly", "monthly"),
        ("every", "", "every"),
    ],
)
def test_hearing_less_never_means_more(app: Flask, now: str, wanted: str, then: str) -> None:
    membership = factories.membership(frequency=now)
    assert memberships.hear_less(membership, wanted) == (now != then)
    assert membership.frequency == then


@pytest.mark.parametrize("days", [1, 90, memberships.LONGEST_PAUSE_DAYS])
def test_a_pause_ends_on_a_day_to_come(app: Flask, days: int) -> None:
    member, until_on = factories.member(), clock.now().date() + timedelta(days=days)
    memberships.pause(member, until_on, reason="away at sea")
    assert (member.paused_until_on, member.pause_reason) == (until_on, "away at sea")
    assert told() == [("paused", f"until {until_on.isoformat()}: away at sea")]
    memberships.resume(member)
    assert (member.paused_until_on, member.pause_reason) == (None, "")


@pytest.mark.parametrize(
    ("days", "refusal"),
    [
        (0, memberships.PauseTooShort),
        (-400, memberships.PauseTooShort),
        (memberships.LONGEST_PAUSE_DAYS + 1, memberships.PauseTooLong),
    ],
)
def test_a_pause_that_is_none_is_refused(app: Flask, days: int, refusal: type[ValueError]) -> None:
    member = factories.member()
    with pytest.raises(refusal):
        memberships.pause(member, clock.now().date() + timedelta(days=days))
    assert (member.paused_until_on, told()) == (None, [])


def test_a_link_prolongs_a_pause_and_never_shortens_it(app: Flask) -> None:
    member, today = factories.member(), clock.now().date()
    until = [today + timedelta(days=days) for days in (90, 30, 90, 180)]
    assert [memberships.pause_longer(member, day) for day in until] == [True, False, False, True]
    assert member.paused_until_on == until[-1]


@pytest.mark.parametrize(
    ("today", "months", "then"),
    [
        ("2027-01-31", 3, date(2027, 4, 30)),
        ("2027-08-31", 6, date(2028, 2, 29)),
        ("2027-12-15", 1, date(2028, 1, 15)),
        ("2027-12-31", 12, date(2028, 12, 31)),
    ],
)
def test_months_ahead_end_on_a_day_there_is(app: Flask, today: str, months: int, then: date) -> None:
    with time_machine.travel(f"{today} 23:59:00+00:00"):
        assert memberships.in_months(months) == then


def test_a_person_without_a_chosen_language_keeps_theirs(app: Flask) -> None:
    member = factories.member(name="Amara", language="de")
    memberships.introduce(member, name="")
    assert (member.name, member.language) == ("", "de")
    memberships.introduce(member, name="Amara Okafor", language="en")
    assert (member.name, member.language, member.sought) == ("Amara Okafor", "en", f"amara okafor {member.email}")


def test_a_link_speaks_of_what_is_still_there(app: Flask) -> None:
    membership = factories.membership()
    member, community = membership.member, membership.community
    assert memberships.standing(member.id, community.id) == memberships.Standing(member, community, membership)
    memberships.leave(membership)
    assert memberships.standing(member.id, community.id) == memberships.Standing(member, community, None)
    again = factories.membership(of=member, at=community)
    assert memberships.standing(member.id, community.id).membership == again


def test_a_link_says_nothing_of_someone_erased(app: Flask) -> None:
    membership = factories.membership(of=factories.member(erased_at=clock.now()))
    standing = memberships.standing(membership.member_id, membership.community_id)
    assert standing == memberships.Standing(None, membership.community, None)


@pytest.mark.parametrize("number", [0, -1, 2**63 - 1, 2**63, 10**200])
def test_numbers_nobody_has_stand_for_nobody(app: Flask, number: int) -> None:
    membership = factories.membership()
    assert memberships.standing(number, membership.community_id).member is None
    assert memberships.standing(membership.member_id, number).membership is None
    assert memberships.standing(number, number) == memberships.Standing(None, None, None)
