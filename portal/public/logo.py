"""The company's logo, from the file the settings name."""

from flask import Blueprint, abort, request
from werkzeug.wrappers import Response

from portal import config
from portal.tools.policy import allow

room = Blueprint("logo", __name__)

KEPT = 3600
LARGEST = 2 * 1024 * 1024


@room.get("/logo")
@allow("anyone")
def show() -> Response:
    """Give the logo as what its bytes are, whatever its name says; without one there is nothing here."""
    picture = _read()
    kind = _kind(picture) or abort(404)
    response = Response(picture, mimetype=kind)
    response.cache_control.public = True
    response.cache_control.max_age = KEPT
    response.add_etag()
    return response.make_conditional(request)


def _read() -> bytes:
    path = config.current().logo
    if path is None:
        return b""
    try:
        with path.open("rb") as file:
            found = file.read(LARGEST + 1)
    except OSError:
        return b""
    return found if len(found) <= LARGEST else b""


def _kind(picture: bytes) -> str | None:
    if picture.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if picture.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    return "image/webp" if picture[:4] == b"RIFF" and picture[8:12] == b"WEBP" else None
