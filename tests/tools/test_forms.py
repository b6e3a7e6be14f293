"""Text arrives tidied, hostile characters are given up openly, and broken constraints become field errors."""

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from portal.extensions import db
from portal.tools.forms import broken_constraint, refuse_broken
from tests import factories
from tests.templates.specimen import EveryField, make_app

LOOK_AGAIN = "We took out invisible control characters. Look at it once more and send it again"


@pytest.fixture
def tiny() -> Flask:
    return make_app()


def test_text_arrives_tidied(tiny: Flask) -> None:
    typed = {
        "email": " Amara@EXAMPLE.org ",
        "name": "  Ame\u0301lie ",
        "title": "\tRolling\t",
        "body": "a\r\nb\r\n\r\n",
    }
    with tiny.test_request_context(method="POST", data=typed):
        form = EveryField(meta={"csrf": False})
        form.validate()
        got = (form.email.data, form.name.data, form.title.data, form.body.data)
    assert got == ("Amara@example.org", "Am\u00e9lie", "Rolling", "a\nb")


@pytest.mark.parametrize("bad", ["a\u0000b", "a\u202eb", "a\nb", "a\u2028b", "a\u0007b", "a\ufffeb"])
def test_one_line_gives_up_what_no_line_holds_and_says_so(tiny: Flask, bad: str) -> None:
    with tiny.test_request_context(method="POST", data={"title": bad}):
        form = EveryField(meta={"csrf": False})
        form.validate()
        assert [str(error) for error in form.title.errors] == [LOOK_AGAIN]
        assert form.title.data == "ab"


def test_a_longer_text_may_have_lines_and_any_direction(tiny: Flask) -> None:
    typed = "one\n\ttwo \u2067\u0634\u0643\u0631\u0627\u2069"
    with tiny.test_request_context(method="POST", data={"body": typed}):
        form = EveryField(meta={"csrf": False})
        form.validate()
        assert (form.body.errors, form.body.data) == ([], typed)


def test_a_taken_slug_becomes_an_error_above_its_field(app: Flask) -> None:
    error = _broken_by_a_second_slug()
    db.session.rollback()
    with make_app().test_request_context():
        form = EveryField()
        refuse_broken(form, error, {"uq_communities_slug": ("title", "Another community has this address")})
        assert form.errors == {"title": ["Another community has this address"]}


def test_a_constraint_nobody_foresaw_is_raised(app: Flask) -> None:
    error = _broken_by_a_second_slug()
    db.session.rollback()
    with make_app().test_request_context(), pytest.raises(IntegrityError):
        refuse_broken(EveryField(), error, {})


def test_a_broken_check_is_named(app: Flask) -> None:
    factories.community(slug="robotics")
    with pytest.raises(IntegrityError) as caught:
        db.session.execute(text("UPDATE communities SET state = 'gone'"))
    db.session.rollback()
    assert broken_constraint(caught.value) == "ck_communities_state_known"


def _broken_by_a_second_slug() -> IntegrityError:
    factories.community(slug="robotics")
    with pytest.raises(IntegrityError) as caught:
        factories.community(slug="robotics")
    return caught.value
