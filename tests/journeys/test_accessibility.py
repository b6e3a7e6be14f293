"""Every page there is, in a real browser: nothing for axe to find, never wider than the screen, and no complaint."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask

from portal.extensions import db
from portal.services.people import sessions
from tests.browsing import sideways, violations, violations_once_more
from tests.desk.people import signed_in
from tests.journeys import world
from tests.pages import Browser

VIEWS = [(320, "light", violations), (1280, "dark", violations_once_more)]
"""Each width and each theme; the specimens in tests/templates are looked at in every pair of them."""

pytestmark = pytest.mark.one_engine

NOT_PAGES = {
    "static": "files",
    "public.brand.site": "a style sheet",
    "public.brand.community": "a style sheet",
    "public.health.alive": "a word for machines",
    "public.health.ready": "a word for machines",
    "public.logo.show": "a picture",
    "public.newsletters.feed": "an Atom feed",
    "public.tracking.lead_on": "only leads on",
    "public.tracking.pixel": "a picture",
    "public.outbox.html": "a mail's own body, which runs no scripts, so axe cannot look at it in its frame",
    "desk.incoming.raw": "a file",
    "desk.newsletters.not_sent_csv": "a sheet",
    "desk.newsletters.progress": "figures for a page that is open",
    "desk.newsletters.preview": "a mail's own body, which runs no scripts, so axe cannot look at it in its frame",
    "desk.session.done": "only leads on",
    "security.wan_delete": "only leads back to the passkeys",
}


def test_every_page_is_accessible_and_fits(chromium: Any, app: Flask, address: str) -> None:
    furnished, look = world.furnish(), Look(app)
    for who, walks in furnished.walks.items():
        with _tab(chromium, address, cookie=_cookie(app, furnished, who)) as tab:
            look.along(tab)
            for one in walks:
                _go(tab, one, look)
    assert look.faults == {}
    assert _pages(app) - look.seen == NOT_PAGES.keys()
    assert look.seen & NOT_PAGES.keys() == set()


def test_empty_rooms_are_accessible_and_fit_too(chromium: Any, app: Flask, address: str) -> None:
    look = Look(app)
    browser = Browser(app)
    signed_in(browser)
    with _tab(chromium, address, cookie=("session", _value(browser))) as tab:
        rooms = ("/desk/", "/desk/members", "/desk/segments/", "/desk/newsletters/", "/desk/communities/")
        came_back = ("/desk/members/suppressed", "/desk/members/replies", "/desk/incoming/")
        for path in ("/", "/outbox", "/desk/newsletters/new", *rooms, *came_back):
            _go(tab, world.walk(path), look)
    assert look.faults == {}


FAULTS = {
    "image-alt": ("img", {"src": "/logo"}),
    "label": ("input", {}),
    "color-contrast": ("p", {"textContent": "Pale words", "style": "color: #ccc"}),
}


@pytest.mark.parametrize("rule", FAULTS)
def test_a_fault_is_found(chromium: Any, app: Flask, address: str, rule: str) -> None:
    with _tab(chromium, address) as tab:
        tab.goto("/")
        _add_to(tab, *FAULTS[rule])
        assert rule in {found.split(":")[0] for found in violations(tab)}


def test_a_fault_of_the_dark_theme_and_a_wide_page_are_found(chromium: Any, app: Flask, address: str) -> None:
    look = Look(app)
    with _tab(chromium, address) as tab:
        tab.goto("/")
        _add_to(tab, "p", {"textContent": "Dark and wide words", "style": "color: #222; inline-size: 400px"})
        look.at(tab, "spoilt")
    kinds = [re.sub(r"\d+ px|(: [a-z-]+):.*", r"\1", fault, flags=re.DOTALL) for fault in look.faults["spoilt"]]
    assert kinds == ["320 light:  too wide", "1280 dark: color-contrast"]


class Look:
    """What was found where, and the views whose pages were seen."""

    def __init__(self, app: Flask) -> None:
        self.faults: dict[str, list[str]] = {}
        self.seen: set[str] = set()
        self._routes = app.url_map.bind("localhost")

    def at(self, tab: Any, name: str) -> None:
        """Look at the page a tab shows, in both widths and themes and with all of it unfolded."""
        found = []
        tab.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        for width, theme, find in VIEWS:
            tab.set_viewport_size({"width": width, "height": 800})
            tab.emulate_media(color_scheme=theme)
            found += [f"{width} {theme}: {sideways(tab)} px too wide"] * bool(sideways(tab))
            found += [f"{width} {theme}: {fault}" for fault in find(tab)]
        tab.set_viewport_size({"width": VIEWS[0][0], "height": 800})
        if found:
            self.faults.setdefault(name, []).extend(found)

    def along(self, tab: Any) -> None:
        """Keep which views a tab shows, and what its pages complain of in the console."""
        tab.on("response", self._remember)
        tab.on("pageerror", lambda error: self._complain(tab, str(error)))
        tab.on("console", lambda message: self._complain(tab, message.text))

    def _complain(self, tab: Any, words: str) -> None:
        # An answer such as 404 is told in the console too, and so is a picture of somebody's mail that is not there.
        if not words.startswith("Failed to load resource"):
            self.faults.setdefault(tab.url, []).append(f"console: {words}")

    def _remember(self, response: Any) -> None:
        page = "text/html" in response.headers.get("content-type", "") and response.status == 200
        if page and response.request.method == "GET" and response.frame.parent_frame is None:
            path = "/" + response.url.split("/", 3)[3].split("?")[0]
            self.seen.add(self._routes.match(path, method="GET")[0])


def _go(tab: Any, one: world.Walk, look: Look) -> None:
    tab.goto(one.path)
    look.at(tab, one.path)
    for button, typed in one.presses:
        for label, text in typed.items():
            field = tab.get_by_label(label).first
            field.check() if field.get_attribute("type") in {"checkbox", "radio"} else field.fill(text)
        with tab.expect_navigation():
            tab.get_by_role("button", name=button, exact=True).first.click()
        look.at(tab, f"{one.path} → {button}")


def _add_to(tab: Any, kind: str, values: dict[str, str]) -> None:
    script = (
        "([kind, values]) => document.querySelector('main').append(Object.assign(document.createElement(kind), values))"
    )
    tab.evaluate(script, [kind, values])


@contextmanager
def _tab(chromium: Any, address: str, *, cookie: tuple[str, str] | None = None) -> Iterator[Any]:
    size = {"width": VIEWS[0][0], "height": 800}
    context = chromium.new_context(base_url=address, viewport=size, reduced_motion="reduce")
    if cookie:
        context.add_cookies([{"name": cookie[0], "value": cookie[1], "url": address}])
    yield context.new_page()
    context.close()


def _cookie(app: Flask, furnished: world.World, who: str) -> tuple[str, str] | None:
    if who in {"member", "complainer"}:
        secret = sessions.open_for(getattr(furnished, who))
        db.session.commit()
        return "member", secret
    at_the_desk = dict.fromkeys(("owner", "newsletters", "returns"), furnished.owner)
    person = {**at_the_desk, "viewer": furnished.viewer}.get(who)
    if person is None:
        return None
    browser = Browser(app)
    signed_in(browser, person)
    return "session", _value(browser)


def _value(browser: Browser) -> str:
    cookie = browser.client.get_cookie("session")
    assert cookie is not None
    return cookie.value


def _pages(app: Flask) -> set[str]:
    return {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
