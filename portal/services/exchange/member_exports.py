"""Exporting members: everybody, or the people of one segment, row by row."""

from collections.abc import Iterator

from portal.models import Segment
from portal.services.people import members
from portal.services.people.members import Question

HEADINGS = ["name", "email", "state", "communities", "interests", "frequency", "joined", "consent"]


def rows(segment: Segment | None = None) -> Iterator[list[str]]:
    """Yield the headings, then one row for each member, read in batches so that memory stays flat."""
    yield HEADINGS
    for row in members.export_rows(members.criterion(Question(segment=segment))):
        yield [row[name] for name in HEADINGS]
