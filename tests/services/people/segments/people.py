"""Random people and random segments, and the plain Python filter that the compiled question must agree with."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from hypothesis import strategies as st

from portal.models import Member, Membership

NOW = datetime(2026, 5, 10, 9, 30, tzinfo=UTC)
COMMUNITIES = ("robotics", "field", "design")
INTERESTS = ("motion", "force")
MOMENTS = [NOW - timedelta(days=days, hours=hours) for days in (0, 1, 7, 30, 31, 400) for hours in (0, 10)]
DAYS = [(NOW - timedelta(days=days)).date().isoformat() for days in (-1, 0, 1, 7, 30, 400)]

moments = st.sampled_from(MOMENTS)
maybe_moment = st.one_of(st.none(), moments)

memberships = st.fixed_dictionaries(
    {
        "community": st.sampled_from(COMMUNITIES),
        "interests": st.sets(st.sampled_from(INTERESTS)),
        "frequency": st.sampled_from(("every", "monthly", "quarterly")),
        "started_at": moments,
        "ended_at": maybe_moment,
        "muted_at": maybe_moment,
    }
)
members = st.fixed_dictionaries(
    {
        "created_at": moments,
        "bounced_at": maybe_moment,
        "complained_at": maybe_moment,
        "erased_at": st.one_of(st.none(), st.none(), st.none(), moments),
        "paused_until_on": st.one_of(st.none(), st.sampled_from([date.fromisoformat(day) for day in DAYS])),
        "memberships": st.lists(memberships, max_size=4).map(lambda rows: list(_one_active_each(rows))),
    }
)

_community = st.sampled_from((*COMMUNITIES, "gone"))
_maybe_community = st.one_of(st.just({}), st.fixed_dictionaries({"community": _community}))


def _with_community(rule: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(lambda a, b: {**a, **b}, rule, _maybe_community)


rules = st.one_of(
    st.builds(
        lambda how, slug: {"rule": "community", how: slug},
        st.sampled_from(("is", "is_not")),
        _community,
    ),
    st.builds(
        lambda how, community, slug: {"rule": "interest", "community": community, how: slug},
        st.sampled_from(("has", "has_not")),
        _community,
        st.sampled_from((*INTERESTS, "gone")),
    ),
    _with_community(
        st.builds(
            lambda status: {"rule": "status", "is": status},
            st.sampled_from(("active", "muted", "paused", "bounced", "complained", "ended")),
        )
    ),
    _with_community(
        st.builds(
            lambda often: {"rule": "frequency", "is": often},
            st.sampled_from(("every", "monthly", "quarterly")),
        )
    ),
    _with_community(
        st.builds(
            lambda how, day: {"rule": "joined", how: day},
            st.sampled_from(("since", "before")),
            st.sampled_from(DAYS),
        )
    ),
    _with_community(
        st.builds(
            lambda how, days: {"rule": "joined", how: days},
            st.sampled_from(("within_days", "before_days")),
            st.sampled_from((1, 7, 30, 400)),
        )
    ),
)
documents = st.lists(rules, max_size=3).map(lambda found: {"version": 1, "all": found})


def belongs(member: Member, document: dict[str, Any]) -> bool:
    """Filter one person in plain Python, straight from the words of the rules."""
    return member.erased_at is None and all(_holds(rule, member) for rule in document["all"])


def _holds(rule: dict[str, Any], member: Member) -> bool:
    now_in = [m for m in member.memberships if m.ended_at is None]
    match rule:
        case {"rule": "community", "is": slug}:
            return bool(_of(now_in, slug))
        case {"rule": "community", "is_not": slug}:
            return not _of(now_in, slug)
        case {"rule": "interest", "community": slug, "has": interest}:
            return any(interest == i.slug for m in _of(now_in, slug) for i in m.interests)
        case {"rule": "interest", "community": slug, "has_not": interest}:
            return not any(interest == i.slug for m in _of(now_in, slug) for i in m.interests)
    here = _of(now_in, rule["community"]) if "community" in rule else now_in
    match rule:
        case {"rule": "status", "is": "ended"}:
            ever = _of(member.memberships, rule["community"]) if "community" in rule else member.memberships
            return bool(ever) and not here
        case {"rule": "status", "is": status}:
            return _stands(status, member, here, anywhere="community" not in rule)
        case {"rule": "frequency", "is": often}:
            return any(m.frequency == often for m in here)
    return any(_in_time(rule, m.started_at) for m in here)


def _stands(status: str, member: Member, here: list[Membership], *, anywhere: bool) -> bool:
    if status == "active":
        return bool(here)
    if status == "muted":
        return any(m.muted_at for m in here)
    holds = {
        "bounced": member.bounced_at is not None,
        "complained": member.complained_at is not None,
        "paused": member.is_paused(NOW.date()),
    }[status]
    return holds and (anywhere or bool(here))


def _in_time(rule: dict[str, Any], moment: datetime) -> bool:
    match rule:
        case {"since": day}:
            return moment >= _midnight(day)
        case {"before": day}:
            return moment < _midnight(day)
        case {"within_days": days}:
            return moment >= NOW - timedelta(days=days)
        case {"before_days": days}:
            return moment < NOW - timedelta(days=days)
    raise AssertionError(rule)


def _midnight(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(), UTC)


def _of(memberships: Iterable[Membership], slug: str) -> list[Membership]:
    return [m for m in memberships if m.community.slug == slug]


def _one_active_each(rows: list[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    """A person has at most one active membership of a community; a second one becomes an ended one."""
    active: set[str] = set()
    for row in rows:
        again = row["ended_at"] is None and row["community"] in active
        yield {**row, "ended_at": NOW} if again else row
        active |= {row["community"]} if row["ended_at"] is None else set()
