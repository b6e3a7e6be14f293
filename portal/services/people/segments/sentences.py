"""Segments in words: a document read back as one sentence a recruiter can check."""

from datetime import date
from typing import Any

from babel.lists import format_list
from flask_babel import format_date, get_locale, ngettext
from flask_babel import gettext as _

from portal.services.people.segments import names as named
from portal.services.people.segments.documents import BadRules, read
from portal.services.people.segments.names import Names
from portal.services.people.segments.rules import HasFrequency, HasInterest, HasStatus, InCommunity, Joined, Rule


def sentence(document: Any, names: Names | None = None) -> str:
    """Return the document as a sentence, such as “People in Robotics who picked Force control”."""
    rules = read(document)
    names = names or named.load()
    places = [rule for rule in rules if isinstance(rule, InCommunity)]
    home = places[0].community if len(places) == 1 and not places[0].negated else ""
    where = _joined([_place(rule, names) for rule in places])
    facts = _joined([_fact(rule, names, home) for rule in rules if not isinstance(rule, InCommunity)])
    if where and facts:
        return _("People %(where)s who %(facts)s", where=where, facts=facts)
    if where:
        return _("People %(where)s", where=where)
    return _("People who %(facts)s", facts=facts) if facts else _("Everyone")


def sentences(documents: list[Any]) -> list[str]:
    """Return a sentence for each; one that cannot be read says why."""
    names = named.load()
    return [_sentence_or_reason(document, names) for document in documents]


def _sentence_or_reason(document: Any, names: Names) -> str:
    try:
        return sentence(document, names)
    except BadRules as bad:
        return str(bad)


def _joined(parts: list[str]) -> str:
    return format_list(parts, locale=get_locale() or "en") if parts else ""


def _place(rule: InCommunity, names: Names) -> str:
    name = names.community(rule.community)
    return _("not in %(community)s", community=name) if rule.negated else _("in %(community)s", community=name)


def _fact(rule: Rule, names: Names, home: str) -> str:
    said = _say(rule, names)
    # The sentence has just named the one community, so it need not name it again with every fact.
    if not rule.community or rule.community == home:
        return said
    return _("%(fact)s in %(community)s", fact=said, community=names.community(rule.community))


def _say(rule: Rule, names: Names) -> str:
    if isinstance(rule, HasInterest):
        name = names.interest(rule.community, rule.interest)
        if rule.negated:
            return _("did not pick %(interest)s", interest=name)
        return _("picked %(interest)s", interest=name)
    if isinstance(rule, HasStatus):
        return _status(rule.status)
    if isinstance(rule, HasFrequency):
        return _frequency(rule.frequency)
    assert isinstance(rule, Joined)
    return _when(rule)


def _status(status: str) -> str:
    return {
        "active": _("are members"),
        "muted": _("muted the newsletters"),
        "paused": _("are paused"),
        "bounced": _("have an address that bounces"),
        "complained": _("complained about a newsletter"),
        "ended": _("have left"),
    }[status]


def _frequency(frequency: str) -> str:
    return {
        "every": _("get every newsletter"),
        "monthly": _("hear monthly"),
        "quarterly": _("hear quarterly"),
    }[frequency]


def _when(rule: Joined) -> str:
    if isinstance(rule.value, date):
        day = format_date(rule.value, "d MMMM y")
        return _("joined since %(day)s", day=day) if rule.how == "since" else _("joined before %(day)s", day=day)
    if rule.how == "within_days":
        return ngettext("joined in the last day", "joined in the last %(num)d days", rule.value)
    return ngettext("joined more than a day ago", "joined more than %(num)d days ago", rule.value)
