"""Pages for members ask for a session, and keep what they show to the person it belongs to."""

from collections.abc import Iterator

import pytest
from flask import Flask, g

from portal.extensions import db
from portal.public import member_door
from portal.services.people import sessions
from portal.tools.policy import allow
from tests import factories
from tests.pages import Browser


@allow("member")
def greet() -> str:
    """A page for members."""
    return f"Hello {g.member.name}"


@pytest.fixture
def guarded(app: Flask) -> Iterator[Flask]:
    """A small application whose only pages are ours, behind the real guard."""
    small = Flask("guarded")
    small.config["SECRET_KEY"] = "k" * 40
    small.before_request(member_door.ask_who)
    small.after_request(member_door.keep_private)
    small.add_url_rule("/greet", view_func=greet, methods=["GET", "POST"])
    small.add_url_rule("/sign-in", endpoint="public.sign_in.ask", view_func=allow("anyone")(lambda: "sign in"))
    small.config["SQLALCHEMY_DATABASE_URI"] = app.config["SQLALCHEMY_DATABASE_URI"]
    db.init_app(small)
    yield small


def test_without_a_session_a_page_for_members_leads_to_sign_in_and_back(guarded: Flask) -> None:
    response = guarded.test_client().get("/greet?page=2")
    assert (response.status_code, response.headers["Location"]) == (303, "/sign-in?next=/greet?page%3D2")


def test_a_form_sent_without_a_session_leads_to_sign_in(guarded: Flask) -> None:
    assert guarded.test_client().post("/greet").headers["Location"] == "/sign-in"


def test_a_session_opens_the_page_and_keeps_it_private(app: Flask, guarded: Flask) -> None:
    member = factories.member(name="Amara")
    secret = sessions.open_for(member)
    db.session.commit()
    client = guarded.test_client()
    client.set_cookie("member", secret)
    response = client.get("/greet")
    assert (response.text, response.headers["Cache-Control"]) == ("Hello Amara", "no-store")


@pytest.mark.parametrize("cookie", ["", "x" * 43, "x" * 9000, "\xff"])
def test_a_cookie_we_did_not_give_opens_nothing(guarded: Flask, cookie: str) -> None:
    client = guarded.test_client()
    client.set_cookie("member", cookie)
    assert client.get("/greet").status_code == 303


def test_a_stale_form_is_explained(browser: Browser) -> None:
    page = browser.post("/sign-in", {"email": "amara@example.org"}, status=400)
    assert page.h1 == "This page was open for too long"
