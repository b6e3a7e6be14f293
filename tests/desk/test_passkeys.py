"""Passkeys in a real browser with a virtual authenticator: made, used to sign in, used to prove, and removed."""

from collections.abc import Iterator
from typing import Any

import pytest

from portal.extensions import db
from portal.models import Passkey
from portal.services.staff import recruiters, set_up
from portal.tools import links
from tests.desk.people import signed_in
from tests.pages import Browser

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
PASSWORD = "four unusual quiet words"


@pytest.fixture
def tab(chromium: Any) -> Iterator[Any]:
    """A tab whose browser has a passkey store of its own."""
    context = chromium.new_context()
    page = context.new_page()
    devices = context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    page.authenticator = devices.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})["authenticatorId"]
    page.devices = devices
    yield page
    context.close()


def set_up_with_passkey(tab: Any, *, name: str = "Work laptop") -> None:
    """Come in by a set-up link and make a passkey the second factor."""
    link = links.set_up(set_up.invite(recruiters.add("rosa@northwind.example", role="owner")).public_id)
    db.session.commit()
    tab.goto(link)
    tab.get_by_label("Your name").fill("Rosa Iglesias")
    tab.get_by_label("Password").fill(PASSWORD)
    tab.get_by_role("button", name="Sign in").click()
    tab.get_by_role("link", name="Set up a passkey").click()
    tab.get_by_label("Name of this passkey").fill(name)
    tab.get_by_role("button", name="Add a passkey").click()
    tab.wait_for_url("**/desk/second-factor/recovery-codes")


def sign_out(tab: Any, address: str) -> None:
    """Press the button in the navigation."""
    tab.goto(f"{address}/desk/")
    tab.get_by_role("button", name="Sign out").click()
    tab.wait_for_url("**/desk/sign-in")


def test_a_passkey_signs_in_by_itself(tab: Any, address: str) -> None:
    set_up_with_passkey(tab, name="Zoë’s laptop")
    sign_out(tab, address)
    tab.get_by_role("button", name="Sign in with a passkey").click()
    tab.wait_for_url(f"{address}/desk/")
    assert tab.get_by_role("heading", level=1).inner_text() == "Good to see you, Rosa Iglesias"
    assert [(row.name, row.usage) for row in db.session.scalars(db.select(Passkey))] == [("Zoë’s laptop", "first")]


def test_a_passkey_leads_to_the_page_that_was_wanted(tab: Any, address: str) -> None:
    set_up_with_passkey(tab)
    sign_out(tab, address)
    tab.goto(f"{address}/desk/communities/")
    tab.get_by_role("button", name="Sign in with a passkey").click()
    tab.wait_for_url(f"{address}/desk/communities/")


def test_a_password_alone_is_led_to_the_passkey(tab: Any, address: str) -> None:
    set_up_with_passkey(tab)
    sign_out(tab, address)
    tab.get_by_label("Email address").fill("rosa@northwind.example")
    tab.get_by_label("Password").fill(PASSWORD)
    tab.get_by_role("button", name="Sign in", exact=True).click()
    tab.wait_for_url(lambda url: "/desk/sign-in/passkey" in url)
    tab.goto(f"{address}/desk/")
    assert "/desk/sign-in" in tab.url
    tab.goto(f"{address}/desk/sign-in/passkey")
    tab.get_by_role("button", name="Use a passkey").click()
    tab.wait_for_url(f"{address}/desk/")


def test_a_passkey_that_does_not_check_its_owner_is_refused(tab: Any, address: str) -> None:
    set_up_with_passkey(tab)
    sign_out(tab, address)
    unverified = {"authenticatorId": tab.authenticator, "isUserVerified": False}
    tab.devices.send("WebAuthn.setUserVerified", unverified)
    tab.get_by_role("button", name="Sign in with a passkey").click()
    tab.get_by_text("Nothing came of it").wait_for()
    tab.goto(f"{address}/desk/")
    assert "/desk/sign-in" in tab.url


def test_a_lost_passkey_gives_way_to_a_recovery_code(tab: Any, address: str) -> None:
    set_up_with_passkey(tab)
    tab.get_by_role("button", name="Make ten new codes").click()
    code = tab.locator("ol code").nth(2).inner_text()
    sign_out(tab, address)
    tab.get_by_label("Email address").fill("rosa@northwind.example")
    tab.get_by_label("Password").fill(PASSWORD)
    tab.get_by_role("button", name="Sign in", exact=True).click()
    tab.get_by_role("link", name="How to come in again").click()
    tab.get_by_role("button", name="Use a recovery code").click()
    tab.get_by_label("Recovery code").fill(code)
    tab.get_by_role("button", name="Sign in").click()
    tab.wait_for_url(f"{address}/desk/")


def test_a_passkey_proves_who_sits_there(tab: Any, address: str) -> None:
    set_up_with_passkey(tab)
    with tab.expect_navigation():
        tab.goto(f"{address}/desk/prove?next=/desk/settings/password")
    tab.get_by_role("button", name="Use a passkey instead").click()
    tab.wait_for_url("**/desk/settings/password")


def test_the_only_second_factor_stays_and_another_can_go(tab: Any, address: str) -> None:
    set_up_with_passkey(tab)
    tab.goto(f"{address}/desk/second-factor/passkeys")
    tab.get_by_role("button", name="Remove the passkey Work laptop").click()
    tab.get_by_text("This is your only second factor").wait_for()
    row = db.session.scalars(db.select(Passkey)).one()
    row.user.tf_primary_method, row.user.tf_totp_secret = "authenticator", "set up elsewhere"
    db.session.commit()
    tab.goto(f"{address}/desk/second-factor/passkeys")
    tab.get_by_role("button", name="Remove the passkey Work laptop").click()
    tab.get_by_text("The passkey Work laptop is removed").wait_for()
    assert db.session.scalars(db.select(Passkey.name)).all() == []


@pytest.mark.parametrize(
    "answer", ["", "{", "[]", "null", '"x"', "{}", '{"id": 1, "rawId": [], "response": "x"}', "9" * 5000]
)
def test_nonsense_is_no_answer_of_a_passkey(browser: Browser, answer: str) -> None:
    signed_in(browser)
    page = browser.open("/desk/second-factor/passkeys").press("Add a passkey", name="Mine")
    form = next(e for e in page.tree.iter() if e.get("data-passkey") == "create")
    fields = {e.get("name"): e.get("value") or "" for e in form.iter() if e.get("name")}
    answered = browser.post(form.get("action") or "", {**fields, "credential": answer})
    assert "could not read" in answered.text
    assert db.session.scalars(db.select(Passkey.name)).all() == []


def test_an_address_that_is_a_number_says_why_there_are_no_passkeys(browser: Browser) -> None:
    signed_in(browser)
    page = browser.open("/desk/sign-in", base_url="http://127.0.0.1:8000")
    assert "Sign in with a passkey" not in page.text
