"""Rows and readings that the tests of the newsletters room share."""

import re

import pytest

from portal.extensions import db
from portal.models import Community, Newsletter
from tests import factories


def robots(**values: object) -> Community:
    return factories.community(slug="robots", name="Robotics software", **values)


def draft(at: Community | None = None, **values: object) -> Newsletter:
    defaults = {"title": "Cucumbers roll", "summary": "They do.", "body": "A tomato stays.", "slug": "cucumbers"}
    return factories.newsletter(at=at or robots(), **{**defaults, **values})


def join(at: Community, **frequencies: str) -> None:
    for name, frequency in frequencies.items():
        person = factories.member(name=name, email=f"{name.lower()}@example.org")
        factories.membership(at=at, of=person, frequency=frequency)


def again(newsletter: Newsletter) -> Newsletter:
    db.session.rollback()
    return db.session.get(Newsletter, newsletter.id, populate_existing=True) or pytest.fail("it is gone")


def without_tokens(body: str) -> str:
    return re.sub(r"(/[um]/)[\w.=-]+(?:=?\n)?", r"\1TOKEN", body)
