"""People at the desk: added once, found however their address is written, and never without an owner."""

import pytest
from flask import Flask

from portal.extensions import db
from portal.models import Recruiter
from portal.services.staff import recruiters
from portal.tools.mail import address
from tests import factories

pytestmark = pytest.mark.usefixtures("app")


def test_somebody_is_added_once_however_the_address_is_written(app: Flask) -> None:
    recruiters.add("Rosa@Example.org", role="owner", name=" Rosa ")
    for written in ("rosa@example.org", " ROSA@EXAMPLE.ORG ", "mailto:rosa@example.org"):
        with pytest.raises(recruiters.AlreadyThere):
            recruiters.add(written, role="viewer")
    assert [(row.email, row.name) for row in recruiters.everyone()] == [("rosa@example.org", "Rosa")]


def test_unknown_roles_and_bad_addresses_are_refused() -> None:
    with pytest.raises(recruiters.UnknownRole, match="owner"):
        recruiters.add("rosa@example.org", role="boss")
    with pytest.raises(address.BadAddress):
        recruiters.add("rosa", role="owner")
    with pytest.raises(address.BadName):
        recruiters.add("rosa@example.org", role="owner", name="Rosa\nBcc: x@example.org")
    assert recruiters.everyone() == []


def test_the_first_owner_is_found_and_nobody_is_set_up_at_first() -> None:
    assert recruiters.find_first_owner() is None
    owner = recruiters.add("rosa@example.org", role="owner")
    recruiters.add("jonas@example.org", role="owner")
    assert recruiters.find_first_owner() is owner
    assert recruiters.anybody_is_set_up() is False
    owner.set_up_at = owner.created_at
    db.session.flush()
    assert recruiters.anybody_is_set_up() is True


def test_one_owner_always_remains() -> None:
    first, second = factories.recruiter(role="owner"), factories.recruiter(role="owner")
    recruiters.close(first)
    for act in (lambda: recruiters.close(second), lambda: recruiters.change_role(second, "viewer")):
        with pytest.raises(recruiters.LastOwner):
            act()
    recruiters.reopen(first)
    recruiters.change_role(second, "viewer")
    assert db.session.scalars(db.select(Recruiter.role).order_by(Recruiter.id)).all() == ["owner", "viewer"]
