"""A sheet brings people in: mail only where the row proves consent, and nobody who left comes back."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal import clock
from portal.extensions import db
from portal.models import Community, Consent, Member, Membership, Touchpoint, wording_version
from portal.services.exchange import member_imports
from portal.services.exchange.member_imports import Import, NoReason
from tests import factories
from tests.services.exchange.sheets import sheet, take

ANA = "ana@example.org"
AGREED = ("yes", "2024-05-31")


def test_a_row_with_proof_makes_somebody_mailable(app: Flask, tmp_path: Path) -> None:
    community = factories.community()
    row = ["  Ana   Lima ", " ANA@example.org ", "Motion; nothing we know", "monthly", "Yes", "2024-05-31T09:30+02:00"]
    report = take(sheet(tmp_path, row), community)
    assert report.as_dict() == _counts(added=1, mailable=1)
    membership = _membership()
    assert (membership.member.name, membership.member.email) == ("Ana Lima", "ANA@example.org")
    assert ([i.slug for i in membership.interests], membership.frequency) == (["motion"], "monthly")
    assert membership.source == "import: Career fair in Rotterdam"
    receipt = membership.mail_consent
    assert receipt is not None and (receipt.purpose, receipt.decision) == ("mail", "agreed")
    assert receipt.recorded_at == datetime(2024, 5, 31, 7, 30, tzinfo=UTC)
    assert receipt.source == "import: Career fair in Rotterdam"
    assert receipt.version == wording_version(receipt.wording) and "before the import" in receipt.wording


def test_the_words_somebody_agreed_to_are_kept(app: Flask, tmp_path: Path) -> None:
    words = "Pontwright may write to me."
    path = sheet(tmp_path, [ANA, *AGREED, words], headings=["email", "consent_mail", "consented_at", "consent_wording"])
    take(path, factories.community())
    receipt = db.session.scalars(select(Consent)).one()
    assert (receipt.wording, receipt.version) == (words, wording_version(words))


@pytest.mark.parametrize(
    ("basis", "agreed", "when"),
    [
        ("consent", "", ""),
        ("consent", "yes", ""),
        ("consent", "", "2024-05-31"),
        ("consent", "no", "2024-05-31"),
        ("consent", "nein", "2024-05-31"),
        ("consent", "maybe", "2024-05-31"),
        ("consent", "enabled", "2024-05-31"),
        ("legitimate interest", "yes", "2024-05-31"),
        ("consent form at the fair", "yes", "2024-05-31"),
    ],
)
def test_without_proof_nobody_is_mailable(app: Flask, tmp_path: Path, basis: str, agreed: str, when: str) -> None:
    report = take(sheet(tmp_path, ["Ana", ANA, "", "", agreed, when]), factories.community(), basis=basis)
    assert report.as_dict() == _counts(added=1)
    assert _membership().mail_consent is None
    assert _count(Consent) == 0


@pytest.mark.parametrize("yes", ["yes", "Y", "TRUE", "1", "ja", "Oui", "sí", "x"])
def test_yes_is_understood_as_people_write_it(app: Flask, tmp_path: Path, yes: str) -> None:
    assert take(sheet(tmp_path, ["", ANA, "", "", yes, "2024-05-31"]), factories.community(), basis="Consent").mailable


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        (["Ana", "", "", ""], "no address"),
        (["Ana", "ana@", "", ""], "Enter an email address like name@example.org"),
        (["Ana", "Ana <ana@example.org>", "", ""], "without a name or angle brackets"),
        (["Ana", "a@example.org, b@example.org", "", ""], "Enter one address only"),
        (["Ana\nLima", ANA, "", ""], "Write the name on one line"),
        (["Ana" * 70, ANA, "", ""], "Shorten the name to 200 characters"),
        (["Ana", ANA, "", "weekly"], "frequency must be one of: every, monthly, quarterly"),
        (["Ana", ANA, "", "every; monthly"], "frequency must be one of"),
        (["Ana", ANA, "", "", "yes", "31.05.2026"], "the consent date must look like 2026-05-31"),
        (["Ana", ANA, "", "", "yes", "2999-01-01"], "the consent date lies in the future"),
        (["Ana", ANA, "", "", "yes", "0001-01-01T00:00+14:00"], "before there was e-mail"),
        (["Ana", ANA, "", "", "yes", "2024-05-31", "left over"], "more cells"),
    ],
)
def test_a_bad_row_is_told_and_the_others_come_in(app: Flask, tmp_path: Path, cells: list[str], why: str) -> None:
    report = take(sheet(tmp_path, ["Bo", "bo@example.org"], cells, ["Cy", "cy@example.org"]), factories.community())
    assert (report.added, len(report.refused), report.rows) == (2, 1, 3)
    line, typed, told = report.refused[0]
    assert (line, typed) == (3, cells[1])
    assert why in told
    assert set(db.session.scalars(select(Member.email))) == {"bo@example.org", "cy@example.org"}


def test_what_is_told_of_a_hostile_row_cannot_move_the_cursor(app: Flask, tmp_path: Path) -> None:
    report = take(sheet(tmp_path, ["Ana", "\x1b[2J\x1b]0;owned\x07@x" + "y" * 5000]), factories.community())
    told = report.refused[0][1]
    assert told.isprintable() and len(told) <= 320


def test_the_same_person_twice_in_a_sheet_comes_in_once(app: Flask, tmp_path: Path) -> None:
    rows = [
        ["Ana", ANA],
        ["Ana again", "ANA@Example.org "],
        ["Anä", "ana@bücher.example"],
        ["", "ana@xn--bcher-kva.example"],
    ]
    report = take(sheet(tmp_path, *rows), factories.community(), at_once=1)
    assert (report.added, _count(Member)) == (2, 2)
    assert [(line, why) for line, _typed, why in report.refused] == [
        (3, "the same address stands further up"),
        (5, "the same address stands further up"),
    ]


@pytest.mark.parametrize("at_once", [1, 50])
def test_a_no_in_another_row_outweighs_a_yes(app: Flask, tmp_path: Path, at_once: int) -> None:
    community = factories.community()
    path = sheet(
        tmp_path, ["Ana", ANA, "", "", *AGREED], ["Bo", "bo@example.org", "", "", *AGREED], ["", ANA, "", "", "nein"]
    )
    assert take(path, community, at_once=at_once).as_dict() == _counts(added=2, mailable=1, refused=1)
    mailable = select(Member.email).join(Membership).where(Membership.mail_consent_id.is_not(None))
    assert list(db.session.scalars(mailable)) == ["bo@example.org"]
    decisions = select(Consent.decision).join(Member).where(Member.email == ANA).order_by(Consent.id)
    assert list(db.session.scalars(decisions)) == ["agreed", "withdrawn"]
    assert take(path, community).as_dict() == _counts(unchanged=2, mailable=1, refused=1)


def test_the_same_file_twice_changes_nothing(app: Flask, tmp_path: Path) -> None:
    community = factories.community()
    path = sheet(tmp_path, ["Ana", ANA, "motion", "monthly", *AGREED], ["Bo", "bo@example.org"])
    assert take(path, community).as_dict() == _counts(added=2, mailable=1)
    before = _everything()
    assert take(path, community).as_dict() == _counts(unchanged=2, mailable=1)
    assert _everything() == before


def test_a_sheet_fills_gaps_and_overrules_nobody(app: Flask, tmp_path: Path) -> None:
    community = factories.community(interests=("motion", "force"))
    member = factories.member(email=ANA, name="Ana Lima")
    membership = factories.membership(of=member, at=community, frequency="quarterly")
    membership.interests = [community.offered[1]]
    nameless = factories.membership(of=factories.member(email="bo@example.org"), at=community)
    report = take(
        sheet(tmp_path, ["Somebody Else", ANA, "motion", "every"], ["Bo Berg", "bo@example.org", "motion"]), community
    )
    assert report.as_dict() == _counts(changed=1, unchanged=1, mailable=2)
    assert (member.name, membership.frequency, [i.slug for i in membership.interests]) == (
        "Ana Lima",
        "quarterly",
        ["force"],
    )
    assert (nameless.member.name, [i.slug for i in nameless.interests]) == ("Bo Berg", ["motion"])


def test_a_later_sheet_brings_the_proof_that_an_earlier_one_lacked(app: Flask, tmp_path: Path) -> None:
    community = factories.community()
    take(sheet(tmp_path, ["Ana", ANA]), community)
    report = take(sheet(tmp_path, ["Ana", ANA, "", "", *AGREED]), community)
    assert report.as_dict() == _counts(changed=1, mailable=1)


def test_nobody_who_left_comes_back(app: Flask, tmp_path: Path) -> None:
    community = factories.community()
    member = factories.member(email=ANA)
    factories.membership(of=member)
    membership = factories.membership(of=member, at=community)
    membership.end(clock.now(), reason="found a job elsewhere")
    report = take(sheet(tmp_path, ["Ana", ANA, "", "", *AGREED]), community)
    assert report.as_dict() == _counts(left_before=1)
    assert _count(Membership) == 2 and membership.ended_at


def test_nobody_who_left_everything_comes_back_by_another_door(app: Flask, tmp_path: Path) -> None:
    membership = factories.membership(of=factories.member(email=ANA))
    membership.end(clock.now())
    report = take(sheet(tmp_path, ["Ana", ANA, "", "", *AGREED]), factories.community())
    assert report.as_dict() == _counts(left_before=1)
    assert _count(Membership) == 1


def test_a_member_elsewhere_can_be_brought_in_here(app: Flask, tmp_path: Path) -> None:
    factories.membership(of=factories.member(email=ANA))
    community = factories.community()
    report = take(sheet(tmp_path, ["Ana", ANA, "", "", *AGREED]), community)
    assert report.as_dict() == _counts(added=1, mailable=1)
    assert (_count(Member), _count(Membership)) == (1, 2)


def test_who_came_back_by_themselves_is_a_member_like_any_other(app: Flask, tmp_path: Path) -> None:
    community, member = factories.community(), factories.member(email=ANA, name="Ana")
    factories.membership(of=member, at=community, since=clock.now() - timedelta(days=90)).end(clock.now())
    factories.membership(of=member, at=community)
    assert take(sheet(tmp_path, ["Ana", ANA]), community).as_dict() == _counts(unchanged=1, mailable=1)


def test_a_consent_taken_back_stays_so(app: Flask, tmp_path: Path) -> None:
    community = factories.community()
    since = datetime(2024, 1, 1, tzinfo=UTC)
    membership = factories.membership(of=factories.member(email=ANA, name="Ana"), at=community, since=since)
    factories.consent(membership=membership, decision="withdrawn")
    membership.mail_consent = None
    assert take(sheet(tmp_path, ["Ana", ANA, "", "", *AGREED]), community).as_dict() == _counts(unchanged=1)
    assert _membership().mail_consent is None


def test_who_joined_without_wanting_mail_gets_none_for_an_older_yes(app: Flask, tmp_path: Path) -> None:
    community = factories.community()
    since = datetime(2024, 6, 1, tzinfo=UTC)
    factories.membership(of=factories.member(email=ANA, name="Ana"), at=community, mail=False, since=since)
    older, later = ["Ana", ANA, "", "", "yes", "2024-05-31"], ["Ana", ANA, "", "", "yes", "2024-06-02"]
    assert take(sheet(tmp_path, older), community).as_dict() == _counts(unchanged=1)
    assert take(sheet(tmp_path, later), community).as_dict() == _counts(changed=1, mailable=1)


def test_who_muted_or_bounced_stays_so_and_is_not_counted_as_mailable(app: Flask, tmp_path: Path) -> None:
    community = factories.community()
    muted = factories.membership(of=factories.member(email=ANA, name="Ana"), at=community)
    muted.mute(clock.now())
    bounced = factories.member(email="bo@example.org", name="Bo", bounced_at=clock.now())
    factories.membership(of=bounced, at=community)
    path = sheet(tmp_path, ["Ana", ANA, "", "", *AGREED], ["Bo", "bo@example.org", "", "", *AGREED])
    assert take(path, community).as_dict() == _counts(unchanged=2)
    assert muted.muted_at and bounced.bounced_at


def test_retired_interests_are_not_picked(app: Flask, tmp_path: Path) -> None:
    community = factories.community(interests=("motion", "force"))
    community.interests[0].retired_at = clock.now()
    take(sheet(tmp_path, ["Ana", ANA, "motion, force"]), community)
    assert [i.slug for i in _membership().interests] == ["force"]


def test_source_and_basis_stand_in_the_story(app: Flask, tmp_path: Path) -> None:
    take(sheet(tmp_path, ["Ana", ANA]), factories.community(), basis="they asked us at the fair")
    touchpoint = db.session.scalars(select(Touchpoint)).one()
    assert (
        touchpoint.note == "Imported from “Career fair in Rotterdam”. Why we may keep this: they asked us at the fair"
    )
    assert _membership().member.source == "Career fair in Rotterdam"


@pytest.mark.parametrize(
    ("source", "basis"), [("", "consent"), (" ", "consent"), ("fair", " "), ("x" * 181, "consent")]
)
def test_source_and_basis_must_say_something(app: Flask, source: str, basis: str) -> None:
    with pytest.raises(NoReason):
        Import(community=factories.community(), source=source, basis=basis, columns={"email": "email"})


def test_the_longest_source_fits(app: Flask, tmp_path: Path) -> None:
    work = Import(community=factories.community(), source="x" * 180, basis="b" * 5000, columns={"email": "email"})
    member_imports.take(work, [(2, {"email": ANA})])
    assert _membership().source == "import: " + "x" * 180


def _membership() -> Membership:
    return db.session.scalars(select(Membership)).one()


def _count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def _everything() -> list[list[object]]:
    models = (Member, Membership, Consent, Touchpoint, Community)
    return [[tuple(row) for row in db.session.execute(select(*m.__table__.columns).order_by("id"))] for m in models]


def _counts(**told: int) -> dict[str, int]:
    names = ("added", "changed", "unchanged", "left_before", "mailable", "refused")
    return {name: told.get(name, 0) for name in names}
