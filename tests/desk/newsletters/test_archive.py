"""The archive, seen from the desk."""

from portal.extensions import db
from portal.models import Delivery
from tests.desk.newsletters.rows import again, draft, join
from tests.desk.people import signed_in
from tests.pages import Browser


def test_publishing_addressing_and_sending_are_three_acts(browser: Browser) -> None:
    newsletter = draft()
    join(newsletter.community, Amara="every")
    signed_in(browser)
    page = browser.open(f"/desk/newsletters/{newsletter.id}").press("Show it in the archive")
    assert "Nobody was mailed" in page.text
    assert page.follow("Read it").h1 == "Cucumbers roll"
    assert db.session.query(Delivery).count() == 0
    page.press("Take it out of the archive")
    assert not again(newsletter).is_published
