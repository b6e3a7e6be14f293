"""The door for recruiters: closed by default, each view says which role it needs."""

from flask import Blueprint, Flask

from portal.desk import communities, entrance, guard, home, incoming, members, newsletters, segments, session, settings

door = Blueprint("desk", __name__, url_prefix="/desk")
for room in (session, home, members, communities, segments, newsletters, incoming, settings):
    door.register_blueprint(room.room)


def register(app: Flask) -> None:
    """Open this door on the application, its entrance and its guard first."""
    entrance.bind(app)
    session.take_over(app)
    guard.stand_at(app)
    app.register_blueprint(door)
