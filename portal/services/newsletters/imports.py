"""Importing a newsletter from a Markdown file: its head becomes title, summary and date, its body stays as written."""

import re
import unicodedata
from datetime import UTC, date, datetime
from typing import Any

from portal import clock
from portal.models import Community, Newsletter, Recruiter
from portal.services.newsletters import writing
from portal.tools.languages import OFFERED
from portal.tools.rendering import front_matter

_SUMMARIES = ("summary", "description", "subtitle", "excerpt", "rss")
_AUTHORS = ("written_by", "author", "authors", "editors")
_DATES = ("date", "published", "pubdate")
_LANGUAGES = ("language", "lang", "locale")
_LANGUAGE_IN_NAME = re.compile(r"[._-]([a-z]{2})\.\w+$", re.IGNORECASE)


def import_markdown(text: str, *, filename: str, community: Community, author: Recruiter | None = None) -> Newsletter:
    """Make a draft from a Markdown file, with or without a head; raise `writing.BadWords` when it is empty."""
    meta, body = front_matter.split(text)
    if not body.strip():
        raise writing.BadWords("body", "missing")
    title = _line(front_matter.title_of(meta, body, file_name=filename), writing.LONGEST["title"])
    newsletter = writing.draft(
        community,
        title=title,
        summary=_line(_first(meta, _SUMMARIES), writing.LONGEST["summary"]),
        written_by=_line(_first(meta, _AUTHORS), writing.LONGEST["written_by"]),
        body=body,
        language=_language(meta, filename) or community.language,
        slug=_line(_first(meta, ("slug",)), writing.LONGEST["slug"]),
        author=author,
    )
    newsletter.created_at = _moment(_first(meta, _DATES)) or newsletter.created_at
    return newsletter


def _first(meta: dict[str, Any], names: tuple[str, ...]) -> str:
    for name in names:
        value = meta.get(name)
        if isinstance(value, list):
            value = ", ".join(str(one) for one in value if isinstance(one, str))
        if isinstance(value, str) and value.strip():
            return value
    return ""


def _line(value: str, longest: int) -> str:
    """Return a head's value as one safe line, shortened at a word where it is longer than we keep."""
    kept = "".join(" " if unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} else c for c in value)
    kept = "".join(c for c in kept if c not in writing.OVERRIDES)
    line = unicodedata.normalize("NFC", " ".join(kept.split()))
    return line if len(line) <= longest else line[: longest - 1].rsplit(" ", 1)[0] + "…"


def _language(meta: dict[str, Any], filename: str) -> str | None:
    told = _first(meta, _LANGUAGES).strip().lower().replace("_", "-").split("-")[0]
    if told in OFFERED:
        return told
    named = _LANGUAGE_IN_NAME.search(filename)
    return named[1].lower() if named and named[1].lower() in OFFERED else None


def _moment(told: str) -> datetime | None:
    """Return the day the head names, at its beginning; days to come and other words are not taken."""
    found = re.search(r"\d{4}-\d{2}-\d{2}", told)
    if found is None:
        return None
    try:
        day = date.fromisoformat(found[0])
    except ValueError:
        return None
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return moment if moment <= clock.now() else None
