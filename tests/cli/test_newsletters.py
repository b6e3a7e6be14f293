"""`portal newsletter …`: a draft from a file, sent over a real mail server, and the account a script can read."""

import csv
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from portal import clock, config
from portal.extensions import db
from portal.models import Community, Member, Newsletter, Segment
from portal.worker import chores, shift
from tests import factories, sink
from tests.cli.running import run

WORDS = "---\ntitle: The gripper that learned to let go\nsummary: On soft hands\n---\n\nHello from the workshop.\n"


@pytest.fixture
def server(app: Flask) -> Iterator[sink.Sink]:
    """A server that takes everything, and settings that point at it."""
    with sink.running() as running:
        config.use(config.current().model_copy(update={"smtp_url": running.url}))
        yield running
    shift.end()


@pytest.fixture
def robotics(app: Flask) -> Community:
    """A community with two members who want mail and one who is muted."""
    community: Community = factories.community(slug="robotics", name="Robotics")
    for values in ({}, {}, {"muted_at": clock.now()}):
        factories.membership(at=community, **values)
    db.session.commit()
    return community


def test_a_file_becomes_a_draft_goes_out_and_is_accounted_for(
    app: Flask, server: sink.Sink, robotics: Community, tmp_path: Path
) -> None:
    ran = run(app, "newsletter", "import", _file(tmp_path), "--community", "robotics")
    assert (ran.status, "“The gripper that learned to let go” for Robotics" in ran.told) == (0, True)
    number = int(ran.out)
    draft = db.session.get(Newsletter, number)
    assert draft and (draft.state, draft.summary) == ("draft", "On soft hands")
    assert _account(app, number)["planned"] == 0

    ran = run(app, "newsletter", "send", number)
    assert (ran.status, ran.out) == (0, "") and "goes out now" in ran.told
    chores.address()
    while chores.send():
        pass
    chores.close()
    assert len(server.mails) == 2
    assert _account(app, number) == {
        "planned": 3, "pending": 0, "sent": 2, "failed": 0, "in_doubt": 0, "excluded": {"muted": 1}, "balances": True,
        "came_back": 0,
    }  # fmt: skip
    told = run(app, "newsletter", "account", number).out
    assert [line.split() for line in told.splitlines()][:3] == [["planned", "3"], ["pending", "0"], ["sent", "2"]]
    assert "excluded: muted" in told

    ran = run(app, "newsletter", "send", number)
    assert ran.status == 1 and "Each goes out once" in ran.told
    assert len(server.mails) == 2


def test_who_did_not_get_it_goes_into_a_sheet(
    app: Flask, server: sink.Sink, robotics: Community, tmp_path: Path
) -> None:
    first = db.session.query(Member).order_by(Member.id).first()
    assert first
    first.name, refused = "=Zoë", first.email
    server.at_rcpt = lambda address: "550 5.1.1 gone" if address == refused else None
    number = _draft(robotics)
    run(app, "newsletter", "send", number)
    chores.address()
    chores.send()
    ran = run(app, "newsletter", "account", number, "--json", "--people", tmp_path / "not-sent.csv")
    assert (ran.status, json.loads(ran.out)["failed"]) == (0, 1)
    assert "2 people did not get it; they are in" in " ".join(ran.told.split())
    heading, *rows = csv.reader((tmp_path / "not-sent.csv").open(encoding="utf-8-sig"))
    assert (heading[:4], [row[2:4] for row in rows]) == (
        ["name", "email", "state", "reason"],
        [["Left out", "Muted"], ["Failed", "No such address"]],
    )
    assert rows[1][:2] == ["'=Zoë", refused]


def test_a_place_that_cannot_be_written_is_told(app: Flask, robotics: Community, tmp_path: Path) -> None:
    ran = run(app, "newsletter", "account", _draft(robotics), "--people", tmp_path / "nowhere" / "x.csv")
    assert (ran.status, ran.out) == (1, "") and "x.csv cannot be written (No such file or directory)." in ran.told


def test_a_segment_narrows_it(app: Flask, robotics: Community) -> None:
    number = _draft(robotics)
    now = clock.now()
    segment = Segment(name="Nobody", rules={"version": 1, "all": []}, created_at=now, changed_at=now)
    db.session.add(segment)
    db.session.commit()
    assert run(app, "newsletter", "send", number, "--segment", segment.id).status == 0
    kept = db.session.get(Newsletter, number)
    assert kept and (kept.segment_id, kept.audience_rules) == (segment.id, {"version": 1, "all": []})


@pytest.mark.parametrize("segment", [77, 2**63, "x"])
def test_an_unknown_segment_sends_nothing(app: Flask, robotics: Community, segment: object) -> None:
    number = _draft(robotics)
    ran = run(app, "newsletter", "send", number, "--segment", segment)
    assert ran.status in {1, 2} and str(segment) in ran.told
    assert _state(number) == "draft"


def test_a_moment_with_its_offset_is_kept(app: Flask, robotics: Community) -> None:
    number, at = _draft(robotics), (clock.now() + timedelta(days=3)).replace(microsecond=0)
    ran = run(app, "newsletter", "send", number, "--at", at.isoformat())
    assert ran.status == 0 and at.isoformat() in ran.told
    kept = db.session.get(Newsletter, number)
    assert kept and (kept.send_at, kept.state) == (at, "scheduled")


@pytest.mark.parametrize(
    ("at", "says"),
    [
        ("tomorrow", "--at must look like"),
        ("2026-13-01T09:00Z", "--at must look like"),
        ("2001-01-01T09:00Z", "passed"),
    ],
)
def test_a_moment_that_cannot_be_is_refused(app: Flask, robotics: Community, at: str, says: str) -> None:
    number = _draft(robotics)
    ran = run(app, "newsletter", "send", number, "--at", at)
    assert ran.status == 1 and says in ran.told
    assert _state(number) == "draft"


def test_without_a_postal_address_nothing_goes_out(app: Flask, robotics: Community) -> None:
    config.use(config.current().model_copy(update={"postal_address": " "}))
    number = _draft(robotics)
    ran = run(app, "newsletter", "send", number)
    assert ran.status == 1 and "PORTAL_POSTAL_ADDRESS" in ran.told
    assert _state(number) == "draft"


@pytest.mark.parametrize("command", ["send", "account"])
@pytest.mark.parametrize("number", [1, 0, 2**63])
def test_a_newsletter_that_is_not_there_is_told(app: Flask, command: str, number: int) -> None:
    ran = run(app, "newsletter", command, number)
    assert (ran.status, ran.out, ran.told) == (1, "", f"Error: There is no newsletter {number}.\n")


@pytest.mark.parametrize(
    ("raw", "community", "says"),
    [
        (b"---\ntitle: Only a head\n---\n", "robotics", "body is missing"),
        (b"", "robotics", "body is missing"),
        ("# Zoë\n".encode("cp1252"), "robotics", "not UTF-8 text"),
        (WORDS.encode(), "robots", "There is no community robots."),
    ],
)
def test_a_file_that_is_no_newsletter_is_refused(
    app: Flask, robotics: Community, tmp_path: Path, raw: bytes, community: str, says: str
) -> None:
    ran = run(app, "newsletter", "import", _file(tmp_path, raw), "--community", community)
    assert (ran.status, ran.out) == (1, "") and says in ran.told
    assert db.session.query(Newsletter).count() == 0


def test_a_file_that_is_not_there_is_named(app: Flask, robotics: Community, tmp_path: Path) -> None:
    ran = run(app, "newsletter", "import", tmp_path / "nowhere.md", "--community", "robotics")
    assert ran.status == 2 and "nowhere.md" in ran.told and "does not exist" in ran.told


def test_real_newsletters_come_in_one_by_one(app: Flask, robotics: Community, shared_data: Path) -> None:
    files = sorted((shared_data / "newsletters").glob("*.md"))
    numbers = [int(run(app, "newsletter", "import", file, "--community", "robotics").out) for file in files]
    assert len(set(numbers)) == len(files) == db.session.query(Newsletter).count() > 10


def _account(app: Flask, number: int) -> dict[str, object]:
    ran = run(app, "newsletter", "account", number, "--json")
    assert (ran.status, ran.told) == (0, "")
    counted: dict[str, object] = json.loads(ran.out)
    return counted


def _draft(community: Community) -> int:
    number: int = factories.newsletter(at=community).id
    db.session.commit()
    return number


def _state(number: int) -> str:
    kept = db.session.get(Newsletter, number)
    assert kept
    return kept.state


def _file(folder: Path, raw: bytes = WORDS.encode()) -> Path:
    path = folder / "gripper.md"
    path.write_bytes(raw)
    return path
