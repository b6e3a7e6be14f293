"""Drafts: their words, their addresses, and what cannot be done to them any more."""

import pytest
from flask import Flask

from portal.extensions import db
from portal.models import Newsletter, NotEditable
from portal.services.newsletters import writing
from tests import factories


def test_a_draft_takes_its_address_from_the_title(app: Flask) -> None:
    robots = factories.community()
    assert writing.draft(robots, title="Cucumbers roll").slug == "cucumbers-roll"


def test_two_drafts_with_one_title_have_two_addresses(app: Flask) -> None:
    robots, field = factories.community(), factories.community()
    slugs = [writing.draft(at, title="Cucumbers roll").slug for at in (robots, robots, field)]
    assert slugs == ["cucumbers-roll", "cucumbers-roll-2", "cucumbers-roll"]


def test_a_new_title_keeps_the_address(app: Flask) -> None:
    newsletter = writing.draft(factories.community(), title="Cucumbers roll")
    writing.write(newsletter, seen=writing.mark(newsletter), title="Cucumbers jump")
    assert (newsletter.title, newsletter.slug) == ("Cucumbers jump", "cucumbers-roll")


def test_an_address_can_be_chosen_until_the_archive_shows_it(app: Flask) -> None:
    newsletter = writing.draft(factories.community(), title="Cucumbers roll", body="They do.")
    writing.write(newsletter, seen=writing.mark(newsletter), slug="Round Vegetables")
    assert newsletter.slug == "round-vegetables"
    writing.publish(newsletter)
    writing.write(newsletter, seen=writing.mark(newsletter), slug="something-else")
    assert newsletter.slug == "round-vegetables"


def test_a_taken_address_is_refused(app: Flask) -> None:
    robots = factories.community()
    factories.newsletter(at=robots, slug="taken")
    newsletter = writing.draft(robots, title="Cucumbers roll")
    with pytest.raises(writing.SlugTaken):
        writing.write(newsletter, seen=writing.mark(newsletter), slug="taken")


@pytest.mark.parametrize(
    "title",
    ["Ana\r\nBcc: everyone@example.com", "Jobs\x0bX: y", "Ana\x00", "Jobs\u2028Subject: other", "\u202eevil\u202c"],
)
def test_a_title_that_could_break_a_header_is_refused(app: Flask, title: str) -> None:
    with pytest.raises(writing.BadWords) as refused:
        writing.draft(factories.community(), title=title)
    assert (refused.value.field, refused.value.why) == ("title", "unsafe")


@pytest.mark.parametrize(("title", "why"), [("", "missing"), ("   ", "missing"), ("x" * 201, "too_long")])
def test_a_title_has_one_to_two_hundred_characters(app: Flask, title: str, why: str) -> None:
    with pytest.raises(writing.BadWords) as refused:
        writing.draft(factories.community(), title=title)
    assert (refused.value.field, refused.value.why) == ("title", why)


def test_the_second_of_two_tabs_overwrites_nothing(app: Flask) -> None:
    newsletter = writing.draft(factories.community(), title="Cucumbers roll", body="First")
    seen = writing.mark(newsletter)
    writing.write(newsletter, seen=seen, body="From the first tab")
    with pytest.raises(writing.ChangedMeanwhile):
        writing.write(newsletter, seen=seen, body="From the second tab")
    assert newsletter.body == "From the first tab"


def test_words_are_fixed_once_it_is_scheduled(app: Flask) -> None:
    newsletter = factories.newsletter()
    seen = writing.mark(newsletter)
    newsletter.send_at = newsletter.created_at
    db.session.flush()
    with pytest.raises(NotEditable):
        writing.write(newsletter, seen=seen, title="Too late")
    with pytest.raises(NotEditable):
        writing.address_to(newsletter, None)
    with pytest.raises(writing.InUse):
        writing.discard(newsletter)


def test_publishing_mails_nobody_and_can_be_taken_back(app: Flask) -> None:
    newsletter = factories.newsletter()
    writing.publish(newsletter)
    assert (newsletter.is_published, newsletter.state) == (True, "draft")
    writing.unpublish(newsletter)
    assert (newsletter.is_published, newsletter.state) == (False, "draft")


def test_an_empty_newsletter_is_not_published(app: Flask) -> None:
    with pytest.raises(writing.BadWords):
        writing.publish(factories.newsletter(body=" \n"))


def test_a_draft_can_be_thrown_away_but_not_from_the_archive(app: Flask) -> None:
    kept, gone = factories.newsletter(), factories.newsletter()
    writing.publish(kept)
    with pytest.raises(writing.InUse):
        writing.discard(kept)
    writing.discard(gone)
    assert db.session.query(Newsletter).all() == [kept]


def test_a_body_keeps_every_character_that_can_be_kept(app: Flask) -> None:
    body = "Tab\there\r\n\r\n    code\x00\n{{ braces }} \u202eבעברית"
    newsletter = writing.draft(factories.community(), title="Odd", body=body)
    assert newsletter.body == "Tab\there\n\n    code\n{{ braces }} \u202eבעברית"
