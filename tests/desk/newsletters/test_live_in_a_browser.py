"""The page of a newsletter that goes out, open in a real browser: its figures follow, gently, until it is sent."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from portal import clock
from portal.extensions import db
from portal.models import Delivery, DeskSession, Newsletter
from portal.services.sending import accounts, schedule
from tests import factories
from tests.browsing import sideways, violations
from tests.desk.newsletters.rows import again, draft
from tests.desk.people import signed_in
from tests.pages import Browser
from tests.services.sending.outcomes import add

pytestmark = pytest.mark.one_engine

GAPS = (5, 5, 7.5, 11.25, 16.875, 25.3125, 30, 30)
"""Seconds between one look and the next while nothing changes; the first look brings what the page has already."""


class Watched:
    """A tab whose page looks by itself, whose clock is moved by hand; and what its looks were answered."""

    def __init__(self, tab: Any) -> None:
        self.tab = tab
        self.answers: list[int] = []
        self._asked = 0
        tab.on("request", self._note)
        tab.on("response", lambda answer: self.answers.append(answer.status) if _is_look(answer) else None)

    def open(self, newsletter: Newsletter) -> None:
        """Open the page of a newsletter and stop its clock."""
        self.tab.clock.install()
        self.tab.goto(f"/desk/newsletters/{newsletter.id}")
        self.tab.clock.pause_at(self.tab.evaluate("Date.now()") / 1000 + 1)
        self.tab.evaluate("window.isTheSamePage = true")

    def look(self, within: float = 31) -> None:
        """Let time pass until it looks, and wait for what it is answered."""
        before, passed = len(self.answers), 0.0
        while self._asked == before:
            assert passed < within, "it never looks"
            self.tab.clock.run_for(250)
            self.tab.wait_for_timeout(5)
            passed += 0.25
        for _ in range(500):
            if len(self.answers) > before:
                break
            self.tab.wait_for_timeout(20)
        self.tab.wait_for_timeout(30)

    def wait(self, seconds: float) -> None:
        """Let time pass in which it must not look."""
        before = self._asked
        self.tab.clock.run_for(int(seconds * 1000))
        self.tab.wait_for_timeout(100)
        assert self._asked == before

    def until(self, what: Callable[[], bool]) -> None:
        """Look until something is so; a figure may be some seconds old."""
        for _ in range(40):
            if what():
                return
            self.look()
            self.tab.wait_for_timeout(200)
        raise AssertionError(f"it never came: {self.tab.locator('main').inner_text()}")

    def faults(self) -> list[str]:
        """What axe finds, which needs a clock that goes; the test ends with it."""
        self.tab.clock.resume()
        return violations(self.tab) + [f"{sideways(self.tab)} px too wide"] * bool(sideways(self.tab))

    def says(self, words: str) -> bool:
        """Whether somebody who sees the page reads this."""
        return words in " ".join(self.tab.locator("main").inner_text().split())

    def _note(self, request: Any) -> None:
        self._asked += _is_look(request)

    @property
    def seconds(self) -> float:
        """How long the page is open, by its own clock."""
        return float(self.tab.evaluate("performance.now()")) / 1000

    @property
    def read_out(self) -> str:
        """What a screen reader was told last."""
        return str(self.tab.locator("[data-said]").text_content())


@pytest.fixture
def watched(chromium: Any, browser: Browser, address: str) -> Iterator[Watched]:
    """A tab of a signed-in owner on a phone; it fails when the page complains or is loaded anew."""
    signed_in(browser)
    context = _context(chromium, browser, address)
    watched, complaints = Watched(context.new_page()), []
    watched.tab.on("console", lambda message: complaints.append(message.text))
    watched.tab.on("pageerror", lambda error: complaints.append(str(error)))
    yield watched
    same = watched.tab.evaluate("window.isTheSamePage")
    context.close()
    # The clock that is moved by hand cannot be put into the frame of the mail, which runs no scripts.
    assert [words for words in complaints if not words.startswith("Blocked script execution")] == []
    assert same


def test_the_figures_follow_and_agree_with_the_account(watched: Watched) -> None:
    newsletter = _going()
    watched.open(newsletter)
    assert watched.says("120 planned = 10 sent + 100 waiting + 10 failed")
    _arrive(newsletter, 30)
    watched.until(lambda: watched.says("120 planned = 40 sent + 70 waiting + 10 failed"))
    assert watched.says("50 of 120 are through (41 %)")
    figures = watched.tab.locator("#figures .stat").all_inner_texts()
    assert ["".join(figure.split()) for figure in figures[:4]] == ["120Planned", "40Sent", "70Waiting", "10Failed"]
    assert watched.tab.locator("#figures .bar rect").get_attribute("width") == "41%"
    assert watched.faults() == []


def test_it_looks_more_and_more_seldom_while_nothing_changes(watched: Watched) -> None:
    newsletter = _going()
    watched.open(newsletter)
    for gap in GAPS:
        watched.wait(gap - 1.2)
        watched.look(1.4)
    assert watched.answers == [200] + [304] * 7
    _arrive(newsletter, 1)
    watched.until(lambda: watched.says("11 sent"))
    watched.wait(4)
    watched.look(1.2)


def test_a_hidden_tab_asks_nothing_and_a_tab_come_back_to_looks_at_once(watched: Watched) -> None:
    watched.tab.add_init_script("Object.defineProperty(document, 'hidden', {get: () => window.isAway === true})")
    newsletter = _going()
    watched.open(newsletter)
    _turn_away(watched, away=True)
    watched.wait(3600)
    _arrive(newsletter, 5)
    with watched.tab.expect_response(_is_look):
        _turn_away(watched, away=False)
    watched.until(lambda: watched.says("15 sent"))


def test_a_tab_opened_in_the_background_asks_nothing_until_it_is_looked_at(watched: Watched) -> None:
    watched.tab.add_init_script("Object.defineProperty(document, 'hidden', {get: () => window.isAway !== false})")
    watched.open(_going())
    watched.wait(3600)
    with watched.tab.expect_response(_is_look):
        _turn_away(watched, away=False)


def test_it_turns_to_held_and_back_and_to_sent_without_being_loaded_anew(watched: Watched) -> None:
    newsletter = _going()
    watched.open(newsletter)
    schedule.hold(again(newsletter), reason="addresses")
    db.session.commit()
    watched.until(lambda: watched.says("It is held."))
    assert (watched.tab.locator("#state").inner_text(), watched.read_out) == ("Held", "Held")
    assert watched.tab.get_by_role("button", name="Hold it").count() == 0
    schedule.release(again(newsletter))
    db.session.commit()
    watched.until(lambda: watched.tab.get_by_role("button", name="Hold it").count() == 1)
    watched.tab.get_by_role("link", name="Look again").focus()
    _arrive(newsletter, 100)
    accounts.close_finished()
    db.session.commit()
    watched.until(lambda: watched.says("120 planned = 110 sent + 0 waiting"))
    assert (watched.tab.locator("#state").inner_text(), watched.read_out) == ("Sent", "Sent")
    assert watched.tab.get_by_role("link", name="Look again").count() == 0
    assert watched.tab.evaluate("document.activeElement.id") == "account-h"
    watched.wait(3600)
    assert watched.faults() == []


def test_a_start_that_is_due_is_waited_for(watched: Watched) -> None:
    newsletter = draft(send_at=clock.now())
    db.session.commit()
    watched.open(newsletter)
    assert watched.tab.locator("#state").inner_text() == "Scheduled"
    watched.look()
    newsletter = again(newsletter)
    newsletter.addressed_at, newsletter.planned = clock.now(), 0
    add(newsletter, "pending", count=3)
    db.session.commit()
    watched.until(lambda: watched.says("3 planned = 0 sent + 3 waiting"))


def test_whoever_stands_on_a_figure_keeps_it(watched: Watched) -> None:
    newsletter = _going()
    watched.open(newsletter)
    watched.tab.get_by_role("link", name="10", exact=True).first.focus()
    _arrive(newsletter, 30)
    for _ in range(3):
        watched.look()
        watched.tab.wait_for_timeout(700)
    assert watched.says("10 sent") and watched.tab.evaluate("document.activeElement.closest('#figures') !== null")
    watched.tab.evaluate("document.activeElement.blur()")
    watched.until(lambda: watched.says("40 sent"))


def test_not_every_change_is_read_out(watched: Watched) -> None:
    newsletter = _going()
    watched.open(newsletter)
    heard, begun = "", watched.seconds
    for sent in range(11, 20):
        _arrive(newsletter, 1)
        watched.until(lambda sent=sent: watched.says(f"{sent} sent"))  # type: ignore[misc]
        assert watched.read_out == heard or watched.seconds - begun > 60
        if watched.read_out != heard:
            heard, begun = watched.read_out, watched.seconds
            assert heard.startswith(f"{sent} of 120 sent.")
            break
    assert heard


def test_whoever_is_signed_out_meanwhile_is_told_and_asks_no_more(watched: Watched) -> None:
    watched.open(_going())
    db.session.query(DeskSession).update({"ended_at": clock.now()})
    db.session.commit()
    watched.look()
    watched.tab.get_by_text("You were signed out, so this page stands still.").wait_for()
    watched.wait(3600)


def test_without_scripts_a_link_looks_again(chromium: Any, browser: Browser, address: str) -> None:
    newsletter = _going()
    signed_in(browser)
    context = _context(chromium, browser, address, java_script_enabled=False)
    tab = context.new_page()
    tab.goto(f"/desk/newsletters/{newsletter.id}")
    tab.get_by_text("120 planned = 10 sent").wait_for()
    _arrive(newsletter, 30)
    tab.get_by_role("link", name="Look again").click()
    tab.get_by_text("120 planned = 40 sent").wait_for()
    assert tab.locator("meta[http-equiv=refresh]").count() == 0
    context.close()


def _context(chromium: Any, browser: Browser, address: str, **options: Any) -> Any:
    phone = {"width": 390, "height": 844}
    context = chromium.new_context(viewport=phone, base_url=address, reduced_motion="reduce", **options)
    context.set_default_timeout(10_000)
    cookie = browser.client.get_cookie("session")
    context.add_cookies([{"name": "session", "value": cookie.value, "url": address}])
    return context


def _is_look(answer: Any) -> bool:
    return str(answer.url).endswith("/progress")


def _turn_away(watched: Watched, *, away: bool) -> None:
    watched.tab.evaluate(
        "away => { window.isAway = away; document.dispatchEvent(new Event('visibilitychange')) }", away
    )


def _going() -> Newsletter:
    newsletter = draft(addressed_at=clock.now(), send_at=clock.now(), planned=0)
    add(newsletter, "sent", count=10, ago=5)
    add(newsletter, "failed", "no_mailbox", count=10, ago=5, member_id=None)
    add(newsletter, "pending", count=100)
    factories.membership(at=newsletter.community)
    db.session.commit()
    return newsletter


def _arrive(newsletter: Newsletter, count: int) -> None:
    """Let so many of those who wait be answered for."""
    waiting = db.session.query(Delivery).filter_by(newsletter_id=newsletter.id, state="pending").limit(count)
    for row in waiting.all():
        row.state, row.settled_at, row.due_at = "sent", clock.now(), None
    db.session.commit()
