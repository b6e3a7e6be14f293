"""The segments room: rules come and go by buttons, the count follows, and each segment reads back as a sentence."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from portal import clock
from portal.extensions import db
from portal.models import Community, Segment
from portal.services.people import segments
from tests import factories
from tests.desk.people import signed_in
from tests.pages import Browser

PAUSED = {"version": 1, "all": [{"rule": "status", "is": "paused"}]}
ACTIVE = {"version": 1, "all": [{"rule": "status", "is": "active"}]}


def _robots() -> Community:
    robots = factories.community(slug="robots", name="Robotics software", interests=("force", "motion"))
    robots.interests[0].name = "Force control"
    db.session.commit()
    return robots


def _kept() -> list[Segment]:
    db.session.rollback()
    return list(db.session.scalars(select(Segment).order_by(Segment.id)))


def _saved(rules: dict[str, Any] = ACTIVE, *, name: str = "Welders") -> Segment:
    segment = segments.save(name, rules)
    db.session.commit()
    return segment


def test_an_empty_room_shows_the_one_next_step(browser: Browser) -> None:
    signed_in(browser, role="recruiter")
    page = browser.open("/desk/segments/")
    assert "No segment yet" in page.text
    assert page.follow("Make the first one").h1 == "Make a segment"


def test_a_segment_is_made_rule_by_rule_without_scripts(browser: Browser) -> None:
    robots = _robots()
    picked = factories.membership(at=robots, of=factories.member(name="Amara"))
    picked.interests = [robots.interests[0]]
    factories.membership(at=robots, of=factories.member(name="Zoe"))
    signed_in(browser, role="recruiter")
    page = browser.open("/desk/segments/new").press("Community", name="Force people")
    page = page.press("Interest", **{"rules-0-community": "robots"})
    page = page.press("Joined days ago", **{"rules-1-interest": "robots/force"})
    page = page.press("Count", **{"rules-2-days": "30"})
    assert "1 person of 2 members" in page.text
    sentence = "People in Robotics software who picked Force control and joined in the last 30 days"
    assert sentence in page.text
    page = page.press("Save segment")
    assert (page.h1, sentence in page.text) == ("Force people", True)
    assert page.follow("See 1 person").h1 == "Members"
    assert [(segment.name, segment.rules) for segment in _kept()] == [
        (
            "Force people",
            {
                "version": 1,
                "all": [
                    {"rule": "community", "is": "robots"},
                    {"rule": "interest", "community": "robots", "has": "force"},
                    {"rule": "joined", "within_days": 30},
                ],
            },
        )
    ]


def test_every_kind_of_rule_survives_being_changed(browser: Browser) -> None:
    _robots()
    document = {
        "version": 1,
        "all": [
            {"rule": "community", "is_not": "robots"},
            {"rule": "interest", "community": "robots", "has_not": "motion"},
            {"rule": "status", "is": "muted"},
            {"rule": "status", "is": "ended", "community": "robots"},
            {"rule": "frequency", "is": "monthly", "community": "robots"},
            {"rule": "joined", "since": "2026-05-03"},
            {"rule": "joined", "before": "2026-05-03", "community": "robots"},
            {"rule": "joined", "within_days": 30, "community": "robots"},
            {"rule": "joined", "before_days": 400},
        ],
    }
    segment = _saved(document)
    signed_in(browser, role="recruiter")
    browser.open(f"/desk/segments/{segment.id}/edit").press("Save segment", name="Renamed")
    assert [(kept.name, kept.rules) for kept in _kept()] == [("Renamed", document)]


def test_a_rule_is_taken_away_and_the_others_keep_what_was_typed(browser: Browser) -> None:
    _robots()
    segment = _saved({"version": 1, "all": [*PAUSED["all"], {"rule": "community", "is": "robots"}, *ACTIVE["all"]]})
    signed_in(browser, role="recruiter")
    page = browser.open(f"/desk/segments/{segment.id}/edit")
    page = page.press("Take away rule 1: Status", **{"rules-2-status": "bounced"})
    page.press("Save segment")
    assert _kept()[0].rules["all"] == [{"rule": "community", "is": "robots"}, {"rule": "status", "is": "bounced"}]


def test_what_is_wrong_stands_above_the_field_and_nothing_typed_is_lost(browser: Browser) -> None:
    _robots()
    signed_in(browser, role="recruiter")
    page = browser.open("/desk/segments/new").press("Community").press("Interest").press("Joined on a day")
    page = page.press("Joined days ago").press("Save segment", name="Half", **{"rules-3-days": "0"})
    assert page.title.startswith("Error:")
    for words in (
        "Choose a community",
        "Choose an interest",
        "Enter a day, such as 2026-05-03",
        "Enter a number of days",
    ):
        assert f"Error: {words}" in page.text
    assert ("There is a problem" in page.text, "#rules-2-day" in page.links, 'value="Half"' in page.html) == (True,) * 3
    assert _kept() == []


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"name": ""}, "Enter a name"),
        ({"name": "welders"}, "Another segment has this name. Choose another"),
        ({"name": "x" * 121}, "Shorten this to 120 characters; it has 121"),
        ({"rules-0-days": "many"}, "whole number"),
        ({"rules-0-days": "9" * 5000}, ""),
        ({"rules-0-how": "1=1"}, ""),
    ],
)
def test_bad_answers_get_a_sentence(browser: Browser, values: dict[str, str], sentence: str) -> None:
    _saved()
    signed_in(browser, role="recruiter")
    page = browser.open("/desk/segments/new").press("Joined days ago")
    filled = {"name": "Others", "rules-0-days": "7", **values}
    assert sentence in page.press("Save segment", **filled).text


def test_a_segment_without_rules_is_refused(browser: Browser) -> None:
    signed_in(browser, role="recruiter")
    page = browser.open("/desk/segments/new").press("Save segment", name="Everybody")
    assert "Add at least one rule" in page.text
    assert _kept() == []


def test_there_is_an_end_to_rules(browser: Browser) -> None:
    segment = _saved({"version": 1, "all": ACTIVE["all"] * 20})
    signed_in(browser, role="recruiter")
    assert "Use at most 20 rules" in browser.open(f"/desk/segments/{segment.id}/edit").press("Joined on a day").text


@pytest.mark.parametrize(
    "name", ["rules-²-kind", "rules-99999999999-kind", "rules--kind", "rules-0", "rules-x-kind", "rules-9999-kind"]
)
def test_odd_field_names_do_no_harm(browser: Browser, name: str) -> None:
    signed_in(browser, role="recruiter")
    page = browser.open("/desk/segments/new")
    token = page.html.partition('name="csrf_token" type="hidden" value="')[2].partition('"')[0]
    answer = browser.client.post(
        "/desk/segments/new", data={"csrf_token": token, "name": "Odd", name: "status", "remove": "²", "extra": "\0"}
    )
    assert answer.status_code == 200
    assert _kept() == []


def test_a_form_being_filled_in_is_counted(browser: Browser) -> None:
    factories.membership()
    signed_in(browser, role="recruiter")
    page = browser.open("/desk/segments/new").press("Status")
    token = page.html.partition('name="csrf_token" type="hidden" value="')[2].partition('"')[0]
    data = {"csrf_token": token, "rules-0-kind": "status", "rules-0-status": "active"}
    answer = browser.client.post("/desk/segments/count", data=data)
    assert (answer.status_code, "1 person" in answer.text, "<html" in answer.text) == (200, True, False)
    answer = browser.client.post("/desk/segments/count", data={**data, "rules-0-status": "odd"})
    assert (answer.status_code, "Fill in the rules" in answer.text) == (200, True)
    assert browser.client.post("/desk/segments/count", data={"rules-0-kind": "status"}).status_code == 400


def test_filters_of_the_members_list_become_a_segment(browser: Browser) -> None:
    _robots()
    signed_in(browser, role="recruiter")
    page = browser.open("/desk/segments/new?community=robots&status=active&joined=30d").press(
        "Save segment", name="New"
    )
    assert page.h1 == "New"
    assert _kept()[0].rules["all"] == [
        {"rule": "status", "is": "active", "community": "robots"},
        {"rule": "joined", "within_days": 30, "community": "robots"},
    ]
    for odd in ("community=" + "x" * 200, "status=odd", "joined=99999d", "joined=²d", "community=%00"):
        assert browser.open(f"/desk/segments/new?{odd}").h1 == "Make a segment"


def test_each_count_opens_as_many_people(browser: Browser) -> None:
    factories.membership()
    factories.membership(muted_at=clock.now())
    _saved(name="Everyone here")
    _saved({"version": 1, "all": [{"rule": "status", "is": "muted"}]}, name="Muted")
    signed_in(browser, role="viewer")
    page = browser.open("/desk/segments/")
    assert "2 people" in page.follow("2 people").text
    assert "1 person" in page.follow("1 person").text


def test_a_rule_about_something_gone_stays_visible_and_asks_for_another(browser: Browser) -> None:
    _robots()
    segment = _saved({"version": 1, "all": [{"rule": "interest", "community": "robots", "has": "force"}]})
    segment.rules = {"version": 1, "all": [{"rule": "interest", "community": "old", "has": "gone"}]}
    db.session.commit()
    signed_in(browser, role="recruiter")
    page = browser.open(f"/desk/segments/{segment.id}/edit")
    assert "old/gone (not there any more)" in page.text
    assert "There is no community “old” any more" in page.press("Save segment").text


def test_a_segment_of_another_version_is_shown_as_such(browser: Browser) -> None:
    segment = _saved()
    segment.rules = {"version": 9, "all": "?"}
    db.session.commit()
    signed_in(browser, role="recruiter")
    assert "Needs mending" in browser.open("/desk/segments/").text
    assert "This segment cannot be asked." in browser.open(f"/desk/segments/{segment.id}").text
    page = browser.open(f"/desk/segments/{segment.id}/edit").press("Status")
    page.press("Save segment", **{"rules-0-status": "active"})
    assert _kept()[0].rules == ACTIVE


def test_deleting_asks_once_more(browser: Browser) -> None:
    segment = _saved()
    signed_in(browser, role="recruiter")
    page = browser.open(f"/desk/segments/{segment.id}").follow("Delete")
    assert (page.h1, len(_kept())) == ("Delete “Welders”?", 1)
    assert "Welders is deleted." in page.press("Delete the segment").text
    assert _kept() == []
    browser.open(f"/desk/segments/{segment.id}/delete", status=404)


def test_a_segment_that_a_scheduled_newsletter_goes_to_is_not_deleted(browser: Browser) -> None:
    segment = _saved()
    signed_in(browser, role="recruiter")
    asked = browser.open(f"/desk/segments/{segment.id}/delete")
    factories.newsletter(segment=segment, title="Cucumbers", send_at=clock.now() + timedelta(days=1))
    db.session.commit()
    page = asked.press("Delete the segment")
    assert (page.h1, "Cucumbers" in page.text, len(_kept())) == ("“Welders” is in use", True, 1)


def test_viewers_read_and_change_nothing(browser: Browser) -> None:
    segment = _saved()
    signed_in(browser, role="viewer")
    page = browser.open(f"/desk/segments/{segment.id}")
    assert not {link for link in page.links if link.endswith(("/edit", "/delete", "/new"))}
    for path in ("new", f"{segment.id}/edit", f"{segment.id}/delete"):
        browser.open(f"/desk/segments/{path}", status=403)
    browser.open(f"/desk/segments/{2**63}", status=404)


def test_hostile_names_are_kept_as_names_or_refused(browser: Browser, shared_data: Path) -> None:
    signed_in(browser, role="recruiter")
    for line in _nasty(shared_data):
        page = browser.open("/desk/segments/new").press("Status").press("Save segment", name=line)
        assert page.h1
    browser.open("/desk/segments/")


def _nasty(folder: Path) -> list[str]:
    return json.loads((folder / "nasty" / "naughty-strings.json").read_text(encoding="utf-8"))[::8]
