"""Sheets in the layouts of other programs: who comes in, who does not and on which line, and that nobody is mailed."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal.extensions import db
from portal.models import Member, Membership
from portal.tools import tabular
from portal.tools.mail import address
from tests import factories
from tests.services.exchange.sheets import take

TEXTS = [
    "ashby-candidates.csv",
    "greenhouse-candidates.csv",
    "lever-import.csv",
    "linkedin-connections.csv",
    "listmonk-subscribers.csv",
    "mailchimp-cleaned.csv",
    "mailchimp-subscribed.csv",
    "mailchimp-unsubscribed.csv",
    "own-sheet-utf16.txt",
    "peopleforce-cp1252.csv",
    "teamtailor-applications.csv",
]


@pytest.mark.parametrize("name", TEXTS)
def test_a_real_layout_gives_the_people_it_holds(app: Flask, shared_data: Path, name: str) -> None:
    expected = _expected(shared_data, name)
    community = factories.community()
    report = take(shared_data / "exports" / name, community)
    left_out = expected["duplicates"] + expected["invalid_email"] + expected["no_email"]
    assert (report.added, len(report.refused), report.rows) == (
        expected["importable_people"],
        left_out,
        expected["records"],
    )
    assert report.mailable == 0
    assert list(db.session.scalars(select(Membership.id).where(Membership.mail_consent_id.is_not(None)))) == []
    again = take(shared_data / "exports" / name, community)
    assert (again.added, again.changed, again.unchanged) == (0, 0, expected["importable_people"])


@pytest.mark.parametrize("name", TEXTS)
def test_each_row_is_judged_as_expected_and_keeps_its_name(app: Flask, shared_data: Path, name: str) -> None:
    rows = _expected(shared_data, name)["rows"]
    refused = take(shared_data / "exports" / name, factories.community()).refused
    whys = [why for _line, _typed, why in refused]
    bad = [row["kind"] for row in rows if row["kind"] != "ok"]
    assert [_kind(why) for why in whys] == bad
    lines = [line for line, _cells in tabular.read(shared_data / "exports" / name).rows]
    assert [line for line, *_rest in refused] == [lines[row["record"] - 1] for row in rows if row["kind"] != "ok"]
    names = dict(db.session.execute(select(Member.email_key, Member.name)).all())
    wanted = {address.key(row["email"]): _name(row) for row in rows if row["kind"] == "ok"}
    assert names == wanted


@pytest.mark.parametrize("name", ["greenhouse-prospects.xlsx", "workable-import.xlsx", "own-sheet.xlsx"])
def test_a_spreadsheet_file_is_asked_for_as_csv(shared_data: Path, name: str) -> None:
    with pytest.raises(tabular.BadSheet, match="Save it as CSV first"):
        tabular.read(shared_data / "exports" / name)


@pytest.mark.parametrize("name", ["mailchimp-unsubscribed.csv", "mailchimp-cleaned.csv", "listmonk-subscribers.csv"])
def test_who_said_no_elsewhere_is_not_mailed_even_when_a_date_is_mapped(
    app: Flask, shared_data: Path, name: str
) -> None:
    dates = {"listmonk-subscribers.csv": {"consented_at": "created_at", "consent_mail": "status"}}
    mapping = dates.get(name, {"consented_at": "CONFIRM_TIME"})
    assert take(shared_data / "exports" / name, factories.community(), mapping=mapping).mailable == 0


def test_a_column_with_yes_makes_only_those_mailable(app: Flask, shared_data: Path, tmp_path: Path) -> None:
    sheet = tabular.read(shared_data / "exports" / "own-sheet-utf16.txt")
    path = tmp_path / "dated.csv"
    with path.open("w", newline="", encoding="utf-8") as to:
        rows = [[*(cells.get(h, "") for h in sheet.headings), "2024-05-31"] for _line, cells in sheet.rows]
        tabular.write([[*sheet.headings, "consented_at"], *rows], to)
    report = take(path, factories.community(), mapping={"consent_mail": "Newsletter?"})
    expected = _expected(shared_data, "own-sheet-utf16.txt")
    forbidden = {address.key(written) for written in expected["must_not_be_mailed"]}
    mailable = set(
        db.session.scalars(select(Member.email_key).join(Membership).where(Membership.mail_consent_id.is_not(None)))
    )
    assert report.mailable == len(mailable) > 50
    assert mailable & forbidden == set()


def _expected(shared_data: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((shared_data / "exports" / "expected" / f"{name}.json").read_text("utf-8"))
    return found


def _kind(why: str) -> str:
    return {"no address": "no-email", "the same address stands further up": "duplicate"}.get(why, "invalid-email")


def _name(row: dict[str, Any]) -> str:
    return address.clean_name(f"{row['first']} {row['last']}")
