"""Visitors see what is open and what was really published."""

from datetime import timedelta

from flask import Flask

from portal import clock
from portal.services.communities import showcase
from portal.services.communities.showcase import Figures
from tests import factories


def test_only_open_communities_are_shown_by_name(app: Flask) -> None:
    for name, state in (("Software", "open"), ("Hidden", "private"), ("Closed", "closed"), ("Mechanics", "open")):
        factories.community(name=name, state=state)
    assert [community.name for community in showcase.open_communities()] == ["Mechanics", "Software"]


def test_a_community_is_found_whatever_its_state_and_hostile_names_find_none(app: Flask) -> None:
    private = factories.community(slug="inside", state="private")
    found = [showcase.find(slug) for slug in ("inside", "outside", "in\x00side", "\ud800", "x" * 3000)]
    assert found == [private, None, None, None, None]


def test_figures_count_published_newsletters_of_the_last_year(app: Flask) -> None:
    now, ago = clock.now(), timedelta(days=1)
    busy, new = factories.community(), factories.community()
    for days in (1, 30, 364, 366, 800):
        factories.newsletter(at=busy, published_at=now - days * ago)
    factories.newsletter(at=busy)
    assert showcase.figures([busy, new]) == {
        busy.id: Figures(published=5, last_year=3, first_at=now - 800 * ago, latest_at=now - ago),
        new.id: Figures(),
    }


def test_the_latest_three_are_shown_newest_first_without_drafts(app: Flask) -> None:
    community = factories.community()
    for days in (5, 1, 9, 3):
        moment = clock.now() - timedelta(days=days)
        factories.newsletter(at=community, title=f"{days} days ago", published_at=moment)
    factories.newsletter(at=community, title="draft")
    assert [row.title for row in showcase.latest(community)] == ["1 days ago", "3 days ago", "5 days ago"]


def test_a_drawing_has_a_ring_for_each_published_newsletter_and_hides_what_is_private(app: Flask) -> None:
    community = factories.community()
    for _ in range(3):
        factories.newsletter(at=community, published_at=clock.now())
    assert len(showcase.drawing(community).paths) == 3
    community.state = "private"
    assert showcase.drawing(community).paths == []
