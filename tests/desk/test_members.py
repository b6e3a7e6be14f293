"""The members room: everybody is found, every number agrees with its list, and each person has a page."""

import json
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import insert, select

from portal import clock
from portal.extensions import db
from portal.models import Community, Delivery, Member, Touchpoint
from portal.services.people import segments
from tests import factories
from tests.desk.people import signed_in
from tests.pages import Browser, Page


def _robots() -> Community:
    return factories.community(slug="robots", name="Robotics software")


def _person(name: str, *, at: Community, **values: object) -> Member:
    member = factories.member(name=name, email=f"{name.lower()}@example.org")
    factories.membership(of=member, at=at, **values)  # type: ignore[arg-type]
    return member


def _named(page: Page) -> list[str]:
    names = ("Amara", "Bo", "Cleo", "Dunja")
    return [name for name in names if f"{name.lower()}@example.org" in page.text]


def test_an_empty_room_leads_to_the_communities(browser: Browser) -> None:
    signed_in(browser, role="viewer")
    page = browser.open("/desk/members")
    assert "Nobody has joined yet" in page.text
    assert page.follow("See your communities").h1 == "Communities"


def test_the_list_is_searched_and_narrowed_by_its_address(browser: Browser) -> None:
    robots, field, now = _robots(), factories.community(slug="field", name="Field work"), clock.now()
    _person("Amara", at=robots, since=now - timedelta(days=40))
    _person("Bo", at=robots, since=now - timedelta(days=2), muted_at=now)
    _person("Cleo", at=field, since=now - timedelta(days=2)).pause(date(2999, 1, 1))
    _person("Dunja", at=field, since=now - timedelta(days=40)).bounced_at = now
    segment = segments.save("Quiet ones", {"version": 1, "all": [{"rule": "status", "is": "muted"}]})
    number = segment.id
    signed_in(browser, role="viewer")
    for args, names in (
        ("", ["Amara", "Bo", "Cleo", "Dunja"]),
        ("q=AMÁRA", ["Amara"]),
        ("q=example.org+bo", ["Bo"]),
        ("community=robots", ["Amara", "Bo"]),
        ("community=robots&status=active&joined=7d", ["Bo"]),
        ("joined=7d&status=active", ["Bo", "Cleo"]),
        ("status=paused", ["Cleo"]),
        ("status=bounced&community=field", ["Dunja"]),
        ("status=bounced&community=robots", []),
        (f"segment={number}", ["Bo"]),
    ):
        page = browser.open(f"/desk/members?{args}")
        assert (args, _named(page)) == (args, names)
        assert ("1 person" if len(names) == 1 else f"{len(names)} people") in page.text
    assert "Nobody matches" in browser.open("/desk/members?q=zzz").text
    assert _named(browser.open("/desk/members?q=zzz").follow("Clear")) == ["Amara", "Bo", "Cleo", "Dunja"]


def test_the_form_asks_what_the_address_asks(browser: Browser) -> None:
    robots = _robots()
    _person("Amara", at=robots)
    _person("Bo", at=robots, muted_at=clock.now())
    signed_in(browser, role="viewer")
    page = browser.open("/desk/members?sort=name").press("Apply", q="b", community="robots", joined="30d")
    assert _named(page) == ["Bo"]
    assert _named(page.follow("Clear")) == ["Amara", "Bo"]
    without = [link for link in page.links if "q=b" not in link and "joined=30d" in link]
    assert "/desk/members?community=robots&joined=30d&sort=name" in without


def test_home_and_communities_count_whom_the_list_shows(browser: Browser) -> None:
    robots, now = _robots(), clock.now()
    _person("Amara", at=robots, since=now - timedelta(days=1))
    _person("Bo", at=robots, since=now - timedelta(days=100))
    _person("Cleo", at=robots, since=now - timedelta(days=1), ended_at=now)
    factories.membership(of=_person("Dunja", at=robots, since=now - timedelta(days=100)), at=factories.community())
    factories.newsletter(at=robots)
    signed_in(browser, role="viewer")
    home = browser.open("/desk/")
    assert _named(home.follow("2 people in the last 7 days")) == ["Amara", "Dunja"]
    link = next(link for link in browser.open("/desk/communities/").links if "community=robots" in link)
    assert _named(browser.open(link)) == ["Amara", "Bo", "Dunja"]


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        ("community=nowhere", "There is no community “nowhere”, so it was left out."),
        ("status=happy", "There is no status “happy”, so it was left out."),
        ("joined=soon", "“soon” is no number of days, such as 7d, so it was left out."),
        ("joined=0d", "“0d” is no number of days"),
        ("joined=%C2%B2d", "is no number of days"),
        ("segment=99", "There is no segment “99”, so it was left out."),
        ("segment=99999999999999999999", "There is no segment"),
        ("q=" + "x" * 201, "We looked only for the first 200 characters."),
        ("page=-1", "1 person"),
        ("page=999999999999999999999", "1 person"),
        ("page=2", "1 person"),
        ("size=7&sort=odd", "1 person"),
        ("q=%00", "1 person"),
        ("q=%ff%fe", "0 people"),
        ("community=%00%E2%80%AE", "1 person"),
    ],
)
def test_nonsense_in_the_address_is_said_and_left_out(browser: Browser, args: str, sentence: str) -> None:
    _person("Amara", at=_robots())
    signed_in(browser, role="viewer")
    assert sentence in browser.open(f"/desk/members?{args}").text


def test_a_broken_segment_is_left_out(browser: Browser) -> None:
    segment = segments.save("Old", {"version": 1, "all": [{"rule": "status", "is": "muted"}]})
    segment.rules = {"version": 9, "all": []}
    signed_in(browser, role="viewer")
    assert "The segment Old was left out" in browser.open(f"/desk/members?segment={segment.id}").text


def test_ten_thousand_people_are_paged(browser: Browser) -> None:
    robots, now = _robots(), clock.now()
    people = [
        {"name": f"Person {n:05}", "email": f"p{n}@example.org", "email_key": f"p{n}@example.org", "created_at": now}
        for n in range(10_000)
    ]
    db.session.execute(insert(Member), people)
    factories.membership(at=robots)
    signed_in(browser, role="viewer")
    page = browser.open("/desk/members?sort=name&size=100&page=2")
    assert "10,001 people" in page.text
    assert "101 to 200 of 10,001" in page.text
    assert "Person 00199" in page.follow("Previous").follow("Next").text
    assert "10,001 to 10,001 of 10,001" in browser.open("/desk/members?size=100&page=101&sort=name").text


def test_the_page_about_a_person_tells_everything(browser: Browser) -> None:
    robots, now = _robots(), clock.now()
    member = _person("Amara", at=robots, frequency="monthly", source="conference talk", muted_at=now)
    member.memberships[0].interests = [robots.interests[0]]
    left = factories.membership(of=member, at=factories.community(name="Field work"), ended_at=now)
    left.ended_reason = "too much mail"
    factories.consent(membership=left, decision="withdrawn", page="/preferences", wording="You may mail me.")
    newsletter = factories.newsletter(at=robots, title="Cucumbers roll")
    rows = {"state": "excluded", "reason": "muted", "planned_at": now, "settled_at": now}
    db.session.add(Delivery(newsletter=newsletter, member=member, **rows))
    db.session.add(Touchpoint(member=member, community=robots, kind="joined", happened_at=now))
    key = member.id
    signed_in(browser, role="viewer")
    page = browser.open(f"/desk/members/{key}")
    assert page.h1 == "Amara"
    for words in (
        "Muted amara@example.org",
        "conference talk",
        "Monthly",
        "Motion",
        "too much mail",
        "Agreed: Newsletters, Robotics software",
        factories.WORDING,
        "Withdrawn: Newsletters, Field work",
        "You may mail me.",
        "On: /preferences",
        "Cucumbers roll",
        "Not sent: had muted this community",
        "Joined Robotics software",
    ):
        assert words in page.text
    assert "Save note" not in page.text
    assert page.follow("Cucumbers roll").h1 == "Cucumbers roll"


def test_what_was_opened_and_followed_is_told_where_it_was_measured(browser: Browser) -> None:
    robots, now = _robots(), clock.now()
    member = _person("Amara", at=robots)
    moments = ({"opened_at": now, "clicked_at": now}, {"clicked_at": now}, {})
    for number, at in enumerate(moments):
        newsletter = factories.newsletter(at=robots, title=f"Newsletter {number}")
        row = Delivery(newsletter=newsletter, member=member, state="sent", planned_at=now, settled_at=now, **at)
        db.session.add(row)
    key = member.id
    signed_in(browser, role="viewer")
    page = browser.open(f"/desk/members/{key}")
    day = f"{now:%b} {now.year}"
    found = [page.text.count(f"{words} {now.day} {day}") for words in ("Opened", "Followed a link")]
    assert found == [1, 2]


def test_every_fate_of_a_mail_and_every_happening_has_words(browser: Browser) -> None:
    member, now = factories.member(), clock.now()
    for state in ("pending", "claimed", "handed_over", "sent", "failed", "in_doubt"):
        row = Delivery(newsletter=factories.newsletter(), member=member, state=state, planned_at=now)
        row.reply = "550 no such mailbox" if state == "failed" else ""
        db.session.add(row)
    for reason in ("erased", "left", "bounced", "muted", "no_consent", "paused", "not_due_yet", "cancelled"):
        row = {"state": "excluded", "reason": reason, "planned_at": now}
        db.session.add(Delivery(newsletter=factories.newsletter(), member=member, **row))
    for kind in ("joined", "left", "paused", "note"):
        db.session.add(Touchpoint(member=member, kind=kind, note="two\nlines", happened_at=now))
    key = member.id
    signed_in(browser, role="viewer")
    page = browser.open(f"/desk/members/{key}")
    in_doubt = "In doubt: it may have arrived"
    for words in ("550 no such mailbox", in_doubt, "Not sent: was paused", "Paused all newsletters"):
        assert words in page.text


def test_a_recruiter_adds_a_note_that_carries_the_name(browser: Browser) -> None:
    member = factories.member(name="Amara")
    key = member.id
    rosa = signed_in(browser, factories.recruiter(role="recruiter", name="Rosa Iglesias"))
    assert rosa.may("recruiter")
    page = browser.open(f"/desk/members/{key}")
    empty = page.press("Save note", note="  ")
    assert "Error: Write the note first" in empty.text
    long = page.press("Save note", note="x" * 4001)
    assert "Shorten this to 4000 characters; it has 4001" in long.text
    kept = page.press("Save note", note="Asks about the lab.\n<script>alert(1)</script>")
    assert "Note by Rosa Iglesias" in kept.text
    assert "<script>alert(1)" in kept.text
    notes = db.session.scalars(select(Touchpoint)).all()
    assert [(note.kind, note.note) for note in notes] == [("note", "Asks about the lab.\n<script>alert(1)</script>")]


def test_a_viewer_adds_no_note(browser: Browser) -> None:
    key = factories.member().id
    signed_in(browser, role="recruiter")
    page = browser.open(f"/desk/members/{key}")
    signed_in(browser, role="viewer")
    token = browser.open("/desk/segments/").html.partition('name="csrf_token" value="')[2].partition('"')[0]
    browser.post(f"/desk/members/{key}/notes", {"note": "no", "csrf_token": token}, status=403)
    assert (page.status, db.session.scalars(select(Touchpoint)).all()) == (200, [])


def test_someone_erased_or_unknown_has_no_page(browser: Browser) -> None:
    key = factories.member(erased_at=clock.now()).id
    signed_in(browser, role="viewer")
    for path in (key, 999, 0, 2**63, 10**30):
        browser.open(f"/desk/members/{path}", status=404)


def test_without_signing_in_nobody_is_shown(browser: Browser) -> None:
    key = factories.member(name="Amara").id
    db.session.commit()
    for path in ("", f"/{key}", "?q=Amara"):
        assert "Amara" not in browser.open(f"/desk/members{path}").text


def test_a_filter_becomes_a_segment(browser: Browser) -> None:
    _person("Amara", at=_robots())
    signed_in(browser, role="recruiter")
    page = browser.open("/desk/members?community=robots&joined=30d").follow("Save as a segment")
    assert "In words: People who joined in the last 30 days in Robotics software" in page.text
    assert "Save as a segment" not in browser.open("/desk/members?q=amara&community=robots").text


def test_hostile_words_are_only_words(browser: Browser, shared_data: Path) -> None:
    strings = json.loads((shared_data / "nasty" / "naughty-strings.json").read_text(encoding="utf-8"))
    _person("Amara", at=_robots())
    signed_in(browser, role="recruiter")
    key = db.session.scalars(select(Member.id)).one()
    for words in strings[::10]:
        browser.open(f"/desk/members?q={quote(words)}&community={quote(words)}&joined={quote(words)}")
        browser.open(f"/desk/members/{key}").press("Save note", note=words)
    assert browser.open(f"/desk/members/{key}").h1 == "Amara"
