"""`portal members …`: counts for people and scripts, what a dry run leaves, the file of refusals, exit statuses."""

import csv
import json
from pathlib import Path

import pytest
from flask import Flask

from portal import clock
from portal.extensions import db
from portal.models import Community, Consent, Member, Membership, Segment
from tests import factories
from tests.cli.running import Ran, run

HEAD = "name,email,consent_mail,consented_at\n"
GOOD = "Ana,ana@example.org,yes,2024-03-01\nBo,bo@example.org,no,\nCy,cy@example.org,,\n"
MIXED = HEAD + GOOD + "Dee,not an address,yes,2024-03-01\nEve,eve@example.org,yes,soon\n,,,\nAna,ANA@example.org,,\n"
COUNTS = {"added": 3, "changed": 0, "unchanged": 0, "left_before": 0, "mailable": 1, "refused": 3}


@pytest.fixture
def robotics(app: Flask) -> Community:
    """The community they go into."""
    community: Community = factories.community(slug="robotics")
    db.session.commit()
    return community


def test_the_good_rows_come_in_and_the_bad_ones_are_told(app: Flask, robotics: Community, tmp_path: Path) -> None:
    errors = tmp_path / "errors.csv"
    ran = _import(app, _sheet(tmp_path, MIXED), "--errors", errors)
    assert ran.status == 1, "not all went well"
    assert ran.out == ("3 added, 0 changed, 0 unchanged, 0 left before and stay out, 3 not taken. 1 can be mailed.\n")
    assert "line 5: not an address: " in ran.told and "line 6: eve@example.org: the consent date" in ran.told
    headings, *rows = csv.reader(errors.read_text("utf-8-sig").splitlines())
    assert headings == ["line", "email", "why"]
    assert [row[:2] for row in rows] == [["5", "not an address"], ["6", "eve@example.org"], ["8", "ANA@example.org"]]
    assert all(row[2] for row in rows)
    assert _counted() == (3, 3, 1)


def test_a_dry_run_counts_the_same_and_writes_nothing(app: Flask, robotics: Community, tmp_path: Path) -> None:
    path = _sheet(tmp_path, MIXED)
    dry = _import(app, path, "--json", "--dry-run")
    assert (dry.status, json.loads(dry.out), _counted()) == (1, COUNTS, (0, 0, 0))
    assert "3 would be added, 0 would be changed" in _import(app, path, "--dry-run").out
    wet = _import(app, path, "--json")
    assert (wet.status, json.loads(wet.out), _counted()) == (1, COUNTS, (3, 3, 1))
    assert dry.told == wet.told


def test_the_same_file_twice_changes_nothing(app: Flask, robotics: Community, tmp_path: Path) -> None:
    path = _sheet(tmp_path, HEAD + GOOD)
    assert _import(app, path).status == 0
    before = _counted()
    ran = _import(app, path, "--json")
    assert (ran.status, ran.told) == (0, "")
    assert json.loads(ran.out) == {**COUNTS, "added": 0, "unchanged": 3, "refused": 0}
    assert _counted() == before


def test_another_basis_makes_nobody_mailable(app: Flask, robotics: Community, tmp_path: Path) -> None:
    ran = _import(app, _sheet(tmp_path, HEAD + GOOD), "--json", basis="legitimate interest")
    assert (ran.status, json.loads(ran.out)["mailable"], _counted()) == (0, 0, (3, 3, 0))


def test_ten_thousand_broken_rows_end_quickly_and_in_a_file(app: Flask, robotics: Community, tmp_path: Path) -> None:
    errors = tmp_path / "errors.csv"
    broken = "".join(f"=evil{n},broken{n} at example.org,yes,2024-03-01\n" for n in range(10_000))
    ran = _import(app, _sheet(tmp_path, HEAD + broken + GOOD), "--json", "--errors", errors)
    assert ran.status == 1 and json.loads(ran.out) == {**COUNTS, "refused": 10_000}
    assert ran.told.count("\n") == 11 and f"… and 9990 more; all of them are in {errors}" in ran.told
    rows = list(csv.reader(errors.read_text("utf-8-sig").splitlines()))
    assert (len(rows), rows[1][0], rows[-1][0]) == (10_001, "2", "10001")


def test_a_refused_cell_runs_nothing_in_the_file_of_refusals(app: Flask, robotics: Community, tmp_path: Path) -> None:
    errors = tmp_path / "errors.csv"
    _import(app, _sheet(tmp_path, "email\n=1+1\n\x1b[31mred\n" + "plain\n" * 100), "--errors", errors)
    rows = list(csv.reader(errors.read_text("utf-8-sig").splitlines()))
    assert rows[1][1] == "'=1+1" and "\x1b" not in rows[2][1]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_sheets_come_in_as_people_save_them(
    app: Flask, robotics: Community, tmp_path: Path, encoding: str, delimiter: str
) -> None:
    text = "Vorname,Nachname,E-Mail-Adresse\nZoë,Müller,zoe@example.org\nJörg,Weiß,joerg@example.org\n"
    path = tmp_path / "sheet.csv"
    path.write_bytes(text.replace(",", delimiter).encode(encoding))
    ran = _import(app, path)
    assert (ran.status, ("cp1252" in ran.told)) == (0, encoding == "cp1252")
    assert {row.name for row in db.session.query(Member)} == {"Zoë Müller", "Jörg Weiß"}


def test_a_mapping_names_the_columns(app: Flask, robotics: Community, tmp_path: Path) -> None:
    path, mapping = _sheet(tmp_path, "Wer,Wohin\nAna,ana@example.org\n"), tmp_path / "mapping.json"
    ran = _import(app, path)
    assert ran.status == 1 and "The columns are: Wer, Wohin" in ran.told and "--mapping" in ran.told
    mapping.write_text('{"email": "Wohin", "name": "Wer"}', encoding="utf-8")
    assert _import(app, path, "--mapping", mapping).status == 0
    assert db.session.query(Member).one().name == "Ana"
    for text, says in (
        ("{", "not a JSON file"),
        ("[]", "must look like"),
        ('{"email": "Wo"}', "There is no column Wo"),
    ):
        mapping.write_text(text, encoding="utf-8")
        ran = _import(app, path, "--mapping", mapping)
        assert ran.status == 1 and says in ran.told
    assert _import(app, path, "--mapping", tmp_path / "nowhere.json").status == 1


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "The file is empty"),
        (b"name,email\n", "holds no people"),
        (b"name,email\n,\n\n", "holds no people"),
        (b"name,city\nAna,Rotterdam\n", "No column holds email addresses. The columns are: name, city"),
        (b"email,name,email\na@example.org,Ana,b@example.org\n", "Two columns have the same name"),
        (b"PK\x03\x04\x14\x00\x06\x00", "Save it as CSV first"),
        (bytes(range(256)) * 20, "not a text file"),
        (None, "cannot be read (No such file"),
    ],
)
def test_what_is_no_sheet_of_people_is_refused(
    app: Flask, robotics: Community, tmp_path: Path, raw: bytes | None, says: str
) -> None:
    path = tmp_path / "sheet.csv"
    if raw is not None:
        path.write_bytes(raw)
    ran = _import(app, path)
    assert (ran.status, ran.out) == (1, "") and says in ran.told
    assert _counted() == (0, 0, 0)


def test_a_spreadsheet_of_the_pack_is_refused(app: Flask, robotics: Community, shared_data: Path) -> None:
    ran = _import(app, shared_data / "exports/greenhouse-prospects.xlsx")
    assert ran.status == 1 and "This is a spreadsheet file. Save it as CSV first" in ran.told


def test_wrong_words_on_the_command_line_are_told(app: Flask, robotics: Community, tmp_path: Path) -> None:
    path = _sheet(tmp_path, HEAD + GOOD)
    ran = run(app, "members", "import", path, "--community", "robots", "--source", "Fair", "--basis", "consent")
    assert ran.status == 1 and "There is no community robots. There are: robotics" in ran.told
    assert run(app, "members", "import", path, "--community", "robotics", "--source", "Fair").status == 2
    ran = _import(app, path, basis=" ")
    assert ran.status == 1 and "--source and --basis must say something" in ran.told
    assert _counted() == (0, 0, 0)


def test_a_file_of_refusals_that_cannot_be_written_stops_before_anything(
    app: Flask, robotics: Community, tmp_path: Path
) -> None:
    ran = _import(app, _sheet(tmp_path, MIXED), "--errors", tmp_path / "nowhere" / "errors.csv")
    assert ran.status == 1 and "cannot be written (No such file or directory)" in ran.told
    assert _counted() == (0, 0, 0)


def test_an_export_goes_to_a_file_or_down_the_pipe(app: Flask, robotics: Community, tmp_path: Path) -> None:
    _import(app, _sheet(tmp_path, HEAD + GOOD))
    out = tmp_path / "out.csv"
    ran = run(app, "members", "export", "--out", out)
    assert (ran.status, ran.out, ran.told) == (0, "", "3 members exported\n")
    assert out.read_bytes().startswith(b"\xef\xbb\xbf"), "spreadsheets know UTF-8 by it"
    piped = run(app, "members", "export")
    assert piped.status == 0 and piped.told == "3 members exported\n"
    assert list(csv.reader(piped.out.splitlines())) == list(csv.reader(out.read_text("utf-8-sig").splitlines()))
    again = _import(app, out, "--json")
    assert (again.status, json.loads(again.out)["unchanged"]) == (0, 3)


def test_an_export_of_a_segment_holds_only_its_people(app: Flask, robotics: Community, tmp_path: Path) -> None:
    _import(app, _sheet(tmp_path, HEAD + GOOD))
    factories.membership(of=factories.member(email="elsewhere@example.org"))
    now, rules = clock.now(), {"version": 1, "all": [{"rule": "community", "is": "robotics"}]}
    segment = Segment(name="Robotics", rules=rules, created_at=now, changed_at=now)
    db.session.add(segment)
    db.session.commit()
    ran = run(app, "members", "export", "--segment", segment.id)
    assert (ran.status, ran.told) == (0, "3 members exported\n") and "elsewhere@" not in ran.out
    for unknown in (segment.id + 1, 2**63, 0):
        ran = run(app, "members", "export", "--segment", unknown)
        assert ran.status in {1, 2} and ran.out == "" and str(unknown) in ran.told


def test_an_export_that_cannot_be_written_says_so(app: Flask, robotics: Community, tmp_path: Path) -> None:
    ran = run(app, "members", "export", "--out", tmp_path)
    assert ran.status == 1 and "cannot be written (Is a directory)" in ran.told


def _import(app: Flask, path: Path, *words: object, basis: str = "consent") -> Ran:
    return run(
        app, "members", "import", path, "--community", "robotics", "--source", "Career fair", "--basis", basis, *words
    )


def _counted() -> tuple[int, int, int]:
    return tuple(db.session.query(table).count() for table in (Member, Membership, Consent))  # type: ignore[return-value]


def _sheet(folder: Path, text: str) -> Path:
    path = folder / "people.csv"
    path.write_text(text, encoding="utf-8")
    return path
