"""Checks before sending look at the very mail that would go out."""

from flask import Flask

from portal import config
from portal.services.sending import checks, composing
from tests import factories


def test_a_link_without_a_site_becomes_words_and_is_remarked(app: Flask) -> None:
    newsletter = factories.newsletter(body="Read [the tour](/tour) or [the rest](https://example.org/rest).")
    found = checks.look(newsletter)
    assert [str(remark) for remark in found.remarks] == [
        "The link “/tour” names no site, so no mail can open it. Write the whole address."
    ]
    assert found.links == 1
    parts = composing.parts(newsletter)
    assert "the tour (/tour)" in parts.text
    assert "the tour (/tour)" in parts.html
    assert 'href="/tour"' not in parts.html


def test_what_stops_a_newsletter_is_named(app: Flask) -> None:
    config.use(config.current().model_copy(update={"postal_address": " "}))
    assert checks.look(factories.newsletter(body=" ")).stops == ("no_words", "no_address")
