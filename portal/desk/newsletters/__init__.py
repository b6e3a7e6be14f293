"""The newsletters room: write one, look at it, choose who gets it, send it, and see where it went."""

from portal.desk.newsletters import (
    account,
    archive,
    audience,
    doubts,
    live,
    people,
    readers,
    refusals,
    sending,
    writing,
)
from portal.desk.newsletters.base import room

__all__ = [
    "account",
    "archive",
    "audience",
    "doubts",
    "live",
    "people",
    "readers",
    "refusals",
    "room",
    "sending",
    "writing",
]
