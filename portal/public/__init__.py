"""The door for everyone: careers visitors, members, mail clients and feed readers."""

from flask import Blueprint, Flask
from flask_wtf.csrf import CSRFError

from portal.public import (
    brand,
    check_address,
    communities,
    confirm,
    health,
    logo,
    manage,
    member_door,
    newsletters,
    outbox,
    preferences,
    sign_in,
    tracking,
    unsubscribe,
)

door = Blueprint("public", __name__)
door.before_request(member_door.ask_who)
door.after_request(member_door.keep_private)
door.register_error_handler(CSRFError, member_door.explain_stale_form)
ROOMS = (
    brand,
    check_address,
    communities,
    confirm,
    health,
    logo,
    manage,
    newsletters,
    outbox,
    preferences,
    sign_in,
    tracking,
    unsubscribe,
)
for room in ROOMS:
    door.register_blueprint(room.room)


def register(app: Flask) -> None:
    """Open this door on the application."""
    app.register_blueprint(door)
