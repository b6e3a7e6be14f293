"""Who gets it and who does not."""

from portal import clock
from portal.extensions import db
from portal.models import Member
from portal.services.people import segments
from tests import factories
from tests.desk.newsletters.rows import draft, join
from tests.desk.people import signed_in
from tests.pages import Browser


def test_who_does_not_get_it_is_counted_named_and_explained(browser: Browser) -> None:
    newsletter = draft()
    join(newsletter.community, Amara="every", Kofi="monthly", Lena="quarterly")
    muted = factories.membership(at=newsletter.community, of=factories.member(name="Mo"), muted_at=clock.now())
    signed_in(browser)
    page = browser.open(f"/desk/newsletters/{newsletter.id}/audience")
    assert "3 people do not get it" in page.text
    for words in ("Not due yet", "Digests are not sent yet", "Kofi, Lena", "Muted", muted.member.name):
        assert words in page.text
    people = browser.open(f"/desk/newsletters/{newsletter.id}/audience/people", query_string={"reason": "not_due_yet"})
    assert people.h1 == "2 people do not get it: Not due yet"
    assert ("Kofi" in people.text, "Amara" in people.text) == (True, False)
    assert "Amara" in browser.open(f"/desk/newsletters/{newsletter.id}/audience/people").text
    browser.open(f"/desk/newsletters/{newsletter.id}/audience/people?reason=x", status=404)


def test_a_segment_narrows_the_community_and_never_widens_it(browser: Browser) -> None:
    newsletter, field = draft(), factories.community(slug="field", name="Field work")
    join(newsletter.community, Amara="every", Zoe="every")
    zoe = db.session.query(Member).filter_by(name="Zoe").one()
    factories.membership(at=field, of=zoe)
    factories.membership(at=field, of=factories.member(name="Outsider"))
    segment = segments.save("In the field", {"version": 1, "all": [{"rule": "community", "is": "field"}]})
    signed_in(browser)
    page = browser.open(f"/desk/newsletters/{newsletter.id}/audience").press("Count again", who=str(segment.id))
    assert "1 person in Robotics software and in the segment “In the field”." in page.text
    assert segments.sentence(segment.rules) in page.text
    people = browser.open(f"/desk/newsletters/{newsletter.id}/audience/people").text
    assert ("Zoe" in people, "Amara" in people, "Outsider" in people) == (True, False, False)
    assert "Choose whom" in browser.open(page.path).press("Count again", who="999").text
    assert page.press("Count again", who="everyone").text.count("2 people in Robotics software") == 1
