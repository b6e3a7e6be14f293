"""Forecasts: who would get a newsletter if it went out now and who would not, with names behind every number."""

from collections.abc import Sequence
from dataclasses import dataclass

from portal.extensions import db
from portal.models import Member, Newsletter
from portal.services.people import segments
from portal.services.sending import addressing

SAMPLE = 3


@dataclass(frozen=True)
class Forecast:
    """Counts by reason with a few people each; `""` is the reason of those who get it."""

    planned: int
    pending: int
    excluded: dict[str, int]
    samples: dict[str, Sequence[Member]]
    sentence: str
    """The segment in words, `""` where the newsletter is for everyone in the community."""


def forecast(newsletter: Newsletter) -> Forecast:
    """Count who would get it now, and name a few of each kind; nothing is written."""
    counted = addressing.forecast(newsletter)
    excluded = dict(sorted(counted["excluded"].items(), key=lambda pair: -pair[1]))
    present = [*([""] if counted["pending"] else []), *excluded]
    return Forecast(
        planned=counted["planned"],
        pending=counted["pending"],
        excluded=excluded,
        samples={reason: _some(newsletter, reason) for reason in present},
        sentence=segments.sentence(newsletter.segment.rules) if newsletter.segment else "",
    )


def _some(newsletter: Newsletter, reason: str) -> Sequence[Member]:
    return db.session.scalars(addressing.people(newsletter, reason).limit(SAMPLE)).all()
