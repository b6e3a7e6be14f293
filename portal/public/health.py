"""Whether the process is alive, and whether it can do its work."""

from flask import Blueprint, Response, jsonify

from portal.services.staff import health
from portal.tools.policy import allow

room = Blueprint("health", __name__)


@room.get("/healthz")
@allow("anyone")
def alive() -> Response:
    """Answer while the process lives."""
    return jsonify(status="alive")


@room.get("/readyz")
@allow("anyone")
def ready() -> tuple[Response, int]:
    """Answer 200 when the database answers, migrations stand at head and a worker beats; else 503 and why."""
    missing = health.what_is_missing()
    return jsonify(ready=not missing, missing=missing), 503 if missing else 200
