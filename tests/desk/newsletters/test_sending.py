"""Sending now, later, held, cancelled."""

from datetime import timedelta

import pytest

from portal import clock
from portal.extensions import db
from portal.models import Delivery
from portal.services.newsletters import writing
from portal.services.sending import addressing
from tests.desk.newsletters.rows import again, draft, join
from tests.desk.people import signed_in
from tests.pages import Browser


def test_a_double_click_sends_once(browser: Browser) -> None:
    newsletter = draft()
    join(newsletter.community, Amara="every")
    signed_in(browser)
    page = browser.open(f"/desk/newsletters/{newsletter.id}/send")
    page.press("Send now to 1 person")
    first = again(newsletter).send_at
    page.press("Send now to 1 person")
    later = again(newsletter)
    assert (later.state, later.send_at is not None, first is not None) == ("scheduled", True, True)
    addressing.address(later)
    db.session.commit()
    assert page.press("Send now to 1 person").path == f"/desk/newsletters/{newsletter.id}"
    assert db.session.query(Delivery).count() == 1


def test_words_changed_meanwhile_are_read_again_before_they_go(browser: Browser) -> None:
    newsletter = draft()
    join(newsletter.community, Amara="every")
    signed_in(browser)
    page = browser.open(f"/desk/newsletters/{newsletter.id}/send")
    writing.write(newsletter, seen=writing.mark(newsletter), body="Changed by a colleague")
    db.session.commit()
    asked = page.press("Send now", status=409)
    assert "Read it once more before it goes" in asked.text
    assert again(newsletter).state == "draft"
    asked.press("Send now")
    assert again(newsletter).state == "scheduled"


def test_it_is_scheduled_on_the_clocks_of_a_place_and_taken_back(browser: Browser) -> None:
    newsletter = draft()
    signed_in(browser)
    page = browser.open(f"/desk/newsletters/{newsletter.id}/send")
    day = (clock.now() + timedelta(days=400)).replace(month=7).date().isoformat()
    shown = page.press("Schedule it", day=day, time="09:30", zone="Europe/Madrid")
    assert f"That is {day} 09:30 on the clocks of Europe/Madrid." in shown.text
    kept = again(newsletter)
    assert kept.send_at is not None
    assert (kept.send_at.isoformat(), kept.send_zone) == (f"{day}T07:30:00+00:00", "Europe/Madrid")
    shown.press("Take it back to draft")
    assert (again(newsletter).state, newsletter.send_wall) == ("draft", "")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"day": "2020-01-01", "time": "09:30"}, "This moment has passed"),
        ({"day": "", "time": ""}, "Enter a day"),
        ({"day": "tomorrow", "time": "noon"}, "Enter a date like"),
        ({"day": "9999-12-31", "time": "23:59", "zone": "Pacific/Pago_Pago"}, "Enter a day in this century"),
        ({"day": "2030-01-01", "time": "09:30", "zone": "Mars/Phobos"}, "Choose"),
    ],
)
def test_a_moment_that_cannot_be_is_said_at_its_field(browser: Browser, typed: dict[str, str], words: str) -> None:
    newsletter = draft()
    signed_in(browser)
    page = browser.open(f"/desk/newsletters/{newsletter.id}/send")
    assert words in page.press("Schedule it", status=422, **typed).text
    assert again(newsletter).state == "draft"


def test_without_text_or_postal_address_nothing_can_be_sent(browser: Browser) -> None:
    newsletter = draft(body="")
    signed_in(browser)
    page = browser.open(f"/desk/newsletters/{newsletter.id}/send")
    assert "There is no text yet" in page.text
    assert "Send now" not in page.text


def test_sending_is_held_released_and_cancelled(browser: Browser) -> None:
    newsletter = draft()
    join(newsletter.community, Amara="every", Zoe="every")
    newsletter.send_at = clock.now()
    addressing.address(newsletter)
    signed_in(browser)
    page = browser.open(f"/desk/newsletters/{newsletter.id}").press("Hold it")
    assert "It is held." in page.text
    assert again(newsletter).held_at is not None
    page = page.press("Let it go on")
    assert again(newsletter).held_at is None
    asked = page.follow("Cancel the rest")
    assert "2 people who were not mailed yet will not get it." in asked.text
    done = asked.press("Cancel the rest")
    assert "2 planned = 0 sent + 0 waiting + 0 failed + 0 in doubt + 2 left out. Nobody is missing." in done.text


def test_a_late_newsletter_asks_a_person(browser: Browser) -> None:
    newsletter = draft(send_at=clock.now() - timedelta(hours=5), held_at=clock.now(), held_reason="late")
    signed_in(browser)
    page = browser.open(f"/desk/newsletters/{newsletter.id}")
    assert "It missed its hour." in page.text
    page.press("Send it now after all")
    kept = again(newsletter)
    assert (kept.held_at, kept.late_confirmed_at is not None) == (None, True)
