"""Atom feeds: entries with stable ids and full content, the same bytes for the same newsletters."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from html import escape
from typing import Any

from feedgenerator import Atom1Feed

from portal import config

_FORBIDDEN = {c: None for c in range(0x20) if c not in (0x09, 0x0A, 0x0D)} | {0xFFFE: None, 0xFFFF: None}


@dataclass(frozen=True, slots=True)
class Entry:
    """One newsletter; `key` and `begun_on` make its id, which outlives its address and title."""

    key: str
    begun_on: date
    title: str
    url: str
    summary: str
    html: str
    author: str
    language: str
    published_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Feed:
    """A publication and its entries, newest first; `begun_at` is its moment while it has none."""

    title: str
    subtitle: str
    author: str
    url: str
    feed_url: str
    language: str
    begun_at: datetime
    entries: Sequence[Entry]

    @property
    def updated_at(self) -> datetime:
        """The newest moment of any entry."""
        return max((entry.updated_at for entry in self.entries), default=self.begun_at)


def atom(feed: Feed) -> bytes:
    """Write the feed as Atom (RFC 4287) in UTF-8."""
    writer = _Atom(
        title=_clean(feed.title),
        link=feed.url,
        description=_clean(feed.subtitle),
        author_name=_clean(feed.author),
        feed_url=feed.feed_url,
        language=feed.language,
        updated_at=feed.updated_at,
    )
    for entry in feed.entries:
        writer.add_item(
            title=_clean(entry.title),
            link=entry.url,
            description=escape(_clean(entry.summary)) or None,
            content=_clean(entry.html),
            author_name=_clean(entry.author) or None,
            pubdate=entry.published_at,
            updateddate=entry.updated_at,
            unique_id=f"tag:{config.current().host},{entry.begun_on.isoformat()}:{entry.key}",
            language=entry.language,
        )
    return str(writer.writeString("utf-8")).encode()


class _Atom(Atom1Feed):
    def latest_post_date(self) -> datetime:
        return self.feed["updated_at"]

    def item_attributes(self, item: dict[str, Any]) -> dict[str, str]:
        return {"xml:lang": item["language"]}


def _clean(text: str) -> str:
    return text.translate(_FORBIDDEN)
