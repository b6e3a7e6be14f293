"""Members are findable however their names are spelled, and not after their names are gone."""

import pytest
from flask import Flask
from sqlalchemy import insert, select

from portal import clock
from portal.extensions import db
from portal.models import Member
from portal.models.seeking import folded
from tests import factories


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("Søren  MØLLER", "soren moller"),
        ("Łukasz Żółć", "lukasz zolc"),
        ("STRASSE straße", "strasse strasse"),
        ("İpek ışık", "ipek isik"),
        ("Ελένη Ζωή", "ελενη ζωη"),
        ("이지원", folded("이지원")),
        ("a\0b\tc", "ab c"),
        ("", ""),
    ],
)
def test_letters_are_compared_without_case_and_accents(typed: str, found: str) -> None:
    assert folded(typed) == found
    assert folded(folded(typed)) == folded(typed)


def test_the_words_to_look_for_follow_the_name_and_the_address(app: Flask) -> None:
    member = factories.member(name="Zoë Brandt", email="Zoe@Example.org")
    assert member.sought == "zoe brandt zoe@example.org"
    member.name = "Zoë Lindqvist"
    db.session.flush()
    assert member.sought == "zoe lindqvist zoe@example.org"
    member.name, member.email, member.email_key = "", None, None
    db.session.flush()
    assert member.sought == ""


def test_people_written_many_at_once_are_findable_too(app: Flask) -> None:
    db.session.execute(insert(Member), [{"name": "Åsa", "email": "asa@example.org", "created_at": clock.now()}])
    assert db.session.scalars(select(Member.sought)).all() == ["asa asa@example.org"]
