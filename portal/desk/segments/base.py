"""What the pages about segments share: the row of the page, and its question put carefully."""

from flask import Blueprint, abort

from portal.extensions import db
from portal.models import Segment

room = Blueprint("segments", __name__, url_prefix="/segments")

KEY = "<int(max=9223372036854775807):key>"
SAMPLE = 8


def get(key: int) -> Segment:
    """Return the segment of the page, or answer 404."""
    return db.session.get(Segment, key) or abort(404)
