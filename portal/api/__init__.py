"""The door for other systems: scripts, mail providers and applicant tracking."""

from flask import Blueprint, Flask

from portal.api import inbound

door = Blueprint("api", __name__, url_prefix="/api/v1")
ROOMS = (inbound,)
for room in ROOMS:
    door.register_blueprint(room.room)


def register(app: Flask) -> None:
    """Open this door on the application."""
    app.register_blueprint(door)
