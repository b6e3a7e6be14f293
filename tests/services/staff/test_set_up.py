"""Set-up links: one at a time, used once, and the way back for somebody who lost a phone."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask

from portal import clock
from portal.extensions import db, only_reading
from portal.models import SetUpLink
from portal.services.staff import desk_sessions, recruiters, set_up
from portal.tools import links, passwords
from tests import factories

PASSWORD = "four unusual quiet words"


def test_a_link_is_claimed_once_by_many_at_the_same_moment(app: Flask) -> None:
    public_id = set_up.invite(recruiters.add("rosa@example.org", role="owner")).public_id
    db.session.commit()

    def claim(n: int) -> bool:
        with app.app_context():
            only_reading.set(False)
            try:
                set_up.claim(set_up.get(public_id), name=f"Rosa {n}", password=PASSWORD)
                db.session.commit()
            except set_up.LinkUsed:
                return False
            return True

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(claim, range(8))) == [False] * 7 + [True]


def test_a_newer_link_takes_the_place_of_an_older_one(app: Flask) -> None:
    recruiter = recruiters.add("rosa@example.org", role="owner")
    older = set_up.invite(recruiter)
    newer = set_up.invite(recruiter)
    with pytest.raises(set_up.LinkUsed):
        set_up.get(older.public_id)
    assert set_up.get(newer.public_id) is newer


def test_a_link_lives_for_seven_days(app: Flask) -> None:
    link = set_up.invite(recruiters.add("rosa@example.org", role="owner"))
    assert link.expires_at - link.created_at == timedelta(days=7)
    link.expires_at = clock.now()
    with pytest.raises(links.LinkExpired):
        set_up.get(link.public_id)


@pytest.mark.parametrize("public_id", ["", "nothing", "x" * 300, "\x01"])
def test_an_unknown_link_is_a_bad_link(app: Flask, public_id: str) -> None:
    with pytest.raises(links.BadLink):
        set_up.get(public_id)


def test_claiming_replaces_password_factors_and_browsers(app: Flask) -> None:
    recruiter = factories.recruiter(tf_primary_method="authenticator", tf_totp_secret="{}", mf_recovery_codes=["a"])
    browser = desk_sessions.open_for(recruiter)
    before = recruiter.fs_uniquifier
    set_up.claim(set_up.invite(recruiter), name="Rosa", password=PASSWORD)
    assert recruiter.has_second_factor is False
    assert recruiter.fs_uniquifier != before
    assert (recruiter.password or "").startswith("$argon2id$")
    assert desk_sessions.find(browser) is None


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaa", "Rosa Iglesias 1", "x" * 201, "with a nul \x00 inside"])
def test_a_weak_password_is_refused_and_the_link_stays(app: Flask, password: str) -> None:
    link = set_up.invite(recruiters.add("rosa.iglesias@example.org", role="owner"))
    with pytest.raises(passwords.BadPassword):
        set_up.claim(link, name="Rosa Iglesias", password=password)
    assert db.session.scalars(db.select(SetUpLink.used_at)).all() == [None]
