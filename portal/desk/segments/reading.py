"""Segments as everybody at the desk reads them: all of them with their counts, and one with some of its people."""

from flask import render_template

from portal.desk.segments.base import KEY, SAMPLE, get, room
from portal.models import Segment
from portal.services.people import segments
from portal.services.people.segments import BadRules
from portal.tools.policy import allow


@room.get("/")
@allow("viewer")
def index() -> str:
    """List the segments, each as a sentence and with the people it finds now."""
    rows = segments.every()
    said = segments.sentences([segment.rules for segment in rows])
    return render_template(
        "desk/segments/index.html",
        rows=[(segment, sentence, _count(segment)) for segment, sentence in zip(rows, said, strict=True)],
    )


@room.get(f"/{KEY}")
@allow("viewer")
def show(key: int) -> str:
    """Show whom a segment finds now."""
    segment = get(key)
    count = _count(segment)
    return render_template(
        "desk/segments/show.html",
        segment=segment,
        sentence=segments.sentences([segment.rules])[0],
        count=count,
        people=[] if count is None else segments.sample(segment.rules, SAMPLE),
        newsletters=segments.scheduled_with(segment),
    )


def _count(segment: Segment) -> int | None:
    try:
        return segments.count(segment.rules)
    except BadRules:
        return None
