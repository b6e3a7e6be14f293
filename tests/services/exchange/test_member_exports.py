"""Exports: who is in them, what no spreadsheet runs, and that an import of the file brings the same people back."""

import csv
import io
import json
from datetime import timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import delete

from portal import clock
from portal.extensions import db
from portal.models import Community, Consent, Member, Membership, Segment, Touchpoint
from portal.services.exchange import member_exports
from portal.tools import tabular
from portal.tools.mail import address
from tests import factories
from tests.services.exchange.sheets import take

NAMES = [
    "=1+1",
    "+49 170",
    "-1+1",
    "@SUM(1)",
    "＝1",
    "＋1",
    "－1",
    "＠x",
    "'=1",
    "''=1",
    "O'Neill; =1",
    "Zoë, 山田",
    '"q"',
]


def test_everything_about_a_member_stands_in_the_row(app: Flask) -> None:
    robotics, ferries = factories.community(slug="robotics"), factories.community(slug="ferries")
    person = factories.member(email="ana@example.org", name="Ana")
    since = clock.now().replace(microsecond=0) - timedelta(days=9)
    first = factories.membership(of=person, at=robotics, since=since, frequency="monthly")
    first.interests = [robotics.interests[0]]
    factories.membership(of=person, at=ferries, mail=False)
    assert _rows() == [
        {
            "name": "Ana",
            "email": "ana@example.org",
            "state": "active",
            "communities": "robotics; ferries",
            "interests": "robotics/motion",
            "frequency": "monthly; every",
            "joined": person.created_at.isoformat(timespec="seconds"),
            "consent": f"{since.isoformat()}; ",
        }
    ]


def test_nobody_erased_and_nothing_left_behind_is_in_it(app: Flask) -> None:
    factories.membership(of=factories.member(email="gone@example.org", erased_at=clock.now()))
    left = factories.membership(of=factories.member(email="left@example.org"), ended_at=clock.now())
    (row,) = _rows()
    assert (row["email"], row["state"], row["communities"]) == (left.member.email, "ended", "")


def test_a_segment_chooses_who_is_in_it(app: Flask) -> None:
    robotics = factories.community(slug="robotics")
    factories.membership(at=robotics, of=factories.member(email="in@example.org"))
    factories.membership(of=factories.member(email="out@example.org"))
    now = clock.now()
    rules = {"version": 1, "all": [{"rule": "community", "is": "robotics"}]}
    assert [row["email"] for row in _rows(Segment(name="R", rules=rules, created_at=now, changed_at=now))] == [
        "in@example.org"
    ]


def test_no_batch_loses_or_repeats_anybody(app: Flask) -> None:
    people = [factories.member(email=f"member.{n}@example.org") for n in range(1203)]
    assert [row["email"] for row in _rows()] == [person.email for person in people]


def test_no_cell_begins_a_formula(app: Flask, tmp_path: Path) -> None:
    robotics = factories.community(slug="robotics")
    for name in NAMES:
        factories.membership(at=robotics, of=factories.member(name=name))
    cells = [cell for row in csv.reader(io.StringIO(_export(tmp_path).read_text("utf-8-sig"))) for cell in row]
    assert len(cells) == (len(NAMES) + 1) * len(member_exports.HEADINGS)
    assert [cell for cell in cells if cell.lstrip(' "').startswith(tuple("=+-@＝＋－＠"))] == []


def test_an_export_brings_the_same_people_back(app: Flask, tmp_path: Path) -> None:
    robotics = factories.community(slug="robotics")
    _members(robotics, NAMES)
    _come_back(robotics, tmp_path)


def test_an_export_of_naughty_names_brings_the_same_people_back(app: Flask, tmp_path: Path, shared_data: Path) -> None:
    robotics = factories.community(slug="robotics")
    written = [
        name
        for file in ("naughty-strings.json", "formula-cells.json")
        for name in json.loads((shared_data / "nasty" / file).read_text(encoding="utf-8"))
    ]
    taken = []
    for name in written:
        try:
            taken.append(address.clean_name(name))
        except address.BadName:
            continue
    assert len(taken) > 400
    _members(robotics, taken)
    _come_back(robotics, tmp_path)


def test_an_export_taken_in_again_changes_nothing(app: Flask, tmp_path: Path) -> None:
    robotics, ferries = factories.community(slug="robotics"), factories.community(slug="ferries")
    _members(robotics, ["Ana", "=1+1", ""])
    elsewhere = factories.membership(at=ferries, of=db.session.query(Member).first(), frequency="quarterly")
    factories.membership(at=robotics, of=factories.member(name="Left"), ended_at=clock.now())
    db.session.commit()
    before = _rows()
    report = take(_export(tmp_path), robotics)
    assert (report.unchanged, report.left_before, report.added, report.changed) == (3, 1, 0, 0)
    assert _rows() == before and elsewhere.frequency == "quarterly"


def _members(community: Community, names: list[str]) -> None:
    frequencies = ("every", "monthly", "quarterly")
    for number, name in enumerate(names):
        person = factories.member(email=f"{'+-=_.'[number % 5]}a{number}@example.org".lstrip("."), name=name)
        joined = factories.membership(at=community, of=person, mail=False, frequency=frequencies[number % 3])
        joined.interests = community.interests[: number % 3]
    db.session.commit()


def _come_back(community: Community, folder: Path) -> None:
    kept = ("name", "email", "communities", "interests", "frequency")
    before = [[row[column] for column in kept] for row in _rows()]
    path = _export(folder)
    for table in (Touchpoint, Consent, Membership, Member):
        for row in db.session.query(table) if table is Membership else ():
            row.interests = []
        db.session.flush()
        db.session.execute(delete(table))
    db.session.commit()
    db.session.expire_all()
    report = take(path, community)
    assert (report.added, report.refused) == (len(before), [])
    assert [[row[column] for column in kept] for row in _rows()] == before


def _rows(segment: Segment | None = None) -> list[dict[str, str]]:
    headings, *rows = member_exports.rows(segment)
    return [dict(zip(headings, row, strict=True)) for row in rows]


def _export(folder: Path) -> Path:
    path = folder / "out.csv"
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        tabular.write(member_exports.rows(), file)
    return path
