"""Previews: whose eyes a recruiter can borrow."""

from flask import Flask

from portal import clock
from portal.extensions import db
from portal.models import Member, Membership
from portal.services.newsletters import previews
from tests import factories


def test_readers_are_the_communitys_people_by_name(app: Flask) -> None:
    robots = factories.community()
    for name, ended_at in (("Zoë", None), ("Amara", None), ("Gone", clock.now())):
        factories.membership(at=robots, of=factories.member(name=name), ended_at=ended_at)
    factories.membership()
    assert [m.member.name for m in previews.readers(robots)] == ["Amara", "Zoë"]
    assert [m.member.name for m in previews.readers(robots, count=1)] == ["Amara"]


def test_a_search_takes_names_and_addresses_literally(app: Flask) -> None:
    robots = factories.community()
    factories.membership(at=robots, of=factories.member(name="Amara Okafor", email="amara@example.org"))
    factories.membership(at=robots, of=factories.member(name="100%", email="b_c@example.org"))
    found = {
        words: [m.member.name for m in previews.readers(robots, words=words)]
        for words in ("okafor", "AMARA example", "%", "_", "\\", "nobody")
    }
    assert found == {
        "okafor": ["Amara Okafor"],
        "AMARA example": ["Amara Okafor"],
        "%": ["100%"],
        "_": ["100%"],
        "\\": [],
        "nobody": [],
    }


def test_a_stranger_is_never_previewed(app: Flask) -> None:
    robots = factories.community()
    newsletter = factories.newsletter(at=robots)
    amara = factories.membership(at=robots, of=factories.member(name="Amara"))
    zoe = factories.membership(at=robots, of=factories.member(name="Zoë"))
    stranger = factories.membership()
    assert previews.reader(newsletter, zoe.member_id) is zoe
    assert previews.reader(newsletter) is amara
    assert previews.reader(newsletter, stranger.member_id) is amara
    assert previews.reader(newsletter, 10**30) is amara


def test_a_community_without_people_has_an_example_reader_who_is_never_kept(app: Flask) -> None:
    newsletter = factories.newsletter(language="de")
    example = previews.reader(newsletter)
    db.session.commit()
    assert (example.member.language, example.community) == ("de", newsletter.community)
    assert (db.session.query(Member).count(), db.session.query(Membership).count()) == (0, 0)
