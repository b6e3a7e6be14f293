"""The list of members: searched, narrowed and paged by its address alone, so that it can be linked to and kept."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from flask import render_template, request
from flask_babel import LazyString, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as later

from portal.desk.members.base import room
from portal.desk.wording import STATUSES
from portal.extensions import db
from portal.models import Segment
from portal.services.communities import communities
from portal.services.people import members, segments
from portal.services.people.members import LONGEST_WORDS, SIZES, SORTS, Question
from portal.services.people.segments import BadRules
from portal.tools.forms import SafeLine
from portal.tools.policy import allow

_DAYS = (7, 30, 90, 365)
_MOST_DAYS = 36_500
_HIGHEST_ID = 2**63 - 1
_NO_COMMUNITY = later("There is no community “%(value)s”, so it was left out.")
_NO_STATUS = later("There is no status “%(value)s”, so it was left out.")


@dataclass
class Asked:
    """What the address asks, and what in it made no sense and was left out."""

    question: Question
    args: dict[str, Any]
    left_out: list[str] = field(default_factory=list)


@room.get("", strict_slashes=False)
@allow("viewer")
def index() -> str:
    """List the members who answer the question in the address."""
    rows = communities.everyone()
    names = {community.slug: community.name for community in rows}
    asked, sort, size = _asked(names), _sort(), _size()
    total = members.count(asked.question)
    pages = max(1, -(-total // size))
    number = min(_number(request.args.get("page", "")) or 1, pages)
    return render_template(
        "desk/members/index.html",
        asked=asked,
        filters=_filters(asked, names),
        communities=rows,
        segments=segments.every(),
        joined_choices=_joined_choices(asked.question.joined_days),
        people=members.page(asked.question, sort=sort, number=number, size=size),
        total=total,
        page=number,
        pages=pages,
        size=size,
        sizes=SIZES,
        sort=sort,
        shown=_shown(sort, size),
    )


def _shown(sort: str, size: int) -> dict[str, Any]:
    """Return how the list is shown, as arguments, where that was chosen."""
    return {**({"sort": sort} if sort != SORTS[0] else {}), **({"size": size} if size != SIZES[0] else {})}


def _asked(names: dict[str, str]) -> Asked:
    asked = Asked(Question(), {})
    asked.question = Question(
        words=_words(asked, _given("q")),
        community=_known(
            asked, _given("community"), names, later("There is no community “%(value)s”, so it was left out.")
        ),
        status=_known(asked, _given("status"), STATUSES, later("There is no status “%(value)s”, so it was left out.")),
        joined_days=_joined(asked, _given("joined")),
        segment=_segment(asked, _given("segment")),
    )
    asked.args = {key: value for key, value in _args(asked.question).items() if value}
    return asked


def _given(name: str) -> str:
    return SafeLine().clean(request.args.get(name, "")).strip()


def _args(question: Question) -> dict[str, Any]:
    return {
        "q": question.words,
        "community": question.community,
        "status": question.status,
        "joined": f"{question.joined_days}d" if question.joined_days else "",
        "segment": question.segment.id if question.segment else "",
    }


def _words(asked: Asked, words: str) -> str:
    if len(words) <= LONGEST_WORDS:
        return words
    asked.left_out.append(_("We looked only for the first %(longest)d characters.", longest=LONGEST_WORDS))
    return words[:LONGEST_WORDS].strip()


def _known(asked: Asked, value: str, known: Collection[str], otherwise: LazyString) -> str:
    if not value or value in known:
        return value
    asked.left_out.append(str(otherwise) % {"value": value[:80]})
    return ""


def _joined(asked: Asked, value: str) -> int:
    found = re.fullmatch(r"([0-9]{1,5})d", value)
    if found and 1 <= int(found[1]) <= _MOST_DAYS:
        return int(found[1])
    if value:
        asked.left_out.append(_("“%(value)s” is no number of days, such as 7d, so it was left out.", value=value[:80]))
    return 0


def _segment(asked: Asked, value: str) -> Segment | None:
    number = _number(value)
    segment = db.session.get(Segment, number) if number else None
    if segment is None:
        if value:
            asked.left_out.append(_("There is no segment “%(value)s”, so it was left out.", value=value[:80]))
        return None
    try:
        members.criterion(Question(segment=segment))
    except BadRules as bad:
        asked.left_out.append(_("The segment %(name)s was left out: %(why)s", name=segment.name, why=str(bad)))
        return None
    return segment


def _number(value: str) -> int:
    """Return a whole number that a key or a page can be, or 0."""
    return int(value) if re.fullmatch(r"[0-9]{1,19}", value) and int(value) <= _HIGHEST_ID else 0


def _sort() -> str:
    wanted = request.args.get("sort", "")
    return wanted if wanted in SORTS else SORTS[0]


def _size() -> int:
    wanted = _number(request.args.get("size", ""))
    return wanted if wanted in SIZES else SIZES[0]


def _filters(asked: Asked, names: dict[str, str]) -> list[tuple[str, dict[str, Any]]]:
    """Return each filter in words, with the arguments that remain when it is taken away."""
    question = asked.question
    said: dict[str, str | LazyString] = {
        "q": _("Mentions “%(words)s”", words=question.words) if question.words else "",
        "community": _("In %(community)s", community=names.get(question.community, "")) if question.community else "",
        "status": STATUSES.get(question.status, ""),
        "joined": _days(question.joined_days) if question.joined_days else "",
        "segment": question.segment.name if question.segment else "",
    }
    return [(str(words), {k: v for k, v in asked.args.items() if k != key}) for key, words in said.items() if words]


def _joined_choices(chosen: int) -> list[tuple[str, str]]:
    return [(f"{days}d", _days(days)) for days in sorted({*_DAYS, chosen} - {0})]


def _days(days: int) -> str:
    return ngettext("Joined in the last day", "Joined in the last %(num)d days", days)
