"""Segments: saved questions about members, kept as a versioned document, asked as one statement, read back in words.

A document is `{"version": 1, "all": [rule, …]}`; a person is in the audience when every rule holds. The rules:

- `{"rule": "community", "is": slug}` or `"is_not"`: has (or has not) an active membership there
- `{"rule": "interest", "community": slug, "has": interest_slug}` or `"has_not"`
- `{"rule": "status", "is": "active" | "muted" | "paused" | "bounced" | "complained" | "ended"}`, optionally with
  `"community": slug`
- `{"rule": "frequency", "is": "every" | "monthly" | "quarterly"}`, optionally with `"community": slug`
- `{"rule": "joined", "since" | "before": "2026-05-03"}` or `"within_days" | "before_days": 30`, optionally with
  `"community": slug`: an active membership began then; days begin at midnight UTC

An erased person is in no audience.
"""

from portal.services.people.segments.audiences import audience, count, criterion, matches, sample
from portal.services.people.segments.documents import KINDS, MOST_RULES, VERSION, BadRules, everyone, read, validate
from portal.services.people.segments.keeping import (
    LONGEST_NAME,
    BadSegmentName,
    NameTaken,
    SegmentInUse,
    change,
    delete,
    every,
    follow_community,
    get,
    save,
    scheduled_with,
)
from portal.services.people.segments.rules import STATUSES
from portal.services.people.segments.sentences import sentence, sentences

__all__ = [
    "KINDS",
    "LONGEST_NAME",
    "MOST_RULES",
    "STATUSES",
    "VERSION",
    "BadRules",
    "BadSegmentName",
    "NameTaken",
    "SegmentInUse",
    "audience",
    "change",
    "count",
    "criterion",
    "delete",
    "every",
    "everyone",
    "follow_community",
    "get",
    "matches",
    "read",
    "sample",
    "save",
    "scheduled_with",
    "sentence",
    "sentences",
    "validate",
]
