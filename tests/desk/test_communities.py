"""The communities room: begun, described, shared and tended by owners, read by everyone at the desk."""

from typing import Any

import pytest

from portal import clock
from portal.extensions import db
from portal.models import Community, Interest
from tests import factories
from tests.desk.people import signed_in
from tests.pages import Browser, Page


def begun(browser: Browser, **values: Any) -> Page:
    """Press the button that begins a community."""
    return browser.open("/desk/communities/new").press("Begin it", **{"name": "Robotics software", **values})


def test_an_owner_begins_a_community(browser: Browser) -> None:
    signed_in(browser)
    page = (
        browser.open("/desk/communities/")
        .follow("Begin the first one")
        .press(
            "Begin it",
            name="Robotics software",
            summary="What our gripper team learns.",
            about="We write **every month**.",
            written_by="Mara Jansen",
            cadence="quarterly",
            state="private",
            language="de",
            brand_color="#AA3300",
        )
    )
    assert page.h1 == "Robotics software"
    row = db.session.scalars(db.select(Community)).one()
    assert (row.slug, row.summary, row.cadence) == ("robotics-software", "What our gripper team learns.", "quarterly")
    assert (row.state, row.language, row.brand_color) == ("private", "de", "#aa3300")
    assert "Robotics software" in browser.open("/desk/communities/").text


def test_the_address_can_be_looked_at_first(browser: Browser) -> None:
    signed_in(browser)
    page = browser.open("/desk/communities/new")
    page = page.press("Show the address", name="Büro & Küche", status=200)
    assert "http://localhost/c/buro-and-kuche" in page.text
    assert page.errors == []
    page = page.press("Show the address", slug="Our kitchen")
    assert "http://localhost/c/our-kitchen" in page.text
    assert db.session.scalars(db.select(Community)).all() == []


def test_an_address_that_is_taken_is_told_at_its_field(browser: Browser) -> None:
    factories.community(slug="robotics")
    signed_in(browser)
    page = begun(browser, name="Robotics", status=422)
    assert "Another community lives at this address" in page.text
    assert page.press("Begin it", slug="robotics-2").h1 == "Robotics"


def test_what_is_missing_or_wrong_is_told(browser: Browser) -> None:
    signed_in(browser)
    page = begun(browser, name=" ", brand_color="blue", status=422)
    assert page.title.startswith("Error:")
    assert "Enter a name" in page.text
    assert "Write the colour like #17694e" in page.text


def test_a_community_is_described_anew(browser: Browser) -> None:
    community = factories.community(slug="robotics", name="Robotics")
    signed_in(browser)
    page = browser.open(f"/desk/communities/{community.id}").follow("Change")
    page = page.press("Keep it", name="Robots", slug="robots", state="closed", brand_color="")
    assert page.h1 == "Robots"
    row = db.session.scalars(db.select(Community)).one()
    assert (row.name, row.slug, row.state, row.brand_color) == ("Robots", "robots", "closed", None)


def test_an_address_stays_once_newsletters_are_out(browser: Browser) -> None:
    community = factories.community(slug="robotics")
    factories.newsletter(at=community, published_at=clock.now())
    signed_in(browser)
    page = browser.open(f"/desk/communities/{community.id}/edit")
    assert "so it stays" in page.text
    token = next(e.get("value") for e in page.tree.iter() if e.get("name") == "csrf_token")
    values = {"name": "Other", "slug": "other", "cadence": "monthly", "state": "open", "language": "en"}
    browser.post(f"/desk/communities/{community.id}/edit", {**values, "csrf_token": token})
    assert db.session.scalars(db.select(Community.slug)).all() == ["robotics"]


def test_links_are_there_to_share(browser: Browser) -> None:
    community = factories.community(slug="robotics")
    signed_in(browser, role="viewer")
    page = browser.open(f"/desk/communities/{community.id}")
    shared = [e.get("value") for e in page.tree.iter() if e.get("readonly") is not None]
    assert shared == ["http://localhost/c/robotics", "http://localhost/c/robotics/feed.atom"]
    assert "Change" not in page.text


def test_interests_are_added_renamed_ordered_and_retired(browser: Browser) -> None:
    community = factories.community(interests=())
    signed_in(browser)
    page = browser.open(f"/desk/communities/{community.id}").follow("Tend them")
    for name in ("C", "C++", "Gripping"):
        page = page.press("Add it", name=name)
    assert "offers this already" in page.press("Add it", name="gripping", status=422).text
    page = page.press("Move Gripping up").press("Move Gripping up")
    assert _offered(community) == ["Gripping", "C", "C++"]
    assert "Another interest" in page.follow("Gripping").press("Rename it", name="c", status=422).text
    page = page.follow("Gripping").press("Rename it", name="Grippers")
    page = page.press("Move Grippers down").press("Retire C++")
    assert _offered(community) == ["C", "Grippers"]
    page = page.press("Add it", name="C++")
    assert _offered(community) == ["C", "Grippers", "C++"]
    assert sorted(db.session.scalars(db.select(Interest.slug))) == ["c", "c-2", "gripping"]


def test_an_interest_of_another_community_is_not_found(browser: Browser) -> None:
    mine, other = factories.community(), factories.community()
    signed_in(browser)
    browser.open(f"/desk/communities/{mine.id}/interests/{other.interests[0].id}", status=404)


@pytest.mark.parametrize("key", ["0", "999999", "9223372036854775807", "9223372036854775808", "9" * 40, "-1", "x"])
def test_a_community_that_is_not_there_is_not_found(browser: Browser, key: str) -> None:
    signed_in(browser)
    browser.open(f"/desk/communities/{key}", status=404)


def test_numbers_open_their_people(browser: Browser) -> None:
    community = factories.community(slug="robotics")
    factories.membership(at=community, interests=[community.interests[0]])
    factories.membership(at=community, ended_at=clock.now(), interests=[community.interests[0]])
    signed_in(browser, role="viewer")
    assert "/desk/members?community=robotics&status=active" in browser.open("/desk/communities/").links
    assert "Motion 1 person" in browser.open(f"/desk/communities/{community.id}").text


@pytest.mark.parametrize("field", ["name", "slug", "summary", "about", "written_by", "brand_color", "language"])
@pytest.mark.parametrize(
    "nonsense", ["\x00", "a\r\nBcc: b", "x" * 50_000, "‮", "ﷺ" * 200, "<script>", "🤖", "{{ 7*7 }}"]
)
def test_nonsense_never_breaks_the_form(browser: Browser, field: str, nonsense: str) -> None:
    signed_in(browser)
    page = browser.open("/desk/communities/new")
    token = next(e.get("value") for e in page.tree.iter() if e.get("name") == "csrf_token")
    values = {"name": "Robots", "cadence": "monthly", "state": "open", "language": "en", field: nonsense}
    response = browser.client.post("/desk/communities/new", data={**values, "csrf_token": token})
    assert response.status_code in {303, 422}


def _offered(community: Community) -> list[str]:
    rows = db.select(Interest.name).where(Interest.community_id == community.id, Interest.retired_at.is_(None))
    return list(db.session.scalars(rows.order_by(Interest.position)))
