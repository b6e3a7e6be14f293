"""Members are found by words and filters, counted as they are listed, and written out one by one."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import event

from portal import clock
from portal.extensions import db
from portal.models import Member
from portal.services.people import members, segments
from portal.services.people.members import NoNote, NoteTooLong, Question
from tests import factories


def _names(question: Question, **how: object) -> list[str]:
    found = [member.name for member in members.page(question, size=100, **how)]  # type: ignore[arg-type]
    assert len(found) == members.count(question)
    return found


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("", ["Ünal 100%", "Søren Møller", "Ana_Lima"]),
        ("soren", ["Søren Møller"]),
        ("MØLLER", ["Søren Møller"]),
        ("møller søren", ["Søren Møller"]),
        ("ller sör", ["Søren Møller"]),
        ("unal", ["Ünal 100%"]),
        ("%", ["Ünal 100%"]),
        ("_", ["Ana_Lima"]),
        ("\\", []),
        ("ana@example", ["Ana_Lima"]),
        ("EXAMPLE.ORG", ["Ünal 100%", "Søren Møller", "Ana_Lima"]),
        ("soren ana", []),
        ("' OR 1=1 --", []),
        ("\0", ["Ünal 100%", "Søren Møller", "Ana_Lima"]),
        ("x" * 200, []),
    ],
)
def test_words_are_looked_for_in_name_and_address(app: Flask, words: str, found: list[str]) -> None:
    for name, email in (("Ana_Lima", "ana"), ("Søren Møller", "s.moller"), ("Ünal 100%", "u")):
        factories.member(name=name, email=f"{email}@example.org")
    assert _names(Question(words=words)) == found


def test_filters_hold_together_and_each_counts_what_it_lists(app: Flask) -> None:
    now = clock.now()
    robots, field = factories.community(slug="robots"), factories.community(slug="field")
    names = ("active", "bounced", "complained", "erased", "left", "muted", "paused")
    people = {name: factories.member(name=name) for name in names}
    for name in ("bounced", "complained", "erased"):
        setattr(people[name], f"{name}_at", now)
    people["paused"].pause(date(2999, 1, 1))
    for name, person in people.items():
        factories.membership(of=person, at=robots, since=now - timedelta(days=10))
        person.memberships[0].muted_at = now if name == "muted" else None
        person.memberships[0].ended_at = now if name == "left" else None
    factories.membership(of=people["active"], at=field, since=now - timedelta(days=2))
    db.session.flush()
    everybody = ["active", "bounced", "complained", "left", "muted", "paused"]
    assert _names(Question(), sort="name") == everybody
    expected = {
        "active": ["active", "bounced", "complained", "muted", "paused"],
        "muted": ["muted"],
        "paused": ["paused"],
        "bounced": ["bounced"],
        "complained": ["complained"],
        "ended": ["left"],
    }
    assert {status: _names(Question(status=status), sort="name") for status in segments.STATUSES} == expected
    assert _names(Question(community="field")) == ["active"]
    assert _names(Question(joined_days=7)) == ["active"]
    assert _names(Question(community="robots", joined_days=7)) == []
    assert _names(Question(community="robots", status="muted", joined_days=30)) == ["muted"]
    segment = segments.save("Paused", {"version": 1, "all": [{"rule": "status", "is": "paused"}]})
    assert _names(Question(segment=segment, status="active")) == ["paused"]


def test_sorting_is_stable_and_pages_hold_everyone_once(app: Flask) -> None:
    same = datetime(2026, 5, 1, tzinfo=UTC)
    rows = [factories.member(name=name, created_at=same) for name in ("b", "", "A", "á", "b")]
    pages = [members.page(Question(), number=number, size=2) for number in (1, 2, 3)]
    assert [member.id for page in pages for member in page] == sorted((m.id for m in rows), reverse=True)
    assert [member.name for member in members.page(Question(), sort="name")][-1] == ""
    assert sorted(member.name for member in members.page(Question(), sort="name")[:2]) == ["A", "á"]


def test_a_page_costs_the_same_few_statements_however_many_it_shows(app: Flask) -> None:
    robots = factories.community(slug="robots")
    for _n in range(3):
        factories.membership(at=robots).interests = [robots.interests[0]]
    db.session.flush()
    few = _statements(1)
    for _n in range(20):
        factories.membership(at=robots).interests = list(robots.interests)
    db.session.flush()
    assert _statements(25) == few == 3


def _statements(size: int) -> int:
    seen: list[str] = []
    db.session.expunge_all()

    def note(*args: object) -> None:
        seen.append(str(args[2]))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        for member in members.page(Question(), size=size):
            assert [(m.community.name, [i.name for i in m.interests]) for m in member.memberships]
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return len(seen)


def test_one_member_is_found_unless_erased(app: Flask) -> None:
    here, gone = factories.member(), factories.member(erased_at=clock.now())
    assert members.find(here.id) == here
    assert [members.find(key) for key in (gone.id, 0, -1, 10**12, 2**64)] == [None] * 5


def test_a_note_has_words_and_an_author(app: Flask) -> None:
    rosa, member = factories.recruiter(), factories.member()
    note = members.add_note(member, "  Called her. \n", rosa)
    assert (note.note, note.recruiter, note.kind, members.story(member)) == ("Called her.", rosa, "note", [note])
    with pytest.raises(NoNote):
        members.add_note(member, " \n", rosa)
    with pytest.raises(NoteTooLong):
        members.add_note(member, "x" * 4001, rosa)


def test_rows_to_export_come_in_the_order_people_came(app: Flask) -> None:
    came = datetime(2026, 5, 1, 8, tzinfo=UTC)
    field, robots = factories.community(slug="field"), factories.community(slug="robots")
    ana = factories.member(name="Ana", email="ana@example.org", created_at=came)
    factories.membership(of=ana, at=robots, since=came).interests = list(robots.interests)
    factories.membership(of=ana, at=field, since=came + timedelta(days=1), mail=False, frequency="monthly")
    factories.member(name="", email="left@example.org", created_at=came + timedelta(days=2))
    factories.member(name="Gone", erased_at=came, created_at=came)
    db.session.flush()
    db.session.expunge_all()
    assert list(members.export_rows(members.criterion(Question()))) == [
        {
            "name": "Ana",
            "email": "ana@example.org",
            "state": "active",
            "communities": "robots; field",
            "interests": "robots/motion; robots/force",
            "frequency": "every; monthly",
            "joined": "2026-05-01T08:00:00+00:00",
            "consent": "2026-05-01T08:00:00+00:00; ",
        },
        {
            "name": "",
            "email": "left@example.org",
            "state": "ended",
            "communities": "",
            "interests": "",
            "frequency": "",
            "joined": "2026-05-03T08:00:00+00:00",
            "consent": "",
        },
    ]


def test_more_than_a_batch_is_exported_whole(app: Flask) -> None:
    now = clock.now()
    db.session.add_all(Member(name=f"{n:04}", email_key=f"{n}@example.org", created_at=now) for n in range(1101))
    db.session.flush()
    names = [row["name"] for row in members.export_rows(members.criterion(Question()))]
    assert names == [f"{n:04}" for n in range(1101)]
