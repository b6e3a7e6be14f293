"""The two cookies of the candidate side: who is signed in, and which browser asked for a link."""

import re

from flask import request
from werkzeug.wrappers import Response

from portal import config

MEMBER = "member"
PENDING = "pending"

_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")


def read(kind: str) -> str:
    """Return the secret in this cookie, or "" when there is none or it is not one of ours."""
    value = request.cookies.get(_name(kind), "")
    return value if _SECRET.fullmatch(value) else ""


def give(response: Response, kind: str, secret: str, *, seconds: int) -> None:
    """Hand the browser a secret that scripts and other sites cannot read."""
    secure = not config.current().on_loopback
    response.set_cookie(_name(kind), secret, max_age=seconds, path="/", secure=secure, httponly=True, samesite="Lax")


def take_back(response: Response, kind: str) -> None:
    """Let the browser forget this cookie."""
    secure = not config.current().on_loopback
    response.delete_cookie(_name(kind), path="/", secure=secure, httponly=True, samesite="Lax")


def _name(kind: str) -> str:
    # Browsers keep a __Host- cookie only over https, which a site on this machine does not have.
    return kind if config.current().on_loopback else f"__Host-{kind}"
