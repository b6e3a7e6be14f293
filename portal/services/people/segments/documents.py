"""Segment documents: read strictly into rules, and judged in plain sentences when somebody writes one."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _

from portal.models.membership import FREQUENCIES
from portal.services.people.segments import names as named
from portal.services.people.segments.names import Names
from portal.services.people.segments.rules import (
    STATUSES,
    HasFrequency,
    HasInterest,
    HasStatus,
    InCommunity,
    Joined,
    Rule,
)

VERSION = 1
MOST_RULES = 20
MOST_DAYS = 36_500


class BadRules(ValueError):
    """The document cannot be asked: `problems` has a sentence by the rule's place, `None` for the whole."""

    def __init__(self, problems: dict[int | None, str]) -> None:
        super().__init__(problems)
        self.problems = problems

    def __str__(self) -> str:
        return " ".join(str(sentence) for sentence in self.problems.values())


def everyone() -> dict[str, Any]:
    """Return the document without rules: it finds every member."""
    return {"version": VERSION, "all": []}


def validate(document: Any) -> dict[str, Any]:
    """Return the document as it is kept, or raise `BadRules`: at least one rule, all of them about things there are."""
    rules = read(document)
    if not rules:
        raise BadRules({None: _("Add at least one rule")})
    names = named.load()
    problems: dict[int | None, str] = {
        place: sentence for place, rule in enumerate(rules) if (sentence := _missing(rule, names))
    }
    if problems:
        raise BadRules(problems)
    return {"version": VERSION, "all": [dict(rule) for rule in document["all"]]}


def read(document: Any) -> list[Rule]:
    """Return the rules of a document, or raise `BadRules`; whether the communities exist is not asked."""
    if not isinstance(document, dict) or document.keys() != {"version", "all"}:
        raise BadRules({None: _("This is not a segment: it needs a version and its rules")})
    if type(document["version"]) is not int or document["version"] != VERSION:
        raise BadRules({None: _("This segment was made by another version of Evergreen; make it again here")})
    listed = document["all"]
    if not isinstance(listed, list) or len(listed) > MOST_RULES:
        raise BadRules({None: _("Use at most %(most)d rules", most=MOST_RULES)})
    return _read_all(listed)


class _BadRule(Exception):
    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def _missing(rule: Rule, names: Names) -> str | None:
    if rule.community and rule.community not in names.communities:
        return _("There is no community “%(slug)s” any more. Choose another", slug=rule.community)
    if isinstance(rule, HasInterest) and (rule.community, rule.interest) not in names.interests:
        return _(
            "%(community)s has no interest “%(slug)s”. Choose another",
            community=names.community(rule.community),
            slug=rule.interest,
        )
    return None


def _read_all(listed: list[Any]) -> list[Rule]:
    rules: list[Rule] = []
    problems: dict[int | None, str] = {}
    for place, raw in enumerate(listed):
        try:
            rules.append(_read_one(raw))
        except _BadRule as bad:
            problems[place] = bad.sentence
    if problems:
        raise BadRules(problems)
    return rules


def _read_one(raw: Any) -> Rule:
    kind = raw.get("rule") if isinstance(raw, dict) else None
    reader = _READERS.get(kind) if isinstance(kind, str) else None
    if reader is None:
        raise _BadRule(_("Evergreen does not know this rule. Remove it"))
    return reader({key: value for key, value in raw.items() if key != "rule"})


def _read_community(raw: dict[str, Any]) -> Rule:
    how = _only(raw, one_of=("is", "is_not"))
    return InCommunity(_slug(raw[how], _("Choose a community")), negated=how == "is_not")


def _read_interest(raw: dict[str, Any]) -> Rule:
    how = _only(raw, one_of=("has", "has_not"), needs=("community",))
    community = _slug(raw["community"], _("Choose an interest"))
    return HasInterest(community, _slug(raw[how], _("Choose an interest")), negated=how == "has_not")


def _read_status(raw: dict[str, Any]) -> Rule:
    _only(raw, one_of=("is",), may=("community",))
    return HasStatus(_word(raw["is"], STATUSES, _("Choose a status")), _optional_community(raw))


def _read_frequency(raw: dict[str, Any]) -> Rule:
    _only(raw, one_of=("is",), may=("community",))
    return HasFrequency(_word(raw["is"], FREQUENCIES, _("Choose how often")), _optional_community(raw))


def _read_joined(raw: dict[str, Any]) -> Rule:
    how = _only(raw, one_of=("since", "before", "within_days", "before_days"), may=("community",))
    value = _days(raw[how]) if how.endswith("_days") else _day(raw[how])
    return Joined(how, value, _optional_community(raw))


_READERS: dict[str, Callable[[dict[str, Any]], Rule]] = {
    "community": _read_community,
    "interest": _read_interest,
    "status": _read_status,
    "frequency": _read_frequency,
    "joined": _read_joined,
}
KINDS = tuple(_READERS)


def _only(
    raw: dict[str, Any], *, one_of: tuple[str, ...], needs: tuple[str, ...] = (), may: tuple[str, ...] = ()
) -> str:
    hows = [key for key in raw if key in one_of]
    if len(hows) != 1 or not set(needs) <= raw.keys() or not raw.keys() <= {*one_of, *needs, *may}:
        raise _BadRule(_("This rule is incomplete. Fill it in or remove it"))
    return hows[0]


def _optional_community(raw: dict[str, Any]) -> str:
    return _slug(raw["community"], _("Choose a community")) if raw.get("community") else ""


def _slug(value: Any, otherwise: str) -> str:
    if not isinstance(value, str) or not value or len(value) > 80 or not value.isprintable():
        raise _BadRule(otherwise)
    return value


def _word(value: Any, known: tuple[str, ...], otherwise: str) -> str:
    if not isinstance(value, str) or value not in known:
        raise _BadRule(otherwise)
    return value


def _day(value: Any) -> date:
    try:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
            raise ValueError
        day = date.fromisoformat(value)
    except (ValueError, TypeError) as error:
        raise _BadRule(_("Enter a day, such as 2026-05-03")) from error
    if not 1900 <= day.year <= 2200:
        raise _BadRule(_("Enter a day between 1900 and 2200"))
    return day


def _days(value: Any) -> int:
    if type(value) is not int or not 1 <= value <= MOST_DAYS:
        raise _BadRule(_("Enter a number of days from 1 to %(most)d", most=MOST_DAYS))
    return value
