"""The archive: published newsletters in the order they appeared, and who may read them."""

from datetime import UTC, datetime, timedelta

from flask import Flask

from portal import clock
from portal.models import Community, Newsletter
from portal.services.newsletters import archive
from tests import factories

START = datetime(2026, 1, 1, 9, tzinfo=UTC)


def _published(at: Community, *days: int) -> list[Newsletter]:
    return [factories.newsletter(at=at, published_at=START + timedelta(days=day)) for day in days]


def test_only_what_is_published_stands_on_the_shelf_newest_first(app: Flask) -> None:
    robots = factories.community()
    first, second, third = _published(robots, 1, 2, 2)
    factories.newsletter(at=robots)
    _published(factories.community(), 3)
    assert list(archive.shelf(robots, 1).newsletters) == [third, second, first]
    assert list(archive.latest(robots, 2)) == [third, second]


def test_a_long_shelf_has_pages(app: Flask) -> None:
    robots = factories.community()
    _published(robots, *range(5))
    second = archive.shelf(robots, 2, size=2)
    assert (second.pages, second.first, second.last, second.total) == (3, 3, 4, 5)
    assert list(archive.shelf(robots, 9, size=2).newsletters) == []
    assert archive.shelf(factories.community(), 1).pages == 1


def test_neighbours_follow_each_other_even_at_one_moment(app: Flask) -> None:
    first, second, third = _published(factories.community(), 1, 1, 2)
    assert archive.neighbours(first) == (None, second)
    assert archive.neighbours(second) == (first, third)
    assert archive.neighbours(third) == (second, None)


def test_a_draft_is_not_found(app: Flask) -> None:
    robots = factories.community()
    factories.newsletter(at=robots, slug="draft")
    shown = factories.newsletter(at=robots, slug="shown", published_at=START)
    assert (archive.find(robots, "draft"), archive.find(robots, "shown")) == (None, shown)
    assert archive.find(robots, "shown\x00") is None


def test_a_private_archive_opens_to_members_only(app: Flask) -> None:
    private, public = factories.community(state="private"), factories.community(state="closed")
    inside = factories.membership(at=private).member
    left = factories.membership(at=private, ended_at=clock.now()).member
    elsewhere = factories.membership(at=public).member
    truth = {(None, private): False, (inside, private): True, (left, private): False, (elsewhere, private): False}
    truth |= {(None, public): True, (inside, public): True}
    assert {key: archive.may_read(key[1], key[0]) for key in truth} == truth
