"""The bases and all parts in a real browser: accessible, never wider than the screen, and quiet in the console."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.serving import make_server

from tests.browsing import sideways, violations
from tests.templates.specimen import make_app

PAGES = ["/fields", "/desk/", "/c/robotics-software", "/broken/404", "/desk/broken/500", "/desk/broken/403?outside"]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = make_server("127.0.0.1", 0, make_app(), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture
def tab(chromium: Any, request: pytest.FixtureRequest) -> Iterator[Any]:
    """A tab of the width and theme asked for; it fails the test when the page complains in the console."""
    width, theme = getattr(request, "param", (1280, "light"))
    context = chromium.new_context(viewport={"width": width, "height": 800}, color_scheme=theme)
    page, complaints = context.new_page(), []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert [words for words in complaints if "Failed to load resource: the server responded" not in words] == []


@pytest.mark.parametrize("tab", [(w, t) for w in (320, 390, 1280) for t in ("light", "dark")], indirect=True)
def test_every_page_is_accessible_and_fits(tab: Any, address: str) -> None:
    for path in PAGES:
        tab.goto(address + path)
        assert violations(tab) == [], path
        assert sideways(tab) == 0, path


@pytest.mark.parametrize("tab", [(320, "dark"), (1280, "light")], indirect=True)
def test_problems_take_the_focus_and_stay_accessible(tab: Any, address: str) -> None:
    tab.goto(f"{address}/fields")
    tab.fill("#email", "amara.example.com")
    tab.get_by_role("button", name="Save").click()
    tab.locator(".error-summary:focus").wait_for()
    assert violations(tab) == []
    assert sideways(tab) == 0
    tab.get_by_role("link", name="Enter a title").click()
    assert tab.evaluate("document.activeElement.id") == "title"


@pytest.mark.parametrize("tab", [(390, "light"), (1280, "light")], indirect=True)
def test_right_to_left_pages_fit_too(tab: Any, address: str) -> None:
    for path in ("/desk/?dir=rtl", "/fields?dir=rtl", "/c/robotics-software?dir=rtl"):
        tab.goto(address + path)
        assert sideways(tab) == 0, path


@pytest.mark.parametrize("tab", [(390, "light")], indirect=True)
def test_the_phone_menu_opens_and_closes_by_keyboard(tab: Any, address: str) -> None:
    tab.goto(f"{address}/desk/members")
    menu = tab.locator("#nav")
    assert not menu.is_visible()
    tab.get_by_role("button", name="Menu").press("Enter")
    assert menu.is_visible()
    assert violations(tab) == []
    tab.keyboard.press("Escape")
    assert not menu.is_visible()


def test_a_double_click_sends_a_form_once(tab: Any, address: str) -> None:
    sent: list[str] = []
    tab.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    tab.goto(f"{address}/fields")
    with tab.expect_navigation():
        tab.get_by_role("button", name="A second form").dblclick()
    assert len(sent) == 1


def test_icons_are_drawn_under_the_security_policy(tab: Any, address: str) -> None:
    tab.goto(f"{address}/desk/")
    box = tab.evaluate("document.querySelector('.app-nav .icon use').getBBox().width")
    assert 10 < box <= 24


def test_without_scripts_the_page_is_the_same(chromium: Any, address: str) -> None:
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800})
    page = context.new_page()
    page.goto(f"{address}/desk/members")
    page.get_by_role("button", name="Menu").click()
    assert page.locator("#nav").is_visible()
    context.close()
