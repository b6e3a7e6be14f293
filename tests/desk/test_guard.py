"""The desk's door: closed by default, and held to what each view declares."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.routing import Rule

from portal.extensions import db
from portal.models import ROLES
from portal.tools.policy import allow, allowed
from tests import factories
from tests.desk.people import signed_in
from tests.pages import Browser

OTHERS_TO_DECLARE = {"static"}
"""Flask's own route for files that anyone may have."""


def test_every_route_declares_who_may_use_it(app: Flask) -> None:
    silent = {r.endpoint for r in app.url_map.iter_rules() if allowed(app.view_functions[r.endpoint]) is None}
    assert silent - OTHERS_TO_DECLARE == set()


def test_every_desk_route_asks_for_a_role_but_the_entrance(app: Flask) -> None:
    open_to_all = {r.endpoint for r in _desk_rules(app) if allowed(app.view_functions[r.endpoint]) not in ROLES}
    assert open_to_all == {
        "desk.session.set_up",
        "security.login",
        "security.logout",
        "security.mf_recovery",
        "security.tf_select",
        "security.two_factor_rescue",
        "security.two_factor_token_validation",
        "security.wan_signin",
        "security.wan_signin_response",
    }


def test_a_view_without_a_policy_is_shut(app: Flask) -> None:
    app.testing, kept = False, app.view_functions["desk.home.index"]
    app.view_functions["desk.home.index"] = lambda: "open to everyone"
    try:
        assert app.test_client().get("/desk/").status_code == 500
    finally:
        app.testing, app.view_functions["desk.home.index"] = True, kept


def test_no_desk_page_opens_without_signing_in(app: Flask) -> None:
    for rule in _desk_rules(app):
        if allowed(app.view_functions[rule.endpoint]) in ROLES and "GET" in (rule.methods or set()):
            response = app.test_client().get(_address(rule))
            assert response.status_code == 303, rule
            assert response.location.startswith("/desk/sign-in"), rule


def test_each_role_opens_what_it_may_and_nothing_more(app: Flask) -> None:
    community = factories.community(interests=("motion",))
    factories.newsletter(at=community)
    people = {role: factories.recruiter(role=role) for role in ROLES}
    db.session.commit()
    browsers = {role: Browser(app) for role in ROLES}
    for role, browser in browsers.items():
        signed_in(browser, people[role])
    wrong = []
    for rule in _desk_rules(app):
        needed = allowed(app.view_functions[rule.endpoint])
        if needed not in ROLES or "GET" not in (rule.methods or set()):
            continue
        for role, browser in browsers.items():
            status = browser.client.get(_address(rule)).status_code
            refused = ROLES.index(role) < ROLES.index(needed)
            if (status == 403) != refused or status >= 500:
                wrong.append((rule.endpoint, role, status))
    assert wrong == []


def test_too_low_a_role_is_told_kindly(browser: Browser) -> None:
    signed_in(browser, role="viewer")
    page = browser.open("/desk/communities/new", status=403)
    assert page.h1 == "You can’t open this page"


def test_signing_in_leads_back_to_the_page_that_was_asked_for(browser: Browser) -> None:
    response = browser.client.get("/desk/communities/?x=1")
    assert response.location == "/desk/sign-in?next=/desk/communities/?x%3D1"


def test_desk_pages_are_kept_out_of_caches(browser: Browser) -> None:
    assert browser.open("/desk/sign-in").headers["Cache-Control"] == "no-store"
    signed_in(browser)
    assert browser.open("/desk/").headers["Cache-Control"] == "no-store"


def test_a_form_from_a_page_that_is_too_old_keeps_what_was_typed(browser: Browser) -> None:
    signed_in(browser)
    page = browser.post("/desk/communities/new", {"name": "Robotics"}, status=400)
    assert page.h1 == "This page was open for too long"


def test_a_closed_account_is_out_at_once(browser: Browser) -> None:
    recruiter = signed_in(browser)
    recruiter.active = False
    db.session.commit()
    assert browser.open("/desk/").h1 == "Sign in to the desk"


def test_a_made_up_cookie_opens_nothing(browser: Browser, app: Flask) -> None:
    recruiter = signed_in(browser)
    uniquifier = recruiter.fs_uniquifier
    for cookie in ({"_user_id": uniquifier}, {"_user_id": uniquifier, "desk": "x" * 43, "desk_seen": 9e9}):
        other = Browser(app)
        with other.client.session_transaction() as session:
            session.update(cookie)
        assert other.open("/desk/").h1 == "Sign in to the desk"


@pytest.mark.parametrize("header", ["Authentication-Token", "Authorization"])
def test_a_token_in_a_header_opens_nothing(browser: Browser, header: str) -> None:
    recruiter = signed_in(browser)
    with browser.app.test_request_context():
        token = recruiter.get_auth_token()
    response = browser.app.test_client().get("/desk/", headers={header: token}, query_string={"auth_token": token})
    assert response.status_code == 303


def test_a_view_keeps_its_declaration() -> None:
    assert allowed(allow("viewer")(lambda: "")) == "viewer"


def _desk_rules(app: Flask) -> Iterator[Rule]:
    return (r for r in app.url_map.iter_rules() if r.endpoint.split(".")[0] in {"desk", "security"})


def _address(rule: Rule) -> str:
    filled = re.sub(r"<any\((\w+).*?>", r"\1", rule.rule)
    return re.sub(r"<string:[^>]*>|<path:[^>]*>|<[a-z_]+>", "nothing", re.sub(r"<int[^>]*>", "1", filled))
